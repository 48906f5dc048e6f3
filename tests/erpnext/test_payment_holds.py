"""A hold that waits for a payment: kept until it is made or its time is over, whatever Molam's health."""

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from otp_app.api.payments import cancel, create, refresh
from otp_app.api.promise import calculate, hold, release
from otp_app.payments import jobs
from otp_app.promises.keeping.hold import expire_holds
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.paying import ordered, requested
from tests.erpnext.promising import answer, promise_of, promises_of, refusal, submit

ALL = "* /v1"


def free(order, qty: float) -> bool:
	"""Whether others can be promised so much of what the order is of."""
	line = {"item_code": order.items[0].item_code, "qty": qty, "warehouse": STORES}
	return calculate(items=[line])["status"] == "OK"


def over(payment: dict) -> None:
	"""The time to pay has passed."""
	frappe.db.set_value(
		"Molam Payment", payment["payment"], "expires_at", add_to_date(now_datetime(), minutes=-1)
	)


def hours_until(moment) -> float:
	return (get_datetime(moment) - now_datetime()).total_seconds() / 3600


def test_what_is_held_for_a_payment_is_nobody_elses_until_its_time_is_over(sandbox):
	order = ordered(qty=5, submit=False)
	payment = requested(order, hold=1, pay_minutes=120)
	promise = promise_of(order)
	assert (payment["promise"], promise.status, promise.awaits_payment) == (
		promise.name,
		"Held",
		payment["payment"],
	)
	# Half an hour more than the customer has to pay, for who pays in the last minute.
	assert 2.4 < hours_until(promise.held_until) < 2.6
	assert not free(order, 1)

	over(payment)
	jobs.reconcile()
	assert (promises_of(order), free(order, 5)) == (["Cancelled"], True)
	assert promise_of(order).status_reason == f"It was not paid: {payment['payment']} is Expired."
	intent = next(one for one in sandbox.state()["intents"] if one["id"] == payment["intent_id"])
	assert intent["status"] == "canceled"


def test_a_hold_that_the_order_has_already_is_kept_for_the_payment(sandbox):
	order = ordered(submit=False)
	first = answer(hold, sales_order=order.name, hold_minutes=10)
	payment = requested(order, hold=1)
	assert payment["promise"] == first["promise"]
	assert hours_until(promise_of(order).held_until) > 23


def test_a_paid_order_keeps_its_hold_for_days_and_takes_it_up_when_submitted(sandbox):
	order = ordered(submit=False)
	payment = requested(order, hold=1, pay_minutes=30)
	sandbox.pay(payment["intent_id"])
	answer(refresh, payment=payment["payment"])
	assert 6.9 * 24 < hours_until(promise_of(order).held_until) < 7.1 * 24
	over(payment)
	jobs.reconcile()
	expire_holds()
	assert not free(order, 1)
	submit(order)
	assert promises_of(order) == ["Superseded", "Committed"]


def test_a_payment_that_fails_or_is_cancelled_gives_the_hold_up(sandbox):
	for end in (
		lambda payment: sandbox.decline(payment["intent_id"]),
		lambda payment: cancel(payment=payment["payment"]),
	):
		order = ordered(submit=False)
		payment = requested(order, hold=1)
		end(payment)
		answer(refresh, payment=payment["payment"])
		assert (promises_of(order), free(order, 5)) == (["Cancelled"], True)


def test_one_of_two_payments_that_fails_leaves_the_hold_to_the_other(sandbox):
	order = ordered(submit=False)
	first = requested(order, hold=1, amount="100")
	second = requested(order, hold=1)
	for payment, status in ((first, "Held"), (second, "Cancelled")):
		sandbox.decline(payment["intent_id"])
		answer(refresh, payment=payment["payment"])
		assert promise_of(order).status == status


