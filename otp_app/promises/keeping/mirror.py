"""What a document shows of its promise: the otp_* fields of its header and lines."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document

HEADER = ("otp_promise_date", "otp_confidence", "otp_promise_status", "otp_promise")
LINE = ("otp_promise_date", "otp_confidence")


def header_of(promise: Document) -> dict[str, Any]:
	"""The header's fields."""
	return {
		"otp_promise_date": promise.promise_date,
		"otp_confidence": promise.confidence,
		"otp_promise_status": promise.status,
		"otp_promise": promise.name,
	}


def lines_of(promise: Document) -> dict[str, dict[str, Any]]:
	"""The lines' fields, by the name of the document's row."""
	return {
		line.reference_row: {"otp_promise_date": line.promise_date, "otp_confidence": line.confidence}
		for line in promise.lines
		if line.reference_row
	}


def show(document: Document, promise: Document) -> None:
	"""Sets the fields of a document that is about to be saved."""
	document.update(header_of(promise))
	lines = lines_of(promise)
	for row in document.items:
		row.update(lines.get(row.name, {}))


def write(promise: Document) -> None:
	"""Writes the fields of the promise's document into the tables; the document counts as unchanged."""
	if not promise.reference_name:
		return
	doctype, name = promise.reference_doctype, promise.reference_name
	frappe.db.set_value(doctype, name, header_of(promise), update_modified=False)
	if lines := lines_of(promise):
		frappe.db.bulk_update(f"{doctype} Item", lines, update_modified=False)
	frappe.clear_document_cache(doctype, name)


def clear(document: Document) -> None:
	"""Empties the fields of a document that is about to be saved."""
	document.update(dict.fromkeys(HEADER))
	for row in document.items:
		row.update(dict.fromkeys(LINE))
