"""Promises at Risk: which promises will be missed, by how much, why, and what they are worth (docs/reports.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _

from otp_app.reports.at_risk import LineAtRisk, lines_at_risk, orders_of
from otp_app.reports.columns import column
from otp_app.reports.permitted import check_company

Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, no chart, and cards; quantities in stock UOM, values in the company's currency."""
	asked = frappe._dict(filters or {})
	company = check_company(asked.company)
	currency = frappe.get_cached_value("Company", company, "default_currency")
	lines = lines_at_risk(company, asked)
	return _columns(), [_row(line, currency) for line in lines], None, None, _cards(lines, currency)


def _row(line: LineAtRisk, currency: str) -> Row:
	row = line.row
	return {
		"reference_doctype": row.reference_doctype,
		"reference_name": row.reference_name,
		"customer": row.customer,
		"item_code": row.item_code,
		"item_name": row.item_name,
		"warehouse": row.warehouse,
		"open_qty": line.open_qty,
		"uom": row.uom,
		"promise_date": row.promise_date,
		"expected_date": row.expected_date,
		"days_late": line.days_late,
		"cause": line.cause.text,
		"document_type": line.cause.document_type,
		"document": line.cause.document,
		"value": line.value,
		"currency": currency,
		"status": row.status,
		"promise": row.promise,
	}


def _cards(lines: Sequence[LineAtRisk], currency: str) -> list[Row]:
	if not lines:
		return []
	value = sum(line.value or 0.0 for line in lines)
	return [
		{"label": _("Orders at Risk"), "value": orders_of(lines), "datatype": "Int", "indicator": "Red"},
		{"label": _("Lines"), "value": len(lines), "datatype": "Int", "indicator": "Orange"},
		{
			"label": _("Value"),
			"value": value,
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Orange",
		},
	]


def _columns() -> list[Row]:
	return [
		column("reference_name", _("Order"), "Dynamic Link", 185, "reference_doctype"),
		column("customer", _("Customer"), "Link", 120, "Customer"),
		column("item_code", _("Item"), "Link", 110, "Item"),
		column("item_name", _("Item Name"), "Data", 120),
		column("promise_date", _("Promised"), "Date", 115),
		column("expected_date", _("Expected"), "Date", 115),
		column("days_late", _("Days Late"), "Int", 100),
		column("cause", _("Cause"), "Data", 380),
		column("open_qty", _("Open Qty"), "Float", 100),
		column("uom", _("UOM"), "Data", 60),
		column("document", _("Document"), "Dynamic Link", 170, "document_type"),
		column("value", _("Value"), "Currency", 110, "currency"),
		column("warehouse", _("Warehouse"), "Link", 130, "Warehouse"),
		column("status", _("Promise Status"), "Data", 120),
		column("promise", _("Order Promise"), "Link", 175, "Order Promise"),
		{"fieldname": "reference_doctype", "fieldtype": "Data", "label": _("Document Type"), "hidden": 1},
		{"fieldname": "document_type", "fieldtype": "Data", "label": _("Document Type"), "hidden": 1},
		{"fieldname": "currency", "fieldtype": "Data", "label": _("Currency"), "hidden": 1},
	]
