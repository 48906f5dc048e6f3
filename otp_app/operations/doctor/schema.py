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
	absent = [f"{name} on {doctype}" for doctype, name, _parts in INDEXES if not _is_there(doctype, name)]
	if absent:
		told = f"These indexes are missing, and promises are slow without them: {', '.join(absent)}."
		yield warning("INDEX_MISSING", told, migrate)


def _is_there(doctype: str, index: str) -> bool:
	return bool(frappe.db.has_index(f"tab{doctype}", index))
