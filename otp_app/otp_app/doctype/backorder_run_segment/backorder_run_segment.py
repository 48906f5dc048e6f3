"""A segment of a Backorder Run: a filter, an order and a strategy."""

from frappe.model.document import Document


class BackorderRunSegment(Document):
	"""Made into rules by otp_app.backorder.rules."""
