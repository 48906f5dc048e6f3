"""What a Sales Order or Quotation asks for, as a promise request."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.engine.facts import Excluded
from otp_app.engine.problems import Problem, RequestRefused

CANCELLED = 2
ENDED = ("Closed", "Ordered", "Lost", "Expired")


def order_of(document: Document) -> tuple[dict[str, Any], Excluded]:
	"""The request for what is still to be delivered, and whose commitments do not count against it.

	Quantities are in stock UOM, with the document's own conversion factors. Raises RequestRefused when nothing is
	left to promise.
	"""
	_refuse_ended(document)
	_refuse_lost_bundles(document)
	lines = [line for row in document.items if (line := _line(row)) is not None]
	if not lines:
		message = _("{0} {1} has nothing left to deliver.").format(_(document.doctype), document.name)
		raise RequestRefused([Problem("NOTHING_TO_PROMISE", message, "items")])
	payload = {
		"customer": _customer(document),
		"company": document.company,
		"items": lines,
		"desired_date": _day(document.get("delivery_date")),
	}
	return payload, Excluded(document.doctype, document.name)


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


def _line(row: Any) -> dict[str, Any] | None:
	"""A row's open quantity; None for what is delivered, free text, or only an alternative."""
	open_qty = _open_qty(row) * (row.conversion_factor or 1)
	if open_qty <= 0 or not row.item_code or row.get("is_alternative"):
		return None
	return {
		"item_code": row.item_code,
		"qty": open_qty,
		"warehouse": row.warehouse or None,
		"desired_date": _day(row.get("delivery_date")),
		"delivered_by_supplier": _drop_ship(row),
	}


def _drop_ship(row: Any) -> bool | None:
	"""A Sales Order's line says whether it is; a Quotation's leaves it to the item."""
	return bool(row.delivered_by_supplier) if row.meta.has_field("delivered_by_supplier") else None


def _customer(document: Document) -> str | None:
	if document.doctype == "Quotation":
		return document.party_name if document.quotation_to == "Customer" else None
	return document.customer


def _day(value: Any) -> str | None:
	return str(value) if value else None
