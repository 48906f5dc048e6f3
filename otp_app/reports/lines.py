"""Promised lines as reports read them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pypika.functions import Coalesce

import frappe

from otp_app.promises.site import kept_to_documents
from otp_app.reports.items import groups_below
from otp_app.reports.permitted import PROMISE, permitted_promises

LINE = "Order Promise Line"

PROMISE_FIELDS = (
	"name",
	"status",
	"customer",
	"customer_name",
	"reference_doctype",
	"reference_name",
	"reviewed_at",
	"moved",
)
LINE_FIELDS = (
	"idx",
	"item_code",
	"qty",
	"uom",
	"warehouse",
	"shortage",
	"confidence",
	"told_probability",
	"reference_row",
	"promise_date",
	"expected_date",
	"delivered_qty",
	"delivered_on",
)


def promised_lines(
	company: str,
	statuses: Collection[str],
	filters: Mapping[str, Any],
	condition: Callable[[Any, Any], Any],
) -> list[Any]:
	"""The lines that the user may see of promises with one of `statuses`, each with its promise's own fields.

	`filters` may name a customer, an item_group (with those below it) and a warehouse; `condition` takes the
	tables of promises and of lines. Each row also has `item_name` and `item_group`.
	"""
	promise, line = frappe.qb.DocType(PROMISE), frappe.qb.DocType(LINE)
	item = frappe.qb.DocType("Item")
	query = (
		frappe.qb.from_(line)
		.join(promise)
		.on(promise.name == line.parent)
		.left_join(item)
		.on(item.name == line.item_code)
		.select(*(promise[field].as_("promise" if field == "name" else field) for field in PROMISE_FIELDS))
		.select(*(line[field] for field in LINE_FIELDS))
		.select(item.item_name, item.item_group)
		.where(line.parenttype == PROMISE)
		.where((promise.company == company) & promise.status.isin(tuple(statuses)))
		.orderby(promise.name, line.idx)
	)
	limits = _limits(filters, promise, line, item)
	for limit in (*limits, condition(promise, line)):
		query = query.where(limit)
	rows = query.run(as_dict=True)
	seen = permitted_promises({row.promise for row in rows})
	return [row for row in rows if row.promise in seen]


def _limits(filters: Mapping[str, Any], promise: Any, line: Any, item: Any) -> list[Any]:
	limits = []
	if customer := filters.get("customer"):
		limits.append(promise.customer == customer)
	if group := filters.get("item_group"):
		limits.append(item.item_group.isin(groups_below(group)))
	if warehouse := filters.get("warehouse"):
		limits.append(line.warehouse.isin(_warehouses_below(warehouse)))
	for doctype, field in (
		("Warehouse", line.warehouse),
		("Item", item.name),
		("Item Group", item.item_group),
	):
		if kept := kept_to_documents(doctype):
			limits.append(field.isin(tuple(sorted(kept))) | (Coalesce(field, "") == ""))
	return limits


def _warehouses_below(warehouse: str) -> Any:
	below, top = frappe.qb.DocType("Warehouse"), frappe.qb.DocType("Warehouse").as_("top")
	query = frappe.qb.from_(below).from_(top).select(below.name).where(top.name == warehouse)
	return query.where((below.lft >= top.lft) & (below.rgt <= top.rgt))
