"""From flags and files to the payload of a promise request; its values are the engine's to check."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from otp_app.engine.problems import MALFORMED, Problem, RequestRefused

# CODE=QTY, CODE=QTY UOM, either with @WAREHOUSE; a code may hold = and @, a warehouse anything.
_ITEM = re.compile(
	r"(?P<item_code>.+?)=\s*(?P<qty>[^=@\s]+)(?:\s+(?P<uom>[^=@]+?))?\s*(?:@(?P<warehouse>.+))?"
)


def payload(
	order: str | None, items: Iterable[str], fields: Mapping[str, Any], rules: Mapping[str, Any]
) -> dict[str, Any]:
	"""The order of a file (`-` is stdin) or of `--item` flags; `fields` and `rules` that are given win over the file.

	Raises RequestRefused with every flag that cannot be read.
	"""
	lines, problems = _lines(items)
	if order is not None and (lines or problems):
		problems.append(Problem("AMBIGUOUS_ORDER", "Give --order or --item, not both.", None, MALFORMED))
	elif order is None and not lines and not problems:
		message = "There is no order: give --order FILE, or --item CODE=QTY as often as needed."
		problems.append(Problem("NO_ITEMS", message, None, MALFORMED))
	if problems:
		raise RequestRefused(problems)
	answer = {"items": lines} if order is None else read_order(order)
	answer |= _given(fields)
	if _given(rules):
		answer["rules"] = _merged(answer.get("rules"), _given(rules))
	return answer


def _merged(written: object, given: Mapping[str, Any]) -> Any:
	if written is None:
		return dict(given)
	return {**written, **given} if isinstance(written, dict) else written


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
	return {name: value for name, value in values.items() if value is not None and value != ()}


def _lines(items: Iterable[str]) -> tuple[list[dict[str, Any]], list[Problem]]:
	lines: list[dict[str, Any]] = []
	problems: list[Problem] = []
	for item in items:
		found = _ITEM.fullmatch(item.strip())
		if found is None:
			message = f"--item must be CODE=QTY or CODE=QTY@WAREHOUSE, not '{item}'."
			problems.append(Problem("MALFORMED", message, "items", MALFORMED))
		else:
			line: dict[str, Any] = {name: value.strip() for name, value in found.groupdict().items() if value}
			lines.append(line | {"qty": _number(line["qty"])})
	return lines, problems


def _number(text: str) -> float | str:
	"""The number that a text is, so that it is told as one; else the text, for the engine to refuse."""
	try:
		return int(text) if text.lstrip("+-").isdecimal() else float(text)
	except ValueError:
		return text


def read_order(name: str) -> dict[str, Any]:
	"""The JSON object in a file, or on stdin for `-`. Raises RequestRefused for anything else."""
	shown = "stdin" if name == "-" else name
	try:
		text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
		order = json.loads(text)
	except OSError as error:
		raise _refused(f"{shown} cannot be read: {error.strerror}.") from error
	except UnicodeDecodeError as error:
		raise _refused(f"{shown} is not text in UTF-8.") from error
	except (ValueError, RecursionError) as error:
		raise _refused(f"{shown} is not JSON: {error}.") from error
	if not isinstance(order, dict):
		raise _refused(f'{shown} must hold one order: {{"items": [{{"item_code": ..., "qty": ...}}]}}.')
	return order


def _refused(message: str) -> RequestRefused:
	return RequestRefused([Problem("MALFORMED", message, None, MALFORMED)])
