"""A note of what moved, until the promises that depend on it are listed; see otp_app/promises/watching/noting.py."""

from frappe.model.document import Document


class OrderPromiseMove(Document):
	"""Nobody sees it; `move` is a Move as JSON."""
