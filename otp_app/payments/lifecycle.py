"""What becomes of a payment and of a refund: their statuses, and which may follow which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum


class PaymentStatus(str, Enum):
	"""Requested: Molam has not confirmed that it knows of it. Pending: the customer can pay. Processing: paid, not yet
	certain. Paid, Partly Refunded and Refunded: the money has moved. The others: it has not."""

	REQUESTED = "Requested"
	PENDING = "Pending"
	PROCESSING = "Processing"
	PAID = "Paid"
	PARTLY_REFUNDED = "Partly Refunded"
	REFUNDED = "Refunded"
	FAILED = "Failed"
	CANCELLED = "Cancelled"
	EXPIRED = "Expired"


class RefundStatus(str, Enum):
	"""Requested: Molam has not confirmed that it knows of it."""

	REQUESTED = "Requested"
	PROCESSING = "Processing"
	REFUNDED = "Refunded"
	FAILED = "Failed"


S, R = PaymentStatus, RefundStatus
OPEN = frozenset({S.REQUESTED, S.PENDING, S.PROCESSING})
RECEIVED = frozenset({S.PAID, S.PARTLY_REFUNDED, S.REFUNDED})
UNPAID = frozenset({S.FAILED, S.CANCELLED, S.EXPIRED})
OPEN_REFUNDS = frozenset({R.REQUESTED, R.PROCESSING})

# Money that Molam has is recorded even where the payment was given up before. What was received is never taken back.
LEGAL: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
	S.REQUESTED: frozenset({S.PENDING, S.PROCESSING, S.PAID}) | UNPAID,
	S.PENDING: frozenset({S.PROCESSING, S.PAID}) | UNPAID,
	S.PROCESSING: frozenset({S.PAID}) | UNPAID,
	S.FAILED: frozenset({S.PAID}),
	S.CANCELLED: frozenset({S.PAID}),
	S.EXPIRED: frozenset({S.PAID}),
	S.PAID: frozenset({S.PARTLY_REFUNDED, S.REFUNDED}),
	S.PARTLY_REFUNDED: frozenset({S.REFUNDED}),
	S.REFUNDED: frozenset(),
}

# Molam's words for an intent and for a refund. Others, of a newer server, change nothing.
OF_INTENT = {
	"requires_confirmation": S.PENDING,
	"processing": S.PROCESSING,
	"succeeded": S.PAID,
	"failed": S.FAILED,
	"canceled": S.CANCELLED,
}
OF_REFUND = {
	"pending": R.PROCESSING,
	"processing": R.PROCESSING,
	"succeeded": R.REFUNDED,
	"failed": R.FAILED,
	"canceled": R.FAILED,
}
LEGAL_REFUNDS: Mapping[RefundStatus, frozenset[RefundStatus]] = {
	R.REQUESTED: frozenset({R.PROCESSING, R.REFUNDED, R.FAILED}),
	R.PROCESSING: frozenset({R.REFUNDED, R.FAILED}),
	R.REFUNDED: frozenset(),
	R.FAILED: frozenset({R.REFUNDED}),
}


def after_intent(now: PaymentStatus, intent_status: str, *, expired: bool = False) -> PaymentStatus:
	"""The status of a payment whose intent Molam says to be `intent_status`; `now` where that may not follow.

	`expired`: it was this side that cancelled it, because its time was over.
	"""
	found = OF_INTENT.get(intent_status)
	if found is S.CANCELLED and expired:
		found = S.EXPIRED
	return found if found in LEGAL[now] else now


def after_refunds(now: PaymentStatus, amount: Decimal, refunded: Decimal) -> PaymentStatus:
	"""The status of a payment of `amount`, of which `refunded` has been given back."""
	if refunded <= 0:
		return now
	found = S.REFUNDED if refunded >= amount else S.PARTLY_REFUNDED
	return found if found in LEGAL[now] else now


def after_refund(now: RefundStatus, status: str) -> RefundStatus:
	"""The status of a refund that Molam says to be `status`; `now` where that may not follow."""
	found = OF_REFUND.get(status)
	return found if found in LEGAL_REFUNDS[now] else now
