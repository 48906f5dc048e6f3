"""Reads a scenario, asks the engine, and tells the answer in short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from otp_app.engine.backorder.outcome import Outcome, compare
from otp_app.engine.backorder.rules import parse_rules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.backorder.whatif import Added, Changes, Delay, what_if
from otp_app.engine.capable.facts import Bom, Workstation
from otp_app.engine.capable.tree import Requirement
from otp_app.engine.decide import decide
from otp_app.engine.facts import (
	Allocation,
	Calendar,
	Commitment,
	Company,
	Customer,
	Item,
	OpenLine,
	Protection,
	Reliability,
	Snapshot,
	SourcingRule,
	Supply,
	TransitLane,
	Warehouse,
)
from otp_app.engine.policy import Settings
from otp_app.engine.promise import Fulfillment, PlanLine, Promise
from otp_app.engine.request import parse
from tests.values import COMPANY, SnapshotFactory

FOLDER = Path(__file__).parent
# Each list of a case, and what its objects are.
FACTS = {
	"items": Item,
	"warehouses": Warehouse,
	"companies": Company,
	"calendars": Calendar,
	"customers": Customer,
	"lanes": TransitLane,
	"sourcing_rules": SourcingRule,
	"reliability": Reliability,
	"supplies": Supply,
	"commitments": Commitment,
	"boms": Bom,
	"workstations": Workstation,
	"allocations": Allocation,
	"protections": Protection,
	"open_lines": OpenLine,
}


def names() -> list[str]:
	"""The scenarios there are, by their folders."""
	return sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("**/case.json"))


def read(name: str, file: str = "case.json") -> dict[str, Any]:
	"""A file of a scenario."""
	content: dict[str, Any] = json.loads((FOLDER / name / file).read_text(encoding="utf-8"))
	return content


def answer(name: str) -> dict[str, Any]:
	"""What the engine answers to a scenario, in short."""
	case = read(name)
	now = datetime.fromisoformat(case["now"])
	if "request" in case:
		return in_short(decide(snapshot(case), parse(case["request"]), now, request_id=name))
	return book_in_short(promised_again(case, now))


def promised_again(case: dict[str, Any], now: datetime) -> tuple[Outcome, ...]:
	"""The order book of a case, promised again by its rules; where it supposes something, as a what-if."""
	rules = parse_rules(case["rules"]) if "rules" in case else None
	if "suppose" in case:
		return what_if(snapshot(case), _changes(case["suppose"]), now, rules)
	if rules is None:
		raise ValueError("A case needs a request, rules, or something to suppose.")
	return simulate(snapshot(case), rules, now).outcomes


def _changes(suppose: dict[str, Any]) -> Changes:
	return Changes(
		delays=tuple(TypeAdapter(Delay).validate_python(row) for row in suppose.get("delay", [])),
		added=tuple(TypeAdapter(Added).validate_python(row) for row in suppose.get("add", [])),
		lost=tuple(suppose.get("lose", [])),
		taken=parse(suppose["take"]) if "take" in suppose else None,
	)


def snapshot(case: dict[str, Any]) -> Snapshot:
	"""The facts of a case. Raises ValueError for a field that no fact has."""
	lists = {name: [_fact(kind, row) for row in case.get(name, [])] for name, kind in FACTS.items()}
	if "companies" not in case:
		del lists["companies"]
	known = {"now", "timezone", "settings", "request", "rules", "suppose", *FACTS}
	if unknown := case.keys() - known:
		raise ValueError(f"A case has no {', '.join(sorted(unknown))}.")
	return SnapshotFactory(
		taken_at=datetime.fromisoformat(case["now"]),
		timezone=case["timezone"],
		settings=_fact(Settings, case["settings"]),
		**lists,
	)


def _fact(kind: Any, row: dict[str, Any]) -> Any:
	if unknown := row.keys() - {field.name for field in fields(kind)}:
		raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}.")
	if kind is Warehouse:
		row = {"company": COMPANY, **row}
	return TypeAdapter(kind).validate_python(row)


def in_short(promise: Promise) -> dict[str, Any]:
	"""The parts of an answer that a planner reads."""
	return {
		"status": promise.status.value,
		"promise_date": _iso(promise.promise_date),
		"earliest": _iso(promise.promise_date_raw),
		"on_time": promise.on_time,
		"confidence": promise.confidence.value if promise.confidence else None,
		"probability": promise.probability,
		"lines": [_line(line) for line in promise.plan],
		"reasons": [message.text() for message in promise.reasons],
		"blockers": [message.text() for message in promise.blockers],
		"options": [
			{
				"type": option.type,
				"promise_date": _iso(option.promise_date),
				"says": f"{option.description} ({option.impact})",
			}
			for option in promise.options
		],
	}


def book_in_short(outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
	"""The parts of a comparison that a planner reads; lines in the order in which they are served."""
	return {
		"comparison": {kind.value: tally.lines for kind, tally in compare(outcomes).items()},
		"lines": [_outcome(outcome) for outcome in outcomes],
	}


def _outcome(outcome: Outcome) -> dict[str, Any]:
	return {
		"order": outcome.line.order,
		"item": outcome.item_code,
		"strategy": outcome.strategy.value,
		"requested": _iso(outcome.requested),
		"before": _iso(outcome.before),
		"after": _iso(outcome.after),
		"change": outcome.change.value,
		"exception": outcome.exception,
		"reasons": [reason.text() for reason in outcome.reasons],
	}


def _line(line: PlanLine) -> dict[str, Any]:
	return {
		"item": line.item_code,
		"qty": line.qty_required,
		"promise_date": _iso(line.promise_date),
		"ship_date": _iso(line.ship_date),
		"shortage": line.shortage,
		"from": [_peg(peg) for peg in line.fulfillment],
	}


def _peg(peg: Fulfillment) -> dict[str, Any]:
	told = {
		"qty": peg.qty,
		"item": peg.item_code,
		"source": peg.source.value,
		"document": peg.document.name if peg.document else None,
		"warehouse": peg.warehouse,
		"available": _iso(peg.available_date),
		"ready": _iso(peg.ship_ready_date),
		"delivered": _iso(peg.delivery_date),
	}
	if peg.suggestion:
		wanted = peg.suggestion
		told["suggestion"] = f"{wanted.material_request_type} {wanted.qty:g} for {wanted.schedule_date}"
		if wanted.from_warehouse:
			told["suggestion"] += f" from {wanted.from_warehouse}"
	if peg.tree:
		told["tree"] = list(_tree(peg.tree, ""))
	return told


def _tree(node: Requirement, indent: str) -> Iterator[str]:
	"""A line a node: what is needed, from where, from when to when; what sets the date has an arrow."""
	document = f" {node.document.name}" if node.document else ""
	begun = f" from {node.start_date}" if node.start_date else ""
	ordered = f", {node.order_qty:g} ordered or started" if node.order_qty not in (None, node.qty) else ""
	replaces = f", instead of {node.instead_of}" if node.instead_of else ""
	mark = "> " if node.critical else ""
	yield (
		f"{indent}{mark}{node.qty:g} {node.item_code}: {node.how.value}{document}{begun}, there on "
		f"{node.available_date}{ordered}{replaces}"
	)
	for child in node.children:
		yield from _tree(child, indent + "  ")


def _iso(day: Any) -> str | None:
	return day.isoformat() if day else None


def written(content: dict[str, Any]) -> str:
	"""An answer as its file has it."""
	return json.dumps(content, indent="\t", ensure_ascii=False) + "\n"
