"""An event that Molam has sent, stored once by its id before anything is done about it."""

from frappe.model.document import Document


class MolamWebhookEvent(Document):
	"""Named by a digest of the event's id: the database would take two ids that differ in capitals for one."""
