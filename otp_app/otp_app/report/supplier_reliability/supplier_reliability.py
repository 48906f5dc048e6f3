"""Supplier Reliability: promised against received, by supplier, supplier and item group, or receipt (docs/reports.md).

Counted are order lines by the day they were received; a part of a line counts as its share of it. Days late are calendar
days from the date of the order line to the posting date of the receipt, negative: early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_years, getdate, nowdate

from otp_app.promises.site import reads
from otp_app.reliability.names import RECORD
from otp_app.reports import suppliers
from otp_app.reports.columns import column
from otp_app.reports.permitted import check_company
from otp_app.reports.suppliers import Key, Record, Waiting

SUPPLIER, WITH_GROUP, RECEIPT = "Supplier", "Supplier and Item Group", "Receipt"
GROUPS = (SUPPLIER, WITH_GROUP, RECEIPT)
# What the chart has bars for; further days are in the first and the last one.
FIRST_BAR, LAST_BAR = -10, 30

Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, and the chart of the days late of all rows. Raises ValidationError, PermissionError."""
	frappe.has_permission(RECORD, "report", throw=True)
	asked = _asked(filters)
	company = check_company(asked.company)
	if asked.group_by == RECEIPT and not asked.supplier:
		return _receipt_columns(), [], _("Choose a supplier to see its receipts."), None
	records = suppliers.records(company, asked, by_group=asked.group_by == WITH_GROUP)
	chart = _chart(records.values(), asked.supplier)
	if asked.group_by == RECEIPT:
		return _receipt_columns(), _receipts(company, asked), None, chart
	rows = _rows(company, records)
	return _columns(asked.group_by), rows, None, chart


def _asked(filters: Mapping[str, Any] | None) -> Any:
	"""The filters with what is left out filled in: the last year, by supplier."""
	asked = frappe._dict(filters or {})
	asked.group_by = asked.group_by or SUPPLIER
	if asked.group_by not in GROUPS:
		frappe.throw(
			_("Group By is {0}: choose one of {1}.").format(asked.group_by, ", ".join(map(_, GROUPS)))
		)
	asked.to_date = getdate(asked.to_date or nowdate())
	asked.from_date = getdate(asked.from_date or add_years(asked.to_date, -1))
	if asked.from_date > asked.to_date:
		frappe.throw(_("From Date is after To Date: choose an earlier one."))
	return asked


def _rows(company: str, records: Mapping[Key, Record]) -> list[Row]:
	names = {supplier for supplier, _group in records}
	today = getdate(nowdate())
	waiting = suppliers.waiting(company, names)
	overdue = suppliers.overdue(company, names, today)
	expected = suppliers.counted_on(names)
	rows = [
		{
			"supplier": supplier,
			"item_group": group,
			**_figures(record),
			"counted_on": expected.get((supplier, group)),
			"overdue": overdue.get(supplier, 0),
			"waiting": waiting.get(supplier, Waiting(0, None)).lines,
			"lowest_probability": _percent(waiting.get(supplier, Waiting(0, None)).lowest),
		}
		for (supplier, group), record in records.items()
	]
	return sorted(
		rows, key=lambda row: (row["on_time"], -row["deliveries"], row["supplier"], row["item_group"] or "")
	)


def _figures(record: Record) -> Row:
	lateness = record.lateness
	return {
		"deliveries": round(record.deliveries, 1),
		"on_time": _percent(record.share_on_time),
		"median_days_late": record.median_days_late,
		**{f"days_{share}": lateness.quantile(share / 100) for share in (80, 90, 95)},
	}


def _percent(share: float | None) -> float | None:
	return None if share is None else 100.0 * share


def _receipts(company: str, asked: Any) -> list[Row]:
	if not reads("Purchase Order"):
		message = _("You may not read all Purchase Orders, so that receipts are not shown one by one.")
		frappe.throw(message, frappe.PermissionError)
	return suppliers.receipts_of(company, asked)


def _chart(records: Iterable[Record], supplier: str | None) -> Row | None:
	"""The share of order lines by days late, of all records together."""
	bars = dict.fromkeys(range(FIRST_BAR, LAST_BAR + 1), 0.0)
	for record in records:
		for days, lines in record.weights.items():
			bars[min(max(days, FIRST_BAR), LAST_BAR)] += lines
	total = sum(bars.values())
	if not total:
		return None
	seen = [days for days, lines in bars.items() if lines]
	shown = range(min(*seen, 0), max(*seen, 0) + 1)
	return {
		"title": _("Days late: {0}").format(supplier) if supplier else _("Days late: all suppliers"),
		"data": {
			"labels": [_bar(days) for days in shown],
			"datasets": [
				{
					"name": _("Share of Order Lines (%)"),
					"values": [round(100 * bars[days] / total, 1) for days in shown],
				}
			],
		},
		"type": "bar",
		"colors": ["#2490ef"],
		"height": 220,
		"fieldtype": "Percent",
	}


def _bar(days: int) -> str:
	if days == FIRST_BAR:
		return f"≤ {days}"
	return f"≥ {days}" if days == LAST_BAR else str(days)


def _columns(group_by: str) -> list[Row]:
	groups = (
		[column("item_group", _("Item Group"), "Link", 140, "Item Group")] if group_by == WITH_GROUP else []
	)
	return [
		column("supplier", _("Supplier"), "Link", 200, "Supplier"),
		*groups,
		column("deliveries", _("Order Lines Received"), "Float", 165) | {"precision": 1},
		column("on_time", _("On Time"), "Percent", 100) | {"precision": 1},
		column("median_days_late", _("Median Days Late"), "Int", 150),
		column("days_80", _("80 % by Day"), "Int", 110),
		column("days_90", _("90 % by Day"), "Int", 110),
		column("days_95", _("95 % by Day"), "Int", 110),
		column("counted_on", _("90 % Counted On"), "Data", 140),
		column("overdue", _("Overdue Lines"), "Int", 120),
		column("waiting", _("Promised Lines Waiting"), "Int", 175),
		column("lowest_probability", _("Lowest Probability"), "Percent", 150) | {"precision": 1},
	]


def _receipt_columns() -> list[Row]:
	hidden = {"fieldtype": "Data", "hidden": 1}
	return [
		column("document", _("Order"), "Dynamic Link", 185, "document_type"),
		column("item_code", _("Item"), "Link", 120, "Item"),
		column("item_name", _("Item Name"), "Data", 150),
		column("item_group", _("Item Group"), "Link", 130, "Item Group"),
		column("promised", _("Promised"), "Date", 115),
		column("received", _("Received"), "Date", 115),
		column("days_late", _("Days Late"), "Int", 100),
		column("deliveries", _("Share of Line"), "Float", 120) | {"precision": 2},
		column("receipt", _("Receipt"), "Dynamic Link", 185, "receipt_type"),
		{"fieldname": "document_type", "label": _("Document Type"), **hidden},
		{"fieldname": "receipt_type", "label": _("Document Type"), **hidden},
	]
