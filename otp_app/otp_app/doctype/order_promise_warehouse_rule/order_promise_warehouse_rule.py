"""A row of the settings: how orders leave a warehouse, or a type of warehouse."""

from frappe.model.document import Document


class OrderPromiseWarehouseRule(Document):
	"""Checked by Order Promise Settings, which knows all rows."""
