"""Complete, per line and partial shipment; what a desired date means; ship dates and lateness."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from otp_app.engine.assemble import schedule_lines
from otp_app.engine.facts import Component, Snapshot
from otp_app.engine.promise import Promise, Status
from tests.engine.asking import BARE, ask, sentences
from tests.values import (
	TODAY,
	CalendarFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

COMPLETE, PER_LINE, PARTIAL = "complete", "per_line", "partial"
NO_EARLY, STRICT, LATEST = "NO_EARLY_DELIVERY", "STRICT_FAIL", "LATEST_ACCEPTABLE"


def world(**facts: Any) -> Snapshot:
	"""Two bikes today, three on day 2 and five on day 6; locks on day 4."""
	supplies = [
		SupplyFactory(item_code="BIKE", qty=2.0),
		PurchaseOrderSupplyFactory(item_code="BIKE", qty=3.0, due=day(2)),
		PurchaseOrderSupplyFactory(item_code="BIKE", qty=5.0, due=day(6)),
		PurchaseOrderSupplyFactory(item_code="LOCK", qty=50.0, due=day(4)),
	]
	settings = replace(BARE, **facts.pop("settings", {}))
	return SnapshotFactory(**{"supplies": supplies, "settings": settings} | facts)


def shipped(shipment: str, *lines: Any, snapshot: Snapshot | None = None, **rules: Any) -> Promise:
	fields = {name: rules.pop(name) for name in ("desired_date",) if name in rules}
	return ask(snapshot or world(), *lines, rules={"shipment": shipment, **rules}, **fields)


def deliveries(promise: Promise, line: int = 0) -> list[tuple[float, date]]:
	return [(peg.qty, peg.delivery_date) for peg in promise.plan[line].fulfillment]


class TestComplete:
	def test_all_lines_come_together_on_the_last_ones_date(self):
		promise = shipped(COMPLETE, ("BIKE", 2), ("LOCK", 1))
		assert [line.promise_date for line in promise.plan] == [day(4), day(4)]
		assert [line.promise_date_raw for line in promise.plan] == [TODAY, day(4)]
		assert (promise.promise_date, promise.promise_date_raw) == (day(4), day(4))

	def test_the_line_that_the_others_wait_for_is_named(self):
		promise = shipped(COMPLETE, ("BIKE", 2), ("LOCK", 1), ("BIKE", 6))
		(together,) = [message for message in promise.reasons if message.code == "TOGETHER"]
		assert together.text() == "All lines are delivered together; BIKE comes last, on 2026-03-15."
		slowest_in_the_middle = shipped(COMPLETE, ("BIKE", 2), ("LOCK", 1), ("BIKE", 1))
		assert sentences(slowest_in_the_middle.reasons, "TOGETHER") == [
			"All lines are delivered together; LOCK comes last, on 2026-03-13."
		]

	@pytest.mark.parametrize(
		("shipment", "lines"),
		[
			(COMPLETE, [("LOCK", 1)]),
			(COMPLETE, [("LOCK", 1), ("LOCK", 2)]),
			(COMPLETE, [("BIKE", 2), ("LOCK", 51)]),
			(PER_LINE, [("BIKE", 2), ("LOCK", 1)]),
			(PARTIAL, [("BIKE", 2), ("LOCK", 1)]),
		],
		ids=["one line", "the same day", "no date", PER_LINE, PARTIAL],
	)
	def test_no_line_is_named_where_none_waits(self, shipment: str, lines: Any):
		assert sentences(shipped(shipment, *lines).reasons, "TOGETHER") == []

	def test_all_parts_of_a_line_come_together(self):
		assert deliveries(shipped(COMPLETE, ("BIKE", 8))) == [(2, day(6)), (3, day(6)), (3, day(6))]

	def test_the_common_date_is_one_on_which_every_carrier_delivers(self):
		# The first carrier rests on the day on which the second first delivers.
		rests = CalendarFactory(name="Rests", holidays=frozenset({day(4), day(5)}))
		snapshot = world(
			calendars=[rests],
			warehouses=[WarehouseFactory(name="Far - RS")],
			supplies=[
				SupplyFactory(item_code="BIKE", warehouse="Far - RS"),
				PurchaseOrderSupplyFactory(item_code="LOCK", due=day(4)),
			],
			lanes=[TransitLaneFactory(days=0, warehouse="Far - RS", calendar="Rests")],
		)
		promise = shipped(COMPLETE, ("BIKE", 1), ("LOCK", 1), snapshot=snapshot)
		assert [line.promise_date for line in promise.plan] == [day(6), day(6)]
		assert promise.promise_date_raw == day(4)

	def test_one_line_without_a_date_leaves_the_order_without_one(self):
		promise = shipped(COMPLETE, ("BIKE", 2), ("LOCK", 51))
		assert (promise.status, promise.promise_date, promise.promise_date_raw) == (
			Status.CANNOT_FULFILL,
			None,
			None,
		)
		bike, lock = promise.plan
		assert (bike.promise_date, bike.promise_date_raw, bike.shortage) == (None, TODAY, 0)
		assert (lock.promise_date, lock.promise_date_raw, lock.shortage) == (None, None, 1)


class TestPerLine:
	def test_each_line_has_its_own_date_and_the_order_the_last(self):
		promise = shipped(PER_LINE, ("BIKE", 2), ("LOCK", 1))
		assert [line.promise_date for line in promise.plan] == [TODAY, day(4)]
		assert promise.promise_date == day(4)

	def test_the_parts_of_a_line_still_come_together(self):
		assert deliveries(shipped(PER_LINE, ("BIKE", 5))) == [(2, day(2)), (3, day(2))]

	def test_a_line_without_a_date_does_not_hide_the_others(self):
		promise = shipped(PER_LINE, ("BIKE", 2), ("LOCK", 51))
		assert [line.promise_date for line in promise.plan] == [TODAY, None]
		assert (promise.can_fulfill, promise.promise_date) == (False, None)


class TestCarriers:
	"""A line from two warehouses, of which the near one's carrier rests on the days 4 and 5."""

	def snapshot(self) -> Snapshot:
		rests = CalendarFactory(name="Rests", holidays=frozenset({day(4), day(5)}))
		return world(
			calendars=[rests],
			supplies=[
				SupplyFactory(item_code="BIKE", qty=2.0, warehouse="Near - RS"),
				PurchaseOrderSupplyFactory(item_code="BIKE", qty=3.0, warehouse="Far - RS", due=day(4)),
			],
			lanes=[TransitLaneFactory(days=0, warehouse="Near - RS", calendar="Rests")],
		)

	@pytest.mark.parametrize("shipment", [COMPLETE, PER_LINE])
	def test_the_parts_of_a_line_come_together_on_a_day_on_which_both_deliver(self, shipment: str):
		promise = shipped(shipment, ("BIKE", 5), snapshot=self.snapshot())
		assert deliveries(promise) == [(2, day(6)), (3, day(6))]
		assert (promise.promise_date_raw, promise.promise_date) == (day(4), day(6))
		assert promise.plan[0].ship_date == day(6)

	def test_parts_on_their_own_come_on_their_own_days(self):
		promise = shipped(PARTIAL, ("BIKE", 5), snapshot=self.snapshot())
		assert deliveries(promise) == [(2, TODAY), (3, day(4))]

	def test_a_part_that_waits_for_another_comes_with_it(self):
		promise = shipped(PARTIAL, ("BIKE", 5), snapshot=self.snapshot(), minimum_split=3)
		assert deliveries(promise) == [(2, day(6)), (3, day(6))]
		assert promise.promise_date == day(6)

	def test_a_window_that_opens_when_one_of_them_rests_opens_when_both_deliver(self):
		rules = {"desired_date": "2026-03-13", "desired_date_mode": NO_EARLY}
		promise = shipped(PER_LINE, ("BIKE", 5), snapshot=self.snapshot(), **rules)
		assert (promise.promise_date, promise.on_time) == (day(6), True)


