"""What a backorder run comes to: its lines, and their number and value by change, by customer and by segment.

Only what the user may see: role, User Permissions on companies, customers, items, warehouses and orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.utils import cint, flt

from otp_app.backorder.names import LINE
from otp_app.backorder.reasons import told
from otp_app.engine.backorder.outcome import Change
from otp_app.promises.site import reads

CHANGES = tuple(kind.value.capitalize() for kind in Change)
# More rows than this are of no use to a reader.
MOST = 5_000
FIELDS = (
	"name",
	"sales_order",
	"row_idx",
	"item_code",
	"qty",
	"warehouse",
	"customer",
	"company",
	"value",
	"segment",
	"strategy",
	"requested",
	"before_date",
	"after_date",
	"outcome",
	"late",
	"is_exception",
	"state",
)
EQUAL = ("outcome", "customer", "segment", "sales_order", "item_code", "warehouse", "company", "state")

Row = dict[str, Any]
Filters = Mapping[str, Any]


def lines(run: str, filters: Filters) -> tuple[list[Row], int]:
	"""The lines of a run in the order in which they are served, at most MOST of them, and how many there are.

	Of each, `reasons` and `state_reasons` are sentences in the user's language.
	"""
	asked = _conditions(run, filters)
	((total,),) = frappe.get_list(
		LINE, filters=asked, fields=["count(`tabBackorder Run Line`.name)"], as_list=True
	)
	rows = frappe.get_list(
		LINE, filters=asked, fields=list(FIELDS), order_by="part, position", limit_page_length=MOST
	)
	why = _reasons([row.name for row in rows])
	return [{**row, **why[row.name]} for row in rows], cint(total)


def _reasons(names: list[str]) -> dict[str, Row]:
	"""Read apart: the fields are for nobody's eyes, and the sentences leave out what a user may not read."""
	known: dict[str, bool] = {}

	def may_read(doctype: str) -> bool:
		if doctype not in known:
			known[doctype] = reads(doctype)
		return known[doctype]

	found = frappe.get_all(
		LINE, {"name": ("in", names or [""])}, ["name", "reasons", "state_reasons"], limit_page_length=0
	)
	return {
		row.name: {
			"reasons": told(row.reasons, may_read),
			"state_reasons": told(row.state_reasons, may_read),
		}
		for row in found
	}


def by(run: str, field: str, filters: Filters) -> list[Row]:
	"""Number and value of lines by `field` (outcome, customer or segment), each change by itself, by name."""
	found = frappe.get_list(
		LINE,
		filters=_conditions(run, filters),
		fields=[
			f"{field} as name",
			"outcome",
			"count(`tabBackorder Run Line`.name) as count",
			"sum(`tabBackorder Run Line`.value) as total",
			"sum(late) as late",
			"sum(is_exception) as exceptions",
		],
		group_by=f"{field}, outcome",
		order_by=field,
		limit_page_length=0,
	)
	rows: dict[str, Row] = {}
	for one in found:
		name = one.name or ""
		row = rows.setdefault(
			name, {"name": name, "lines": 0, "value": 0.0, "late": 0, "exceptions": 0, **_nothing()}
		)
		kind = one.outcome.lower()
		row[kind] += cint(one["count"])
		row[f"{kind}_value"] += flt(one.total)
		row["lines"] += cint(one["count"])
		row["value"] += flt(one.total)
		row["late"] += cint(one.late)
		row["exceptions"] += cint(one.exceptions)
	return [rows[name] for name in sorted(rows)]


def _nothing() -> Row:
	kinds = [kind.lower() for kind in CHANGES]
	return dict.fromkeys(kinds, 0) | dict.fromkeys((f"{kind}_value" for kind in kinds), 0.0)


def comparison(run: str, company: str | None) -> Row:
	"""By change, by segment, and by customer: those with the most value first."""
	customers = sorted(by(run, "customer", {}), key=lambda row: (-row["value"], row["name"]))
	return {
		"currency": currency_of(company),
		"changes": by(run, "outcome", {}),
		"segments": by(run, "segment", {}),
		"customers": customers[:20],
		"more_customers": max(0, len(customers) - 20),
	}


def currency_of(company: str | None) -> str | None:
	"""The currency of a company; where there is none, that of the site."""
	if company:
		return frappe.get_cached_value("Company", company, "default_currency")
	return frappe.db.get_default("currency")


def _conditions(run: str, filters: Filters) -> list[list[Any]]:
	asked: list[list[Any]] = [["run", "=", run]]
	asked += [[field, "=", filters[field]] for field in EQUAL if filters.get(field)]
	asked += [[field, "=", 1] for field in ("late", "is_exception") if cint(filters.get(field))]
	if flt(filters.get("minimum_value")):
		asked.append(["value", ">=", flt(filters["minimum_value"])])
	return asked
