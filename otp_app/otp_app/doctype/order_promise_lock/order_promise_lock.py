"""One row an item, that whoever promises it locks; see otp_app/promises/keeping/locking.py."""

from frappe.model.document import Document


class OrderPromiseLock(Document):
	"""Nobody sees it; `version` counts how often the item was locked by a transaction that went through."""
