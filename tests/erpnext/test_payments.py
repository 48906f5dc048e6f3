"""Payments through Molam: asked for, followed, booked once, given back."""

import pytest
from requests import RequestException

import frappe
from frappe.utils import add_to_date, now_datetime

from otp_app.api.payments import cancel, confirm, create, refund, status
from otp_app.api.payments import refresh as refresh_call
from otp_app.molam_sandbox import running
from otp_app.payments import connection, exchange, jobs
from otp_app.payments.exchange import adopt_refund, refresh
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import (
	advance_of,
	balance,
	ordered,
	paid,
	payment_of,
	requested,
	settings_of_company,
	take_payments,
	usd_account,
)
from tests.erpnext.promising import answer, refusal, settings, submit
from tests.erpnext.secrets import KEY
from tests.erpnext.serving import new_user

CREATE = "POST /v1/connect/payment_intents$"
REFUND = "POST /v1/connect/refunds"


def test_a_payment_is_asked_for_at_molam_and_as_a_payment_request_of_erpnext(sandbox):
	order = ordered(qty=5, rate=100)
	payment = requested(order)
	assert (payment["status"], payment["amount"], payment["currency"]) == ("Pending", "500.00", "EUR")
	intent = next(one for one in sandbox.state()["intents"] if one["id"] == payment["intent_id"])
	key = payment_of(payment).idempotency_key
	assert intent["metadata"] == {
		"molam_payment": payment["payment"],
		"sales_order": order.name,
		"otp_key": key,
	}
	request = frappe.get_doc("Payment Request", payment["payment_request"])
	assert (request.status, request.grand_total, request.payment_url) == (
		"Requested",
		500,
		payment["payment_url"],
	)
	assert answer(status, sales_order=order.name)["due_amount"] == "0.00"


def test_a_paid_order_has_an_advance(sandbox):
	order = ordered(qty=5, rate=100)
	payment = payment_of(paid(sandbox, order))
	entry = frappe.get_doc("Payment Entry", payment.payment_entry)
	assert (entry.docstatus, entry.paid_amount, entry.reference_no) == (1, 500, payment.intent_id)
	assert (payment.status, advance_of(order)) == ("Paid", 500)
	assert frappe.db.get_value("Payment Request", payment.payment_request, "status") == "Paid"
	assert balance(order.customer) == -500


def test_asking_again_and_again_books_once(sandbox):
	order = ordered()
	payment = paid(sandbox, order)["payment"]
	for _ in range(3):
		answer(refresh_call, payment=payment)
		jobs.reconcile()
	assert frappe.db.count("Payment Entry", {"party": order.customer}) == 1


def test_a_draft_is_paid_on_account_and_has_its_advance_when_it_is_submitted(sandbox):
	order = ordered(qty=5, rate=100, submit=False)
	payment = payment_of(paid(sandbox, order, hold=1))
	assert balance(order.customer) == -500
	assert frappe.get_doc("Payment Entry", payment.payment_entry).unallocated_amount == 500
	submit(order)
	assert advance_of(order) == 500


def test_by_setting_a_paid_draft_is_submitted(sandbox):
	settings_of_company(submit_order=1)
	order = ordered(submit=False)
	part = paid(sandbox, order, amount="200", hold=1)
	assert frappe.db.get_value("Sales Order", order.name, "docstatus") == 0
	rest = paid(sandbox, order)
	assert (part["status"], rest["status"], rest["amount"]) == ("Paid", "Paid", "300.00")
	order.reload()
	assert (order.docstatus, order.otp_promise_status, order.advance_paid) == (1, "Committed", 500)


def test_an_order_that_cannot_be_submitted_stays_a_draft_and_its_money_is_booked(sandbox):
	settings_of_company(submit_order=1)
	order = ordered(stock=1, submit=False, delivery_date=frappe.utils.today())
	settings(submit_policy="Block")
	told = paid(sandbox, order)
	assert "To be seen to: " in told["message"] and "cannot be promised" in told["message"]
	assert (told["status"], bool(told["payment_entry"]), told["indicator"]) == ("Paid", True, "orange")
	assert frappe.db.get_value("Sales Order", order.name, "docstatus") == 0


