"""Which supply covers which line: the shared ledger, lead times, what a purchase would be, and the horizon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otp_app.engine.facts import Component, Item, Snapshot, SupplyKind, Withheld
from otp_app.engine.lead_times import lead_time
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Confidence, Source, Status, Suggestion
from tests.engine.asking import BARE, ask, sentences
from tests.values import (
	STORES,
	TODAY,
	CommitmentFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	WarehouseFactory,
	day,
)

ATP_ONLY = FulfilmentMode.ATP_ONLY


def item(code: str = "BIKE", **facts: Any) -> Item:
	return ItemFactory(item_code=code, **facts)


def stock(qty: float, code: str = "BIKE", **more: Any) -> Any:
	return SupplyFactory(item_code=code, qty=qty, **more)


def receipt(qty: float, due: int, code: str = "BIKE", **more: Any) -> Any:
	return PurchaseOrderSupplyFactory(item_code=code, qty=qty, due=day(due), **more)


def world(*items: Item, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	return SnapshotFactory(items=items, settings=settings, **facts)


class TestSharedLedger:
	def test_two_lines_of_ten_are_not_both_covered_by_ten_on_hand(self):
		promise = ask(world(supplies=[stock(10), receipt(10, 5)]), ("BIKE", 10), ("BIKE", 10))
		assert [line.promise_date_raw for line in promise.plan] == [TODAY, day(5)]

	def test_a_later_line_gets_what_earlier_ones_leave(self):
		promise = ask(world(supplies=[stock(10), receipt(3, 5)]), ("BIKE", 6), ("BIKE", 6))
		first, second = promise.plan
		assert [(peg.qty, peg.expected_date) for peg in first.fulfillment] == [(6, None)]
		assert [(peg.qty, peg.expected_date) for peg in second.fulfillment] == [(4, None), (2, day(5))]

	def test_a_bundle_and_a_line_of_its_component_share_the_component(self):
		bundle = item("SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 2.0)))
		snapshot = world(bundle, supplies=[stock(10), stock(10, "LOCK"), receipt(10, 4, "LOCK")])
		promise = ask(snapshot, ("SET", 3), ("LOCK", 6))
		assert [line.promise_date_raw for line in promise.plan] == [TODAY, day(4)]
		assert sentences(promise.reasons, "OTHER_LINES") == ["Other lines of this order take 6 Nos of LOCK."]

	def test_a_bundle_with_the_same_component_twice_needs_both(self):
		twice = item("PAIR", is_stock_item=False, components=(Component("BIKE", 1.0), Component("BIKE", 2.0)))
		assert ask(world(twice, supplies=[stock(8)]), ("PAIR", 3)).plan[0].shortage == 1
		assert ask(world(twice, supplies=[stock(9)]), ("PAIR", 3)).status is Status.OK

	def test_supply_in_another_warehouse_is_not_taken(self):
		snapshot = world(supplies=[stock(5), stock(50, warehouse="Other - RS")])
		line = {"item_code": "BIKE", "qty": 6, "warehouse": STORES}
		assert ask(snapshot, line).plan[0].shortage == 1

	@pytest.mark.parametrize("why", list(Withheld))
	def test_withheld_supply_is_never_promised(self, why: Withheld):
		promise = ask(world(supplies=[receipt(10, 2, withheld=why)]), ("BIKE", 1))
		assert (promise.plan[0].fulfillment, promise.plan[0].shortage) == ((), 1)

	def test_withheld_commitments_are_not_protected(self):
		owed = CommitmentFactory(item_code="BIKE", qty=8.0, due=day(1), withheld=Withheld.ON_HOLD)
		assert ask(world(supplies=[stock(10)], commitments=[owed]), ("BIKE", 10)).promise_date == TODAY

	def test_material_requests_are_promised_only_where_the_site_wants_it(self):
		asked_for = [
			SupplyFactory(item_code="BIKE", kind=SupplyKind.MATERIAL_REQUEST, due=day(3), document="MR-1")
		]
		assert ask(world(supplies=asked_for), ("BIKE", 1)).status is Status.CANNOT_FULFILL
		opted_in = world(supplies=asked_for, settings={"use_material_requests": True})
		promise = ask(opted_in, ("BIKE", 1))
		assert (promise.promise_date, promise.confidence) == (day(3), Confidence.LOW)
		assert promise.plan[0].fulfillment[0].source is Source.REPLENISHMENT

	def test_supply_without_a_date_is_not_promised(self):
		assert ask(world(supplies=[receipt(10, 1, document="X")]), ("BIKE", 1)).status is Status.OK
		undated = replace(receipt(10, 1), due=None)
		assert ask(world(supplies=[undated]), ("BIKE", 1)).status is Status.CANNOT_PROMISE_RELIABLY


class TestLeadTime:
	def test_what_is_not_there_is_bought_within_the_lead_time(self):
		promise = ask(world(item(lead_time_days=7), supplies=[stock(2)]), ("BIKE", 5))
		pegs = promise.plan[0].fulfillment
		assert [(peg.source, peg.qty, peg.available_date) for peg in pegs] == [
			(Source.STOCK, 2, TODAY),
			(Source.REPLENISHMENT, 3, day(7)),
		]
		assert (promise.promise_date, promise.confidence) == (day(7), Confidence.LOW)

	def test_lead_time_is_in_working_days_of_the_warehouse(self):
		snapshot = world(item(lead_time_days=7), settings={"no_weekends": True})
		assert ask(snapshot, ("BIKE", 5)).promise_date == day(9)

	def test_no_lead_time_means_unknown_and_not_zero(self):
		assert ask(world(item()), ("BIKE", 1)).status is Status.CANNOT_FULFILL

	def test_a_lead_time_of_zero_means_today(self):
		promise = ask(world(item(lead_time_days=0)), ("BIKE", 1))
		assert (promise.promise_date, promise.plan[0].fulfillment[0].source) == (TODAY, Source.REPLENISHMENT)

	def test_stock_and_receipts_that_come_first_are_taken_first_and_later_ones_not_at_all(self):
		snapshot = world(item(lead_time_days=5), supplies=[receipt(2, 3), receipt(50, 9)])
		pegs = ask(snapshot, ("BIKE", 6)).plan[0].fulfillment
		assert [(peg.qty, peg.available_date) for peg in pegs] == [(2, day(3)), (4, day(5))]

	def test_a_receipt_on_the_day_of_the_lead_time_is_taken_before_a_new_purchase(self):
		snapshot = world(item(lead_time_days=5), supplies=[receipt(2, 5)])
		pegs = ask(snapshot, ("BIKE", 6)).plan[0].fulfillment
		assert [(peg.source, peg.qty) for peg in pegs] == [
			(Source.PURCHASE_ORDER, 2),
			(Source.REPLENISHMENT, 4),
		]

	def test_what_is_bought_goes_through_goods_receipt_and_what_is_made_does_not(self):
		settings = {"inbound_days": 2, "inspection_days": 1}
		bought = item(lead_time_days=5, inspect_on_receipt=True)
		made = item(lead_time_days=5, inspect_on_receipt=True, default_bom="BOM-1")
		assert ask(world(bought, settings=settings), ("BIKE", 1)).promise_date == day(8)
		assert ask(world(made, settings=settings), ("BIKE", 1)).promise_date == day(5)

	def test_an_item_of_stock_and_orders_only_is_not_replenished(self):
		assert ask(world(item(lead_time_days=5, mode=ATP_ONLY)), ("BIKE", 1)).status is Status.CANNOT_FULFILL
		snapshot = world(item(lead_time_days=5), settings={"mode": ATP_ONLY})
		assert ask(snapshot, ("BIKE", 1)).status is Status.CANNOT_FULFILL

	def test_the_items_mode_wins_over_the_settings(self):
		snapshot = world(
			item(lead_time_days=5, mode=FulfilmentMode.ATP_THEN_LEAD_TIME), settings={"mode": ATP_ONLY}
		)
		assert ask(snapshot, ("BIKE", 1)).promise_date == day(5)

	def test_an_item_that_is_neither_bought_nor_made_is_not_replenished(self):
		snapshot = world(item(lead_time_days=5, is_purchase_item=False))
		assert ask(snapshot, ("BIKE", 1)).status is Status.CANNOT_FULFILL

	@pytest.mark.parametrize(
		("facts", "qty", "days"),
		[
			({"lead_time_days": 7, "default_bom": "B", "production_minutes": (9e9, 9e9)}, 1, 7),
			({"default_bom": "B", "production_minutes": (0, 0)}, 1, 1),
			({"default_bom": "B", "production_minutes": (60, 60)}, 7, 1),
			({"default_bom": "B", "production_minutes": (60, 60)}, 7.01, 2),
			({"default_bom": "B", "production_minutes": (0, 30)}, 64, 4),
			({"default_bom": "B"}, 1, None),
			({"production_minutes": (60, 60)}, 1, None),
			({"default_bom": "B", "is_purchase_item": False, "lead_time_days": 3}, 1, 3),
		],
	)
	def test_production_time_is_the_boms_fixed_and_unit_minutes_in_days_of_eight_hours(
		self, facts: Any, qty: float, days: int | None
	):
		assert lead_time(item(**facts), qty, 8.0) == days

	def test_production_time_dates_what_is_made(self):
		bike = item(default_bom="BOM-1", production_minutes=(120.0, 60.0), is_purchase_item=False)
		# 2 + 30 hours are four days of eight.
		promise = ask(world(bike), ("BIKE", 30))
		assert promise.promise_date == day(4)
		assert ask(
			world(bike, settings={"production_hours_per_day": 16.0}), ("BIKE", 30)
		).promise_date == day(2)


class TestSuggestion:
	def suggested(self, qty: float, **facts: Any) -> Suggestion:
		bike = item(lead_time_days=7, **facts)
		suggestion = ask(world(bike), ("BIKE", qty)).plan[0].fulfillment[-1].suggestion
		assert suggestion is not None
		return suggestion

	def test_a_purchase_is_suggested_for_what_is_missing(self):
		assert self.suggested(3) == Suggestion(
			"Material Request", "Purchase", "BIKE", 3, "Nos", STORES, day(7)
		)

	def test_an_item_with_a_bom_is_made(self):
		assert self.suggested(3, default_bom="BOM-1").material_request_type == "Manufacture"

	def test_at_least_the_minimum_order_is_bought_and_the_promise_is_for_what_was_asked(self):
		assert self.suggested(3, min_order_qty=50.0).qty == 50
		assert self.suggested(80, min_order_qty=50.0).qty == 80
		promise = ask(world(item(lead_time_days=7, min_order_qty=50.0)), ("BIKE", 3))
		assert promise.plan[0].fulfillment[0].qty == 3

	def test_a_whole_number_item_is_bought_in_whole_numbers(self):
		assert self.suggested(3, min_order_qty=12.5, whole=True).qty == 13
		assert self.suggested(2.5).qty == 2.5

	def test_it_is_dated_when_the_goods_arrive_before_receipt(self):
		bike = item(lead_time_days=3)
		snapshot = world(bike, settings={"inbound_days": 2, "no_weekends": True})
		suggestion = ask(snapshot, ("BIKE", 1)).plan[0].fulfillment[0].suggestion
		assert suggestion is not None
		# Thursday; two working days of goods receipt make it Monday.
		assert suggestion.schedule_date == day(3)


class TestHorizon:
	def test_supply_on_the_last_day_counts_and_a_day_later_not(self):
		settings = {"horizon_days": 30}
		assert ask(world(supplies=[receipt(1, 30)], settings=settings), ("BIKE", 1)).promise_date == day(30)
		assert ask(world(supplies=[receipt(1, 31)], settings=settings), ("BIKE", 1)).promise_date is None

	def test_material_on_the_last_day_may_be_delivered_after_it(self):
		snapshot = world(supplies=[receipt(1, 30)], settings={"horizon_days": 30, "processing_days": 4})
		assert ask(snapshot, ("BIKE", 1)).promise_date == day(34)

	def test_goods_receipt_may_push_a_supply_past_the_last_day(self):
		snapshot = world(supplies=[receipt(1, 29)], settings={"horizon_days": 30, "inbound_days": 2})
		promise = ask(snapshot, ("BIKE", 1))
		assert promise.promise_date is None
		assert len(sentences(promise.blockers, "SUPPLY_BEYOND_HORIZON")) == 1

	def test_a_lead_time_beyond_the_last_day_is_no_supply(self):
		settings = {"horizon_days": 30}
		assert ask(world(item(lead_time_days=30), settings=settings), ("BIKE", 1)).promise_date == day(30)
		promise = ask(world(item(lead_time_days=31), settings=settings), ("BIKE", 1))
		assert sentences(promise.blockers) == [
			"1 Nos of BIKE cannot be promised from Stores - RS: its lead time goes beyond the last day promised."
		]

	@pytest.mark.parametrize(
		"facts",
		[
			{"lead_time_days": 99_999_999},
			{"lead_time_days": 99_999_999, "default_bom": "BOM-1"},
			{"lead_time_days": 99_999_999, "drop_ship": True},
			{"default_bom": "BOM-1", "production_minutes": (0.0, 480.0)},
		],
		ids=["bought", "made", "drop-shipped", "by the minutes of its BOM"],
	)
	@pytest.mark.parametrize("no_weekends", [False, True])
	def test_a_lead_time_past_the_end_of_all_calendars_is_no_supply(self, facts: Any, no_weekends: bool):
		snapshot = world(item(**facts), settings={"no_weekends": no_weekends})
		promise = ask(snapshot, ("BIKE", 1e9))
		assert (promise.status, promise.promise_date) == (Status.CANNOT_FULFILL, None)
		assert sentences(promise.blockers) == [
			"1000000000 Nos of BIKE cannot be promised from Stores - RS: "
			"its lead time goes beyond the last day promised."
		]

	def test_a_drop_shipment_beyond_the_last_day_is_no_supply_either(self):
		drop = item(drop_ship=True, lead_time_days=31)
		promise = ask(world(drop, settings={"horizon_days": 30}), ("BIKE", 1))
		assert (promise.status, promise.promise_date) == (Status.CANNOT_FULFILL, None)

	def test_a_horizon_of_no_days_promises_from_stock_only(self):
		snapshot = world(supplies=[stock(2), receipt(5, 1)], settings={"horizon_days": 0})
		assert ask(snapshot, ("BIKE", 2)).promise_date == TODAY
		assert ask(snapshot, ("BIKE", 3)).promise_date is None

	def test_a_date_that_means_never_is_beyond_any_horizon(self):
		never = receipt(5, 1, document="PUR-ORD-1")
		never = replace(never, due=never.due.max)
		for inbound in (0, 3):
			promise = ask(world(supplies=[stock(2), never], settings={"inbound_days": inbound}), ("BIKE", 3))
			assert (promise.status, promise.plan[0].shortage) == (Status.CANNOT_FULFILL, 1)


class TestQuantities:
	def test_a_tenth_and_two_tenths_cover_three_tenths(self):
		snapshot = world(supplies=[stock(0.1), receipt(0.2, 1)])
		assert ask(snapshot, ("BIKE", 0.3)).promise_date == day(1)
		assert ask(world(supplies=[stock(0.3)]), ("BIKE", 0.1 + 0.2)).promise_date == TODAY

	def test_what_is_short_by_less_than_the_site_counts_is_not_short(self):
		assert ask(world(supplies=[stock(9.9996)]), ("BIKE", 10)).promise_date == TODAY
		assert ask(world(supplies=[stock(9.999)]), ("BIKE", 10)).promise_date is None
		assert ask(world(supplies=[stock(9.9996)], precision=6), ("BIKE", 10)).promise_date is None

	def test_a_whole_number_item_is_promised_in_whole_numbers_only(self):
		snapshot = world(item(whole=True), supplies=[stock(2.7), receipt(5, 3)])
		pegs = ask(snapshot, ("BIKE", 4)).plan[0].fulfillment
		assert [(peg.qty, peg.available_date) for peg in pegs] == [(2, TODAY), (2, day(3))]

	def test_a_whole_number_item_is_not_short_for_the_noise_of_floats(self):
		snapshot = world(item(whole=True), supplies=[stock(2.9999999)])
		assert ask(snapshot, ("BIKE", 3)).promise_date == TODAY

	def test_quantities_as_large_as_allowed_add_up(self):
		snapshot = world(supplies=[stock(1e9 - 0.001), receipt(0.001, 2)])
		assert ask(snapshot, ("BIKE", 1e9)).promise_date == day(2)


class TestConfidence:
	def test_it_is_that_of_the_least_sure_supply(self):
		def sure(*supplies: Any, **facts: Any) -> Confidence | None:
			return ask(world(item(**facts), supplies=supplies), ("BIKE", 5)).confidence

		assert sure(stock(5)) is Confidence.HIGH
		assert sure(stock(4), receipt(1, 3)) is Confidence.MEDIUM
		assert sure(stock(4), receipt(1, -3)) is Confidence.LOW
		assert sure(receipt(1, 3), lead_time_days=9) is Confidence.LOW

	def test_a_document_due_today_is_not_overdue(self):
		assert ask(world(supplies=[receipt(1, 0)]), ("BIKE", 1)).confidence is Confidence.MEDIUM

	def test_an_order_is_as_sure_as_its_least_sure_line_and_a_line_says_its_own(self):
		snapshot = world(supplies=[stock(1), receipt(1, 3, "LOCK")])
		promise = ask(snapshot, ("BIKE", 1), ("LOCK", 1))
		assert [line.confidence for line in promise.plan] == [Confidence.HIGH, Confidence.MEDIUM]
		assert promise.confidence is Confidence.MEDIUM


def test_every_kind_of_supply_is_named_as_callers_know_it():
	kinds = {
		SupplyKind.PURCHASE_ORDER: (Source.PURCHASE_ORDER, "Purchase Order", "DOC-1"),
		SupplyKind.WORK_ORDER: (Source.PRODUCTION, "Work Order", None),
		SupplyKind.SUBCONTRACTING_ORDER: (Source.PRODUCTION, "Subcontracting Order", None),
		SupplyKind.TRANSFER: (Source.TRANSFER, "Stock Entry", None),
	}
	for kind, (source, doctype, po_id) in kinds.items():
		supply = stock(5, kind=kind, due=day(2), document="DOC-1", party="Meier")
		(peg,) = ask(world(supplies=[supply]), ("BIKE", 1)).plan[0].fulfillment
		assert (peg.source, peg.po_id, peg.supplier, peg.expected_date) == (source, po_id, "Meier", day(2))
		assert peg.document is not None
		assert (peg.document.doctype, peg.document.name) == (doctype, "DOC-1")


def test_processing_and_receipt_days_of_each_warehouse_decide_which_supply_delivers_first():
	slow = WarehouseFactory(name="Slow - RS", processing_days=9)
	quick = WarehouseFactory(name="Quick - RS")
	supplies = [stock(5, warehouse="Slow - RS"), receipt(5, 4, warehouse="Quick - RS")]
	line = ask(world(supplies=supplies, warehouses=[slow, quick]), ("BIKE", 5)).plan[0]
	assert (line.warehouse, line.promise_date) == ("Quick - RS", day(4))
