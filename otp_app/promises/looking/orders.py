"""Sales Orders with what was promised for them: the list that an order desk works through, and one in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt, get_datetime

from otp_app.promises.looking.questions import PROMISE_FIELDS, OrderQuestion
from otp_app.promises.site import reads

PROMISE = "Order Promise"
AT_RISK = "At Risk"

# Name in the answer -> field of Sales Order.
FIELDS: Mapping[str, str] = {
	"name": "name",
	"customer": "customer",
	"customer_name": "customer_name",
	"company": "company",
	"status": "status",
	"order_date": "transaction_date",
	"requested_date": "otp_requested_date",
	"delivery_date": "delivery_date",
	"promise_date": "otp_promise_date",
	"confidence": "otp_confidence",
	"promise_status": "otp_promise_status",
	"promise": "otp_promise",
	"per_delivered": "per_delivered",
	"customer_order": "po_no",
}
SEARCHED = ("name", "customer", "customer_name", "po_no")


def list_orders(question: OrderQuestion) -> dict[str, Any]:
	"""A page of the orders that the user may read, and how many there are. Raises PermissionError."""
	filters, any_of = _filters(question), _any_of(question)
	direction = "desc" if question.descending else "asc"
	rows = frappe.get_list(
		"Sales Order",
		filters=filters,
		or_filters=any_of,
		fields=list(FIELDS.values()),
		order_by=f"`tabSales Order`.{FIELDS[question.order_by]} {direction}, `tabSales Order`.name {direction}",
		limit_start=question.start,
		limit_page_length=question.limit,
	)
	counted = frappe.get_list(
		"Sales Order", filters=filters, or_filters=any_of, fields=["count(name) as total"], order_by=None
	)
	promises = _promises(row.otp_promise for row in rows)
	return {
		"sales_orders": [_header(row) | _outcome(promises.get(row.otp_promise)) for row in rows],
		"total": counted[0].total,
		"start": question.start,
		"limit": question.limit,
	}


def _filters(question: OrderQuestion) -> list[list[Any]]:
	filters: list[list[Any]] = [["status", "in", question.statuses]]
	filters += [
		[name, "=", value]
		for name, value in (("customer", question.customer), ("company", question.company))
		if value
	]
	if question.promise_statuses:
		filters.append(["otp_promise_status", "in", question.promise_statuses])
	if question.at_risk is not None:
		filters.append(["otp_promise_status", "=" if question.at_risk else "!=", AT_RISK])
	if question.from_date:
		filters.append(["otp_promise_date", ">=", question.from_date])
	if question.to_date:
		# An order without a date is promised for no day before any.
		filters += [["otp_promise_date", "<=", question.to_date], ["otp_promise_date", "is", "set"]]
	return filters


def _any_of(question: OrderQuestion) -> list[list[Any]]:
	if not question.search:
		return []
	return [[name, "like", f"%{question.search}%"] for name in SEARCHED]


def _promises(names: Iterable[str | None]) -> dict[str, Any]:
	"""The promises that orders name; who may read the order may know what it was promised."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	rows = frappe.get_all(PROMISE, {"name": ("in", wanted)}, ["name", *PROMISE_FIELDS], order_by=None)
	return {row.name: row for row in rows}


def _header(order: Any) -> dict[str, Any]:
	"""The fields of an order; what the customer asked for is its delivery date until a promise moved that."""
	answer = {name: plain(order.get(fieldname)) for name, fieldname in FIELDS.items()}
	answer["requested_date"] = answer["requested_date"] or answer["delivery_date"]
	return answer


def _outcome(promise: Any) -> dict[str, Any]:
	return {name: plain(promise.get(name)) if promise else None for name in PROMISE_FIELDS}


def order_in_full(order: Document) -> dict[str, Any]:
	"""An order with its lines, its present promise with pegs, and the promises before that."""
	promise = _present(order)
	return {
		**_header(order),
		**_outcome(promise),
		"lines": _lines(order, promise),
		"order_promise": _promise(promise) if promise else None,
		"earlier_promises": _earlier(order, promise),
	}


