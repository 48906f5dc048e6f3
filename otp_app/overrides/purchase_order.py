"""Purchase Order: what it brings, and when, may change at any time."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.documents import changed_purchase
from otp_app.promises.watching.noting import note


def on_change(order: Document, method: str | None = None) -> None:
	"""Submit, cancel, hold, close, re-open and new dates all end here."""
	note(changed_purchase(order))
