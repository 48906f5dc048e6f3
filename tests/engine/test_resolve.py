"""From words to stock units: who is refused and why, units, bundles, companies, warehouses, sourcing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from otp_app.engine.facts import Component, Item, Snapshot, UomConversion, WarehouseClass, Withheld
from otp_app.engine.policy import FulfilmentMode, Settings
from otp_app.engine.promise import Confidence, Source, Status
from tests.engine.asking import BARE, ask, problems, sentences, told
from tests.values import (
	COMPANY,
	FINISHED,
	NOW,
	STORES,
	TODAY,
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

GROUP = "All Warehouses - RS"
OTHER = "Other GmbH"


def item(code: str = "BIKE", **facts: Any) -> Item:
	return ItemFactory(item_code=code, **facts)


def stock(code: str = "BIKE", qty: float = 10.0, warehouse: str = STORES, **more: Any) -> Any:
	return SupplyFactory(item_code=code, qty=qty, warehouse=warehouse, **more)


def world(*items: Item, **facts: Any) -> Snapshot:
	facts = {"settings": BARE, "supplies": [stock()], "customers": []} | facts
	return SnapshotFactory(items=items, **facts)


def at(warehouse: str, qty: float = 1, code: str = "BIKE") -> dict[str, Any]:
	return {"item_code": code, "qty": qty, "warehouse": warehouse}


class TestItems:
	@pytest.mark.parametrize(
		("facts", "code", "message"),
		[
			(
				{"is_template": True},
				"ITEM_IS_TEMPLATE",
				"BIKE is a template: order one of its variants.",
			),
			({"disabled": True}, "ITEM_DISABLED", "Item BIKE is disabled: choose another."),
			({"end_of_life": TODAY}, "ITEM_END_OF_LIFE", "Item BIKE reached its end of life on 2026-03-09."),
			({"is_sales_item": False}, "ITEM_NOT_FOR_SALE", "Item BIKE is not a sales item."),
		],
	)
	def test_an_item_that_cannot_be_sold_is_refused_by_name(self, facts: Any, code: str, message: str):
		assert told(problems(world(item(**facts)), ("BIKE", 1))) == [(code, message, "items[0].item_code")]

	def test_an_unknown_item_is_named_and_not_found(self):
		(problem,) = problems(world(), ("TRIKE", 1))
		assert (problem.code, problem.message, problem.status) == (
			"UNKNOWN_ITEM",
			"There is no item TRIKE.",
			404,
		)

	def test_an_item_is_sold_until_the_day_before_its_end_of_life(self):
		assert ask(world(item(end_of_life=day(1))), ("BIKE", 1)).status is Status.OK

	def test_a_variant_is_sold_though_its_template_is_not(self):
		snapshot = world(item("BIKE", is_template=True), item("BIKE-RED"), supplies=[stock("BIKE-RED")])
		assert ask(snapshot, ("BIKE-RED", 1)).promise_date == TODAY

	def test_every_line_is_judged_and_all_problems_come_at_once(self):
		snapshot = world(item("OLD", disabled=True), item("WHOLE", whole=True))
		found = problems(
			snapshot,
			("TRIKE", 1),
			("OLD", 1),
			("BIKE", 1),
			("WHOLE", 1.5),
			at("Nowhere"),
			{"item_code": "BIKE", "qty": 1, "uom": "Box"},
			customer="Nobody",
		)
		assert [(problem.code, problem.field) for problem in found] == [
			("UNKNOWN_CUSTOMER", "customer"),
			("UNKNOWN_ITEM", "items[0].item_code"),
			("ITEM_DISABLED", "items[1].item_code"),
			("WHOLE_NUMBER", "items[3].qty"),
			("UNKNOWN_WAREHOUSE", "items[4].warehouse"),
			("UNKNOWN_UOM", "items[5].uom"),
		]


class TestCustomers:
	def test_an_unknown_customer_is_named_and_not_found(self):
		(problem,) = problems(world(), ("BIKE", 1), customer="Nobody")
		assert (problem.message, problem.field, problem.status) == (
			"There is no customer Nobody.",
			"customer",
			404,
		)

	def test_a_disabled_customer_is_refused(self):
		snapshot = world(customers=[CustomerFactory(name="Gone", disabled=True)])
		assert told(problems(snapshot, ("BIKE", 1), customer="Gone")) == [
			("CUSTOMER_DISABLED", "Customer Gone is disabled: enable it first.", "customer")
		]

	def test_any_customer_will_do_where_the_snapshot_has_none(self):
		assert problems(world(customers=None), ("BIKE", 1), customer="Anybody") == ()


class TestQuantities:
	BOXES = (UomConversion("Box", 12.0, True), UomConversion("Metre", 0.5))

	def promised(self, qty: float, uom: str, **facts: Any) -> float:
		snapshot = world(item(uoms=self.BOXES, **facts), supplies=[stock(qty=1000.0)])
		return ask(snapshot, {"item_code": "BIKE", "qty": qty, "uom": uom}).plan[0].qty_required

	def test_quantities_are_converted_to_the_stock_unit(self):
		assert self.promised(2, "Box") == 24
		assert self.promised(3, "Metre") == 1.5
		assert self.promised(3, "Nos") == 3

	def test_an_unknown_unit_names_those_there_are(self):
		snapshot = world(item(uoms=self.BOXES))
		assert told(problems(snapshot, {"item_code": "BIKE", "qty": 1, "uom": "Pallet"})) == [
			("UNKNOWN_UOM", "BIKE is not sold in Pallet; use Nos, Box, Metre.", "items[0].uom")
		]

	@pytest.mark.parametrize(
		("qty", "uom", "message"),
		[
			(1.5, None, "BIKE comes in whole Nos only, not 1.5."),
			(1000000.5, None, "BIKE comes in whole Nos only, not 1000000.5."),
			(0.5, "Box", "BIKE comes in whole Box only, not 0.5."),
			(1, "Metre", "BIKE comes in whole Metre only, not 1."),
		],
	)
	def test_a_whole_number_unit_stays_whole(self, qty: float, uom: str | None, message: str):
		snapshot = world(item(whole=True, uoms=self.BOXES), supplies=[stock(qty=1e7)])
		assert told(problems(snapshot, {"item_code": "BIKE", "qty": qty, "uom": uom})) == [
			("WHOLE_NUMBER", message, "items[0].qty")
		]

	def test_a_unit_may_be_whole_though_the_stock_unit_is_not(self):
		snapshot = world(item(uoms=self.BOXES))
		assert problems(snapshot, {"item_code": "BIKE", "qty": 0.25, "uom": "Box"})[0].code == "WHOLE_NUMBER"
		assert problems(snapshot, ("BIKE", 0.25)) == ()

	def test_noise_below_the_tolerance_is_no_fraction(self):
		assert self.promised(3.0004, "Nos", whole=True) == 3
		assert self.promised(0.1 + 0.2, "Nos") == 0.1 + 0.2
		third = item(whole=True, uoms=(UomConversion("Third", 1 / 3),))
		snapshot = world(third)
		assert ask(snapshot, {"item_code": "BIKE", "qty": 9, "uom": "Third"}).plan[0].qty_required == 3

	def test_a_quantity_that_the_site_cannot_count_is_refused(self):
		assert told(problems(world(), ("BIKE", 0.0005))) == [
			("QTY_TOO_SMALL", "0.0005 is less than the site can count.", "items[0].qty")
		]
		assert problems(world(precision=6), ("BIKE", 0.0005)) == ()


class TestBundles:
	SET = item("SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 2.0)))

	def test_a_bundle_promises_its_components_and_its_date_is_the_latest(self):
		late = PurchaseOrderSupplyFactory(item_code="LOCK", qty=8.0, due=day(6))
		line = ask(world(self.SET, supplies=[stock(), late]), ("SET", 4)).plan[0]
		assert (line.item_code, line.qty_required, line.promise_date) == ("SET", 4, day(6))
		assert [(peg.item_code, peg.qty) for peg in line.fulfillment] == [("BIKE", 4), ("LOCK", 8)]

	def test_a_bundle_is_short_by_whole_bundles(self):
		line = ask(world(self.SET, supplies=[stock(), stock("LOCK", 5)]), ("SET", 4)).plan[0]
		assert line.shortage == 2

	def test_a_bundle_is_never_short_by_more_than_was_asked_for(self):
		line = ask(world(self.SET, item("LOCK")), ("SET", 0.5)).plan[0]
		assert (line.qty_required, line.shortage) == (0.5, 0.5)

	@pytest.mark.parametrize("gone", [True, False], ids=["gone", "disabled"])
	def test_a_bundle_with_a_component_that_is_not_there_is_refused_by_name(self, gone: bool):
		items = [self.SET, item("BIKE")] if gone else [self.SET, item("LOCK", disabled=True)]
		assert told(problems(world(*items), ("SET", 1))) == [
			("COMPONENT_UNAVAILABLE", "SET contains LOCK, which is disabled or gone.", "items[0].item_code")
		]

	def test_a_component_need_not_be_sold_alone(self):
		snapshot = world(self.SET, item("LOCK", is_sales_item=False), supplies=[stock(), stock("LOCK")])
		assert ask(snapshot, ("SET", 1)).status is Status.OK

	def test_a_bundle_without_a_warehouse_is_sourced_where_its_components_are(self):
		supplies = [stock(warehouse=FINISHED), stock("LOCK", warehouse=STORES)]
		line = ask(world(self.SET, supplies=supplies), ("SET", 1)).plan[0]
		assert {(peg.item_code, peg.warehouse) for peg in line.fulfillment} == {
			("BIKE", FINISHED),
			("LOCK", STORES),
		}


class TestCompanies:
	TWO = {
		"companies": [CompanyFactory(), CompanyFactory(name=OTHER)],
		"warehouses": [WarehouseFactory(), WarehouseFactory(name="Stores - O", company=OTHER)],
	}

	def test_only_warehouses_of_the_orders_company_count(self):
		snapshot = world(supplies=[stock(warehouse="Stores - O")], **self.TWO)
		ours = ask(snapshot, ("BIKE", 1), company=COMPANY)
		theirs = ask(snapshot, ("BIKE", 1), company=OTHER)
		assert (ours.status, theirs.status) == (Status.CANNOT_FULFILL, Status.OK)

	def test_a_warehouse_of_another_company_is_refused_by_name(self):
		assert told(problems(world(**self.TWO), at("Stores - O"), company=COMPANY)) == [
			(
				"OTHER_COMPANY",
				"Warehouse Stores - O belongs to Other GmbH, the order to Rad & Sohn GmbH.",
				"items[0].warehouse",
			)
		]

	def test_without_a_company_it_is_that_of_the_first_warehouse(self):
		snapshot = world(supplies=[stock(warehouse="Stores - O")], **self.TWO)
		promise = ask(snapshot, ("BIKE", 1), at("Stores - O"))
		assert promise.plan[0].warehouse == "Stores - O"
		assert problems(snapshot, at("Stores - O"), at(STORES))[0].code == "OTHER_COMPANY"

	def test_without_a_warehouse_either_it_is_the_default_company(self):
		settings = replace(BARE, default_company=OTHER)
		snapshot = world(supplies=[stock(warehouse="Stores - O")], settings=settings, **self.TWO)
		assert ask(snapshot, ("BIKE", 1)).plan[0].warehouse == "Stores - O"

	def test_an_unknown_company_is_named_and_no_line_is_measured_against_it(self):
		found = problems(world(**self.TWO), ("BIKE", 1), at(STORES), company="Nobody AG")
		assert told(found) == [("UNKNOWN_COMPANY", "There is no company Nobody AG.", "company")]
		assert found[0].status == 404

	def test_where_no_company_can_be_told_one_is_asked_for_and_nothing_else(self):
		assert told(problems(world(**self.TWO), ("BIKE", 1), ("BIKE", 2))) == [
			("MISSING_FIELD", "Give a company, or a warehouse on a line.", "company")
		]

	def test_a_company_without_a_warehouse_to_sell_from_is_refused(self):
		snapshot = world(**self.TWO | {"warehouses": [WarehouseFactory()]})
		assert told(problems(snapshot, ("BIKE", 1), company=OTHER)) == [
			("NO_WAREHOUSE", "Company Other GmbH has no warehouse to sell BIKE from.", "items[0].warehouse")
		]


class TestWarehouses:
	def test_an_unknown_warehouse_is_named_and_not_found(self):
		(problem,) = problems(world(), at("Nowhere - RS"))
		assert (problem.code, problem.message, problem.status) == (
			"UNKNOWN_WAREHOUSE",
			"There is no warehouse Nowhere - RS.",
			404,
		)

	@pytest.mark.parametrize(
		"facts",
		[{"kind": WarehouseClass.IN_TRANSIT}, {"kind": WarehouseClass.NOT_AVAILABLE}, {"disabled": True}],
		ids=repr,
	)
	def test_nothing_is_sold_from_a_warehouse_kept_out_of_sale(self, facts: Any):
		snapshot = world(warehouses=[WarehouseFactory(**facts)])
		assert told(problems(snapshot, at(STORES))) == [
			(
				"WAREHOUSE_NOT_SELLABLE",
				"Nothing is sold from warehouse Stores - RS: it is disabled, in transit or kept out of sale.",
				"items[0].warehouse",
			)
		]

	def test_a_warehouse_that_needs_processing_sells(self):
		snapshot = world(warehouses=[WarehouseFactory(kind=WarehouseClass.NEEDS_PROCESSING, extra_days=3)])
		assert ask(snapshot, at(STORES)).promise_date == day(3)

	def groups(self, **leaf: Any) -> list[Any]:
		return [
			WarehouseFactory(name=GROUP, kind=WarehouseClass.GROUP),
			WarehouseFactory(name="Yard - RS", kind=WarehouseClass.GROUP, parent=GROUP),
			WarehouseFactory(parent=GROUP),
			WarehouseFactory(name="Shed - RS", parent="Yard - RS", **leaf),
		]

	def test_a_group_means_any_warehouse_below_it_however_deep(self):
		snapshot = world(warehouses=self.groups(), supplies=[stock(warehouse="Shed - RS")])
		line = ask(snapshot, at(GROUP)).plan[0]
		assert (line.promise_date, line.warehouse) == (TODAY, "Shed - RS")

	def test_a_group_may_need_several_of_its_warehouses(self):
		snapshot = world(warehouses=self.groups(), supplies=[stock(), stock(warehouse="Shed - RS", qty=5)])
		promise = ask(snapshot, at(GROUP, 12))
		assert {(p.warehouse, p.qty) for p in promise.plan[0].fulfillment} == {(STORES, 10), ("Shed - RS", 2)}
		assert promise.plan[0].warehouse == GROUP
		assert sentences(promise.reasons, "SOURCED") == ["BIKE is promised from Stores - RS, Shed - RS."]

	@pytest.mark.parametrize("leaf", [{"disabled": True}, {"kind": WarehouseClass.NOT_AVAILABLE}], ids=repr)
	def test_closed_leaves_of_a_group_are_passed_over(self, leaf: Any):
		supplies = [stock(qty=1), stock(warehouse="Shed - RS", qty=100)]
		promise = ask(world(warehouses=self.groups(**leaf), supplies=supplies), at(GROUP, 2))
		assert (promise.status, promise.plan[0].shortage) == (Status.CANNOT_FULFILL, 1)

	def test_a_group_whose_leaves_are_all_closed_is_refused(self):
		snapshot = world(warehouses=self.groups(disabled=True))
		assert problems(snapshot, at("Yard - RS"))[0].code == "WAREHOUSE_NOT_SELLABLE"

	def test_a_group_without_warehouses_is_refused(self):
		snapshot = world(warehouses=[WarehouseFactory(name=GROUP, kind=WarehouseClass.GROUP)])
		assert problems(snapshot, at(GROUP))[0].code == "WAREHOUSE_NOT_SELLABLE"


class TestSourcing:
	A, B = "A - RS", "B - RS"

	def sourced(
		self, supplies: list[Any], qty: float = 5, *items: Item, **facts: Any
	) -> tuple[str | None, Any]:
		snapshot = world(*items, supplies=supplies, **facts)
		line = ask(snapshot, ("BIKE", qty)).plan[0]
		return line.warehouse, line.promise_date

	def test_the_items_default_warehouse_comes_first(self):
		bike = item(default_warehouses=((COMPANY, self.B),))
		assert self.sourced([stock(warehouse=self.A), stock(warehouse=self.B)], 5, bike)[0] == self.B

	def test_then_that_of_the_settings(self):
		settings = replace(BARE, default_warehouse=self.B)
		supplies = [stock(warehouse=self.A), stock(warehouse=self.B)]
		assert self.sourced(supplies, settings=settings)[0] == self.B

	def test_then_the_one_with_the_highest_priority(self):
		warehouses = [WarehouseFactory(name=self.A), WarehouseFactory(name=self.B, priority=5)]
		supplies = [stock(warehouse=self.A), stock(warehouse=self.B)]
		assert self.sourced(supplies, warehouses=warehouses)[0] == self.B

	def test_an_earlier_date_beats_the_preferred_warehouse(self):
		bike = item(default_warehouses=((COMPANY, self.B),))
		supplies = [stock(warehouse=self.A), PurchaseOrderSupplyFactory(item_code="BIKE", warehouse=self.B)]
		assert self.sourced(supplies, 5, bike) == (self.A, TODAY)

	def test_one_warehouse_beats_a_split_on_the_same_date(self):
		supplies = [stock(warehouse=self.A, qty=3), stock(warehouse=self.B, qty=5)]
		assert self.sourced(supplies)[0] == self.B

	def test_a_split_beats_a_later_date(self):
		supplies = [stock(warehouse=self.A, qty=3), stock(warehouse=self.B, qty=5)]
		assert self.sourced(supplies, 8) == (None, TODAY)

	def test_a_default_warehouse_of_another_company_or_kept_out_of_sale_is_passed_over(self):
		closed = WarehouseFactory(name=self.B, disabled=True)
		bike = item(default_warehouses=((COMPANY, self.B),))
		assert self.sourced([stock(warehouse=self.A)], 5, bike, warehouses=[closed])[0] == self.A
		theirs = item(default_warehouses=((OTHER, self.B),))
		assert self.sourced([stock(warehouse=self.A)], 5, theirs)[0] == self.A

	def test_stock_in_a_warehouse_kept_out_of_sale_is_not_offered(self):
		closed = WarehouseFactory(name=self.B, kind=WarehouseClass.NOT_AVAILABLE)
		assert self.sourced([stock(warehouse=self.B)], warehouses=[closed]) == (STORES, None)

	def test_an_item_that_is_nowhere_is_looked_for_in_some_warehouse_of_the_company(self):
		snapshot = world(item("BIKE", lead_time_days=3), supplies=[])
		assert ask(snapshot, ("BIKE", 1)).plan[0].promise_date == day(3)

	def test_a_line_that_names_its_warehouse_is_served_before_one_that_has_the_choice(self):
		supplies = [stock(warehouse=self.A, qty=5), stock(warehouse=self.B, qty=5)]
		promise = ask(world(supplies=supplies), ("BIKE", 5), at(self.A, 5))
		assert [(line.warehouse, line.promise_date) for line in promise.plan] == [
			(self.B, TODAY),
			(self.A, TODAY),
		]


class TestDropShipAndServices:
	def test_a_service_needs_no_stock(self):
		fitting = item("FITTING", is_stock_item=False)
		promise = ask(world(fitting, settings=Settings()), ("FITTING", 3))
		(peg,) = promise.plan[0].fulfillment
		assert (peg.source, peg.qty, promise.promise_date) == (Source.STOCK, 3, TODAY)
		assert sentences(promise.reasons, "SERVICE") == ["FITTING needs no stock."]

	def test_a_service_starts_on_a_working_day_after_the_cutoff(self):
		fitting = item("FITTING", is_stock_item=False)
		saturday = world(fitting, settings=Settings())
		assert ask(saturday, ("FITTING", 1), now=NOW.replace(day=14)).promise_date == date(2026, 3, 16)
		assert ask(saturday, ("FITTING", 1), now=NOW.replace(hour=18)).promise_date == day(1)

	def test_an_item_always_available_is_promised_in_any_quantity(self):
		assert ask(world(item(mode=FulfilmentMode.ALWAYS_AVAILABLE)), ("BIKE", 1e6)).promise_date == TODAY

	def test_an_item_always_available_is_picked_and_sent_like_one_on_the_shelf(self):
		settings = replace(BARE, processing_days=1)
		facts = {"settings": settings, "lanes": [TransitLaneFactory(days=2)]}
		bike = item(mode=FulfilmentMode.ALWAYS_AVAILABLE)
		promise = ask(world(bike, supplies=[], **facts), at(STORES, 5))
		assert (promise.promise_date, promise.plan[0].ship_date) == (day(3), day(1))
		shelf = ask(world(supplies=[stock()], **facts), at(STORES, 5))
		assert (shelf.promise_date, shelf.plan[0].ship_date) == (day(3), day(1))
		assert sentences(promise.reasons)[:-1] == [
			"5 Nos of BIKE are taken as always available, because the settings say so.",
			"Picking and packing in Stores - RS take 1 working day(s).",
			"Transit from Stores - RS takes 2 working day(s).",
		]

	def test_an_item_always_available_is_less_sure_than_one_on_the_shelf_or_a_service(self):
		bike = item(mode=FulfilmentMode.ALWAYS_AVAILABLE)
		fitting = item("FITTING", is_stock_item=False)
		snapshot = world(bike, fitting, supplies=[stock("LOCK")])
		promise = ask(snapshot, ("BIKE", 1), ("LOCK", 1), ("FITTING", 1))
		sure = [line.confidence for line in promise.plan]
		assert sure == [Confidence.MEDIUM, Confidence.HIGH, Confidence.HIGH]

	def test_drop_ship_takes_the_suppliers_lead_time_and_suggests_the_purchase(self):
		crate = item("CRATE", drop_ship=True, lead_time_days=5)
		promise = ask(world(crate, settings=Settings()), ("CRATE", 2))
		(peg,) = promise.plan[0].fulfillment
		assert (promise.promise_date, peg.source) == (day(7), Source.REPLENISHMENT)
		assert sentences(promise.reasons, "DROP_SHIP") == [
			"CRATE is shipped by the supplier, 5 working day(s) after the order."
		]
		assert peg.suggestion is not None
		assert (peg.suggestion.material_request_type, peg.suggestion.qty) == ("Purchase", 2)

	def test_a_line_may_be_shipped_by_the_supplier_though_the_item_is_stocked(self):
		snapshot = world(item(lead_time_days=4, default_bom="BOM-BIKE-001"))
		line = {"item_code": "BIKE", "qty": 1, "delivered_by_supplier": True}
		promise = ask(snapshot, line)
		(peg,) = promise.plan[0].fulfillment
		assert promise.promise_date == day(4)
		assert peg.suggestion is not None
		# It is bought, though the item has a BOM: the supplier ships it.
		assert peg.suggestion.material_request_type == "Purchase"

	@pytest.mark.parametrize(
		("asked", "promised", "source"),
		[
			(False, TODAY, Source.STOCK),
			(None, day(4), Source.REPLENISHMENT),
			(True, day(4), Source.REPLENISHMENT),
		],
	)
	def test_a_line_of_a_drop_ship_item_may_come_from_stock(
		self, asked: bool | None, promised: date, source: Source
	):
		snapshot = world(item(drop_ship=True, lead_time_days=4))
		promise = ask(snapshot, {"item_code": "BIKE", "qty": 1, "delivered_by_supplier": asked})
		(peg,) = promise.plan[0].fulfillment
		assert (promise.promise_date, peg.source) == (promised, source)

	def test_drop_ship_without_a_lead_time_has_no_date(self):
		promise = ask(world(item("CRATE", drop_ship=True)), ("CRATE", 2))
		assert promise.status is Status.CANNOT_FULFILL
		assert sentences(promise.blockers) == [
			"2 Nos of CRATE cannot be promised from Stores - RS: "
			"no more can be counted on, and it has no lead time: set one on the item."
		]


def test_withheld_stock_still_says_where_an_item_is_kept():
	expired = stock(warehouse=FINISHED, withheld=Withheld.EXPIRED)
	promise = ask(world(supplies=[expired]), ("BIKE", 1))
	assert promise.plan[0].warehouse == FINISHED
