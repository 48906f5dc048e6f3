"""A source of a Sourcing Rule: a warehouse that ships, a transfer from one, or a supplier that ships itself."""

from frappe.model.document import Document


class SourcingRuleSource(Document):
	"""Checked by Sourcing Rule, which knows all rows."""
