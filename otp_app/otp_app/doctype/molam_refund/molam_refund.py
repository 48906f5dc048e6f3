"""One refund of a Molam Payment, written by otp_app/payments."""

from frappe.model.document import Document


class MolamRefund(Document):
	"""A row of its parent."""
