"""Making it so: the drafts of a whole tree, once, linked to order and promise; and that the loop closes."""

from typing import Any

import pytest

import frappe
from frappe.utils import getdate

from erpnext.buying.doctype.purchase_order.purchase_order import make_subcontracting_order

from otp_app.api.making import make_it_so
from otp_app.api.procurement import procurement_suggest
from otp_app.api.promise import apply, for_sales_order
from otp_app.promises.keeping.follow import review
from otp_app.sources.site.world import forget_world
from tests.erpnext.company import COMPANY, FINISHED_GOODS, STORES, SUPPLIER_WAREHOUSE, WORK_IN_PROGRESS
from tests.erpnext.promising import answer, promise_of, refusal, settings, submit
from tests.erpnext.serving import new_user
from tests.factories.base import days, save
from tests.factories.buying import PurchaseOrderFactory
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
	SupplierFactory,
)
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SHIFT = [{"start_time": "08:00:00", "end_time": "16:00:00"}]


@pytest.fixture(autouse=True)
def items_are_made():
	"""Every day is a working day, no step takes time that is not part of the story."""
	settings(mode="ATP Then CTP", no_weekends=0, processing_days=0, cutoff_time="")
	calendar = HolidayListFactory(dates=[days(299)]).name
	frappe.db.set_value("Company", COMPANY, "default_holiday_list", calendar)
	frappe.clear_document_cache("Company", COMPANY)
	forget_world()


def part(lead_time_days: int = 3, **values: Any) -> str:
	return ItemFactory(lead_time_days=lead_time_days, **values).name


def in_stock() -> str:
	item = part()
	StockEntryFactory(items=[{"item_code": item, "qty": 100, "t_warehouse": STORES}])
	return item


def made_of(
	materials: dict[str, Any], minutes: int | None = 60, bench: str | None = None, **values: Any
) -> str:
	"""A new item, made of these; an operation of so many minutes a piece, or none and then two days a lot."""
	item = values.pop("item", None) or ItemFactory(lead_time_days=None if minutes else 2).name
	place = bench or WorkstationFactory(working_hours=SHIFT).name
	operations = {OperationFactory(workstation=place): minutes} if minutes else {}
	return BOMFactory(item=item, materials=materials, operations=operations, **values).item


def promised(item: str, qty: float = 2, **line: Any) -> Any:
	"""A submitted Sales Order, promised as it can be delivered."""
	order = SalesOrderFactory(
		items=[{"item_code": item, "qty": qty, "warehouse": FINISHED_GOODS, **line}],
		delivery_date=days(200),
		submit=False,
	)
	frappe.db.set_value("Sales Order", order.name, "otp_requested_date", None)
	answer(apply, sales_order=order.name)
	return submit(frappe.get_doc("Sales Order", order.name))


def plan_of(order: Any) -> dict[str, Any]:
	return answer(make_it_so, sales_order=order.name)


def steps(order: Any) -> list[tuple[str, str, float]]:
	return [(s["doctype"], s["item_code"], s["qty"]) for s in plan_of(order)["steps"]]


def create(order: Any, **arguments: Any) -> dict[str, list[Any]]:
	"""The drafts that are made, by doctype."""
	made: dict[str, list[Any]] = {}
	for found in answer(make_it_so, sales_order=order.name, create=1, **arguments)["created"]:
		made.setdefault(found["doctype"], []).append(frappe.get_doc(found["doctype"], found["name"]))
	return made


def three_levels(supplier: str | None = None) -> tuple[str, str, str, str]:
	"""A bike of two wheels and a frame; a wheel of two tubes."""
	tube, frame = part(default_supplier=supplier), part(5)
	wheel = made_of({tube: 2})
	return made_of({wheel: 2, frame: 1}), wheel, tube, frame


def tree_of(order: Any) -> dict[str, Any]:
	found = answer(for_sales_order, sales_order=order.name)
	(peg,) = [peg for line in found["plan"] for peg in line["fulfillment"] if peg["tree"]]
	return peg["tree"]


