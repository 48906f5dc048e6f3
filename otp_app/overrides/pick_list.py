"""Pick List: what was picked for one order is there for no other."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import pick_cancelled, picked


def on_submit(picks: Document, method: str | None = None) -> None:
	"""It is kept for its orders."""
	note(picked(picks))


def on_cancel(picks: Document, method: str | None = None) -> None:
	"""It is free again."""
	note(pick_cancelled(picks))
