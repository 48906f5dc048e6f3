"""What seldom changes: settings, warehouses, companies, holiday lists, lanes, sourcing rules and units, kept in Redis.

The key is dropped when one of these documents is saved (hooks.py lists them) and after five minutes at the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from pypika.functions import Cast, Coalesce

import frappe
from frappe.utils import cint, flt, get_system_timezone

from otp_app import __version__
from otp_app.engine.calendars import WorkingDays
from otp_app.engine.facts import (
	Allocation,
	Calendar,
	Company,
	Protection,
	SourcingRule,
	TransitLane,
	Warehouse,
)
from otp_app.engine.policy import DesiredDateMode, FulfilmentMode, Settings, Shipment, WithoutQuota
from otp_app.sources.site import quotas
from otp_app.sources.site.sql import constant, statement
from otp_app.sources.site.warehouses import days_of, read_warehouses, time_of
from otp_app.sources.site.ways import BUILDING_RULES, read_ways

# The version is in the key because another version cannot read what this one wrote.
CACHE_KEY = f"otp_app:world:{__version__}"
MARK_KEY = f"{CACHE_KEY}:mark"
CACHE_SECONDS = 300
# For fields that are empty, as new ones are on a site that was there before them.
DEFAULTS = Settings()
# Days before today that a schedule may look back on (a transfer that was sent some time ago).
PAST_DAYS = 120

WEEKENDS = {
	"Saturday and Sunday": (5, 6),
	"Friday and Saturday": (4, 5),
	"Thursday and Friday": (3, 4),
	"Sunday": (6,),
	"Friday": (4,),
}
MODES = {
	"ATP Only": FulfilmentMode.ATP_ONLY,
	"ATP Then Lead Time": FulfilmentMode.ATP_THEN_LEAD_TIME,
	"ATP Then CTP": FulfilmentMode.ATP_THEN_CTP,
	"Always Available": FulfilmentMode.ALWAYS_AVAILABLE,
}
WITHOUT_QUOTA = {"Free": WithoutQuota.FREE, "Blocked": WithoutQuota.BLOCKED}
SHIPMENTS = {"Complete": Shipment.COMPLETE, "Per Line": Shipment.PER_LINE, "Partial": Shipment.PARTIAL}


@dataclass(frozen=True, slots=True)
class ItemRule:
	"""What a rule says of an item; None where it is silent."""

	processing_days: int | None = None
	mode: FulfilmentMode | None = None


@dataclass(frozen=True, slots=True)
class Makers:
	"""Of which items the mode is ATP then CTP: those of `groups` and `items`, but none of `others`."""

	groups: tuple[str, ...]
	items: tuple[str, ...]
	others: tuple[str, ...]

	def may_be_among(self, codes: Collection[str]) -> bool:
		"""Whether the database has to be asked: of groups it is known there which items they have."""
		return bool(self.groups) or not set(codes).isdisjoint(self.items)


@dataclass(frozen=True)
class World:
	"""The facts that all promises of a site share."""

	timezone: str
	precision: int
	settings: Settings
	warehouses: Mapping[str, Warehouse]
	companies: Mapping[str, Company]
	calendars: Mapping[str, Calendar]
	lanes: tuple[TransitLane, ...]
	whole_uoms: frozenset[str]
	# stock UOM -> {UOM: stock units in one}
	uom_factors: Mapping[str, Mapping[str, float]]
	rules_by_item: Mapping[str, ItemRule]
	rules_by_group: Mapping[str, ItemRule]
	# item group -> the group above it
	group_parents: Mapping[str, str] = field(default_factory=dict)
	# Quotas and protected minimums, nothing consumed yet.
	allocations: tuple[Allocation, ...] = ()
	protections: tuple[Protection, ...] = ()
	# customer group -> the group above it
	customer_group_parents: Mapping[str, str] = field(default_factory=dict)
	sourcing_rules: tuple[SourcingRule, ...] = ()

	def groups(self, name: str | None) -> tuple[str, ...]:
		"""An item group and those above it, the nearest first."""
		return _upwards(name, self.group_parents)

	def customer_groups(self, name: str | None) -> tuple[str, ...]:
		"""A customer group and those above it, the nearest first."""
		return _upwards(name, self.customer_group_parents)

	@cached_property
	def makers(self) -> Makers:
		"""The items that are made where ATP ends; to be told from the database without knowing the items."""
		rules = self.rules_by_item.items()
		return Makers(
			groups=tuple(sorted(filter(self._makes, {*self.group_parents, *self.group_parents.values()}))),
			items=tuple(sorted(code for code, rule in rules if rule.mode is FulfilmentMode.ATP_THEN_CTP)),
			others=tuple(
				sorted(code for code, rule in rules if rule.mode not in (None, FulfilmentMode.ATP_THEN_CTP))
			),
		)

	def _makes(self, group: str) -> bool:
		mode = self.item_rule("", group).mode or self.settings.mode
		return mode is FulfilmentMode.ATP_THEN_CTP

	def item_rule(self, item_code: str, group: str | None) -> ItemRule:
		"""The item's own rule, and where it is silent that of the nearest group."""
		own = self.rules_by_item.get(item_code, ItemRule())
		days, mode = own.processing_days, own.mode
		while group and (days is None or mode is None):
			rule = self.rules_by_group.get(group, ItemRule())
			days = rule.processing_days if days is None else days
			mode = mode or rule.mode
			group = self.group_parents.get(group)
		return ItemRule(days, mode)

	def work(self) -> dict[str, WorkingDays]:
		"""The working days of each warehouse under the site's settings."""
		weekend = frozenset(self.settings.weekend) if self.settings.no_weekends else frozenset()
		by_list = {
			name: WorkingDays(weekend, calendar.holidays, name) for name, calendar in self.calendars.items()
		}
		answer = {}
		for name, warehouse in self.warehouses.items():
			company = self.companies.get(warehouse.company)
			chosen = warehouse.calendar or (company.calendar if company else None)
			answer[name] = by_list.get(chosen or "") or WorkingDays(weekend)
		return answer


