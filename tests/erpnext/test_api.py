"""The whitelisted calls as a user of the site: promises, refusals, permissions, and parity with a snapshot."""

import json
from typing import Any

import pymysql
import pytest

import frappe

from erpnext.selling.doctype.sales_order.sales_order import update_status as update_sales_order

from otp_app.api.promise import calculate, for_quotation, for_sales_order
from otp_app.promises.calculate import promise_order
from otp_app.sources.site.export import whole_site
from otp_app.sources.snapshot import SnapshotFile, write_snapshot
from tests.erpnext.company import COMPANY, IN_TRANSIT, SHOP, STORES
from tests.erpnext.counting import queries
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import (
	CustomerFactory,
	ItemFactory,
	ItemVariantFactory,
	ProductBundleFactory,
	SupplierFactory,
)
from tests.factories.selling import QuotationFactory, SalesOrderFactory, StockReservationEntryFactory
from tests.factories.stock import StockEntryFactory


@pytest.fixture(autouse=True)
def fresh_response():
	frappe.local.response = frappe._dict()


def ask(*lines: dict[str, Any], **request: Any) -> dict[str, Any]:
	"""The promise; fails with the refusal if there is one."""
	answer = calculate(items=list(lines), **request)
	assert answer is not None, frappe.local.response
	return answer


def refusal(**request: Any) -> tuple[int, list[tuple[str, str | None]]]:
	"""HTTP status, and code and field of every problem."""
	assert calculate(**request) is None
	error = frappe.local.response["error"]
	problems = error.get("problems", [error])
	assert all(problem["message"].endswith(".") for problem in problems)
	return frappe.local.response["http_status_code"], [(p["code"], p.get("field")) for p in problems]


def test_stock_is_promised_from_the_shelf_and_the_rest_from_the_purchase_order():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=3)
	order = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(9))

	answer = ask({"item_code": item, "qty": 5, "warehouse": STORES}, customer=CustomerFactory().name)

	assert answer["status"] == "OK"
	pegs = [(peg["source"], peg["qty"], peg["po_id"]) for peg in answer["plan"][0]["fulfillment"]]
	assert pegs == [("stock", 3, None), ("purchase_order", 2, order.name)]
	assert answer["promise_date"] > str(days(9))


def test_stock_owed_to_another_order_is_not_promised_again():
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	SalesOrderFactory(item_code=item, qty=8, delivery_date=days(30))

	answer = ask({"item_code": item, "qty": 5, "warehouse": STORES})

	assert (answer["status"], answer["promise_date"]) == ("CANNOT_FULFILL", None)
	assert answer["plan"][0]["shortage"] == 3
	assert [blocker["code"] for blocker in answer["blockers"]] == ["SHORTAGE"]


def test_a_submitted_order_may_use_what_is_committed_and_reserved_for_itself():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(30))
	StockReservationEntryFactory(sales_order=order, qty=6)

	assert calculate(items=[{"item_code": item, "qty": 1, "warehouse": STORES}])["status"] == "CANNOT_FULFILL"
	answer = for_sales_order(order.name)

	assert (answer["status"], answer["on_time"]) == ("OK", True)
	assert [(peg["source"], peg["qty"]) for peg in answer["plan"][0]["fulfillment"]] == [("stock", 10)]


def test_an_order_is_promised_for_what_is_still_to_be_delivered_and_on_the_dates_of_its_lines():
	item = ItemFactory(boxes_of=12).name
	StockEntryFactory(item_code=item, qty=100)
	lines = [
		{"item_code": item, "qty": 2, "uom": "Box", "conversion_factor": 12, "delivery_date": days(5)},
		{"item_code": item, "qty": 3, "delivery_date": days(25)},
	]
	answer = for_sales_order(SalesOrderFactory(items=lines, submit=False).name)
	assert [(line["qty_required"], line["desired_date"]) for line in answer["plan"]] == [
		(24, str(days(5))),
		(3, str(days(25))),
	]


def test_a_quotation_is_promised():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	answer = for_quotation(QuotationFactory(item_code=item, qty=4).name)
	assert (answer["status"], answer["plan"][0]["qty_required"]) == ("OK", 4)


