"""What Molam sends by itself: stored once, looked into by a job, and never believed."""

import json
import time

import pytest

import frappe

from otp_app.api.payments import refund
from otp_app.engine.problems import RequestRefused
from otp_app.payments import jobs, webhooks
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import balance, ordered, requested
from tests.erpnext.promising import answer
from tests.erpnext.signing import event, signature


def send(body: bytes, **signed) -> dict:
	return webhooks.receive(body, signature(body, **signed))


def stored(told: dict):
	return frappe.get_doc("Molam Webhook Event", {"event_id": told["event"]})


def refused(body: bytes, header: str | None, **more) -> tuple[int, str, str]:
	with pytest.raises(RequestRefused) as caught:
		webhooks.receive(body, header, **more)
	problem = caught.value.problems[0]
	return caught.value.status, problem.code, problem.message


@pytest.fixture
def payment(sandbox):
	"""A pending payment of 500.00 EUR, with its order."""
	order = ordered()
	return frappe._dict(requested(order), order=order)


def status_of(payment) -> str:
	return frappe.db.get_value("Molam Payment", payment.payment, "status")


def test_an_event_leads_to_what_molam_says(sandbox, payment):
	sandbox.pay(payment.intent_id)
	told = send(event("payment.succeeded", {"id": payment.intent_id, "status": "succeeded"}))
	assert (told["received"], told["duplicate"], stored(told).status) == (True, False, "Received")
	webhooks.process(stored(told).name)
	doc = stored(told)
	assert (doc.status, doc.outcome, doc.molam_payment) == (
		"Processed",
		f"{payment.payment} is Paid.",
		payment.payment,
	)
	assert (status_of(payment), balance(payment.order.customer)) == ("Paid", -500)


def test_an_event_that_lies_changes_nothing(sandbox, payment):
	"""Signed, and yet not so: somebody at Molam, or an event that is out of order."""
	for kind, says in (("payment.succeeded", "succeeded"), ("payment.failed", "failed")):
		told = send(event(kind, {"id": payment.intent_id, "status": says, "amount": 1}))
		webhooks.process(stored(told).name)
		assert (stored(told).status, status_of(payment)) == ("Processed", "Pending")
	assert balance(payment.order.customer) == 0


def test_the_same_event_again_is_answered_and_not_stored_again(sandbox, payment):
	body = event("payment.succeeded", {"id": payment.intent_id})
	assert [send(body)["duplicate"] for _ in range(3)] == [False, True, True]
	assert frappe.db.count("Molam Webhook Event", {"event_id": json.loads(body)["id"]}) == 1


def test_ids_that_differ_in_capitals_are_two_events(sandbox, payment):
	for name in ("evt_Aa1", "evt_aA1"):
		assert send(event("payment.succeeded", {}, name))["duplicate"] is False


def test_events_out_of_order_and_late_ones_leave_a_refunded_payment_refunded(sandbox, payment):
	sandbox.pay(payment.intent_id)
	jobs.settle(payment.payment)
	given = answer(refund, payment=payment.payment)["refunds"][0]
	entries = frappe.db.count("Payment Entry")
	for kind, about in (
		("refund.succeeded", {"id": given["refund_id"], "payment_id": payment.intent_id}),
		("refund.created", {"id": given["refund_id"], "payment_id": payment.intent_id}),
		("payment.succeeded", {"id": payment.intent_id}),
		("payment_intent.succeeded", {"id": payment.intent_id}),
		("payment.failed", {"id": payment.intent_id}),
	):
		webhooks.process(stored(send(event(kind, about))).name)
	assert (status_of(payment), frappe.db.count("Payment Entry"), balance(payment.order.customer)) == (
		"Refunded",
		entries,
		0,
	)


def test_a_payment_whose_answer_was_lost_is_known_by_its_name(sandbox):
	sandbox.fault("drop_after", times=3)
	order = ordered()
	payment = frappe._dict(requested(order))
	assert payment.in_doubt
	key = frappe.db.get_value("Molam Payment", payment.payment, "idempotency_key")
	about = {"id": "pi_somewhere", "metadata": {"otp_key": key}}
	webhooks.process(stored(send(event("payment.succeeded", about))).name)
	assert status_of(payment) == "Pending"


def test_an_event_about_nothing_of_ours_is_ignored(sandbox, payment):
	for about in ({"id": "pi_other"}, {}, {"id": 7, "metadata": {"otp_key": ["x"]}}):
		told = send(event("payout.settled", about))
		webhooks.process(stored(told).name)
		assert stored(told).status == "Ignored"


def test_an_event_that_comes_while_molam_is_down_is_looked_into_later(sandbox, payment):
	sandbox.pay(payment.intent_id)
	sandbox.fault("drop_before", match="* /v1", times=None)
	told = send(event("payment.succeeded", {"id": payment.intent_id}))
	webhooks.process(stored(told).name)
	assert (stored(told).status, stored(told).attempts, status_of(payment)) == ("Received", 1, "Pending")
	sandbox.clear_faults()
	jobs.reconcile()
	assert (stored(told).status, status_of(payment)) == ("Processed", "Paid")


def test_what_is_not_signed_by_molam_in_time_is_refused_and_not_stored(sandbox, payment):
	before = frappe.db.count("Molam Webhook Event")
	body = event("payment.succeeded", {"id": payment.intent_id})
	other = body.replace(b"payment.succeeded", b"payment.failed")
	for header, words in (
		(None, "Missing Molam-Signature"),
		("", "Missing Molam-Signature"),
		("v1=abc", "Invalid signature header"),
		(signature(other), "Signature mismatch"),
		(signature(body, secret="whsec_wrong"), "Signature mismatch"),
		(signature(body, kid="v9"), "Unknown key ID"),
		(signature(body, moment=time.time() - 301), "timestamp outside tolerance"),
		(signature(body, moment=time.time() + 301), "timestamp outside tolerance"),
	):
		told = refused(body, header)
		assert told[:2] == (400, "NOT_SIGNED") and words in told[2], told
	for body, code in (
		(b"[]", "NOT_SIGNED"),
		(b"{", "NOT_SIGNED"),
		(b"{}", "MALFORMED"),
		(b'{"id": 5, "type": "x"}', "MALFORMED"),
	):
		assert refused(body, signature(body))[1] == code
	large = b" " * (webhooks.MAX_BYTES + 1)
	assert refused(large, signature(large))[:2] == (413, "TOO_LARGE")
	assert frappe.db.count("Molam Webhook Event") == before


def test_the_secret_of_another_company_is_none_for_this_one(sandbox, payment):
	body = event("payment.succeeded", {"id": payment.intent_id})
	assert refused(body, signature(body), company="Somebody Else")[1] == "NOT_SIGNED"
	assert webhooks.receive(body, signature(body), company=COMPANY)["received"]


def test_a_secret_can_be_changed_without_losing_an_event(sandbox, payment):
	settings = frappe.get_doc("Molam Settings", COMPANY)
	settings.append("webhook_secrets", {"kid": "v2", "secret": "whsec_new"})
	settings.save()
	assert send(event("payment.succeeded", {}))["received"]
	assert send(event("payment.succeeded", {}), secret="whsec_new", kid="v2")["received"]