def test_the_whole_tree_becomes_drafts_with_its_dates_and_quantities():
	supplier = SupplierFactory().name
	bike, wheel, tube, frame = three_levels(supplier)
	order = promised(bike)
	tree = tree_of(order)
	nodes = {node["item_code"]: node for node in (tree, *tree["children"])}

	made = create(order)

	works = {doc.production_item: doc for doc in made["Work Order"]}
	assert {code: doc.qty for code, doc in works.items()} == {wheel: 4, bike: 2}
	for code, doc in works.items():
		assert getdate(doc.planned_start_date) == getdate(nodes[code]["start_date"])
		assert getdate(doc.expected_delivery_date) == getdate(nodes[code]["arrival_date"])
		assert (doc.docstatus, doc.otp_promise, doc.wip_warehouse) == (0, order.otp_promise, WORK_IN_PROGRESS)
		assert len(doc.operations) == 1 and doc.use_multi_level_bom == 0
	assert (works[bike].sales_order, works[bike].sales_order_item) == (order.name, order.items[0].name)
	assert works[bike].fg_warehouse == FINISHED_GOODS
	needed = {row.item_code: (row.required_qty, row.source_warehouse) for row in works[bike].required_items}
	assert needed == {wheel: (4, STORES), frame: (2, STORES)}
	# The wheels are put where the bike takes them from.
	assert works[wheel].fg_warehouse == STORES

	(purchase,) = made["Purchase Order"]
	(row,) = purchase.items
	assert (purchase.supplier, purchase.otp_promise, row.item_code, row.qty) == (
		supplier,
		order.otp_promise,
		tube,
		8,
	)
	assert (row.schedule_date, row.sales_order, row.sales_order_item) == (days(3), order.name, None)
	(request,) = made["Material Request"]
	(row,) = request.items
	assert (request.material_request_type, row.item_code, row.qty, row.schedule_date) == (
		"Purchase",
		frame,
		2,
		days(5),
	)


def test_what_is_in_stock_or_on_its_way_is_not_made_again():
	bike, wheel, tube, frame = three_levels()
	StockEntryFactory(items=[{"item_code": wheel, "qty": 3, "t_warehouse": STORES}])
	purchase = PurchaseOrderFactory(item_code=frame, qty=2, schedule_date=days(4))
	order = promised(bike)
	assert steps(order) == [
		("Material Request", tube, 2),
		("Work Order", wheel, 1),
		("Work Order", bike, 2),
	]
	(frame_node,) = [node for node in tree_of(order)["children"] if node["item_code"] == frame]
	assert frame_node["document"] == {"doctype": "Purchase Order", "name": purchase.name}


def test_a_second_click_makes_nothing_and_tells_what_is_there():
	bike, *_ = three_levels(SupplierFactory().name)
	order = promised(bike)
	first = answer(make_it_so, sales_order=order.name, create=1)
	again = answer(make_it_so, sales_order=order.name, create=1)
	assert (again["steps"], again["created"]) == ([], [])
	told = {(made["doctype"], made["name"]) for made in again["already_made"]}
	assert told == {(made["doctype"], made["name"]) for made in first["created"]}
	assert len(told) == 4
	# Nor does asking for purchases.
	assert answer(procurement_suggest, sales_order=order.name)["suggestions"] == []


def test_what_is_deleted_can_be_made_again():
	bike, wheel, *_ = three_levels()
	order = promised(bike)
	made = create(order)
	(gone,) = [doc for doc in made["Work Order"] if doc.production_item == wheel]
	gone.delete()
	assert steps(order) == [("Work Order", wheel, 4)]
	assert [doc.production_item for doc in create(order)["Work Order"]] == [wheel]


