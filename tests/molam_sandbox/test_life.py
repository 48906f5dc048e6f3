"""What an intent, a refund, a payout and a merchant go through, and what none of them may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.molam_sandbox.conftest import INTENTS, PAYOUTS, REFUNDS, Caller

MOVES = {
	"confirm": lambda caller, name: caller.post(f"{INTENTS}/{name}/confirm").status_code == 200,
	"cancel": lambda caller, name: caller.post(f"{INTENTS}/{name}/cancel").status_code == 200,
	"refund": lambda caller, name: caller.post(REFUNDS, {"payment_id": name}).status_code == 201,
	"pay": lambda caller, name: control(caller, "pay", name),
	"decline": lambda caller, name: control(caller, "decline", name),
	"expire": lambda caller, name: control(caller, "expire", name),
	"capture": lambda caller, name: control(caller, "capture", name),
}
# How to come to a status, and what may be done there.
STATUSES: dict[str, tuple[dict[str, Any], tuple[str, ...], set[str]]] = {
	"requires_confirmation": ({}, (), {"confirm", "cancel", "pay", "decline", "expire"}),
	"processing": ({"capture": False}, ("confirm",), {"cancel", "decline", "expire", "capture"}),
	"succeeded": ({}, ("confirm",), {"refund"}),
	"failed": ({}, ("decline",), set()),
	"canceled": ({}, ("cancel",), set()),
}


def control(caller: Caller, act: str, name: str) -> bool:
	try:
		getattr(caller.sandbox, act)(name)
	except ValueError as refusal:
		assert "invalid_state" in str(refusal)
		return False
	return True


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("status", STATUSES)
def test_only_legal_moves_are_made(caller: Caller, status: str, move: str):
	more, way, allowed = STATUSES[status]
	name = caller.intent(**more)["id"]
	for step in way:
		MOVES[step](caller, name)
	before = caller.now({"id": name})
	assert before["status"] == status
	assert MOVES[move](caller, name) is (move in allowed)
	if move not in allowed:
		assert caller.now({"id": name}) == before


def test_an_intent_waits_for_its_confirmation_with_a_page(caller: Caller):
	intent = caller.intent(description="Bikes", customer_id="C-1", metadata={"order": "SO-1"})
	assert intent["status"] == "requires_confirmation"
	assert intent["redirect_url"] == f"{caller.sandbox.url}/pay/{intent['id']}"
	assert (intent["description"], intent["customer_id"], intent["metadata"]) == (
		"Bikes",
		"C-1",
		{"order": "SO-1"},
	)


def test_money_that_is_to_be_captured_waits_for_it(caller: Caller):
	intent = caller.paid(capture=False)
	assert intent["status"] == "processing"
	assert caller.sandbox.capture(intent["id"])["status"] == "succeeded"


def test_an_intent_that_ran_out_says_so(caller: Caller):
	expired = caller.sandbox.expire(caller.intent()["id"])
	assert (expired["status"], expired["cancellation_reason"]) == ("canceled", "expired")


@pytest.mark.parametrize(
	("amount", "currency", "code"),
	[
		(10.02, "USD", "card_declined"),
		(10.03, "EUR", "insufficient_funds"),
		(1002, "JPY", "card_declined"),
		(1.002, "KWD", "card_declined"),
	],
)
def test_some_amounts_are_declined(caller: Caller, amount: float, currency: str, code: str):
	intent = caller.intent(amount, currency)
	answer = caller.post(f"{INTENTS}/{intent['id']}/confirm")
	assert (answer.status_code, answer.json()["error"]["code"]) == (402, code)
	failed = caller.now(intent)
	assert (failed["status"], failed["last_error"]["code"]) == ("failed", code)


def test_some_amounts_take_their_time(caller: Caller):
	intent = caller.paid(10.05)
	assert intent["status"] == "processing"
	assert caller.sandbox.capture(intent["id"])["status"] == "succeeded"


def test_refunds_in_parts_add_up_and_never_exceed_the_payment(caller: Caller):
	paid = caller.paid(300.3)
	parts = [caller.post(REFUNDS, {"payment_id": paid["id"], "amount": part}) for part in (100.1, 200.1)]
	assert [part.json()["status"] for part in parts] == ["succeeded"] * 2
	too_much = caller.post(REFUNDS, {"payment_id": paid["id"], "amount": 0.11})
	assert (too_much.status_code, too_much.json()["error"]["code"]) == (400, "invalid_state")
	assert "0.1 USD" in too_much.json()["error"]["message"]
	rest = caller.post(REFUNDS, {"payment_id": paid["id"]}).json()
	assert (rest["amount"], rest["currency"], caller.now(paid)["amount_refunded"]) == (0.1, "USD", 300.3)
	assert "refunded already" in caller.post(REFUNDS, {"payment_id": paid["id"]}).json()["error"]["message"]
	assert caller.get(f"{REFUNDS}/{rest['id']}").json() == rest


def test_twenty_refunds_at_once_give_back_no_more_than_was_paid(caller: Caller):
	paid = caller.paid(100)
	with ThreadPoolExecutor(20) as threads:
		asked = {"payment_id": paid["id"], "amount": 30}
		answers = list(threads.map(lambda _: caller.post(REFUNDS, asked).status_code, range(20)))
	assert sorted(answers) == [201] * 3 + [400] * 17
	assert caller.now(paid)["amount_refunded"] == 90


def test_a_refund_has_the_decimals_of_its_payment(caller: Caller):
	answer = caller.post(REFUNDS, {"payment_id": caller.paid(1000, "JPY")["id"], "amount": 0.5})
	assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_a_refund_that_fails_takes_nothing(caller: Caller):
	paid = caller.paid(50)
	refund = caller.post(REFUNDS, {"payment_id": paid["id"], "amount": 10.07}).json()
	assert (refund["status"], caller.now(paid)["amount_refunded"]) == ("failed", 0)


@pytest.mark.parametrize(("outcome", "refunded"), [("succeeded", 10.05), ("failed", 0)])
def test_a_refund_under_way_is_taken_until_it_fails(caller: Caller, outcome: str, refunded: float):
	paid = caller.paid(50)
	refund = caller.post(REFUNDS, {"payment_id": paid["id"], "amount": 10.05}).json()
	assert (refund["status"], caller.now(paid)["amount_refunded"]) == ("processing", 10.05)
	assert caller.sandbox.settle_refund(refund["id"], outcome)["status"] == outcome
	assert caller.now(paid)["amount_refunded"] == refunded
	with pytest.raises(ValueError, match=f"is {outcome} already"):
		caller.sandbox.settle_refund(refund["id"], outcome)


@pytest.mark.parametrize(("amount", "status"), [(80, "settled"), (80.07, "failed"), (80.05, "processing")])
def test_a_payout_settles_or_not_by_its_amount(caller: Caller, amount: float, status: str):
	asked = {"amount": amount, "currency": "EUR", "beneficiary": "ben_1", "origin_module": "erpnext"}
	payout = caller.post(PAYOUTS, asked).json()
	assert payout.items() >= {**asked, "status": status}.items()
	assert (payout["completed_at"] is not None) is (status == "settled")
	assert caller.get(f"{PAYOUTS}/{payout['id']}").json() == payout


def test_a_payout_under_way_can_be_settled(caller: Caller):
	asked = {"amount": 80.05, "currency": "EUR", "beneficiary": {"iban": "DE00"}}
	payout = caller.sandbox.settle_payout(caller.post(PAYOUTS, asked).json()["id"])
	assert payout["status"] == "settled"
	assert payout["completed_at"] >= payout["created_at"]


def test_a_merchant_is_taken_in(caller: Caller):
	asked = {"business_name": "Ré & Co", "country": "FR", "currency": "EUR", "email": "a@b.example"}
	merchant = caller.post("/v1/connect/merchants/onboard", asked).json()
	assert merchant.items() >= {**asked, "status": "pending", "kyc_status": "pending"}.items()
	assert merchant["onboarding_url"].startswith(caller.sandbox.url)
