"""Quotation: its hold ends with it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from otp_app.promises.keeping.changes import forget_promises, guard
from otp_app.promises.keeping.ending import end
from otp_app.promises.keeping.lifecycle import PENDING, PromiseStatus

LOST = ("Lost", "Expired", "Cancelled")
CANCELLED = 2


def validate(quotation: Document, method: str | None = None) -> None:
	"""What the app wrote stays; a draft whose lines were changed is not promised any more."""
	guard(quotation)


def before_update_after_submit(quotation: Document, method: str | None = None) -> None:
	"""What the app wrote stays."""
	guard(quotation)


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
