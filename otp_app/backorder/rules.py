"""The rules of a Backorder Run, as the engine takes them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.engine.backorder.rules import BackorderRules, Strategy, parse_rules

# Filters that are lists of names, one a line -> what they name.
LISTS = {
	"customers": "Customer",
	"customer_groups": "Customer Group",
	"territories": "Territory",
	"items": "Item",
	"item_groups": "Item Group",
	"warehouses": "Warehouse",
	"orders": "Sales Order",
}
# Filters that are empty when nothing, or 0, is given.
LIMITS = ("requested_before", "ordered_before", "minimum_value", "minimum_priority")
PRIORITIES = {
	"Customer": "customers",
	"Customer Group": "customer_groups",
	"Territory": "territories",
}


def rules_of(run: Document) -> BackorderRules:
	"""The rules that a run is simulated by. Raises RequestRefused with all that is wrong with them."""
	segments = [_segment(row) for row in run.segments] or [{"strategy": Strategy.REDISTRIBUTE.value}]
	priorities: dict[str, dict[str, int]] = {}
	for row in run.priorities:
		priorities.setdefault(PRIORITIES[row.priority_of], {})[row.priority_name] = row.priority
	return parse_rules(
		{"segments": segments, "priorities": priorities, "least_gain_days": run.least_gain_days or 0}
	)


def _segment(row: Document) -> dict[str, Any]:
	segment: dict[str, Any] = {"name": row.segment_name, "strategy": (row.strategy or "").lower()}
	segment |= {field: names for field in LISTS if (names := lines_of(row.get(field)))}
	segment |= {field: _plain(row.get(field)) for field in LIMITS if row.get(field)}
	if keys := [key.strip() for key in (row.sort or "").split(",") if key.strip()]:
		segment["sort"] = keys
	return segment


def _plain(value: Any) -> Any:
	return value if isinstance(value, int | float) else str(value)


def lines_of(text: str | None) -> list[str]:
	"""The names in a field that has one a line."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def check_names(run: Document) -> None:
	"""Refuses names that there are not: a filter that matches nothing would go unnoticed."""
	unknown = [
		_("Segment {0}: there is no {1} {2}.").format(row.idx, _(doctype), name)
		for row in run.segments
		for field, doctype in LISTS.items()
		for name in _unknown(doctype, lines_of(row.get(field)))
	]
	if unknown:
		frappe.throw(unknown, title=_("Unknown Names"), as_list=True)


def _unknown(doctype: str, names: list[str]) -> list[str]:
	if not names:
		return []
	known = set(frappe.get_all(doctype, {"name": ("in", names)}, pluck="name"))
	return [name for name in names if name not in known]
