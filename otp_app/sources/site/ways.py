"""Transit lanes and sourcing rules, one query: rows of three kinds with the same columns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe
from frappe.utils import cint, flt

from otp_app.engine.facts import RuleSource, SourceKind, SourcingRule, TransitLane
from otp_app.sources.erpnext.fields import days_of
from otp_app.sources.erpnext.settings import BUILDING_RULES
from otp_app.sources.site.sql import Statement, constant, statement

LANE, RULE, SOURCE = "lane", "rule", "source"
KINDS = {
	"Warehouse": SourceKind.WAREHOUSE,
	"Transfer": SourceKind.TRANSFER,
	"Drop Ship": SourceKind.DROP_SHIP,
}
TEXTS, NUMBERS = 7, 4


def read_ways() -> tuple[tuple[TransitLane, ...], tuple[SourcingRule, ...]]:
	"""All lanes, and the rules that are not disabled, both by name."""
	rows = sorted(_statement(frappe.db.db_type).rows(), key=lambda row: (row[0], row[1], flt(row[9])))
	of_rules: dict[str, list[RuleSource]] = {}
	for kind, owner, *values in rows:
		if kind == SOURCE:
			of_rules.setdefault(owner, []).append(_source(values))
	lanes = tuple(_lane(values) for kind, _, *values in rows if kind == LANE)
	rules = tuple(_rule(name, values, of_rules.get(name, ())) for kind, name, *values in rows if kind == RULE)
	return lanes, rules


def _lane(values: list[Any]) -> TransitLane:
	warehouse, customer, territory, country, calendar, to_warehouse = (v or None for v in values[:6])
	return TransitLane(
		cint(values[TEXTS]), warehouse, customer, territory, country, calendar, to_warehouse=to_warehouse
	)


def _source(values: list[Any]) -> RuleSource:
	kind, warehouse, into, supplier, days = values[:5]
	return RuleSource(
		KINDS[kind],
		warehouse or None,
		into or None,
		supplier or None,
		days_of(days),
		cint(values[TEXTS + 1]),
	)


def _rule(name: str, values: list[Any], sources: Iterable[RuleSource]) -> SourcingRule:
	customer, group, territory, item, item_group, company, building = (v or None for v in values[:TEXTS])
	others, least, most, preferred = values[TEXTS:]
	return SourcingRule(
		name,
		tuple(sources),
		customer=customer,
		customer_group=group,
		territory=territory,
		item_code=item,
		item_group=item_group,
		company=company,
		others=bool(others),
		minimum_split=flt(least),
		most_sources=cint(most),
		preferred=bool(preferred),
		building_rule=BUILDING_RULES.get(building or ""),
	)


@cache
def _statement(db_type: str) -> Statement:
	"""Kind, owner, seven texts, four numbers."""
	lane, rule = frappe.qb.DocType("Transit Lane"), frappe.qb.DocType("Sourcing Rule")
	source = frappe.qb.DocType("Sourcing Rule Source")
	lanes = _columns(
		frappe.qb.from_(lane),
		LANE,
		lane.name,
		["from_warehouse", "to_customer", "to_territory", "to_country", "calendar", "to_warehouse"],
		["transit_days"],
		lane,
	)
	rules = _columns(
		frappe.qb.from_(rule).where(rule.disabled == 0),
		RULE,
		rule.name,
		[
			"for_customer",
			"for_customer_group",
			"for_territory",
			"for_item",
			"for_item_group",
			"for_company",
			"building_rule",
		],
		["others_allowed", "minimum_split", "most_sources", "warehouse_is_preference"],
		rule,
	)
	sources = _columns(
		frappe.qb.from_(source).where(source.parenttype == "Sourcing Rule"),
		SOURCE,
		source.parent,
		["source_type", "warehouse", "into_warehouse", "supplier", "days"],
		["idx", "priority"],
		source,
	)
	return statement([lanes, rules, sources])


def _columns(query: Any, kind: str, owner: Any, texts: list[str], numbers: list[str], table: Any) -> Any:
	texts_ = [table[name].as_(f"text_{place}") for place, name in enumerate(texts)]
	texts_ += [constant(None, f"text_{place}") for place in range(len(texts), TEXTS)]
	numbers_ = [Coalesce(table[name], 0).as_(f"number_{place}") for place, name in enumerate(numbers)]
	numbers_ += [constant(None, f"number_{place}") for place in range(len(numbers), NUMBERS)]
	return query.select(constant(kind, "kind"), owner.as_("owner"), *texts_, *numbers_)
