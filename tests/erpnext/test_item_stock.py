"""Levels and dated ATP of items: what is available from when, from what, and who may see it."""

import json
from typing import Any

import pytest

import frappe

from otp_app.api.promise import calculate, hold
from otp_app.api.stock import item_stock
from tests.erpnext.company import FINISHED_GOODS, REJECTED, SHOP, SHOPS, STORES
from tests.erpnext.counting import queries
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory, WorkOrderFactory
from tests.factories.masters import (
	CustomerFactory,
	HolidayListFactory,
	ItemFactory,
	ProductBundleFactory,
	SupplierFactory,
	WarehouseFactory,
)
from tests.factories.selling import QuotationFactory, SalesOrderFactory, StockReservationEntryFactory
from tests.factories.stock import StockEntryFactory


@pytest.fixture(autouse=True)
def fresh_response():
	frappe.local.response = frappe._dict()


def ask(**arguments: Any) -> list[dict[str, Any]]:
	answer = item_stock(**arguments)
	assert answer is not None, frappe.local.response
	return answer["items"]


def in_stores(item: str, **arguments: Any) -> dict[str, Any]:
	"""What is said of an item in the stores."""
	(found,) = (
		w
		for w in ask(items=[item], warehouse=STORES, **arguments)[0]["warehouses"]
		if w["warehouse"] == STORES
	)
	return found


def refusal(**arguments: Any) -> tuple[int, str, str | None]:
	assert item_stock(**arguments) is None
	error = frappe.local.response["error"]
	assert error["message"].endswith(".")
	return frappe.local.response["http_status_code"], error["code"], error.get("field")


def kept_to(user: str, doctype: str, name: str) -> None:
	permission = {"doctype": "User Permission", "user": user, "allow": doctype, "for_value": name}
	frappe.get_doc(permission).insert()


def every_day_is_a_working_day() -> None:
	"""In the stores, so that what is due on a day can be picked on that day."""
	settings = frappe.get_doc("Order Promise Settings")
	settings.no_weekends = 0
	settings.append("warehouse_rules", {"warehouse": STORES, "calendar": HolidayListFactory().name})
	settings.save()


def steps(warehouse: dict[str, Any]) -> list[tuple[str, float]]:
	return [(step["date"], step["atp"]) for step in warehouse["atp"]]


def test_the_known_answer_of_the_manual_is_a_step_function():
	"""On hand 20; demand 3 on day 1, 15 on day 4; supply 10 on day 3, 1 on day 5, 3 on day 6 (Oracle)."""
	every_day_is_a_working_day()
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=20)
	for day, qty in ((1, 3), (4, 15)):
		SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(day))
	for day, qty in ((3, 10), (5, 1), (6, 3)):
		PurchaseOrderFactory(item_code=item, qty=qty, schedule_date=days(day))

	stores = in_stores(item)

	assert (stores["on_hand"], stores["available_today"]) == (20, 12)
	assert steps(stores) == [(str(days(0)), 12), (str(days(5)), 13), (str(days(6)), 16)]
	assert "events" not in stores


def test_the_step_function_says_what_a_promise_says():
	every_day_is_a_working_day()
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=4)
	PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(8))
	SalesOrderFactory(item_code=item, qty=6, delivery_date=days(20))

	promised = calculate(items=[{"item_code": item, "qty": 8, "warehouse": STORES}])["plan"][0]
	stores = in_stores(item)

	assert [peg["qty"] for peg in promised["fulfillment"]] == [4, 4]
	assert steps(stores) == [(str(days(0)), 4), (str(days(8)), 8)]


def test_an_item_is_told_of_where_it_lies_is_awaited_or_is_owed():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=7, to_warehouse=FINISHED_GOODS)
	SalesOrderFactory(item_code=item, qty=2, warehouse=STORES)
	found = ask(item_code=item)[0]
	assert (found["item_code"], found["uom"], found["is_stock_item"]) == (item, "Nos", True)
	assert found["item_name"] == f"Bicycle part {item}"
	assert [(w["warehouse"], w["on_hand"], w["available_today"]) for w in found["warehouses"]] == [
		(FINISHED_GOODS, 7, 7),
		(STORES, 0, 0),
	]


def test_a_group_of_warehouses_means_those_below_it():
	item = ItemFactory().name
	for warehouse in (STORES, SHOP):
		StockEntryFactory(item_code=item, qty=3, to_warehouse=warehouse)
	assert [w["warehouse"] for w in ask(items=[item], warehouse=SHOPS)[0]["warehouses"]] == [SHOP]


def test_a_warehouse_with_nothing_is_told_of_when_it_is_asked_for():
	item = ItemFactory().name
	assert steps(in_stores(item)) == [(str(days(0)), 0)]
	assert ask(items=[item])[0]["warehouses"] == []


