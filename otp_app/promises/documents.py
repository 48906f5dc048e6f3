"""What a Sales Order or Quotation asks for, as a promise request."""

from __future__ import annotations

from typing import Any

from frappe import _
from frappe.model.document import Document

from otp_app.engine.facts import Excluded
from otp_app.engine.problems import Problem, RequestRefused


def order_of(document: Document) -> tuple[dict[str, Any], Excluded]:
	"""The request for what is still to be delivered, and whose commitments do not count against it.

	Quantities are in stock UOM, with the document's own conversion factors. Raises RequestRefused when nothing is
	left to promise.
	"""
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


def _line(row: Any) -> dict[str, Any] | None:
	"""A row's open quantity; None for what is delivered, free text, or only an alternative."""
	open_qty = (row.qty - (row.get("delivered_qty") or 0)) * (row.conversion_factor or 1)
	if open_qty <= 0 or not row.item_code or row.get("is_alternative"):
		return None
	return {
		"item_code": row.item_code,
		"qty": open_qty,
		"warehouse": row.warehouse or None,
		"desired_date": _day(row.get("delivery_date")),
		"delivered_by_supplier": bool(row.get("delivered_by_supplier")),
	}


def _customer(document: Document) -> str | None:
	if document.doctype == "Quotation":
		return document.party_name if document.quotation_to == "Customer" else None
	return document.customer


def _day(value: Any) -> str | None:
	return str(value) if value else None
