"""Dates and quantities worked out by hand, from what is published about CTP elsewhere and about ERPNext's own formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otp_app.engine.capable.facts import BomLine, Operation
from otp_app.engine.facts import Calendar, Component, SupplyKind, WarehouseClass, Withheld
from otp_app.engine.policy import FulfilmentMode, Settings
from otp_app.engine.promise import Document, Source, Status
from tests.engine.asking import BARE, ask, codes, option, sentences
from tests.engine.capable.workshop import (
	BENCH,
	CTP,
	bench,
	bom,
	brief,
	node,
	nodes,
	order,
	part,
	product,
	promised,
	stock,
	tree,
	trees,
	with_settings,
	workshop,
)
from tests.values import (
	FINISHED,
	NOW,
	STORES,
	CalendarFactory,
	CommitmentFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SupplyFactory,
	WarehouseFactory,
	day,
)

WEEKS = replace(BARE, no_weekends=True)


class TestMaterial:
	def test_an_item_that_is_not_there_is_made_of_components_that_are(self):
		"""Microsoft's example: A is made of B and C; none of A is on hand. ATP says 0, CTP makes it of B and C."""
		facts = workshop(product("A"), bom("A", ("B", 1), ("C", 1)), stock("B", 10), stock("C", 10))
		assert promised(facts, 5, "A").promise_date == day(0)
		atp = replace(facts.items["A"], mode=FulfilmentMode.ATP_ONLY)
		without = replace(facts, items={**facts.items, "A": atp})
		assert promised(without, 5, "A").status is Status.CANNOT_FULFILL

	def test_what_is_there_goes_first_and_only_the_rest_is_made(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("BIKE", 2), stock("FRAME", 9))
		promise = promised(facts, 5)
		assert [(peg.source, peg.qty) for peg in promise.plan[0].fulfillment] == [
			(Source.STOCK, 2),
			(Source.REPLENISHMENT, 3),
		]
		assert brief(promise) == [("BIKE", 3, "make", 0), ("FRAME", 3, "stock", 0)]

	def test_all_material_is_there_before_work_begins(self):
		"""Forward scheduling as in SAP's multilevel ATP check: the last component sets the start."""
		facts = workshop(
			product(),
			bom("BIKE", ("FRAME", 1), ("WHEEL", 2)),
			stock("FRAME", 4),
			order("WHEEL", 8, due=9),
		)
		promise = promised(facts, 4)
		assert brief(promise) == [
			("BIKE", 4, "make", 9),
			("FRAME", 4, "stock", 0),
			("WHEEL", 8, "document", 9),
		]
		assert node(promise, "WHEEL").document == Document("Purchase Order", "PO-1")
		assert tree(promise).start_date == day(9)

	def test_a_sub_assembly_is_taken_from_stock_and_only_the_rest_of_it_is_made(self):
		facts = workshop(
			product(),
			part("FRAME", default_bom="BOM-FRAME-001"),
			part("TUBE", 5),
			bom("BIKE", ("FRAME", 1)),
			bom("FRAME", ("TUBE", 3)),
			stock("FRAME", 4),
		)
		assert brief(promised(facts, 10)) == [
			("BIKE", 10, "make", 6),
			("FRAME", 4, "stock", 0),
			("FRAME", 6, "make", 5),
			("TUBE", 18, "buy", 5),
		]

	def test_supply_that_comes_before_the_rest_is_made_is_used_and_later_supply_is_not(self):
		"""Making takes five days. The order of day 3 is there before, that of day 20 is not."""
		early, late = order("BIKE", 4, 3), order("BIKE", 50, 20, "PO-2")
		facts = workshop(product(), part("FRAME", 5), bom("BIKE", ("FRAME", 1)), early, late)
		pegs = promised(facts, 10).plan[0].fulfillment
		assert [(peg.source, peg.qty, peg.available_date) for peg in pegs] == [
			(Source.PURCHASE_ORDER, 4, day(3)),
			(Source.REPLENISHMENT, 6, day(5)),
		]

	def test_on_one_date_supply_goes_before_what_does_not_exist_yet(self):
		facts = workshop(product(), part("FRAME", 5), bom("BIKE", ("FRAME", 1)), order("BIKE", 50, 5))
		assert [peg.source for peg in promised(facts, 10).plan[0].fulfillment] == [Source.PURCHASE_ORDER]

	def test_components_that_others_need_are_not_taken(self):
		owed = CommitmentFactory(item_code="FRAME", qty=7, due=day(2))
		facts = workshop(
			product(), part("FRAME", 4), bom("BIKE", ("FRAME", 1)), stock("FRAME", 9), commitments=[owed]
		)
		assert [(n.qty, n.how.value) for n in nodes(promised(facts, 5), "FRAME")] == [
			(2, "stock"),
			(3, "buy"),
		]

	def test_lines_and_branches_share_one_ledger(self):
		facts = workshop(
			product("BIKE"),
			product("TRIKE"),
			part("WHEEL", 6),
			bom("BIKE", ("WHEEL", 2)),
			bom("TRIKE", ("WHEEL", 3)),
			stock("WHEEL", 8),
		)
		promise = ask(facts, ("BIKE", 2), ("TRIKE", 2), rules={"shipment": "per_line"})
		assert [(n.qty, n.how.value) for n in nodes(promise, "WHEEL")] == [
			(4, "stock"),
			(4, "stock"),
			(2, "buy"),
		]

	def test_a_component_comes_from_its_own_warehouse(self):
		frame = part("FRAME", 3, default_warehouses=(("Rad & Sohn GmbH", FINISHED),))
		facts = workshop(
			product(),
			frame,
			bom("BIKE", ("FRAME", 1), BomLine("WHEEL", 2, warehouse="Wheels - RS")),
			stock("FRAME", 5, FINISHED),
			stock("FRAME", 5, STORES),
			stock("WHEEL", 5, "Wheels - RS"),
		)
		promise = promised(facts, 2)
		assert node(promise, "FRAME").warehouse == FINISHED
		assert node(promise, "WHEEL").warehouse == "Wheels - RS"

	def test_a_warehouse_of_another_company_or_a_group_is_no_place_to_take_from(self):
		line = BomLine("FRAME", 1, warehouse="Theirs")
		group = WarehouseFactory(name=FINISHED, kind=WarehouseClass.GROUP)
		frame = part("FRAME", 3, default_warehouses=(("Rad & Sohn GmbH", FINISHED),))
		facts = workshop(
			product(),
			frame,
			bom("BIKE", line),
			stock("FRAME", 5),
			warehouses=[WarehouseFactory(name="Theirs", company="Other"), group],
		)
		assert node(promised(facts, 2), "FRAME").warehouse == STORES

	def test_a_component_in_a_warehouse_that_has_closed_for_today_is_there_tomorrow(self):
		closed = WarehouseFactory(name=FINISHED, cutoff=NOW.time().replace(hour=9))
		facts = workshop(
			product(),
			bom("BIKE", BomLine("FRAME", 1, warehouse=FINISHED)),
			stock("FRAME", 5, FINISHED),
			warehouses=[closed],
		)
		promise = promised(facts, 2, now=NOW)
		assert promise.promise_date == day(1)
		assert sentences(promise.reasons, "CTP_MATERIAL") == [
			"BIKE waits until 2026-03-10 for FRAME (in Finished Goods - RS)."
		]

	def test_whole_components_are_counted_up(self):
		facts = workshop(
			product(),
			part("SCREW", 1, whole=True),
			bom("BIKE", ("SCREW", 5), quantity=3.0),
			stock("SCREW", 90),
		)
		assert node(promised(facts, 4), "SCREW").qty == 7


