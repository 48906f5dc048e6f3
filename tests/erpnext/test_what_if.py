"""What if: what would become of the order book of a site; who may see it; and that nothing is written or locked."""

from __future__ import annotations

import json
from typing import Any

import pytest

import frappe

from otp_app.api.promise import hold
from otp_app.api.whatif import KINDS, documents, what_if
from otp_app.engine.backorder.whatif import NEW_ORDER
from otp_app.engine.promise import HIDDEN
from otp_app.sources.site import ties
from tests.erpnext.company import COMPANY, FINISHED_GOODS, SHOP, STORES
from tests.erpnext.counting import queries
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.manufacturing import BOMFactory, WorkOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ProductBundleFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory

# For one document, as docs/order-book.md says.
MOST_QUERIES = 26
PLANNER = ("Sales User", "Purchase User")


@pytest.fixture(autouse=True)
def fresh_response():
	frappe.local.response = frappe._dict()


def ask(**arguments: Any) -> dict[str, Any]:
	"""The answer, each argument as a browser sends it."""
	sent = {name: json.dumps(v) if isinstance(v, list | dict) else v for name, v in arguments.items()}
	answer = what_if(**sent)
	assert answer is not None, frappe.local.response
	return answer


def refusals(**arguments: Any) -> list[tuple[int, str, str | None]]:
	assert what_if(**arguments) is None
	error = frappe.local.response["error"]
	found = error.get("problems") or [error]
	assert all(problem["message"].endswith(".") for problem in found)
	return [
		(frappe.local.response["http_status_code"], problem["code"], problem.get("field"))
		for problem in found
	]


def moves(answer: dict[str, Any]) -> dict[str, tuple[str, str | None, str | None]]:
	"""Order -> what becomes of its only line that is shown, with its dates."""
	return {line["order"]: (line["change"], line["before"], line["after"]) for line in answer["lines"]}


def iso(count: int) -> str:
	return days(count).isoformat()


def sold(item: str, qty: float, day: int, **values: Any) -> str:
	return SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(day), **values).name


def bike(on_hand: float = 0, **values: Any) -> str:
	"""An item of which nothing but stock and orders can be promised."""
	item = ItemFactory(lead_time_days=0, **values).name
	if on_hand:
		StockEntryFactory(item_code=item, qty=on_hand)
	return item


def test_a_late_purchase_order_moves_the_order_that_waits_for_it_and_nobody_else():
	item = bike(on_hand=5)
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
	sold(item, 5, 7)
	waiting = sold(item, 10, 20)
	answer = ask(delay=[{"document": purchase, "due": iso(40)}])
	(line,) = answer["lines"]
	assert (line["order"], line["change"], line["before"]) == (waiting, "worse", iso(20))
	assert line["after"] >= iso(40)
	assert line["days"] >= 20
	assert purchase in line["reasons"][0]["message"]
	assert answer["comparison"]["worse"] == {"lines": 1, "orders": 1, "value": "200.00"}
	assert (answer["all"]["lines"], answer["looked_at"]) == (2, {"items": 1, "whole_book": False, "lines": 2})
	assert answer["documents"] == {purchase: [iso(7)]}


def test_a_document_that_comes_earlier_makes_a_line_better():
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(40)).name
	order = sold(item, 10, 7)
	answer = ask(delay=[{"document": purchase, "due": iso(9)}])
	change, before, after = moves(answer)[order]
	assert change == "improved"
	assert before is not None and before >= iso(40)
	assert after is not None and iso(9) <= after < before


def test_a_work_order_can_be_late_too_and_one_without_a_day_can_be_given_one():
	settings = frappe.get_doc("Order Promise Settings")
	settings.mode = "ATP Only"  # else another one would be made
	settings.save()

	def moved(**values: Any) -> tuple[str, str | None]:
		item = bike()
		BOMFactory(item=item)
		work = WorkOrderFactory(production_item=item, qty=10, **values).name
		sold(item, 10, 25, warehouse=FINISHED_GOODS)
		(line,) = ask(delay=[{"document": work, "due": iso(60), "document_type": "Work Order"}])["lines"]
		return line["change"], line["before"]

	assert moved(expected_delivery_date=days(9)) == ("worse", iso(25))
	assert moved() == ("improved", None)


def test_more_stock_helps_whoever_has_no_date():
	item = bike()
	order = sold(item, 3, 10)
	assert moves(ask(add=[{"item_code": item, "qty": 3, "warehouse": STORES}])) == {
		order: ("improved", None, iso(10))
	}
	later = ask(add=[{"item_code": item, "qty": 3, "warehouse": STORES, "due": iso(20)}])
	assert str(moves(later)[order][2]) >= iso(20)


