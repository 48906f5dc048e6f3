"""Two features at once, by hand: making with transfers and splits, quotas with other items and with lots, what is hidden of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from otp_app.engine.capable.tree import walk
from otp_app.engine.explain import requirements
from otp_app.engine.facts import Allocation, Protection, RuleSource, SourceKind, SourcingRule
from otp_app.engine.policy import BuildingRule, FulfilmentMode, WithoutQuota
from otp_app.engine.promise import HIDDEN, Promise, redacted
from tests.engine.asking import BARE, ask, codes, sentences
from tests.engine.capable.workshop import EARLY, bom, part, product, stock, workshop
from tests.engine.test_quotas import quota
from tests.values import (
	NOW,
	STORES,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	WarehouseFactory,
	day,
)

NORTH, SOUTH = "North - RS", "South - RS"
PLACES = [WarehouseFactory(name=NORTH), WarehouseFactory(name=SOUTH)]
ATP_ONLY = FulfilmentMode.ATP_ONLY


def weekly(*quantities: float, code: str, **more: Any) -> Allocation:
	return quota(*quantities, item_code=code, **more)


def split_rule(least: float) -> SourcingRule:
	places = (RuleSource(SourceKind.WAREHOUSE, name) for name in (NORTH, SOUTH))
	return SourcingRule("R", tuple(places), minimum_split=least)


def parts(promise: Promise) -> list[tuple[str, float, int]]:
	"""Item, quantity and day, counted from today, of each part of the first line."""
	pegs = promise.plan[0].fulfillment
	return [(peg.item_code, peg.qty, (peg.delivery_date - day(0)).days) for peg in pegs]


class TestMakingAndSources:
	def test_what_a_warehouse_ships_itself_another_one_does_not_fetch_too(self):
		facts = workshop(product(), stock("BIKE", 1, NORTH), stock("BIKE", 1, SOUTH))
		(line,) = ask(facts, ("BIKE", 3), rules={"transfers": True}, with_options=False).plan
		assert sum(peg.qty for peg in line.fulfillment) == 2
		assert line.shortage == 1

	def test_a_split_with_a_least_share_is_there_when_both_of_its_lots_are(self):
		# South has 2 and no frames. North makes its 2, then the other 6: 8 x 240 minutes are four days.
		facts = workshop(
			product(),
			part("FRAME"),
			bom("BIKE", ("FRAME", 1.0), minutes=240),
			stock("FRAME", 100, NORTH),
			stock("BIKE", 2, SOUTH),
			warehouses=PLACES,
			sourcing_rules=[split_rule(2.0)],
		)
		promise = ask(facts, ("BIKE", 10), now=EARLY, with_options=False)
		lots = [peg.tree for peg in promise.plan[0].fulfillment if peg.tree]
		assert [lot.qty for lot in lots] == [2, 6]
		assert promise.promise_date == day(3)

	def test_it_is_made_where_it_is_there_first(self):
		# South goes first, for it has two of them; the frames are in North.
		facts = workshop(
			product(),
			part("FRAME", 9),
			bom("BIKE", ("FRAME", 1.0), minutes=240),
			stock("FRAME", 100, NORTH),
			stock("BIKE", 2, SOUTH),
			warehouses=PLACES,
			sourcing_rules=[split_rule(0.0)],
		)
		promise = ask(facts, ("BIKE", 10), now=EARLY, with_options=False)
		made = [peg.warehouse for peg in promise.plan[0].fulfillment]
		assert (made, promise.promise_date) == ([SOUTH, NORTH], day(3))

	def test_and_its_lead_time_is_that_of_all_that_is_ordered(self):
		item = ItemFactory(item_code="BIKE", default_bom="BOM-BIKE-001", production_minutes=(0.0, 240.0))
		facts = SnapshotFactory(
			settings=BARE,
			items=[item],
			warehouses=PLACES,
			supplies=[SupplyFactory(item_code="BIKE", warehouse=SOUTH, qty=2.0)],
			sourcing_rules=[split_rule(2.0)],
		)
		assert ask(facts, ("BIKE", 10), with_options=False).promise_date == day(5)


class TestQuotasAndOtherItems:
	def facts(self, **more: Any) -> Any:
		items = [ItemFactory(item_code="P1", mode=ATP_ONLY, alternatives=("P2",))]
		return SnapshotFactory(
			settings=BARE,
			items=[*items, ItemFactory(item_code="P2", mode=ATP_ONLY)],
			supplies=[
				PurchaseOrderSupplyFactory(item_code="P1", qty=10.0, due=day(20)),
				SupplyFactory(item_code="P2", qty=10.0),
			],
			**more,
		)

	def asked(self, facts: Any, **rules: Any) -> Promise:
		rules = {"substitution": True, **rules}
		return ask(facts, ("P1", 5), desired_date=day(2).isoformat(), rules=rules, with_options=False)

	def test_it_is_the_quota_of_the_item_that_is_sent(self):
		promise = self.asked(self.facts(allocations=[weekly(3, 9, code="P2")]))
		assert parts(promise) == [("P2", 5, 7)]
		assert sentences(promise.reasons, "QUOTA_MOVES") == [
			"5 Nos of P2 wait until 2026-03-16 for a quota that has room."
		]

	def test_not_that_of_the_one_that_was_ordered(self):
		assert parts(self.asked(self.facts(allocations=[weekly(0, 0, code="P1")]))) == [("P2", 5, 0)]

	def test_in_parts_as_well(self):
		promise = self.asked(self.facts(allocations=[weekly(3, 9, code="P2")]), shipment="partial")
		assert parts(promise) == [("P2", 3, 0), ("P2", 2, 7)]


class TestQuotasAndLots:
	def test_a_lot_that_goes_in_parts_is_told_and_asked_for_once(self):
		facts = workshop(
			product(),
			part("FRAME"),
			bom("BIKE", ("FRAME", 1.0), loss=0.2),
			stock("FRAME", 100),
			allocations=[quota(4, 4, 9)],
		)
		promise = ask(facts, ("BIKE", 8), rules={"shipment": "partial"}, now=EARLY, with_options=False)
		pegs = promise.plan[0].fulfillment
		assert parts(promise) == [("BIKE", 4, 1), ("BIKE", 4, 7)]
		assert [peg.tree is None for peg in pegs] == [False, True]
		# 8 / (1 - 0.2) are begun.
		assert [peg.suggestion and peg.suggestion.qty for peg in pegs] == [6, 4]

	def test_a_minimum_order_is_asked_for_once(self):
		item = ItemFactory(item_code="BIKE", lead_time_days=1, min_order_qty=12.0)
		facts = SnapshotFactory(settings=BARE, items=[item], allocations=[quota(4, 4, 9)])
		promise = ask(facts, ("BIKE", 10), rules={"shipment": "partial"}, with_options=False)
		asked = [peg.suggestion and peg.suggestion.qty for peg in promise.plan[0].fulfillment]
		assert asked == [6, 4, 2]


class TestSubstitution:
	def test_why_the_ordered_item_cannot_be_made_is_told_when_others_give_a_part(self):
		facts = workshop(
			product(alternatives=("TOUR",)),
			ItemFactory(item_code="TOUR", mode=ATP_ONLY),
			part("FRAME", mode=ATP_ONLY),
			bom("BIKE", ("FRAME", 1.0)),
			stock("BIKE", 2),
			stock("TOUR", 3),
		)
		rules = {"substitution": True, "building_rule": "maximum_earlier_confirmation", "shipment": "partial"}
		promise = ask(facts, ("BIKE", 10), rules=rules, with_options=False)
		assert sorted(peg.qty for peg in promise.plan[0].fulfillment) == [2, 3]
		assert "CTP_ATP_ONLY" in codes(promise.blockers)

	def test_the_building_rule_of_the_ordered_item_compares_it_with_the_others(self):
		# TOUR has a rule of its own, by another building rule; BIKE is short, so what lacks least is best.
		rule = SourcingRule(
			"R",
			(RuleSource(SourceKind.WAREHOUSE, STORES),),
			item_code="TOUR",
			building_rule=BuildingRule.MAXIMUM_EARLIER,
		)
		facts = SnapshotFactory(
			settings=BARE,
			items=[
				ItemFactory(item_code="BIKE", mode=ATP_ONLY, alternatives=("TOUR",)),
				ItemFactory(item_code="TOUR", mode=ATP_ONLY),
			],
			supplies=[SupplyFactory(item_code="BIKE", qty=2.0), SupplyFactory(item_code="TOUR", qty=9.0)],
			sourcing_rules=[rule],
		)
		assert parts(ask(facts, ("BIKE", 5), rules={"substitution": True})) == [("TOUR", 5, 0)]

	def test_what_a_supplier_still_ships_of_the_ordered_item_is_still_of_that_supplier(self):
		rule = SourcingRule(
			"R",
			(
				RuleSource(SourceKind.WAREHOUSE, STORES),
				RuleSource(SourceKind.DROP_SHIP, supplier="Kopf AG", days=9),
			),
			item_code="P1",
		)
		items = [ItemFactory(item_code="P1", mode=ATP_ONLY, alternatives=("P2",), lead_time_days=9)]
		facts = SnapshotFactory(
			settings=BARE,
			items=[*items, ItemFactory(item_code="P2", mode=ATP_ONLY)],
			supplies=[SupplyFactory(item_code="P2", qty=3.0)],
			sourcing_rules=[rule],
		)
		rules = {"substitution": True, "building_rule": "on_time_confirmation", "shipment": "partial"}
		promise = ask(facts, ("P1", 5), desired_date=day(2).isoformat(), rules=rules, with_options=False)
		shipped = [(peg.item_code, peg.qty, peg.supplier) for peg in promise.plan[0].fulfillment]
		assert shipped == [("P1", 2, "Kopf AG"), ("P2", 3, None)]


def test_a_service_level_is_looked_for_as_far_as_the_quotas_have_room():
	facts = SnapshotFactory(
		settings=replace(BARE, without_quota=WithoutQuota.BLOCKED),
		items=[ItemFactory(item_code="BIKE", mode=ATP_ONLY)],
		supplies=[PurchaseOrderSupplyFactory(item_code="BIKE", qty=10.0, due=day(3))],
		allocations=[quota(*[20] * 8)],
	)
	free = ask(replace(facts, allocations=()), ("BIKE", 5), rules={"service_level": 0.95}, with_options=False)
	limited = ask(facts, ("BIKE", 5), rules={"service_level": 0.95}, with_options=False)
	assert free.promise_date is not None and day(3) < free.promise_date < day(56)
	assert limited.promise_date == free.promise_date


class TestWhatIsHidden:
	def test_a_warehouse_of_components_is_not_named_in_reasons_and_blockers(self):
		facts = workshop(
			product(), part("FRAME", mode=ATP_ONLY), bom("BIKE", ("FRAME", 1.0)), stock("FRAME", 2, NORTH)
		)
		facts = replace(facts, settings=replace(facts.settings, default_warehouse=NORTH))
		promise = ask(facts, {"item_code": "BIKE", "qty": 10, "warehouse": STORES}, with_options=False)
		assert NORTH in promise.component_places()
		shown = redacted(promise, frozenset(), frozenset({NORTH}))
		assert not any(NORTH in each.text() for each in (*shown.reasons, *shown.blockers))
		assert any(HIDDEN in each.text() for each in shown.blockers)


def test_explaining_how_an_item_can_be_had_keeps_what_is_protected():
	facts = workshop(
		product(),
		part("FRAME", 9),
		bom("BIKE", ("FRAME", 1.0)),
		stock("FRAME", 10),
		protections=[Protection("P", "FRAME", STORES, day(0), day(30), 8.0, customer="Velo Nord")],
	)
	nodes = [node for tree in requirements(facts, "BIKE", 5, STORES, NOW) for node in walk(tree)]
	assert sum(node.qty for node in nodes if node.item_code == "FRAME" and node.how.value == "stock") == 2
