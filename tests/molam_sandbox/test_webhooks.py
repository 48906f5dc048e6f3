"""Webhooks: which, signed how, tried how often, and sent badly on request."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
import requests

from otp_app.molam_sandbox import running
from tests.molam_sandbox.conftest import PAYOUTS, REFUNDS, Caller, Receiver, wait_until


@pytest.fixture
def caller(caller: Caller, receiver: Receiver) -> Caller:
	caller.sandbox.set(webhook_url=receiver.url)
	return caller


def signed_right(headers: Any, body: bytes, secret: str = "whsec_sandbox") -> bool:
	"""As the contract writes it, independent of how the sandbox signs."""
	parts = dict(part.split("=", 1) for part in headers["Molam-Signature"].split(","))
	expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
	return hmac.compare_digest(expected, parts["v1"])


def age(headers: Any) -> float:
	return time.time() - int(headers["Molam-Signature"].partition(",")[0].removeprefix("t=")) / 1000


def types(receiver: Receiver, count: int) -> list[str]:
	return [json.loads(body)["type"] for _, body in receiver.wait_for(count)]


def first_event(receiver: Receiver) -> str:
	return json.loads(receiver.wait_for(1)[0][1])["id"]


def test_a_payment_is_told_and_signed(caller: Caller, receiver: Receiver):
	paid = caller.paid(100.1, metadata={"order": "SO-é"})
	((headers, body),) = receiver.wait_for(1)
	assert signed_right(headers, body)
	assert headers["Molam-Signature"].endswith(",kid=v1")
	assert headers["Content-Type"] == "application/json"
	assert abs(age(headers)) < 5
	event = json.loads(body)
	assert event.pop("id").startswith("evt_")
	assert abs(event.pop("created") - time.time()) < 5
	assert event == {"type": "payment.succeeded", "data": paid, "livemode": False}


def test_each_change_has_its_event(caller: Caller, receiver: Receiver):
	asked = {"payment_id": caller.paid(50)["id"]}
	caller.post(REFUNDS, {**asked, "amount": 10})
	caller.post(REFUNDS, {**asked, "amount": 10.07})
	caller.sandbox.decline(caller.intent()["id"])
	caller.post(PAYOUTS, {"amount": 5, "currency": "USD", "beneficiary": "b"})
	caller.post(PAYOUTS, {"amount": 5.07, "currency": "USD", "beneficiary": "b"})
	assert types(receiver, 11) == [
		"payment.succeeded",
		"refund.created",
		"refund.succeeded",
		"payment.refunded",
		"refund.created",
		"refund.failed",
		"payment.failed",
		"payout.created",
		"payout.settled",
		"payout.created",
		"payout.failed",
	]
	told = [json.loads(body)["data"] for _, body in receiver.got]
	assert [told[1]["status"], told[2]["status"], told[3]["amount_refunded"]] == [
		"processing",
		"succeeded",
		10,
	]


def test_nothing_is_told_of_a_request_that_was_refused_or_answered_before(caller: Caller, receiver: Receiver):
	asked = {"payment_id": caller.paid(50)["id"], "amount": 10}
	for _ in range(2):
		caller.post(REFUNDS, asked, "k")
	caller.post(REFUNDS, {**asked, "amount": 1000})
	assert len(caller.sandbox.state()["events"]) == 4
	assert len(types(receiver, 4)) == 4


def test_another_secret_and_key_id_take_effect_at_once(caller: Caller, receiver: Receiver):
	caller.sandbox.set(webhook_secret="whsec_2", webhook_kid="v2")
	caller.paid()
	((headers, body),) = receiver.wait_for(1)
	assert signed_right(headers, body, "whsec_2")
	assert not signed_right(headers, body)
	assert headers["Molam-Signature"].endswith(",kid=v2")


def test_a_webhook_that_is_not_taken_is_sent_again(caller: Caller, receiver: Receiver):
	receiver.answers = [500, 302]
	caller.paid()
	bodies = {body for _, body in receiver.wait_for(3)}
	assert len(bodies) == 1
	wait_until(lambda: caller.sandbox.state()["events"][0]["state"] == "delivered")
	assert [sent["status"] for sent in caller.sandbox.state()["webhooks"]] == [500, 302, 200]


def test_after_three_attempts_the_next_event_has_its_turn(caller: Caller, receiver: Receiver):
	receiver.answers = [500] * 3
	caller.paid()
	caller.paid()
	wait_until(
		lambda: [event["state"] for event in caller.sandbox.state()["events"]] == ["failed", "delivered"]
	)
	assert len(receiver.got) == 4


def test_a_receiver_that_is_not_there_is_told_in_the_list(caller: Caller):
	caller.sandbox.set(webhook_url="http://127.0.0.1:1/")
	caller.paid()
	wait_until(lambda: len(caller.sandbox.state()["webhooks"]) == 1)
	(sent,) = requests.get(f"{caller.sandbox.url}/sandbox/webhooks", timeout=5).json()
	assert sent["status"] is None
	assert "ClientConnectorError" in sent["error"]


def test_without_a_url_events_are_kept_but_not_sent(caller: Caller):
	caller.sandbox.set(webhook_url=None)
	caller.paid()
	(event,) = caller.sandbox.state()["events"]
	assert event["state"] == "unsent"
	with pytest.raises(ValueError, match="No webhook URL"):
		caller.sandbox.send_webhook(event["id"])


def test_events_that_could_not_go_out_before_the_end_go_out_after_it(tmp_path, receiver: Receiver):
	state = tmp_path / "state.sqlite"
	with running(state=state, webhook_url="http://127.0.0.1:1/") as sandbox:
		Caller(sandbox).paid()
	with running(state=state, webhook_url=receiver.url):
		assert types(receiver, 1) == ["payment.succeeded"]


def test_a_duplicate_is_the_same_twice(caller: Caller, receiver: Receiver):
	caller.paid()
	event = first_event(receiver)
	assert [sent["status"] for sent in caller.sandbox.send_webhook(event)] == [200, 200]
	assert len({body for _, body in receiver.got}) == 1
	assert len({headers["Molam-Signature"] for headers, _ in receiver.got[1:]}) == 1


def test_a_late_one_is_signed_right_an_hour_ago(caller: Caller, receiver: Receiver):
	caller.paid()
	caller.sandbox.send_webhook(first_event(receiver), "late")
	headers, body = receiver.got[1]
	assert signed_right(headers, body)
	assert age(headers) > 300


def test_a_forged_one_is_signed_with_another_secret(caller: Caller, receiver: Receiver):
	caller.paid()
	caller.sandbox.send_webhook(first_event(receiver), "forged")
	headers, body = receiver.got[1]
	assert body == receiver.got[0][1]
	assert not signed_right(headers, body)
	assert abs(age(headers)) < 5


def test_reordered_ones_tell_of_a_payment_newest_first(caller: Caller, receiver: Receiver):
	caller.post(REFUNDS, {"payment_id": caller.paid()["id"]})
	caller.paid()
	in_order = types(receiver, 5)[:4]
	caller.sandbox.send_webhook(first_event(receiver), "reordered")
	assert types(receiver, 9)[5:] == in_order[::-1]


def test_the_old_spelling_is_the_same_event_under_its_old_name(caller: Caller, receiver: Receiver):
	caller.paid()
	caller.sandbox.send_webhook(first_event(receiver), "old_spelling")
	headers, body = receiver.got[1]
	assert signed_right(headers, body)
	assert json.loads(body) == {**json.loads(receiver.got[0][1]), "type": "payment_intent.succeeded"}


def test_only_known_events_are_sent_in_known_ways(caller: Caller, receiver: Receiver):
	caller.sandbox.decline(caller.intent()["id"])
	event = first_event(receiver)
	for name, how, word in (
		("evt_0", "late", "no event evt_0"),
		(event, "by_pigeon", "how"),
		(event, "old_spelling", "never had another"),
	):
		with pytest.raises(ValueError, match=word):
			caller.sandbox.send_webhook(name, how)
	assert len(receiver.got) == 1