def test_a_lost_warehouse_loses_what_only_it_has():
	item = bike(on_hand=5)
	customer = (
		CustomerFactory().name
	)  # the warehouse is everybody's: the answer shows the first hundred lines
	order = sold(item, 5, 10, customer=customer)
	answer = ask(lose=[STORES], company=COMPANY, customer=customer)
	assert moves(answer) == {order: ("lost", iso(10), None)}
	assert moves(ask(lose=[SHOP], company=COMPANY, customer=customer)) == {}


def test_an_order_that_is_taken_is_dated_and_those_that_would_wait_for_it_are_told():
	item = bike(on_hand=5)
	PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(30))
	other = sold(item, 5, 10)
	lines = [{"item_code": item, "qty": 5, "warehouse": STORES}]
	answer = ask(take={"items": lines, "desired_date": iso(10)})
	(mine,) = answer["taken"]
	assert (mine["order"], mine["after"]) == (NEW_ORDER, iso(10))
	assert moves(answer)[other][0] == "worse"
	assert NEW_ORDER not in moves(answer)


@pytest.mark.parametrize("factory", [SalesOrderFactory, QuotationFactory])
def test_a_draft_or_quotation_is_taken_with_what_is_held_for_it(factory: Any):
	item = bike(on_hand=5)
	document = factory(item_code=item, qty=5, submit=factory is QuotationFactory)
	named = {frappe.scrub(document.doctype): document.name}
	assert hold(**named) is not None
	frappe.db.set_value(document.doctype, document.name, "otp_requested_date", days(10))
	answer = ask(take=named)
	assert [line["after"] for line in answer["taken"]] == [iso(10)]
	assert answer["lines"] == []


def test_a_submitted_order_is_in_the_book_already():
	order = sold(bike(), 1, 10)
	assert refusals(take={"sales_order": order}) == [(422, "ALREADY_COMMITTED", "take.sales_order")]


def test_lines_of_an_order_that_is_shipped_complete_are_tied_together():
	first, second = bike(), bike(on_hand=10)
	purchase = PurchaseOrderFactory(item_code=first, qty=5, schedule_date=days(7)).name
	PurchaseOrderFactory(item_code=second, qty=5, schedule_date=days(20))
	lines = [{"item_code": first, "qty": 5}, {"item_code": second, "qty": 10}]
	SalesOrderFactory(items=lines, delivery_date=days(15))
	gains = sold(second, 5, 17)
	answer = ask(delay=[{"document": purchase, "due": iso(50)}])
	assert answer["looked_at"]["items"] == 2
	assert [line["change"] for line in answer["lines"] if line["order"] != gains] == ["worse", "worse"]
	assert moves(answer)[gains][0] == "improved"


def test_where_lines_are_shipped_one_by_one_only_bundles_are_tied():
	first, second, alone = bike(), bike(), bike()
	bundle = ProductBundleFactory(parts={first: 1, second: 1}).new_item_code
	SalesOrderFactory(items=[{"item_code": bundle, "qty": 1}, {"item_code": alone, "qty": 1}])
	assert ties.tied_to({first}) == {first, second, bundle, alone}
	assert ties.tied_to({alone}) == {first, second, bundle, alone}
	settings = frappe.get_doc("Order Promise Settings")
	settings.shipment = "Per Line"
	settings.save()
	assert ties.tied_to({first}) == {first, second}
	assert ties.tied_to({alone}) == {alone}


def test_the_whole_book_is_read_where_too_much_is_tied(monkeypatch):
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
	waiting = sold(item, 10, 20)
	part = ask(delay=[{"document": purchase, "due": iso(40)}])
	monkeypatch.setattr(ties, "MOST_ITEMS", 0)
	whole = ask(delay=[{"document": purchase, "due": iso(40)}])
	assert whole["looked_at"]["whole_book"]
	assert moves(whole)[waiting] == moves(part)[waiting]


def test_nothing_is_written_and_nothing_is_locked():
	item = bike(on_hand=5)
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
	sold(item, 10, 20)
	quotation = QuotationFactory(item_code=item, qty=5).name
	frappe.set_user(new_user(*PLANNER))
	with queries() as seen:
		ask(
			delay=[{"document": purchase, "due": iso(40)}],
			add=[{"item_code": item, "qty": 1, "warehouse": STORES}],
			lose=[SHOP],
			take={"quotation": quotation},
		)
	assert seen
	for query in seen:
		text = " ".join(query.lower().split()).lstrip("(")
		assert text.startswith("select"), query
		assert "for update" not in text and "lock in share" not in text and "get_lock" not in text


