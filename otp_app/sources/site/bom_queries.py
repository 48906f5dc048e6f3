"""What items are made of, over all levels, in one statement: a recursion through BOMs, and what it comes by."""

from __future__ import annotations

from functools import cache
from typing import Any

from pypika import Table
from pypika.functions import Coalesce, NullIf
from pypika.terms import NullValue

import frappe
from frappe.query_builder import Case

from otp_app.sources.site.sql import ITEMS, Statement, constant, placeholder, recursive

BOM, LINE, OPERATION, ALTERNATIVE, NEEDED = "bom", "line", "operation", "alternative", "needed"
NAME = "otp_needed"


@cache
def bom_statement(db_type: str, all_items: bool) -> Statement:
	"""Every BOM below `items`; placeholders `items` and, unless `all_items`, those of World.makers.

	An item is reached once with each BOM, so that a BOM that contains itself ends the recursion.
	"""
	steps = [_asked(all_items), _component(), _alternative(), _alternative(reverse=True)]
	selects = [_needed(), _boms(), _lines(), _operations(), _alternatives(), _alternatives(reverse=True)]
	return recursive(NAME, ("item_code", "bom"), steps, selects)


def _default_bom(query: Any, item: Any) -> tuple[Any, Any]:
	"""The query with what it needs, and the BOM that an item is made by: a subcontractor's is that of its Subcontracting BOM."""
	sub = frappe.qb.DocType("Subcontracting BOM")
	query = query.left_join(sub).on(
		(sub.finished_good == item.name) & (sub.is_active == 1) & (item.is_sub_contracted_item == 1)
	)
	return query, Coalesce(sub.finished_good_bom, NullIf(item.default_bom, ""))


def _asked(all_items: bool) -> Any:
	item = frappe.qb.DocType("Item")
	query, bom = _default_bom(frappe.qb.from_(item), item)
	query = query.select(item.name.as_("item_code"), bom.as_("bom")).where(item.name.isin(ITEMS))
	if all_items:
		return query
	by_group = item.item_group.isin(placeholder("groups")) & item.name.notin(placeholder("others"))
	return query.where(item.name.isin(placeholder("makers")) | by_group)


def _used() -> tuple[Any, Any, Any]:
	"""The lines of the BOMs that are needed; what the making does not consume is not among them."""
	needed, bom, line = Table(NAME), frappe.qb.DocType("BOM"), frappe.qb.DocType("BOM Item")
	query = (
		frappe.qb.from_(needed)
		.join(bom)
		.on(bom.name == needed.bom)
		.join(line)
		.on((line.parent == bom.name) & (line.parenttype == "BOM"))
		.where((bom.docstatus == 1) & (bom.is_active == 1) & (line.include_item_in_manufacturing == 1))
	)
	return query, bom, line


def _component() -> Any:
	query, _bom, line = _used()
	item = frappe.qb.DocType("Item")
	query, default = _default_bom(query.join(item).on(item.name == line.item_code), item)
	return query.select(item.name, Coalesce(_named_bom(line, item), default))


def _named_bom(line: Any, item: Any) -> Any:
	"""The BOM that a line names for its component; a subcontractor works by his own."""
	return Case().when(item.is_sub_contracted_item == 1, NullValue()).else_(NullIf(line.bom_no, ""))


def _alternative(reverse: bool = False) -> Any:
	"""What may replace a component, with the BOM that it is made by itself."""
	query, _bom, line = _used()
	item = frappe.qb.DocType("Item")
	query, _from, to = _replaceable(query, line, reverse)
	query, default = _default_bom(query.join(item).on(item.name == to), item)
	return query.select(item.name, default)


def _replaceable(query: Any, line: Any, reverse: bool) -> tuple[Any, Any, Any]:
	"""The lines that have alternatives, by an Item Alternative as it is or, if it goes both ways, read backwards."""
	bom, other = frappe.qb.DocType("BOM"), frappe.qb.DocType("Item Alternative")
	given, instead = other.item_code, other.alternative_item_code
	if reverse:
		given, instead = instead, given
	query = query.join(other).on(given == line.item_code)
	query = query.where((bom.allow_alternative_item == 1) & (line.allow_alternative_item == 1))
	return (query.where(other.two_way == 1) if reverse else query), given, instead


# The columns of all selects.
COLUMNS = ("kind", "owner", "place", "name", "other", "warehouse", "number", "one", "two")


def _row(query: Any, kind: str, *values: Any) -> Any:
	"""Rows of `kind`; None and the numbers 0 and 1 are constants."""
	columns = [
		constant(None, alias) if value is None else value if isinstance(value, int) else value.as_(alias)
		for alias, value in zip(COLUMNS[1:], values, strict=True)
	]
	return query.select(constant(kind, "kind"), *columns).distinct()


def _needed() -> Any:
	needed = Table(NAME)
	query = frappe.qb.from_(needed)
	return _row(query, NEEDED, needed.item_code, 0, needed.bom, None, None, 0, 0, 0)


def _boms() -> Any:
	needed, bom, item = Table(NAME), frappe.qb.DocType("BOM"), frappe.qb.DocType("Item")
	query = (
		frappe.qb.from_(needed)
		.join(bom)
		.on(bom.name == needed.bom)
		.join(item)
		.on(item.name == bom.item)
		.where((bom.docstatus == 1) & (bom.is_active == 1))
	)
	return _row(
		query,
		BOM,
		bom.name,
		0,
		bom.item,
		None,
		None,
		bom.quantity,
		bom.process_loss_percentage,
		item.is_sub_contracted_item,
	)


def _lines() -> Any:
	query, bom, line = _used()
	item = frappe.qb.DocType("Item")
	query = query.join(item).on(item.name == line.item_code)
	has_bom = (
		Case().when(Coalesce(NullIf(line.bom_no, ""), NullIf(item.default_bom, "")).isnull(), 0).else_(1)
	)
	phantom = Case().when((item.is_stock_item == 1) | (line.do_not_explode == 1), 0).else_(has_bom)
	return _row(
		query,
		LINE,
		bom.name,
		line.idx,
		line.item_code,
		_named_bom(line, item),
		NullIf(line.source_warehouse, ""),
		line.stock_qty,
		phantom,
		line.sourced_by_supplier,
	)


def _operations() -> Any:
	needed, bom = Table(NAME), frappe.qb.DocType("BOM")
	operation = frappe.qb.DocType("BOM Operation")
	query = (
		frappe.qb.from_(needed)
		.join(bom)
		.on(bom.name == needed.bom)
		.join(operation)
		.on((operation.parent == bom.name) & (operation.parenttype == "BOM"))
		.where((bom.docstatus == 1) & (bom.is_active == 1) & (bom.with_operations == 1))
	)
	return _row(
		query,
		OPERATION,
		bom.name,
		operation.idx,
		operation.operation,
		NullIf(operation.workstation, ""),
		NullIf(operation.workstation_type, ""),
		operation.time_in_mins,
		operation.batch_size,
		operation.fixed_time,
	)


def _alternatives(reverse: bool = False) -> Any:
	query, bom, line = _used()
	query, _given, instead = _replaceable(query, line, reverse)
	return _row(query, ALTERNATIVE, bom.name, line.idx, instead, None, None, 0, 0, 0)
