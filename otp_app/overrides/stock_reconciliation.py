"""Stock Reconciliation: what was counted."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import count_cancelled, counted


def on_submit(count: Document, method: str | None = None) -> None:
	"""Less or more than there was in the books."""
	note(counted(count))


def on_cancel(count: Document, method: str | None = None) -> None:
	"""The other way round."""
	note(count_cancelled(count))
