"""When a document changes, what becomes of its promise."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.record import DOCTYPE, state_of

FREE = (None, "", PromiseStatus.DRAFT.value)


def forget_outdated(document: Document) -> None:
	"""Takes the promised dates off a draft whose lines are no longer those that were promised; a hold stays.

	A copy, or an amendment, has no promise of its own yet.
	"""
	before = document.get_doc_before_save()
	if before is None:
		if document.otp_promise and not _free_hold(document):
			mirror.clear(document)
		return
	if not (document.otp_promise_date and _differ(before.items, document.items)):
		return
	held = {field: document.get(field) for field in ("otp_promise", "otp_promise_status")}
	mirror.clear(document)
	if held["otp_promise_status"] not in FREE:
		document.update(held)


def _free_hold(document: Document) -> bool:
	"""Whether a new document names a hold that was made without a document."""
	reference, status = frappe.db.get_value(DOCTYPE, document.otp_promise, ["reference_name", "status"]) or (
		None,
		None,
	)
	return status == PromiseStatus.HELD.value and not reference


def _differ(before: Iterable[Document], now: Iterable[Document]) -> bool:
	return {row.name: state_of(row) for row in before} != {row.name: state_of(row) for row in now}


def changed_since_promised(order: Document) -> bool:
	"""Whether a submitted order with a promise has lines, quantities, warehouses or dates that are not the promised ones."""
	if not order.get("otp_promise"):
		return False
	lines = frappe.get_all(
		"Order Promise Line", {"parent": order.otp_promise}, ["reference_row", "document_state"]
	)
	promised = {line.reference_row: line.document_state for line in lines}
	rows = {row.name: state_of(row) for row in order.items}
	delivered = {row.name for row in order.items if row.delivered_qty >= row.qty}
	return any(promised.get(name) != state for name, state in rows.items() if name not in delivered)


def forget_promises(document: Document) -> None:
	"""Deletes the promises of a document that is being deleted."""
	filters = {"reference_doctype": document.doctype, "reference_name": document.name}
	for name in frappe.get_all(DOCTYPE, filters, pluck="name"):
		frappe.delete_doc(DOCTYPE, name, force=True, ignore_permissions=True)
