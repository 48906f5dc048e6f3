"""What a Sales Order or Quotation asks for, as a promise request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, now_datetime

from otp_app.engine.facts import Excluded
from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.problems import Problem, RequestRefused

CANCELLED = 2
ENDED = ("Closed", "Ordered", "Lost", "Expired")


@dataclass(frozen=True, slots=True)
class Asked:
	"""What is to be promised: a request, whose commitments do not count against it, and the rows its lines are of.

	`payload` has the fields of PromiseRequest as JSON values. `fixed`: its rows' warehouses cannot be changed any more.
	"""

	payload: dict[str, Any]
	excluding: Excluded | None = None
	rows: tuple[str, ...] = ()
	fixed: bool = False

	def with_holds_of(self, document: Document | None) -> Asked:
		"""The same, with the holds that are the document's own by now: to be asked under the lock."""
		if document is None or self.excluding is None:
			return self
		return replace(self, excluding=replace(self.excluding, holds=holds_of(document)))

	@property
	def item_codes(self) -> list[str]:
		"""The items asked for, in order of their names."""
		lines = self.payload.get("items")
		codes = (
			[line.get("item_code") for line in lines if isinstance(line, dict)]
			if isinstance(lines, list)
			else []
		)
		return sorted({code for code in codes if isinstance(code, str)})


def order_of(document: Document, *, accepted: bool = False) -> Asked:
	"""The request for what is still to be delivered.

	Quantities are in stock UOM, with the document's own conversion factors. The desired dates are those that the
	customer requested, or with `accepted` those that the document has by now. Raises RequestRefused when nothing is left
	to promise.
	"""
	_refuse_ended(document)
	_refuse_lost_bundles(document)
	ordered = _ordered(document)
	open_qty = {row.name: _open_stock_qty(row) - ordered.get(row.name, 0.0) for row in document.items}
	rows = [row for row in document.items if open_qty[row.name] > 0]
	lines = [_line(document, row, open_qty[row.name], accepted) for row in rows]
	if not lines:
		message = _("{0} {1} has nothing left to deliver.").format(_(document.doctype), document.name)
		raise RequestRefused([Problem("NOTHING_TO_PROMISE", message, "items")])
	payload = {
		"customer": _customer(document),
		"company": document.company,
		"items": lines,
		"desired_date": _day(_desired(document, accepted)),
	}
	if document.get("source"):
		payload["channel"] = document.source
	excluding = Excluded(document.doctype, document.name, holds_of(document))
	return Asked(payload, excluding, tuple(row.name for row in rows), accepted or document.docstatus != 0)


def accepted_order(order: Document) -> Asked:
	"""The request for a Sales Order as it was agreed: by the dates that it has by now, and its promise's rules.

	It is asked when the order is submitted, and by every review after that. Raises RequestRefused when nothing is left.
	"""
	asked = order_of(order, accepted=True)
	asked.payload["rules"] = _agreed_rules(order)
	asked.payload["agreed"] = True
	return asked


def _agreed_rules(order: Document) -> dict[str, Any]:
	"""The rules that the order was promised by; lines with dates of their own are delivered on their own.

	A date that might not be missed has been accepted by now: whether a later one will do is not for the rules to say. A
	service level chose the dates that were agreed; it is no reason to move them.
	"""
	strict, lenient = DesiredDateMode.STRICT_FAIL.value, DesiredDateMode.LATEST_ACCEPTABLE.value
	rules = rules_of(order)
	rules.pop("service_level", None)
	if rules.get("desired_date_mode", strict) == strict:
		rules["desired_date_mode"] = lenient
	if "shipment" not in rules and len({str(row.delivery_date) for row in order.items}) > 1:
		rules["shipment"] = Shipment.PER_LINE.value
	return rules


def rules_of(document: Document) -> dict[str, Any]:
	"""The rules that the document's present promise was made by: an agreed split stays one."""
	name = document.get("otp_promise")
	request = frappe.db.get_value("Order Promise", name, "request") if name else None
	return dict((json.loads(request) if request else {}).get("rules") or {})


