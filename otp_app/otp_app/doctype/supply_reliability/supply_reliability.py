"""How late one kind of supply has come, and what promises count on. Written by otp_app/reliability only."""

import frappe
from frappe import _
from frappe.model.document import Document


class SupplyReliability(Document):
	"""Named by a hash, because suppliers and item groups have long names and are renamed."""

	def validate(self) -> None:
		"""Refuses what is written by hand: the next refresh would replace it."""
		message = _(
			"Supply Reliability is learned from deliveries and not written by hand: refresh it instead."
		)
		frappe.throw(message, title=_("Learned, Not Written"))
