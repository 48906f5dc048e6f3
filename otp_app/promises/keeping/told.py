"""What a line of a committed promise is scored by: the probability that it was first committed with for its date."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from otp_app.promises.names import DOCTYPE

LINE = "Order Promise Line"


def keep_what_was_told(doc: Document) -> None:
	"""Notes it in a promise that is being committed.

	A line that was committed before, and asks for the same by the same date, keeps what was told then: promising it again
	when more is known must not make the first promise look better than it was.
	"""
	before = _committed_before(doc)
	changes: dict[str, dict[str, Any]] = {}
	for line in doc.lines:
		earlier = before.get(line.reference_row)
		same = earlier is not None and _asks(earlier) == _asks(line)
		line.told_probability = (earlier.told_probability if same else line.probability) or 0.0
		if line.told_probability:
			changes[line.name] = {"told_probability": line.told_probability}
	if changes:
		frappe.db.bulk_update(LINE, changes, update_modified=False)


def _committed_before(doc: Document) -> dict[str, Any]:
	"""The lines of the promise whose place this one takes, by row of the order."""
	filters = {
		"reference_doctype": doc.reference_doctype,
		"reference_name": doc.reference_name,
		"superseded_by": doc.name,
		"committed_on": ("is", "set"),
	}
	names = frappe.get_all(DOCTYPE, filters, pluck="name")
	if not names:
		return {}
	fields = ["reference_row", "document_state", "promise_date", "told_probability"]
	rows = frappe.get_all(LINE, {"parent": ("in", names), "parenttype": DOCTYPE}, fields)
	return {row.reference_row: row for row in rows}


def _asks(line: Any) -> tuple[Any, ...]:
	return line.document_state, getdate(line.promise_date) if line.promise_date else None
