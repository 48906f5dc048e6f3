"""A period of a quota or of a protected minimum."""

from frappe.model.document import Document


class ProductAllocationPeriod(Document):
	"""Checked by its document: otp_app/promises/allocating.py."""
