"""What a Backorder Run finds for a row of a Sales Order, and what has become of it."""

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.backorder.reasons import told


class BackorderRunLine(Document):
	"""A document of its own, because a run may have 100,000 of them. Written by otp_app.backorder only, in bulk."""

	def onload(self) -> None:
		"""Why it gets its date, and why that was applied or not, in the reader's language."""
		self.set_onload("reasons", {"date": told(self.reasons), "state": told(self.state_reasons)})

	def validate(self) -> None:
		"""Refuses what is written by hand."""
		frappe.throw(_("Lines of a Backorder Run are written by the run: simulate it again instead."))


def on_doctype_update() -> None:
	"""Indexes for what is read of one run: its lines by what becomes of them, and by what is still to be done."""
	frappe.db.add_index("Backorder Run Line", ["run", "outcome"])
	frappe.db.add_index("Backorder Run Line", ["run", "part", "state"])
