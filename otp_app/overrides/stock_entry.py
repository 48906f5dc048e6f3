"""Stock Entry: goods in, out, made, and from one warehouse to another."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import entered, entry_cancelled


def on_submit(entry: Document, method: str | None = None) -> None:
	"""What it takes and what it brings."""
	note(entered(entry))


def on_cancel(entry: Document, method: str | None = None) -> None:
	"""The other way round."""
	note(entry_cancelled(entry))
