"""The chain of dates: cutoff and time zones, calendars, processing, transit, receipt, and backwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otp_app.engine.facts import Snapshot, SupplyKind
from otp_app.engine.policy import DesiredDateMode, Settings, Shipment
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms, best_lane
from tests.engine.asking import BARE, ask, sentences
from tests.values import (
	COMPANY,
	NOW,
	STORES,
	TODAY,
	ZONE,
	CalendarFactory,
	CompanyFactory,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

ITEM = ItemFactory(item_code="ITEM-001")
FRIDAY = day(4)
EASTER = CalendarFactory()  # 3 and 6 April 2026


def at(zone: str, *moment: int) -> datetime:
	return datetime(*moment, tzinfo=ZoneInfo(zone))


def terms(now: datetime = NOW, *, rules: dict[str, Any] | None = None, **facts: Any) -> Terms:
	return Terms(SnapshotFactory(**facts), Rules.model_validate(rules or {}), now)


def start(now: datetime, *, site: str = ZONE, rules: dict[str, Any] | None = None, **rule: Any) -> date:
	"""The first day of work on an order, for a warehouse with a rule."""
	warehouse = WarehouseFactory(**rule)
	return terms(now, rules=rules, warehouses=[warehouse], timezone=site).start(warehouse)


def stocked(**facts: Any) -> Snapshot:
	facts = {"supplies": [SupplyFactory(qty=100.0)], "settings": BARE} | facts
	return SnapshotFactory(**facts)


def delivered(snapshot: Snapshot, **fields: Any) -> date | None:
	return ask(snapshot, ("ITEM-001", 1), **fields).promise_date


class TestCutoff:
	def test_an_order_at_the_cutoff_is_still_in_time(self):
		assert start(at(ZONE, 2026, 3, 9, 14, 0)) == TODAY

	def test_an_order_a_second_after_the_cutoff_starts_the_next_working_day(self):
		assert start(at(ZONE, 2026, 3, 9, 14, 0, 1)) == day(1)

	def test_an_order_after_fridays_cutoff_starts_on_monday(self):
		assert start(at(ZONE, 2026, 3, 13, 15, 0)) == day(7)

	def test_an_order_on_a_free_day_starts_the_next_working_day_whatever_the_hour(self):
		for hour in (9, 20):
			assert start(at(ZONE, 2026, 3, 14, hour, 0)) == day(7)

	def test_without_a_cutoff_every_hour_is_in_time(self):
		warehouse = WarehouseFactory()
		late = at(ZONE, 2026, 3, 9, 23, 59)
		assert terms(late, settings=Settings(cutoff=None)).start(warehouse) == TODAY

	def test_the_warehouses_cutoff_wins_over_the_requests_and_that_over_the_settings(self):
		noon = at(ZONE, 2026, 3, 9, 12, 0)
		assert start(noon) == TODAY
		assert start(noon, rules={"cutoff_time": "11:00"}) == day(1)
		assert start(noon, rules={"cutoff_time": "11:00"}, cutoff=time(13, 0)) == TODAY
		assert start(noon, rules={"cutoff_time": "18:00"}, cutoff=time(11, 0)) == day(1)

	def test_a_cutoff_at_midnight_is_a_cutoff(self):
		assert start(NOW, rules={"cutoff_time": "00:00"}) == day(1)

	def test_the_cutoff_is_read_in_the_requests_time_zone(self):
		# 10:00 in Berlin is 18:00 in Tokyo.
		assert start(NOW, rules={"timezone": "Asia/Tokyo"}) == day(1)
		assert start(NOW, rules={"timezone": "America/New_York"}) == TODAY

	def test_a_warehouses_own_cutoff_is_read_in_its_own_time_zone_else_the_sites(self):
		rules = {"timezone": "Asia/Tokyo"}
		assert start(NOW, rules=rules, cutoff=time(14, 0)) == TODAY
		assert start(NOW, rules=rules, cutoff=time(14, 0), timezone="Asia/Dubai") == TODAY
		assert start(NOW, cutoff=time(14, 0), timezone="Asia/Tokyo") == day(1)

	def test_where_it_is_already_tomorrow_work_starts_tomorrow(self):
		# 16:00 on Monday in Berlin is 04:00 on Tuesday in Auckland.
		assert start(at(ZONE, 2026, 3, 9, 16, 0), timezone="Pacific/Auckland") == day(1)

	def test_where_it_is_still_yesterday_a_missed_cutoff_costs_no_second_day(self):
		# 09:00 on Tuesday in Auckland is 16:00 on Monday in New York: work there starts on Tuesday.
		now = at("Pacific/Auckland", 2026, 3, 10, 9, 0)
		assert start(now, site="Pacific/Auckland", cutoff=time(14, 0), timezone="America/New_York") == day(1)

	def test_where_it_is_still_friday_a_missed_cutoff_is_told_with_the_day_that_work_starts(self):
		# 11:00 on Saturday in Auckland is 17:00 on Friday in New York.
		now = at("Pacific/Auckland", 2026, 3, 14, 11, 0)
		warehouse = WarehouseFactory(cutoff=time(14, 0), timezone="America/New_York")
		snapshot = stocked(warehouses=[warehouse], timezone="Pacific/Auckland", settings=Settings())
		promise = ask(snapshot, {"item_code": "ITEM-001", "qty": 1, "warehouse": STORES}, now=now)
		assert sentences(promise.reasons, "AFTER_CUTOFF") == [
			"The order came after the cutoff (14:00 America/New_York); work on it starts on 2026-03-16."
		]

	def test_one_moment_in_any_notation_gives_one_answer(self):
		here, there = at(ZONE, 2026, 3, 9, 23, 59), datetime(2026, 3, 9, 22, 59, tzinfo=timezone.utc)
		assert terms(here).today == terms(there).today == TODAY
		assert start(here) == start(there) == day(1)

	@pytest.mark.parametrize(
		("site", "today"),
		[
			("Pacific/Kiritimati", date(2026, 3, 10)),
			(ZONE, date(2026, 3, 9)),
			("Pacific/Pago_Pago", date(2026, 3, 9)),
		],
	)
	def test_dates_are_those_of_the_site(self, site: str, today: date):
		assert terms(datetime(2026, 3, 9, 22, 59, tzinfo=timezone.utc), timezone=site).today == today

	@pytest.mark.parametrize(
		("moment", "first"),
		[
			# Clocks go forward on 29 March and back on 25 October 2026, both Sundays.
			(datetime(2026, 3, 30, 12, 0, tzinfo=timezone.utc), date(2026, 3, 30)),
			(datetime(2026, 3, 30, 12, 0, 1, tzinfo=timezone.utc), date(2026, 3, 31)),
			(datetime(2026, 10, 26, 13, 0, tzinfo=timezone.utc), date(2026, 10, 26)),
			(datetime(2026, 10, 26, 13, 0, 1, tzinfo=timezone.utc), date(2026, 10, 27)),
		],
	)
	def test_the_cutoff_follows_summer_time(self, moment: datetime, first: date):
		assert start(moment) == first

	def test_an_hour_that_exists_twice_is_before_a_cutoff_in_it_only_once(self):
		# 02:30 on 25 October 2026 in Berlin: first 00:30 UTC, then 01:30 UTC; both read 02:30.
		for hour in (0, 1):
			moment = datetime(2026, 10, 25, hour, 30, tzinfo=timezone.utc)
			assert start(moment, rules={"weekend_days": [], "cutoff_time": "02:30"}) == date(2026, 10, 25)
		moment = datetime(2026, 10, 25, 1, 30, 1, tzinfo=timezone.utc)
		assert start(moment, rules={"weekend_days": [], "cutoff_time": "02:30"}) == date(2026, 10, 26)


class TestWorkingDays:
	def test_no_weekends_means_the_weekend_of_the_settings(self):
		friday_and_saturday = Settings(weekend=(4, 5))
		assert terms(settings=friday_and_saturday).work(WarehouseFactory()).on_or_after(FRIDAY) == day(6)
		assert terms().work(WarehouseFactory()).on_or_after(FRIDAY) == FRIDAY

	def test_the_request_may_work_on_weekends_or_not(self):
		saturday = day(5)
		assert terms(rules={"no_weekends": False}).work(WarehouseFactory()).is_working(saturday)
		at_work = Settings(no_weekends=False)
		assert terms(settings=at_work).work(WarehouseFactory()).is_working(saturday)
		assert (
			not terms(settings=at_work, rules={"no_weekends": True})
			.work(WarehouseFactory())
			.is_working(saturday)
		)

	def test_the_warehouses_holiday_list_wins_over_the_companys(self):
		company = CompanyFactory(calendar=EASTER.name)
		own = CalendarFactory(name="Own", holidays=frozenset({TODAY}))
		facts = {"companies": [company], "calendars": [EASTER, own], "warehouses": [WarehouseFactory()]}
		good_friday = date(2026, 4, 3)
		assert not terms(**facts).work(WarehouseFactory()).is_working(good_friday)
		assert terms(**facts).work(WarehouseFactory(calendar="Own")).is_working(good_friday)
		assert not terms(**facts).work(WarehouseFactory(calendar="Own")).is_working(TODAY)

	def test_a_weekend_set_of_the_request_replaces_the_holiday_lists(self):
		facts = {"companies": [CompanyFactory(calendar=EASTER.name)], "calendars": [EASTER]}
		work = terms(rules={"weekend_days": ["Friday"]}, **facts).work(WarehouseFactory())
		assert work.is_working(date(2026, 4, 6))
		assert work.is_working(day(5))
		assert not work.is_working(FRIDAY)

	def test_an_empty_weekend_set_works_every_day(self):
		work = terms(rules={"weekend_days": []}).work(WarehouseFactory())
		assert all(work.is_working(day(number)) for number in range(7))

	def test_a_holiday_list_that_the_snapshot_lacks_has_no_holidays(self):
		assert terms().work(WarehouseFactory(calendar="Gone")).is_working(TODAY)

	def test_each_step_lands_on_a_working_day_of_its_own_calendar(self):
		# Ready on Good Friday's eve; the carrier of this lane drives on Saturdays but not on Fridays.
		carrier = CalendarFactory(name="Carrier", holidays=frozenset({date(2026, 4, 3), date(2026, 4, 4)}))
		snapshot = stocked(
			settings=replace(BARE, processing_days=1, no_weekends=True),
			calendars=[EASTER, carrier],
			companies=[CompanyFactory(calendar=EASTER.name)],
			lanes=[TransitLaneFactory(days=1, calendar="Carrier")],
		)
		line = ask(snapshot, ("ITEM-001", 1), now=at(ZONE, 2026, 4, 1, 9, 0)).plan[0]
		assert line.fulfillment[0].available_date == date(2026, 4, 1)
		assert line.fulfillment[0].ship_ready_date == date(2026, 4, 2)
		assert line.promise_date == date(2026, 4, 6)

	def test_a_carrier_without_its_own_calendar_drives_when_the_warehouse_works(self):
		snapshot = stocked(
			calendars=[EASTER],
			companies=[CompanyFactory(calendar=EASTER.name)],
			settings=replace(BARE, no_weekends=True),
			lanes=[TransitLaneFactory(days=1)],
		)
		assert delivered(snapshot, now=at(ZONE, 2026, 4, 2, 9, 0)) == date(2026, 4, 7)


class TestDaysOfWork:
	def test_processing_days_come_from_the_item_then_the_warehouse_then_the_request_then_the_settings(self):
		rules = {"processing_lead_time_days": 3}
		asked, unasked = (
			terms(rules=rules, settings=Settings(processing_days=4)),
			terms(settings=Settings(processing_days=4)),
		)
		slow, plain = ItemFactory(processing_days=1), ItemFactory()
		ruled, silent = WarehouseFactory(processing_days=2), WarehouseFactory()
		assert asked.processing_days(slow, ruled) == 1
		assert asked.processing_days(plain, ruled) == 2
		assert asked.processing_days(plain, silent) == 3
		assert unasked.processing_days(plain, silent) == 4

	def test_a_rule_of_no_days_is_a_rule(self):
		assert (
			terms().processing_days(ItemFactory(processing_days=0), WarehouseFactory(processing_days=9)) == 0
		)
		assert terms(rules={"processing_lead_time_days": 0}).processing_days(ITEM, WarehouseFactory()) == 0

	def test_a_warehouse_that_needs_processing_adds_its_days_to_any_rule(self):
		returns = WarehouseFactory(extra_days=2)
		assert terms().processing_days(ItemFactory(processing_days=5), returns) == 7
		assert terms(settings=Settings(processing_days=1)).processing_days(ITEM, returns) == 3

	@pytest.mark.parametrize(
		("kind", "waits"),
		[
			(SupplyKind.PURCHASE_ORDER, True),
			(SupplyKind.SUBCONTRACTING_ORDER, True),
			(SupplyKind.MATERIAL_REQUEST, True),
			(SupplyKind.WORK_ORDER, False),
			(SupplyKind.TRANSFER, False),
			(SupplyKind.ON_HAND, False),
		],
	)
	def test_goods_receipt_and_inspection_delay_what_comes_from_outside(self, kind: SupplyKind, waits: bool):
		inspected = ItemFactory(item_code="ITEM-001", inspect_on_receipt=True)
		settings = replace(BARE, inbound_days=1, inspection_days=2, use_material_requests=True)
		supply = SupplyFactory(kind=kind, due=None if kind is SupplyKind.ON_HAND else day(3), document="X")
		material = terms(settings=settings).material_date(supply, inspected, WarehouseFactory())
		expected = TODAY if kind is SupplyKind.ON_HAND else day(3)
		assert material == (day(6) if waits else expected)

	def test_a_warehouses_receipt_days_replace_the_settings_and_only_inspected_items_wait_for_inspection(
		self,
	):
		ours = terms(settings=Settings(inbound_days=5, inspection_days=2))
		inspected = ItemFactory(inspect_on_receipt=True)
		assert ours.inbound_days(ITEM, WarehouseFactory()) == 5
		assert ours.inbound_days(ITEM, WarehouseFactory(inbound_days=0)) == 0
		assert ours.inbound_days(inspected, WarehouseFactory(inbound_days=1)) == 3

	def test_a_buffer_comes_on_top_of_transit(self):
		snapshot = stocked(lanes=[TransitLaneFactory(days=2)], settings=replace(BARE, buffer_days=1))
		assert delivered(snapshot) == day(3)
		assert delivered(snapshot, rules={"lead_time_buffer_days": 4}) == day(6)
		assert delivered(snapshot, rules={"lead_time_buffer_days": 0}) == day(2)

	def test_a_receipt_on_a_free_day_is_worked_on_the_next_working_day(self):
		saturday = PurchaseOrderSupplyFactory(due=day(5))
		snapshot = SnapshotFactory(
			supplies=[saturday], settings=replace(BARE, no_weekends=True, processing_days=1)
		)
		peg = ask(snapshot, ("ITEM-001", 1)).plan[0].fulfillment[0]
		assert (peg.expected_date, peg.available_date, peg.ship_ready_date) == (day(5), day(7), day(8))


CUSTOMER = CustomerFactory(name="Velo Nord", territories=("Hamburg", "Germany", "All"), country="Germany")
ANY = TransitLaneFactory(days=9)
BY_COUNTRY = TransitLaneFactory(days=8, country="Germany")
BY_REGION = TransitLaneFactory(days=7, territory="Germany")
BY_CITY = TransitLaneFactory(days=6, territory="Hamburg")
BY_CUSTOMER = TransitLaneFactory(days=5, customer="Velo Nord")
FROM_STORES = TransitLaneFactory(days=4, warehouse=STORES)
FROM_STORES_TO_CUSTOMER = TransitLaneFactory(days=10, warehouse=STORES, customer="Velo Nord")


class TestTransitLanes:
	@pytest.mark.parametrize(
		("best", "others"),
		[
			(FROM_STORES_TO_CUSTOMER, [BY_CUSTOMER, BY_CITY, FROM_STORES]),
			(BY_CUSTOMER, [BY_CITY, BY_REGION, BY_COUNTRY, ANY, FROM_STORES]),
			(BY_CITY, [BY_REGION, BY_COUNTRY, ANY, FROM_STORES]),
			(BY_REGION, [BY_COUNTRY, ANY, FROM_STORES]),
			(BY_COUNTRY, [ANY, FROM_STORES]),
			(FROM_STORES, [ANY]),
			(ANY, []),
		],
	)
	def test_the_most_specific_lane_is_taken_in_whatever_order_they_come(self, best: Any, others: list[Any]):
		assert best_lane([*others, best], STORES, CUSTOMER) is best
		assert best_lane([best, *others], STORES, CUSTOMER) is best

	def test_of_two_lanes_alike_the_faster_is_taken(self):
		slow, fast = TransitLaneFactory(days=3), TransitLaneFactory(days=2)
		assert best_lane([slow, fast], STORES, CUSTOMER) is fast

	def test_lanes_of_others_do_not_fit(self):
		lanes = [
			TransitLaneFactory(warehouse="Elsewhere"),
			TransitLaneFactory(customer="Somebody"),
			TransitLaneFactory(territory="France"),
			TransitLaneFactory(country="France"),
		]
		assert best_lane(lanes, STORES, CUSTOMER) is None

	def test_without_a_customer_only_general_lanes_fit(self):
		assert best_lane([BY_CUSTOMER, BY_CITY, BY_COUNTRY, ANY], STORES, None) is ANY

	def test_without_a_lane_transit_takes_no_time(self):
		assert delivered(stocked()) == TODAY

	def test_the_customers_lane_dates_the_promise(self):
		snapshot = stocked(customers=[CUSTOMER], lanes=[ANY, BY_CITY])
		assert delivered(snapshot, customer="Velo Nord") == day(6)
		assert delivered(snapshot) == day(9)


class TestBackwards:
	def test_the_ship_date_of_a_delivery_kept_back_is_counted_backwards(self):
		snapshot = stocked(lanes=[TransitLaneFactory(days=2)], settings=replace(BARE, no_weekends=True))
		promise = ask(
			snapshot,
			("ITEM-001", 1),
			desired_date="2026-03-17",
			rules={"desired_date_mode": "NO_EARLY_DELIVERY", "lead_time_buffer_days": 1},
		)
		# Three working days before Tuesday the 17th.
		assert (promise.promise_date, promise.plan[0].ship_date) == (day(8), day(3))

	def test_it_ships_on_a_day_that_the_warehouse_works(self):
		carrier = CalendarFactory(name="Carrier", holidays=frozenset())
		shop = CalendarFactory(name="Shop", holidays=frozenset({day(9), day(10)}))
		snapshot = stocked(
			calendars=[carrier, shop],
			companies=[CompanyFactory(calendar="Shop")],
			lanes=[TransitLaneFactory(days=1, calendar="Carrier")],
		)
		promise = ask(
			snapshot,
			("ITEM-001", 1),
			desired_date=day(11).isoformat(),
			rules={"desired_date_mode": "NO_EARLY_DELIVERY"},
		)
		assert (promise.promise_date, promise.plan[0].ship_date) == (day(11), day(8))

	def test_a_line_that_waits_for_another_ships_in_time_for_the_common_date(self):
		snapshot = SnapshotFactory(
			settings=BARE,
			lanes=[TransitLaneFactory(days=2)],
			supplies=[SupplyFactory(), PurchaseOrderSupplyFactory(item_code="LATE", due=day(10))],
		)
		stock, late = ask(snapshot, ("ITEM-001", 1), ("LATE", 1)).plan
		assert (stock.promise_date, stock.ship_date) == (day(12), day(10))
		assert stock.fulfillment[0].ship_ready_date == TODAY
		assert (late.promise_date, late.ship_date) == (day(12), day(10))


class TestTerms:
	def test_the_requests_choices_win_over_the_settings(self):
		settings = Settings(
			desired_date_mode=DesiredDateMode.STRICT_FAIL,
			shipment=Shipment.PER_LINE,
			minimum_split=5,
			buffer_days=2,
		)
		ours = terms(settings=settings)
		assert (ours.desired_date_mode, ours.shipment) == (DesiredDateMode.STRICT_FAIL, Shipment.PER_LINE)
		assert (ours.minimum_split, ours.buffer_days) == (5, 2)
		asked = terms(
			settings=settings,
			rules={
				"desired_date_mode": "LATEST_ACCEPTABLE",
				"shipment": "partial",
				"minimum_split": 0,
				"lead_time_buffer_days": 0,
			},
		)
		assert (asked.desired_date_mode, asked.shipment) == (
			DesiredDateMode.LATEST_ACCEPTABLE,
			Shipment.PARTIAL,
		)
		assert (asked.minimum_split, asked.buffer_days) == (0, 0)

	def test_a_warehouse_of_a_company_that_the_snapshot_lacks_has_no_holidays(self):
		assert terms(companies=[]).work(WarehouseFactory(company=COMPANY)).is_working(date(2026, 4, 3))
