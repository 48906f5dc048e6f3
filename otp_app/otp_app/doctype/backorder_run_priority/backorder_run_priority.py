"""A priority of a customer, a customer group or a territory in a Backorder Run."""

from frappe.model.document import Document


class BackorderRunPriority(Document):
	"""Made into rules by otp_app.backorder.rules."""
