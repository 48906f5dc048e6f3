"""Writes docs/api-reference.md from the code: calls, the engine, commands, codes and metrics.

python -m scripts.api_reference           write the page
python -m scripts.api_reference --check   fail if the page is not what the code says
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from otp_app.cli.main import main as otp
from otp_app.engine.messages import BACKORDERS, CAPABLE, OPTIONS, SENTENCES
from otp_app.telemetry.names import METRICS
from scripts import reading_code, service_reference

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api-reference.md"
INTRODUCTION = """\
# API reference

Made from the code by `python -m scripts.api_reference`; a test fails if it says something else than the code. What
the fields of requests and answers mean is told by [the API](api.md), who may call what by [permissions](permissions.md).
"""
PYTHON = """\
The engine is plain Python: no ERPNext, no input or output, no clock. [Getting started](getting-started.md#in-python)
has an example. What follows is what is meant to be called; all else may change.
"""
# What programs are meant to call, by module.
ENGINE: Mapping[str, tuple[str, ...]] = {
	"otp_app.engine.request": ("parse", "PromiseRequest", "OrderLine", "Rules"),
	"otp_app.engine.decide": ("decide", "unanswered"),
	"otp_app.engine.promise": (
		"Promise",
		"PlanLine",
		"Fulfillment",
		"Option",
		"Suggestion",
		"Substitute",
		"Document",
		"Status",
		"Confidence",
		"Source",
		"redacted",
	),
	"otp_app.engine.messages": ("Message",),
	"otp_app.engine.problems": ("RequestRefused", "Problem", "SourceUnavailable"),
	"otp_app.engine.facts": (
		"Snapshot",
		"Supply",
		"SupplyKind",
		"Commitment",
		"CommitmentKind",
		"Item",
		"Warehouse",
		"WarehouseClass",
		"Calendar",
		"Company",
		"Customer",
		"TransitLane",
	),
	"otp_app.engine.policy": ("Settings", "FulfilmentMode", "DesiredDateMode", "Shipment"),
	"otp_app.engine.explain": ("explain", "Explanation", "Entry", "requirements"),
	"otp_app.engine.ledger": ("levels", "Level", "receipts", "Receipt", "Arrival", "Owed"),
	"otp_app.engine.backorder.rules": ("parse_rules", "BackorderRules", "Segment", "Strategy"),
	"otp_app.engine.backorder.run": ("simulate",),
	"otp_app.engine.backorder.whatif": ("what_if",),
	"otp_app.sources.snapshot": ("SnapshotFile", "write_snapshot"),
}
Lines = Iterator[str]


def reference() -> str:
	"""The whole page."""
	parts = (calls(), python(), commands(), bench(), refusals(), sentences(), metrics(), service())
	return "\n".join([INTRODUCTION, *(line for part in parts for line in part)]).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Lines:
	"""A table in Markdown; nothing where there are no rows."""
	found = [tuple(map(_cell, row)) for row in rows]
	if found:
		yield f"| {' | '.join(head)} |"
		yield "|" + "---|" * len(head)
		yield from (f"| {' | '.join(row)} |" for row in found)
		yield ""


def _cell(value: object) -> str:
	"""Text in one line; a bar would end the cell."""
	return str(value).replace("\n", " ").replace(" | ", " or ").replace("|", " or ")


def calls() -> Lines:
	"""The whitelisted functions, with their plain paths."""
	paths = reading_code.plain_paths()
	yield "## Calls over HTTP\n"
	yield "Under `/api/method/NAME`, on a site with the app. All arguments are optional unless a refusal says otherwise.\n"
	for call in reading_code.whitelisted():
		module, function = call.name.removeprefix("otp_app.api.").split(".")
		yield f"### {module}.{function}\n"
		also = "".join(f", also `{path}`" for path in paths.pop(call.name, ()))
		yield f"`{' or '.join(call.methods)} /api/method/{call.name}`{also}\n"
		if call.arguments:
			yield "Arguments: " + ", ".join(f"`{name}`" for name in call.arguments.split(", ")) + ".\n"
		yield f"{call.text}\n"
	yield "### Paths that are nothing else\n"
	yield from (f"- `{path}`" for several in paths.values() for path in several)
	yield ""


def python() -> Lines:
	"""The functions and classes of the engine, and of snapshot files."""
	yield "## In Python\n"
	yield PYTHON
	for module, names in ENGINE.items():
		yield f"### {module}\n"
		for name in names:
			yield from _thing(name, getattr(importlib.import_module(module), name))


def _thing(name: str, thing: Any) -> Lines:
	if inspect.isfunction(thing):
		yield f"#### {name}\n"
		yield f"```python\n{name}{_signature(thing)}\n```\n"
		yield f"{text_of(thing)}\n"
		return
	yield f"#### {name}\n"
	yield f"{text_of(thing)}\n"
	yield from _members(thing)


def _members(thing: Any) -> Lines:
	if issubclass(thing, Enum):
		yield "One of " + ", ".join(f"`{member.value}`" for member in thing) + ".\n"
	elif dataclasses.is_dataclass(thing):
		fields = [(field.name, field.type, _default(field.default)) for field in dataclasses.fields(thing)]
		yield from table(("field", "type", "default"), map(_row, fields))
	elif issubclass(thing, BaseModel):
		models = thing.model_fields.items()
		fields = [
			(n, thing.__annotations__[n], "" if f.is_required() else repr(f.default)) for n, f in models
		]
		yield from table(("field", "type", "default"), map(_row, fields))
	yield from _methods(thing)


def _row(field: tuple[str, Any, str]) -> tuple[str, str, str]:
	name, kind, default = field
	return f"`{name}`", f"`{kind}`", f"`{default}`" if default else ""


def _default(value: Any) -> str:
	return "" if value is dataclasses.MISSING else str(value) if isinstance(value, Enum) else repr(value)


def _methods(thing: Any) -> Lines:
	"""The public methods that say something of themselves."""
	for name, method in vars(thing).items():
		if inspect.isfunction(method) and not name.startswith("_") and method.__doc__:
			yield f"- `{name}{_signature(method)}`: {' '.join(text_of(method).split())}"
	yield ""


def _signature(function: Any) -> str:
	parameters = inspect.signature(function)
	return str(parameters).replace("'", "")


def text_of(thing: Any) -> str:
	"""What it says of itself; a dataclass without a docstring would show its fields, which come anyway."""
	text = inspect.cleandoc(thing.__doc__ or "")
	return "" if text.startswith(f"{thing.__name__}(") else text


def commands() -> Lines:
	"""`otp` and each of its commands."""
	yield "## The command otp\n"
	yield from _unwrapped(otp.help or "")
	for name in sorted(otp.commands):
		command = otp.commands[name]
		context = click.Context(command, info_name=f"otp {name}")
		yield f"### otp {name}\n"
		usage = " ".join(command.collect_usage_pieces(context))
		yield f"```text\notp {name} {usage}\n```\n"
		yield from _unwrapped(command.help or "")
		records = (parameter.get_help_record(context) for parameter in command.params)
		yield from table(("option", "meaning"), ((f"`{r[0]}`", r[1]) for r in records if r))
	yield from _unwrapped(otp.epilog or "")


def _unwrapped(text: str) -> Lines:
	"""Paragraphs as they are; those that click keeps as they are (after a \\b) as a block."""
	for paragraph in re.split(r"\n{2,}", inspect.cleandoc(text)):
		kept = paragraph.startswith("\b\n")
		yield f"```text\n{paragraph[2:].rstrip()}\n```\n" if kept else f"{paragraph.strip()}\n"


def bench() -> Lines:
	"""The commands on a site."""
	yield "## Commands of bench\n"
	for command in reading_code.bench_commands():
		yield f"### bench --site SITE {command.name}\n"
		yield f"{command.text}\n"
		yield from table(("option", "meaning"), ((f"`{o}`", text) for o, text in command.options))


def refusals() -> Lines:
	"""The codes of errors."""
	found: dict[str, set[int]] = defaultdict(set)
	where: dict[str, set[str]] = defaultdict(set)
	for refusal in reading_code.refusals():
		found[refusal.code].add(refusal.status)
		where[refusal.code].add(refusal.module.removeprefix("otp_app."))
	yield "## Error codes\n"
	yield "When each comes is told under [errors](api.md#errors). The code of a document that is not there is `UNKNOWN_`"
	yield "and its doctype, as in `UNKNOWN_SALES_ORDER` (404).\n"
	rows = ((f"`{c}`", _listed(found[c]), _listed(f"`{m}`" for m in where[c])) for c in sorted(found))
	yield from table(("code", "status", "in"), rows)
	yield "Under `/otp/`, what Frappe itself refuses:\n"
	yield from table(("status", "code"), ((s, f"`{c}`") for s, c in reading_code.frappe_statuses().items()))


def _listed(values: Iterable[Any]) -> str:
	return ", ".join(str(value) for value in sorted(values))


def sentences() -> Lines:
	"""The codes of reasons, blockers and options, with what they say."""
	yield "## Reasons, blockers and options\n"
	yield "Names in braces are the message's `values`. Each sentence can be translated.\n"
	for title, codes in (
		("Reasons and blockers of a promise", SENTENCES),
		("What is made or bought level by level", CAPABLE),
		("The whole order book", BACKORDERS),
		("Sentences of options", OPTIONS),
	):
		yield f"### {title}\n"
		yield from table(("code", "sentence"), ((f"`{code}`", text) for code, text in codes.items()))
	types = ", ".join(f"`{name}`" for name in reading_code.option_types())
	yield f"The `type` of an option is one of {types}.\n"


def metrics() -> Lines:
	"""What Prometheus is told."""
	yield "## Metrics\n"
	yield from table(
		("metric", "kind", "labels", "meaning"),
		((f"`{m.name}`", m.kind, ", ".join(f"`{x}`" for x in m.labels), m.text) for m in METRICS),
	)


def service() -> Lines:
	"""The stand-alone service."""
	yield "## The service\n"
	yield "The paths of `otp serve`. Its whole OpenAPI document, with the schemas, is at `/openapi.json` of the service.\n"
	yield from table(("path", "what it does", "answer", "statuses"), service_reference.paths())
	yield "### Environment\n"
	yield from table(("variable", "default", "meaning"), service_reference.variables())


def main() -> int:
	"""Write the page, or with --check compare it; 1 if it differs."""
	arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	arguments.add_argument("--check", action="store_true", help="compare, and write nothing")
	wanted = reference()
	if not arguments.parse_args().check:
		PAGE.write_text(wanted, encoding="utf-8")
	elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != wanted:
		print(
			"docs/api-reference.md is not what the code says: run python -m scripts.api_reference",
			file=sys.stderr,
		)
		return 1
	return 0


if __name__ == "__main__":
	sys.exit(main())