def test_refunds_come_out_of_the_advance_up_to_what_was_paid(sandbox):
	order = ordered(qty=5, rate=100)
	payment = paid(sandbox, order)["payment"]
	part = answer(refund, payment=payment, amount="120.50", reason="Scratched")
	assert (part["status"], part["refundable_amount"], advance_of(order)) == (
		"Partly Refunded",
		"379.50",
		379.5,
	)
	assert refusal(refund, payment=payment, amount="379.51") == (
		422,
		"OUT_OF_RANGE",
		"amount must be more than 0 and at most 379.50 EUR, what is left of the payment.",
	)
	rest = answer(refund, payment=payment)
	assert (rest["status"], advance_of(order), balance(order.customer)) == ("Refunded", 0, 0)
	assert refusal(refund, payment=payment)[:2] == (409, "NOT_REFUNDABLE")
	assert frappe.db.count("Payment Entry", {"party": order.customer, "payment_type": "Pay"}) == 2


def test_a_cancelled_order_is_refunded_and_its_open_payments_are_cancelled(sandbox):
	order = ordered(qty=5, rate=100)
	first = paid(sandbox, order, amount="300")["payment"]
	second = requested(order)["payment"]
	order.reload()
	order.cancel()
	jobs.reconcile()
	given_back, dropped = payment_of({"payment": first}), payment_of({"payment": second})
	assert (given_back.status, dropped.status, balance(order.customer)) == ("Refunded", "Cancelled", 0)
	intents = {one["id"]: one["status"] for one in sandbox.state()["intents"]}
	assert intents[dropped.intent_id] == "canceled"
	assert frappe.db.get_value("Payment Request", dropped.payment_request, "docstatus") == 2


def test_without_the_setting_what_was_paid_for_a_cancelled_order_stays_on_account(sandbox):
	settings_of_company(refund_cancelled_orders=0)
	order = ordered()
	payment = paid(sandbox, order)["payment"]
	order.reload()
	order.cancel()
	jobs.reconcile()
	assert (payment_of({"payment": payment}).status, balance(order.customer)) == ("Paid", -500)


def test_an_order_that_is_paid_after_its_cancellation_is_refunded(sandbox):
	order = ordered()
	payment = requested(order)
	order.reload()
	order.cancel()
	sandbox.pay(payment["intent_id"])
	jobs.reconcile()
	assert (payment_of(payment).status, balance(order.customer)) == ("Refunded", 0)


def test_a_declined_payment_can_be_asked_for_again(sandbox):
	order = ordered()
	first = requested(order)
	sandbox.decline(first["intent_id"])
	failed = answer(refresh_call, payment=first["payment"])
	assert (failed["status"], failed["payment_url"]) == ("Failed", None)
	assert paid(sandbox, order)["status"] == "Paid"


def test_a_pending_payment_can_be_cancelled_and_a_paid_one_cannot(sandbox):
	order = ordered()
	first = requested(order)
	assert answer(cancel, payment=first["payment"])["status"] == "Cancelled"
	second = paid(sandbox, order)
	assert refusal(cancel, payment=second["payment"])[:2] == (409, "ALREADY_PAID")


def test_what_is_paid_while_it_is_being_cancelled_is_paid(sandbox):
	order = ordered()
	payment = requested(order)
	sandbox.pay(payment["intent_id"])
	assert answer(cancel, payment=payment["payment"])["status"] == "Paid"
	assert advance_of(order) == 500


def test_what_molam_refuses_at_once_has_failed_and_is_not_sent_again(sandbox):
	order = ordered()
	why = {"error": {"code": "no", "message": "This merchant is closed."}}
	sandbox.fault("status", match=CREATE, code=422, body=why)
	told = requested(order)
	assert (told["status"], told["in_doubt"]) == ("Failed", False)
	assert "This merchant is closed." in told["message"]
	assert answer(refresh_call, payment=told["payment"])["status"] == "Failed"
	assert sandbox.state()["intents"] == []
	assert requested(order)["status"] == "Pending"