def test_as_many_queries_for_many_lines_as_for_one():
	def counted(lines: int) -> int:
		item = bike()
		purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
		for _ in range(lines):
			sold(item, 1, 20)
		asked = {"delay": [{"document": purchase, "due": iso(40)}]}
		ask(**asked)
		with queries() as seen:
			assert len(ask(**asked)["lines"]) == lines
		return len(seen)

	assert counted(1) == counted(8) <= MOST_QUERIES


def test_a_page_of_lines_with_the_sums_over_all():
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
	mine = CustomerFactory().name
	for customer in (mine, mine, CustomerFactory().name):
		sold(item, 1, 20, customer=customer)
	asked = {"delay": [{"document": purchase, "due": iso(40)}]}
	first, second = ask(**asked, limit=2), ask(**asked, limit=2, start=2)
	assert [len(page["lines"]) for page in (first, second)] == [2, 1]
	assert first["total"] == first["comparison"]["worse"]["lines"] == 3
	assert not moves(first).keys() & moves(second).keys()
	of_mine = ask(**asked, customer=mine)
	assert (of_mine["total"], of_mine["comparison"]["worse"]["lines"]) == (2, 3)
	assert next((row["customer"], row["worse"]) for row in first["customers"]) == (mine, 2)
	assert ask(**asked, only=["improved"])["lines"] == []


def test_rules_say_who_goes_before_whom():
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(7)).name
	PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(20))
	first = sold(item, 5, 25)
	second = sold(item, 5, 25)
	segments = [{"strategy": "win", "orders": [second]}, {"strategy": "gain"}]
	asked = {"delay": [{"document": purchase, "due": iso(60)}]}
	assert list(moves(ask(**asked, rules={"segments": segments}))) == [first]
	assert refusals(**asked, rules={"segments": [{"strategy": "luck"}]})[0][2] == "segments[0].strategy"


# What may be seen


def kept_to(user: str, doctype: str, name: str) -> None:
	permission = {"doctype": "User Permission", "user": user, "allow": doctype, "for_value": name}
	frappe.get_doc(permission).insert()


def test_who_may_not_read_orders_is_refused():
	frappe.set_user(new_user("Purchase User"))
	assert refusals(lose=[STORES]) == [(403, "FORBIDDEN", None)]


def test_a_document_that_may_not_be_read_cannot_be_asked_about():
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=10).name
	frappe.set_user(new_user("Sales User"))
	assert refusals(delay=[{"document": purchase, "due": iso(40)}]) == [(403, "FORBIDDEN", None)]


def test_lines_of_customers_that_one_may_not_see_are_left_out_and_their_orders_not_named():
	item = bike(on_hand=5)
	mine = CustomerFactory().name
	hidden = sold(item, 5, 30)
	shown = sold(item, 5, 30, customer=mine)
	PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(50))
	purchase = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(20)).name
	asked = {"delay": [{"document": purchase, "due": iso(60)}], "only": ["worse", "unchanged"]}
	everything = ask(**asked)
	assert {line["order"] for line in everything["lines"]} == {hidden, shown}
	user = new_user(*PLANNER)
	kept_to(user, "Customer", mine)
	frappe.set_user(user)
	answer = ask(**asked)
	assert {line["order"] for line in answer["lines"]} == {shown}
	assert (answer["left_out"], answer["all"]["lines"]) == (1, 1)
	assert hidden not in json.dumps(answer)
	assert {row["customer"] for row in answer["customers"]} <= {mine}


def test_names_of_purchase_orders_are_hidden_from_who_may_not_read_them():
	item = bike()
	purchase = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(40)).name
	order = sold(item, 5, 10)
	frappe.set_user(new_user("Sales User"))
	asked = {"add": [{"item_code": item, "qty": 1, "warehouse": STORES}], "only": ["unchanged"]}
	answer = ask(**asked)
	assert list(moves(answer)) == [order]
	assert purchase not in json.dumps(answer)
	assert HIDDEN in answer["lines"][0]["reasons"][0]["message"]


