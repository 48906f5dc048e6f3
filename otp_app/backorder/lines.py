"""The lines of a run: written from outcomes in bulk, and read again as what is to be moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.utils import flt, now

from otp_app.backorder import bulk
from otp_app.backorder.names import LINE, LineState
from otp_app.backorder.reasons import kept
from otp_app.engine.backorder.outcome import Change, Outcome
from otp_app.engine.backorder.rules import Strategy
from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.engine.messages import Message

FIELDS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"docstatus",
	"run",
	"part",
	"item_group_no",
	"unit",
	"position",
	"sales_order",
	"order_row",
	"row_idx",
	"item_code",
	"qty",
	"warehouse",
	"open_parts",
	"customer",
	"company",
	"value",
	"segment",
	"strategy",
	"requested",
	"confirmed",
	"before_date",
	"after_date",
	"outcome",
	"late",
	"is_exception",
	"reasons",
	"state",
)


@dataclass(frozen=True, slots=True)
class Place:
	"""Where a line belongs in a run: its part, the independent group, and what gets one date together."""

	part: int
	groups: Mapping[str, int]
	units: Mapping[tuple[str, str], int]


def write_lines(run: str, outcomes: Iterable[Outcome], book: Snapshot, place: Place) -> int:
	"""Writes a line for each outcome, in the order in which they are served; how many."""
	stamp, user = now(), frappe.session.user
	fixed = (stamp, stamp, user, user, 0, run)
	rows = (
		(frappe.generate_hash(length=12), *fixed, *_row(outcome, position, book, place))
		for position, outcome in enumerate(outcomes, start=1)
	)
	return bulk.insert(LINE, FIELDS, rows)


def _row(outcome: Outcome, position: int, book: Snapshot, place: Place) -> tuple[Any, ...]:
	line = outcome.line
	moves = outcome.change is not Change.UNCHANGED and outcome.strategy is not Strategy.SKIP
	return (
		place.part,
		place.groups[line.item_code],
		place.units[line.order, line.row],
		position,
		line.order,
		line.row,
		line.idx,
		outcome.item_code,
		line.qty,
		line.warehouse,
		parts_of(outcome.parts),
		line.customer,
		book.warehouses[line.warehouse].company,
		flt(outcome.value),
		outcome.segment,
		outcome.strategy.value.capitalize(),
		outcome.requested,
		line.confirmed,
		outcome.before,
		outcome.after,
		outcome.change.value.capitalize(),
		int(outcome.late),
		int(outcome.exception),
		kept(outcome.reasons),
		LineState.TO_APPLY.value if moves else "",
	)


def parts_of(lines: Iterable[OpenLine]) -> str:
	"""What of a row is open, to be compared with what is open later."""
	return "\n".join(sorted(f"{line.item_code}\t{line.warehouse}\t{round(line.qty, 6)!r}" for line in lines))


@dataclass(frozen=True, slots=True)
class RunLine:
	"""A line of a run that is to be moved."""

	name: str
	order: str
	row: str
	group: int
	unit: int
	position: int
	items: tuple[str, ...]
	open_parts: str
	confirmed: date | None
	after: date | None
	change: Change
	gives_up: bool


def lines_in_state(run: str, part: int, state: LineState) -> list[RunLine]:
	"""The lines of a part that are in a state, group by group, in the order in which they are served."""
	line = frappe.qb.DocType(LINE)
	query = (
		frappe.qb.from_(line)
		.select(
			line.name,
			line.sales_order,
			line.order_row,
			line.item_group_no,
			line.unit,
			line.position,
			line.open_parts,
			line.confirmed,
			line.after_date,
			line.outcome,
			line.strategy,
		)
		.where((line.run == run) & (line.part == part) & (line.state == state.value))
		.orderby(line.item_group_no, line.position)
	)
	return [_read(*row) for row in query.run()]


def _read(
	name: str,
	order: str,
	row: str,
	group: int,
	unit: int,
	position: int,
	open_parts: str,
	confirmed: date | None,
	after: date | None,
	change: str,
	strategy: str,
) -> RunLine:
	return RunLine(
		name=name,
		order=order,
		row=row,
		group=group,
		unit=unit,
		position=position,
		items=tuple(sorted({part.partition("\t")[0] for part in open_parts.splitlines()})),
		open_parts=open_parts,
		confirmed=confirmed,
		after=after,
		change=Change(change.lower()),
		gives_up=strategy.lower() == Strategy.LOSE.value,
	)


def still_in_state(names: Sequence[str], state: LineState) -> set[str]:
	"""Those of some lines that are in a state now, locked to the end of the transaction."""
	line = frappe.qb.DocType(LINE)
	query = frappe.qb.from_(line).select(line.name).for_update()
	found = (query.where((line.name == name) & (line.state == state.value)).run() for name in sorted(names))
	return {name for rows in found for (name,) in rows}


def write_states(states: Mapping[str, tuple[LineState, Sequence[Message]]]) -> None:
	"""Notes what has become of lines, in the transaction in which it has."""
	stamp = now()
	values = {
		name: {"state": state.value, "state_reasons": kept(reasons), "changed_on": stamp}
		for name, (state, reasons) in states.items()
	}
	if values:
		frappe.db.bulk_update(LINE, values, update_modified=False)