def test_nothing_is_available_where_nothing_is_sold():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=3, to_warehouse=REJECTED)
	(rejected,) = ask(items=[item])[0]["warehouses"]
	assert (rejected["on_hand"], rejected["available_today"], rejected["never_promised"]) == (3, 0, True)


def test_a_bundle_is_told_by_its_components():
	bell = ItemFactory().name
	bundle = ProductBundleFactory(parts={bell: 2}).new_item_code
	StockEntryFactory(item_code=bell, qty=9)
	found = ask(items=[bundle])
	assert [(item["item_code"], item["components"]) for item in found] == [
		(bundle, [{"item_code": bell, "qty": 2}]),
		(bell, []),
	]
	assert (found[0]["warehouses"], found[1]["warehouses"][0]["available_today"]) == ([], 9)


def test_every_event_has_its_document_party_sign_and_running_atp():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=5)
	bought = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(8))
	sold = SalesOrderFactory(item_code=item, qty=8, delivery_date=days(12))
	made = WorkOrderFactory(production_item=BOMFactory(materials={item: 1}).item, qty=3)

	stores = in_stores(item, documents=1)

	told = [(e["qty"], e["kind"], e["document_type"], e["document"], e["atp"]) for e in stores["events"]]
	assert told == [
		(5, "on_hand", None, None, 2),
		(-3, "work_order_material", "Work Order", made.name, 2),
		(10, "purchase_order", "Purchase Order", bought.name, 4),
		(-8, "sales_order", "Sales Order", sold.name, 4),
	]
	assert [e["party"] for e in stores["events"]] == [None, None, bought.supplier, sold.customer]
	assert [e["date"] for e in stores["events"]][2:] == [str(days(8)), str(days(12))]
	assert stores["events"][3]["label"] == f"Sales order {sold.name}"
	assert stores["events_left_out"] == 0


def test_what_does_not_count_comes_last_with_its_reason():
	item = ItemFactory().name
	order = PurchaseOrderFactory(item_code=item, qty=10)
	order.db_set("status", "On Hold")
	(event,) = in_stores(item, documents=True)["events"]
	assert (event["withheld"], event["atp"], event["document"]) == ("on_hold", None, order.name)


def test_names_are_left_out_for_who_may_not_read_them():
	item = ItemFactory().name
	bought = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(3))
	sold = SalesOrderFactory(item_code=item, qty=2)
	frappe.set_user(new_user("Sales User"))
	events = in_stores(item, documents=1)["events"]
	assert [(e["document_type"], e["document"]) for e in events] == [
		("Purchase Order", None),
		("Sales Order", sold.name),
	]
	assert bought.supplier not in json.dumps(events)
	assert events[0]["label"] == "Purchase order"


def test_other_customers_orders_have_no_names_for_who_is_kept_to_one_customer():
	item, customer = ItemFactory().name, CustomerFactory().name
	others = SalesOrderFactory(item_code=item, qty=2)
	user = new_user("Sales User")
	kept_to(user, "Customer", customer)
	frappe.set_user(user)
	(event,) = in_stores(item, documents=1)["events"]
	assert (event["qty"], event["document"], event["party"]) == (-2, None, None)
	assert others.customer not in json.dumps(event)


def test_a_document_s_own_commitments_and_reservations_are_left_out():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=6, delivery_date=days(9))
	StockReservationEntryFactory(sales_order=order, qty=2)
	SalesOrderFactory(item_code=item, qty=3, delivery_date=days(9))

	assert in_stores(item)["available_today"] == 1
	assert in_stores(item, sales_order=order.name)["available_today"] == 7
	assert order.name not in json.dumps(in_stores(item, sales_order=order.name, documents=1))


def test_what_is_held_is_gone_for_others_and_still_there_for_who_holds_it():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	offer = QuotationFactory(item_code=item, qty=4)
	held = hold(quotation=offer.name)["promise"]

	assert in_stores(item)["available_today"] == 6
	assert in_stores(item, quotation=offer.name)["available_today"] == 10
	event = in_stores(item, documents=1)["events"][-1]
	assert (event["qty"], event["kind"], event["document"]) == (-4, "hold", held)
	assert (event["party"], event["label"]) == (offer.party_name, f"Held {held}")


def test_without_items_those_of_the_document_are_told():
	lines = [{"item_code": ItemFactory().name, "qty": 1} for _ in range(2)]
	order = SalesOrderFactory(items=lines, submit=False)
	offer = QuotationFactory(items=lines)
	codes = [line["item_code"] for line in lines]
	assert [item["item_code"] for item in ask(sales_order=order.name)] == codes
	assert [item["item_code"] for item in ask(quotation=offer.name)] == codes


