"""A Sales Order is submitted: checked by policy, committed, and its stock reserved."""

import pytest

import frappe

from otp_app.api.promise import apply, calculate, for_quotation, hold
from otp_app.engine.problems import SourceUnavailable
from tests.erpnext.company import SHOP, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, promise_of, promises_of, refusal, settings, submit, told
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ProductBundleFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def stocked(qty: float) -> str:
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def test_an_order_that_can_be_delivered_in_time_is_committed_without_a_word():
	item = stocked(10)
	order = submit(SalesOrderFactory(item_code=item, qty=4, delivery_date=days(20), submit=False))

	assert told() == ""
	promise = promise_of(order)
	assert (promise.status, promise.reference_name, promise.customer) == (
		"Committed",
		order.name,
		order.customer,
	)
	assert (str(promise.promise_date), str(order.otp_promise_date)) == (str(days(20)), str(days(20)))
	assert (order.otp_promise_status, order.otp_confidence) == ("Committed", "High")
	assert str(order.items[0].otp_promise_date) == str(days(20))
	assert [(peg.source, peg.qty, peg.warehouse) for peg in promise.pegs] == [("stock", 4, STORES)]
	assert promise.lines[0].reference_row == order.items[0].name


def test_with_policy_warn_the_order_is_told_which_dates_it_cannot_meet_and_why_and_is_submitted():
	item = stocked(10)
	SalesOrderFactory(item_code=item, qty=8, delivery_date=days(20))
	PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(30))
	order = submit(SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False))

	assert f"Row 1: {item} can be delivered on" in told()
	assert "2 of the 10 Nos" in told()
	assert "the rest is owed to others" in told()
	promise = promise_of(order)
	assert (order.docstatus, order.otp_promise_status, promise.status) == (1, "At Risk", "At Risk")
	assert promise.promise_date == order.otp_promise_date == days(10), "what the customer was told"
	assert promise.expected_date > days(30)
	assert f"{item} is expected on" in promise.status_reason


def test_with_policy_block_an_order_that_takes_what_is_promised_to_others_is_not_submitted():
	settings(submit_policy="Block")
	item = stocked(10)
	SalesOrderFactory(item_code=item, qty=8, delivery_date=days(20))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False)

	with pytest.raises(frappe.ValidationError, match=f"Row 1: 3 Nos of {item} cannot be promised"):
		submit(order)
	assert "Check Promise shows later dates and other options." in told()


def test_the_promise_remembers_what_the_customer_had_asked_for():
	item = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(20))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(3), submit=False)
	answer(apply, sales_order=order.name)
	promise = promise_of(submit(order))
	assert promise.requested_date == promise.lines[0].requested_date == days(3)
	assert promise.promise_date > days(20)


def test_with_policy_block_an_order_in_time_is_submitted():
	settings(submit_policy="Block")
	order = submit(SalesOrderFactory(item_code=stocked(5), qty=5, delivery_date=days(10), submit=False))
	assert (order.docstatus, order.otp_promise_status) == (1, "Committed")


def test_with_policy_ignore_an_order_without_a_promise_costs_nothing_and_gets_none():
	settings(submit_policy="Ignore")
	order = SalesOrderFactory(item_code=stocked(1), qty=5, delivery_date=days(10), submit=False)
	with queries() as seen:
		order = submit(order)
	assert (order.otp_promise, told()) == (None, "")
	assert [query for query in seen if "`tabOrder Promise`" in query or "Order Promise Lock" in query] == []


def test_saving_a_draft_reads_nothing_of_ours():
	order = SalesOrderFactory(item_code=stocked(1), qty=5, submit=False)
	with queries() as seen:
		order.save()
	assert [query for query in seen if "Order Promise" in query] == []


def test_an_import_is_not_checked(monkeypatch):
	order = SalesOrderFactory(item_code=stocked(1), qty=5, delivery_date=days(10), submit=False)
	monkeypatch.setitem(frappe.flags, "in_import", True)
	assert submit(order).otp_promise is None


def test_lines_with_dates_of_their_own_are_each_held_to_their_date():
	early, late = stocked(5), ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=late, qty=5, schedule_date=days(20))
	lines = [
		{"item_code": early, "qty": 5, "delivery_date": days(6)},
		{"item_code": late, "qty": 5, "delivery_date": days(40)},
	]
	order = submit(SalesOrderFactory(items=lines, submit=False))
	assert told() == ""
	assert [str(row.otp_promise_date) for row in order.items] == [str(days(6)), str(days(40))]


