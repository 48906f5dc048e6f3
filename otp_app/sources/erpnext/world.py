"""What all promises of a site share: settings, warehouses, calendars, units and rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

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
from otp_app.engine.policy import FulfilmentMode, Settings


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


def uom_factors(conversions: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
	"""General conversions (from, to, factor) both ways, as ERPNext applies them to items that have none of their own."""
	answer: dict[str, dict[str, float]] = {}
	known = sorted(conversions)
	for source, target, value in known:
		answer.setdefault(source, {}).setdefault(target, 1.0 / value)
	for source, target, value in known:
		answer.setdefault(target, {})[source] = value
	return answer
