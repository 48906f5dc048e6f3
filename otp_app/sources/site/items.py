"""Items as order promising sees them: three queries, whatever their number, and those of boms.py where items are made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Concat, Sum

from otp_app.engine.facts import Item
from otp_app.sources.erpnext.items import (
	ALTERNATIVE,
	COLUMNS,
	COMPONENT,
	DEFAULT,
	GROUP_DEFAULT,
	OPERATION,
	UOM,
	Rows,
	by_owner,
	item_of,
)
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.boms import Making, read_making
from otp_app.sources.site.mentions import MENTIONED, Mention, Mentions, mention_queries
from otp_app.sources.site.sql import ITEMS, Statement, constant, placeholder, statement


@dataclass(frozen=True, slots=True)
class Known:
	"""The items that exist of those asked for, with components and alternatives; how they are made; whether any has batches;
	what kinds of document name any of them."""

	items: dict[str, Item]
	making: Making
	with_batches: bool
	mentions: Mentions


def read_items(codes: Collection[str], world: World, today: date, *, all_boms: bool = False) -> Known:
	"""The items, what they are bundled from, replaced by and made of; `all_boms` whatever their mode is."""
	links = _read(_link_statement(frappe.db.db_type), codes)
	related = {*codes, *(row[2] for rows in links.values() for row in rows)}
	making = read_making(sorted(related), world, today, all_items=all_boms)
	wanted = sorted(related | making.items)
	rows = _rows(wanted)
	facts = _facts(rows, wanted)
	items = {
		row.name: item_of(row, links, facts, world, making.subcontracted.get(row.name) or row.default_bom)
		for row in rows
	}
	mentions = frozenset(
		mention for mention in Mention if any(row[3] for row in facts.get((MENTIONED, mention.value), ()))
	)
	return Known(items, making, any(row.has_batch_no for row in rows), mentions)


def _facts(rows: Collection[Any], codes: Collection[str]) -> Rows:
	"""What the items, their templates and their groups say in tables of their own, and what mentions them."""
	return _read(
		_fact_statement(frappe.db.db_type, any(row.default_bom for row in rows)),
		codes,
		owners=tuple(sorted({*codes, *(row.variant_of for row in rows if row.variant_of)})),
		groups=tuple(sorted({row.item_group for row in rows if row.item_group})),
	)


def _read(sql: Statement, codes: Collection[str], **more: Any) -> Rows:
	return by_owner(sql.rows(items=tuple(codes), **more))


@cache
def _link_statement(db_type: str) -> Statement:
	"""Components of bundles, and alternatives of items that allow them."""
	bundle, part = frappe.qb.DocType("Product Bundle"), frappe.qb.DocType("Product Bundle Item")
	other, owner = frappe.qb.DocType("Item Alternative"), frappe.qb.DocType("Item")
	components = (
		frappe.qb.from_(part)
		.join(bundle)
		.on(part.parent == bundle.name)
		.select(constant(COMPONENT, "kind"), bundle.new_item_code, part.item_code, Sum(part.qty))
		.where(bundle.new_item_code.isin(ITEMS) & (bundle.disabled == 0))
		.groupby(bundle.new_item_code, part.item_code)
	)
	alternatives = (
		frappe.qb.from_(other)
		.join(owner)
		.on(other.item_code == owner.name)
		.select(constant(ALTERNATIVE, "kind"), other.item_code, other.alternative_item_code, 1)
		.where(other.item_code.isin(ITEMS) & (owner.allow_alternative_item == 1))
	)
	reverse = (
		frappe.qb.from_(other)
		.join(owner)
		.on(other.alternative_item_code == owner.name)
		.select(constant(ALTERNATIVE, "kind"), other.alternative_item_code, other.item_code, 1)
		.where(
			other.alternative_item_code.isin(ITEMS)
			& (other.two_way == 1)
			& (owner.allow_alternative_item == 1)
		)
	)
	return statement([components, alternatives, reverse])


@cache
def _item_statement(db_type: str) -> Statement:
	item = frappe.qb.DocType("Item")
	return statement(
		[frappe.qb.from_(item).select(*(item[name] for name in COLUMNS)).where(item.name.isin(ITEMS))]
	)


def _rows(codes: Collection[str]) -> list[Any]:
	rows = _item_statement(frappe.db.db_type).rows(items=tuple(codes))
	return [frappe._dict(zip(COLUMNS, row, strict=True)) for row in sorted(rows)]


@cache
def _fact_statement(db_type: str, with_boms: bool) -> Statement:
	"""Units of measure, default warehouses, what mentions the items and, `with_boms`, minutes of production; placeholders
	`items`, `owners` (with their templates) and `groups`."""
	operations = [_operation_query()] if with_boms else []
	return statement([_unit_query(), *_default_queries(), *operations, *mention_queries()])


def _unit_query() -> Any:
	unit = frappe.qb.DocType("UOM Conversion Detail")
	return (
		frappe.qb.from_(unit)
		.select(constant(UOM, "kind"), unit.parent.as_("owner"), unit.uom, unit.conversion_factor)
		.where(unit.parent.isin(placeholder("owners")) & (unit.parenttype == "Item"))
	)


def _default_queries() -> list[Any]:
	default = frappe.qb.DocType("Item Default")
	place = Concat(default.company, "\n", default.default_warehouse)
	of_whom = [(DEFAULT, ITEMS, "Item"), (GROUP_DEFAULT, placeholder("groups"), "Item Group")]
	return [
		frappe.qb.from_(default)
		.select(constant(kind, "kind"), default.parent, place, 0)
		.where(
			default.parent.isin(owners)
			& (default.parenttype == parenttype)
			& (Coalesce(default.default_warehouse, "") != "")
		)
		for kind, owners, parenttype in of_whom
	]


def _operation_query() -> Any:
	"""Minutes of the default BOM's operations: fixed ones for any quantity, the others for one unit."""
	item, bom = frappe.qb.DocType("Item"), frappe.qb.DocType("BOM")
	operation = frappe.qb.DocType("BOM Operation")
	each = operation.time_in_mins / Case().when(bom.quantity > 0, bom.quantity).else_(1)
	name = Case().when(operation.fixed_time == 1, "fixed").else_("each")
	minutes = Case().when(operation.fixed_time == 1, operation.time_in_mins).else_(each)
	return (
		frappe.qb.from_(item)
		.join(bom)
		.on(item.default_bom == bom.name)
		.join(operation)
		.on(operation.parent == bom.name)
		.select(constant(OPERATION, "kind"), item.name, name, Sum(minutes))
		.where(item.name.isin(ITEMS) & (bom.with_operations == 1) & (bom.docstatus == 1))
		.groupby(item.name, operation.fixed_time)
	)
