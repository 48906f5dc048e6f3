"""Following a committed promise: deliveries, orders held and closed, dates that move away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import flt, format_date, getdate, now_datetime, today

from otp_app.engine.problems import RequestRefused
from otp_app.promises.documents import accepted_order
from otp_app.promises.keeping.ending import tell_document
from otp_app.promises.keeping.lifecycle import LineState, OrderState, PromiseStatus, Verdict, judge
from otp_app.promises.keeping.record import delivered_of, earliest_of
from otp_app.promises.names import DOCTYPE
from otp_app.promises.site import promise_from
from otp_app.promises.watching.behind import move_behind, reason_of
from otp_app.promises.watching.events import record_event
from otp_app.promises.watching.moves import Move
from otp_app.promises.watching.sentences import fields_of
from otp_app.sources.site import SiteSource

STATES = {"On Hold": OrderState.ON_HOLD, "Closed": OrderState.CLOSED}
CANCELLED = 2
INTERRUPTED = (PromiseStatus.CANCELLED.value, PromiseStatus.AT_RISK.value)
UNFINISHED = (PromiseStatus.COMMITTED.value, PromiseStatus.AT_RISK.value)


def follow(order: Document) -> None:
	"""Brings the promise of a submitted or cancelled Sales Order up to date with the order."""
	own = {"name": order.otp_promise, "reference_doctype": order.doctype, "reference_name": order.name}
	if not frappe.db.exists(DOCTYPE, own):
		return
	doc = frappe.get_doc(DOCTYPE, order.otp_promise, for_update=True)
	if not doc.committed_on or doc.status == PromiseStatus.SUPERSEDED.value:
		return
	if doc.status in INTERRUPTED and _state(order) is OrderState.OPEN:
		# While the order was closed or on hold, others could be promised what it waits for.
		review(doc.name)
		return
	_settle(doc, order, {})


def follow_deliveries(orders: Iterable[str | None]) -> None:
	"""Brings the promises of Sales Orders up to date with what was delivered; one query where none has a promise."""
	filters = {
		"name": ("in", sorted({order for order in orders if order}) or [""]),
		"otp_promise": ("is", "set"),
	}
	for name in frappe.get_all("Sales Order", filters, pluck="name"):
		follow(frappe.get_doc("Sales Order", name))


def _state(order: Document) -> OrderState:
	if order.docstatus == CANCELLED:
		return OrderState.CANCELLED
	return STATES.get(order.status, OrderState.OPEN)


def _settle(
	doc: Document, order: Document, expected: Mapping[str, date | None], moves: Collection[Move] = ()
) -> None:
	"""Judges the promise by the order as it is now, and writes what has changed: this runs with every delivery.

	`expected` has the dates that a review has found, by row of the order; a line without one keeps its own. `moves` are
	what made somebody look.
	"""
	days = {line.name: _date(expected.get(line.reference_row, line.expected_date)) for line in doc.lines}
	lines = _line_states(doc, order, days)
	verdict = judge(_state(order), list(lines.values()), getdate(today()))
	move = move_behind(doc, verdict, list(lines.values()), moves)
	_write_lines(doc, lines)
	_write_header(doc, verdict, _last(days.values()), list(lines.values()), move)


def _last(days: Collection[date | None]) -> date | None:
	"""The last of the days; None if one is not known."""
	known = [day for day in days if day is not None]
	return max(known) if known and len(known) == len(days) else None


def _line_states(doc: Document, order: Document, expected: Mapping[str, date | None]) -> dict[str, LineState]:
	"""The promise's lines, by name, as the order has them now; those that were taken out of the order are not there."""
	rows = {row.name: row for row in order.items}
	lines = [line for line in doc.lines if line.reference_row in rows]
	left = {line.name: _open_qty(line, rows[line.reference_row]) for line in lines}
	days = _last_deliveries([line.reference_row for line in lines if not left[line.name]])
	return {
		line.name: LineState(
			item_code=line.item_code,
			promised=_date(line.promise_date),
			expected=expected[line.name],
			open_qty=left[line.name],
			delivered_on=None if left[line.name] else _delivered_on(line, days),
			delivered_qty=delivered_of(rows[line.reference_row]) - flt(line.delivered_before),
		)
		for line in lines
	}


def _open_qty(line: Document, row: Document) -> float:
	open_qty = flt(row.stock_qty) - delivered_of(row)
	return open_qty if open_qty > _noise(line) else 0.0


def _delivered_on(line: Document, days: dict[str, date]) -> date:
	"""The day of the last delivery note or invoice; what a supplier delivers itself has none, so the day it is noticed."""
	return days.get(line.reference_row) or _date(line.delivered_on) or getdate(today())


