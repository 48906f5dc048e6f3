"""Indexes on ERPNext's tables that reading commitments needs; indexes on our own are with their doctypes."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

# Everything that the sum over an item's open order lines reads, in the order it is grouped by, so that it looks at no
# row and sorts nothing: an item with 50,000 open lines takes 130 ms instead of 200. It costs about 150 bytes a line, and
# a new order of 100 lines no time that could be measured.
OPEN_LINES = (
	"item_code",
	"docstatus",
	"warehouse",
	"delivery_date",
	"qty",
	"delivered_qty",
	"stock_qty",
	"returned_qty",
	"delivered_by_supplier",
	"otp_unconfirmed",
	"parent",
)
INDEXES = (
	("Sales Order Item", "otp_open_order_lines", OPEN_LINES),
	# Every promise asks these tables for its items, and ERPNext has no index by which to find them. Of two columns each:
	# an index of one column is also a Property Setter in Frappe, and a migration drops it with that.
	("Production Plan Sub Assembly Item", "otp_production_item", ("production_item", "docstatus")),
	("Purchase Order Item Supplied", "otp_rm_item_code", ("rm_item_code", "docstatus")),
	("Subcontracting Order Supplied Item", "otp_rm_item_code", ("rm_item_code", "docstatus")),
	("Work Order", "otp_production_item", ("production_item", "docstatus")),
)
# Those of earlier versions.
OLD_INDEXES = (("Sales Order Item", "otp_open_lines"),)


def add_indexes() -> None:
	"""Adds those that are missing, drops old ones; commits, as every change of a table does."""
	for doctype, name, columns in INDEXES:
		frappe.db.add_index(doctype, list(columns), name)
	_drop(OLD_INDEXES)


def remove_indexes() -> None:
	"""Drops them again; commits."""
	_drop([(doctype, name) for doctype, name, _columns in INDEXES] + list(OLD_INDEXES))


def _drop(indexes: Iterable[tuple[str, str]]) -> None:
	for doctype, name in indexes:
		if frappe.db.has_index(f"tab{doctype}", name):
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop index `{name}`")
