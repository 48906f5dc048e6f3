"""The list of Sales Orders with their promises, and one in full: filters, pages, permission."""

import json
from typing import Any

import pytest

import frappe
from frappe.model.document import Document

from otp_app.api.orders import sales_order, sales_orders
from otp_app.promises.documents import order_of
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.mirror import write
from otp_app.promises.keeping.record import record
from otp_app.promises.site import promise_for_user
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.counting import queries
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory


@pytest.fixture(autouse=True)
def fresh_response():
	frappe.local.response = frappe._dict()


def promised(order: Document, status: str = "Committed", **values: Any) -> Document:
	"""The order's promise, as it would be recorded; `values` overwrite its fields."""
	asked = order_of(order)
	promise = promise_for_user(asked, request_id="test", with_options=False)
	doc = record(asked, promise, PromiseStatus(status))
	for field, value in values.items():
		doc.db_set(field, value)
	write(frappe.get_doc("Order Promise", doc.name))
	return doc


def ask(**arguments: Any) -> dict[str, Any]:
	answer = sales_orders(**arguments)
	assert answer is not None, frappe.local.response
	return answer


def names(**arguments: Any) -> list[str]:
	return [order["name"] for order in ask(**arguments)["sales_orders"]]


def refusal(answer: Any) -> tuple[int, str, str | None]:
	assert answer is None
	error = frappe.local.response["error"]
	assert error["message"].endswith(".")
	return frappe.local.response["http_status_code"], error["code"], error.get("field")


def stocked(qty: float = 100) -> str:
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def test_an_order_is_listed_with_its_promise():
	order = SalesOrderFactory(item_code=stocked(), qty=5, delivery_date=days(9))
	promise = promised(order, expected_date=days(12), days_late=3)

	(found,) = ask(customer=order.customer)["sales_orders"]

	assert found["name"] == order.name
	assert (found["customer_name"], found["company"]) == (order.customer_name, COMPANY)
	assert (found["status"], found["promise_status"]) == ("To Deliver and Bill", "Committed")
	assert (found["requested_date"], found["delivery_date"]) == (str(days(9)), str(days(9)))
	assert (found["promise"], found["promise_date"]) == (promise.name, str(promise.promise_date))
	assert (found["confidence"], found["expected_date"]) == ("High", str(days(12)))


def test_orders_with_nothing_to_deliver_are_listed_only_when_asked_for():
	customer = CustomerFactory().name
	waiting = SalesOrderFactory(customer=customer)
	draft = SalesOrderFactory(customer=customer, submit=False)
	closed = SalesOrderFactory(customer=customer)
	closed.db_set("status", "Closed")
	assert set(names(customer=customer)) == {waiting.name, draft.name}
	assert names(customer=customer, status="Closed") == [closed.name]
	assert set(names(customer=customer, status=["Closed", "Draft"])) == {closed.name, draft.name}
	assert names(customer=customer, status='["Draft"]') == [draft.name]


def test_orders_are_found_by_their_promise():
	customer, item = CustomerFactory().name, stocked()
	safe, risky = (SalesOrderFactory(customer=customer, item_code=item, qty=1) for _ in range(2))
	without = SalesOrderFactory(customer=customer, item_code=item, qty=1, submit=False)
	promised(safe, promise_date=days(5))
	promised(risky, "At Risk", promise_date=days(8))
	assert names(customer=customer, promise_status="Committed") == [safe.name]
	assert set(names(customer=customer, promise_status=["Committed", "At Risk"])) == {safe.name, risky.name}
	assert names(customer=customer, at_risk=1) == [risky.name]
	assert set(names(customer=customer, at_risk="false")) == {safe.name, without.name}
	assert names(customer=customer, from_date=str(days(6))) == [risky.name]
	assert names(customer=customer, to_date=str(days(6))) == [safe.name]
	assert names(customer=customer, from_date=str(days(5)), to_date=str(days(5))) == [safe.name]
	assert names(customer=customer, from_date=str(days(8)), to_date=str(days(5))) == []


def test_orders_are_found_by_a_part_of_a_name():
	order = SalesOrderFactory(po_no="Blue Horse 7")
	assert names(search="blue horse") == [order.name]
	assert names(search=order.name) == [order.name]
	assert order.name in names(search=order.customer_name)
	assert names(search="no such thing") == []


def test_orders_come_by_delivery_date_or_by_what_is_asked_for():
	customer = CustomerFactory().name
	late, soon = (SalesOrderFactory(customer=customer, delivery_date=days(n)) for n in (9, 3))
	assert names(customer=customer) == [soon.name, late.name]
	assert names(customer=customer, order_by="delivery_date desc") == [late.name, soon.name]
	assert names(customer=customer, order_by="name") == sorted([soon.name, late.name])


def test_a_page_says_how_many_there_are():
	customer = CustomerFactory().name
	orders = [SalesOrderFactory(customer=customer, delivery_date=days(n)).name for n in range(1, 6)]
	page = ask(customer=customer, limit="2", start="2")
	assert [order["name"] for order in page["sales_orders"]] == orders[2:4]
	assert (page["total"], page["start"], page["limit"]) == (5, 2, 2)
	assert ask(customer=customer, start=5)["sales_orders"] == []


