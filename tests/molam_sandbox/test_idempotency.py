"""One key, one deed: however often, however fast, and whatever was asked first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.molam_sandbox.conftest import INTENTS, PAYOUTS, REFUNDS, Caller

GOOD = {"amount": 10.5, "currency": "USD", "metadata": {"a": 1, "b": 2}}


def test_the_same_body_is_answered_byte_for_byte_as_before(caller: Caller):
	first = caller.post(INTENTS, GOOD, "k")
	caller.post(f"{INTENTS}/{first.json()['id']}/confirm")
	again = caller.post(INTENTS, GOOD, "k")
	assert (again.status_code, again.content) == (first.status_code, first.content)
	assert again.headers["Idempotent-Replayed"] == "true"
	assert "Idempotent-Replayed" not in first.headers
	assert len(caller.sandbox.state()["intents"]) == 1


def test_the_order_of_fields_and_the_spelling_of_numbers_make_no_other_body(caller: Caller):
	first = caller.post(INTENTS, b'{"amount": 10.5, "currency": "USD"}', "k")
	again = caller.post(INTENTS, b'{"currency":"USD","amount":10.50}', "k")
	assert again.content == first.content


def test_another_body_or_another_call_with_the_same_key_is_a_conflict(caller: Caller):
	name = caller.post(INTENTS, GOOD, "k").json()["id"]
	for answer in (
		caller.post(INTENTS, {**GOOD, "amount": 10.51}, "k"),
		caller.post(PAYOUTS, GOOD, "k"),
		caller.post(f"{INTENTS}/{name}/confirm", None, "k"),
	):
		assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
	assert caller.now({"id": name})["status"] == "requires_confirmation"


def test_keys_of_two_callers_have_nothing_in_common(caller: Caller):
	other = Caller(caller.sandbox, "jwt_other")
	assert caller.post(INTENTS, GOOD, "k").json()["id"] != other.post(INTENTS, GOOD, "k").json()["id"]


def test_a_key_whose_request_was_refused_can_be_used_with_a_mended_one(caller: Caller):
	assert caller.post(INTENTS, {"amount": 0, "currency": "USD"}, "k").status_code == 422
	assert caller.post(INTENTS, GOOD, "k").status_code == 201


def test_a_declined_payment_stays_declined_for_its_key(caller: Caller):
	path = f"{INTENTS}/{caller.intent(10.02)['id']}/confirm"
	first, again = caller.post(path, None, "k"), caller.post(path, None, "k")
	assert (again.status_code, again.content) == (402, first.content)


def test_twenty_threads_with_one_key_make_one_intent(caller: Caller):
	together = Barrier(20)

	def create(_: int) -> tuple[int, bytes]:
		together.wait()
		answer = caller.post(INTENTS, GOOD, "k")
		return answer.status_code, answer.content

	with ThreadPoolExecutor(20) as threads:
		answers = set(threads.map(create, range(20)))
	assert len(answers) == 1
	assert len(caller.sandbox.state()["intents"]) == 1


def test_a_slow_first_request_and_its_retry_refund_once(caller: Caller):
	asked = {"payment_id": caller.paid(50)["id"], "amount": 20}
	caller.sandbox.fault("latency", f"POST {REFUNDS}", seconds=0.3)
	with ThreadPoolExecutor(2) as threads:
		first, retry = threads.map(lambda _: caller.post(REFUNDS, asked, "k"), range(2))
	assert first.content == retry.content
	assert caller.now({"id": asked["payment_id"]})["amount_refunded"] == 20
