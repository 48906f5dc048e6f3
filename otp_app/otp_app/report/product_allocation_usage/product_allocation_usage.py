"""Product Allocation Usage: quota, used, free and over by period; or what is still protected; or who used it (docs/reports.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, getdate, nowdate

from otp_app.engine.facts import Allocation, Protection
from otp_app.reports import allocations
from otp_app.reports.allocations import Usage
from otp_app.reports.columns import column
from otp_app.sources.site.quota_queries import ALLOCATION, PROTECTION

KINDS = (ALLOCATION, PROTECTION)
PERIOD, DOCUMENT = "Period", "Document"
GROUPS = (PERIOD, DOCUMENT)

Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns and rows, quantities in stock UOM. Raises ValidationError, PermissionError."""
	asked = _asked(filters)
	frappe.has_permission(asked.kind, "report", throw=True)
	if asked.group_by == DOCUMENT:
		if not asked.name:
			return _document_columns(), [], _("Choose one of them by its name to see who used it.")
		found = allocations.documents(asked.kind, asked.name, asked.from_date, asked.to_date)
		return _document_columns(), found
	rows = allocations.usage(asked.kind, asked, asked.from_date, asked.to_date)
	return _columns(asked.kind), [_row(row) for row in rows]


def _asked(filters: Mapping[str, Any] | None) -> Any:
	"""The filters with what is left out filled in: quotas by period, from a month ago to a year ahead."""
	asked = frappe._dict(filters or {})
	asked.kind = asked.kind or ALLOCATION
	asked.group_by = asked.group_by or PERIOD
	for field, known in (("kind", KINDS), ("group_by", GROUPS)):
		if asked[field] not in known:
			frappe.throw(_("{0} is none of {1}.").format(asked[field], ", ".join(map(_, known))))
	asked.from_date = getdate(asked.from_date or add_months(nowdate(), -1))
	asked.to_date = getdate(asked.to_date or add_months(nowdate(), 12))
	if asked.from_date > asked.to_date:
		frappe.throw(_("From Date is after To Date: choose an earlier one."))
	return asked


def _row(row: Usage) -> Row:
	fact = row.fact
	return {
		"name": fact.name,
		"item_code": fact.item_code,
		"item_group": fact.item_groups[0] if isinstance(fact, Allocation) and fact.item_groups else None,
		"warehouse": fact.warehouse if isinstance(fact, Protection) else None,
		"buyers": _buyers(fact),
		"from_date": row.start,
		"to_date": row.end,
		"qty": row.qty,
		"used": row.used,
		"free": row.free,
		"over": row.over or None,
		"used_share": 100.0 * row.used / row.qty if row.qty else None,
	}


def _buyers(fact: Allocation | Protection) -> str:
	named = (fact.customer, fact.customer_group, fact.territory, fact.channel)
	return ", ".join(filter(None, named)) or _("Everybody")


def _columns(kind: str) -> list[Row]:
	of_quotas = [column("item_group", _("Item Group"), "Link", 130, "Item Group")]
	of_protections = [column("warehouse", _("Warehouse"), "Link", 140, "Warehouse")]
	is_quota = kind == ALLOCATION
	return [
		column("name", _("Product Allocation") if is_quota else _("Supply Protection"), "Link", 190, kind),
		column("item_code", _("Item"), "Link", 130, "Item"),
		*(of_quotas if is_quota else of_protections),
		column("buyers", _("For Whom"), "Data", 180),
		column("from_date", _("From"), "Date", 105),
		column("to_date", _("To"), "Date", 105),
		column("qty", _("Quota") if is_quota else _("Protected"), "Float", 100),
		column("used", _("Used"), "Float", 100),
		column("free", _("Free") if is_quota else _("Still Protected"), "Float", 125),
		column("over", _("Over"), "Float", 90),
		column("used_share", _("Used %"), "Percent", 90) | {"precision": 1},
	]


def _document_columns() -> list[Row]:
	return [
		column("document", _("Used By"), "Dynamic Link", 200, "document_type"),
		column("customer", _("Customer"), "Link", 200, "Customer"),
		column("item_code", _("Item"), "Link", 150, "Item"),
		column("due", _("Delivery Date"), "Date", 120),
		column("qty", _("Used"), "Float", 110),
		{"fieldname": "document_type", "label": _("Document Type"), "fieldtype": "Data", "hidden": 1},
	]
