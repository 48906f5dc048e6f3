"""Counts the queries that reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def queries() -> Iterator[list[str]]:
	"""The SQL text of every statement that is run inside, in order."""
	seen: list[str] = []
	run = frappe.db.sql

	def counted(query, *args, **kwargs):
		seen.append(str(query))
		return run(query, *args, **kwargs)

	frappe.db.sql = counted
	try:
		yield seen
	finally:
		del frappe.db.sql
