"""A row of the settings: what an item, or a group of items, needs before it ships."""

from frappe.model.document import Document


class OrderPromiseItemRule(Document):
	"""Checked by Order Promise Settings, which knows all rows."""
