"""One job of a Backorder Run: some independent groups of items, and how far it is."""

from frappe.model.document import Document


class BackorderRunPart(Document):
	"""Written by otp_app.backorder only."""
