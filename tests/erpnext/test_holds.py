"""Holds: they keep supply from everybody else, until they expire, are released, or become an order."""

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from otp_app.api.promise import calculate, extend, for_sales_order, hold, release
from otp_app.promises.keeping.hold import expire_holds
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.promising import answer, promise_of, promises_of, refusal, settings
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ProductBundleFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def stocked(qty: float) -> str:
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=qty)
	return item


def one_more(item: str) -> str:
	"""Whether one more can be promised."""
	return calculate(items=[{"item_code": item, "qty": 1, "warehouse": STORES}])["status"]


def line(item: str, qty: float) -> list[dict]:
	return [{"item_code": item, "qty": qty, "warehouse": STORES}]


def test_what_is_held_is_a_commitment_for_everybody_else_at_once():
	item = stocked(5)
	held = answer(hold, items=line(item, 5), customer=CustomerFactory().name)
	assert held["status"] == "Held"
	assert one_more(item) == "CANNOT_FULFILL"
	status, code, message = refusal(hold, items=line(item, 1), customer=CustomerFactory().name)
	assert (status, code) == (409, "NOT_AVAILABLE")
	assert f"1 Nos of {item} cannot be promised from {STORES}" in message


def test_a_document_may_use_its_own_hold_and_holding_it_again_replaces_the_first():
	item = stocked(5)
	order = SalesOrderFactory(item_code=item, qty=5, submit=False)
	answer(hold, sales_order=order.name)
	assert answer(for_sales_order, sales_order=order.name)["promise"]["status"] == "Held"
	answer(hold, sales_order=order.name)
	assert promises_of(order) == ["Superseded", "Held"]
	assert one_more(item) == "CANNOT_FULFILL"


def test_a_hold_shows_on_the_document():
	order = SalesOrderFactory(item_code=stocked(5), qty=5, submit=False)
	held = answer(hold, sales_order=order.name)
	order.reload()
	shown = (order.otp_promise, order.otp_promise_status, str(order.otp_promise_date))
	assert shown == (held["promise"], "Held", held["promise_date"])
	assert str(order.items[0].otp_promise_date) == held["promise_date"]


def test_a_hold_ends_to_the_minute_without_waiting_for_the_scheduler(monkeypatch):
	item = stocked(5)
	held = answer(hold, items=line(item, 5), customer=CustomerFactory().name, hold_minutes=10)
	frappe.db.set_value(
		"Order Promise", held["promise"], "held_until", add_to_date(now_datetime(), seconds=-1)
	)
	frappe.db.set_value(
		"Order Promise Peg",
		{"parent": held["promise"]},
		"held_until",
		add_to_date(now_datetime(), seconds=-1),
	)
	assert one_more(item) == "OK"

	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	expire_holds()
	promise = frappe.get_doc("Order Promise", held["promise"])
	assert promise.status == "Expired"
	assert promise.status_reason.startswith("Held until")


def test_the_scheduler_leaves_live_holds_alone(monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	held = answer(hold, items=line(stocked(5), 5), customer=CustomerFactory().name)
	expire_holds()
	assert frappe.db.get_value("Order Promise", held["promise"], "status") == "Held"


def test_a_released_hold_is_free_again_and_releasing_twice_is_no_error():
	item = stocked(5)
	order = SalesOrderFactory(item_code=item, qty=5, submit=False)
	answer(hold, sales_order=order.name)
	assert answer(release, sales_order=order.name)["status"] == "Cancelled"
	assert one_more(item) == "OK"
	assert answer(release, sales_order=order.name)["status"] == "Cancelled"
	order.reload()
	assert (order.otp_promise_status, order.otp_promise_date) == ("Cancelled", None)
	assert order.items[0].otp_promise_date is None


def test_a_committed_promise_is_not_released():
	order = SalesOrderFactory(item_code=stocked(5), qty=5)
	status, code, message = refusal(release, sales_order=order.name)
	assert (status, code) == (409, "NOT_HELD")
	assert "cancel or close that order instead" in message


def test_a_hold_is_extended_from_now_on_but_no_longer_than_the_settings_allow():
	settings(max_hold_minutes=600)
	held = answer(hold, items=line(stocked(5), 5), customer=CustomerFactory().name, hold_minutes=10)
	longer = answer(extend, promise=held["promise"], hold_minutes=600)
	assert get_datetime(longer["held_until"]) > get_datetime(held["held_until"])
	pegs = frappe.get_all("Order Promise Peg", {"parent": held["promise"]}, pluck="held_until")
	assert [str(until) for until in pegs] == [longer["held_until"]]
	assert refusal(extend, promise=held["promise"], hold_minutes=601)[:2] == (422, "OUT_OF_RANGE")
	assert refusal(hold, items=line(stocked(5), 5), customer=CustomerFactory().name, hold_minutes=0)[:2] == (
		422,
		"OUT_OF_RANGE",
	)


def test_a_hold_that_has_ended_is_not_extended():
	held = answer(hold, items=line(stocked(5), 5), customer=CustomerFactory().name)
	answer(release, promise=held["promise"])
	status, code, message = refusal(extend, promise=held["promise"])
	assert (status, code) == (409, "NOT_HELD")
	assert "hold the order again" in message


def test_a_hold_says_for_whom_and_a_submitted_order_needs_none():
	assert refusal(hold, items=line(stocked(5), 5))[:2] == (422, "MISSING_FIELD")
	order = SalesOrderFactory(item_code=stocked(5), qty=5)
	assert refusal(hold, sales_order=order.name)[:2] == (422, "ALREADY_COMMITTED")


def test_a_date_later_than_the_one_seen_is_not_held():
	item = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(20))
	asked = {"items": line(item, 5), "customer": CustomerFactory().name}
	status, code, message = refusal(hold, **asked, expected_date=str(days(3)))
	assert (status, code) == (409, "STALE")
	assert "check the promise again" in message
	assert frappe.db.count("Order Promise Peg", {"item_code": item}) == 0