class TestBoms:
	def test_process_loss_is_started_on_top(self):
		"""ERPNext: a Work Order of 20 with 10 % process loss yields 18; for 18 good ones 20 are started."""
		facts = workshop(product(), bom("BIKE", ("FRAME", 2), loss=0.10), stock("FRAME", 99))
		root = tree(promised(facts, 18))
		assert (root.qty, root.order_qty) == (18, 20)
		assert node(root, "FRAME").qty == 40
		assert root.operations[0].minutes == 20 * 60

	def test_a_whole_item_is_started_in_whole_units(self):
		facts = workshop(product(whole=True), bom("BIKE", ("FRAME", 1), loss=0.10), stock("FRAME", 99))
		assert tree(promised(facts, 10)).order_qty == 12

	def test_quantities_are_for_the_quantity_of_the_bom(self):
		facts = workshop(product(), bom("BIKE", ("PAINT", 3), quantity=10.0), stock("PAINT", 9))
		root = tree(promised(facts, 5))
		assert node(root, "PAINT").qty == 1.5
		assert root.operations[0].minutes == 30

	def test_a_phantom_is_replaced_by_its_components_and_its_operations_come_first(self):
		"""SAP's phantom assembly: never in stock, its components belong to the assembly above."""
		glue = Operation("Glue", 30.0, BENCH)
		facts = workshop(
			product(),
			part("KIT", default_bom="BOM-KIT-001"),
			bom("BIKE", BomLine("KIT", 2, phantom=True)),
			bom("KIT", ("LAMP", 3), quantity=2.0, operations=(glue,)),
			stock("KIT", 50),
			stock("LAMP", 50),
		)
		root = tree(promised(facts, 4))
		assert brief(root) == [("BIKE", 4, "make", 0), ("LAMP", 12, "stock", 0)]
		assert [(work.operation, work.minutes) for work in root.operations] == [
			("Glue", 120),
			("Assemble", 240),
		]

	def test_a_component_that_is_never_in_stock_and_has_a_bom_explodes(self):
		kit = part("KIT", is_stock_item=False, default_bom="BOM-KIT-001")
		facts = workshop(product(), kit, bom("BIKE", ("KIT", 1)), bom("KIT", ("LAMP", 3)), stock("LAMP", 9))
		assert brief(promised(facts, 2))[1:] == [("LAMP", 6, "stock", 0)]

	def test_a_line_may_name_another_bom_than_the_default(self):
		facts = workshop(
			product(),
			part("FRAME", default_bom="BOM-FRAME-001"),
			bom("BIKE", BomLine("FRAME", 1, bom="BOM-FRAME-002")),
			bom("FRAME", ("TUBE", 3)),
			bom("FRAME", ("CARBON", 1), name="BOM-FRAME-002"),
			stock("CARBON", 9),
		)
		assert node(promised(facts, 1), "FRAME").bom == "BOM-FRAME-002"
		assert node(promised(facts, 1), "CARBON").how.value == "stock"

	def test_without_operations_the_items_lead_time_is_that_of_making(self):
		"""SAP: without a routing the in-house production time of the material counts, from the material on."""
		facts = workshop(
			product(lead_time_days=4), bom("BIKE", ("FRAME", 1), minutes=None), order("FRAME", 5, 3)
		)
		root = tree(promised(facts, 5))
		assert (root.start_date, root.available_date) == (day(3), day(7))

	def test_services_and_items_that_are_always_there_hold_up_nothing(self):
		facts = workshop(
			product(),
			part("WORK", is_stock_item=False),
			part("BOLT", mode=FulfilmentMode.ALWAYS_AVAILABLE),
			bom("BIKE", ("WORK", 1), ("BOLT", 8)),
		)
		assert brief(promised(facts, 1)) == [
			("BIKE", 1, "make", 0),
			("WORK", 1, "always", 0),
			("BOLT", 8, "always", 0),
		]