def test_while_molam_cannot_be_asked_what_may_have_been_paid_is_kept_for_a_day(sandbox):
	order = ordered(submit=False)
	payment = requested(order, hold=1, pay_minutes=1)
	promise = promise_of(order)
	sandbox.fault("drop_before", match=ALL, times=None)
	over(payment)
	expire_in(promise, minutes=1)
	jobs.reconcile()
	told = frappe.get_doc("Molam Payment", payment["payment"])
	assert (told.status, told.in_doubt, told.status_reason) == ("Pending", 1, "Molam cannot be reached.")
	assert 0.4 < hours_until(promise_of(order).held_until) < 0.6

	frappe.db.set_value(
		"Molam Payment", payment["payment"], "expires_at", add_to_date(now_datetime(), hours=-30)
	)
	expire_in(promise, minutes=-1)
	jobs.reconcile()
	expire_holds()
	assert (promise_of(order).status, free(order, 5)) == ("Expired", True)

	# It had been paid all the time.
	sandbox.clear_faults()
	sandbox.pay(payment["intent_id"])
	jobs.reconcile()
	told.reload()
	assert (told.status, bool(told.payment_entry)) == ("Paid", True)


def expire_in(promise, minutes: int) -> None:
	"""Lets a hold end so many minutes from now."""
	until = add_to_date(now_datetime(), minutes=minutes)
	frappe.db.set_value("Order Promise", promise.name, "held_until", until)
	frappe.db.set_value("Order Promise Peg", {"parent": promise.name}, "held_until", until)


def test_what_cannot_be_promised_is_not_asked_to_be_paid(sandbox):
	order = ordered(qty=5, stock=1, submit=False)
	told = refusal(create, sales_order=order.name, hold=1)
	assert told[:2] == (409, "NOT_AVAILABLE")
	assert not frappe.db.exists("Molam Payment", {"sales_order": order.name})


def test_a_hold_that_somebody_releases_stays_released_when_the_payment_comes(sandbox):
	order = ordered(submit=False)
	payment = requested(order, hold=1)
	answer(release, sales_order=order.name)
	sandbox.pay(payment["intent_id"])
	told = answer(refresh, payment=payment["payment"])
	assert (told["status"], promises_of(order)) == ("Paid", ["Cancelled"])


def test_a_submitted_order_needs_no_hold(sandbox):
	order = ordered()
	payment = requested(order, hold=1)
	assert payment["promise"] is None
	assert frappe.db.get_value("Sales Order", order.name, "company") == COMPANY


def test_what_is_being_processed_is_kept(sandbox):
	order = ordered(qty=1, rate=100.05, submit=False)
	payment = requested(order, hold=1, pay_minutes=1)
	sandbox.pay(payment["intent_id"])
	assert answer(refresh, payment=payment["payment"])["status"] == "Processing"
	over(payment)
	expire_in(promise_of(order), minutes=3)
	jobs.reconcile()
	assert 0.4 < hours_until(promise_of(order).held_until) < 0.6


def test_a_deposit_that_was_paid_keeps_the_hold_when_the_rest_fails(sandbox):
	order = ordered(submit=False)
	deposit = requested(order, hold=1, amount="300")
	sandbox.pay(deposit["intent_id"])
	answer(refresh, payment=deposit["payment"])
	rest = requested(order, hold=1)
	sandbox.decline(rest["intent_id"])
	answer(refresh, payment=rest["payment"])
	assert (promise_of(order).status, promise_of(order).awaits_payment) == ("Held", deposit["payment"])


def test_two_payments_that_fail_in_any_order_give_the_hold_up(sandbox):
	order = ordered(submit=False)
	first, second = requested(order, hold=1, amount="100"), requested(order, hold=1)
	for payment in (second, first):
		sandbox.decline(payment["intent_id"])
		answer(refresh, payment=payment["payment"])
	assert promise_of(order).status == "Cancelled"


def test_a_hold_for_a_payment_is_no_longer_than_any_other(sandbox):
	order = ordered(submit=False)
	told = refusal(create, sales_order=order.name, hold=1, pay_minutes=129600)
	assert told[:2] == (422, "OUT_OF_RANGE") and "Longest Hold" in told[2]
	assert requested(order, pay_minutes=129600)["status"] == "Pending"