def test_a_payment_is_confirmed_here(sandbox):
	order = ordered()
	assert answer(confirm, payment=requested(order)["payment"])["status"] == "Paid"
	assert advance_of(order) == 500


def test_a_request_that_is_repeated_is_made_once(sandbox, asked_under_an_id):
	order = ordered()
	first, second = requested(order, amount="100"), requested(order, amount="100")
	assert first["payment"] == second["payment"]
	assert refusal(create, sales_order=order.name, amount="200")[:2] == (409, "REQUEST_ID_USED")


def test_an_amount_that_is_not_due_is_refused_by_name(sandbox):
	order = ordered()
	for amount, code in (
		("500.01", "OUT_OF_RANGE"),
		("100.005", "TOO_MANY_DECIMALS"),
		("0", "OUT_OF_RANGE"),
		("-1", "OUT_OF_RANGE"),
		("NaN", "NOT_A_NUMBER"),
		("ten", "NOT_A_NUMBER"),
		(True, "NOT_A_NUMBER"),
	):
		assert refusal(create, sales_order=order.name, amount=amount)[:2] == (422, code), amount
	requested(order)
	assert refusal(create, sales_order=order.name)[:2] == (409, "NOTHING_DUE")


def test_a_company_that_takes_no_payments_says_so(sandbox):
	order = ordered()
	settings_of_company(enabled=0)
	told = refusal(create, sales_order=order.name)
	assert told == (
		422,
		"NOT_VALID",
		f"{COMPANY} takes no payments through Molam: enable its Molam Settings.",
	)


def test_who_may_not_write_the_order_may_not_ask_for_money_and_only_accountants_give_it_back(sandbox):
	order = ordered()
	payment = paid(sandbox, order)["payment"]
	keeper, seller, accountant = (
		new_user(*roles) for roles in (["Stock User"], ["Sales User"], ["Accounts User"])
	)
	frappe.set_user(keeper)
	assert refusal(create, sales_order=order.name)[:2] == (403, "FORBIDDEN")
	assert refusal(refresh_call, payment=payment)[:2] == (403, "FORBIDDEN")
	frappe.set_user(seller)
	assert answer(refresh_call, payment=payment)["status"] == "Paid"
	assert refusal(refund, payment=payment)[:2] == (403, "FORBIDDEN")
	frappe.set_user(accountant)
	assert answer(refund, payment=payment)["status"] == "Refunded"


@pytest.mark.parametrize("fault", ("drop_before", "drop_after", "truncated"))
def test_an_answer_that_is_lost_leaves_a_payment_in_doubt_that_is_settled_without_a_second_one(
	sandbox, fault
):
	order = ordered()
	sandbox.fault(fault, match=CREATE, times=3)
	payment = requested(order)
	assert (payment["status"], payment["in_doubt"], payment["indicator"]) == ("Requested", True, "orange")
	assert "payment pending, Molam unreachable" in payment["message"]
	jobs.reconcile()
	settled = payment_of(payment)
	assert (settled.status, settled.in_doubt) == ("Pending", 0)
	mine = [one for one in sandbox.state()["intents"] if one["metadata"].get("molam_payment") == settled.name]
	assert [one["id"] for one in mine if one["amount"] == 500].count(settled.intent_id) == 1
	assert advance_of(order) == 0


def test_a_refund_whose_answer_is_lost_is_given_once(sandbox):
	order = ordered()
	payment = paid(sandbox, order)
	sandbox.fault("drop_after", match=REFUND, times=3)
	given = answer(refund, payment=payment["payment"], amount="100")
	assert (given["refunds"][0]["status"], given["refunds"][0]["in_doubt"]) == ("Requested", True)
	assert "The refund of 100.00 EUR is pending, Molam unreachable." in given["message"]
	jobs.reconcile()
	told = answer(status, payment=payment["payment"])
	assert (told["refunded_amount"], balance(order.customer)) == ("100.00", -400)
	refunds = [one for one in sandbox.state()["refunds"] if one["payment_id"] == payment["intent_id"]]
	assert [one["amount"] for one in refunds] == [100]