def test_submitted_drafts_carry_the_promise_and_keep_its_date():
	bike, *_ = three_levels(SupplierFactory().name)
	order = promised(bike)
	before = promise_of(order)
	made = create(order)
	for doc in (*made["Purchase Order"], *made["Material Request"], *made["Work Order"]):
		save(doc)

	review(before.name)

	after = promise_of(order)
	assert (after.status, after.expected_date) == ("Committed", before.promise_date)
	(line,) = answer(for_sales_order, sales_order=order.name)["plan"]
	(peg,) = line["fulfillment"]
	top = next(doc.name for doc in made["Work Order"] if doc.production_item == bike)
	assert (peg["source"], peg["document"]) == ("production", {"doctype": "Work Order", "name": top})
	assert getdate(line["promise_date"]) == getdate(before.promise_date)
	assert (plan_of(order)["steps"], len(plan_of(order)["already_made"])) == ([], 4)


def test_a_part_that_is_submitted_is_taken_and_the_rest_stays_in_draft():
	bike, wheel, *_ = three_levels()
	order = promised(bike)
	made = create(order)
	save(next(doc for doc in made["Work Order"] if doc.production_item == wheel))
	assert steps(order) == []
	(node, _frame) = tree_of(order)["children"]
	assert (node["item_code"], node["how"], node["document"]["doctype"]) == (wheel, "document", "Work Order")


def test_a_component_promised_to_somebody_else_in_between_is_told_before_anything_is_made():
	frame = part(30)
	StockEntryFactory(items=[{"item_code": frame, "qty": 2, "t_warehouse": STORES}])
	bike = made_of({frame: 1})
	order = promised(bike)
	seen = plan_of(order)["promise"]["promise_date"]
	assert steps(order) == [("Work Order", bike, 2)]

	SalesOrderFactory(items=[{"item_code": frame, "qty": 2, "warehouse": STORES}], delivery_date=days(1))

	status, code, _ = refusal(make_it_so, sales_order=order.name, create=1, expected_date=seen)
	assert (status, code) == (409, "STALE")
	assert not frappe.db.exists("Work Order", {"otp_promise": order.otp_promise})
	late = plan_of(order)
	assert late["promise"]["promise_date"] > seen == late["agreed_date"]
	assert steps(order) == [("Material Request", frame, 2), ("Work Order", bike, 2)]


def test_a_full_workstation_makes_it_later_and_the_tree_says_why():
	bench = WorkstationFactory(working_hours=SHIFT).name
	there = in_stock()
	bike, other = made_of({there: 1}, 60, bench), made_of({there: 1}, 60, bench)
	early = tree_of(promised(bike))
	begin = frappe.utils.get_datetime(f"{days(0)} 08:00:00")
	WorkOrderFactory(production_item=other, qty=40, planned_start_date=begin)
	tree = tree_of(promised(bike))
	assert tree["available_date"] > early["available_date"]
	assert (tree["constraint"]["code"], tree["constraint"]["values"]["workstation"]) == (
		"CTP_CAPACITY",
		bench,
	)

	settings(finite_capacity=0)
	assert tree_of(promised(bike))["available_date"] == early["available_date"]


def test_holidays_of_a_workstation_push_the_work():
	closed = HolidayListFactory(dates=[days(n) for n in range(10)]).name
	bench = WorkstationFactory(working_hours=SHIFT, holiday_list=closed).name
	tree = tree_of(promised(made_of({in_stock(): 1}, 60, bench)))
	assert (tree["start_date"], tree["available_date"]) == (str(days(10)), str(days(10)))
	assert tree["constraint"]["code"] == "CTP_CALENDAR"


def test_an_alternative_is_in_the_work_order_in_place_of_what_would_come_later():
	late, there = part(60, allow_alternative_item=1), part(allow_alternative_item=1)
	StockEntryFactory(items=[{"item_code": there, "qty": 50, "t_warehouse": STORES}])
	ItemAlternativeFactory(item_code=late, alternative_item_code=there)
	line = {"qty": 3, "allow_alternative_item": 1}
	bike = made_of({late: line}, allow_alternative_item=1)
	(work,) = create(promised(bike))["Work Order"]
	assert [(row.item_code, row.required_qty) for row in work.required_items] == [(there, 6)]
	assert save(work).required_items[0].item_code == there


