"""Stock Reservation Entry: what is kept for one order is there for no other."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import reserved


def on_change(entry: Document, method: str | None = None) -> None:
	"""Submit, cancel and another quantity all end here."""
	note(reserved(entry))