class TestBuying:
	def test_lead_time_is_in_working_days_and_goods_receipt_and_inspection_come_after(self):
		"""Monday plus 6 working days is the Tuesday of the week after; receipt 1 and inspection 2 days: Friday."""
		settings = replace(WEEKS, inbound_days=1, inspection_days=2)
		frame = part("FRAME", 6, inspect_on_receipt=True)
		facts = workshop(product(), frame, bom("BIKE", ("FRAME", 1)), settings=settings)
		bought = node(promised(facts, 1), "FRAME")
		assert (bought.start_date, bought.arrival_date, bought.available_date) == (day(0), day(8), day(11))
		assert bought.constraint.text() == (
			"1 Nos of FRAME must be bought: lead time 6 working day(s), so available on 2026-03-20."
		)

	def test_the_minimum_is_ordered_and_the_surplus_is_nobodys(self):
		facts = workshop(product(), part("FRAME", 3, min_order_qty=100.0), bom("BIKE", ("FRAME", 1)))
		bought = node(promised(facts, 7), "FRAME")
		assert (bought.qty, bought.order_qty) == (7, 100)
		twice = ask(facts, ("BIKE", 7), ("BIKE", 7))
		assert [n.qty for n in nodes(twice, "FRAME")] == [7, 7]

	def test_an_item_without_a_bom_is_itself_bought(self):
		facts = workshop(part("BELL", 4, mode=CTP, min_order_qty=50.0))
		promise = promised(facts, 3, "BELL")
		assert brief(promise) == [("BELL", 3, "buy", 4)]
		(peg,) = promise.plan[0].fulfillment
		assert (peg.suggestion.material_request_type, peg.suggestion.qty) == ("Purchase", 50)
		assert peg.suggestion.schedule_date == day(4)

	def test_a_subcontractor_begins_when_the_components_are_there(self):
		"""Components on day 4, lead time 5 days at the supplier, 1 day of goods receipt: day 10."""
		settings = replace(BARE, inbound_days=1)
		frame = part("FRAME", 5, default_bom="BOM-FRAME-001", min_order_qty=10.0)
		facts = workshop(
			product(),
			frame,
			bom("BIKE", ("FRAME", 1)),
			bom("FRAME", ("TUBE", 2), BomLine("LACQUER", 1, by_supplier=True), subcontracted=True),
			order("TUBE", 40, 3),
			settings=settings,
		)
		root = tree(promised(facts, 6))
		made = node(root, "FRAME")
		assert (made.how.value, made.qty, made.order_qty) == ("subcontract", 6, 10)
		assert (made.start_date, made.arrival_date, made.available_date) == (day(4), day(9), day(10))
		assert [(n.item_code, n.qty) for n in made.children] == [("TUBE", 20)]

	def test_a_component_promised_by_lead_time_is_not_looked_into(self):
		frame = part("FRAME", 9, mode=FulfilmentMode.ATP_THEN_LEAD_TIME, default_bom="BOM-FRAME-001")
		facts = workshop(product(), frame, bom("BIKE", ("FRAME", 1)), bom("FRAME", ("TUBE", 1)))
		assert brief(promised(facts, 2))[1:] == [("FRAME", 2, "make", 9)]