def _refuse_ended(document: Document) -> None:
	if document.docstatus == CANCELLED or document.status in ENDED:
		message = _("{0} {1} is {2}: there is nothing to promise.").format(
			_(document.doctype), document.name, _(document.status)
		)
		raise RequestRefused([Problem("NOTHING_TO_PROMISE", message, "items")])


def _refuse_lost_bundles(document: Document) -> None:
	"""A line with components whose Product Bundle is disabled would look like a service, which is always there."""
	parents = {row.parent_item for row in document.get("packed_items") or []}
	if not parents:
		return
	live = frappe.get_all(
		"Product Bundle", {"new_item_code": ("in", parents), "disabled": 0}, pluck="new_item_code"
	)
	if lost := sorted(parents - set(live)):
		message = _("Product Bundle {0} is disabled or gone: enable it first.").format(", ".join(lost))
		raise RequestRefused([Problem("COMPONENT_UNAVAILABLE", message, "items")])


def _open_qty(row: Any) -> float:
	"""What is still to be delivered, in the row's UOM; returned goods are owed again unless Selling Settings say no."""
	qty = row.qty - (row.get("delivered_qty") or 0)
	settings = frappe.get_cached_doc("Selling Settings")
	if settings.dont_reserve_sales_order_qty_on_sales_return:
		qty -= row.get("returned_qty") or 0
	return qty


def _open_stock_qty(row: Any) -> float:
	"""A row's open quantity in stock UOM; none of what is free text, or only an alternative."""
	if not row.item_code or row.get("is_alternative"):
		return 0.0
	return _open_qty(row) * (row.conversion_factor or 1)


def _ordered(document: Document) -> dict[str, float]:
	"""What submitted Sales Orders have taken of a Quotation's rows, in stock UOM."""
	if document.status != "Partially Ordered":
		return {}
	line = frappe.qb.DocType("Sales Order Item")
	rows = [row.name for row in document.items]
	query = (
		frappe.qb.from_(line)
		.select(line.quotation_item, Sum(line.stock_qty))
		.where(line.quotation_item.isin(rows) & (line.docstatus == 1))
		.groupby(line.quotation_item)
	)
	return {row: flt(qty) for row, qty in query.run()}


def _line(document: Document, row: Any, qty: float, accepted: bool) -> dict[str, Any]:
	return {
		"item_code": row.item_code,
		"qty": qty,
		"warehouse": row.warehouse or None,
		"desired_date": _day(_desired(row, accepted) or _desired(document, accepted)),
		"delivered_by_supplier": _drop_ship(row),
	}


def _desired(document: Any, accepted: bool) -> Any:
	"""What the customer asked for; where that was changed by an applied promise, both dates are there."""
	requested, agreed = document.get("otp_requested_date"), document.get("delivery_date")
	return agreed or requested if accepted else requested or agreed


def _drop_ship(row: Any) -> bool | None:
	"""A Sales Order's line says whether it is; a Quotation's leaves it to the item."""
	return bool(row.delivered_by_supplier) if row.meta.has_field("delivered_by_supplier") else None


def _customer(document: Document) -> str | None:
	if document.doctype == "Quotation":
		return document.party_name if document.quotation_to == "Customer" else None
	return document.customer


def _day(value: Any) -> str | None:
	return str(value) if value else None


def holds_of(document: Document) -> frozenset[str]:
	"""The live holds that were made for the document, for the Quotations it comes from, or that it names itself.

	A hold without a document may be named by any order of the same customer.
	"""
	promise = frappe.qb.DocType("Order Promise")
	own = (promise.reference_doctype == document.doctype) & (promise.reference_name == document.name)
	quotations = {row.get("prevdoc_docname") for row in document.items} - {None, ""}
	if quotations and document.doctype == "Sales Order":
		of_quotation = promise.reference_name.isin(sorted(quotations)) & (
			(promise.customer == document.customer) | promise.customer.isnull()
		)
		own |= (promise.reference_doctype == "Quotation") & of_quotation
	if document.get("otp_promise"):
		named = (promise.name == document.otp_promise) & promise.reference_name.isnull()
		own |= named & (promise.customer == document.get("customer"))
	live = (promise.status == "Held") & (promise.held_until > now_datetime())
	query = frappe.qb.from_(promise).select(promise.name).where(live & own)
	return frozenset(name for (name,) in query.run())
