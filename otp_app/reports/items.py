"""Which items a report shows: those asked for, else those that the books of some warehouses know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe import _

from otp_app.promises.site import kept_to_documents

MOST_ITEMS = 2000

# What ERPNext's own books count of an item in a warehouse; all zero means that nothing is there or to come.
IN_THE_BOOKS = (
	"actual_qty",
	"planned_qty",
	"ordered_qty",
	"indented_qty",
	"reserved_qty",
	"reserved_stock",
	"reserved_qty_for_production",
	"reserved_qty_for_production_plan",
	"reserved_qty_for_sub_contract",
)


def items_to_show(asked: Collection[str], item_group: str | None, warehouses: Collection[str]) -> list[str]:
	"""At most MOST_ITEMS item codes, in order: `asked`, else all that Bin counts in `warehouses`; of the group.

	Disabled items, templates, services and what the user may not see are left out; bundles stay if asked for.
	Raises ValidationError for more items, with what to do about it.
	"""
	item, bundle = frappe.qb.DocType("Item"), frappe.qb.DocType("Product Bundle")
	query = frappe.qb.from_(item).select(item.name).distinct().orderby(item.name).limit(MOST_ITEMS + 1)
	query = query.where((item.disabled == 0) & (item.has_variants == 0))
	if asked:
		bundles = frappe.qb.from_(bundle).select(bundle.new_item_code)
		query = query.where(item.name.isin(tuple(asked)))
		query = query.where((item.is_stock_item == 1) | item.name.isin(bundles))
	else:
		query = _in_the_books(query, item, warehouses)
	for condition in _limits(item, item_group):
		query = query.where(condition)
	found = query.run(pluck=True)
	if len(found) > MOST_ITEMS:
		message = _(
			"More than {0} items have stock or orders here: choose an item group, items or a warehouse."
		)
		frappe.throw(message.format(MOST_ITEMS), title=_("Too Many Items"))
	return found


def names_of(items: Collection[str]) -> dict[str, str]:
	"""The name of each item."""
	rows = frappe.get_all(
		"Item", {"name": ("in", sorted(items) or [""])}, ["name", "item_name"], order_by=None
	)
	return {row.name: row.item_name for row in rows}


def groups_below(item_group: str) -> Any:
	"""The query for a group and all groups below it."""
	group, top = frappe.qb.DocType("Item Group"), frappe.qb.DocType("Item Group").as_("top")
	query = frappe.qb.from_(group).from_(top).select(group.name).where(top.name == item_group)
	return query.where((group.lft >= top.lft) & (group.rgt <= top.rgt))


def _in_the_books(query: Any, item: Any, warehouses: Collection[str]) -> Any:
	stock = frappe.qb.DocType("Bin")
	counted = stock[IN_THE_BOOKS[0]] != 0
	for field in IN_THE_BOOKS[1:]:
		counted |= stock[field] != 0
	query = query.join(stock).on(stock.item_code == item.name).where(item.is_stock_item == 1)
	return query.where(stock.warehouse.isin(tuple(warehouses) or ("",)) & counted)


def _limits(item: Any, item_group: str | None) -> list[Any]:
	limits = []
	if item_group:
		limits.append(item.item_group.isin(groups_below(item_group)))
	for doctype, field in (("Item", item.name), ("Item Group", item.item_group)):
		if kept := kept_to_documents(doctype):
			limits.append(field.isin(tuple(sorted(kept))))
	return limits