@pytest.mark.parametrize(
	("arguments", "expected"),
	[
		({"limit": 0}, (422, "OUT_OF_RANGE", "limit")),
		({"limit": 501}, (422, "OUT_OF_RANGE", "limit")),
		({"limit": "many"}, (422, "NOT_A_NUMBER", "limit")),
		({"limit": 2.5}, (422, "NOT_A_NUMBER", "limit")),
		({"start": -1}, (422, "OUT_OF_RANGE", "start")),
		({"status": "Lost"}, (422, "INVALID_CHOICE", "status")),
		({"promise_status": ["Kept", "Lost"]}, (422, "INVALID_CHOICE", "promise_status")),
		({"order_by": "grand_total"}, (422, "INVALID_CHOICE", "order_by")),
		({"order_by": "name; drop table"}, (422, "INVALID_CHOICE", "order_by")),
		({"from_date": "tomorrow"}, (422, "INVALID_DATE", "from_date")),
		({"to_date": 20260101}, (422, "INVALID_DATE", "to_date")),
		({"at_risk": "maybe"}, (422, "INVALID_CHOICE", "at_risk")),
		({"customer": {"name": "X"}}, (422, "INVALID_VALUE", "customer")),
	],
	ids=lambda value: str(value)[:40],
)
def test_a_filter_that_makes_no_sense_is_refused_by_field(arguments: dict[str, Any], expected: tuple):
	assert refusal(sales_orders(**arguments)) == expected


def test_only_orders_that_the_user_may_read_are_listed():
	own, other = SalesOrderFactory(), SalesOrderFactory()
	user, outsider = new_user("Sales User"), new_user("Projects User")
	permission = {"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": own.customer}
	frappe.get_doc(permission).insert()
	frappe.set_user(user)
	page = ask()
	assert ([order["name"] for order in page["sales_orders"]], page["total"]) == ([own.name], 1)
	assert refusal(sales_order(other.name)) == (403, "FORBIDDEN", None)
	frappe.local.response = frappe._dict()
	frappe.set_user(outsider)
	assert refusal(sales_orders()) == (403, "FORBIDDEN", None)


@pytest.mark.parametrize("count", [1, 10])
def test_a_page_needs_the_same_queries_for_any_number_of_orders(count: int):
	customer, item = CustomerFactory().name, stocked()
	for _ in range(count):
		promised(SalesOrderFactory(customer=customer, item_code=item, qty=1))
	ask(customer=customer)
	with queries() as seen:
		ask(customer=customer)
	assert len(seen) == 3


def test_an_order_in_full_has_lines_pegs_and_earlier_promises():
	item = stocked(3)
	bought = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(8))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(2))
	first, second = promised(order), promised(order)

	found = sales_order(order.name)

	(line,) = found["lines"]
	assert (line["row"], line["item_code"], line["qty"]) == (order.items[0].name, item, 5)
	assert (line["delivered_qty"], line["requested_date"]) == (0, str(days(2)))
	assert line["promise_date"] == line["expected_date"] == found["promise_date"]
	promise = found["order_promise"]
	assert (promise["name"], promise["status"]) == (second.name, "Committed")
	pegs = [(peg["row"], peg["qty"], peg["source"], peg["document"]) for peg in promise["pegs"]]
	row = order.items[0].name
	assert pegs == [(row, 3, "stock", None), (row, 2, "purchase_order", bought.name)]
	assert promise["pegs"][1]["supplier"] == bought.supplier
	# The newest first; submitting made one, too.
	earlier = found["earlier_promises"]
	assert (earlier[0]["name"], earlier[0]["status"]) == (first.name, "Superseded")
	assert second.name not in [promise["name"] for promise in earlier]


def test_an_order_without_a_promise_has_none():
	order = SalesOrderFactory(submit=False)
	found = sales_order(order.name)
	assert (found["promise"], found["order_promise"], found["earlier_promises"]) == (None, None, [])
	assert found["lines"][0]["warehouse"] == STORES


def test_pegs_have_no_names_for_who_may_not_read_purchase_orders():
	item = ItemFactory().name
	bought = PurchaseOrderFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=5)
	promised(order)
	frappe.set_user(new_user("Sales User"))
	found = sales_order(order.name)
	assert found["order_promise"]["pegs"][0]["source"] == "purchase_order"
	shown = json.dumps(found)
	assert bought.name not in shown
	assert bought.supplier not in shown


@pytest.mark.parametrize(
	("name", "expected"),
	[
		("Nope", (404, "UNKNOWN_SALES_ORDER", "sales_order")),
		(None, (422, "MISSING_FIELD", "sales_order")),
		(7, (422, "INVALID_VALUE", "sales_order")),
	],
)
def test_an_order_that_is_not_there_is_refused(name: Any, expected: tuple):
	assert refusal(sales_order(name)) == expected