class TestPartial:
	def test_a_line_is_delivered_in_dated_parts(self):
		promise = shipped(PARTIAL, ("BIKE", 8))
		assert deliveries(promise) == [(2, TODAY), (3, day(2)), (3, day(6))]
		assert (promise.plan[0].promise_date, promise.promise_date) == (day(6), day(6))
		assert sentences(promise.reasons, "SCHEDULE_LINES") == [
			"BIKE is delivered in 3 parts, the first on 2026-03-09."
		]

	@pytest.mark.parametrize(
		("minimum", "dates"),
		[
			(0, [TODAY, day(2), day(6)]),
			(2, [TODAY, day(2), day(6)]),
			(3, [day(2), day(2), day(6)]),
			(5, [day(2), day(2), day(6)]),
			(6, [day(6), day(6), day(6)]),
			(100, [day(6), day(6), day(6)]),
		],
	)
	def test_a_part_below_the_minimum_waits_for_the_next_and_the_last_goes_whatever_its_size(
		self, minimum: float, dates: list[date]
	):
		assert [when for _, when in deliveries(shipped(PARTIAL, ("BIKE", 8), minimum_split=minimum))] == dates

	def test_the_minimum_of_the_settings_holds_unless_the_request_has_its_own(self):
		snapshot = world(settings={"minimum_split": 3})
		assert [when for _, when in deliveries(shipped(PARTIAL, ("BIKE", 5), snapshot=snapshot))] == [
			day(2)
		] * 2
		own = shipped(PARTIAL, ("BIKE", 5), snapshot=snapshot, minimum_split=0)
		assert [when for _, when in deliveries(own)] == [TODAY, day(2)]

	def test_a_small_rest_goes_on_its_own(self):
		promise = shipped(PARTIAL, ("BIKE", 6), minimum_split=4)
		assert deliveries(promise) == [(2, day(2)), (3, day(2)), (1, day(6))]

	def test_a_bundle_is_not_torn_apart(self):
		bundle = ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 1.0))
		)
		promise = shipped(PARTIAL, ("SET", 2), snapshot=world(items=[bundle]))
		assert deliveries(promise) == [(2, day(4)), (2, day(4))]

	def test_what_there_is_of_a_line_that_is_short_keeps_its_dates(self):
		promise = shipped(PARTIAL, ("BIKE", 11))
		assert promise.plan[0].shortage == 1
		assert deliveries(promise) == [(2, TODAY), (3, day(2)), (5, day(6))]

	def test_each_schedule_line_is_the_sum_of_its_day(self):
		parts = [(day(3), 1), (day(3), 1), (day(5), 1)]
		assert schedule_lines(parts, 2) == {day(3): day(3), day(5): day(5)}
		assert schedule_lines([(day(5), 1), (day(3), 1)], 2) == {day(3): day(5), day(5): day(5)}
		assert schedule_lines([], 2) == {}


