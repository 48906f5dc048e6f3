"""What an order lacks, and the draft Material Requests and Purchase Orders that ask for it."""

from datetime import date
from typing import Any

import pytest

import frappe

from erpnext.stock.doctype.material_request.material_request import make_purchase_order

from otp_app.api.procurement import procurement_suggest
from otp_app.promises.procuring.needs import ItemFacts, Need, suggest, unrequested
from tests.erpnext.company import COMPANY, FINISHED_GOODS, STORES
from tests.erpnext.serving import new_user
from tests.factories.base import days, save
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory
from tests.factories.masters import ItemFactory, ProductBundleFactory, SupplierFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def fresh_response():
	frappe.local.response = frappe._dict()


def ask(**arguments: Any) -> dict[str, Any]:
	answer = procurement_suggest(**arguments)
	assert answer is not None, frappe.local.response
	return answer


def lacking(**arguments: Any) -> list[tuple[str, float, str | None]]:
	return [(s["item_code"], s["qty"], s["warehouse"]) for s in ask(**arguments)["suggestions"]]


def created(doctype: str, **arguments: Any) -> list[Any]:
	return [
		frappe.get_doc(made["doctype"], made["name"]) for made in ask(create=doctype, **arguments)["created"]
	]


def refusal(**arguments: Any) -> tuple[int, list[tuple[str, str | None]]]:
	assert procurement_suggest(**arguments) is None
	error = frappe.local.response["error"]
	problems = error.get("problems", [error])
	return frappe.local.response["http_status_code"], [(p["code"], p.get("field")) for p in problems]


def need(qty: float, *, item: str = "Bell", warehouse: str = "Stores", line: int = 0, day: int = 2) -> Need:
	return Need(line, item, qty, warehouse, date(2026, 3, day), "")


def facts(**values: Any) -> dict[str, ItemFacts]:
	base = {"whole": True, "min_order_qty": 0.0, "request_type": "Purchase", "drop_ship": False}
	return {"Bell": ItemFacts("Bell", "Nos", **base | values)}


def test_the_earliest_need_is_covered_first_and_the_same_warehouse_before_others():
	needs = [need(5, warehouse="Shop"), need(5, day=3), need(5, day=9)]
	left = unrequested(needs, {("Bell", "Stores", None): 7, ("Wheel", "Stores", None): 100})
	assert [(n.warehouse, n.qty) for n in left] == [("Shop", 5), ("Stores", 3)]
	left = unrequested(needs, {("Bell", "Depot", None): 6})
	assert [(n.warehouse, n.qty, n.schedule_date.day) for n in left] == [("Stores", 4, 3), ("Stores", 5, 9)]
	assert unrequested(needs, {("Bell", None, None): 15}) == []


def test_a_suggestion_is_at_least_the_minimum_order_and_whole():
	(one,) = suggest([need(2.5), need(1.2, line=1)], facts())
	assert (one.needed, one.qty, one.lines) == (3.7, 4, (0, 1))
	(one,) = suggest([need(2.5)], facts(whole=False, min_order_qty=2.0))
	assert (one.needed, one.qty) == (2.5, 2.5)
	(one,) = suggest([need(2)], facts(min_order_qty=10.0))
	assert (one.needed, one.qty) == (2, 10)


def test_needs_for_other_days_and_warehouses_stay_apart():
	several = suggest([need(1, day=9), need(1), need(1, warehouse="Shop")], facts())
	assert [(s.schedule_date.day, s.warehouse) for s in several] == [
		(2, "Shop"),
		(2, "Stores"),
		(9, "Stores"),
	]