class TestAlternatives:
	def world(self, *facts):
		line = BomLine("FRAME", 1, alternatives=("FRAME-B", "FRAME-C"))
		return workshop(product(), bom("BIKE", line, ("WHEEL", 2)), *facts)

	def test_an_alternative_is_used_where_the_component_would_be_later(self):
		facts = self.world(part("FRAME", 9), stock("FRAME-C", 5), part("FRAME-B", 3), stock("WHEEL", 10))
		promise = promised(facts, 5)
		assert brief(promise)[1:] == [("FRAME-C", 5, "stock", 0), ("WHEEL", 10, "stock", 0)]
		assert node(promise, "FRAME-C").instead_of == "FRAME"

	def test_the_component_stays_where_something_else_takes_as_long(self):
		facts = self.world(part("FRAME", 9), stock("FRAME-B", 5), part("WHEEL", 9))
		assert node(promised(facts, 5), "FRAME").how.value == "buy"

	def test_the_preferred_alternative_goes_first_where_two_are_as_early(self):
		facts = self.world(part("FRAME"), stock("FRAME-B", 5), stock("FRAME-C", 5), stock("WHEEL", 10))
		assert node(promised(facts, 5), "FRAME-B").instead_of == "FRAME"

	def test_an_alternative_in_another_unit_is_none(self):
		other = part("FRAME-B", stock_uom="Kg")
		facts = self.world(part("FRAME", 9), other, stock("FRAME-B", 5), stock("WHEEL", 10))
		assert node(promised(facts, 5), "FRAME").how.value == "buy"

	def test_what_was_tried_takes_nothing(self):
		facts = self.world(part("FRAME", 9), stock("FRAME", 2), stock("FRAME-B", 5), stock("WHEEL", 20))
		promise = ask(facts, ("BIKE", 5), ("BIKE", 2))
		assert [(n.item_code, n.qty, n.how.value) for n in nodes(promise) if "FRAME" in n.item_code] == [
			("FRAME-B", 5, "stock"),
			("FRAME", 2, "stock"),
		]


