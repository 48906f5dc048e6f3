"""Backorder Comparison: what a backorder run does to each line, or to customers and segments (docs/order-book.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from otp_app.backorder.names import RUN
from otp_app.reports.backorder import CHANGES, MOST, by, currency_of, lines
from otp_app.reports.columns import column

Row = dict[str, Any]
COLORS = {"Improved": "green", "Unchanged": "gray", "Worse": "orange", "Lost": "red"}
SUMS = {"Customer": "customer", "Segment": "segment"}


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows, a message where not all are shown, a chart and cards; values in the company's currency."""
	asked = frappe._dict(filters or {})
	run = _permitted(asked.run)
	currency = currency_of(run.company)
	summed = by(run.name, "outcome", asked)
	cards = [_card(row, currency) for row in summed]
	if asked.sum_up_by in SUMS:
		field = SUMS[asked.sum_up_by]
		rows = [{**row, "currency": currency} for row in by(run.name, field, asked)]
		return _sum_columns(asked.sum_up_by), rows, None, _chart(rows), cards
	rows, total = lines(run.name, asked)
	message = None
	if total > len(rows):
		message = _("The first {0} of {1} lines are shown: filter for the others.").format(MOST, total)
	return _columns(), [_row(row) for row in rows], message, None, cards


def _permitted(name: str | None) -> Any:
	if not name:
		frappe.throw(_("Choose a Backorder Run."), title=_("Run Missing"))
	run = frappe.get_doc(RUN, name)
	run.check_permission("read")
	return run


def _card(row: Row, currency: str | None) -> Row:
	value = frappe.utils.fmt_money(row["value"], currency=currency)
	return {
		"label": f"{_(row['name'])} ({value})",
		"value": row["lines"],
		"datatype": "Int",
		"indicator": COLORS[row["name"]].capitalize(),
	}


def _row(row: Row) -> Row:
	return {**row, "currency": currency_of(row["company"])}


def _chart(rows: list[Row]) -> Row | None:
	if not rows:
		return None
	most = sorted(rows, key=lambda row: -row["lines"])[:20]
	return {
		"data": {
			"labels": [row["name"] or _("(none)") for row in most],
			"datasets": [
				{"name": _(kind), "values": [row[kind.lower()] for row in most]} for kind in CHANGES
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": [COLORS[kind] for kind in CHANGES],
	}


def _columns() -> list[Row]:
	return [
		column("sales_order", _("Order"), "Link", 185, "Sales Order"),
		column("row_idx", _("Row"), "Int", 60),
		column("item_code", _("Item"), "Link", 130, "Item"),
		column("qty", _("Open Qty"), "Float", 90),
		column("customer", _("Customer"), "Link", 130, "Customer"),
		column("requested", _("Requested"), "Date", 115),
		column("before_date", _("Before"), "Date", 115),
		column("after_date", _("After"), "Date", 115),
		column("outcome", _("Change"), "Data", 100),
		column("late", _("Late"), "Check", 60),
		column("is_exception", _("Exception"), "Check", 100),
		column("value", _("Value"), "Currency", 110, "currency"),
		column("segment", _("Segment"), "Data", 120),
		column("strategy", _("Strategy"), "Data", 100),
		column("reasons", _("Why"), "Data", 420),
		column("state", _("State"), "Data", 100),
		column("state_reasons", _("Why So"), "Data", 300),
		column("warehouse", _("Warehouse"), "Link", 130, "Warehouse"),
		{"fieldname": "currency", "fieldtype": "Data", "label": _("Currency"), "hidden": 1},
	]


def _sum_columns(what: str) -> list[Row]:
	counts = [column(kind.lower(), _(kind), "Int", 105) for kind in CHANGES]
	return [
		column("name", _(what), "Data", 220),
		column("lines", _("Lines"), "Int", 90),
		column("value", _("Value"), "Currency", 130, "currency"),
		*counts,
		column("worse_value", _("Value That Gets Worse"), "Currency", 150, "currency"),
		column("lost_value", _("Value That Is Lost"), "Currency", 150, "currency"),
		column("late", _("Late"), "Int", 80),
		column("exceptions", _("Exceptions"), "Int", 100),
		{"fieldname": "currency", "fieldtype": "Data", "label": _("Currency"), "hidden": 1},
	]
