"""Apply: the order's dates become the promised ones, and what was requested stays beside them."""

import frappe

from otp_app.api.promise import apply, calculate, for_sales_order, hold
from tests.erpnext.company import SHOP, STORES
from tests.erpnext.promising import answer, promise_of, promises_of, refusal
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def waiting_for(due: int, qty: float = 5) -> str:
	item = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=item, qty=qty, schedule_date=days(due))
	return item


def test_dates_are_written_into_the_draft_and_what_was_requested_stays_beside_them():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, delivery_date=days(3), submit=False)
	seen = answer(for_sales_order, sales_order=order.name)["promise_date"]

	applied = answer(apply, sales_order=order.name, expected_date=seen)

	order.reload()
	assert (applied["status"], applied["promise_date"]) == ("Draft", seen)
	assert [str(order.delivery_date), str(order.items[0].delivery_date)] == [seen, seen]
	assert [str(order.otp_requested_date), str(order.items[0].otp_requested_date)] == [str(days(3))] * 2
	assert (str(order.otp_promise_date), order.otp_promise_status) == (seen, "Draft")
	comment = frappe.get_all(
		"Comment", {"reference_name": order.name, "comment_type": "Info"}, pluck="content"
	)
	assert any(applied["promise"] in text and "requested for" in text for text in comment)


def test_checking_again_after_applying_still_compares_with_what_was_requested():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, delivery_date=days(3), submit=False)
	answer(apply, sales_order=order.name)
	again = answer(for_sales_order, sales_order=order.name)
	assert (again["plan"][0]["desired_date"], again["on_time"]) == (str(days(3)), False)


def test_an_accepted_later_date_of_a_submitted_order_frees_earlier_stock():
	item = waiting_for(20)
	StockEntryFactory(item_code=item, qty=5)
	first = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(6))
	assert calculate(items=[{"item_code": item, "qty": 5, "warehouse": STORES}])["promise_date"] > str(
		days(20)
	)

	late = str(days(40))
	frappe.db.set_value("Sales Order Item", {"parent": first.name}, "otp_requested_date", late)
	rules = {"desired_date_mode": "NO_EARLY_DELIVERY"}
	applied = answer(apply, sales_order=first.name, rules=rules)

	assert (applied["status"], applied["promise_date"] >= late) == ("Committed", True)
	assert promises_of(first) == ["Superseded", "Committed"]
	assert calculate(items=[{"item_code": item, "qty": 5, "warehouse": STORES}])["promise_date"] < str(
		days(20)
	)


def test_a_date_that_has_become_later_since_it_was_seen_is_not_applied_and_nothing_is_changed():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, delivery_date=days(3), submit=False)
	status, code, _ = refusal(apply, sales_order=order.name, expected_date=str(days(2)))
	assert (status, code) == (409, "STALE")
	order.reload()
	assert (str(order.delivery_date), order.otp_promise) == (str(days(3)), None)
	assert promises_of(order) == []


def test_a_quotation_gets_its_promised_date():
	quotation = QuotationFactory(item_code=waiting_for(20), qty=5, submit=False)
	applied = answer(apply, quotation=quotation.name)
	quotation.reload()
	assert str(quotation.otp_promise_date) == applied["promise_date"]


def test_a_held_draft_stays_held_when_its_promise_is_applied():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, delivery_date=days(3), submit=False)
	until = answer(hold, sales_order=order.name)["held_until"]
	applied = answer(apply, sales_order=order.name)
	assert (applied["status"], applied["held_until"]) == ("Held", until)
	assert promises_of(order) == ["Superseded", "Held"]


def test_the_option_of_another_warehouse_is_applied_to_the_line():
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=5, to_warehouse=SHOP)
	order = SalesOrderFactory(item_code=item, qty=5, submit=False)
	options = answer(for_sales_order, sales_order=order.name)["options"]
	(option,) = [option for option in options if option["type"] == "other_warehouse"]

	applied = answer(
		apply, sales_order=order.name, change=option["change"], expected_date=option["promise_date"]
	)

	order.reload()
	assert order.items[0].warehouse == SHOP
	assert applied["promise_date"] == option["promise_date"]


def test_a_change_that_the_order_cannot_make_is_refused_by_name():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, submit=False)
	status, code, message = refusal(apply, sales_order=order.name, change={"doctype": "Purchase Order"})
	assert (status, code) == (422, "INVALID_VALUE")
	assert "change the order itself" in message


def test_what_cannot_be_promised_is_not_applied():
	order = SalesOrderFactory(item_code=ItemFactory(lead_time_days=0).name, qty=5, submit=False)
	assert refusal(apply, sales_order=order.name)[:2] == (409, "NOT_AVAILABLE")


def test_who_may_only_read_the_order_may_not_apply():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, submit=False)
	frappe.set_user(new_user("Stock User"))
	assert refusal(apply, sales_order=order.name)[:2] == (403, "FORBIDDEN")


def test_the_promise_remembers_what_was_asked_and_answered():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, delivery_date=days(3), submit=False)
	answer(apply, sales_order=order.name)
	promise = promise_of(order)
	assert frappe.parse_json(promise.request)["items"][0]["qty"] == 5
	assert frappe.parse_json(promise.answer)["status"] == "OK"
	assert promise.owner == "Administrator"


def test_a_submitted_quotation_without_warehouses_gets_its_date():
	quotation = QuotationFactory(item_code=waiting_for(20), qty=5)
	frappe.db.set_value("Quotation Item", {"parent": quotation.name}, "warehouse", None)
	assert answer(apply, quotation=quotation.name)["status"] == "Draft"


def test_rules_and_changes_of_another_shape_are_refused_by_name():
	order = SalesOrderFactory(item_code=waiting_for(20), qty=5, submit=False)
	for given, field in (
		({"rules": [1]}, "rules"),
		({"change": [1]}, "change"),
		({"change": {"rules": "x"}}, "change.rules"),
	):
		status, code, message = refusal(apply, sales_order=order.name, **given)
		assert (status, code) == (400, "MALFORMED")
		assert message.startswith(f"{field} must be an object")


def test_an_agreed_split_is_checked_as_a_split():
	item, other = waiting_for(20), ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=other, qty=5)
	lines = [{"item_code": code, "qty": 5, "delivery_date": days(3)} for code in (item, other)]
	order = SalesOrderFactory(items=lines, submit=False)
	answer(apply, sales_order=order.name, rules={"shipment": "per_line"})
	first, second = answer(for_sales_order, sales_order=order.name)["plan"]
	assert second["promise_date"] < first["promise_date"]
