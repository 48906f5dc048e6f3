"""When a document changes, what becomes of its promise."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.record import state_of
from otp_app.promises.making.made import forget
from otp_app.promises.names import DOCTYPE
from otp_app.promises.watching.events import EVENT

FREE = (None, "", PromiseStatus.DRAFT.value)


def guard(document: Document) -> None:
	"""What the app wrote stays; a draft whose lines were changed is not promised any more."""
	if document.flags.otp_applied:
		return
	_keep_what_was_written(document)
	if not document.docstatus:
		_forget_outdated(document)


def _keep_what_was_written(document: Document) -> None:
	"""Puts back what the app wrote into a document, whatever a form that was opened before, or a program, sends.

	A new document, a copy or an amendment, has no promise yet; only a hold without a document may be named. A requested
	date that is over when the document is new belongs to the one that it was copied from.
	"""
	before = document.get_doc_before_save()
	if before is not None:
		_copy(mirror.HEADER, before, document)
		rows = {row.name: row for row in before.items}
		for row in document.items:
			_copy(mirror.LINE, rows.get(row.name), row)
			_keep_unconfirmed(rows.get(row.name), row)
		return
	named = document.otp_promise if _free_hold(document) else None
	mirror.clear(document)
	document.otp_promise = named
	for row in (document, *document.items):
		requested = row.get("otp_requested_date")
		if requested and getdate(requested) < getdate(document.transaction_date):
			row.otp_requested_date = None
	for row in document.items:
		_keep_unconfirmed(None, row)


def _copy(fields: Iterable[str], source: Document | None, target: Document) -> None:
	for field in fields:
		target.set(field, source.get(field) if source else None)


def _keep_unconfirmed(before: Document | None, row: Document) -> None:
	"""A row that gave up its date in a backorder run stays so until it gets another delivery date."""
	if row.meta.has_field("otp_unconfirmed"):
		same = before is not None and getdate(before.delivery_date) == getdate(row.delivery_date)
		row.otp_unconfirmed = before.otp_unconfirmed if before is not None and same else 0


def _forget_outdated(document: Document) -> None:
	"""Takes the promised dates off a draft whose lines are no longer those that were promised; a hold stays."""
	before = document.get_doc_before_save()
	if before is None or not (document.otp_promise_date and _differ(before.items, document.items)):
		return
	held = {field: document.get(field) for field in ("otp_promise", "otp_promise_status")}
	mirror.clear(document)
	if held["otp_promise_status"] not in FREE:
		document.update(held)


def _free_hold(document: Document) -> bool:
	"""Whether a new document names a hold that was made without a document."""
	if not document.otp_promise:
		return False
	fields = ["reference_name", "status"]
	reference, status = frappe.db.get_value(DOCTYPE, document.otp_promise, fields) or (None, None)
	return status == PromiseStatus.HELD.value and not reference


def _differ(before: Iterable[Document], now: Iterable[Document]) -> bool:
	return {row.name: state_of(row) for row in before} != {row.name: state_of(row) for row in now}


def changed_since_promised(order: Document) -> bool:
	"""Whether a submitted order has lines, quantities, warehouses or dates that are not the promised ones.

	An order without a promise is looked at when its items are updated.
	"""
	if not order.get("otp_promise"):
		return bool(order.flags.ignore_validate_update_after_submit)
	lines = frappe.get_all(
		"Order Promise Line", {"parent": order.otp_promise}, ["reference_row", "document_state"]
	)
	promised = {line.reference_row: line.document_state for line in lines}
	delivered = {row.name for row in order.items if row.delivered_qty >= row.qty}
	rows = {row.name: state_of(row) for row in order.items if row.name not in delivered}
	return any(promised.get(name) != state for name, state in rows.items()) or bool(
		set(promised) - set(rows) - delivered
	)


def forget_promises(document: Document) -> None:
	"""Deletes the promises of a document that is being deleted, and what has become of them."""
	filters = {"reference_doctype": document.doctype, "reference_name": document.name}
	for name in frappe.get_all(DOCTYPE, filters, pluck="name"):
		forget(name)
		frappe.delete_doc(DOCTYPE, name, force=True, ignore_permissions=True)
	frappe.db.delete(EVENT, filters)