def test_nothing_is_written():
	item = ItemFactory().name
	order = SalesOrderFactory(item_code=item, qty=10)
	with queries() as seen:
		for_sales_order(order.name)
	assert [q for q in seen if not q.lstrip(" \n(").lower().startswith("select")] == []


def test_every_bad_line_is_told_at_once():
	disabled = ItemFactory(disabled=1).name
	unsold = ItemFactory(is_sales_item=0).name
	item = ItemFactory(boxes_of=12).name
	bundle = ProductBundleFactory(parts={ItemFactory(): 1}).new_item_code
	variant = ItemVariantFactory(variant_of=ItemFactory(template=True), colour="Red")
	lines = [
		{"item_code": "No Such Item", "qty": 1},
		{"item_code": item, "qty": 1, "warehouse": "No Such Warehouse"},
		{"item_code": disabled, "qty": 1},
		{"item_code": unsold, "qty": 1},
		{"item_code": variant.variant_of, "qty": 1},
		{"item_code": item, "qty": 1, "uom": "Fortnight"},
		{"item_code": item, "qty": 1.5},
		{"item_code": item, "qty": 1, "warehouse": IN_TRANSIT},
		{"item_code": bundle, "qty": 1},
		{"item_code": variant.name, "qty": 1},
	]
	assert refusal(items=lines, company=COMPANY, customer="Nobody") == (
		422,
		[
			("UNKNOWN_CUSTOMER", "customer"),
			("UNKNOWN_ITEM", "items[0].item_code"),
			("UNKNOWN_WAREHOUSE", "items[1].warehouse"),
			("ITEM_DISABLED", "items[2].item_code"),
			("ITEM_NOT_FOR_SALE", "items[3].item_code"),
			("ITEM_IS_TEMPLATE", "items[4].item_code"),
			("UNKNOWN_UOM", "items[5].uom"),
			("WHOLE_NUMBER", "items[6].qty"),
			("WAREHOUSE_NOT_SELLABLE", "items[7].warehouse"),
		],
	)


@pytest.mark.parametrize(
	("request_", "status", "problem"),
	[
		({"items": []}, 422, ("NO_ITEMS", "items")),
		({}, 422, ("MISSING_FIELD", "items")),
		({"items": "not json"}, 400, ("MALFORMED", "items")),
		({"items": {"item_code": "X"}}, 400, ("MALFORMED", "items")),
		({"items": ["X"]}, 400, ("MALFORMED", "items[0]")),
		({"items": [{"item_code": "X", "qty": 0}]}, 422, ("OUT_OF_RANGE", "items[0].qty")),
		({"items": [{"item_code": "X", "qty": -1}]}, 422, ("OUT_OF_RANGE", "items[0].qty")),
		({"items": [{"item_code": "X", "qty": 1e308}]}, 422, ("OUT_OF_RANGE", "items[0].qty")),
		({"items": '[{"item_code": "X", "qty": NaN}]'}, 422, ("NOT_A_NUMBER", "items[0].qty")),
		({"items": [{"item_code": "X", "qty": "many"}]}, 422, ("NOT_A_NUMBER", "items[0].qty")),
		({"items": [{"item_code": "X", "qty": 1}] * 10_000}, 422, ("TOO_MANY_LINES", "items")),
		(
			{"items": [{"item_code": "X", "qty": 1, "colour": "red"}]},
			422,
			("UNKNOWN_FIELD", "items[0].colour"),
		),
		(
			{"items": [{"item_code": "X", "qty": 1}], "rules": {"shipment": "air"}},
			422,
			("INVALID_CHOICE", "rules.shipment"),
		),
	],
	ids=lambda value: str(value)[:50] if isinstance(value, dict) else "",
)
def test_a_malformed_request_is_refused_by_field(request_: dict, status: int, problem: tuple[str, str]):
	assert refusal(**request_) == (status, [problem])


@pytest.mark.parametrize("call", [for_sales_order, for_quotation])
def test_a_document_that_does_not_exist_is_not_found(call):
	assert call("No Such Document") is None
	assert frappe.local.response["http_status_code"] == 404
	assert "No Such Document" in frappe.local.response["error"]["message"]


