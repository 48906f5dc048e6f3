"""From material to customer: the chain of dates of a line shipped from one warehouse (docs/how-a-promise-is-made.md).

material available -> (goods receipt and inspection) -> pick, pack and processing -> ship -> transit -> delivery.
Every step lands on a working day of its own calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from otp_app.engine.calendars import DAY, WorkingDays, working_days
from otp_app.engine.facts import (
	Customer,
	Item,
	Reliability,
	Snapshot,
	Supply,
	SupplyKind,
	TransitLane,
	Warehouse,
)
from otp_app.engine.lateness import DaysLate
from otp_app.engine.policy import BuildingRule, DesiredDateMode, Shipment
from otp_app.engine.records import Records
from otp_app.engine.reliability.priors import prior
from otp_app.engine.request import WEEKDAYS, Rules

RECEIVED = frozenset(
	{SupplyKind.PURCHASE_ORDER, SupplyKind.SUBCONTRACTING_ORDER, SupplyKind.MATERIAL_REQUEST}
)


@dataclass(frozen=True, slots=True)
class Dates:
	"""The three dates of a quantity: material availability, ready to ship (goods issue), delivery."""

	available: date
	ship_ready: date
	delivery: date


@dataclass(frozen=True, slots=True)
class Route:
	"""The way out of a warehouse for one item and customer; days are working days.

	`start` is the first day on which the order can be worked on: after the cutoff, the next working day.
	"""

	start: date
	work: WorkingDays
	processing_days: int
	carrier: WorkingDays
	transit_days: int
	buffer_days: int

	def dates(self, material: date, *, buffered: bool = True) -> Dates:
		"""The dates of material that can be picked from `material` on, with the safety buffer or without."""
		available = self.work.on_or_after(max(material, self.start))
		ready = self.work.add(available, self.processing_days)
		on_the_way = self.transit_days + (self.buffer_days if buffered else 0)
		return Dates(available, ready, self.carrier.add(ready, on_the_way))

	def deliver_on_or_after(self, day: date) -> date:
		"""The first day from `day` on on which a carrier delivers."""
		return self.carrier.on_or_after(day)

	def ship_by(self, delivery: date) -> date:
		"""The last day to ship for a delivery on `delivery`."""
		return self.work.on_or_before(self.carrier.subtract(delivery, self.transit_days + self.buffer_days))

	def available_by(self, delivery: date) -> date:
		"""The last day on which material may become available for a delivery on `delivery`, without a buffer."""
		return self.work.subtract(self.carrier.subtract(delivery, self.transit_days), self.processing_days)


@dataclass(frozen=True)
class Terms:
	"""The rules in force: those of the request over those of the site."""

	snapshot: Snapshot
	rules: Rules
	now: datetime

	@cached_property
	def today(self) -> date:
		"""The site's date."""
		return self.now.astimezone(ZoneInfo(self.snapshot.timezone)).date()

	@cached_property
	def desired_date_mode(self) -> DesiredDateMode:
		"""What a desired date means."""
		return self.rules.desired_date_mode or self.snapshot.settings.desired_date_mode

	@cached_property
	def shipment(self) -> Shipment:
		"""How the order may be shipped."""
		return self.rules.shipment or self.snapshot.settings.shipment

	@cached_property
	def minimum_split(self) -> float:
		"""The smallest part worth shipping ahead, in stock units."""
		asked = self.rules.minimum_split
		return self.snapshot.settings.minimum_split if asked is None else asked

	@cached_property
	def buffer_days(self) -> int:
		"""Working days added for safety."""
		asked = self.rules.lead_time_buffer_days
		return self.snapshot.settings.buffer_days if asked is None else asked

	@cached_property
	def building_rule(self) -> BuildingRule:
		"""Which of the alternatives' confirmations is taken, where no Sourcing Rule says."""
		return self.rules.building_rule or self.snapshot.settings.building_rule

	@cached_property
	def transfers(self) -> bool:
		"""Whether stock may be fetched from any warehouse that may ship the item."""
		asked = self.rules.transfers
		return self.snapshot.settings.transfers if asked is None else asked

	def substitution(self, customer: Customer | None) -> bool:
		"""Whether another item may be sent: the request, else the customer, else the settings."""
		accepted = customer.accepts_alternatives if customer else None
		asked = accepted if self.rules.substitution is None else self.rules.substitution
		return self.snapshot.settings.substitution if asked is None else asked

	@cached_property
	def horizon(self) -> date:
		"""The last day that material may become available on."""
		return self.today + DAY * self.snapshot.settings.horizon_days

	@cached_property
	def _weekend(self) -> frozenset[int]:
		settings = self.snapshot.settings
		asked = self.rules.no_weekends
		free = settings.no_weekends if asked is None else asked
		return frozenset(settings.weekend) if free else frozenset()

	@cached_property
	def _by_name(self) -> dict[str | None, WorkingDays]:
		return {}

	def calendar(self, name: str | None) -> WorkingDays:
		"""The working days of a Holiday List, or of the weekend that the request gives instead."""
		known = self._by_name.get(name)
		if known is None:
			known = self._by_name[name] = self._working_days(name)
		return known

	def _working_days(self, name: str | None) -> WorkingDays:
		if self.rules.weekend_days is not None:
			free = frozenset(WEEKDAYS.index(day) for day in self.rules.weekend_days)
			return working_days(free, frozenset(), "")
		listed = self.snapshot.calendars.get(name) if name else None
		return working_days(self._weekend, listed.holidays if listed else frozenset(), name or "")

	def work(self, warehouse: Warehouse) -> WorkingDays:
		"""The working days of a warehouse: its rule's calendar, else its company's."""
		company = self.snapshot.companies.get(warehouse.company)
		return self.calendar(warehouse.calendar or (company.calendar if company else None))

	def cutoff(self, warehouse: Warehouse) -> tuple[time | None, ZoneInfo]:
		"""The cutoff and its time zone: the warehouse's, else the request's, else the site's."""
		settings = self.snapshot.settings
		if warehouse.cutoff is not None:
			return warehouse.cutoff, ZoneInfo(warehouse.timezone or self.snapshot.timezone)
		zone = ZoneInfo(self.rules.timezone or warehouse.timezone or self.snapshot.timezone)
		return self.rules.cutoff_time or settings.cutoff, zone

	def missed_cutoff(self, warehouse: Warehouse) -> bool:
		"""Whether a working day has begun where the warehouse is, and `now` is past its cutoff."""
		cutoff, zone = self.cutoff(warehouse)
		there = self.now.astimezone(zone)
		return cutoff is not None and there.time() > cutoff and self.work(warehouse).is_working(there.date())

	@cached_property
	def _starts(self) -> dict[str, date]:
		return {}

	def start(self, warehouse: Warehouse) -> date:
		"""The first day on which an order that comes now is worked on."""
		known = self._starts.get(warehouse.name)
		if known is None:
			known = self._starts[warehouse.name] = self._start(warehouse)
		return known

	def _start(self, warehouse: Warehouse) -> date:
		day = self.now.astimezone(self.cutoff(warehouse)[1]).date()
		if self.missed_cutoff(warehouse):
			day += DAY
		return self.work(warehouse).on_or_after(max(day, self.today))

	def processing_days(self, item: Item, warehouse: Warehouse) -> int:
		"""Item or group rule, else warehouse rule, else request, else settings; processing classes on top."""
		candidates = (item.processing_days, warehouse.processing_days, self.rules.processing_lead_time_days)
		base = next((days for days in candidates if days is not None), self.snapshot.settings.processing_days)
		return base + warehouse.extra_days

	def inbound_days(self, item: Item, warehouse: Warehouse) -> int:
		"""Working days from a receipt to stock that can be picked: goods receipt and inspection."""
		settings = self.snapshot.settings
		days = settings.inbound_days if warehouse.inbound_days is None else warehouse.inbound_days
		return days + (settings.inspection_days if item.inspect_on_receipt else 0)

	@cached_property
	def _records(self) -> Records:
		return Records.of(self.snapshot.reliability)

	def record(self, supply: Supply) -> Reliability | None:
		"""What is known of deliveries like this one; of stock, of what counts found in its warehouse."""
		party = supply.warehouse if supply.kind is SupplyKind.ON_HAND else supply.party
		item = self.snapshot.items.get(supply.item_code)
		return self._records.find(supply.kind, party, item.item_group if item else None)

	def record_of(self, kind: SupplyKind) -> Reliability | None:
		"""What is known of all deliveries of a kind."""
		return self._records.find(kind, None, None)

	def lateness(self, supply: Supply) -> DaysLate:
		"""How late to expect a supply: by its record, else by the guess for its kind."""
		record = self.record(supply)
		return prior(supply.kind) if record is None else record.lateness

	def expected(self, supply: Supply, warehouse: Warehouse) -> date:
		"""The day a supply is expected. One that is overdue comes some working days from today; where there is a record,
		not before the day by which it has come with the probability of a MEDIUM confidence."""
		if supply.kind is SupplyKind.ON_HAND or supply.due is None:
			return self.today
		if supply.due >= self.today:
			return supply.due
		# Overdue means not here: at the least a day, whatever the setting says.
		days = max(1, self.snapshot.settings.overdue_supply_days)
		soonest = self.work(warehouse).after(self.today, days)
		record = self.record(supply)
		if record is None:
			return soonest
		waited = (self.today - supply.due).days
		late = record.lateness.quantile(self.snapshot.settings.medium_from, waited=waited)
		return soonest if late is None else max(soonest, supply.due + timedelta(days=late))

	def material_date(self, supply: Supply, item: Item, warehouse: Warehouse) -> date:
		"""The day from which a supply can be picked."""
		expected = self.expected(supply, warehouse)
		# A date in the last year there is means never: no receipt can be dated after it.
		if supply.kind not in RECEIVED or expected.year == MAXYEAR:
			return expected
		return self.work(warehouse).add(expected, self.inbound_days(item, warehouse))

	@cached_property
	def _lanes(self) -> dict[tuple[str, str | None], TransitLane | None]:
		return {}

	def lane(self, warehouse: str, customer: Customer | None) -> TransitLane | None:
		"""The lane from a warehouse to a customer, None if there is none."""
		key = (warehouse, customer.name if customer else None)
		if key not in self._lanes:
			self._lanes[key] = best_lane(self.snapshot.lanes, warehouse, customer)
		return self._lanes[key]

	def route(self, item: Item, warehouse: Warehouse, customer: Customer | None) -> Route:
		"""The way of an item from a warehouse to a customer."""
		lane, work = self.lane(warehouse.name, customer), self.work(warehouse)
		return Route(
			start=self.start(warehouse),
			work=work,
			processing_days=self.processing_days(item, warehouse),
			carrier=self.calendar(lane.calendar) if lane and lane.calendar else work,
			transit_days=lane.days if lane else 0,
			buffer_days=self.buffer_days,
		)


def best_lane(lanes: Iterable[TransitLane], warehouse: str, customer: Customer | None) -> TransitLane | None:
	"""The most specific lane that fits: customer, then nearest territory, then country; then by warehouse."""
	ranked = [(rank, lane) for lane in lanes if (rank := _lane_rank(lane, warehouse, customer)) is not None]
	return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _lane_rank(
	lane: TransitLane, warehouse: str, customer: Customer | None
) -> tuple[int, int, int, int] | None:
	"""Lower is more specific; None where the lane does not fit."""
	if lane.warehouse not in (None, warehouse) or lane.to_warehouse is not None:
		return None
	any_warehouse = int(lane.warehouse is None)
	if lane.customer is None and lane.territory is None and lane.country is None:
		return (3, 0, any_warehouse, lane.days)
	if customer is None:
		return None
	if lane.customer is not None:
		return (0, 0, any_warehouse, lane.days) if lane.customer == customer.name else None
	if lane.territory is not None:
		if lane.territory not in customer.territories:
			return None
		return (1, customer.territories.index(lane.territory), any_warehouse, lane.days)
	return (2, 0, any_warehouse, lane.days) if lane.country == customer.country else None
