"""What procurement reads of a site: items with their suppliers, and what is asked for already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import NullValue

import frappe
from frappe.model.document import Document
from frappe.query_builder import Case
from frappe.utils import cint, flt

from otp_app.promises.procuring.needs import ItemFacts, Requested

TYPES = ("Purchase", "Manufacture")
# A submitted request of this type is no supply: what it moves has not left its warehouse.
MOVING = "Material Transfer"
MATERIAL_REQUEST, PURCHASE_ORDER, WORK_ORDER = "Material Request", "Purchase Order", "Work Order"
CREATABLE = (MATERIAL_REQUEST, PURCHASE_ORDER)


def read_facts(codes: Collection[str], company: str | None) -> dict[str, ItemFacts]:
	"""Items with default supplier and warehouse in the company, their own before those of their group."""
	fields = [
		"name",
		"item_name",
		"item_group",
		"stock_uom",
		"min_order_qty",
		"default_material_request_type",
		"default_bom",
		"is_sub_contracted_item",
		"delivered_by_supplier",
	]
	rows = frappe.get_all("Item", {"name": ("in", sorted(codes) or [""])}, fields, order_by=None)
	defaults = _defaults(rows, company)
	whole = set(frappe.get_all("UOM", {"must_be_whole_number": 1}, pluck="name"))
	return {row.name: _facts(row, defaults, row.stock_uom in whole) for row in rows}


def _facts(row: Any, defaults: dict[str, Any], whole: bool) -> ItemFacts:
	own, group = defaults.get(row.name, {}), defaults.get(row.item_group, {})
	return ItemFacts(
		item_name=row.item_name,
		stock_uom=row.stock_uom,
		whole=whole,
		min_order_qty=flt(row.min_order_qty),
		request_type=_request_type(row),
		drop_ship=bool(row.delivered_by_supplier),
		supplier=own.get("default_supplier") or group.get("default_supplier") or None,
		warehouse=own.get("default_warehouse") or group.get("default_warehouse") or None,
	)


def _request_type(row: Any) -> str:
	"""As the promise has it, what has a BOM is made; a supplier that works on our material, or ships itself, is paid.

	An item that says Manufacture is made whatever else; Purchase is what every item says unless it was changed.
	"""
	made = row.default_bom and not row.is_sub_contracted_item and not row.delivered_by_supplier
	return "Manufacture" if made or row.default_material_request_type == "Manufacture" else "Purchase"


def _defaults(rows: Iterable[Any], company: str | None) -> dict[str, Any]:
	owners = sorted({name for row in rows for name in (row.name, row.item_group)})
	filters = {
		"parent": ("in", owners or [""]),
		"parenttype": ("in", ("Item", "Item Group")),
		"company": company,
	}
	fields = ["parent", "default_supplier", "default_warehouse"]
	return {row.parent: row for row in frappe.get_all("Item Default", filters, fields, order_by=None)}


def requested_for(document: Document | None) -> tuple[Requested, list[dict[str, str]]]:
	"""What open Material Requests, draft Purchase Orders and draft Work Orders ask for on behalf of a document, and their names.

	Those that name the Sales Order or one of its promises, and those that were made for a Quotation from here. What is
	ordered is a supply, and is not in it; subcontracting is one as soon as it has an order of its own.
	"""
	requested: Requested = {}
	names: dict[tuple[str, str], None] = {}
	if document is None:
		return requested, []
	for doctype, query in (
		(MATERIAL_REQUEST, _requests),
		(PURCHASE_ORDER, _draft_orders),
		(PURCHASE_ORDER, _subcontracting),
		(WORK_ORDER, _draft_work_orders),
	):
		for name, item, warehouse, qty, sender in query(document):
			if flt(qty) > 0:
				key = (item, warehouse or None, sender or None)
				requested[key] = requested.get(key, 0.0) + flt(qty)
				names[doctype, name] = None
	return requested, [{"doctype": doctype, "name": name} for doctype, name in names]


def _requests(document: Document) -> list[tuple[Any, ...]]:
	"""Rows of Material Requests; a submitted one that promises are made from is a supply, and has been counted."""
	parent, row = frappe.qb.DocType(MATERIAL_REQUEST), frappe.qb.DocType(f"{MATERIAL_REQUEST} Item")
	counted = cint(frappe.get_cached_doc("Order Promise Settings").use_material_requests)
	query = (
		frappe.qb.from_(row)
		.join(parent)
		.on(row.parent == parent.name)
		.select(
			parent.name,
			row.item_code,
			row.warehouse,
			row.stock_qty - Coalesce(row.ordered_qty, 0),
			Case().when(parent.material_request_type == MOVING, row.from_warehouse).else_(NullValue()),
		)
		.where(
			(parent.material_request_type.isin(TYPES) & (parent.docstatus < (1 if counted else 2)))
			| ((parent.material_request_type == MOVING) & (parent.docstatus < 2))
		)
		.where(Coalesce(parent.status, "") != "Stopped")
	)
	return list(_made_for(query, row, document, MATERIAL_REQUEST).run())


def _draft_orders(document: Document) -> list[tuple[Any, ...]]:
	"""Rows of Purchase Orders in draft; what they take from a Material Request is counted there."""
	row = frappe.qb.DocType(f"{PURCHASE_ORDER} Item")
	query = (
		frappe.qb.from_(row)
		.select(row.parent, row.item_code, row.warehouse, row.stock_qty, NullValue())
		.where((row.docstatus == 0) & (Coalesce(row.material_request_item, "") == ""))
	)
	return list(_made_for(query, row, document, PURCHASE_ORDER).run())


def _subcontracting(document: Document) -> list[tuple[Any, ...]]:
	"""What suppliers are to make of our material, less what Subcontracting Orders have taken over."""
	parent, row = frappe.qb.DocType(PURCHASE_ORDER), frappe.qb.DocType(f"{PURCHASE_ORDER} Item")
	left = row.fg_item_qty * (1 - Coalesce(row.subcontracted_quantity, 0) / row.qty)
	query = (
		frappe.qb.from_(row)
		.join(parent)
		.on(row.parent == parent.name)
		.select(parent.name, row.fg_item, row.warehouse, left, NullValue())
		.where((parent.is_subcontracted == 1) & (parent.docstatus < 2) & (parent.status != "Closed"))
		.where((row.qty > 0) & (Coalesce(row.fg_item, "") != ""))
	)
	return list(_made_for(query, row, document, PURCHASE_ORDER).run())


def _draft_work_orders(document: Document) -> list[tuple[Any, ...]]:
	"""Work Orders in draft, those for components among them: they name a promise, and ERPNext lets them name no order."""
	order = frappe.qb.DocType(WORK_ORDER)
	promises = promises_of(document.doctype, document.name)
	mine = order.otp_promise.isin(promises)
	if document.doctype == "Sales Order":
		mine |= order.sales_order == document.name
	query = frappe.qb.from_(order).select(
		order.name, order.production_item, order.fg_warehouse, order.qty, NullValue()
	)
	return list(query.where((order.docstatus == 0) & mine).run())


def promises_of(doctype: str, name: str) -> Any:
	"""The names of all promises of a document, as a query to look in."""
	promise = frappe.qb.DocType("Order Promise")
	query = frappe.qb.from_(promise).select(promise.name)
	return query.where((promise.reference_doctype == doctype) & (promise.reference_name == name))


def _made_for(query: Any, row: Any, document: Document, doctype: str) -> Any:
	if document.doctype == "Sales Order":
		return query.where(row.sales_order == document.name)
	return query.where(row.parent.isin(_noted(document, doctype) or [""]))


def subject_of(doctype: str, name: str) -> str:
	"""How a comment on a document names what was made for it."""
	return f"{doctype} {name}"


def _noted(document: Document, doctype: str) -> list[str]:
	"""What was made for a document that requests have no field for."""
	filters = {
		"reference_doctype": document.doctype,
		"reference_name": document.name,
		"comment_type": "Info",
		"subject": ("like", f"{doctype} %"),
	}
	subjects = frappe.get_all("Comment", filters, pluck="subject")
	return [subject.removeprefix(f"{doctype} ") for subject in subjects]
