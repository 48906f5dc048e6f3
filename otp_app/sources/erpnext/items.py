"""Rows about items, made into items as order promising sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from otp_app.engine.facts import Component, Item, UomConversion
from otp_app.sources.erpnext.world import World

COMPONENT, ALTERNATIVE = "component", "alternative"
UOM, DEFAULT, GROUP_DEFAULT, OPERATION = "uom", "default", "group_default", "operation"

COLUMNS = (
	"name",
	"stock_uom",
	"item_group",
	"variant_of",
	"is_stock_item",
	"is_sales_item",
	"is_purchase_item",
	"has_variants",
	"disabled",
	"end_of_life",
	"lead_time_days",
	"min_order_qty",
	"safety_stock",
	"inspection_required_before_purchase",
	"delivered_by_supplier",
	"default_bom",
	"has_batch_no",
)

# (kind, item, other name, number)
Row = tuple[str, str, str, float]
# By kind and item.
Rows = Mapping[tuple[str, str], list[Row]]


def by_owner(found: Iterable[Row]) -> Rows:
	"""Rows by kind and item, in a fixed order."""
	answer: dict[tuple[str, str], list[Row]] = defaultdict(list)
	for row in sorted((kind, owner, name, float(number or 0)) for kind, owner, name, number in found):
		answer[row[0], row[1]].append(row)
	return answer


def _of(rows: Rows, kind: str, code: str) -> list[Row]:
	return rows.get((kind, code), [])


def item_of(row: Any, links: Rows, facts: Rows, world: World, default_bom: str | None) -> Item:
	"""The item of a row with the COLUMNS as attributes; `default_bom` is how it is made."""
	code = row.name
	minutes = _of(facts, OPERATION, code)
	rule = world.item_rule(code, row.item_group)
	return Item(
		item_code=code,
		stock_uom=row.stock_uom,
		item_group=row.item_group or "",
		groups=world.groups(row.item_group),
		is_stock_item=bool(row.is_stock_item),
		is_sales_item=bool(row.is_sales_item),
		is_purchase_item=bool(row.is_purchase_item),
		is_template=bool(row.has_variants),
		disabled=bool(row.disabled),
		end_of_life=row.end_of_life,
		whole=row.stock_uom in world.whole_uoms,
		mode=rule.mode,
		lead_time_days=row.lead_time_days or None,
		min_order_qty=float(row.min_order_qty or 0),
		safety_stock=float(row.safety_stock or 0),
		processing_days=rule.processing_days,
		inspect_on_receipt=bool(row.inspection_required_before_purchase),
		drop_ship=bool(row.delivered_by_supplier),
		default_bom=default_bom,
		production_minutes=_minutes(minutes),
		default_warehouses=_defaults(code, row.item_group, facts),
		uoms=_uoms(row, facts, world),
		components=tuple(Component(r[2], r[3]) for r in _of(links, COMPONENT, code)),
		alternatives=tuple(sorted({r[2] for r in _of(links, ALTERNATIVE, code)})),
	)


def _minutes(rows: list[Row]) -> tuple[float, float] | None:
	if not rows:
		return None
	fixed = sum(row[3] for row in rows if row[2] == "fixed")
	return (fixed, sum(row[3] for row in rows if row[2] == "each"))


def _defaults(code: str, group: str, facts: Rows) -> tuple[tuple[str, str], ...]:
	"""Default warehouses by company: the item's own go before its group's, as in ERPNext."""
	by_company: dict[str, str] = {}
	for row in (*_of(facts, GROUP_DEFAULT, group), *_of(facts, DEFAULT, code)):
		company, warehouse = row[2].split("\n")
		by_company[company] = warehouse
	return tuple(sorted(by_company.items()))


def _uoms(row: Any, facts: Rows, world: World) -> tuple[UomConversion, ...]:
	"""What the item may be sold in: general conversions, its template's, its own, the later ones going first."""
	factors = dict(world.uom_factors.get(row.stock_uom, {}))
	for owner in (row.variant_of, row.name):
		factors.update({r[2]: r[3] for r in _of(facts, UOM, owner) if r[3]} if owner else {})
	factors.pop(row.stock_uom, None)
	return tuple(
		UomConversion(uom, factor, uom in world.whole_uoms) for uom, factor in sorted(factors.items())
	)