def _upwards(name: str | None, parents: Mapping[str, str]) -> tuple[str, ...]:
	answer: list[str] = []
	while name and name not in answer:
		answer.append(name)
		name = parents.get(name)
	return tuple(answer)


# Site -> the mark that Redis holds, and the World made under it: a process unpickles it only when it changed.
_in_this_process: dict[str, tuple[str, World]] = {}


def read_world(today: date) -> World:
	"""The site's World: from this process, else from Redis, else from the tables."""
	site, mark = frappe.local.site, frappe.cache.get_value(MARK_KEY, expires=True)
	held = _in_this_process.get(site)
	if mark is not None and held is not None and held[0] == mark:
		return held[1]
	kept = frappe.cache.get_value(CACHE_KEY, expires=True) if mark is not None else None
	if kept is None:
		kept = (frappe.generate_hash(length=16), _read(today))
		frappe.cache.set_value(CACHE_KEY, kept, expires_in_sec=CACHE_SECONDS)
		frappe.cache.set_value(MARK_KEY, kept[0], expires_in_sec=CACHE_SECONDS)
	_in_this_process[site] = kept
	return kept[1]


def forget_world(doc: Any = None, method: str | None = None, *args: Any) -> None:
	"""Drops the kept World; a handler for the events of the documents that it is made from."""
	frappe.cache.delete_value(MARK_KEY)
	# Another process may read and keep the old rows until this transaction ends.
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(MARK_KEY))
	# And this one may have kept what it now takes back.
	frappe.db.after_rollback.add(lambda: frappe.cache.delete_value(MARK_KEY))


