"""Quotation: its hold ends with it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from otp_app.promises.keeping.changes import forget_outdated, forget_promises
from otp_app.promises.keeping.lifecycle import PENDING, PromiseStatus
from otp_app.promises.keeping.record import end

LOST = ("Lost", "Expired", "Cancelled")
CANCELLED = 2


def validate(quotation: Document, method: str | None = None) -> None:
	"""A draft whose lines were changed is not promised any more."""
	if not quotation.docstatus and not quotation.flags.otp_applied:
		forget_outdated(quotation)


def on_change(quotation: Document, method: str | None = None) -> None:
	"""What was held for a quotation that is lost, expired or cancelled is free again."""
	lost = quotation.docstatus == CANCELLED or quotation.status in LOST
	if not (quotation.get("otp_promise") and lost) or quotation.flags.in_delete:
		return
	pending = frappe.get_all(
		"Order Promise",
		{
			"reference_doctype": quotation.doctype,
			"reference_name": quotation.name,
			"status": ("in", [status.value for status in PENDING]),
		},
		pluck="name",
	)
	end(pending, PromiseStatus.CANCELLED)


def on_trash(quotation: Document, method: str | None = None) -> None:
	"""Its promises go with it."""
	forget_promises(quotation)