class TestCapacity:
	def test_operations_follow_one_another_on_working_hours(self):
		"""10 pieces: 600 minutes of sawing from 8:00, 480 a day: done on day 1 at 10:00; then 300 of welding: 15:00."""
		saw, weld = Operation("Saw", 60.0, "Saw"), Operation("Weld", 30.0, BENCH)
		facts = workshop(
			product(),
			bom("BIKE", ("FRAME", 1), operations=(saw, weld)),
			bench(name="Saw"),
			stock("FRAME", 10),
		)
		works = tree(promised(facts, 10)).operations
		assert [(w.operation, w.start_date, w.end_date) for w in works] == [
			("Saw", day(0), day(1)),
			("Weld", day(1), day(1)),
		]

	def test_a_full_workstation_pushes_the_date_and_is_named(self):
		load = {day(0): 480.0, day(1): 300.0}
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), bench(load=load), stock("FRAME", 10))
		promise = promised(facts, 4)
		assert promise.promise_date == day(2)
		assert sentences(promise.reasons, "CTP_CAPACITY") == [
			f"{BENCH} has other work: Assemble for BIKE ends on 2026-03-11, about 2 day(s) later than without."
		]
		assert promised(with_settings(facts, finite_capacity=False), 4).promise_date == day(0)

	def test_load_that_does_not_fit_into_its_day_goes_on_on_the_next(self):
		load = {day(-3): 200.0, day(0): 480.0}
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), bench(load=load), stock("FRAME", 10))
		assert promised(facts, 4).promise_date == day(1)
		assert promised(facts, 5).promise_date == day(2)

	def test_two_jobs_at_once_are_done_side_by_side_but_one_job_is_not_split(self):
		facts = workshop(
			product(), bom("BIKE", ("FRAME", 1)), bench(capacity=2, load={day(0): 480.0}), stock("FRAME", 99)
		)
		assert promised(facts, 8).promise_date == day(0)
		assert promised(facts, 9).promise_date == day(1)
		assert promised(with_settings(facts, finite_capacity=False), 16).promise_date == day(1)

	def test_what_the_order_has_taken_of_a_workstation_is_gone(self):
		facts = workshop(
			product("BIKE"), product("TRIKE"), bom("BIKE", ("F", 1)), bom("TRIKE", ("F", 1)), stock("F", 99)
		)
		lines = [("BIKE", 6.0), ("TRIKE", 6.0)]
		promise = ask(
			facts, *lines, now=NOW.replace(hour=0), rules={"shipment": "per_line"}, with_options=False
		)
		assert [line.promise_date for line in promise.plan] == [day(0), day(1)]
		free = with_settings(facts, finite_capacity=False)
		promise = ask(
			free, *lines, now=NOW.replace(hour=0), rules={"shipment": "per_line"}, with_options=False
		)
		assert [line.promise_date for line in promise.plan] == [day(0), day(0)]

	def test_holidays_and_weekends_are_nobodys(self):
		"""Friday 3 April and Monday 6 April 2026 are holidays; 20 hours of work from Wednesday on end on Tuesday."""
		facts = workshop(
			product(),
			bom("BIKE", ("FRAME", 1)),
			bench(calendar="Feiertage 2026"),
			order("FRAME", 99, 23),
			settings=WEEKS,
			calendars=[CalendarFactory()],
		)
		promise = promised(facts, 20)
		assert promise.promise_date == day(29)
		assert codes(promise.reasons).count("CTP_MATERIAL") == 1

	def test_a_fixed_operation_takes_as_long_for_any_quantity(self):
		setup = Operation("Set up", 90.0, BENCH, fixed=True)
		facts = workshop(product(), bom("BIKE", ("FRAME", 1), operations=(setup,)), stock("FRAME", 99))
		assert [tree(promised(facts, qty)).operations[0].minutes for qty in (1, 50)] == [90, 90]

	def test_an_operation_without_a_workstation_takes_the_production_hours_of_the_settings(self):
		dry = Operation("Dry", 600.0, None)
		facts = workshop(product(), bom("BIKE", ("FRAME", 1), operations=(dry,)), stock("FRAME", 9))
		assert promised(facts, 1).promise_date == day(1)
		assert promised(with_settings(facts, production_hours_per_day=10.0), 1).promise_date == day(0)

	def test_what_is_left_of_today_counts(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 9))
		assert promised(facts, 6, now=NOW).promise_date == day(0)
		assert promised(facts, 7, now=NOW).promise_date == day(1)

	def test_an_order_after_the_cutoff_is_made_from_the_next_day_on(self):
		facts = workshop(
			product(),
			bom("BIKE", ("FRAME", 1)),
			stock("FRAME", 9),
			settings=replace(BARE, cutoff=NOW.time().replace(hour=9)),
		)
		assert tree(promised(facts, 1, now=NOW)).start_date == day(1)


