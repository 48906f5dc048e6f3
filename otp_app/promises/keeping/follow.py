"""Following a committed promise: deliveries, orders held and closed, dates that move away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import flt, format_date, getdate, now_datetime, today

from otp_app.engine.problems import RequestRefused
from otp_app.engine.promise import Promise
from otp_app.promises.documents import order_of
from otp_app.promises.keeping.lifecycle import LineState, OrderState, PromiseStatus, Verdict, judge
from otp_app.promises.keeping.record import DOCTYPE, delivered_of, tell_document
from otp_app.promises.site import promise_from
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
	lines = _line_states(doc, order)
	_conclude(doc, judge(_state(order), list(lines.values()), getdate(today())), lines)


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


def _line_states(doc: Document, order: Document) -> dict[str, LineState]:
	"""The promise's lines, by name, as the order has them now; those that were taken out of the order are not there."""
	rows = {row.name: row for row in order.items}
	lines = [line for line in doc.lines if line.reference_row in rows]
	left = {}
	for line in lines:
		row = rows[line.reference_row]
		delivered = delivered_of(row)
		line.delivered_qty = delivered - flt(line.delivered_before)
		open_qty = flt(row.stock_qty) - delivered
		left[line.name] = open_qty if open_qty > _noise(line) else 0.0
	days = _last_deliveries([line.reference_row for line in lines if not left[line.name]])
	return {
		line.name: LineState(
			line.item_code,
			_date(line.promise_date),
			_date(line.expected_date),
			left[line.name],
			None if left[line.name] else _delivered_on(line, days),
		)
		for line in lines
	}


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


def _conclude(doc: Document, verdict: Verdict, lines: Mapping[str, LineState]) -> None:
	"""Writes what has changed, and only that: this runs with every delivery."""
	for line in doc.lines:
		if (state := lines.get(line.name)) is None:
			continue
		values = {
			"delivered_qty": line.delivered_qty,
			"expected_date": line.expected_date,
			"delivered_on": state.delivered_on,
			"days_late": state.days_late or 0,
		}
		_write_changes("Order Promise Line", line.name, values)
	days = [state.delivered_on for state in lines.values() if state.delivered_on]
	complete = bool(days) and len(days) == len(lines)
	values = [format_date(value) if isinstance(value, date) else value for value in verdict.values]
	_write_changes(
		DOCTYPE,
		doc.name,
		{
			"status": verdict.status.value,
			"status_reason": _(verdict.reason).format(*values) if verdict.reason else None,
			"expected_date": doc.expected_date,
			"delivered_on": max(days) if complete else None,
			"days_late": max(state.days_late or 0 for state in lines.values()) if complete else 0,
		},
	)
	shown = frappe.db.get_value("Sales Order", doc.reference_name, "otp_promise_status")
	if shown != verdict.status.value:
		tell_document(doc.name, verdict.status)


def _write_changes(doctype: str, name: str, values: dict[str, Any]) -> None:
	before = frappe.db.get_value(doctype, name, list(values), as_dict=True)
	changed = {field: value for field, value in values.items() if _plain(before[field]) != _plain(value)}
	if changed:
		frappe.db.set_value(doctype, name, changed)


def _plain(value: Any) -> Any:
	return str(value) if isinstance(value, date) else value or None


def review_promises() -> None:
	"""Promises every open order again, as it stands, and says which will miss its date; a scheduled job.

	Those reviewed longest ago come first, each in a transaction of its own, so that nobody waits for long. One that cannot be
	reviewed is logged, and does not stop the others; one that is busy waits for the next time.
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


def review(name: str) -> Document:
	"""Promises one order again as it stands and notes the dates that are expected now."""
	# The order first, as whoever delivers it does: two who lock the other way round wait for each other.
	order = frappe.get_doc(
		"Sales Order", frappe.db.get_value(DOCTYPE, name, "reference_name"), for_update=True
	)
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	expected = _expected(order)
	for line in doc.lines:
		if line.reference_row in expected:
			line.expected_date = expected[line.reference_row]
	days = [line.expected_date for line in doc.lines]
	doc.expected_date = max(getdate(day) for day in days) if all(days) else None
	frappe.db.set_value(DOCTYPE, name, "reviewed_at", now_datetime(), update_modified=False)
	lines = _line_states(doc, order)
	_conclude(doc, judge(_state(order), list(lines.values()), getdate(today())), lines)
	return doc


def _expected(order: Document) -> dict[str, date | None]:
	"""Row -> the date on which it can be delivered as of now, None if it cannot; nothing for rows not open."""
	try:
		asked = order_of(order, accepted=True)
	except RequestRefused:
		return {}
	asked.payload["rules"] = {"shipment": "per_line", "desired_date_mode": "LATEST_ACCEPTABLE"}
	promise: Promise = promise_from(SiteSource(), asked, request_id=frappe.generate_hash(length=32))
	# Without an answer there is no plan.
	return {row: line.promise_date for row, line in zip(asked.rows, promise.plan, strict=False)}
