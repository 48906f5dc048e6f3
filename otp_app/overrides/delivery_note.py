"""Delivery Note: what it delivers shows in the promises of its orders."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.keeping.follow import follow_deliveries
from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import delivered, delivery_cancelled


def on_submit(document: Document, method: str | None = None) -> None:
	"""Once ERPNext has counted deliveries and returns."""
	_follow(document)
	note(delivered(document, "against_sales_order"))


def on_cancel(document: Document, method: str | None = None) -> None:
	"""What was delivered is open again."""
	_follow(document)
	note(delivery_cancelled(document))


def _follow(document: Document) -> None:
	follow_deliveries({row.against_sales_order for row in document.items})
