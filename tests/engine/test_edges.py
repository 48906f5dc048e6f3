"""Orders and snapshots that nobody would enter on purpose, and what they get."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, time, timezone
from typing import Any

import pytest

from otp_app.engine.calendars import NoWorkingDay
from otp_app.engine.facts import Component, Snapshot
from otp_app.engine.policy import Settings
from otp_app.engine.promise import Status
from otp_app.engine.request import MAX_LINES
from tests.engine.asking import BARE, ask, codes
from tests.values import (
	STORES,
	TODAY,
	CalendarFactory,
	CommitmentFactory,
	CompanyFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)


def stock(qty: float, **more: Any) -> Any:
	return SupplyFactory(**{"item_code": "BIKE", "qty": float(qty), **more})


def receipt(qty: float, due: int, **more: Any) -> Any:
	return PurchaseOrderSupplyFactory(**{"item_code": "BIKE", "qty": float(qty), "due": day(due), **more})


def owed(qty: float, due: date | None) -> Any:
	return CommitmentFactory(item_code="BIKE", qty=float(qty), due=due)


def world(*supplies: Any, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	facts.setdefault("items", [ItemFactory(item_code="BIKE")])
	return SnapshotFactory(supplies=supplies, settings=settings, **facts)


class TestTime:
	# 23:59 on Monday in Berlin: Tuesday in Tokyo, Monday evening in New York.
	LATE = datetime(2026, 3, 9, 22, 59, tzinfo=timezone.utc)

	def test_a_minute_before_midnight_each_warehouse_has_its_own_day(self):
		zones = {"Tokyo": "Asia/Tokyo", "New York": "America/New_York", "Berlin": "Europe/Berlin"}
		warehouses = [
			WarehouseFactory(name=name, cutoff=time(19, 0), timezone=zone) for name, zone in zones.items()
		]
		snapshot = world(*[stock(5, warehouse=name) for name in zones], warehouses=warehouses)
		lines = [{"item_code": "BIKE", "qty": 1, "warehouse": name} for name in zones]
		promise = ask(snapshot, *lines, now=self.LATE, rules={"shipment": "per_line"})
		# Tokyo: 07:59 on Tuesday. New York: 18:59 on Monday, before its cutoff. Berlin: after it.
		assert [line.promise_date for line in promise.plan] == [day(1), TODAY, day(1)]

	def test_two_minutes_later_it_is_another_day_for_the_site(self):
		before, after = (
			ask(world(stock(5)), ("BIKE", 1), now=now)
			for now in (self.LATE, self.LATE.replace(hour=23, minute=1))
		)
		assert (before.promise_date, after.promise_date) == (TODAY, day(1))

	def test_an_overdue_receipt_is_judged_by_the_sites_day_and_not_by_the_callers(self):
		now = datetime(2026, 3, 9, 23, 30, tzinfo=timezone.utc)  # Tuesday 00:30 in Berlin
		promise = ask(world(receipt(5, 0)), ("BIKE", 1), now=now)
		assert promise.promise_date == day(2)
		assert "OVERDUE_SUPPLY" in codes(promise.reasons)


class TestCalendars:
	def test_settings_that_leave_no_day_to_work_are_told(self):
		snapshot = world(stock(5), settings={"no_weekends": True, "weekend": tuple(range(7))})
		with pytest.raises(NoWorkingDay, match="leaves no working day near 2026-03-09"):
			ask(snapshot, ("BIKE", 1))
		assert ask(snapshot, ("BIKE", 1), rules={"weekend_days": ["Sunday"]}).promise_date == TODAY

	def test_one_working_day_a_week_is_enough(self):
		rules = {"weekend_days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]}
		snapshot = world(stock(5), settings={"processing_days": 2}, lanes=[TransitLaneFactory(days=1)])
		assert ask(snapshot, ("BIKE", 1), rules=rules).promise_date == day(6 + 3 * 7)

	def test_warehouses_that_never_work_on_the_same_day_still_have_a_common_date_after_their_holidays(self):
		even = CalendarFactory(name="Even", holidays=frozenset(day(n) for n in range(0, 100, 2)))
		odd = CalendarFactory(name="Odd", holidays=frozenset(day(n) for n in range(1, 100, 2)))
		warehouses = [WarehouseFactory(name="E", calendar="Even"), WarehouseFactory(name="O", calendar="Odd")]
		snapshot = world(
			stock(5, warehouse="E"), stock(5, warehouse="O"), calendars=[even, odd], warehouses=warehouses
		)
		lines = [{"item_code": "BIKE", "qty": 1, "warehouse": name} for name in ("E", "O")]
		assert ask(snapshot, *lines).promise_date == day(100)

	def test_a_year_of_processing_buffer_and_transit_adds_up(self):
		snapshot = world(stock(5), lanes=[TransitLaneFactory(days=365)])
		rules = {"lead_time_buffer_days": 365, "processing_lead_time_days": 365}
		assert ask(snapshot, ("BIKE", 1), rules=rules).promise_date == day(3 * 365)

	@pytest.mark.parametrize("mode", ["LATEST_ACCEPTABLE", "NO_EARLY_DELIVERY", "STRICT_FAIL"])
	@pytest.mark.parametrize("desired", ["0001-01-01", "9999-12-31"])
	def test_a_desired_date_at_either_end_of_time_is_a_date(self, desired: str, mode: str):
		promise = ask(world(stock(5)), ("BIKE", 1), desired_date=desired, rules={"desired_date_mode": mode})
		kept = desired == "9999-12-31" and mode == "NO_EARLY_DELIVERY"
		failed = desired == "0001-01-01" and mode == "STRICT_FAIL"
		assert promise.promise_date == (date.max if kept else None if failed else TODAY)

	def test_a_desired_date_after_which_nobody_ever_works_is_told(self):
		rules = {
			"desired_date_mode": "NO_EARLY_DELIVERY",
			"weekend_days": ["Friday"],
		}  # 9999-12-31 is a Friday
		with pytest.raises(NoWorkingDay, match="near 9999-12-31"):
			ask(world(stock(5)), ("BIKE", 1), desired_date="9999-12-31", rules=rules)

	def test_a_company_that_works_only_on_holidays_of_others_is_fine(self):
		own = CalendarFactory(name="Own", holidays=frozenset({TODAY}))
		snapshot = world(stock(5), calendars=[own], companies=[CompanyFactory(calendar="Own")])
		assert ask(snapshot, ("BIKE", 1)).promise_date == day(1)


class TestNumbers:
	def test_ten_thousand_tenths_are_a_thousand(self):
		receipts = [receipt(0.1, 1 + number % 300, document=f"PO-{number}") for number in range(10_000)]
		promise = ask(world(*receipts), ("BIKE", 1000), with_options=False)
		assert (promise.promise_date, promise.plan[0].shortage) == (day(300), 0)
		assert math.isclose(sum(peg.qty for peg in promise.plan[0].fulfillment), 1000, abs_tol=1e-6)

	def test_receipts_that_the_site_cannot_count_are_passed_over(self):
		promise = ask(world(stock(1), receipt(0.0004, 1)), ("BIKE", 1.001))
		assert (promise.status, promise.plan[0].shortage) == (Status.CANNOT_FULFILL, 0.001)

	def test_commitments_that_add_up_to_noise_leave_the_stock_free(self):
		thirds = [owed(0.1, day(1)), owed(0.2, day(1)), owed(-0.3, day(1))]
		assert ask(world(stock(1), commitments=thirds), ("BIKE", 1)).promise_date == TODAY

	def test_fractions_of_a_whole_number_item_are_left_over(self):
		whole = ItemFactory(item_code="BIKE", whole=True)
		snapshot = world(stock(1.5), receipt(1.5, 2), items=[whole])
		# Three in all, but no receipt may be split over a unit: two are promised.
		assert ask(snapshot, ("BIKE", 2)).promise_date == day(2)
		assert ask(snapshot, ("BIKE", 3)).plan[0].shortage == 1

	def test_what_is_left_of_a_receipt_is_whole_for_the_next_line_too(self):
		snapshot = world(stock(2.5), receipt(1, 3), items=[ItemFactory(item_code="BIKE", whole=True)])
		promise = ask(snapshot, ("BIKE", 2), ("BIKE", 1))
		assert [line.promise_date_raw for line in promise.plan] == [TODAY, day(3)]

	def test_a_whole_number_component_of_a_bundle_may_be_needed_in_fractions(self):
		bundle = ItemFactory(item_code="SET", is_stock_item=False, components=(Component("BIKE", 0.5),))
		snapshot = world(stock(1), items=[bundle, ItemFactory(item_code="BIKE", whole=True)])
		assert ask(snapshot, ("SET", 2)).promise_date == TODAY
		assert ask(snapshot, ("SET", 3)).status is Status.CANNOT_FULFILL

	def test_negative_stock_and_a_receipt_on_one_day_are_netted(self):
		promise = ask(world(stock(-4), receipt(10, 0)), ("BIKE", 6))
		assert [(peg.qty, peg.source.value) for peg in promise.plan[0].fulfillment] == [(6, "purchase_order")]
		assert ask(world(stock(-4), receipt(10, 0)), ("BIKE", 7)).plan[0].shortage == 1

	def test_two_rows_of_one_purchase_order_are_two_supplies(self):
		rows = [receipt(3, 2, document="PO-1"), receipt(3, 2, document="PO-1")]
		promise = ask(world(*rows), ("BIKE", 6))
		assert promise.promise_date == day(2)
		assert sum(peg.qty for peg in promise.plan[0].fulfillment) == 6

	def test_a_debt_larger_than_all_that_will_ever_come_leaves_nothing(self):
		for due in (TODAY, day(300), date.max):
			snapshot = world(stock(10), receipt(10, 5), commitments=[owed(1e9, due)])
			assert ask(snapshot, ("BIKE", 1)).status is Status.CANNOT_FULFILL


class TestSize:
	def test_a_thousand_lines_over_ten_thousand_receipts_are_each_answered(self):
		items = [f"I{number:04d}" for number in range(MAX_LINES)]
		supplies = [receipt(1, 1 + number, item_code=code) for code in items for number in range(10)]
		promise = ask(world(*supplies), *[(code, 7) for code in items])
		assert len(promise.plan) == MAX_LINES
		assert {line.promise_date_raw for line in promise.plan} == {day(7)}

	def test_many_lines_of_one_item_share_its_receipts_in_their_order(self):
		receipts = [receipt(1, 1 + number % 300, document=f"PO-{number:04d}") for number in range(3000)]
		promise = ask(world(*receipts), *[("BIKE", 10)] * 300, with_options=False)
		assert [line.promise_date_raw for line in promise.plan] == [day(1 + number) for number in range(300)]

	def test_an_item_in_a_hundred_warehouses_is_put_together_from_them(self):
		supplies = [stock(1, warehouse=f"W{number:03d}") for number in range(100)]
		assert ask(world(*supplies), ("BIKE", 100)).promise_date == TODAY
		assert ask(world(*supplies), ("BIKE", 101)).plan[0].shortage == 1


class TestNames:
	def test_names_with_braces_and_other_letters_are_told_as_they_are(self):
		code = "Fahrrad {rot} 🚲 %s"
		promise = ask(
			world(SupplyFactory(item_code=code)), {"item_code": code, "qty": 1, "warehouse": STORES}
		)
		assert promise.reasons[0].text() == "1 Nos of Fahrrad {rot} 🚲 %s come from stock in Stores - RS."

	def test_an_item_and_its_own_alternative_are_no_endless_search(self):
		items = [ItemFactory(item_code="BIKE", alternatives=("BIKE", "GONE"))]
		assert ask(world(receipt(5, 9), items=items), ("BIKE", 1)).promise_date == day(9)

	def test_defaults_of_the_settings_are_those_of_a_new_site(self):
		promise = ask(SnapshotFactory(settings=Settings(), supplies=[stock(5)]), ("BIKE", 1))
		assert promise.promise_date == day(1)