class TestCriticalPath:
	def test_the_path_from_the_product_to_what_sets_the_date_is_marked_and_told(self):
		facts = workshop(
			product(),
			part("FRAME", default_bom="BOM-FRAME-001"),
			part("TUBE", 7),
			part("LUG", 2),
			part("WHEEL", 3),
			bom("BIKE", ("FRAME", 1), ("WHEEL", 2)),
			bom("FRAME", ("LUG", 1), ("TUBE", 3)),
		)
		promise = promised(facts, 2)
		assert [n.item_code for n in nodes(promise) if n.critical] == ["BIKE", "FRAME", "TUBE"]
		told = [text for text in sentences(promise.reasons) if "must" in text or "waits" in text]
		assert told == [
			"2 Nos of BIKE must be made, and can be available on 2026-03-16.",
			"BIKE waits until 2026-03-16 for FRAME (to be made).",
			"FRAME waits until 2026-03-16 for TUBE (to be bought).",
			"6 Nos of TUBE must be bought: lead time 7 working day(s), so available on 2026-03-16.",
		]

	def test_a_document_that_is_waited_for_is_named(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), order("FRAME", 5, 6, "PO-7"))
		assert sentences(promised(facts, 5).reasons, "CTP_MATERIAL") == [
			"BIKE waits until 2026-03-15 for FRAME (Purchase Order PO-7)."
		]

	def test_every_sentence_is_told_in_the_users_language(self):
		facts = workshop(product(), part("FRAME", 6), bom("BIKE", ("FRAME", 1)))
		answer = promised(facts, 5).as_dict(lambda sentence: sentence.replace("waits until", "wartet bis"))
		root = answer["plan"][0]["fulfillment"][0]["tree"]
		assert "wartet bis 2026-03-15" in root["constraint"]["message"]

	def test_nothing_is_told_where_nothing_delays(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 5))
		promise = promised(facts, 5)
		assert tree(promise).constraint is None
		assert [code for code in codes(promise.reasons) if code.startswith("CTP")] == []

	def test_work_that_goes_over_night_waits_for_working_hours(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 20))
		assert sentences(promised(facts, 12).reasons, "CTP_CALENDAR") == [
			"Assemble for BIKE goes on from 2026-03-09 to 2026-03-10: it waits for working hours and working days."
		]

	def test_work_that_begins_and_ends_after_the_holidays_waits_for_a_working_day(self):
		closed = Calendar("Closed", frozenset({day(0), day(1)}))
		facts = workshop(
			product(),
			bom("BIKE", ("FRAME", 1)),
			stock("FRAME", 9),
			bench(calendar="Closed"),
			calendars=[closed],
		)
		assert sentences(promised(facts, 2).reasons, "CTP_CALENDAR") == [
			"Assemble for BIKE goes on from 2026-03-11 to 2026-03-11: it waits for working hours and working days."
		]

	def test_work_that_has_its_hours_on_the_day_of_its_material_loses_no_day(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 9))
		assert tree(promised(facts, 8)).constraint is None
		late = promised(facts, 1, now=NOW.replace(hour=20))
		assert (late.promise_date, codes(late.reasons).count("CTP_CALENDAR")) == (day(1), 1)

	def test_the_answer_is_asked_for_by_a_request_to_manufacture_what_is_started(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1), loss=0.5), stock("FRAME", 20))
		(peg,) = promised(facts, 4).plan[0].fulfillment
		assert peg.source is Source.REPLENISHMENT
		assert (peg.suggestion.material_request_type, peg.suggestion.qty) == ("Manufacture", 8)
		assert peg.probability == pytest.approx(0.65)


def test_a_bundle_makes_each_of_its_components():
	pair = ItemFactory(
		item_code="PAIR", is_stock_item=False, components=(Component("BIKE", 2.0), Component("LOCK", 1.0))
	)
	facts = workshop(pair, product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 9), stock("LOCK", 9))
	promise = promised(facts, 2, "PAIR")
	assert brief(promise) == [("BIKE", 4, "make", 0), ("FRAME", 4, "stock", 0)]


def test_a_transfer_brings_a_component_as_a_document_does():
	moved = SupplyFactory(item_code="FRAME", kind=SupplyKind.TRANSFER, due=day(2), document="STE-1", qty=5)
	facts = workshop(product(), bom("BIKE", ("FRAME", 1)), moved)
	assert node(promised(facts, 5), "FRAME").document == Document("Stock Entry", "STE-1")