def test_several_items_are_asked_for_in_several_ways():
	first, second = ItemFactory().name, ItemFactory(item_code="Bolt, M6").name
	for arguments in (
		{"items": [first, second]},
		{"items": json.dumps([first, second])},
		{"item_code": [first, second, first]},
		{"item_code": first, "items": second},
	):
		assert {item["item_code"] for item in ask(**arguments)} == {first, second}
	assert [item["item_code"] for item in ask(item_code="Bolt, M6")] == [second]
	third = ItemFactory().name
	assert [item["item_code"] for item in ask(item_code=f"{first}, {third}")] == [first, third]


@pytest.mark.parametrize(
	("arguments", "expected"),
	[
		({}, (422, "MISSING_FIELD", "items")),
		({"items": []}, (422, "MISSING_FIELD", "items")),
		({"items": "[1"}, (400, "MALFORMED", "items")),
		({"items": [5]}, (422, "INVALID_VALUE", "items")),
		({"items": ["x" * 141]}, (422, "INVALID_VALUE", "items")),
		({"items": [f"X{n}" for n in range(101)]}, (422, "TOO_MANY_ITEMS", "items")),
		({"items": ["Nope"]}, (404, "UNKNOWN_ITEM", "items[0]")),
		({"items": ["Nope"], "sales_order": "Nope"}, (404, "UNKNOWN_SALES_ORDER", "sales_order")),
		({"sales_order": "A", "quotation": "B"}, (422, "INVALID_VALUE", "quotation")),
		({"items": ["X"], "documents": "perhaps"}, (422, "INVALID_CHOICE", "documents")),
	],
	ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_is_refused_by_field(arguments: dict[str, Any], expected: tuple):
	assert refusal(**arguments) == expected


def test_an_unknown_warehouse_is_named():
	item = ItemFactory().name
	assert refusal(items=[item], warehouse="Nope") == (404, "UNKNOWN_WAREHOUSE", "warehouse")
	assert frappe.local.response["error"]["message"] == "There is no warehouse Nope."


def test_a_hidden_warehouse_is_neither_told_of_nor_asked_for():
	item = ItemFactory().name
	for warehouse in (STORES, SHOP):
		StockEntryFactory(item_code=item, qty=3, to_warehouse=warehouse)
	user = new_user("Sales User")
	kept_to(user, "Warehouse", SHOP)
	frappe.set_user(user)
	assert [w["warehouse"] for w in ask(items=[item])[0]["warehouses"]] == [SHOP]
	assert refusal(items=[item], warehouse=STORES) == (403, "FORBIDDEN", "warehouse")


def test_who_handles_stock_may_ask_and_who_does_neither_may_not():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=3)
	store_keeper, other = new_user("Stock User"), new_user("Projects User")
	frappe.set_user(store_keeper)
	assert in_stores(item)["on_hand"] == 3
	frappe.set_user(other)
	assert refusal(items=[item]) == (403, "FORBIDDEN", None)


def test_who_may_only_read_an_order_is_told_of_its_items_only():
	ordered, other = ItemFactory().name, ItemFactory().name
	order = SalesOrderFactory(item_code=ordered)
	user = new_user("Projects User")
	frappe.share.add("Sales Order", order.name, user, read=1)
	frappe.set_user(user)
	assert [item["item_code"] for item in ask(sales_order=order.name)] == [ordered]
	assert refusal(items=[other], sales_order=order.name) == (403, "FORBIDDEN", "items")


@pytest.mark.parametrize("documents", [0, 1])
@pytest.mark.parametrize("count", [1, 10, 100])
def test_any_number_of_items_needs_the_same_queries(count: int, documents: int):
	items = [ItemFactory().name for _ in range(count)]
	supplier, customer = SupplierFactory().name, CustomerFactory().name
	lines = [{"item_code": item, "qty": 5} for item in items]
	StockEntryFactory(items=[{**line, "t_warehouse": STORES} for line in lines])
	PurchaseOrderFactory(items=lines, supplier=supplier)
	SalesOrderFactory(items=lines, customer=customer)
	frappe.set_user(new_user("Sales User", "Purchase User"))
	ask(items=items, documents=documents)

	with queries() as seen:
		ask(items=items, documents=documents)

	assert len(seen) == (8 if documents else 7)


def test_a_supply_and_demand_elsewhere_change_nothing_here():
	item, depot = ItemFactory().name, WarehouseFactory().name
	StockEntryFactory(item_code=item, qty=5)
	SalesOrderFactory(item_code=item, qty=4, warehouse=depot)
	assert in_stores(item)["available_today"] == 5
