"""Subcontracting Order: what it brings, and what it needs."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.documents import changed_subcontracting
from otp_app.promises.watching.noting import note


def on_change(order: Document, method: str | None = None) -> None:
	"""Submit, cancel, close and new dates all end here."""
	note(changed_subcontracting(order))