def test_what_is_short_and_what_comes_by_lead_time_is_suggested():
	short, bought, there = ItemFactory().name, ItemFactory(lead_time_days=5).name, ItemFactory().name
	StockEntryFactory(item_code=short, qty=3)
	StockEntryFactory(item_code=there, qty=30)
	lines = [{"item_code": item, "qty": 10} for item in (short, bought, there)]
	order = SalesOrderFactory(items=lines, delivery_date=days(20))

	suggestions = {s["item_code"]: s for s in ask(sales_order=order.name)["suggestions"]}

	assert suggestions.keys() == {short, bought}
	first = suggestions[short]
	assert (first["needed_qty"], first["qty"], first["uom"]) == (7, 7, "Nos")
	assert (first["warehouse"], first["schedule_date"]) == (STORES, str(days(20)))
	assert (first["item_name"], first["material_request_type"]) == (f"Bicycle part {short}", "Purchase")
	assert first["lines"] == [0]
	assert f"7 Nos of {short} cannot be promised" in first["reason"]
	assert suggestions[bought]["schedule_date"] < str(days(20))
	assert "lead time 5 working day(s)" in suggestions[bought]["reason"]


def test_an_order_that_lacks_nothing_needs_nothing():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=30)
	order = SalesOrderFactory(item_code=item, qty=10)
	answer = ask(sales_order=order.name, create="Material Request")
	assert (answer["suggestions"], answer["created"]) == ([], [])


def test_a_bundle_lacks_its_components():
	bell, light = ItemFactory().name, ItemFactory().name
	bundle = ProductBundleFactory(parts={bell: 1, light: 2}).new_item_code
	StockEntryFactory(item_code=bell, qty=5)
	order = SalesOrderFactory(item_code=bundle, qty=3)
	assert lacking(sales_order=order.name) == [(light, 6, STORES)]
	(request,) = created("Material Request", sales_order=order.name)
	assert [(row.item_code, row.sales_order_item) for row in request.items] == [(light, None)]
	assert lacking(sales_order=order.name) == []


def test_an_order_that_is_not_a_document_yet_and_a_quotation_lack_things_too():
	item = ItemFactory(default_supplier=SupplierFactory()).name
	line = {"item_code": item, "qty": 4, "warehouse": FINISHED_GOODS}
	assert lacking(items=[line]) == [(item, 4, FINISHED_GOODS)]
	(request,) = created("Material Request", items=[line])
	assert request.company == COMPANY
	assert request.items[0].sales_order is None
	offer = QuotationFactory(item_code=item, qty=4, warehouse=STORES)
	assert lacking(quotation=offer.name) == [(item, 4, STORES)]


def test_a_material_request_is_a_draft_that_names_the_order_and_its_line():
	item = ItemFactory().name
	order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20))

	(request,) = created("Material Request", sales_order=order.name)

	assert (request.docstatus, request.material_request_type, request.company) == (0, "Purchase", COMPANY)
	(row,) = request.items
	assert (row.item_code, row.qty, row.uom, row.warehouse) == (item, 10, "Nos", STORES)
	assert str(row.schedule_date) == str(days(20))
	assert (row.sales_order, row.sales_order_item) == (order.name, order.items[0].name)
	save(request)
	assert frappe.db.get_value("Sales Order Item", order.items[0].name, "ordered_qty") == 10


def test_more_than_the_line_has_names_the_order_alone_and_can_be_submitted():
	item = ItemFactory(min_order_qty=25).name
	order = SalesOrderFactory(item_code=item, qty=10)
	(request,) = created("Material Request", sales_order=order.name)
	(row,) = request.items
	assert (row.qty, row.sales_order, row.sales_order_item) == (25, order.name, None)
	assert save(request).docstatus == 1


def test_a_draft_order_s_request_names_it_too():
	order = SalesOrderFactory(item_code=ItemFactory().name, qty=10, submit=False)
	(request,) = created("Material Request", sales_order=order.name)
	assert (request.items[0].sales_order, request.items[0].sales_order_item) == (order.name, None)
	assert lacking(sales_order=order.name) == []
	assert save(request).docstatus == 1


