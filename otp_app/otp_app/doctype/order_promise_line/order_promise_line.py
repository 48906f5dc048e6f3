"""A line of an Order Promise."""

from frappe.model.document import Document


class OrderPromiseLine(Document):
	"""Quantities in stock UOM."""