@pytest.mark.parametrize(("call", "field"), [(for_sales_order, "sales_order"), (for_quotation, "quotation")])
@pytest.mark.parametrize(
	("name", "code"), [(None, "MISSING_FIELD"), ("", "MISSING_FIELD"), (5, "INVALID_VALUE")]
)
def test_a_call_without_a_document_s_name_says_so(call, field: str, name, code: str):
	assert call(name) is None
	assert frappe.local.response["http_status_code"] == 422
	error = frappe.local.response["error"]
	assert (error["code"], error["field"]) == (code, field)


def test_a_delivered_order_has_nothing_to_promise():
	order = SalesOrderFactory(qty=10)
	order.items[0].db_set("delivered_qty", 10)
	assert for_sales_order(order.name) is None
	assert frappe.local.response["error"]["code"] == "NOTHING_TO_PROMISE"


def test_somebody_who_takes_no_orders_may_not_ask():
	item = ItemFactory().name
	frappe.set_user(new_user("Projects User"))
	assert refusal(items=[{"item_code": item, "qty": 1}]) == (403, [("FORBIDDEN", None)])


def test_somebody_without_the_order_s_permission_may_not_ask_about_it():
	order = SalesOrderFactory()
	frappe.set_user(new_user("Projects User"))
	assert for_sales_order(order.name) is None
	assert frappe.local.response["http_status_code"] == 403


def test_a_user_kept_to_one_warehouse_is_neither_shown_nor_promised_from_another():
	item = ItemFactory(default_warehouse=SHOP).name
	StockEntryFactory(item_code=item, qty=10, to_warehouse=STORES)
	name = new_user("Sales User")
	frappe.get_doc(
		{"doctype": "User Permission", "user": name, "allow": "Warehouse", "for_value": SHOP}
	).insert()
	frappe.set_user(name)

	line = {"item_code": item, "qty": 1}
	assert refusal(items=[{**line, "warehouse": STORES}]) == (403, [("FORBIDDEN", "items[0].warehouse")])
	frappe.local.response = frappe._dict()
	assert ask(line, company=COMPANY)["status"] == "CANNOT_FULFILL"


def test_purchase_orders_and_suppliers_are_not_shown_to_who_may_not_read_them():
	item = ItemFactory().name
	order = PurchaseOrderFactory(item_code=item, qty=10)
	name = new_user("Sales User")
	frappe.set_user(name)
	assert not frappe.has_permission("Purchase Order", "read")

	answer = ask({"item_code": item, "qty": 5, "warehouse": STORES})

	assert (answer["status"], answer["plan"][0]["fulfillment"][0]["source"]) == ("OK", "purchase_order")
	shown = json.dumps(answer)
	assert order.name not in shown
	assert order.supplier not in shown


@pytest.mark.parametrize("status", ["Closed", "Cancelled"])
def test_an_order_that_owes_nothing_any_more_is_not_promised(status: str):
	order = SalesOrderFactory()
	if status == "Closed":
		update_sales_order("Closed", order.name)
	else:
		order.cancel()
	assert for_sales_order(order.name) is None
	error = frappe.local.response["error"]
	assert error["code"] == "NOTHING_TO_PROMISE"
	assert error["message"] == f"Sales Order {order.name} is {status}: there is nothing to promise."


def test_an_order_of_a_bundle_that_was_disabled_is_no_service():
	bundle = ProductBundleFactory(parts={ItemFactory(): 2})
	order = SalesOrderFactory(item_code=bundle.new_item_code, qty=5)
	bundle.db_set("disabled", 1)
	assert for_sales_order(order.name) is None
	assert frappe.local.response["error"]["code"] == "COMPONENT_UNAVAILABLE"


def test_an_order_line_that_is_not_dropped_shipped_comes_from_stock_whatever_its_item_says():
	item = ItemFactory(delivered_by_supplier=1, lead_time_days=20).name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(items=[{"item_code": item, "qty": 5}], submit=False)
	order.items[0].db_set("delivered_by_supplier", 0)
	pegs = for_sales_order(order.name)["plan"][0]["fulfillment"]
	assert [(peg["source"], peg["qty"]) for peg in pegs] == [("stock", 5)]


