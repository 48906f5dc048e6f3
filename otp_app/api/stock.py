"""What there is of an item, and from when how much of it can be promised; nothing is written."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.arguments import text, texts, truth
from otp_app.api.asking import Json, document_of
from otp_app.api.http import json_errors, refuse_unknown_arguments, request_id
from otp_app.engine.facts import Excluded
from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.promises.documents import holds_of
from otp_app.promises.looking.stock import StockQuestion, stock_of
from otp_app.promises.site import ORDERS, site_now

MAX_ITEMS = 100


@frappe.whitelist(methods=["POST"])
@json_errors
def item_stock(
	items: Json = None,
	item_code: Json = None,
	warehouse: Json = None,
	sales_order: Json = None,
	quotation: Json = None,
	documents: Json = None,
) -> dict[str, Any] | None:
	"""Stock on hand, and ATP from each day on, of up to 100 items by warehouse, in stock UOM (docs/api.md).

	Needs permission to create Sales Orders or Quotations, or to read Bins; with a document, to read it, which is enough
	for its own items. That document's commitments and holds are left out. With `documents`, every dated event too.
	"""
	refuse_unknown_arguments({"items", "item_code", "warehouse", "sales_order", "quotation", "documents"})
	document = document_of(sales_order, quotation, "read") if sales_order or quotation else None
	codes = _codes(items, item_code, document)
	_check_permission(codes, document)
	question = StockQuestion(
		items=tuple(codes),
		warehouse=text(warehouse, "warehouse"),
		excluding=Excluded(document.doctype, document.name, holds_of(document)) if document else None,
		documents=bool(truth(documents, "documents")),
	)
	return {
		"items": stock_of(question),
		"request_id": request_id(),
		"calculated_at": site_now().isoformat(),
	}


def _codes(items: Json, item_code: Json, document: Document | None) -> list[str]:
	"""The items asked for, else those of the document."""
	codes = list(dict.fromkeys([*texts(items, "items"), *_one_or_several(item_code)]))
	if not codes and document:
		codes = list(dict.fromkeys(row.item_code for row in document.items if row.item_code))[:MAX_ITEMS]
	if not codes:
		message = _("items is missing: give item codes, or a sales_order or quotation.")
		raise RequestRefused([Problem("MISSING_FIELD", message, "items")])
	if len(codes) > MAX_ITEMS:
		message = _("items has {0} items; one call takes at most {1}: ask several times.").format(
			len(codes), MAX_ITEMS
		)
		raise RequestRefused([Problem("TOO_MANY_ITEMS", message, "items")])
	return codes


def _one_or_several(item_code: Json) -> list[str]:
	"""A list of codes, one code, or several with commas between; a code may have a comma of its own."""
	if not isinstance(item_code, str) or "," not in item_code or frappe.db.exists("Item", item_code):
		return texts(item_code, "item_code")
	return texts(item_code.split(","), "item_code")


def _check_permission(codes: list[str], document: Document | None) -> None:
	if any(frappe.has_permission(doctype, "create") for doctype in ORDERS):
		return
	if frappe.has_permission("Bin", "read"):
		return
	if document is None:
		raise frappe.PermissionError(
			_("You need permission to create Sales Orders or Quotations, or to read Bins.")
		)
	own = {row.item_code for row in (*document.items, *(document.get("packed_items") or []))}
	problems = [
		Problem("FORBIDDEN", _("Item {0} is not in {1}.").format(code, document.name), "items", FORBIDDEN)
		for code in codes
		if code not in own
	]
	if problems:
		raise RequestRefused(problems)
