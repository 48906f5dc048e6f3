"""Purchase Order Item: Update Items saves, adds and removes rows by themselves."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.documents import changed_purchase_row
from otp_app.promises.watching.noting import note


def on_change(row: Document, method: str | None = None) -> None:
	"""Another date, quantity or warehouse; a row that was added or taken out."""
	note(changed_purchase_row(row))
