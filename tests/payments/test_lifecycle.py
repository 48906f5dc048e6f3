"""The state machine of payments and refunds: no order of answers brings a status that may not follow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.payments.lifecycle import (
	LEGAL,
	LEGAL_REFUNDS,
	OF_INTENT,
	OF_REFUND,
	OPEN,
	RECEIVED,
	UNPAID,
	PaymentStatus,
	RefundStatus,
	after_intent,
	after_refund,
	after_refunds,
)

WORDS = st.sampled_from([*OF_INTENT, "requires_capture", "", "SUCCEEDED"])


def test_every_status_is_of_one_kind_and_has_its_transitions():
	assert OPEN | RECEIVED | UNPAID == set(PaymentStatus) == set(LEGAL)
	assert not (OPEN & RECEIVED or OPEN & UNPAID or RECEIVED & UNPAID)
	assert set(LEGAL_REFUNDS) == set(RefundStatus)


@given(st.lists(st.tuples(WORDS, st.booleans())))
def test_whatever_molam_says_in_whatever_order_each_step_is_legal(said):
	now = PaymentStatus.REQUESTED
	for word, expired in said:
		then = after_intent(now, word, expired=expired)
		assert then is now or then in LEGAL[now]
		now = then


@given(st.lists(st.tuples(WORDS, st.booleans())))
def test_money_that_has_come_is_never_taken_for_lost(said):
	now = PaymentStatus.PAID
	for word, expired in said:
		now = after_intent(now, word, expired=expired)
	assert now is PaymentStatus.PAID


@given(st.sampled_from(sorted(UNPAID)), st.lists(WORDS))
def test_money_that_comes_after_all_is_recorded(ended, said):
	now = ended
	for word in said:
		now = after_intent(now, word)
	assert now is (PaymentStatus.PAID if "succeeded" in said else ended)


def test_an_intent_that_this_side_cancelled_in_time_has_expired():
	assert after_intent(PaymentStatus.PENDING, "canceled", expired=True) is PaymentStatus.EXPIRED
	assert after_intent(PaymentStatus.PENDING, "canceled") is PaymentStatus.CANCELLED
	assert after_intent(PaymentStatus.PENDING, "failed", expired=True) is PaymentStatus.FAILED


@pytest.mark.parametrize(
	("refunded", "status"),
	(("0", "Paid"), ("0.01", "Partly Refunded"), ("10", "Refunded"), ("11", "Refunded")),
)
def test_a_payment_is_refunded_as_far_as_its_refunds_go(refunded, status):
	assert after_refunds(PaymentStatus.PAID, Decimal(10), Decimal(refunded)).value == status


@given(st.lists(st.sampled_from([*OF_REFUND, "", "queued"])))
def test_a_refund_that_was_made_stays_made(said):
	now = RefundStatus.REQUESTED
	for word in said:
		then = after_refund(now, word)
		assert then is now or then in LEGAL_REFUNDS[now]
		now = then
	assert ("succeeded" in said) == (now is RefundStatus.REFUNDED)
