"""How a site says that items are made: BOMs over all levels, operations, workstations and what they have to do."""

from datetime import time

import pytest

import frappe
from frappe.utils import get_datetime

from otp_app.engine.capable.facts import Bom, BomLine, Operation
from otp_app.engine.facts import Snapshot
from otp_app.engine.policy import FulfilmentMode
from otp_app.sources.site import SiteSource
from otp_app.sources.site.export import whole_site
from tests.erpnext.company import FINISHED_GOODS, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import settings
from tests.factories.base import days
from tests.factories.manufacturing import (
	BOMFactory,
	OperationFactory,
	SubcontractingBOMFactory,
	WorkOrderFactory,
	WorkstationFactory,
)
from tests.factories.masters import (
	HolidayListFactory,
	ItemAlternativeFactory,
	ItemFactory,
	ItemGroupFactory,
	ProductBundleFactory,
)
from tests.factories.stock import StockEntryFactory

SHIFT = [
	{"start_time": "08:00:00", "end_time": "12:00:00"},
	{"start_time": "13:00:00", "end_time": "17:00:00"},
]


@pytest.fixture(autouse=True)
def items_are_made():
	settings(mode="ATP Then CTP")


def read(*items: str) -> Snapshot:
	return SiteSource().snapshot(items)


def bom_of(item: str) -> Bom:
	found = read(item)
	return found.boms[str(found.items[item].default_bom)]


def made_of(*materials: str, **values) -> str:
	"""A new item that is made of one each of these."""
	return BOMFactory(materials=dict.fromkeys(materials, 1), **values).item


def test_all_levels_are_read_with_the_components_and_their_supplies():
	steel, rubber = ItemFactory().name, ItemFactory().name
	StockEntryFactory(item_code=steel, qty=7)
	tube = made_of(steel)
	wheel = BOMFactory(materials={tube: 2, rubber: 1}, quantity=1).item
	bike = BOMFactory(materials={wheel: 2, steel: 3}, quantity=5).item

	found = read(bike)

	assert {steel, rubber, tube, wheel, bike} <= found.items.keys()
	assert {bom.item_code for bom in found.boms.values()} == {bike, wheel, tube}
	bom = found.boms[found.items[bike].default_bom]
	(first, second) = bom.lines
	assert (bom.quantity, first.item_code, first.qty, second.qty) == (5, wheel, 2, 3)
	assert first.bom == found.items[wheel].default_bom
	assert second.bom is None
	assert [s.qty for s in found.supplies if s.item_code == steel] == [7]


def test_a_site_that_does_not_use_the_mode_reads_no_bom():
	bike = made_of(ItemFactory().name)
	settings(mode="ATP Then Lead Time")
	with queries() as seen:
		found = read(bike)
	assert (found.boms, found.workstations) == ({}, {})
	assert not [query for query in seen if "BOM Item" in query]


def test_where_only_some_items_have_the_mode_others_are_read_as_before():
	bike, plain = made_of(ItemFactory().name), ItemFactory().name
	settings(mode="ATP Only", item_rules=[{"item_code": bike, "mode": "ATP Then CTP"}])
	read(plain)
	with queries() as seen:
		read(plain)
	assert not [query for query in seen if "BOM Item" in query]


def test_the_mode_is_that_of_the_item_else_of_its_group_or_the_one_above():
	settings(mode="ATP Only")
	above = ItemGroupFactory(is_group=1).name
	group = ItemGroupFactory(parent_item_group=above).name
	of_group, own_rule, other_mode = (
		BOMFactory(item=ItemFactory(item_group=place).name).item for place in (group, "Products", group)
	)
	rules = [
		{"item_group": above, "mode": "ATP Then CTP"},
		{"item_code": own_rule, "mode": "ATP Then CTP"},
		{"item_code": other_mode, "mode": "ATP Only"},
	]
	settings(item_rules=rules)
	found = read(of_group, own_rule, other_mode, made_of(ItemFactory().name))
	assert {bom.item_code for bom in found.boms.values()} == {of_group, own_rule}
	assert found.items[of_group].mode is FulfilmentMode.ATP_THEN_CTP


def test_components_of_a_bundle_and_alternatives_of_an_item_are_made_too():
	bell, light, item = made_of(ItemFactory().name), made_of(ItemFactory().name), ItemFactory().name
	bundle = ProductBundleFactory(parts={bell: 1}).new_item_code
	ItemAlternativeFactory(item_code=item, alternative_item_code=light)
	assert {bom.item_code for bom in read(bundle, item).boms.values()} == {bell, light}


def test_units_are_those_of_stock_and_loss_is_a_share():
	screw = ItemFactory(boxes_of=100).name
	line = {"qty": 2, "uom": "Box", "conversion_factor": 100, "source_warehouse": FINISHED_GOODS}
	bom = bom_of(BOMFactory(materials={screw: line}, process_loss_percentage=10, quantity=10).item)
	assert bom.lines == (BomLine(screw, 200, warehouse=FINISHED_GOODS),)
	assert bom.loss == pytest.approx(0.1)


