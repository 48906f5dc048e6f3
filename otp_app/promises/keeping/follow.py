"""Following a committed promise: deliveries, orders held and closed, dates that move away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from otp_app.promises.keeping.record import DOCTYPE, tell_documents
from otp_app.promises.site import promise_from
from otp_app.sources.site import SiteSource

STATES = {"On Hold": OrderState.ON_HOLD, "Closed": OrderState.CLOSED}
CANCELLED = 2
INTERRUPTED = (PromiseStatus.CANCELLED.value, PromiseStatus.AT_RISK.value)
# Promises reviewed in one transaction.
REVIEW_AT_ONCE = 50
UNFINISHED = (PromiseStatus.COMMITTED.value, PromiseStatus.AT_RISK.value)


def follow(order: Document) -> None:
	"""Brings the promise of a submitted or cancelled Sales Order up to date with the order."""
	doc = frappe.get_doc(DOCTYPE, order.otp_promise, for_update=True)
	if not doc.committed_on or doc.status == PromiseStatus.SUPERSEDED.value:
		return
	if doc.status in INTERRUPTED and _state(order) is OrderState.OPEN:
		# While the order was closed or on hold, others could be promised what it waits for.
		review(doc.name)
		return
	lines = _line_states(doc, order)
	_conclude(doc, judge(_state(order), lines, getdate(today())), lines)


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


def _line_states(doc: Document, order: Document) -> list[LineState]:
	"""The lines as the order has them now. What a customer sends back was delivered all the same."""
	rows = {row.name: row for row in order.items}
	done = {}
	for line in doc.lines:
		row = rows.get(line.reference_row)
		factor = flt(row.conversion_factor) or 1 if row else 1
		delivered = (flt(row.delivered_qty) + flt(row.returned_qty)) * factor if row else 0.0
		open_qty = max(0.0, flt(row.stock_qty) - delivered) if row else 0.0
		line.delivered_qty = delivered
		done[line.name] = open_qty if open_qty > _noise(line) else 0.0
	finished = [line.reference_row for line in doc.lines if not done[line.name]]
	days = _last_deliveries(finished)
	return [
		LineState(
			line.item_code,
			_date(line.promise_date),
			_date(line.expected_date),
			done[line.name],
			_delivered_on(line, days) if not done[line.name] else None,
		)
		for line in doc.lines
	]


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


def _conclude(doc: Document, verdict: Verdict, lines: Sequence[LineState]) -> None:
	"""Writes what has changed, and only that: this runs with every delivery."""
	for line, state in zip(doc.lines, lines, strict=True):
		values = {
			"delivered_qty": line.delivered_qty,
			"expected_date": line.expected_date,
			"delivered_on": state.delivered_on,
			"days_late": state.days_late or 0,
		}
		_write_changes("Order Promise Line", line.name, values)
	days = [state.delivered_on for state in lines if state.delivered_on]
	complete = len(days) == len(lines)
	values = [format_date(value) if isinstance(value, date) else value for value in verdict.values]
	changed = _write_changes(
		DOCTYPE,
		doc.name,
		{
			"status": verdict.status.value,
			"status_reason": _(verdict.reason).format(*values) if verdict.reason else None,
			"expected_date": doc.expected_date,
			"delivered_on": max(days) if complete else None,
			"days_late": max(state.days_late or 0 for state in lines) if complete else 0,
		},
	)
	if "status" in changed:
		tell_documents([doc.name], verdict.status)


def _write_changes(doctype: str, name: str, values: dict[str, Any]) -> set[str]:
	"""The fields that changed."""
	before = frappe.db.get_value(doctype, name, list(values), as_dict=True)
	changed = {field: value for field, value in values.items() if _plain(before[field]) != _plain(value)}
	if changed:
		frappe.db.set_value(doctype, name, changed)
	return set(changed)


def _plain(value: Any) -> Any:
	return str(value) if isinstance(value, date) else value or None


def review_promises() -> None:
	"""Promises every open order again, as it stands, and says which will miss its date; a scheduled job.

	Those reviewed longest ago come first. An order that cannot be reviewed is logged, and does not stop the others.
	"""
	started = now_datetime()
	while names := _not_reviewed_since(started):
		for name in names:
			_review_safely(name)
		frappe.db.commit()


def _not_reviewed_since(moment: Any) -> list[str]:
	promise = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(promise)
		.select(promise.name)
		.where(promise.status.isin(UNFINISHED))
		.where(promise.reviewed_at.isnull() | (promise.reviewed_at < moment))
		.orderby(promise.reviewed_at, promise.name)
		.limit(REVIEW_AT_ONCE)
	)
	return [name for (name,) in query.run()]


def _review_safely(name: str) -> None:
	frappe.db.savepoint("otp_review")
	try:
		review(name)
	except Exception:
		frappe.db.rollback(save_point="otp_review")
		frappe.log_error(title=f"Order Promise {name} could not be reviewed", reference_doctype=DOCTYPE)
		frappe.db.set_value(DOCTYPE, name, "reviewed_at", now_datetime(), update_modified=False)


def review(name: str) -> Document:
	"""Promises one order again as it stands and notes the dates that are expected now."""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	order = frappe.get_doc("Sales Order", doc.reference_name)
	expected = _expected(order)
	for line in doc.lines:
		if line.reference_row in expected:
			line.expected_date = expected[line.reference_row]
	days = [line.expected_date for line in doc.lines]
	doc.expected_date = max(getdate(day) for day in days) if all(days) else None
	frappe.db.set_value(DOCTYPE, name, "reviewed_at", now_datetime(), update_modified=False)
	lines = _line_states(doc, order)
	_conclude(doc, judge(_state(order), lines, getdate(today())), lines)
	return doc


def _expected(order: Document) -> dict[str, date | None]:
	"""Row -> the date on which it can be delivered as of now, None if it cannot; nothing for rows not open."""
	try:
		asked = order_of(order, accepted=True)
	except RequestRefused:
		return {}
	asked.payload["rules"] = {"shipment": "per_line", "desired_date_mode": "LATEST_ACCEPTABLE"}
	promise: Promise = promise_from(SiteSource(), asked, request_id=frappe.generate_hash(length=32))
	return {row: line.promise_date for row, line in zip(asked.rows, promise.plan, strict=True)}