# What _pairs() reads, each as (kind, name, other name, number).
COMPANY, HOLIDAY, GROUP, WHOLE, FACTOR = "company", "holiday", "group", "whole", "factor"
CUSTOMER_GROUP = "customer_group"
# Warehouses where material is being worked on, and those where products are put.
WORKED_IN, MADE_INTO = "worked_in", "made_into"
Pairs = Mapping[str, list[tuple[str, str | None, float]]]


def _read(today: date) -> World:
	"""Three queries, beside the cached settings."""
	settings = frappe.get_cached_doc("Order Promise Settings")
	pairs = _pairs(today - timedelta(days=PAST_DAYS))
	group_parents = {name: parent for name, parent, _ in pairs[GROUP] if parent}
	lanes, rules = read_ways()
	return World(
		timezone=get_system_timezone(),
		precision=cint(frappe.db.get_default("float_precision")) or 3,
		settings=_settings(settings),
		warehouses=read_warehouses(settings.warehouse_rules, _shop_floor(pairs)),
		companies={name: Company(name, calendar) for name, calendar, _ in pairs[COMPANY]},
		calendars=_calendars(pairs),
		lanes=lanes,
		sourcing_rules=rules,
		whole_uoms=frozenset(uom for uom, _, _ in pairs[WHOLE]),
		uom_factors=_uom_factors(pairs),
		rules_by_item={row.item_code: _item_rule(row) for row in settings.item_rules if row.item_code},
		rules_by_group={row.item_group: _item_rule(row) for row in settings.item_rules if row.item_group},
		group_parents=group_parents,
		allocations=quotas.read_allocations(pairs, group_parents),
		protections=quotas.read_protections(pairs),
		customer_group_parents={name: parent for name, parent, _ in pairs[CUSTOMER_GROUP] if parent},
	)


def _pairs(since: date) -> Pairs:
	"""Companies' holiday lists, holidays from `since` on, parents of item and customer groups, and units."""
	company, holiday = frappe.qb.DocType("Company"), frappe.qb.DocType("Holiday")
	group, uom = frappe.qb.DocType("Item Group"), frappe.qb.DocType("UOM")
	customers = frappe.qb.DocType("Customer Group")
	factor = frappe.qb.DocType("UOM Conversion Factor")
	queries = [
		_pair(COMPANY, company, company.name, company.default_holiday_list),
		_pair(HOLIDAY, holiday, holiday.parent, holiday.holiday_date).where(holiday.holiday_date >= since),
		_pair(GROUP, group, group.name, group.parent_item_group),
		_pair(CUSTOMER_GROUP, customers, customers.name, customers.parent_customer_group),
		_pair(WHOLE, uom, uom.name, uom.name).where(uom.must_be_whole_number == 1),
		_pair(FACTOR, factor, factor.from_uom, factor.to_uom, factor.value).where(factor.value > 0),
	]
	kinds = (
		*(COMPANY, HOLIDAY, GROUP, CUSTOMER_GROUP, WHOLE, FACTOR, WORKED_IN, MADE_INTO),
		*(quotas.QUOTA, quotas.PROTECTED, quotas.PERIOD),
	)
	answer: dict[str, list[tuple[str, str | None, float]]] = {kind: [] for kind in kinds}
	queries += _places_of_work()
	queries += [_pair(*row) for row in quotas.definitions()]
	for kind, name, other, number in sorted(statement(queries).rows(), key=str):
		answer[kind].append((name, other or None, float(number)))
	return answer


def _places_of_work() -> list[Any]:
	"""The warehouses of Work Orders and of subcontractors, as documents name them."""
	work, sent = frappe.qb.DocType("Work Order"), frappe.qb.DocType("Subcontracting Order")
	old = frappe.qb.DocType("Purchase Order")
	fields = [
		(WORKED_IN, work, work.wip_warehouse),
		(WORKED_IN, work, work.scrap_warehouse),
		(WORKED_IN, sent, sent.supplier_warehouse),
		(WORKED_IN, old, old.supplier_warehouse),
		(MADE_INTO, work, work.fg_warehouse),
	]
	return [
		_pair(kind, table, field, field)
		.distinct()
		.where((table.docstatus == 1) & (Coalesce(field, "") != ""))
		for kind, table, field in fields
	]


