"""Subcontracting Receipt: what came, and what did not."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import receipt_cancelled, received


def on_submit(receipt: Document, method: str | None = None) -> None:
	"""Once ERPNext has counted what came of its orders."""
	note(received(receipt))


def on_cancel(receipt: Document, method: str | None = None) -> None:
	"""It is not there any more."""
	note(receipt_cancelled(receipt))