def test_what_a_process_loses_is_started_on_top():
	supplier = SupplierFactory().name
	powder = part(stock_uom="Kg", default_supplier=supplier)
	paint = made_of({powder: 1}, item=ItemFactory(stock_uom="Kg").name, process_loss_percentage=10, minutes=6)
	order = promised(paint, 90)
	assert steps(order) == [("Purchase Order", powder, 100), ("Work Order", paint, 100)]
	(work,) = create(order)["Work Order"]
	# ERPNext would refuse a Work Order for more than was sold.
	assert (work.qty, work.sales_order, work.otp_promise) == (100, None, order.otp_promise)


def test_a_supplier_who_works_on_our_material_is_paid_by_a_purchase_order():
	supplier, steel = SupplierFactory().name, part(1)
	frame = ItemFactory(subcontracted=True, lead_time_days=6, default_supplier=supplier).name
	BOMFactory(item=frame, materials={steel: 2})
	service = SubcontractingBOMFactory(finished_good=frame).service_item
	order = promised(made_of({frame: 1}))

	made = create(order)

	(purchase,) = made["Purchase Order"]
	(row,) = purchase.items
	assert (purchase.is_subcontracted, row.item_code, row.fg_item, row.fg_item_qty) == (1, service, frame, 2)
	assert (row.warehouse, row.schedule_date, row.sales_order) == (STORES, days(7), order.name)
	assert steps(order) == []
	purchase.supplier_warehouse = SUPPLIER_WAREHOUSE
	purchase.set_missing_values()
	save(purchase)
	assert steps(order) == []
	subcontract = make_subcontracting_order(purchase.name)
	subcontract.insert()
	for supplied in subcontract.supplied_items:
		supplied.reserve_warehouse = STORES
	save(subcontract)
	(node,) = tree_of(order)["children"]
	assert node["document"] == {"doctype": "Subcontracting Order", "name": subcontract.name}
	assert steps(order) == []


def test_without_a_service_or_a_supplier_a_material_request_asks_for_the_subcontracted_item():
	frame = ItemFactory(subcontracted=True, lead_time_days=6).name
	BOMFactory(item=frame, materials={part(1): 2})
	order = promised(frame)
	assert [step[0] for step in steps(order)] == ["Material Request", "Material Request"]
	(request,) = create(order)["Material Request"]
	assert {row.item_code for row in request.items} > {frame}
	assert steps(order) == []


def test_the_material_of_a_phantom_is_in_the_work_order_above_it():
	kit, bolt, frame = ItemFactory(service=True).name, part(), part()
	BOMFactory(item=kit, materials={bolt: 4})
	(work,) = create(promised(made_of({kit: 1, frame: 1})))["Work Order"]
	assert {row.item_code: row.required_qty for row in work.required_items} == {frame: 2, bolt: 8}
	assert {row.item_code: row.required_qty for row in save(work).required_items} == {frame: 2, bolt: 8}


def test_a_bundle_s_component_is_made_for_its_row():
	bell = made_of({part(): 1})
	bundle = ProductBundleFactory(parts={bell: 3}).new_item_code
	order = promised(bundle)
	(work,) = create(order)["Work Order"]
	assert (work.production_item, work.qty, work.sales_order) == (bell, 6, order.name)
	assert (work.product_bundle_item, work.sales_order_item) == (bundle, order.items[0].name)


def test_what_the_group_s_rule_says_is_made():
	settings(mode="ATP Only")
	group = ItemGroupFactory().name
	settings(item_rules=[{"item_group": group, "mode": "ATP Then CTP"}])
	bike = made_of({part(): 1}, item=ItemFactory(item_group=group).name)
	assert [step[0] for step in steps(promised(bike))] == ["Material Request", "Work Order"]


