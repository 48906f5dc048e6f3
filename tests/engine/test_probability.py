"""How sure a promise is, and the dates that hold with a service level: each figure worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otp_app.engine.facts import Component, Reliability, Snapshot, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Confidence, Promise, Status
from otp_app.engine.reliability.priors import prior
from tests.engine.asking import BARE, ask, codes
from tests.values import (
	STORES,
	TODAY,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

# Of ten deliveries seven come on their day, two five days later, one twenty.
MEIER = DaysLate.of({0: 7, 5: 2, 20: 1})
SURE_STOCK = Reliability(SupplyKind.ON_HAND, STORES, None, DaysLate((0,), (1.0,)), 100, late=0.0)


def record(lateness: DaysLate = MEIER, **facts: Any) -> Reliability:
	known: dict[str, Any] = {
		"kind": SupplyKind.PURCHASE_ORDER,
		"party": "Schrauben Meier",
		"item_group": None,
	}
	return Reliability(**{**known, "lateness": lateness, "deliveries": 10, "late": 0.3, **facts})


def receipt(due: int, document: str = "PO-1", item_code: str = "BIKE", qty: float = 10, **more: Any) -> Any:
	return PurchaseOrderSupplyFactory(
		item_code=item_code, qty=float(qty), due=day(due), document=document, **more
	)


def world(
	*supplies: Any, records: tuple[Reliability, ...] = (record(), SURE_STOCK), **facts: Any
) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	return SnapshotFactory(supplies=supplies, settings=settings, reliability=records, **facts)


def levelled(level: float, snapshot: Snapshot, *lines: Any, **rules: Any) -> Promise:
	return ask(snapshot, *lines, rules={"service_level": level, **rules})


class TestOneDocument:
	def test_is_as_sure_as_its_supplier_was_punctual(self):
		promise = ask(world(receipt(3)), ("BIKE", 5))
		assert (promise.promise_date, promise.probability) == (day(3), 0.7)
		assert promise.plan[0].fulfillment[0].probability == 0.7
		assert promise.confidence is Confidence.MEDIUM

	def test_counts_what_is_left_of_the_time_until_the_promised_day(self):
		snapshot = world(receipt(3))
		wanted = {"desired_date": day(8).isoformat(), "rules": {"desired_date_mode": "NO_EARLY_DELIVERY"}}
		assert ask(snapshot, ("BIKE", 5), **wanted).probability == 0.9

	def test_takes_the_safety_buffer_for_what_it_is(self):
		promise = ask(world(receipt(3)), ("BIKE", 5), rules={"lead_time_buffer_days": 5})
		assert (promise.promise_date, promise.probability) == (day(8), 0.9)

	def test_leaves_time_for_goods_receipt_picking_and_transit(self):
		snapshot = world(
			receipt(3),
			settings={"inbound_days": 2, "processing_days": 1},
			lanes=[TransitLaneFactory(days=2)],
		)
		promise = ask(snapshot, ("BIKE", 5))
		assert (promise.promise_date, promise.probability) == (day(8), 0.7)
		assert ask(snapshot, ("BIKE", 5), rules={"lead_time_buffer_days": 4}).probability == 0.7
		assert ask(snapshot, ("BIKE", 5), rules={"lead_time_buffer_days": 5}).probability == 0.9

	def test_that_has_not_come_early_is_less_likely_to_be_punctual(self):
		early = record(DaysLate.of({-6: 4, 0: 4, 5: 2}))
		assert ask(world(receipt(3), records=(early,)), ("BIKE", 5)).probability == pytest.approx(
			4 / 6, abs=1e-4
		)
		assert ask(world(receipt(6), records=(early,)), ("BIKE", 5)).probability == 0.8

	def test_that_is_overdue_is_judged_by_those_that_were_as_late(self):
		snapshot = world(receipt(-2), settings={"medium_from": 0.3})
		promise = ask(snapshot, ("BIKE", 5))
		# It was not there on the two days past: three of ten are left, two of which come on the fifth.
		assert (promise.promise_date, promise.probability) == (day(3), pytest.approx(2 / 3, abs=1e-4))

	def test_that_is_overdue_is_expected_when_medium_confidence_says(self):
		assert ask(world(receipt(-2)), ("BIKE", 5)).promise_date == day(18)
		without = ask(world(receipt(-2), records=()), ("BIKE", 5))
		assert without.promise_date == day(1)

	def test_without_a_record_is_judged_by_the_stated_guess(self):
		promise = ask(world(receipt(3), records=()), ("BIKE", 5))
		assert promise.probability == prior(SupplyKind.PURCHASE_ORDER).within(0)


class TestTheDesiredDate:
	@pytest.mark.parametrize(("desired", "probability"), [(2, 0.0), (3, 0.7), (7, 0.7), (8, 0.9), (23, 1.0)])
	def test_has_a_probability_of_its_own(self, desired: int, probability: float):
		promise = ask(world(receipt(3)), ("BIKE", 5), desired_date=day(desired).isoformat())
		assert (promise.promise_date, promise.probability) == (day(3), 0.7)
		assert promise.on_time_probability == promise.plan[0].on_time_probability == probability

	def test_is_not_met_by_stock_that_has_a_way_to_go(self):
		stock = SupplyFactory(item_code="BIKE", qty=10.0)
		snapshot = world(stock, lanes=[TransitLaneFactory(days=2)])
		odds = [
			ask(snapshot, ("BIKE", 5), desired_date=day(wanted).isoformat()).on_time_probability
			for wanted in (1, 2)
		]
		assert odds == [0.0, 1.0]

	def test_is_not_met_by_what_comes_early_but_cannot_be_sent_before(self):
		early = record(DaysLate.of({-3: 5, 0: 5}))
		snapshot = world(receipt(3), records=(early,), lanes=[TransitLaneFactory(days=2)])
		odds = [
			ask(snapshot, ("BIKE", 5), desired_date=day(wanted).isoformat()).on_time_probability
			for wanted in (1, 2, 5)
		]
		assert odds == [0.0, 0.5, 1.0]

	def test_is_not_met_by_a_line_that_is_short(self):
		promise = ask(world(receipt(3, qty=1)), ("BIKE", 5), desired_date=day(9).isoformat())
		assert promise.on_time_probability == 0.0

	def test_of_one_line_says_nothing_of_another(self):
		line = {"item_code": "BIKE", "qty": 5, "desired_date": day(3).isoformat()}
		promise = ask(world(receipt(3), receipt(8, "PO-2", "LOCK")), line, ("LOCK", 5))
		assert [each.on_time_probability for each in promise.plan] == [0.7, None]
		assert promise.on_time_probability == 0.7


class TestWhichRecord:
	PARTY = record(DaysLate.of({0: 6, 9: 4}))
	BOTH = record(DaysLate.of({0: 9, 9: 1}), item_group="Products")
	GROUP = record(DaysLate.of({0: 5, 9: 5}), party=None, item_group="Products")
	ANY = record(DaysLate.of({0: 4, 9: 6}), party=None)

	@pytest.mark.parametrize(
		("records", "probability"),
		[
			((PARTY, BOTH, GROUP, ANY), 0.9),
			((PARTY, GROUP, ANY), 0.6),
			((GROUP, ANY), 0.5),
			((ANY,), 0.4),
			((replace(ANY, kind=SupplyKind.WORK_ORDER),), 0.8),
		],
	)
	def test_the_most_specific_one_counts(self, records: tuple[Reliability, ...], probability: float):
		assert ask(world(receipt(3), records=records), ("BIKE", 5)).probability == probability


class TestSeveralSupplies:
	def test_documents_are_independent(self):
		promise = ask(world(receipt(3), receipt(4, "PO-2")), ("BIKE", 15))
		# On day 4 the first may be a day late, which none ever was.
		assert promise.probability == pytest.approx(0.7 * 0.7)

	def test_what_one_document_brings_on_two_dates_are_two_deliveries(self):
		promise = ask(world(receipt(3), receipt(4, item_code="LOCK")), ("BIKE", 5), ("LOCK", 5))
		assert promise.probability == pytest.approx(0.7 * 0.7)

	def test_lines_of_one_document_are_late_together(self):
		promise = ask(world(receipt(3), receipt(3, item_code="LOCK")), ("BIKE", 5), ("LOCK", 5))
		assert [line.probability for line in promise.plan] == [0.7, 0.7]
		assert promise.probability == 0.7

	def test_lines_that_share_stock_share_its_certainty(self):
		counted = replace(SURE_STOCK, lateness=DaysLate((0,), (0.9,)))
		stock = SupplyFactory(item_code="BIKE", qty=10.0)
		promise = ask(world(stock, records=(counted,)), ("BIKE", 5), ("BIKE", 5))
		assert promise.probability == 0.9

	def test_stock_of_different_items_does_not(self):
		counted = replace(SURE_STOCK, lateness=DaysLate((0,), (0.9,)))
		stock = [SupplyFactory(item_code=code, qty=10.0) for code in ("BIKE", "LOCK")]
		promise = ask(world(*stock, records=(counted,)), ("BIKE", 5), ("LOCK", 5))
		assert promise.probability == pytest.approx(0.81)

	def test_a_bundle_needs_all_its_components(self):
		bundle = ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 1.0))
		)
		snapshot = world(receipt(3), receipt(3, "PO-2", "LOCK"), items=[bundle])
		assert ask(snapshot, ("SET", 2)).plan[0].probability == pytest.approx(0.49)

	def test_what_comes_with_a_later_line_has_more_time(self):
		promise = ask(world(receipt(3), receipt(8, "PO-2", "LOCK")), ("BIKE", 5), ("LOCK", 5))
		assert [line.probability for line in promise.plan] == [0.9, 0.7]

	def test_lines_that_are_shipped_apart_do_not_wait(self):
		snapshot = world(receipt(3), receipt(8, "PO-2", "LOCK"))
		promise = ask(snapshot, ("BIKE", 5), ("LOCK", 5), rules={"shipment": "per_line"})
		assert [line.probability for line in promise.plan] == [0.7, 0.7]
		assert promise.probability == pytest.approx(0.49)


class TestOtherKinds:
	def test_a_service_is_certain(self):
		snapshot = world(items=[ItemFactory(item_code="FITTING", is_stock_item=False)])
		assert ask(snapshot, ("FITTING", 1)).probability == 1.0

	def test_what_is_taken_for_granted_is_not(self):
		snapshot = world(items=[ItemFactory(item_code="BIKE", mode=FulfilmentMode.ALWAYS_AVAILABLE)])
		promise = ask(snapshot, ("BIKE", 1))
		assert (promise.probability, promise.confidence) == (0.8, Confidence.MEDIUM)

	@pytest.mark.parametrize("facts", [{}, {"default_bom": "BOM-1"}, {"drop_ship": True}])
	def test_what_is_not_ordered_yet_is_a_guess(self, facts: dict[str, Any]):
		snapshot = world(
			items=[ItemFactory(item_code="BIKE", lead_time_days=4, **facts)], settings={"inbound_days": 1}
		)
		promise = ask(snapshot, ("BIKE", 1))
		assert promise.probability == prior(SupplyKind.REPLENISHMENT).within(0)
		assert promise.confidence is Confidence.LOW

	def test_an_order_without_a_date_has_no_probability(self):
		snapshot = world(receipt(3, qty=1), items=[ItemFactory(item_code="LOCK")])
		promise = ask(snapshot, ("BIKE", 5), ("LOCK", 1), with_options=False)
		assert (promise.probability, promise.confidence) == (None, None)
		assert [line.probability for line in promise.plan] == [None, None]


@pytest.mark.parametrize(
	("high", "medium", "level"),
	[(0.7, 0.5, Confidence.HIGH), (0.71, 0.7, Confidence.MEDIUM), (0.9, 0.71, Confidence.LOW)],
)
def test_the_thresholds_are_those_of_the_settings(high: float, medium: float, level: Confidence):
	snapshot = world(receipt(3), settings={"high_from": high, "medium_from": medium})
	assert ask(snapshot, ("BIKE", 5)).confidence is level


class TestServiceLevel:
	@pytest.mark.parametrize(
		("level", "late", "probability"),
		[(0.5, 0, 0.7), (0.7, 0, 0.7), (0.71, 5, 0.9), (0.9, 5, 0.9), (0.95, 20, 1.0)],
	)
	def test_one_document_gets_the_day_by_which_so_many_came(
		self, level: float, late: int, probability: float
	):
		promise = levelled(level, world(receipt(3)), ("BIKE", 5))
		assert (promise.promise_date, promise.probability) == (day(3 + late), probability)
		assert promise.promise_date_raw == day(3)

	def test_a_day_earlier_would_not_hold(self):
		snapshot = world(receipt(3), receipt(4, "PO-2"))
		promise = levelled(0.8, snapshot, ("BIKE", 15))
		assert (promise.promise_date, promise.probability) == (day(9), pytest.approx(0.81))
		earlier = {"desired_date": day(8).isoformat(), "rules": {"desired_date_mode": "NO_EARLY_DELIVERY"}}
		assert ask(snapshot, ("BIKE", 15), **earlier).probability == pytest.approx(0.9 * 0.7)

	def test_stock_that_may_not_be_there_asks_more_of_the_rest(self):
		counted = replace(SURE_STOCK, lateness=DaysLate((0,), (0.95,)))
		stock = SupplyFactory(item_code="BIKE", qty=2.0)
		snapshot = world(stock, receipt(3), records=(record(), counted))
		assert levelled(0.85, snapshot, ("BIKE", 5)).promise_date == day(8)
		assert levelled(0.9, snapshot, ("BIKE", 5)).promise_date == day(23)
		unreachable = levelled(0.96, snapshot, ("BIKE", 5))
		assert (unreachable.status, unreachable.promise_date) == (Status.CANNOT_PROMISE_RELIABLY, None)
		assert codes(unreachable.blockers) == ["SERVICE_LEVEL_UNREACHABLE"]
		assert unreachable.blockers[0].values["best"] == 95.0

	def test_no_day_after_the_horizon_is_promised(self):
		promise = levelled(0.95, world(receipt(3), settings={"horizon_days": 15}), ("BIKE", 5))
		assert promise.status is Status.CANNOT_PROMISE_RELIABLY
		assert promise.blockers[0].values["best"] == 90.0

	def test_the_way_to_the_customer_may_go_beyond_the_horizon(self):
		snapshot = world(receipt(9), settings={"horizon_days": 10}, lanes=[TransitLaneFactory(days=3)])
		assert levelled(0.7, snapshot, ("BIKE", 5)).promise_date == day(12)
		unreachable = levelled(0.8, snapshot, ("BIKE", 5))
		assert unreachable.blockers[0].values["best"] == 70.0

	def test_no_document_needs_more_than_is_enough_for_all(self):
		seventeen = record(DaysLate.of({0: 90, 17: 10}), party="A")
		one = record(DaysLate.of({0: 95, 1: 5}), party="B")
		snapshot = world(
			receipt(3, "PO-A", party="A"), receipt(5, "PO-B", party="B"), records=(seventeen, one)
		)
		promise = levelled(0.9, snapshot, ("BIKE", 15))
		assert (promise.promise_date, promise.probability) == (day(6), 0.9)

	def test_a_day_that_holds_is_found_though_equal_chances_would_pass_the_horizon(self):
		late, punctual = (
			record(DaysLate.of({0: 7, 5: 2, 100: 1}), party="A"),
			record(DaysLate.of({0: 1}), party="B"),
		)
		snapshot = world(
			receipt(3, "PO-A", party="A"),
			receipt(3, "PO-B", party="B"),
			records=(late, punctual),
			settings={"horizon_days": 90},
		)
		assert levelled(0.9, snapshot, ("BIKE", 15)).promise_date == day(8)

	def test_without_a_date_there_is_no_certainty_and_no_part_to_ship_first(self):
		counted = replace(SURE_STOCK, lateness=DaysLate((0,), (0.95,)))
		stock = SupplyFactory(item_code="BIKE", qty=2.0)
		wanted = {"desired_date": day(30).isoformat()}
		rules = {"desired_date_mode": "NO_EARLY_DELIVERY", "service_level": 0.96}
		promise = ask(
			world(stock, receipt(3), records=(record(), counted)), ("BIKE", 5), rules=rules, **wanted
		)
		assert (promise.plan[0].probability, promise.plan[0].confidence) == (None, None)
		assert not promise.adjusted_due_to_no_early_delivery
		assert "partial_shipment" not in {option.type for option in promise.options}

	def test_the_line_that_needs_the_time_is_the_one_to_expedite(self):
		sure = record(DaysLate.of({0: 1}), party="B")
		snapshot = world(
			receipt(3),
			receipt(8, "PO-2", "LOCK", party="B"),
			records=(record(), sure),
			settings={"horizon_days": 60},
		)
		promise = levelled(0.95, snapshot, ("BIKE", 5), ("LOCK", 5))
		assert promise.promise_date == day(23)
		assert "TOGETHER" not in codes(promise.reasons)
		(expedite,) = (option for option in promise.options if option.type == "expedite")
		assert (expedite.po_id, expedite.promise_date) == ("PO-1", day(21))

	def test_the_buffer_is_no_time_on_top_of_it(self):
		promise = levelled(0.9, world(receipt(3)), ("BIKE", 5), lead_time_buffer_days=5)
		assert promise.promise_date == day(8)

	@pytest.mark.parametrize("level", [0.1, 0.6])
	def test_what_often_comes_early_is_not_promised_before_its_own_date(self, level: float):
		early = record(DaysLate.of({-3: 6, 14: 2, 23: 1}))
		promise = levelled(level, world(receipt(4), records=(early,)), ("BIKE", 5))
		# On the day before, two thirds would have come as well.
		assert (promise.promise_date, promise.probability) == (day(4), pytest.approx(2 / 3, abs=1e-4))

	def test_lines_shipped_apart_hold_together(self):
		snapshot = world(receipt(3), receipt(8, "PO-2", "LOCK"))
		promise = levelled(0.8, snapshot, ("BIKE", 5), ("LOCK", 5), shipment="per_line")
		assert [line.promise_date for line in promise.plan] == [day(8), day(13)]
		assert promise.probability == pytest.approx(0.81)

	def test_parts_each_get_their_day(self):
		stock = SupplyFactory(item_code="BIKE", qty=2.0)
		promise = levelled(0.9, world(stock, receipt(3)), ("BIKE", 5), shipment="partial")
		assert [peg.delivery_date for peg in promise.plan[0].fulfillment] == [TODAY, day(8)]

	def test_a_date_that_may_not_be_missed_is_missed_by_it(self):
		wanted = {"desired_date": day(5).isoformat()}
		rules = {"desired_date_mode": "STRICT_FAIL", "service_level": 0.9}
		assert ask(world(receipt(3)), ("BIKE", 5), rules=rules, **wanted).status is Status.CANNOT_FULFILL
		rules["service_level"] = 0.7
		assert ask(world(receipt(3)), ("BIKE", 5), rules=rules, **wanted).promise_date == day(3)

	def test_every_day_of_the_way_is_a_working_day(self):
		snapshot = world(receipt(3), settings={"no_weekends": True, "inbound_days": 1, "processing_days": 1})
		promise = levelled(0.9, snapshot, ("BIKE", 5))
		# Tuesday the 17th, received on Wednesday, packed and there on Thursday.
		assert (promise.promise_date, promise.probability) == (day(10), 0.9)
		assert promise.plan[0].ship_date == day(10)

	def test_another_warehouse_is_an_option_when_it_holds_earlier(self):
		elsewhere = SupplyFactory(item_code="BIKE", qty=9.0, warehouse="Shop - RS")
		sure = replace(SURE_STOCK, party="Shop - RS")
		snapshot = world(
			receipt(3), elsewhere, records=(record(), sure), warehouses=[WarehouseFactory(name="Shop - RS")]
		)
		line = {"item_code": "BIKE", "qty": 5, "warehouse": STORES}
		promise = levelled(0.95, snapshot, line)
		assert {option.type: option.promise_date for option in promise.options}["other_warehouse"] == TODAY


days_late = st.dictionaries(st.integers(-5, 30), st.integers(1, 9), min_size=1, max_size=5).map(DaysLate.of)


@given(st.lists(days_late, min_size=1, max_size=3), st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_a_higher_service_level_is_never_promised_earlier_and_always_kept(
	lateness: list[DaysLate], one: float, other: float
):
	supplies = [receipt(3 + i, f"PO-{i}", qty=5, party=f"S{i}") for i in range(len(lateness))]
	records = tuple(record(each, party=f"S{i}") for i, each in enumerate(lateness))
	snapshot = world(*supplies, records=records)
	low, high = sorted((one, other))
	answers = [levelled(level, snapshot, ("BIKE", 5 * len(supplies))) for level in (low, high)]
	for level, promise in zip((low, high), answers, strict=True):
		assert promise.promise_date is not None and promise.probability is not None
		assert promise.probability >= level - 1e-4
	assert answers[0].promise_date <= answers[1].promise_date  # type: ignore[operator]


@given(
	st.lists(st.tuples(days_late, st.integers(0, 9)), min_size=1, max_size=3),
	st.floats(0.05, 0.99),
	st.sampled_from(["complete", "per_line"]),
	st.integers(0, 3),
	st.floats(0.8, 1.0),
)
@example([(DaysLate.of({-3: 6, 23: 1, 14: 2}), 4)], 0.43, "per_line", 3, 0.8)
def test_no_earlier_day_has_the_service_level(
	orders: list[tuple[DaysLate, int]], level: float, shipment: str, transit: int, counted: float
):
	"""Every day before the promised one is asked for its own probability, from that of the documents' own dates on."""
	records = tuple(record(each, party=f"S{i}") for i, (each, _) in enumerate(orders))
	shelf = replace(SURE_STOCK, lateness=DaysLate((0,), (counted,)))
	supplies = [
		receipt(due, f"PO-{i}", f"ITEM-{i}", qty=5, party=f"S{i}") for i, (_, due) in enumerate(orders)
	]
	stock = SupplyFactory(item_code="LOCK", qty=9.0)
	snapshot = world(
		*supplies,
		stock,
		records=(*records, shelf),
		settings={"no_weekends": True, "horizon_days": 25},
		lanes=[TransitLaneFactory(days=transit)],
	)
	lines = [("LOCK", 1.0), *((f"ITEM-{i}", 5.0) for i in range(len(orders)))]
	promise = levelled(level, snapshot, *lines, shipment=shipment)
	latest, raw = promise.promise_date or day(25), promise.promise_date_raw
	assert raw is not None
	for number in range((raw - TODAY).days, (latest - TODAY).days):
		wanted = {"desired_date": day(number).isoformat()}
		odds = ask(snapshot, *lines, with_options=False, **wanted).on_time_probability
		assert odds is not None and odds < level + 1e-4


@given(days_late, st.integers(-10, 40), st.integers(-6, 35), st.floats(0.01, 0.999))
def test_a_quantile_holds_and_a_day_less_does_not(
	lateness: DaysLate, days: int, waited: int, probability: float
):
	least = lateness.quantile(probability, waited=waited)
	assert least is not None and least >= waited
	assert lateness.within(least, waited=waited) >= probability - 1e-9
	if least > waited:
		assert lateness.within(least - 1, waited=waited) < probability + 1e-9
	assert 0.0 <= lateness.within(days, waited=waited) <= lateness.within(days + 1, waited=waited) <= 1.0
