"""Cumulative ATP with look-ahead against the worked examples of other makers' manuals, and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from otp_app.engine.explain import explain
from otp_app.engine.facts import Commitment, CommitmentKind, Snapshot, Supply
from otp_app.engine.ledger import Arrival, Owed, levels, receipts
from otp_app.engine.promise import Status
from tests.engine.asking import BARE, ask
from tests.values import (
	COMPANY,
	NOW,
	STORES,
	TODAY,
	CommitmentFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)


def world(supplies: list[Supply], commitments: list[Commitment], **settings: object) -> Snapshot:
	return SnapshotFactory(settings=replace(BARE, **settings), supplies=supplies, commitments=commitments)


def stock(qty: float) -> Supply:
	return SupplyFactory(qty=qty)


def order(qty: float, due: int | None) -> Commitment:
	return CommitmentFactory(qty=qty, due=None if due is None else day(due))


def receipt(qty: float, due: int) -> Supply:
	return PurchaseOrderSupplyFactory(qty=qty, due=day(due))


def atp(snapshot: Snapshot, *days: int) -> list[float]:
	"""ATP of the one item at the end of some days, as `otp explain` shows it."""
	ledger = explain(snapshot, "ITEM-001", STORES, NOW).levels

	def on(when: date) -> float:
		return next((level.atp for level in reversed(ledger) if level.day <= when), 0.0)

	return [on(day(number)) for number in days]


# On hand 20; demand 3 on day 1 and 15 on day 4; supply 10 on day 3, 1 on day 5, 3 on day 6. Day 1 is today.
def microsofts() -> Snapshot:
	return world(
		[stock(20), receipt(10, 2), receipt(1, 4), receipt(3, 5)],
		[order(3, 0), order(15, 3)],
	)


def test_microsofts_example_of_cumulative_atp_with_look_ahead():
	assert atp(microsofts(), *range(7)) == [12, 12, 12, 12, 13, 16, 16]


@pytest.mark.parametrize(("qty", "when"), [(12, 0), (13, 4), (16, 5)])
def test_microsofts_example_promises_each_quantity_on_the_first_day_it_is_available(qty: int, when: int):
	assert ask(microsofts(), ("ITEM-001", qty)).promise_date == day(when)


def test_microsofts_example_has_no_date_for_one_unit_too_many():
	promise = ask(microsofts(), ("ITEM-001", 17))
	assert (promise.status, promise.plan[0].shortage) == (Status.CANNOT_FULFILL, 1)


def test_oracles_example_of_look_ahead_atp_by_period():
	supply = SupplyFactory.build()
	arrivals = [
		Arrival(day(period), replace(supply, qty=float(qty)))
		for period, qty in enumerate((6, 4, 2, 4, 8, 4, 4, 4))
	]
	owed = [Owed(day(period), float(qty)) for period, qty in enumerate((6, 2, 3, 6, 6, 1, 2, 2))]
	assert [level.atp for level in levels(arrivals, owed)] == [0, 0, 0, 0, 1, 4, 6, 8]
	assert [(r.day, r.qty) for r in receipts(arrivals, owed, 0.0005)] == [
		(day(4), 1),
		(day(5), 3),
		(day(6), 2),
		(day(7), 2),
	]


def test_microsofts_example_of_delayed_documents_counts_the_late_receipt_tomorrow():
	late = world([receipt(200, -3), receipt(100, 10)], [order(75, -1)])
	assert atp(late, 0, 1, 9, 10) == [0, 125, 125, 225]


def test_reserved_stock_is_locked_today_and_the_rest_of_its_order_waits_for_its_date():
	reserved = world([stock(10), receipt(6, 3)], [order(4, None), order(6, 5)])
	# Today 10 - 4 = 6; 12 on day 3; 6 again once the rest of the order leaves on day 5.
	assert atp(reserved, 0, 3, 5) == [6, 6, 6]


def test_reserved_stock_cannot_be_promised_though_its_order_is_due_after_the_next_receipt():
	# The same 8 units owed on day 9 would leave today's 10 free, because 20 come on day 2.
	supplies = [stock(10), receipt(20, 2)]
	assert atp(world(supplies, [order(8, None)]), 0, 2) == [2, 22]
	assert atp(world(supplies, [order(8, 9)]), 0, 2) == [10, 22]


def test_a_backlog_eats_stock_and_the_next_receipts_before_anything_is_promised():
	backlog = world([stock(10), receipt(25, 4)], [order(30, -6)])
	assert atp(backlog, 0, 3, 4) == [0, 0, 5]
	assert ask(backlog, ("ITEM-001", 5)).promise_date == day(4)


def test_a_surplus_is_promised_from_today():
	assert atp(world([stock(100), receipt(5, 3)], [order(20, 2)]), 0, 3) == [80, 85]


def test_late_demand_is_protected_from_an_order_that_comes_before_it():
	late = world([stock(10), receipt(5, 25)], [order(8, 20)])
	assert atp(late, 0, 20, 25) == [2, 2, 7]
	assert ask(late, ("ITEM-001", 3)).promise_date == day(25)


def test_late_demand_that_a_receipt_covers_in_time_leaves_the_stock_free():
	assert atp(world([stock(10), receipt(8, 19)], [order(8, 20)]), 0, 19) == [10, 10]


def test_negative_stock_is_made_good_first():
	assert atp(world([stock(-5), receipt(8, 2)], []), 0, 2) == [0, 3]


def test_overdue_supply_is_expected_some_working_days_from_today_and_never_on_hand():
	overdue = [receipt(10, -30)]
	assert atp(world(overdue, []), 0, 1) == [0, 10]
	assert atp(world(overdue, [], overdue_supply_days=4), 0, 3, 4) == [0, 0, 10]
	assert atp(world(overdue, [], overdue_supply_days=0), 0, 1) == [0, 10]


def test_overdue_supply_waits_for_a_working_day():
	# Monday's list of free days: Tuesday and Wednesday are the weekend here.
	snapshot = world([receipt(10, -1)], [], no_weekends=True, weekend=(1, 2))
	assert atp(snapshot, 2, 3) == [0, 10]


def test_overdue_commitments_count_today():
	assert atp(world([stock(10)], [order(4, -20)]), 0) == [6]


def test_commitments_overdue_by_more_than_the_setting_are_forgotten():
	supplies, commitments = [stock(10)], [order(4, -20), order(1, -19)]
	assert atp(world(supplies, commitments, forget_commitments_after_days=19), 0) == [9]
	assert atp(world(supplies, commitments, forget_commitments_after_days=20), 0) == [5]
	assert atp(world(supplies, commitments, forget_commitments_after_days=None), 0) == [5]


def test_reserved_stock_is_never_forgotten():
	assert atp(world([stock(10)], [order(4, None)], forget_commitments_after_days=0), 0) == [6]


def test_demand_after_the_horizon_is_protected_too():
	snapshot = world([stock(10)], [order(7, 40)], horizon_days=30)
	assert atp(snapshot, 0) == [3]
	assert ask(snapshot, ("ITEM-001", 4)).status is Status.CANNOT_FULFILL


def test_two_documents_on_one_day_are_pegged_so_that_commitments_take_the_first():
	first = PurchaseOrderSupplyFactory(qty=4.0, due=day(2), document="PUR-ORD-1")
	second = PurchaseOrderSupplyFactory(qty=4.0, due=day(2), document="PUR-ORD-2")
	promise = ask(world([second, first], [order(3, 2)]), ("ITEM-001", 5))
	pegs = [(peg.po_id, peg.qty) for peg in promise.plan[0].fulfillment]
	assert pegs == [("PUR-ORD-1", 1), ("PUR-ORD-2", 4)]


def test_safety_stock_is_kept_back_in_the_items_own_warehouse_only():
	item = ItemFactory(item_code="ITEM-001", safety_stock=4.0, default_warehouses=((COMPANY, STORES),))
	facts = {"items": [item], "supplies": [stock(10), SupplyFactory(qty=3.0, warehouse="Other - RS")]}
	kept = SnapshotFactory(settings=replace(BARE, protect_safety_stock=True), **facts)
	used = SnapshotFactory(settings=BARE, **facts)
	assert explain(kept, "ITEM-001", STORES, NOW).levels[0].atp == 6
	assert explain(kept, "ITEM-001", "Other - RS", NOW).levels[0].atp == 3
	assert explain(used, "ITEM-001", STORES, NOW).levels[0].atp == 10


def test_the_ledger_of_an_item_says_what_counts_and_what_does_not():
	snapshot = world(
		[stock(20), receipt(5, -2)],
		[order(3, 4), replace(order(2, -40), kind=CommitmentKind.HOLD)],
		forget_commitments_after_days=30,
	)
	ledger = explain(snapshot, "ITEM-001", STORES, NOW)
	assert [(e.day, e.kind, e.qty, e.withheld) for e in ledger.entries] == [
		(TODAY, "on_hand", 20, None),
		(day(1), "purchase_order", 5, None),
		(day(4), "sales_order", -3, None),
		(None, "hold", -2, "overdue"),
	]
	assert [(level.day, level.net, level.atp) for level in ledger.levels] == [
		(TODAY, 20, 20),
		(day(1), 25, 22),
		(day(4), 22, 22),
	]
