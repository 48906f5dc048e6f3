"""Purchase Invoice: if it moves stock, it is a receipt."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import receipt_cancelled, received


def on_submit(invoice: Document, method: str | None = None) -> None:
	"""Once ERPNext has counted what came of its orders."""
	if invoice.update_stock:
		note(received(invoice))


def on_cancel(invoice: Document, method: str | None = None) -> None:
	"""It is not there any more."""
	if invoice.update_stock:
		note(receipt_cancelled(invoice))
