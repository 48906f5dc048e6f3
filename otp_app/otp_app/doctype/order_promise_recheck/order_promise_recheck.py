"""A promise that is to be judged again; see otp_app/promises/watching/judging.py."""

from frappe.model.document import Document


class OrderPromiseRecheck(Document):
	"""Nobody sees it; its name is that of the promise, `moves` a list of Moves as JSON."""
