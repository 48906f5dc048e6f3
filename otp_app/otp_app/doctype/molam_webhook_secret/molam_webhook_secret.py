"""A secret that Molam signs webhooks with, by the id of its key."""

from frappe.model.document import Document


class MolamWebhookSecret(Document):
	"""A row of its parent."""
