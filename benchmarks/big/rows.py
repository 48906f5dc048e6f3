"""Rows in bulk, each like one that ERPNext has made itself, but for the fields that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import now

# What no two rows share, or what writing them sets.
OWN = ("name", "creation", "modified", "idx", "parent", "_user_tags", "_comments", "_assign", "_liked_by")


def read(doctype: str, **filters: Any) -> dict[str, Any]:
	"""All columns of a document, or of the first row of `parent`, as they are in the table."""
	return frappe.get_all(doctype, filters=filters, fields=["*"], order_by="idx", limit=1)[0]


class Table:
	"""Collects rows of a doctype with different `fields`; all else is as in `pattern`."""

	def __init__(self, doctype: str, pattern: dict[str, Any], fields: str) -> None:
		self.doctype, self.fields = doctype, fields.split()
		if unknown := [name for name in self.fields if name not in pattern]:
			raise KeyError(f"{doctype} has no {', '.join(unknown)}")
		self._same = {
			name: value
			for name, value in pattern.items()
			if value is not None and name not in OWN and name not in self.fields
		}
		self.rows: list[Sequence[Any]] = []

	def add(self, *values: Any) -> None:
		"""A row, by its values of `fields`."""
		self.rows.append(values)

	def write(self) -> int:
		"""Inserts what differs, and sets what is the same in one statement; tells how many rows."""
		stamp = now()
		rows = [(stamp, stamp, *row) for row in self.rows]
		frappe.db.bulk_insert(self.doctype, ["creation", "modified", *self.fields], rows, chunk_size=2000)
		table = frappe.qb.DocType(self.doctype)
		query = frappe.qb.update(table).where(table.creation == stamp)
		for name, value in self._same.items():
			query = query.set(name, value)
		query.run()
		self.rows = []
		return len(rows)


class Numbers:
	"""The naming series of a document that ERPNext has just named: goes on after it, and stands right in the end."""

	def __init__(self, name: str) -> None:
		digits = len(name) - len(name.rstrip("0123456789"))
		self._prefix, self._digits, self._last = name[:-digits], digits, int(name[-digits:])

	def next(self) -> str:
		"""The next name."""
		self._last += 1
		return f"{self._prefix}{self._last:0{self._digits}}"

	def save(self) -> None:
		"""Lets ERPNext go on from here."""
		series = frappe.qb.DocType("Series")
		frappe.qb.update(series).set(series.current, self._last).where(series.name == self._prefix).run()
