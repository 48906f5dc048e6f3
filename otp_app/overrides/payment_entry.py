"""Payment Entry: those that book a payment through Molam are followed when they are cancelled or amended."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.payments import booking
from otp_app.payments.connection import companies


def on_submit(entry: Document, method: str | None = None) -> None:
	"""An amended entry takes the place of the one before."""
	if entry.company in companies():
		booking.follow_entry(entry)


def on_cancel(entry: Document, method: str | None = None) -> None:
	"""What is not in the books any more is told at the payment."""
	if entry.company in companies():
		booking.entry_cancelled(entry)
