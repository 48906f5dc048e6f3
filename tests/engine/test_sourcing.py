"""Where a line comes from: which rule holds, what it allows, splits, transfers, drop-ship, and who is told what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otp_app.engine.facts import (
	Component,
	Item,
	RuleSource,
	Snapshot,
	SourceKind,
	SourcingRule,
	WarehouseClass,
)
from otp_app.engine.policy import BuildingRule, FulfilmentMode
from otp_app.engine.promise import Promise, Source, Status
from otp_app.engine.sourcing import best_rule
from tests.engine.asking import BARE, ask, codes, option, problems, sentences, told
from tests.values import (
	COMPANY,
	TODAY,
	CommitmentFactory,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

NORTH, SOUTH, WEST = "North - RS", "South - RS", "West - RS"
ATP_ONLY = FulfilmentMode.ATP_ONLY


def stock(qty: float, at: str, code: str = "BIKE") -> Any:
	return SupplyFactory(item_code=code, qty=float(qty), warehouse=at)


def receipt(qty: float, due: int, at: str, code: str = "BIKE") -> Any:
	return PurchaseOrderSupplyFactory(item_code=code, qty=float(qty), due=day(due), warehouse=at)


def ships(name: str, priority: int = 0) -> RuleSource:
	return RuleSource(SourceKind.WAREHOUSE, name, priority=priority)


def sends(name: str, into: str | None = None, days: int | None = None) -> RuleSource:
	return RuleSource(SourceKind.TRANSFER, name, into, days=days)


def rule(*sources: RuleSource, name: str = "R", **facts: Any) -> SourcingRule:
	return SourcingRule(name, tuple(sources), **facts)


def world(*supplies: Any, rules: Any = (), **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	known = [WarehouseFactory(name=name) for name in (NORTH, SOUTH)]
	facts.setdefault("items", [bike()])
	return SnapshotFactory(
		supplies=supplies,
		settings=settings,
		sourcing_rules=rules,
		warehouses=[*known, *facts.pop("warehouses", [])],
		**facts,
	)


def bike(default: str = NORTH, **facts: Any) -> Item:
	return ItemFactory(item_code="BIKE", default_warehouses=((COMPANY, default),), **facts)


def where(promise: Promise) -> list[tuple[str, float]]:
	return [(peg.warehouse, peg.qty) for line in promise.plan for peg in line.fulfillment]


class TestWhichRule:
	ITEM = ItemFactory(item_code="BIKE", item_group="Bikes", groups=("Bikes", "Products", "All"))
	CUSTOMER = CustomerFactory(name="Velo", groups=("Dealers", "All"), territories=("Bavaria", "Germany"))

	# Each goes before all that follow it.
	ORDER = (
		{"item_code": "BIKE", "customer": "Velo"},
		{"item_code": "BIKE", "territory": "Germany"},
		{"item_code": "BIKE"},
		{"item_group": "Bikes", "customer": "Velo"},
		{"item_group": "Products", "customer": "Velo"},
		{"item_group": "Products"},
		{"customer": "Velo", "company": COMPANY},
		{"customer": "Velo"},
		{"customer_group": "Dealers"},
		{"customer_group": "All"},
		{"territory": "Bavaria"},
		{"territory": "Germany"},
		{"company": COMPANY},
		{},
	)

	@pytest.mark.parametrize("place", range(len(ORDER)))
	def test_the_most_specific_rule_wins_in_the_written_order(self, place: int):
		rules = [rule(name=str(n), **facts) for n, facts in enumerate(self.ORDER)][place:]
		for listed in (rules, rules[::-1]):
			found = best_rule(listed, self.ITEM, self.CUSTOMER, COMPANY)
			assert found is not None
			assert found.name == str(place)

	@pytest.mark.parametrize(
		"facts",
		[
			{"item_code": "CAR"},
			{"item_group": "Cars"},
			{"customer": "Moto"},
			{"territory": "France"},
			{"company": "B"},
		],
		ids=repr,
	)
	def test_a_rule_for_somebody_or_something_else_does_not_fit(self, facts: Any):
		assert best_rule([rule(**facts)], self.ITEM, self.CUSTOMER, COMPANY) is None

	def test_a_customer_who_is_not_known_gets_no_customer_s_rule(self):
		assert best_rule([rule(customer="Velo")], self.ITEM, None, COMPANY) is None


class TestAllowedSources:
	def test_only_listed_warehouses_ship_and_the_answer_names_the_rule(self):
		snapshot = world(
			stock(10, NORTH), receipt(10, 4, SOUTH), rules=[rule(ships(SOUTH), name="South only")]
		)
		promise = ask(snapshot, ("BIKE", 5))
		assert (promise.promise_date, where(promise)) == (day(4), [(SOUTH, 5)])
		assert sentences(promise.reasons, "SOURCED_BY_RULE") == [
			"Sourcing Rule South only says where BIKE comes from."
		]

	def test_what_the_rule_leaves_is_told_where_it_is_not_enough(self):
		items = [bike(mode=ATP_ONLY)]
		snapshot = world(stock(10, NORTH), stock(2, SOUTH), items=items, rules=[rule(ships(SOUTH), name="S")])
		promise = ask(snapshot, ("BIKE", 5))
		assert promise.status is Status.CANNOT_FULFILL
		assert codes(promise.blockers) == ["SHORTAGE", "RULE_LEAVES"]
		assert sentences(promise.blockers, "RULE_LEAVES") == [
			"Sourcing Rule S lets BIKE come from South - RS only."
		]

	def test_others_may_ship_where_the_rule_says_so(self):
		rules = [rule(ships(SOUTH), others=True)]
		promise = ask(world(stock(10, NORTH), receipt(10, 4, SOUTH), rules=rules), ("BIKE", 5))
		assert (promise.promise_date, where(promise)) == (TODAY, [(NORTH, 5)])
		assert sentences(promise.reasons, "PASSED_OVER_LATER") == [
			"By itself, South - RS could deliver BIKE on 2026-03-13."
		]

	def test_a_group_means_the_warehouses_below_it_that_sell(self):
		warehouses = [
			WarehouseFactory(name="All - RS", kind=WarehouseClass.GROUP),
			WarehouseFactory(name=NORTH, parent="All - RS", kind=WarehouseClass.NOT_AVAILABLE),
			WarehouseFactory(name=SOUTH, parent="All - RS"),
		]
		snapshot = world(
			stock(9, NORTH), stock(9, SOUTH), warehouses=warehouses, rules=[rule(ships("All - RS"))]
		)
		assert where(ask(snapshot, ("BIKE", 5))) == [(SOUTH, 5)]

	def test_a_rule_that_leaves_no_warehouse_is_refused_by_name(self):
		snapshot = world(stock(9, NORTH), rules=[rule(ships("Gone - RS"), name="Old")])
		assert told(problems(snapshot, ("BIKE", 5))) == [
			(
				"NO_SOURCE",
				"Sourcing Rule Old leaves no warehouse of Rad & Sohn GmbH that BIKE may be sold from: add a source to it.",
				"items[0].warehouse",
			)
		]

	def test_a_line_keeps_its_own_warehouse(self):
		snapshot = world(receipt(9, 4, NORTH), stock(9, SOUTH), rules=[rule(ships(SOUTH))])
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH})
		assert (promise.promise_date, where(promise)) == (day(4), [(NORTH, 5)])

	@pytest.mark.parametrize("by", ["the rule", "the request"])
	def test_unless_it_is_only_a_preference(self, by: str):
		rules = [rule(ships(SOUTH), others=True, preferred=by == "the rule")]
		asked = {"rules": {"sourcing": "preferred"}} if by == "the request" else {}
		snapshot = world(receipt(9, 4, NORTH), stock(9, SOUTH), rules=rules)
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}, **asked)
		assert (promise.promise_date, where(promise)) == (TODAY, [(SOUTH, 5)])

	def test_the_request_may_fix_what_the_rule_leaves_open(self):
		rules = [rule(ships(SOUTH), preferred=True)]
		snapshot = world(receipt(9, 4, NORTH), stock(9, SOUTH), rules=rules)
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		assert where(ask(snapshot, line, rules={"sourcing": "fixed"})) == [(NORTH, 5)]

	def test_services_need_no_source(self):
		service = ItemFactory(item_code="FIT", is_stock_item=False)
		assert ask(world(items=[service], rules=[rule(ships("Gone - RS"))]), ("FIT", 1)).status is Status.OK

	def test_an_option_offers_no_warehouse_that_the_rule_forbids(self):
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		supplies = [receipt(9, 4, NORTH), stock(9, SOUTH), receipt(9, 2, WEST)]
		found = option(ask(world(*supplies, rules=[rule(ships(WEST))]), line), "other_warehouse")
		assert found.change["warehouse"] == WEST


class TestTies:
	def test_of_equals_the_default_warehouse_is_kept(self):
		# SAP ABC: where alternatives are equal in quantity and date, the requested plant is used.
		snapshot = world(stock(9, NORTH), stock(9, SOUTH), rules=[rule(ships(SOUTH), ships(NORTH))])
		assert where(ask(snapshot, ("BIKE", 5))) == [(NORTH, 5)]

	def test_of_equals_the_warehouse_that_was_asked_for_is_kept(self):
		snapshot = world(
			stock(9, NORTH), stock(9, SOUTH), rules=[rule(ships(SOUTH), ships(NORTH), preferred=True)]
		)
		line = {"item_code": "BIKE", "qty": 5, "warehouse": SOUTH}
		assert where(ask(snapshot, line)) == [(SOUTH, 5)]

	def test_a_priority_goes_before_that(self):
		snapshot = world(stock(9, NORTH), stock(9, SOUTH), rules=[rule(ships(NORTH), ships(SOUTH, 1))])
		assert where(ask(snapshot, ("BIKE", 5))) == [(SOUTH, 5)]

	def test_fewer_warehouses_go_before_a_priority(self):
		supplies = [stock(3, NORTH), stock(3, SOUTH), stock(9, WEST)]
		snapshot = world(*supplies, rules=[rule(ships(NORTH, 2), ships(SOUTH, 2), ships(WEST))])
		assert where(ask(snapshot, ("BIKE", 5))) == [(WEST, 5)]

	def test_a_date_goes_before_the_number_of_warehouses(self):
		supplies = [stock(3, NORTH), stock(3, SOUTH), receipt(9, 1, WEST)]
		snapshot = world(*supplies, rules=[rule(ships(NORTH), ships(SOUTH), ships(WEST))])
		assert where(ask(snapshot, ("BIKE", 5))) == [(NORTH, 3), (SOUTH, 2)]


class TestSplits:
	def three(self, **facts: Any) -> Snapshot:
		rules = [rule(ships(NORTH), ships(SOUTH), ships(WEST), **facts)]
		return world(stock(4, NORTH), stock(4, SOUTH), stock(4, WEST), receipt(20, 6, NORTH), rules=rules)

	def test_as_many_share_a_line_as_are_needed(self):
		assert where(ask(self.three(), ("BIKE", 10))) == [(NORTH, 4), (SOUTH, 4), (WEST, 2)]

	@pytest.mark.parametrize(("most", "due"), [(1, 6), (2, 6), (3, 0)])
	def test_but_no_more_than_the_rule_lets(self, most: int, due: int):
		promise = ask(self.three(most_sources=most), ("BIKE", 10))
		assert promise.promise_date == day(due)
		assert len({at for at, _ in where(promise)}) <= most

	def test_no_part_is_smaller_than_the_minimum_split_and_the_date_holds(self):
		# Greedily 4 + 1; with a minimum of 2 the first gives up one.
		promise = ask(self.three(minimum_split=2.0), ("BIKE", 5))
		assert (promise.promise_date, where(promise)) == (TODAY, [(NORTH, 3), (SOUTH, 2)])

	def test_a_line_too_small_for_two_parts_waits(self):
		promise = ask(self.three(minimum_split=4.5), ("BIKE", 5))
		assert (promise.promise_date, where(promise)) == (day(6), [(NORTH, 4), (NORTH, 1)])

	def test_a_whole_item_is_split_into_whole_parts(self):
		rules = [rule(ships(NORTH), ships(SOUTH), minimum_split=1.5)]
		items = [bike(whole=True)]
		promise = ask(world(stock(4, NORTH), stock(4, SOUTH), items=items, rules=rules), ("BIKE", 5))
		assert where(promise) == [(NORTH, 3), (SOUTH, 2)]

	def test_two_lines_do_not_take_one_unit_twice(self):
		promise = ask(self.three(), ("BIKE", 6), ("BIKE", 6), ("BIKE", 4))
		assert [line.promise_date_raw for line in promise.plan] == [TODAY, TODAY, day(6)]


class TestTransfers:
	def test_what_lies_elsewhere_is_there_after_the_transfer_days(self):
		# Two working days of the sender from today; then it is packed and sent as anything else.
		snapshot = world(
			stock(10, SOUTH),
			receipt(10, 9, NORTH),
			rules=[rule(sends(SOUTH, NORTH, days=2))],
			settings={"processing_days": 1, "no_weekends": True},
		)
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH})
		(peg,) = promise.plan[0].fulfillment
		assert (peg.source, peg.warehouse, peg.document) == (Source.TRANSFER, NORTH, None)
		assert (peg.expected_date, peg.available_date, peg.delivery_date) == (day(2), day(2), day(3))
		wanted = peg.suggestion
		assert wanted is not None
		assert (wanted.material_request_type, wanted.from_warehouse, wanted.warehouse) == (
			"Material Transfer",
			SOUTH,
			NORTH,
		)
		assert (wanted.qty, wanted.schedule_date) == (5, day(2))
		assert sentences(promise.reasons, "TRANSFERRED") == [
			"5 Nos of BIKE are to be transferred from South - RS to North - RS: 2 working day(s), so there on 2026-03-11."
		]

	def test_stock_in_the_shipping_warehouse_goes_first(self):
		snapshot = world(stock(3, NORTH), stock(9, SOUTH), rules=[rule(sends(SOUTH, days=0))])
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH})
		assert [(peg.source, peg.qty) for peg in promise.plan[0].fulfillment] == [
			(Source.STOCK, 3),
			(Source.TRANSFER, 2),
		]

	def test_the_sender_s_commitments_are_kept_and_nothing_is_sent_twice(self):
		owed = CommitmentFactory(item_code="BIKE", warehouse=SOUTH, qty=4.0, due=day(20))
		snapshot = world(
			stock(10, SOUTH),
			receipt(30, 9, NORTH),
			commitments=[owed],
			rules=[rule(sends(SOUTH, NORTH, days=2))],
		)
		here, there = (
			{"item_code": "BIKE", "qty": 4, "warehouse": NORTH},
			{"item_code": "BIKE", "qty": 4, "warehouse": SOUTH},
		)
		promise = ask(snapshot, here, there)
		fetched = [peg for line in promise.plan for peg in line.fulfillment if peg.warehouse == NORTH]
		assert [(peg.source, peg.qty) for peg in fetched] == [(Source.TRANSFER, 4)]
		kept = [peg for line in promise.plan for peg in line.fulfillment if peg.warehouse == SOUTH]
		# 10 on hand, 4 owed to others and 4 fetched: 2 are left, and nothing more comes there.
		assert sum(peg.qty for peg in kept) == 2
		assert promise.plan[1].shortage == 2

	def test_what_is_still_to_come_elsewhere_is_not_fetched(self):
		snapshot = world(
			receipt(10, 1, SOUTH), receipt(10, 9, NORTH), rules=[rule(sends(SOUTH, NORTH, days=1))]
		)
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH})
		assert promise.promise_date == day(9)

	@pytest.mark.parametrize(
		("lanes", "due"),
		[
			([], 1),
			([TransitLaneFactory(days=3, to_warehouse=NORTH)], 3),
			([TransitLaneFactory(days=3, to_warehouse=NORTH), TransitLaneFactory(days=4, warehouse=SOUTH, to_warehouse=NORTH)], 4),
			([TransitLaneFactory(days=5, to_warehouse=SOUTH)], 1),
		],
		ids=["settings", "lane", "the sender's lane", "a lane elsewhere"],
	)  # fmt: skip
	def test_without_days_the_lane_s_hold_else_those_of_the_settings(self, lanes: Any, due: int):
		snapshot = world(
			stock(10, SOUTH), rules=[rule(sends(SOUTH))], lanes=lanes, settings={"transfer_days": 1}
		)
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 5, "warehouse": NORTH})
		assert promise.promise_date == day(due)

	def test_a_lane_between_warehouses_is_no_lane_to_a_customer(self):
		snapshot = world(stock(10, NORTH), lanes=[TransitLaneFactory(days=3, to_warehouse=NORTH)])
		assert ask(snapshot, ("BIKE", 5)).promise_date == TODAY

	def test_the_request_may_allow_transfers_from_wherever_the_item_lies(self):
		snapshot = world(stock(10, SOUTH), receipt(10, 9, NORTH))
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		assert ask(snapshot, line, rules={"transfers": True}).promise_date == day(1)

	def test_where_it_does_not_a_transfer_is_an_option(self):
		snapshot = world(stock(10, SOUTH), receipt(10, 9, NORTH))
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		found = option(ask(snapshot, line), "transfer")
		assert found.description == "Transfer 5 Nos of BIKE from South - RS to North - RS."
		assert (found.promise_date, found.change) == (day(1), {"rules": {"transfers": True}})
		assert ask(snapshot, line, rules={"transfers": True}).promise_date == found.promise_date

	def test_a_rule_keeps_transfers_to_the_warehouses_that_it_lists(self):
		snapshot = world(stock(10, SOUTH), receipt(10, 9, NORTH), rules=[rule(ships(NORTH))])
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		promise = ask(snapshot, line, rules={"transfers": True})
		assert promise.promise_date == day(9)

	def test_components_of_a_bundle_are_fetched_too(self):
		bundle = ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("BIKE", 1), Component("LOCK", 2))
		)
		snapshot = world(
			stock(5, NORTH),
			stock(10, SOUTH, "LOCK"),
			items=[bike(), bundle],
			rules=[rule(sends(SOUTH, NORTH, days=2))],
		)
		promise = ask(snapshot, {"item_code": "SET", "qty": 5, "warehouse": NORTH})
		assert promise.promise_date == day(2)

	def test_it_is_as_sure_as_stock_and_transfers_are(self):
		snapshot = world(stock(10, SOUTH), rules=[rule(sends(SOUTH, days=2))])
		line = {"item_code": "BIKE", "qty": 5, "warehouse": NORTH}
		(peg,) = ask(snapshot, line).plan[0].fulfillment
		own = ask(world(stock(10, NORTH)), line).plan[0].fulfillment[0]
		assert 0 < peg.probability < own.probability
		surer = ask(snapshot, line, rules={"service_level": 0.95})
		assert surer.promise_date is not None
		assert surer.promise_date > day(2)
		assert surer.probability is not None
		assert surer.probability >= 0.95


class TestDropShip:
	def by(self, days: int | None, priority: int = 0) -> RuleSource:
		return RuleSource(SourceKind.DROP_SHIP, supplier="Kopf AG", days=days, priority=priority)

	def test_a_supplier_ships_what_no_warehouse_has_as_soon(self):
		snapshot = world(receipt(10, 9, NORTH), rules=[rule(ships(NORTH), self.by(4))])
		promise = ask(snapshot, ("BIKE", 5))
		(peg,) = promise.plan[0].fulfillment
		assert (promise.promise_date, peg.source, peg.supplier) == (day(4), Source.REPLENISHMENT, "Kopf AG")
		assert sentences(promise.reasons, "DROP_SHIP") == [
			"BIKE is shipped by the supplier, 4 working day(s) after the order."
		]

	def test_without_days_the_item_s_lead_time_holds(self):
		snapshot = world(items=[bike(lead_time_days=6)], rules=[rule(self.by(None))])
		assert ask(snapshot, ("BIKE", 5)).promise_date == day(6)

	def test_stock_that_is_as_early_goes_first(self):
		snapshot = world(receipt(10, 4, NORTH), rules=[rule(ships(NORTH), self.by(4))])
		assert ask(snapshot, ("BIKE", 5)).plan[0].fulfillment[0].source is Source.PURCHASE_ORDER
		first = world(receipt(10, 4, NORTH), rules=[rule(ships(NORTH), self.by(4, priority=1))])
		assert ask(first, ("BIKE", 5)).plan[0].fulfillment[0].source is Source.REPLENISHMENT

	def test_a_line_that_says_who_ships_it_is_not_shipped_by_the_supplier(self):
		snapshot = world(receipt(10, 9, NORTH), rules=[rule(ships(NORTH), self.by(4))])
		line = {"item_code": "BIKE", "qty": 5, "delivered_by_supplier": False}
		assert ask(snapshot, line).promise_date == day(9)


class TestBuildingRules:
	def two(self, **facts: Any) -> Snapshot:
		"""North has 6 today and 4 in thirty days, South all ten in five."""
		rules = [rule(ships(NORTH), ships(SOUTH), most_sources=1, **facts)]
		return world(stock(6, NORTH), receipt(10, 30, NORTH), receipt(10, 5, SOUTH), rules=rules)

	@pytest.mark.parametrize(
		("building", "at"),
		[(BuildingRule.FULL, SOUTH), (BuildingRule.MAXIMUM_EARLIER, NORTH), (BuildingRule.ON_TIME, NORTH)],
	)
	def test_each_rule_takes_its_own_alternative(self, building: BuildingRule, at: str):
		partial: dict[str, Any] = {"desired_date": day(2).isoformat(), "rules": {"shipment": "partial"}}
		for promise in (
			ask(self.two(building_rule=building), ("BIKE", 10), **partial),
			ask(replace_setting(self.two(), building), ("BIKE", 10), **partial),
			ask(self.two(), ("BIKE", 10), desired_date=day(2).isoformat(), rules={"shipment": "partial", "building_rule": building.value}),
		):  # fmt: skip
			assert {name for name, _ in where(promise)} == {at}

	def test_on_time_looks_at_the_desired_date_only(self):
		promise = ask(
			self.two(building_rule=BuildingRule.ON_TIME),
			("BIKE", 10),
			desired_date=day(5).isoformat(),
			rules={"shipment": "partial"},
		)
		assert {name for name, _ in where(promise)} == {SOUTH}

	@pytest.mark.parametrize("building", list(BuildingRule))
	def test_a_line_that_is_shipped_as_a_whole_is_there_on_its_last_day(self, building: BuildingRule):
		promise = ask(self.two(building_rule=building), ("BIKE", 10), desired_date=day(2).isoformat())
		assert {name for name, _ in where(promise)} == {SOUTH}


def replace_setting(snapshot: Snapshot, building: BuildingRule) -> Snapshot:
	return replace(snapshot, settings=replace(snapshot.settings, building_rule=building))
