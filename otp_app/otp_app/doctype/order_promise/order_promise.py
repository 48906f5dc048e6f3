"""What a customer was promised, from which supply, and what has become of it. Written by otp_app/promises only."""

import frappe
from frappe.model.document import Document

from otp_app.promises.keeping.record import next_name


class OrderPromise(Document):
	"""Numbered from a sequence; see next_name."""

	def autoname(self) -> None:
		"""Takes the next number."""
		self.name = next_name()


def on_doctype_update() -> None:
	"""Promises are looked up by their document."""
	frappe.db.add_index("Order Promise", ["reference_doctype", "reference_name"])