def _noise(line: Document) -> float:
	return 0.5 * 10.0 ** -(line.precision("qty") or 3)


def _date(value: Any) -> date | None:
	return getdate(value) if value else None


def _last_deliveries(rows: list[str]) -> dict[str, date]:
	"""Row of a Sales Order -> the last day on which something of it was delivered."""
	if not rows:
		return {}
	answer: dict[str, date] = {}
	for parent, child in (("Delivery Note", "Delivery Note Item"), ("Sales Invoice", "Sales Invoice Item")):
		note, line = frappe.qb.DocType(parent), frappe.qb.DocType(child)
		query = (
			frappe.qb.from_(line)
			.join(note)
			.on(line.parent == note.name)
			.select(line.so_detail, Max(note.posting_date))
			.where(line.so_detail.isin(rows) & (note.docstatus == 1) & (note.is_return == 0))
			.groupby(line.so_detail)
		)
		if parent == "Sales Invoice":
			query = query.where(note.update_stock == 1)
		for row, day in query.run():
			answer[row] = max(day, answer.get(row, day))
	return answer


def _write_lines(doc: Document, lines: Mapping[str, LineState]) -> None:
	changes = {}
	for line in doc.lines:
		if state := lines.get(line.name):
			values = {
				"delivered_qty": state.delivered_qty,
				"expected_date": state.expected,
				"delivered_on": state.delivered_on,
				"days_late": state.days_late or 0,
			}
			changes[line.name] = _changed(line, values)
	frappe.db.bulk_update("Order Promise Line", {name: values for name, values in changes.items() if values})


def _write_header(
	doc: Document, verdict: Verdict, expected: date | None, lines: Sequence[LineState], move: Move | None
) -> None:
	delivered = _last([line.delivered_on for line in lines])
	told = [format_date(value) if isinstance(value, date) else value for value in verdict.values]
	values = {
		"status": verdict.status.value,
		"status_reason": reason_of(verdict, told, move),
		"expected_date": expected,
		"delivered_on": delivered,
		"days_late": max(line.days_late or 0 for line in lines) if delivered else 0,
		**fields_of(move),
	}
	if changed := _changed(doc, values):
		frappe.db.set_value(DOCTYPE, doc.name, changed)
		record_event(doc, changed)
	shown = frappe.db.get_value("Sales Order", doc.reference_name, "otp_promise_status")
	if shown != verdict.status.value:
		tell_document(doc.name, verdict.status)


def _changed(row: Document, values: Mapping[str, Any]) -> dict[str, Any]:
	"""Those of `values` that are not in the row, which was read under its lock."""
	return {field: value for field, value in values.items() if _plain(row.get(field)) != _plain(value)}


def _plain(value: Any) -> Any:
	return str(value) if isinstance(value, date) else value or None


def review_promises() -> None:
	"""Promises every open order again, as it stands, and says which will miss its date; a scheduled job.

	Those reviewed longest ago come first, each in a transaction of its own, so that nobody waits for long. One that cannot
	be reviewed is logged, and does not stop the others; one that is busy waits for the next time.
	"""
	promise = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(promise).select(promise.name).where(promise.status.isin(UNFINISHED))
	for (name,) in query.orderby(promise.reviewed_at, promise.name).run():
		try:
			review(name)
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"Order Promise {name} could not be reviewed", reference_doctype=DOCTYPE)
		frappe.db.commit()


def review(name: str, moves: Collection[Move] = ()) -> None:
	"""Promises one order again as it stands and notes the dates that are expected now, and which of `moves` is behind it."""
	reference = frappe.db.get_value(DOCTYPE, name, "reference_name")
	if not reference:
		return  # of no order any more, or never of one: there is nothing to promise again
	# The order first, as whoever delivers it does: two who lock the other way round wait for each other.
	order = frappe.get_doc("Sales Order", reference, for_update=True)
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status == PromiseStatus.SUPERSEDED.value:
		return
	frappe.db.set_value(DOCTYPE, name, "reviewed_at", now_datetime(), update_modified=False)
	_settle(doc, order, _expected(order), moves)


def _expected(order: Document) -> dict[str, date | None]:
	"""Row -> the date on which it can be delivered as of now, None if it cannot; nothing for rows not open.

	It is what was asked when the order was submitted, so that a review differs only by what has happened since. Its share of a
	quota was settled then: what others took of it later, or what is protected for them, is no risk.
	"""
	try:
		asked = accepted_order(order)
	except RequestRefused:
		return {}
	promise = promise_from(SiteSource(quotas=False), asked, request_id=frappe.generate_hash(length=32))
	# Without an answer there is no plan.
	return {row: earliest_of(line) for row, line in zip(asked.rows, promise.plan, strict=False)}