class TestLatestAcceptable:
	def test_it_tells_whether_the_order_is_on_time_and_never_moves_the_date(self):
		early, late = (shipped(COMPLETE, ("BIKE", 5), desired_date=f"2026-03-{n}") for n in (20, 10))
		assert (early.promise_date, early.on_time, early.can_fulfill) == (day(2), True, True)
		assert (late.promise_date, late.on_time, late.can_fulfill) == (day(2), False, True)
		assert sentences(late.reasons, "LATE") == [
			"BIKE is promised 1 day(s) after the desired date 2026-03-10."
		]

	def test_the_day_itself_is_on_time(self):
		assert shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-11").on_time is True

	def test_without_a_desired_date_nothing_is_on_time_or_late(self):
		promise = shipped(COMPLETE, ("BIKE", 5))
		assert (promise.on_time, promise.plan[0].on_time) == (None, None)

	def test_a_lines_own_date_wins_over_the_orders(self):
		lines = [{"item_code": "BIKE", "qty": 5, "desired_date": "2026-03-10"}, ("LOCK", 1)]
		promise = shipped(PER_LINE, *lines, desired_date="2026-03-30")
		assert [line.on_time for line in promise.plan] == [False, True]
		assert promise.on_time is False

	def test_a_line_held_up_by_another_is_late_with_it(self):
		line = {"item_code": "BIKE", "qty": 1, "desired_date": "2026-03-10"}
		assert shipped(COMPLETE, line, ("LOCK", 1)).plan[0].on_time is False
		assert shipped(PER_LINE, line, ("LOCK", 1)).plan[0].on_time is True

	def test_an_order_that_cannot_be_promised_is_not_on_time(self):
		assert shipped(COMPLETE, ("BIKE", 99), desired_date="2026-12-31").on_time is False


