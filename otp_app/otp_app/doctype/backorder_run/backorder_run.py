"""A backorder run: rules, a simulation of the whole order book, and what was applied of it (docs/order-book.md)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.backorder.names import BUSY, ENDED, LINE, RunStatus
from otp_app.backorder.rules import check_names, rules_of
from otp_app.engine.problems import RequestRefused
from otp_app.reports.backorder import comparison
from otp_app.reports.permitted import check_company

# What a simulation depends on.
RULES = ("company", "least_gain_days", "segments", "priorities")


class BackorderRun(Document):
	"""The planner writes the rules; otp_app.backorder writes the rest."""

	def validate(self) -> None:
		"""The rules must be in order; those of a simulation that was applied stay."""
		if self.company:
			check_company(self.company)
		check_names(self)
		try:
			rules_of(self)
		except RequestRefused as refused:
			frappe.throw([problem.message for problem in refused.problems], as_list=True)
		if self._has_other_rules():
			self._start_anew()

	def _has_other_rules(self) -> bool:
		before = self.get_doc_before_save()
		return before is not None and _rules_in(before) != _rules_in(self)

	def _start_anew(self) -> None:
		"""Other rules make a simulation worthless."""
		if self.status in BUSY or self.status in ENDED:
			frappe.throw(
				_("The rules of a run that is {0} stay as they are: duplicate it for other rules.").format(
					_(self.status)
				)
			)
		self.status, self.message, self.progress = RunStatus.DRAFT.value, None, 0

	def onload(self) -> None:
		"""What it comes to, as far as the reader may see it."""
		if self.simulated_on and self.status not in BUSY:
			self.set_onload("comparison", comparison(self.name, self.company))

	def on_trash(self) -> None:
		"""Its lines go with it."""
		if self.status in BUSY:
			frappe.throw(_("{0} is {1}: wait until it is done.").format(self.name, _(self.status)))
		frappe.db.delete(LINE, {"run": self.name})


def _rules_in(doc: Document) -> list[object]:
	left_out = {"name", "parent", "modified", "modified_by", "creation", "owner", "docstatus"}

	def plain(value: object) -> object:
		if not isinstance(value, list):
			return str(value or "")
		return [
			{name: str(field or "") for name, field in row.get_valid_dict().items() if name not in left_out}
			for row in value
		]

	return [plain(doc.get(field)) for field in RULES]