def test_a_hold_of_the_draft_becomes_the_order_and_keeps_its_stock_from_others_all_the_time():
	settings(submit_policy="Block")
	item = stocked(5)
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False)
	answer(hold, sales_order=order.name)
	assert calculate(items=[{"item_code": item, "qty": 1, "warehouse": STORES}])["status"] == "CANNOT_FULFILL"

	order = submit(order)

	assert promises_of(order) == ["Superseded", "Committed"]
	assert calculate(items=[{"item_code": item, "qty": 1, "warehouse": STORES}])["status"] == "CANNOT_FULFILL"
	assert frappe.db.count("Order Promise Peg", {"item_code": item, "held_until": ("is", "set")}) == 0


def test_the_hold_of_a_quotation_becomes_its_order():
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	settings(submit_policy="Block")
	item = stocked(5)
	quotation = QuotationFactory(item_code=item, qty=5)
	answer(hold, quotation=quotation.name)
	order = make_sales_order(quotation.name)
	order.delivery_date = days(10)
	for row in order.items:
		row.delivery_date = days(10)
	order = submit(order.insert())
	assert promises_of(quotation) == ["Superseded"]
	assert promise_of(order).status == "Committed"


def test_a_hold_without_a_document_becomes_the_order_that_names_it_if_the_customer_is_the_same():
	settings(submit_policy="Block")
	item, customer = stocked(5), CustomerFactory().name
	held = answer(hold, items=[{"item_code": item, "qty": 5, "warehouse": STORES}], customer=customer)
	other = SalesOrderFactory(item_code=item, qty=5, otp_promise=held["promise"], submit=False)
	with pytest.raises(frappe.ValidationError, match="cannot be promised"):
		submit(other)

	order = SalesOrderFactory(
		item_code=item, qty=5, customer=customer, otp_promise=held["promise"], submit=False
	)
	order = submit(order)

	assert promise_of(order).status == "Committed"
	assert frappe.db.get_value("Order Promise", held["promise"], "status") == "Superseded"


def test_stock_is_reserved_and_what_was_really_reserved_is_written_down():
	settings(reserve_stock=1)
	item = stocked(3)
	PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(5))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(30), submit=False)
	order.items[0].reserve_stock = 1
	order.save()
	order = submit(order)

	(entry,) = frappe.get_all(
		"Stock Reservation Entry", {"voucher_no": order.name}, ["reserved_qty", "warehouse"]
	)
	assert (entry.reserved_qty, entry.warehouse) == (3, STORES)
	assert promise_of(order).lines[0].reserved_qty == 3


def test_nothing_is_reserved_unless_the_settings_say_so():
	order = SalesOrderFactory(item_code=stocked(3), qty=3, submit=False)
	order.items[0].reserve_stock = 1
	order.save()
	submit(order)
	assert frappe.db.count("Stock Reservation Entry", {"voucher_no": order.name}) == 0


def test_a_bundle_is_committed_by_its_components():
	part = stocked(8)
	bundle = ProductBundleFactory(parts={part: 2})
	order = submit(
		SalesOrderFactory(item_code=bundle.new_item_code, qty=4, delivery_date=days(20), submit=False)
	)
	promise = promise_of(order)
	assert [(line.item_code, line.qty) for line in promise.lines] == [(bundle.new_item_code, 4)]
	assert [(peg.item_code, peg.qty) for peg in promise.pegs] == [(part, 8)]


def test_the_same_item_in_another_warehouse_is_another_matter():
	settings(submit_policy="Block")
	item = stocked(5)
	order = SalesOrderFactory(item_code=item, qty=5, warehouse=SHOP, delivery_date=days(10), submit=False)
	with pytest.raises(frappe.ValidationError, match="cannot be promised"):
		submit(order)


def quotation_of(item: str, qty: float, **values):
	quotation = QuotationFactory(item_code=item, qty=qty, **values)
	answer(hold, quotation=quotation.name)
	return quotation


def order_of_part(quotation, qty: float):
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	order = make_sales_order(quotation.name)
	order.delivery_date = days(10)
	for row in order.items:
		row.delivery_date, row.qty = days(10), qty
	return order.insert()