class TestNoEarlyDelivery:
	def test_the_delivery_is_kept_back_to_the_desired_date(self):
		promise = shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-20", desired_date_mode=NO_EARLY)
		assert (promise.promise_date, promise.promise_date_raw, promise.on_time) == (day(11), day(2), True)
		assert promise.adjusted_due_to_no_early_delivery is True
		assert sentences(promise.reasons, "NO_EARLY_DELIVERY") == [
			"BIKE could be delivered on 2026-03-11; it is kept back to the desired date 2026-03-20."
		]

	def test_each_line_that_is_kept_back_is_told_by_name(self):
		lines = [
			{"item_code": "BIKE", "qty": 2, "desired_date": "2026-03-12"},
			("LOCK", 1),
			{"item_code": "LOCK", "qty": 2, "desired_date": "2026-03-16"},
		]
		promise = shipped(PER_LINE, *lines, desired_date_mode=NO_EARLY)
		told = [m for m in promise.reasons if m.code == "NO_EARLY_DELIVERY"]
		assert [(message.line, message.text()) for message in told] == [
			(0, "BIKE could be delivered on 2026-03-09; it is kept back to the desired date 2026-03-12."),
			(2, "LOCK could be delivered on 2026-03-13; it is kept back to the desired date 2026-03-16."),
		]

	def test_an_order_that_is_late_anyway_is_not_kept_back(self):
		promise = shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-10", desired_date_mode=NO_EARLY)
		assert (promise.promise_date, promise.on_time) == (day(2), False)
		assert promise.adjusted_due_to_no_early_delivery is False

	def test_a_desired_date_on_a_free_day_is_met_on_the_next_working_day(self):
		snapshot = world(settings={"no_weekends": True})
		promise = shipped(
			COMPLETE, ("BIKE", 5), snapshot=snapshot, desired_date="2026-03-14", desired_date_mode=NO_EARLY
		)
		assert (promise.promise_date, promise.on_time) == (day(7), True)

	def test_a_free_desired_date_moves_nothing_that_cannot_be_earlier_anyway(self):
		snapshot = world(
			settings={"no_weekends": True}, supplies=[PurchaseOrderSupplyFactory(item_code="BIKE")]
		)
		promise = shipped(
			COMPLETE, ("BIKE", 5), snapshot=snapshot, desired_date="2026-03-14", desired_date_mode=NO_EARLY
		)
		assert (promise.promise_date, promise.on_time) == (day(7), True)
		assert promise.adjusted_due_to_no_early_delivery is False

	def test_every_part_is_kept_back(self):
		promise = shipped(PARTIAL, ("BIKE", 8), desired_date="2026-03-12", desired_date_mode=NO_EARLY)
		assert deliveries(promise) == [(2, day(3)), (3, day(3)), (3, day(6))]
		assert (promise.promise_date, promise.promise_date_raw) == (day(6), day(6))
		# The order's date did not move.
		assert promise.adjusted_due_to_no_early_delivery is False

	def test_parts_kept_back_come_together_if_all_are_early(self):
		promise = shipped(PARTIAL, ("BIKE", 8), desired_date="2026-03-20", desired_date_mode=NO_EARLY)
		assert {when for _, when in deliveries(promise)} == {day(11)}

	def test_lines_wait_each_for_its_own_date(self):
		lines = [
			{"item_code": "BIKE", "qty": 2, "desired_date": "2026-03-12"},
			{"item_code": "LOCK", "qty": 2, "desired_date": "2026-03-16"},
		]
		promise = shipped(PER_LINE, *lines, desired_date_mode=NO_EARLY)
		assert [line.promise_date for line in promise.plan] == [day(3), day(7)]

	def test_a_complete_order_that_waits_for_another_line_anyway_is_not_kept_back(self):
		lines = [{"item_code": "BIKE", "qty": 2, "desired_date": "2026-03-11"}, ("LOCK", 1)]
		promise = shipped(COMPLETE, *lines, desired_date_mode=NO_EARLY)
		assert (promise.promise_date, promise.promise_date_raw) == (day(4), day(4))
		assert promise.adjusted_due_to_no_early_delivery is False
		assert sentences(promise.reasons, "NO_EARLY_DELIVERY") == []