def test_a_missing_bom_is_a_blocker_and_nothing_is_made():
	wheel = BOMFactory()
	bike = made_of({wheel.item: 1})
	wheel.db_set("is_active", 0)
	order = SalesOrderFactory(item_code=bike, qty=1)
	found = plan_of(order)
	assert (found["steps"], found["promise"]["promise_date"]) == ([], None)
	told = " ".join(blocker["message"] for blocker in found["promise"]["blockers"])
	assert wheel.name in told


def test_an_order_without_such_items_needs_nothing_made():
	settings(mode="ATP Then Lead Time")
	order = promised(part())
	assert (steps(order), create(order)) == ([], {})


def test_a_draft_order_is_refused():
	order = SalesOrderFactory(item_code=made_of({part(): 1}), submit=False)
	status, code, message = refusal(make_it_so, sales_order=order.name)
	assert (status, code) == (422, "NOT_SUBMITTED")
	assert "submit it first" in message


def test_who_may_not_create_all_of_it_is_told_each_kind_and_nothing_is_made():
	bike, *_ = three_levels(SupplierFactory().name)
	order = promised(bike)
	frappe.set_user(new_user("Sales User", "Manufacturing User"))
	assert len(plan_of(order)["steps"]) == 4
	frappe.local.response = frappe._dict()
	frappe.local.otp_request_id = None
	assert make_it_so(sales_order=order.name, create=1) is None
	error = frappe.local.response["error"]
	assert frappe.local.response["http_status_code"] == 403
	assert [problem["message"] for problem in error["problems"]] == [
		"You need permission to create a Material Request.",
		"You need permission to create a Purchase Order.",
	]
	frappe.set_user("Administrator")
	assert not frappe.db.exists("Work Order", {"otp_promise": order.otp_promise})


def test_those_who_may_make_it_so():
	bike, *_ = three_levels(SupplierFactory().name)
	order = promised(bike)
	frappe.set_user(new_user("Sales User", "Manufacturing User", "Purchase User", "Stock User"))
	assert {kind: len(docs) for kind, docs in create(order).items()} == {
		"Work Order": 2,
		"Purchase Order": 1,
		"Material Request": 1,
	}


def test_who_is_kept_to_a_warehouse_does_not_see_where_components_lie():
	order = promised(made_of({in_stock(): 1}))
	user = new_user("Sales User")
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Warehouse", "for_value": FINISHED_GOODS}
	).insert()
	frappe.set_user(user)
	assert (tree_of(order)["warehouse"], tree_of(order)["children"][0]["warehouse"]) == (
		FINISHED_GOODS,
		"(not shown)",
	)


def test_nothing_is_left_when_one_draft_is_refused():
	supplier = SupplierFactory().name
	bike, *_ = three_levels(supplier)
	order = promised(bike)
	frappe.db.set_value("Supplier", supplier, "disabled", 1)
	frappe.clear_document_cache("Supplier", supplier)
	status, code, message = refusal(make_it_so, sales_order=order.name, create=1)
	assert (status, code) == (422, "NOT_VALID")
	assert supplier in message
	assert not frappe.db.exists("Work Order", {"otp_promise": order.otp_promise})


def test_the_promise_tells_what_was_made_for_it():
	bike, *_ = three_levels()
	order = promised(bike)
	made = [doc.name for docs in create(order).values() for doc in docs]
	doc = frappe.get_doc("Order Promise", order.otp_promise)
	doc.run_method("onload")
	assert {found["name"] for found in doc.get_onload("otp_made")} == set(made)
	# Also the one that takes its place.
	answer(apply, sales_order=order.name)
	later = promise_of(order)
	later.run_method("onload")
	assert later.name != doc.name
	assert {found["name"] for found in later.get_onload("otp_made")} == set(made)