def _present(order: Document) -> Document | None:
	own = {
		"name": order.get("otp_promise"),
		"reference_doctype": order.doctype,
		"reference_name": order.name,
	}
	return frappe.get_doc(PROMISE, own["name"]) if own["name"] and frappe.db.exists(PROMISE, own) else None


def _lines(order: Document, promise: Document | None) -> list[dict[str, Any]]:
	promised = {line.reference_row: line for line in promise.lines} if promise else {}
	return [_line(row, promised.get(row.name)) for row in order.items]


def _line(row: Any, promised: Any) -> dict[str, Any]:
	"""A row of the order; quantities in its own UOM, those of its promise in stock UOM."""
	answer = {
		"row": row.name,
		"item_code": row.item_code,
		"item_name": row.item_name,
		"qty": row.qty,
		"uom": row.uom,
		"stock_qty": row.stock_qty,
		"stock_uom": row.stock_uom,
		"delivered_qty": flt(row.delivered_qty),
		"warehouse": row.warehouse or None,
		"requested_date": row.get("otp_requested_date") or row.delivery_date,
		"delivery_date": row.delivery_date,
		"promise_date": row.get("otp_promise_date"),
		"confidence": row.get("otp_confidence") or None,
	}
	of_promise = ("expected_date", "ship_date", "delivered_on", "days_late", "reserved_qty", "shortage")
	answer |= {name: promised.get(name) if promised else None for name in of_promise}
	return {name: plain(value) for name, value in answer.items()}


def _promise(promise: Document) -> dict[str, Any]:
	fields = (
		"name",
		"status",
		"status_reason",
		"promise_date",
		"expected_date",
		"confidence",
		"held_until",
		"committed_on",
		"calculated_at",
		"reviewed_at",
	)
	answer: dict[str, Any] = {name: plain(promise.get(name)) for name in fields}
	rows = {index: line.reference_row for index, line in enumerate(promise.lines, start=1)}
	return answer | {"pegs": pegs_of(promise.pegs, rows)}


def pegs_of(pegs: Iterable[Any], rows: Mapping[int, str | None]) -> list[dict[str, Any]]:
	"""What covers the lines; names of documents and suppliers only where the user reads that kind of document."""
	pegs = list(pegs)
	readable = {kind for kind in {peg.document_type for peg in pegs if peg.document_type} if reads(kind)}
	answer = []
	for peg in pegs:
		shown = peg.document_type in readable
		answer.append(
			{
				"row": rows.get(peg.line),
				"item_code": peg.item_code,
				"qty": peg.qty,
				"warehouse": peg.warehouse,
				"from_warehouse": peg.from_warehouse or None,
				"source": peg.source,
				"document_type": peg.document_type or None,
				"document": (peg.document or None) if shown else None,
				"supplier": (peg.supplier or None) if shown else None,
				**{
					name: plain(peg.get(name))
					for name in ("expected_date", "available_date", "ship_date", "delivery_date")
				},
			}
		)
	return answer


def _earlier(order: Document, present: Document | None) -> list[dict[str, Any]]:
	"""The other promises of the order, the newest first."""
	filters = {"reference_doctype": order.doctype, "reference_name": order.name}
	if present:
		filters["name"] = ("!=", present.name)
	fields = ["name", "status", "status_reason", "promise_date", "creation as created"]
	rows = frappe.get_all(PROMISE, filters, fields, order_by="creation desc, name desc")
	return [{name: plain(value) for name, value in row.items()} for row in rows]


def summary(promise: Document) -> dict[str, Any]:
	"""What a caller of apply and hold is told: the promise and its lines, in JSON values."""
	fields = ("status", "customer", "requested_date", "promise_date", "confidence", "held_until")
	of_line = ("item_code", "qty", "uom", "warehouse", "requested_date", "promise_date", "confidence")
	return {
		"promise": promise.name,
		**{name: plain(promise.get(name)) for name in fields},
		"lines": [{name: plain(line.get(name)) for name in of_line} for line in promise.lines],
		"request_id": promise.request_id,
	}


def plain(value: Any) -> Any:
	"""A field's value in JSON: dates as ISO text, moments to the second, nothing as null."""
	if hasattr(value, "hour"):
		return get_datetime(value).isoformat(sep=" ", timespec="seconds")
	if isinstance(value, date):
		return value.isoformat()
	return None if value == "" else value