class TestStrictFail:
	def test_no_promise_is_given_if_the_date_is_missed(self):
		promise = shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-10", desired_date_mode=STRICT)
		assert (promise.status, promise.can_fulfill, promise.on_time) == (Status.CANNOT_FULFILL, False, False)
		assert (promise.promise_date, promise.promise_date_raw) == (None, day(2))
		assert (promise.plan[0].promise_date, promise.plan[0].ship_date) == (None, None)
		assert promise.plan[0].promise_date_raw == day(2)
		assert sentences(promise.blockers) == [
			"BIKE can be there on 2026-03-11 at the earliest; the desired date 2026-03-10 may not be missed."
		]

	def test_it_does_not_say_that_a_line_is_promised_late(self):
		promise = shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-10", desired_date_mode=STRICT)
		assert sentences(promise.reasons, "LATE") == []

	def test_the_date_may_be_met_to_the_day(self):
		promise = shipped(COMPLETE, ("BIKE", 5), desired_date="2026-03-11", desired_date_mode=STRICT)
		assert (promise.status, promise.promise_date, promise.on_time) == (Status.OK, day(2), True)

	def test_one_late_line_fails_the_order(self):
		lines = [("BIKE", 1), {"item_code": "LOCK", "qty": 1, "desired_date": "2026-03-12"}]
		promise = shipped(PER_LINE, *lines, desired_date_mode=STRICT)
		assert (promise.status, promise.promise_date) == (Status.CANNOT_FULFILL, None)
		assert [line.promise_date for line in promise.plan] == [None, None]
		assert [message.line for message in promise.blockers] == [1]

	def test_the_last_part_of_a_partial_shipment_has_to_be_in_time(self):
		fields = {"desired_date": "2026-03-12", "desired_date_mode": STRICT}
		assert shipped(PARTIAL, ("BIKE", 8), **fields).status is Status.CANNOT_FULFILL
		assert shipped(PARTIAL, ("BIKE", 5), **fields).status is Status.OK

	def test_without_a_desired_date_there_is_nothing_to_miss(self):
		assert shipped(COMPLETE, ("BIKE", 8), desired_date_mode=STRICT).status is Status.OK

	def test_a_shortage_is_told_as_a_shortage(self):
		promise = shipped(COMPLETE, ("BIKE", 99), desired_date="2026-12-31", desired_date_mode=STRICT)
		assert [message.code for message in promise.blockers] == ["SHORTAGE"]


class TestShipDates:
	def test_a_line_ships_when_the_last_of_it_is_ready(self):
		snapshot = world(settings={"processing_days": 1}, lanes=[TransitLaneFactory(days=3)])
		line = shipped(COMPLETE, ("BIKE", 5), snapshot=snapshot).plan[0]
		assert (line.ship_date, line.promise_date) == (day(3), day(6))

	def test_a_drop_shipment_kept_back_is_not_shipped_by_us_before_it_is_delivered(self):
		crate = ItemFactory(item_code="CRATE", drop_ship=True, lead_time_days=2)
		snapshot = world(items=[crate], lanes=[TransitLaneFactory(days=3)])
		line = shipped(
			COMPLETE, ("CRATE", 1), snapshot=snapshot, desired_date="2026-03-20", desired_date_mode=NO_EARLY
		).plan[0]
		assert (line.promise_date, line.ship_date) == (day(11), day(11))
