"""Rows of warehouses, with the rules that hold for them, made into warehouses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from otp_app.engine.facts import Warehouse, WarehouseClass
from otp_app.sources.erpnext.fields import days_of, time_of, whole

FIELDS = (
	"name",
	"company",
	"is_group",
	"parent_warehouse",
	"disabled",
	"warehouse_type",
	"is_rejected_warehouse",
)
CLASSES = {
	"Sellable": WarehouseClass.SELLABLE,
	"Needs Processing": WarehouseClass.NEEDS_PROCESSING,
	"In Transit": WarehouseClass.IN_TRANSIT,
	"Not Available": WarehouseClass.NOT_AVAILABLE,
}


def warehouses_of(
	rows: Iterable[Any], rules: Iterable[Any], shop_floor: Collection[str]
) -> dict[str, Warehouse]:
	"""Every warehouse with the rule that holds for it; those of `shop_floor` do not sell unless a rule says so."""
	rows, rules = list(rows), list(rules)
	by_name = {rule.warehouse: rule for rule in rules if rule.warehouse}
	by_type = {rule.warehouse_type: rule for rule in rules if rule.warehouse_type}
	parents = {row.name: row.parent_warehouse for row in rows}
	answer = {}
	for row in rows:
		rule = _nearest(row.name, by_name, parents) or by_type.get(row.warehouse_type)
		answer[row.name] = _warehouse(row, rule, row.name in shop_floor)
	return answer


def _nearest(name: str | None, rules: Mapping[str, Any], parents: Mapping[str, str | None]) -> Any:
	"""The rule of a warehouse, else of the nearest group above it."""
	while name:
		if name in rules:
			return rules[name]
		name = parents.get(name)
	return None


def _warehouse(row: Any, rule: Any, shop_floor: bool) -> Warehouse:
	facts = {
		"name": row.name,
		"company": row.company,
		"kind": _class(row, rule, shop_floor),
		"parent": row.parent_warehouse,
		"disabled": bool(row.disabled),
	}
	if rule is None:
		return Warehouse(**facts)
	return Warehouse(
		**facts,
		processing_days=days_of(rule.processing_days),
		extra_days=whole(rule.extra_days) if facts["kind"] is WarehouseClass.NEEDS_PROCESSING else 0,
		inbound_days=days_of(rule.inbound_days),
		cutoff=time_of(rule.cutoff_time),
		timezone=rule.timezone or None,
		calendar=rule.calendar or None,
		priority=whole(rule.priority),
	)


def _class(row: Any, rule: Any, shop_floor: bool) -> WarehouseClass:
	if row.is_group:
		return WarehouseClass.GROUP
	if rule is not None and rule.warehouse_class:
		return CLASSES[rule.warehouse_class]
	if row.warehouse_type == "Transit":
		return WarehouseClass.IN_TRANSIT
	return (
		WarehouseClass.NOT_AVAILABLE if row.is_rejected_warehouse or shop_floor else WarehouseClass.SELLABLE
	)