def test_items_that_are_made_and_items_that_are_bought_have_requests_of_their_own():
	says_so, bought = ItemFactory(default_material_request_type="Manufacture").name, ItemFactory().name
	made, coated = BOMFactory().item, BOMFactory(item=ItemFactory(subcontracted=True).name).item
	lines = [{"item_code": item, "qty": 2} for item in (says_so, bought, made, coated)]
	requests = created("Material Request", sales_order=SalesOrderFactory(items=lines).name)
	told = {request.material_request_type: {row.item_code for row in request.items} for request in requests}
	assert told == {"Manufacture": {says_so, made}, "Purchase": {bought, coated}}


@pytest.mark.parametrize("kind", ["Sales Order", "Quotation"])
@pytest.mark.parametrize("doctype", ["Material Request", "Purchase Order"])
def test_asking_twice_creates_once(doctype: str, kind: str):
	item = ItemFactory(default_supplier=SupplierFactory()).name
	factory = SalesOrderFactory if kind == "Sales Order" else QuotationFactory
	name = factory(item_code=item, qty=10).name
	argument = {frappe.scrub(kind): name}
	(made,) = created(doctype, **argument)
	again = ask(create=doctype, **argument)
	assert (again["suggestions"], again["created"]) == ([], [])
	assert again["already_requested"] == [{"doctype": doctype, "name": made.name}]


def test_a_request_counts_until_it_is_ordered_and_the_order_counts_then():
	supplier = SupplierFactory().name
	item = ItemFactory(default_supplier=supplier).name
	order = SalesOrderFactory(item_code=item, qty=10).name
	(request,) = created("Material Request", sales_order=order)
	save(request)
	assert lacking(sales_order=order) == []
	purchase = make_purchase_order(request.name)
	purchase.supplier = supplier
	purchase.items[0].qty = 6
	purchase.insert()
	assert lacking(sales_order=order) == []
	purchase.submit()
	assert lacking(sales_order=order) == []


def test_a_request_that_was_stopped_or_cancelled_does_not_count():
	order = SalesOrderFactory(item_code=ItemFactory().name, qty=10).name
	(request,) = created("Material Request", sales_order=order)
	request = save(request)
	request.update_status("Stopped")
	assert len(lacking(sales_order=order)) == 1


def test_a_request_that_promises_are_made_from_is_not_counted_twice():
	settings = frappe.get_doc("Order Promise Settings")
	settings.use_material_requests = 1
	settings.save()
	item = ItemFactory().name
	order = SalesOrderFactory(item_code=item, qty=10).name
	(request,) = created("Material Request", sales_order=order)
	request.items[0].qty = 4
	save(request)
	assert lacking(sales_order=order) == [(item, 6, STORES)]


def test_a_purchase_order_is_a_draft_to_each_default_supplier():
	first, second = SupplierFactory().name, SupplierFactory().name
	items = [ItemFactory(default_supplier=supplier).name for supplier in (first, second, first)]
	order = SalesOrderFactory(items=[{"item_code": item, "qty": 2} for item in items])

	purchases = created("Purchase Order", sales_order=order.name)

	told = {purchase.supplier: [row.item_code for row in purchase.items] for purchase in purchases}
	assert told == {first: [items[0], items[2]], second: [items[1]]}
	assert [purchase.docstatus for purchase in purchases] == [0, 0]
	row = purchases[0].items[0]
	assert (row.sales_order, row.sales_order_item) == (order.name, order.items[0].name)
	assert (row.warehouse, row.delivered_by_supplier) == (STORES, 0)
	assert [save(purchase).docstatus for purchase in purchases] == [1, 1]
	assert lacking(sales_order=order.name) == []


def test_a_drop_shipped_line_is_ordered_for_the_customer():
	item = ItemFactory(delivered_by_supplier=1, default_supplier=SupplierFactory()).name
	line = {"item_code": item, "qty": 2, "delivered_by_supplier": 1}
	order = SalesOrderFactory(items=[line])
	(purchase,) = created("Purchase Order", sales_order=order.name)
	assert (purchase.customer, purchase.items[0].delivered_by_supplier) == (order.customer, 1)
	assert save(purchase).docstatus == 1