def _shop_floor(pairs: Pairs) -> set[str]:
	"""Where material is in process or with a subcontractor: not for sale, though it is in the books.

	A warehouse that products are put into is no such place, whatever else it is used for.
	"""
	making = frappe.get_cached_doc("Manufacturing Settings")
	places = {name for name, _, _ in pairs[WORKED_IN]} - {name for name, _, _ in pairs[MADE_INTO]}
	return places | {making.default_wip_warehouse, making.default_scrap_warehouse} - {None, ""}


def _pair(kind: str, table: Any, name: Any, other: Any, number: Any = 0) -> Any:
	return frappe.qb.from_(table).select(constant(kind, "kind"), name, Cast(other, "char"), number)


def _settings(doc: Any) -> Settings:
	return Settings(
		no_weekends=bool(doc.no_weekends),
		weekend=WEEKENDS.get(doc.weekend, WEEKENDS["Saturday and Sunday"]),
		cutoff=time_of(doc.cutoff_time),
		processing_days=cint(doc.processing_days),
		buffer_days=cint(doc.buffer_days),
		inbound_days=cint(doc.inbound_days),
		inspection_days=cint(doc.inspection_days),
		transfer_days=cint(doc.transfer_days),
		overdue_supply_days=cint(doc.overdue_supply_days),
		forget_commitments_after_days=cint(doc.forget_commitments_after_days) or None,
		horizon_days=cint(doc.horizon_days) or DEFAULTS.horizon_days,
		mode=MODES.get(doc.mode, FulfilmentMode.ATP_THEN_LEAD_TIME),
		desired_date_mode=DesiredDateMode(doc.desired_date_mode or DesiredDateMode.LATEST_ACCEPTABLE),
		shipment=SHIPMENTS.get(doc.shipment, Shipment.COMPLETE),
		minimum_split=flt(doc.minimum_split),
		use_material_requests=bool(doc.use_material_requests),
		protect_safety_stock=bool(doc.protect_safety_stock),
		production_hours_per_day=flt(doc.production_hours_per_day) or 8.0,
		finite_capacity=bool(doc.finite_capacity),
		high_from=flt(doc.high_from) / 100 or DEFAULTS.high_from,
		medium_from=flt(doc.medium_from) / 100 or DEFAULTS.medium_from,
		default_company=frappe.db.get_default("company"),
		default_warehouse=doc.default_warehouse or None,
		without_quota=WITHOUT_QUOTA.get(doc.without_quota, WithoutQuota.FREE),
		building_rule=BUILDING_RULES.get(doc.building_rule, DEFAULTS.building_rule),
		transfers=bool(doc.transfers),
		substitution=bool(doc.substitution),
	)


def _item_rule(row: Any) -> ItemRule:
	return ItemRule(days_of(row.processing_days), MODES.get(row.mode))


def _calendars(pairs: Pairs) -> dict[str, Calendar]:
	"""Every Holiday List that has a day off still to come, and those of companies, empty or not."""
	holidays: dict[str, set[date]] = {str(name): set() for _, name, _ in pairs[COMPANY] if name}
	for name, day, _ in pairs[HOLIDAY]:
		holidays.setdefault(name, set()).add(date.fromisoformat(str(day)))
	return {name: Calendar(name, frozenset(days)) for name, days in sorted(holidays.items())}


def _uom_factors(pairs: Pairs) -> dict[str, dict[str, float]]:
	"""General conversions both ways, as ERPNext applies them to items that have none of their own."""
	answer: dict[str, dict[str, float]] = {}
	for source, target, value in pairs[FACTOR]:
		answer.setdefault(source, {}).setdefault(str(target), 1.0 / value)
	for source, target, value in pairs[FACTOR]:
		answer.setdefault(str(target), {})[source] = value
	return answer
