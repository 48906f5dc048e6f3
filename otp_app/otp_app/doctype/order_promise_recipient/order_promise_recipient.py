"""Who gets the daily digest: a user, or all users with a role."""

from frappe.model.document import Document


class OrderPromiseRecipient(Document):
	"""A row of Order Promise Settings, which checks it."""