def test_a_component_without_stock_of_its_own_is_a_phantom_if_it_has_a_bom():
	kit, service = ItemFactory(service=True).name, ItemFactory(service=True).name
	BOMFactory(item=kit)
	bom = bom_of(BOMFactory(materials={kit: 1, service: 1}).item)
	assert [line.phantom for line in bom.lines] == [True, False]


def test_do_not_explode_leaves_the_component_to_its_own_default_bom():
	part = made_of(ItemFactory().name)
	bom = bom_of(BOMFactory(materials={part: {"qty": 1, "do_not_explode": 1}}).item)
	assert bom.lines == (BomLine(part, 1),)


def test_what_the_making_does_not_consume_is_not_needed():
	box, part = ItemFactory(include_item_in_manufacturing=0).name, ItemFactory().name
	bike = made_of(box, part)
	assert [line.item_code for line in bom_of(bike).lines] == [part]


@pytest.mark.parametrize("allowed", [1, 0])
def test_alternatives_are_those_that_bom_and_item_allow(allowed: int):
	part, other, both_ways = (ItemFactory(allow_alternative_item=1).name for _ in range(3))
	below = ItemFactory().name
	BOMFactory(item=other, materials={below: 1})
	ItemAlternativeFactory(item_code=part, alternative_item_code=other)
	ItemAlternativeFactory(item_code=both_ways, alternative_item_code=part, two_way=1)
	line = {"qty": 1, "allow_alternative_item": 1}
	bike = BOMFactory(materials={part: line}, allow_alternative_item=allowed).item
	found = read(bike)
	(line,) = found.boms[found.items[bike].default_bom].lines
	assert set(line.alternatives) == ({other, both_ways} if allowed else set())
	# An alternative may be made, too.
	assert (below in found.items) == bool(allowed)


def test_what_a_supplier_makes_for_us_is_subcontracted_by_its_subcontracting_bom():
	frame, paint = ItemFactory(subcontracted=True).name, ItemFactory().name
	raw = BOMFactory(item=frame, materials={paint: {"qty": 1, "sourced_by_supplier": 1}})
	bike = BOMFactory(materials={frame: 1}).item
	found = read(bike)
	bom = found.boms[raw.name]
	assert (bom.subcontracted, bom.lines[0].by_supplier) == (True, True)
	assert found.items[frame].default_bom == raw.name

	other = BOMFactory(item=frame, materials={ItemFactory().name: 1}, is_default=0)
	SubcontractingBOMFactory(finished_good=frame, finished_good_bom=other.name)

	found = read(bike)
	assert found.items[frame].default_bom == other.name
	assert found.boms[found.items[bike].default_bom].lines[0].bom is None
	assert other.name in found.boms and raw.name not in found.boms


def test_a_bom_that_is_not_active_any_more_is_named_and_missing():
	wheel = BOMFactory()
	bike = made_of(wheel.item)
	# ERPNext does not disable a BOM that others use; an import may.
	wheel.db_set("is_active", 0)
	found = read(bike)
	(line,) = found.boms[found.items[bike].default_bom].lines
	assert line.bom == wheel.name
	assert wheel.name not in found.boms


def test_a_bom_that_contains_itself_ends_the_reading():
	wheel, bike = BOMFactory(), ItemFactory().name
	bom = BOMFactory(item=bike, materials={wheel.item: 1})
	# ERPNext refuses that; an import does not.
	wheel.items[0].db_set({"item_code": bike, "bom_no": bom.name})
	found = read(bike)
	assert found.boms[wheel.name].lines[0].bom == bom.name
	assert set(found.boms) == {wheel.name, bom.name}


def test_operations_have_the_minutes_of_the_bom_s_quantity():
	weld, paint, check = OperationFactory(), OperationFactory(), OperationFactory()
	operations = {
		weld: 30,
		paint: {"time_in_mins": 60, "batch_size": 4},
		check: {"time_in_mins": 45, "fixed_time": 1, "batch_size": 4},
	}
	bom = bom_of(BOMFactory(operations=operations, quantity=2).item)
	assert bom.operations == (
		Operation(weld.name, 30, weld.workstation),
		Operation(paint.name, 15, paint.workstation),
		Operation(check.name, 45, check.workstation, fixed=True),
	)


def test_operations_that_are_switched_off_take_no_time():
	bom = BOMFactory(operations={OperationFactory(): 30})
	bom.db_set("with_operations", 0)
	assert bom_of(bom.item).operations == ()


