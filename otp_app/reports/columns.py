"""Columns of reports."""

from __future__ import annotations

from typing import Any

import frappe

Column = dict[str, Any]


def column(name: str, label: str, fieldtype: str, width: int, options: str | None = None) -> Column:
	"""A column; one of links to documents that the user may not read is plain text.

	Frappe refuses a whole report because of a link that the user may not follow (a Sales Manager who is nothing else
	may not read warehouses, and nobody but stock and item managers reads units).
	"""
	if fieldtype == "Link" and not (
		frappe.has_permission(options, "read") or frappe.has_permission(options, "select")
	):
		fieldtype, options = "Data", None
	answer = {"fieldname": name, "label": label, "fieldtype": fieldtype, "width": width}
	return answer if options is None else answer | {"options": options}