def test_items_without_a_supplier_are_named_and_nothing_is_made():
	items = [ItemFactory(default_supplier=SupplierFactory()).name, ItemFactory().name, ItemFactory().name]
	order = SalesOrderFactory(items=[{"item_code": item, "qty": 2} for item in items])
	assert refusal(sales_order=order.name, create="Purchase Order") == (422, [("NO_SUPPLIER", "create")] * 2)
	message = frappe.local.response["error"]["message"]
	assert message == (
		f"{items[1]} has no default supplier in {COMPANY}: "
		"enter one in the item's defaults, or make a Material Request."
	)
	assert not frappe.db.exists("Purchase Order Item", {"sales_order": order.name})


def test_nothing_is_left_when_the_second_document_is_refused():
	stopped = SupplierFactory().name
	items = [ItemFactory(default_supplier=supplier).name for supplier in (SupplierFactory().name, stopped)]
	order = SalesOrderFactory(items=[{"item_code": item, "qty": 2} for item in items])
	frappe.db.set_value("Supplier", stopped, "disabled", 1)
	frappe.clear_document_cache("Supplier", stopped)
	status, [(code, _)] = refusal(sales_order=order.name, create="Purchase Order")
	assert (status, code) == (422, "NOT_VALID")
	assert stopped in frappe.local.response["error"]["message"]
	assert not frappe.db.exists("Purchase Order Item", {"sales_order": order.name})


def test_order_and_request_know_of_each_other():
	order = SalesOrderFactory(item_code=ItemFactory().name, qty=10)
	(request,) = created("Material Request", sales_order=order.name)
	for doc, other in ((order, request), (request, order)):
		filters = {"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Info"}
		assert any(other.name in text for text in frappe.get_all("Comment", filters, pluck="content"))


def test_who_may_not_create_is_told_and_may_still_ask():
	item = ItemFactory(default_supplier=SupplierFactory()).name
	order = SalesOrderFactory(item_code=item, qty=10)
	user, outsider = new_user("Sales User"), new_user("Projects User")
	frappe.set_user(user)
	(suggestion,) = ask(sales_order=order.name)["suggestions"]
	assert (suggestion["item_code"], suggestion["supplier"]) == (item, None)
	assert refusal(sales_order=order.name, create="Purchase Order") == (403, [("FORBIDDEN", "create")])
	frappe.set_user(outsider)
	frappe.local.response = frappe._dict()
	assert refusal(sales_order=order.name) == (403, [("FORBIDDEN", None)])


def test_a_buyer_sees_the_supplier_and_may_ask_for_it():
	supplier = SupplierFactory().name
	item = ItemFactory(default_supplier=supplier).name
	order = SalesOrderFactory(item_code=item, qty=10).name
	frappe.set_user(new_user("Sales User", "Purchase User", "Stock User"))
	assert ask(sales_order=order)["suggestions"][0]["supplier"] == supplier
	assert len(created("Purchase Order", sales_order=order)) == 1


@pytest.mark.parametrize(
	("arguments", "expected"),
	[
		({}, (422, [("MISSING_FIELD", "items")])),
		({"create": "Work Order", "items": []}, (422, [("INVALID_CHOICE", "create")])),
		({"sales_order": "Nope"}, (404, [("UNKNOWN_SALES_ORDER", "sales_order")])),
		({"items": [{"item_code": "Nope", "qty": 1}]}, (404, [("UNKNOWN_ITEM", "items[0].item_code")])),
	],
	ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_is_refused_by_field(arguments: dict[str, Any], expected: tuple):
	assert refusal(**arguments) == expected


def test_what_is_on_its_way_is_not_asked_for_again():
	item = ItemFactory().name
	PurchaseOrderFactory(item_code=item, qty=6)
	order = SalesOrderFactory(item_code=item, qty=10)
	assert lacking(sales_order=order.name) == [(item, 4, STORES)]