def one_more(item: str) -> str:
	return calculate(items=[{"item_code": item, "qty": 1, "warehouse": STORES}])["status"]


def test_an_order_of_a_part_takes_only_that_part_out_of_its_quotations_hold():
	item = stocked(10)
	quotation = quotation_of(item, 10)
	submit(order_of_part(quotation, 4))
	held = frappe.get_all("Order Promise Peg", {"item_code": item, "held_until": ("is", "set")}, pluck="qty")
	assert held == [6]
	assert promises_of(quotation) == ["Held"]
	assert one_more(item) == "CANNOT_FULFILL"

	submit(order_of_part(quotation, 6))
	assert promises_of(quotation) == ["Superseded"]


def test_applying_to_a_draft_gives_up_no_hold_of_its_quotation():
	item = stocked(10)
	quotation = quotation_of(item, 10)
	order = order_of_part(quotation, 10)
	assert answer(apply, sales_order=order.name)["status"] == "Draft"
	assert promises_of(quotation) == ["Held"]
	assert one_more(item) == "CANNOT_FULFILL"


def test_a_partly_ordered_quotation_asks_for_the_rest_only():
	quotation = quotation_of(stocked(10), 10)
	submit(order_of_part(quotation, 4))
	assert answer(for_quotation, quotation=quotation.name)["plan"][0]["qty_required"] == 6


def test_the_hold_of_a_quotation_is_not_for_another_customers_order():
	settings(submit_policy="Block")
	quotation = quotation_of(stocked(10), 10)
	order = order_of_part(quotation, 10)
	frappe.db.set_value("Sales Order", order.name, "customer", CustomerFactory().name)
	with pytest.raises(frappe.ValidationError):
		submit(order)
	assert promises_of(quotation) == ["Held"]


def test_a_form_that_was_opened_before_does_not_wipe_out_what_was_written_since():
	order = SalesOrderFactory(item_code=stocked(5), qty=5, submit=False)
	opened = frappe.get_doc("Sales Order", order.name)
	held = answer(hold, sales_order=order.name)["promise"]
	opened.save()
	assert frappe.db.get_value("Sales Order", order.name, "otp_promise") == held


def test_nobody_writes_a_promise_into_an_order_by_hand():
	order = submit(SalesOrderFactory(item_code=stocked(5), qty=5, submit=False))
	doc = frappe.get_doc("Sales Order", order.name)
	doc.otp_promise_date, doc.otp_promise, doc.otp_promise_status = days(-99), None, "Kept"
	doc.items[0].otp_promise_date = days(-99)
	doc.save()
	doc.reload()
	assert (doc.otp_promise, doc.otp_promise_status) == (order.otp_promise, "Committed")
	assert doc.otp_promise_date == doc.items[0].otp_promise_date == order.otp_promise_date


def test_a_wrong_spelling_of_an_item_locks_nothing_and_stops_nobody():
	settings(submit_policy="Block")
	item = stocked(5)
	asked = {"items": [{"item_code": item.lower(), "qty": 1}], "customer": CustomerFactory().name}
	assert refusal(hold, **asked)[:2] == (404, "UNKNOWN_ITEM")
	assert submit(SalesOrderFactory(item_code=item, qty=5, submit=False)).docstatus == 1


def test_a_customer_who_orders_in_a_shop_is_not_told_what_lies_in_the_warehouse(monkeypatch):
	monkeypatch.setattr("otp_app.promises.keeping.commit._is_customer", lambda: True)
	item = stocked(10)
	SalesOrderFactory(item_code=item, qty=8)
	order = submit(SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False))
	assert told() == ""
	settings(submit_policy="Block")
	with pytest.raises(frappe.ValidationError, match="cannot be promised"):
		submit(SalesOrderFactory(item_code=item, qty=5, delivery_date=days(10), submit=False))
	assert "on hand" not in told()
	assert order.docstatus == 1


def test_a_database_that_does_not_answer_is_told_and_stops_the_order_under_block(monkeypatch):
	def no_answer(*args, **kwargs):
		raise SourceUnavailable("the database does not answer (1040)")

	order = SalesOrderFactory(item_code=stocked(5), qty=5, submit=False)
	monkeypatch.setattr("otp_app.promises.keeping.commit.SiteSource.snapshot", no_answer)
	settings(submit_policy="Block")
	with pytest.raises(frappe.ValidationError, match="cannot be read at the moment"):
		submit(order)
