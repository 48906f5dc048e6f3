"""What has become of a promise, and who was told; see otp_app/promises/watching/events.py."""

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class OrderPromiseEvent(Document):
	"""Written by otp_app/promises/watching only."""

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Deletes those that are older; Frappe calls it as Log Settings say."""
		event = frappe.qb.DocType("Order Promise Event")
		frappe.db.delete(event, filters=(event.creation < (Now() - Interval(days=days))))
