"""Warehouses and the rules that hold for them, one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

import frappe
from frappe.utils import cint

from otp_app.engine.facts import Warehouse, WarehouseClass

CLASSES = {
	"Sellable": WarehouseClass.SELLABLE,
	"Needs Processing": WarehouseClass.NEEDS_PROCESSING,
	"In Transit": WarehouseClass.IN_TRANSIT,
	"Not Available": WarehouseClass.NOT_AVAILABLE,
}


def days_of(text: Any) -> int | None:
	"""The days that a rule gives; an empty field gives none, which is not zero."""
	return None if text in (None, "") else cint(text)


def time_of(text: Any) -> time | None:
	return time.fromisoformat(text) if text else None


def read_warehouses(rules: Iterable[Any], shop_floor: set[str]) -> dict[str, Warehouse]:
	"""Every warehouse with the rule that holds for it; those of `shop_floor` do not sell unless a rule says so."""
	rows = _rows()
	by_name = {rule.warehouse: rule for rule in rules if rule.warehouse}
	by_type = {rule.warehouse_type: rule for rule in rules if rule.warehouse_type}
	parents = {row.name: row.parent_warehouse for row in rows}
	answer = {}
	for row in rows:
		rule = _nearest(row.name, by_name, parents) or by_type.get(row.warehouse_type)
		answer[row.name] = _warehouse(row, rule, row.name in shop_floor)
	return answer


def _rows() -> list[Any]:
	return frappe.get_all(
		"Warehouse",
		fields=[
			"name",
			"company",
			"is_group",
			"parent_warehouse",
			"disabled",
			"warehouse_type",
			"is_rejected_warehouse",
		],
		order_by="name",
	)


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
		extra_days=cint(rule.extra_days) if facts["kind"] is WarehouseClass.NEEDS_PROCESSING else 0,
		inbound_days=days_of(rule.inbound_days),
		cutoff=time_of(rule.cutoff_time),
		timezone=rule.timezone or None,
		calendar=rule.calendar or None,
		priority=cint(rule.priority),
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