def test_without_molam_the_order_is_submitted_and_the_link_works_later(monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	with running() as down:
		url = down.url
	with pytest.raises(RequestException):
		down.state()
	take_payments(url)
	order = ordered(submit=False)
	payment = requested(order, hold=1)
	assert (payment["in_doubt"], bool(payment["payment_url"])) == (True, True)
	submit(order)
	assert frappe.db.get_value("Sales Order", order.name, "docstatus") == 1
	connection.forget_companies()


def test_what_was_sent_long_ago_is_looked_up_instead_of_being_sent_again(sandbox):
	order = ordered()
	sandbox.fault("drop_after", match=CREATE, times=3)
	known = payment_of(requested(order, amount="100"))
	sandbox.fault("drop_before", match=CREATE, times=3)
	unknown = payment_of(requested(order, amount="50"))
	for payment in (known, unknown):
		payment.db_set("sent_at", add_to_date(now_datetime(), hours=-30))
	before = len(sandbox.state()["intents"])
	assert (refresh(known.name).status, refresh(unknown.name).status) == ("Pending", "Expired")
	assert len(sandbox.state()["intents"]) == before


def test_a_list_that_may_go_on_does_not_prove_that_a_payment_is_not_there(sandbox, monkeypatch):
	"""A server that does not know the filter by metadata lists the newest payments of everybody."""
	sandbox.fault("drop_before", match=CREATE, times=3)
	payment = payment_of(requested(ordered()))
	payment.db_set("sent_at", add_to_date(now_datetime(), hours=-30))
	strangers = [frappe._dict(metadata={"otp_key": "another"})] * exchange.PAGE
	monkeypatch.setattr(exchange, "ask", lambda *_: strangers)
	told = refresh(payment.name)
	assert (told.status, told.in_doubt) == ("Requested", 1)
	monkeypatch.setattr(exchange, "ask", lambda *_: strangers[1:])
	assert refresh(payment.name).status == "Expired"


def test_an_amount_that_molam_says_otherwise_is_not_booked(sandbox):
	order = ordered()
	payment = payment_of(requested(order))
	sandbox.pay(payment.intent_id)
	payment.db_set("amount", 400)
	told = refresh(payment.name)
	assert (told.status, told.payment_entry, told.in_doubt) == ("Pending", None, 1)
	assert "Molam says 500.00 EUR, not 400.00 EUR" in told.status_reason


def test_a_refund_made_at_molam_itself_is_found_and_booked(sandbox):
	order = ordered()
	payment = payment_of(paid(sandbox, order))
	made = connection.ask(
		payment, lambda molam: molam.create_refund(payment_id=payment.intent_id, amount="70")
	)
	for _ in range(2):
		adopt_refund(payment.name, made.id)
	payment.reload()
	assert (payment.status, payment.refunded_amount, len(payment.refunds)) == ("Partly Refunded", 70, 1)
	assert (balance(order.customer), advance_of(order)) == (-430, 430)


def test_a_status_follows_only_one_that_it_may_follow(sandbox):
	payment = payment_of(paid(sandbox, ordered()))
	for wrong in ("Pending", "Cancelled", "Expired", "Requested"):
		payment.reload()
		payment.status = wrong
		with pytest.raises(frappe.ValidationError, match=f"cannot become {wrong} from Paid"):
			payment.save()
	payment.reload()
	payment.amount = 1
	with pytest.raises(frappe.ValidationError, match="Amount of a payment cannot be changed"):
		payment.save()
	with pytest.raises(frappe.ValidationError, match="cannot be deleted"):
		frappe.delete_doc("Molam Payment", payment.name)


def test_an_order_in_another_currency_is_paid_in_it_and_booked_at_its_rate(sandbox):
	order = ordered(qty=3, rate=33.33, currency="USD", conversion_rate=0.9)
	payment = paid(sandbox, order)
	assert (payment["amount"], payment["currency"]) == ("99.99", "USD")
	entry = frappe.get_doc("Payment Entry", payment["payment_entry"])
	assert (entry.paid_amount, entry.base_received_amount, entry.difference_amount) == (89.99, 89.99, 0)
	assert advance_of(order) == 89.99


def test_an_account_in_the_currency_takes_the_very_amount(sandbox):
	dollars = usd_account()
	settings_of_company(currency_accounts=[{"account": dollars}])
	order = ordered(qty=3, rate=33.33, currency="USD", conversion_rate=0.9)
	payment = paid(sandbox, order)
	entry = frappe.get_doc("Payment Entry", payment["payment_entry"])
	assert (entry.paid_to, entry.received_amount, entry.paid_amount) == (dollars, 99.99, 89.99)
	given = answer(refund, payment=payment["payment"], amount="33.33")
	back = frappe.get_doc("Payment Entry", given["refunds"][0]["payment_entry"])
	assert (back.paid_from, back.paid_amount, back.received_amount) == (dollars, 33.33, 30)


def test_a_currency_without_cents_is_asked_for_without_cents(sandbox):
	order = ordered(qty=1, rate=1500.4, currency="JPY", conversion_rate=0.006)
	payment = requested(order)
	assert (payment["amount"], payment["currency"]) == ("1500", "JPY")


def test_settings_that_cannot_work_are_refused(sandbox):
	for values, words in (
		({"api_key": "pk_live_1234"}, "must start with"),
		({"base_url": "localhost:1"}, "begin it with http"),
		(
			{"payment_account": frappe.get_cached_value("Company", COMPANY, "default_receivable_account")},
			"no bank or cash account",
		),
	):
		with pytest.raises(frappe.ValidationError, match=words):
			settings_of_company(**values)


def test_an_order_that_was_paid_is_not_deleted_and_one_that_was_not_is(sandbox):
	order = ordered(submit=False)
	payment = requested(order)
	with pytest.raises(frappe.ValidationError, match=f"has the payment {payment['payment']}"):
		frappe.delete_doc("Sales Order", order.name)
	answer(cancel, payment=payment["payment"])
	frappe.delete_doc("Sales Order", order.name)
	assert frappe.db.get_value("Molam Payment", payment["payment"], "sales_order") is None


def test_after_failures_in_a_row_nobody_waits_any_more(sandbox):
	settings_of_company(failures_to_open=2, seconds_open=60)
	name = connection.circuit_name(frappe.get_doc("Molam Settings", COMPANY))
	try:
		payment = requested(ordered())["payment"]
		sandbox.fault("status", match="* /v1", times=None, code=503)
		assert "Molam has a problem (HTTP 503)" in answer(refresh_call, payment=payment)["message"]
		seen = len(sandbox.state()["requests"])
		told = answer(refresh_call, payment=payment)
		assert told["waiting"] and "payment pending, Molam unreachable." in told["message"]
		reason = frappe.db.get_value("Molam Payment", payment, "status_reason")
		assert reason == "Molam did not answer several times; calls pause for a moment."
		assert len(sandbox.state()["requests"]) == seen
	finally:
		for key in frappe.cache.scan_iter(f"*{name}*"):
			frappe.cache.delete(key)


def test_payments_of_a_company_that_was_disabled_wait(sandbox):
	payment = requested(ordered())["payment"]
	settings_of_company(enabled=0)
	assert "takes no payments through Molam" in answer(refresh_call, payment=payment)["message"]
	settings_of_company(enabled=1)
	assert answer(refresh_call, payment=payment)["in_doubt"] is False


def test_what_was_tried_in_the_sandbox_is_not_asked_about_in_earnest(sandbox):
	payment = requested(ordered())["payment"]
	settings_of_company(environment="Staging", api_key=KEY)
	told = answer(refresh_call, payment=payment)
	assert f"It was made in Sandbox, and Molam Settings of {COMPANY} are Staging now." in told["message"]