def test_a_user_kept_to_one_supplier_sees_no_other_s_orders():
	item = ItemFactory().name
	order = PurchaseOrderFactory(item_code=item, qty=10)
	name = new_user("Sales User", "Purchase User")
	frappe.get_doc(
		{"doctype": "User Permission", "user": name, "allow": "Supplier", "for_value": SupplierFactory().name}
	).insert()
	frappe.set_user(name)
	shown = json.dumps(ask({"item_code": item, "qty": 5, "warehouse": STORES}))
	assert order.name not in shown
	assert order.supplier not in shown


def test_a_user_kept_to_one_item_may_not_ask_about_another():
	item, other = ItemFactory().name, ItemFactory().name
	name = new_user("Sales User")
	frappe.get_doc({"doctype": "User Permission", "user": name, "allow": "Item", "for_value": other}).insert()
	frappe.set_user(name)
	assert refusal(items=[{"item_code": item, "qty": 1, "warehouse": STORES}]) == (
		403,
		[("FORBIDDEN", "items[0].item_code")],
	)


@pytest.mark.parametrize(
	"request_",
	[{"customer": "\ud800", "items": [{"item_code": "X", "qty": 1}]}, {"items": "[" * 100_000}],
	ids=["lone surrogate", "deep nesting"],
)
def test_hostile_text_is_malformed_and_no_crash(request_: dict):
	status, problems = refusal(**request_)
	assert (status, problems[0][0]) == (400, "MALFORMED")


def test_a_database_that_does_not_answer_gives_no_date_and_503(monkeypatch: pytest.MonkeyPatch):
	item = ItemFactory().name

	def gone(*args, **kwargs):
		raise pymysql.OperationalError(2013, "Lost connection to server during query")

	monkeypatch.setattr("otp_app.sources.site.source.read_supplies", gone)

	answer = ask({"item_code": item, "qty": 1, "warehouse": STORES})

	assert frappe.local.response["http_status_code"] == 503
	assert (answer["status"], answer["promise_date"]) == ("CANNOT_PROMISE_RELIABLY", None)
	assert [blocker["code"] for blocker in answer["blockers"]] == ["SOURCE_UNAVAILABLE"]


def test_the_request_s_id_is_in_the_answer():
	frappe.local.otp_request_id = "order-desk-17"
	item = ItemFactory().name
	assert ask({"item_code": item, "qty": 1, "warehouse": STORES})["request_id"] == "order-desk-17"
	del frappe.local.otp_request_id


def test_a_snapshot_of_the_site_gives_the_same_bytes(tmp_path):
	bell, light, lead = ItemFactory().name, ItemFactory().name, ItemFactory(lead_time_days=12).name
	bundle = ProductBundleFactory(parts={bell: 1, light: 2}).new_item_code
	StockEntryFactory(item_code=bell, qty=3)
	PurchaseOrderFactory(item_code=bell, qty=10, schedule_date=days(6))
	PurchaseOrderFactory(item_code=light, qty=40, schedule_date=days(8))
	SalesOrderFactory(item_code=light, qty=5, delivery_date=days(2))
	customer = CustomerFactory().name
	lines = [{"item_code": bundle, "qty": 4}, {"item_code": lead, "qty": 7}, {"item_code": bell, "qty": 2}]
	request = {"items": lines, "customer": customer, "desired_date": str(days(5)), "company": COMPANY}

	frappe.local.otp_request_id = "the-same"
	on_site = calculate(**request)
	del frappe.local.otp_request_id
	write_snapshot(whole_site(customers=True), tmp_path / "site.sqlite", customers=True)
	source = SnapshotFile(tmp_path / "site.sqlite")
	embedded = promise_order(source, request, now=source.taken_at, request_id="the-same").as_dict()

	assert on_site["status"] == "OK"
	del on_site["calculated_at"], embedded["calculated_at"]
	assert json.dumps(on_site) == json.dumps(embedded)


@pytest.mark.parametrize("lines", [1, 10, 100])
def test_a_promise_needs_the_same_queries_for_any_number_of_lines(lines: int):
	items = [ItemFactory().name for _ in range(lines)]
	customer = CustomerFactory().name
	request = {"items": [{"item_code": item, "qty": 1} for item in items], "customer": customer}
	calculate(**request, company=COMPANY)

	with queries() as seen:
		calculate(**request, company=COMPANY)

	print(f"\nA promise of {lines} lines: {len(seen)} queries")
	assert len(seen) == 7
