"""Draft Material Requests and Purchase Orders for what an order lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_link_to_form, getdate, nowdate

from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.promises.documents import Asked
from otp_app.promises.procuring.needs import Suggestion
from otp_app.promises.procuring.requested import MATERIAL_REQUEST, subject_of


def create(
	doctype: str,
	suggestions: Sequence[Suggestion],
	asked: Asked,
	document: Document | None,
	company: str,
	*,
	marks: Mapping[str, Any] | None = None,
) -> list[Document]:
	"""One draft Material Request a type, or one draft Purchase Order a supplier, for these suggestions.

	`marks` are further fields of each document. Raises RequestRefused for items that have no warehouse or no supplier, naming each, PermissionError, and
	ValidationError where ERPNext refuses: what has been made by then is the caller's to take back.
	"""
	_refuse_placeless(suggestions)
	if doctype == MATERIAL_REQUEST:
		groups, head = _by(suggestions, lambda s: s.request_type), _material_request
	else:
		# Nobody is paid for a transfer: it stays a suggestion.
		suggestions = [suggestion for suggestion in suggestions if not suggestion.from_warehouse]
		_refuse_without_supplier(suggestions, company)
		groups, head = _by(suggestions, lambda s: (s.facts.supplier, s.drop_ship)), _purchase_order
	rows = {row.name: row for row in document.items} if document else {}
	made = []
	for group in groups:
		doc = head(group, company, document)
		doc.update(marks or {})
		for suggestion in group:
			row = doc.append("items", _row(suggestion) | _origin(suggestion, asked, document, rows))
			if row.meta.has_field("delivered_by_supplier"):
				row.delivered_by_supplier = int(suggestion.drop_ship)
		made.append(insert(doc, document))
	return made


def _by(suggestions: Iterable[Suggestion], key: Callable[[Suggestion], Any]) -> list[list[Suggestion]]:
	groups: dict[Any, list[Suggestion]] = {}
	for suggestion in suggestions:
		groups.setdefault(key(suggestion), []).append(suggestion)
	return list(groups.values())


def _material_request(group: Sequence[Suggestion], company: str, document: Document | None) -> Document:
	doc = frappe.new_doc(MATERIAL_REQUEST)
	doc.update(_head(group, company) | {"material_request_type": group[0].request_type})
	return doc


def _purchase_order(group: Sequence[Suggestion], company: str, document: Document | None) -> Document:
	doc = frappe.new_doc("Purchase Order")
	doc.update(_head(group, company) | {"supplier": group[0].facts.supplier})
	if group[0].drop_ship and document is not None and document.doctype == "Sales Order":
		address = document.get("shipping_address_name") or document.get("customer_address")
		doc.update({"customer": document.customer, "shipping_address": address})
	return doc


def _head(group: Sequence[Suggestion], company: str) -> dict[str, Any]:
	first = min(suggestion.schedule_date for suggestion in group)
	return {"company": company, "transaction_date": getdate(nowdate()), "schedule_date": first}


def _row(suggestion: Suggestion) -> dict[str, Any]:
	return {
		"item_code": suggestion.item_code,
		"qty": suggestion.qty,
		"uom": suggestion.facts.stock_uom,
		"stock_uom": suggestion.facts.stock_uom,
		"conversion_factor": 1,
		"warehouse": suggestion.warehouse,
		"schedule_date": suggestion.schedule_date,
		**({"from_warehouse": suggestion.from_warehouse} if suggestion.from_warehouse else {}),
	}


def _origin(
	suggestion: Suggestion, asked: Asked, document: Document | None, rows: dict[str, Any]
) -> dict[str, Any]:
	"""The Sales Order of a row, and its line where ERPNext lets a row name one.

	On submit ERPNext adds the quantity to the line's ordered quantity and refuses more than the line has: a row for a
	component, for several lines, for more than is left, or for a draft names the order alone. So does a transfer, which orders
	nothing.
	"""
	if document is None or document.doctype != "Sales Order":
		return {}
	origin = {"sales_order": document.name}
	one_line = document.docstatus == 1 and len(suggestion.lines) == 1 and asked.rows
	if not one_line or suggestion.from_warehouse:
		return origin
	row = rows[asked.rows[suggestion.lines[0]]]
	left = flt(row.stock_qty) - flt(row.get("ordered_qty"))
	if row.item_code != suggestion.item_code or suggestion.qty > left:
		return origin
	return origin | {"sales_order_item": row.name}


def insert(doc: Document, document: Document | None) -> Document:
	"""Inserts a draft that was made for a document; each of the two says so in a comment."""
	doc.run_method("set_missing_values")
	doc.insert()
	if document is not None:
		doc.add_comment(
			"Info", _("Requested for {0}.").format(get_link_to_form(document.doctype, document.name))
		)
		note = document.add_comment(
			"Info", _("{0} was made for what is missing.").format(get_link_to_form(doc.doctype, doc.name))
		)
		note.db_set("subject", subject_of(doc.doctype, doc.name), update_modified=False)
	return doc


def _refuse_placeless(suggestions: Iterable[Suggestion]) -> None:
	_refuse(
		Problem(
			"NO_WAREHOUSE",
			_("Nothing says into which warehouse {0} is to come: give the line a warehouse.").format(
				suggestion.item_code
			),
			"items",
		)
		for suggestion in suggestions
		if not suggestion.warehouse
	)


def _refuse_without_supplier(suggestions: Iterable[Suggestion], company: str) -> None:
	_refuse(
		Problem(
			"NO_SUPPLIER",
			_(
				"{0} has no default supplier in {1}: enter one in the item's defaults, or make a Material Request."
			).format(suggestion.item_code, company),
			"create",
		)
		for suggestion in suggestions
		if not suggestion.facts.supplier
	)


def _refuse(problems: Iterable[Problem]) -> None:
	if found := list(dict.fromkeys(problems)):
		raise RequestRefused(found)


def check_may_create(doctype: str) -> None:
	"""Raises RequestRefused (403) for a user who may not create such documents."""
	if not frappe.has_permission(doctype, "create"):
		message = _("You need permission to create a {0}.").format(_(doctype))
		raise RequestRefused([Problem("FORBIDDEN", message, "create", FORBIDDEN)])
