"""Holidays that are added or taken away."""

from __future__ import annotations

from collections.abc import Iterator

from frappe.model.document import Document
from frappe.utils import getdate, today

from otp_app.promises.watching.moves import Move


def changed_holidays(doc: Document) -> Iterator[Move]:
	"""A Holiday List has other days to come than before."""
	before = doc.get_doc_before_save()
	if before is None:
		return
	was, now = (_to_come(state) for state in (before, doc))
	if was != now:
		yield Move(doc.doctype, doc.name, "holidays", bool(now - was))


def _to_come(doc: Document) -> set[object]:
	return {day for row in doc.holidays if (day := getdate(row.holiday_date)) >= getdate(today())}