def test_the_mode_may_be_that_of_the_settings():
	facts = workshop(
		product(mode=None),
		bom("BIKE", ("FRAME", 1)),
		stock("FRAME", 5),
		settings=Settings(mode=CTP, processing_days=0),
	)
	assert trees(promised(facts, 5))[0].how.value == "make"


class TestHowSure:
	"""On its own date it is as sure as what nobody has ordered yet, whatever goods receipt takes."""

	SLOW = replace(BARE, inbound_days=3)

	def test_bought(self):
		facts = workshop(part("BELL", 4, mode=CTP), settings=self.SLOW)
		assert promised(facts, 3, "BELL").probability == pytest.approx(0.65)

	def test_made(self):
		facts = workshop(product(), bom("BIKE", ("FRAME", 1)), stock("FRAME", 5), settings=self.SLOW)
		assert promised(facts, 3).probability == pytest.approx(0.65)

	def test_subcontracted(self):
		made = bom("BIKE", ("FRAME", 1), subcontracted=True)
		facts = workshop(product(lead_time_days=4), made, stock("FRAME", 5), settings=self.SLOW)
		promise = promised(facts, 3)
		assert promise.probability == pytest.approx(0.65)
		assert promise.plan[0].fulfillment[0].expected_date == day(4)
		assert promise.plan[0].fulfillment[0].suggestion.material_request_type == "Purchase"
		assert sentences(promise.reasons, "GOODS_RECEIPT") != []


def test_a_line_without_a_warehouse_is_made_where_it_is_there_first():
	at_home = ItemFactory(
		item_code="BIKE",
		mode=CTP,
		default_bom="BOM-BIKE-001",
		default_warehouses=(("Rad & Sohn GmbH", STORES),),
	)
	facts = workshop(
		at_home,
		part("FRAME", 6),
		bom("BIKE", ("FRAME", 1)),
		stock("BIKE", 2, STORES),
		stock("BIKE", 3, FINISHED),
	)
	promise = ask(facts, ("BIKE", 9), now=NOW.replace(hour=0), with_options=False)
	assert promise.promise_date == day(6)
	assert [(peg.source, peg.warehouse, peg.qty) for peg in promise.plan[0].fulfillment] == [
		(Source.STOCK, STORES, 2),
		(Source.REPLENISHMENT, STORES, 7),
	]
	both = ask(facts, ("BIKE", 5), now=NOW.replace(hour=0), with_options=False)
	assert both.promise_date == day(0)


class TestOptions:
	def world(self, **held):
		late = PurchaseOrderSupplyFactory(item_code="FRAME", qty=9, due=day(20), document="PO-1", **held)
		return workshop(product(), part("FRAME"), bom("BIKE", ("FRAME", 1)), stock("FRAME", 1), late)

	def test_the_document_that_a_component_waits_for_can_be_expedited(self):
		promise = ask(self.world(), ("BIKE", 3), now=NOW.replace(hour=0))
		assert promise.promise_date == day(20)
		found = option(promise, "expedite")
		assert found.promise_date == day(1)
		assert found.description == "Get Purchase Order PO-1 by 2026-03-10 instead of 2026-03-29."

	def test_a_component_on_hold_is_told_and_can_be_released(self):
		promise = ask(self.world(withheld=Withheld.ON_HOLD), ("BIKE", 3), now=NOW.replace(hour=0))
		assert (promise.status, promise.promise_date) == (Status.CANNOT_PROMISE_RELIABLY, None)
		assert sentences(promise.blockers, "SUPPLY_ON_HOLD") == [
			"Purchase Order PO-1 would bring 9 Nos of FRAME, but it is on hold."
		]
		assert option(promise, "release_hold").promise_date == day(20)

	def test_supply_on_hold_that_is_not_enough_is_no_unknown_date(self):
		promise = ask(self.world(withheld=Withheld.ON_HOLD), ("BIKE", 11), now=NOW.replace(hour=0))
		assert promise.status is Status.CANNOT_FULFILL

	def test_another_warehouse_that_has_it_is_an_option(self):
		facts = workshop(product(), part("FRAME", 9), bom("BIKE", ("FRAME", 1)), stock("BIKE", 3, FINISHED))
		promise = ask(facts, {"item_code": "BIKE", "qty": 3, "warehouse": STORES})
		assert option(promise, "other_warehouse").promise_date == day(0)
