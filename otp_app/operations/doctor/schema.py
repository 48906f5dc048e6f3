"""Whether the site has the version, columns and indexes that the code expects."""

from __future__ import annotations

from collections.abc import Iterator

import frappe

from otp_app.operations import checks
from otp_app.operations.doctor.finding import Finding, command, error, warning
from otp_app.setup.fields import CUSTOM_FIELDS, missing_columns
from otp_app.setup.indexes import INDEXES


def look() -> Iterator[Finding]:
	"""Version, custom fields, indexes: all come with a migration."""
	migrate = command("migrate")
	if problem := checks.app():
		yield error("NOT_MIGRATED", problem, migrate)
	for doctype in CUSTOM_FIELDS:
		if missing := missing_columns(doctype):
			yield error("COLUMN_MISSING", f"{doctype} has no {', '.join(missing)}.", migrate)
	for doctype, name, _parts in INDEXES:
		if not frappe.db.has_index(f"tab{doctype}", name):
			told = f"{doctype} has no index {name}: promises of items with many open orders are slow."
			yield warning("INDEX_MISSING", told, migrate)