@pytest.mark.parametrize("doctype", ["Warehouse", "Item"])
def test_user_permissions_on_warehouses_and_items_hold(doctype: str):
	item, other = bike(), bike()
	order = sold(item, 5, 10)
	asked = {"add": [{"item_code": item, "qty": 5, "warehouse": STORES}]}
	assert list(moves(ask(**asked))) == [order]
	user = new_user(*PLANNER)
	kept_to(user, doctype, {"Warehouse": SHOP, "Item": other}[doctype])
	frappe.set_user(user)
	assert {problem[:2] for problem in refusals(**asked)} == {(403, "FORBIDDEN")}
	answer = ask(take={"items": [{"item_code": other, "qty": 1, "warehouse": SHOP}]}, only=list(KINDS))
	assert answer["lines"] == []


# Bad input


@pytest.mark.parametrize(
	("asked", "found"),
	[
		({}, (400, "MALFORMED", None)),
		({"delay": "x"}, (400, "MALFORMED", "delay")),
		({"delay": [{"document": "PO"}]}, (422, "MISSING_FIELD", "delay[0].due")),
		(
			{"delay": [{"document": "NO-PO", "due": "2050-01-01"}]},
			(404, "UNKNOWN_PURCHASE_ORDER", "delay[0].document"),
		),
		(
			{"add": [{"item_code": "NO", "qty": 1, "warehouse": STORES}]},
			(404, "UNKNOWN_ITEM", "add[0].item_code"),
		),
		({"add": [{"item_code": "NO", "qty": 0, "warehouse": STORES}]}, (422, "OUT_OF_RANGE", "add[0].qty")),
		({"lose": ["Nowhere"]}, (404, "UNKNOWN_WAREHOUSE", "lose[0]")),
		({"lose": ["Nowhere"] * 51}, (422, "INVALID_VALUE", "lose")),
		({"take": {}}, (422, "MISSING_FIELD", "take.items")),
		(
			{"take": {"items": [{"item_code": "NO", "qty": 1}]}},
			(404, "UNKNOWN_ITEM", "take.items[0].item_code"),
		),
		({"take": "[]"}, (400, "MALFORMED", "take")),
		({"take": {"itmes": []}}, (422, "UNKNOWN_FIELD", "itmes")),
		({"lose": [STORES], "company": "Nobody"}, (404, "UNKNOWN_COMPANY", "company")),
		({"lose": [STORES], "limit": 501}, (422, "OUT_OF_RANGE", "limit")),
		({"lose": [STORES], "only": "better"}, (422, "INVALID_CHOICE", "only")),
	],
)
def test_what_cannot_be_supposed_is_told_by_its_field(
	asked: dict[str, Any], found: tuple[int, str, str | None]
):
	assert refusals(**asked) == [found]


def test_a_day_that_has_passed_and_a_service_are_refused():
	item, service = bike(), ItemFactory(is_stock_item=0).name
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(7)).name
	assert refusals(delay=[{"document": purchase, "due": iso(-1)}]) == [(422, "OUT_OF_RANGE", "delay[0].due")]
	assert refusals(add=[{"item_code": service, "qty": 1, "warehouse": STORES}]) == [
		(422, "NO_STOCK_ITEM", "add[0].item_code")
	]


def test_a_draft_brings_nothing():
	draft = PurchaseOrderFactory(item_code=bike(), submit=False).name
	assert refusals(delay=[{"document": draft, "due": iso(9)}]) == [(409, "NO_SUPPLY", "delay[0].document")]


# The picker


def test_open_documents_are_found_by_name_or_supplier_with_their_days():
	purchase = PurchaseOrderFactory(item_code=bike(), schedule_date=days(7))
	formatted = frappe.utils.formatdate(days(7))

	def found(text: str) -> list[tuple[str, str, str]]:
		return list(documents("Purchase Order", text, "name", 0, 10, {"company": COMPANY}))

	assert found(purchase.name) == [(purchase.name, purchase.supplier_name, formatted)]
	assert purchase.name in {row[0] for row in found(purchase.supplier_name)}
	two = [{"item_code": bike(), "qty": 1, "schedule_date": days(n)} for n in (3, 9)]
	several = PurchaseOrderFactory(items=two, schedule_date=days(3))
	assert frappe.utils.formatdate(days(9)) in found(several.name)[0][2]
	purchase.update_status("Closed")
	assert found(purchase.name) == []


def test_open_documents_need_permission_to_read_them():
	frappe.set_user(new_user("Sales User"))
	with pytest.raises(frappe.PermissionError):
		documents("Purchase Order", "", "name", 0, 10, {})