def test_the_same_request_holds_once(asked_under_an_id):
	item = stocked(5)
	asked = {"items": line(item, 2), "customer": CustomerFactory().name}
	first, second = answer(hold, **asked), answer(hold, **asked)
	assert first == second
	assert frappe.db.count("Order Promise Peg", {"item_code": item}) == 1
	status, code, _ = refusal(hold, **{**asked, "items": line(item, 3)})
	assert (status, code) == (409, "REQUEST_ID_USED")


def test_the_components_of_a_bundle_are_held():
	part = stocked(8)
	bundle = ProductBundleFactory(parts={part: 2}).new_item_code
	answer(hold, items=line(bundle, 4), customer=CustomerFactory().name)
	assert one_more(part) == "CANNOT_FULFILL"


def test_what_the_supplier_ships_takes_nothing_from_the_warehouse():
	item = ItemFactory(lead_time_days=4, delivered_by_supplier=1).name
	StockEntryFactory(item_code=item, qty=5)
	held = answer(hold, items=line(item, 5), customer=CustomerFactory().name)
	assert frappe.get_all("Order Promise Peg", {"parent": held["promise"]}, pluck="held_until") == [None]


def test_the_hold_of_a_lost_or_cancelled_quotation_is_free_again():
	item = stocked(5)
	quotation = QuotationFactory(item_code=item, qty=5)
	answer(hold, quotation=quotation.name)
	assert one_more(item) == "CANNOT_FULFILL"
	frappe.get_doc("Quotation", quotation.name).cancel()
	assert promises_of(quotation) == ["Cancelled"]
	assert one_more(item) == "OK"


def test_deleting_a_draft_takes_its_hold_along():
	item = stocked(5)
	order = SalesOrderFactory(item_code=item, qty=5, submit=False)
	answer(hold, sales_order=order.name)
	frappe.delete_doc("Sales Order", order.name)
	assert promises_of(order) == []
	assert one_more(item) == "OK"


def test_a_hold_of_somebody_else_is_not_released_by_another_sales_user():
	held = answer(hold, items=line(stocked(5), 5), customer=CustomerFactory().name, company=COMPANY)
	frappe.set_user(new_user("Sales User"))
	status, code, message = refusal(release, promise=held["promise"])
	assert (status, code) == (403, "FORBIDDEN")
	assert "ask a Sales Manager" in message


def test_a_draft_whose_lines_change_is_not_promised_any_more_but_its_hold_stays():
	order = SalesOrderFactory(item_code=stocked(5), qty=4, submit=False)
	answer(hold, sales_order=order.name)
	order.reload()
	order.items[0].qty = 5
	order.save()
	assert (order.otp_promise_date, order.items[0].otp_promise_date) == (None, None)
	assert (order.otp_promise_status, promise_of(order).status) == ("Held", "Held")


def test_a_hold_that_was_taken_back_does_not_stand_in_the_way_of_the_next():
	item, customer = stocked(5), CustomerFactory().name
	frappe.db.savepoint("first_hold")
	answer(hold, items=line(item, 5), customer=customer)
	frappe.db.rollback(save_point="first_hold")
	assert answer(hold, items=line(item, 5), customer=customer)["status"] == "Held"


def test_a_quotation_that_expires_without_an_event_loses_its_hold(monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	item = stocked(5)
	quotation = QuotationFactory(item_code=item, qty=5)
	answer(hold, quotation=quotation.name)
	frappe.db.set_value("Quotation", quotation.name, "status", "Expired")
	expire_holds()
	assert promises_of(quotation) == ["Expired"]
	assert one_more(item) == "OK"


def test_a_hold_that_was_taken_up_at_this_moment_does_not_expire(monkeypatch):
	quotations = [QuotationFactory(item_code=stocked(5), qty=5) for _ in range(2)]
	ours = [answer(hold, quotation=quotation.name)["promise"] for quotation in quotations]
	for quotation in quotations:
		frappe.db.set_value("Quotation", quotation.name, "status", "Expired")

	def others_do_something() -> None:
		"""Once the first of the two has expired."""
		held = frappe.get_all("Order Promise", {"name": ("in", ours), "status": "Held"}, pluck="name")
		if len(held) == 1:
			frappe.db.set_value("Order Promise", held[0], "status", "Superseded")

	monkeypatch.setattr(frappe.db, "commit", others_do_something)
	expire_holds()
	statuses = frappe.get_all("Order Promise", {"name": ("in", ours)}, pluck="status")
	assert sorted(statuses) == ["Expired", "Superseded"]


def test_what_a_document_has_itself_is_not_given_beside_it():
	order = SalesOrderFactory(item_code=stocked(5), qty=5, submit=False)
	status, code, message = refusal(hold, sales_order=order.name, items=line("X", 1))
	assert (status, code) == (422, "INVALID_VALUE")
	assert message == "items is the document's own: leave it out."


def test_a_call_without_anything_says_what_it_takes():
	assert refusal(hold)[2] == "Say what to hold: a sales_order, a quotation, or items with a customer."
	assert refusal(release)[2] == "promise is missing: it names the Order Promise."
	assert refusal(release, promise="PROMISE-0")[1] == "UNKNOWN_ORDER_PROMISE"
	assert refusal(release, sales_order=7)[1] == "INVALID_VALUE"
