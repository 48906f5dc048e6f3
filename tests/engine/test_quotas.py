"""Product allocation by hand: whose quotas, what a period leaves, and where a line is put off to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otp_app.engine.facts import Allocation, Customer, QuotaPeriod, Snapshot
from otp_app.engine.policy import WithoutQuota
from otp_app.engine.promise import Promise, Status
from otp_app.engine.quotas import Quotas, free_and_over
from tests.engine.asking import BARE, ask, codes, option, sentences
from tests.values import (
	TODAY,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

NORD = CustomerFactory(name="Velo Nord", groups=("Dealers", "All Customer Groups"))
RHONE = CustomerFactory(
	name="Cycles du Rhône",
	territories=("France", "All Territories"),
	groups=("Export", "All Customer Groups"),
)
WEEK = 7


def quota(*quantities: float, name: str = "Q", used: tuple[float, ...] = (), **more: Any) -> Allocation:
	"""A quota of BIKE with a period a week, from today on; `used` by period."""
	consumed = (*used, *[0.0] * len(quantities))
	periods = tuple(
		QuotaPeriod(day(WEEK * index), day(WEEK * index + 6), float(qty), float(consumed[index]))
		for index, qty in enumerate(quantities)
	)
	return Allocation(name, periods, **{"item_code": "BIKE", **more})


def world(*allocations: Allocation, stock: float = 1000.0, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	facts.setdefault("supplies", [SupplyFactory(item_code="BIKE", qty=stock)])
	facts.setdefault("customers", [NORD, RHONE])
	return SnapshotFactory(allocations=allocations, settings=settings, **facts)


def parts(promise: Promise, line: int = 0) -> list[tuple[float, int]]:
	"""Quantity and day, counted from today, of each part of a line."""
	return [(peg.qty, (peg.delivery_date - TODAY).days) for peg in promise.plan[line].fulfillment]


PARTIAL = {"shipment": "partial"}


class TestWhose:
	@pytest.mark.parametrize(
		("characteristic", "customer", "channel", "limited"),
		[
			({}, None, None, True),
			({"customer": "Velo Nord"}, "Velo Nord", None, True),
			({"customer": "Velo Nord"}, "Cycles du Rhône", None, False),
			({"customer": "Velo Nord"}, None, None, False),
			({"customer_group": "Dealers"}, "Velo Nord", None, True),
			({"customer_group": "All Customer Groups"}, "Velo Nord", None, True),
			({"customer_group": "Dealers"}, "Cycles du Rhône", None, False),
			({"territory": "All Territories"}, "Cycles du Rhône", None, True),
			({"territory": "Germany"}, "Cycles du Rhône", None, False),
			({"channel": "Web"}, "Velo Nord", "Web", True),
			({"channel": "Web"}, "Velo Nord", "Shop", False),
			({"channel": "Web"}, "Velo Nord", None, False),
			({"territory": "Germany", "channel": "Web"}, "Velo Nord", "Web", True),
			({"territory": "France", "channel": "Web"}, "Velo Nord", "Web", False),
		],
	)
	def test_a_quota_is_for_buyers_with_all_its_characteristics(
		self, characteristic: dict, customer: str | None, channel: str | None, limited: bool
	):
		promise = ask(world(quota(5, 5, **characteristic)), ("BIKE", 6), customer=customer, channel=channel)
		assert (promise.promise_date == TODAY) is not limited

	def test_a_group_of_items_shares_one_quota(self):
		shared = quota(10, 10, item_code=None, item_groups=("Bikes", "City"))
		items = [
			ItemFactory(item_code="BIKE", item_group="City"),
			ItemFactory(item_code="LOCK", item_group="Locks"),
		]
		items.append(ItemFactory(item_code="TOUR", item_group="Bikes"))
		supplies = [SupplyFactory(item_code=each.item_code, qty=99) for each in items]
		snapshot = world(shared, items=items, supplies=supplies)
		promise = ask(snapshot, ("BIKE", 8), ("TOUR", 8), ("LOCK", 8), rules={"shipment": "per_line"})
		assert [line.promise_date for line in promise.plan] == [TODAY, day(WEEK), TODAY]

	def test_where_customers_are_left_out_only_quotas_for_everybody_count(self):
		facts = world(quota(5, 5, customer="Velo Nord"), quota(7, 7, name="ALL"), customers=None)
		assert ask(facts, ("BIKE", 6), customer="Velo Nord").promise_date == TODAY
		assert ask(facts, ("BIKE", 8), customer="Velo Nord").promise_date > TODAY


class TestRoom:
	def test_a_period_has_what_is_not_consumed_and_never_less_than_nothing(self):
		assert free_and_over(quota(10, 10, 10, used=(4, 12, 0))) == [(6, 0), (0, 2), (10, 0)]

	def test_backward_adds_what_the_periods_before_have_left_and_the_oldest_is_used_first(self):
		assert free_and_over(quota(10, 10, 10, used=(4, 3, 0), backward=1)) == [(6, 0), (13, 0), (20, 0)]
		assert free_and_over(quota(10, 10, 10, used=(4, 3, 0), backward=2)) == [(6, 0), (13, 0), (23, 0)]

	def test_what_a_later_period_had_to_take_from_an_earlier_one_is_gone_there(self):
		# 15 in the second week took 5 of the first one's 10.
		assert free_and_over(quota(10, 10, used=(0, 15), backward=1)) == [(5, 0), (5, 0)]

	def test_several_orders_share_what_earlier_periods_have_left(self):
		# Week 3 took 5 of week 2; week 2 may take all of week 1.
		assert free_and_over(quota(10, 10, 10, used=(0, 0, 15), backward=1)) == [(10, 0), (15, 0), (5, 0)]


class TestPlacing:
	def test_a_whole_line_waits_for_the_first_period_with_room_for_all_of_it(self):
		promise = ask(world(quota(5, 9, 20)), ("BIKE", 10))
		assert promise.promise_date == promise.promise_date_raw == day(2 * WEEK)
		assert option(promise, "partial_shipment").promise_date == TODAY

	def test_a_partial_shipment_goes_as_there_is_room(self):
		promise = ask(world(quota(5, 9, 20)), ("BIKE", 20), rules=PARTIAL)
		assert parts(promise) == [(5, 0), (9, WEEK), (6, 2 * WEEK)]

	def test_supply_and_quota_both_limit(self):
		supplies = [
			SupplyFactory(item_code="BIKE", qty=4),
			PurchaseOrderSupplyFactory(item_code="BIKE", qty=16, due=day(8)),
		]
		promise = ask(world(quota(10, 10, 10), supplies=supplies), ("BIKE", 20), rules=PARTIAL)
		assert parts(promise) == [(4, 0), (10, 8), (6, 2 * WEEK)]

	def test_lines_of_one_order_share_a_quota(self):
		promise = ask(world(quota(10, 10)), ("BIKE", 6), ("BIKE", 6), rules={"shipment": "per_line"})
		assert [line.promise_date for line in promise.plan] == [TODAY, day(WEEK)]

	def test_a_complete_shipment_needs_room_for_all_lines_on_one_day(self):
		promise = ask(world(quota(10, 11, 12)), ("BIKE", 6), ("BIKE", 6))
		assert promise.promise_date == day(2 * WEEK)
		assert sentences(promise.reasons, "QUOTA_TOGETHER") != []

	def test_where_no_day_has_room_for_the_whole_order_it_is_refused_and_told_how(self):
		blocked = {"without_quota": WithoutQuota.BLOCKED}
		promise = ask(world(quota(10, 11), settings=blocked), ("BIKE", 6), ("BIKE", 6))
		assert (promise.status, promise.promise_date) == (Status.CANNOT_FULFILL, None)
		assert codes(promise.blockers) == ["QUOTA_NEVER_TOGETHER"]

	def test_several_quotas_must_all_have_room(self):
		facts = world(quota(20, 20, 20), quota(5, 30, 30, name="NORD", customer="Velo Nord"))
		assert ask(facts, ("BIKE", 10), customer="Velo Nord").promise_date == day(WEEK)
		assert ask(facts, ("BIKE", 10)).promise_date == TODAY

	def test_the_quota_above_is_consumed_and_limits_though_it_would_not_match(self):
		total = quota(4, 20, name="TOTAL", item_code="OTHER")
		assert ask(world(total, quota(10, 10, parent="TOTAL")), ("BIKE", 5)).promise_date == day(WEEK)

	def test_a_line_that_may_not_be_put_off_so_far_is_refused_for_the_rest(self):
		facts = world(quota(5, 5, 5, 50, forward=1))
		promise = ask(facts, ("BIKE", 12), rules=PARTIAL)
		assert (promise.status, promise.plan[0].shortage) == (Status.CANNOT_FULFILL, 2)
		assert parts(promise) == [(5, 0), (5, WEEK)]
		assert codes(promise.blockers) == ["QUOTA_LIMITS", "QUOTA_SPENT"]

	def test_a_strict_date_fails_with_the_quota_as_blocker(self):
		promise = ask(
			world(quota(5, 9)),
			("BIKE", 6),
			desired_date=day(3).isoformat(),
			rules={"desired_date_mode": "STRICT_FAIL"},
		)
		assert promise.status is Status.CANNOT_FULFILL
		assert codes(promise.blockers) == ["DESIRED_DATE_MISSED", "QUOTA_LIMITS", "QUOTA_MOVES"]

	def test_what_is_kept_back_to_its_desired_date_counts_in_that_period(self):
		wish = {"desired_date": day(WEEK).isoformat(), "rules": {"desired_date_mode": "NO_EARLY_DELIVERY"}}
		promise = ask(world(quota(50, 5, 50)), ("BIKE", 6), **wish)
		assert promise.promise_date == day(2 * WEEK)

	def test_what_is_agreed_counts_in_the_period_of_its_date_and_as_a_whole(self):
		wish = {"desired_date": day(WEEK).isoformat(), "agreed": True, "rules": PARTIAL}
		assert ask(world(quota(50, 6, 50)), ("BIKE", 6), **wish).promise_date == TODAY
		assert ask(world(quota(50, 5, 50)), ("BIKE", 6), **wish).promise_date == day(2 * WEEK)

	def test_a_portion_smaller_than_the_minimum_split_waits(self):
		promise = ask(world(quota(2, 9, 20)), ("BIKE", 20), rules=PARTIAL | {"minimum_split": 3})
		assert parts(promise) == [(9, WEEK), (11, 2 * WEEK)]

	def test_whole_pieces_only(self):
		facts = world(quota(2.5, 2.5, 9), items=[ItemFactory(item_code="BIKE", whole=True)])
		assert parts(ask(facts, ("BIKE", 6), rules=PARTIAL)) == [(2, 0), (2, WEEK), (2, 2 * WEEK)]

	def test_days_on_which_nobody_delivers_are_left_to_the_next(self):
		# The second week of the quota begins on a Monday; with a lane that sleeps on Mondays, on Tuesday.
		facts = world(quota(5, 9), settings={"no_weekends": True, "weekend": (0,)})
		assert ask(facts, ("BIKE", 6), now=facts.taken_at).promise_date == day(WEEK + 1)

	def test_after_the_last_period_an_item_is_free_or_blocked_by_the_setting(self):
		assert ask(world(quota(5, 5)), ("BIKE", 6)).promise_date == day(2 * WEEK)
		blocked = world(quota(5, 5), settings={"without_quota": WithoutQuota.BLOCKED})
		promise = ask(blocked, ("BIKE", 6))
		assert promise.plan[0].shortage == 1
		assert codes(promise.blockers) == ["QUOTA_LIMITS", "QUOTA_SPENT"]

	def test_a_buyer_without_a_quota_is_free_or_blocked_by_the_setting(self):
		of_nord = quota(5, 5, customer="Velo Nord")
		assert ask(world(of_nord), ("BIKE", 6)).promise_date == TODAY
		blocked = world(of_nord, settings={"without_quota": WithoutQuota.BLOCKED})
		assert codes(ask(blocked, ("BIKE", 6)).blockers) == ["QUOTA_MISSING", "QUOTA_SPENT"]

	def test_an_item_without_any_quota_is_never_blocked(self):
		blocked = world(settings={"without_quota": WithoutQuota.BLOCKED})
		assert ask(blocked, ("BIKE", 6)).promise_date == TODAY

	def test_on_the_desired_date_it_cannot_be_if_a_quota_puts_it_off(self):
		promise = ask(world(quota(5, 9)), ("BIKE", 6), desired_date=day(3).isoformat())
		assert (promise.on_time, promise.on_time_probability) == (False, 0.0)

	def test_a_service_level_that_moves_a_line_looks_at_the_quota_of_its_new_day(self):
		supplies = [PurchaseOrderSupplyFactory(item_code="BIKE", qty=20, due=day(5))]
		free = ask(world(supplies=supplies), ("BIKE", 6), rules={"service_level": 0.95})
		assert day(5) < free.promise_date < day(40)
		late = (free.promise_date - TODAY).days // WEEK
		quantities = [3.0 if index == late else 10.0 for index in range(12)]
		promise = ask(
			world(quota(*quantities), supplies=supplies), ("BIKE", 6), rules={"service_level": 0.95}
		)
		assert promise.promise_date == day((late + 1) * WEEK)


def test_nothing_is_looked_up_where_there_are_no_quotas():
	assert Quotas.of(world(), Customer("Velo Nord"), None, TODAY) is None
