"""Company: its Molam Settings go by its name."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.payments.connection import follow_company


def after_rename(company: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""A company of another name goes on taking payments."""
	follow_company(old, new)