def test_a_workstation_has_its_hours_holidays_and_capacity():
	closed = HolidayListFactory(dates=[days(3)]).name
	off = {"start_time": "18:00:00", "end_time": "20:00:00", "enabled": 0}
	bench = WorkstationFactory(working_hours=[*SHIFT, off], holiday_list=closed, production_capacity=2).name
	bike = BOMFactory(operations={OperationFactory(workstation=bench): 30}).item
	found = read(bike).workstations[bench]
	assert found.hours == ((time(8), time(12)), (time(13), time(17)))
	assert (found.capacity, found.calendar, dict(found.load)) == (2, closed, {})

	frappe.db.set_single_value("Manufacturing Settings", "allow_production_on_holidays", 1)
	frappe.clear_document_cache("Manufacturing Settings", "Manufacturing Settings")
	assert read(bike).workstations[bench].calendar is None


def bench_and_order(qty: int = 10, minutes: int = 30, start: int = 3, **station):
	"""A workstation, an item made there in so many minutes a piece, and a Work Order for it."""
	bench = WorkstationFactory(working_hours=SHIFT, **station).name
	bom = BOMFactory(operations={OperationFactory(workstation=bench): minutes})
	begin = get_datetime(f"{days(start)} 08:00:00")
	return bench, bom.item, WorkOrderFactory(production_item=bom.item, qty=qty, planned_start_date=begin)


def load_of(bench: str, item: str) -> dict:
	return dict(read(item).workstations[bench].load)


def test_job_cards_take_the_days_that_capacity_planning_gave_them():
	bench, item, order = bench_and_order(qty=20, minutes=30)
	(card,) = frappe.get_all("Job Card", {"work_order": order.name}, pluck="name")
	assert frappe.get_all("Job Card Scheduled Time", {"parent": card}, "sum(time_in_mins) as m")[0].m == 600
	# 480 minutes a day: the operation is not counted a second time.
	assert load_of(bench, item) == {days(3): 480, days(4): 120}

	frappe.db.set_value("Job Card", card, "total_completed_qty", 10)

	assert sum(load_of(bench, item).values()) == 300


def test_without_capacity_planning_operations_are_on_the_day_their_order_starts():
	frappe.db.set_single_value("Manufacturing Settings", "disable_capacity_planning", 1)
	frappe.clear_document_cache("Manufacturing Settings", "Manufacturing Settings")
	bench, item, order = bench_and_order(qty=20, minutes=30)
	assert load_of(bench, item) == {days(3): 600}

	order.operations[0].db_set("completed_qty", 15)
	assert load_of(bench, item) == {days(3): 150}

	order.operations[0].db_set("status", "Completed")
	assert load_of(bench, item) == {}


def test_what_is_overdue_counts_today_and_what_is_stopped_not_at_all():
	bench, item, order = bench_and_order(qty=2, minutes=30, start=-20)
	assert load_of(bench, item) == {days(0): 60}
	order.update_status("Stopped")
	assert load_of(bench, item) == {}


def test_an_operation_of_a_workstation_type_is_done_where_least_is_to_do():
	kind = frappe.get_doc({"doctype": "Workstation Type", "workstation_type": "Lathe"}).insert().name
	busy, _item, _order = bench_and_order(workstation_type=kind)
	idle = WorkstationFactory(workstation_type=kind).name
	turn = OperationFactory().name
	bom = BOMFactory(operations={turn: {"time_in_mins": 5, "workstation": None, "workstation_type": kind}})
	found = read(bom.item)
	assert found.boms[bom.name].operations == (Operation(turn, 5, idle),)
	assert set(found.workstations) == {busy, idle}


def test_the_whole_site_says_how_everything_is_made_whatever_the_mode():
	settings(mode="ATP Only")
	bench = WorkstationFactory().name
	wheel = BOMFactory(operations={OperationFactory(workstation=bench): 10})
	bike = made_of(wheel.item)
	found = whole_site([bike])
	assert wheel.name in found.boms and bench in found.workstations
	assert found.boms == dict(sorted(found.boms.items()))


def deep(levels: int, width: int) -> str:
	"""An item made of `width` others a level, the last of which is made of the next level; with an operation each."""
	below = None
	for _ in range(levels):
		materials = [ItemFactory().name for _ in range(width - bool(below))] + [below] * bool(below)
		below = BOMFactory(materials=dict.fromkeys(materials, 1), operations={OperationFactory(): 5}).item
	return str(below)


@pytest.mark.parametrize(("levels", "width"), [(1, 2), (5, 40)])
def test_two_queries_more_whatever_the_depth_and_the_width(levels: int, width: int):
	bike, plain = deep(levels, width), ItemFactory().name
	settings(mode="ATP Only", item_rules=[{"item_code": bike, "mode": "ATP Then CTP"}])
	frappe.get_cached_doc("Manufacturing Settings")
	SiteSource().snapshot([bike])
	with queries() as seen:
		found = SiteSource().snapshot([bike], customer="_")
	assert len(found.items) == levels * width + 1
	assert len(found.workstations) == levels
	with queries() as others:
		SiteSource().snapshot([plain], customer="_")
	print(
		f"\n{len(found.items) - 1} components in {levels} levels: {len(seen)} queries; plain: {len(others)}"
	)
	assert len(seen) <= 9
	assert len(others) <= 7
	assert STORES in found.warehouses
