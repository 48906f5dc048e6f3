"""What a customer was promised, from which supply, and what has become of it. Written by otp_app/promises only."""

import frappe
from frappe.model.document import Document

from otp_app.promises.keeping.record import next_name
from otp_app.promises.making.made import made_for
from otp_app.promises.site import reads


class OrderPromise(Document):
	"""Numbered from a sequence; see next_name."""

	def autoname(self) -> None:
		"""Takes the next number."""
		self.name = next_name()

	def onload(self) -> None:
		"""What was made for this promise, and for others of the same document, as far as the user may read it."""
		if self.reference_name:
			made = made_for(self.reference_doctype, self.reference_name)
			self.set_onload("otp_made", [found for found in made if reads(found["doctype"])])


def on_doctype_update() -> None:
	"""Promises are looked up by their document."""
	frappe.db.add_index("Order Promise", ["reference_doctype", "reference_name"])
