"""The life of intents, refunds, payouts and merchants. Every change comes with the events that tell of it."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from otp_app.molam_sandbox import money
from otp_app.molam_sandbox.bodies import (
	IntentBody,
	OnboardingBody,
	PayoutBody,
	RefundBody,
	check_decimals,
	checked,
)
from otp_app.molam_sandbox.problems import error_text, invalid_state, not_found
from otp_app.molam_sandbox.store import Event, Store

INTENT, REFUND, PAYOUT, MERCHANT = "payment_intent", "refund", "payout", "merchant"
# What an intent may become; the others are final.
NEXT = {
	"requires_confirmation": {"processing", "succeeded", "failed", "canceled"},
	"processing": {"succeeded", "failed", "canceled"},
}
# Amounts that do not go well, by the last two digits of their minor units.
DECLINES = {2: ("card_declined", "The card was declined."), 3: ("insufficient_funds", "Not enough money.")}
WAITS = 5
FAILS = 7
INTENT_EVENTS = {"succeeded": "payment.succeeded", "failed": "payment.failed"}
REFUND_EVENTS = {"succeeded": "refund.succeeded", "failed": "refund.failed"}
PAYOUT_EVENTS = {"settled": "payout.settled", "failed": "payout.failed"}


class Answer(NamedTuple):
	"""What is answered: a status and JSON."""

	status: int
	body: str


class Payments:
	"""All that Molam does. Methods must run within a transaction of the store; they raise Refused."""

	def __init__(self, store: Store) -> None:
		self._store = store

	def create_intent(self, asked: dict[str, Any], origin: str) -> Answer:
		"""A new intent, which waits for its confirmation; its page is below `origin`."""
		body = checked(IntentBody, asked)
		name, now = _new_id("pi"), _now()
		intent = {
			"id": name,
			"status": "requires_confirmation",
			**body.model_dump(),
			"amount_refunded": Decimal(0),
			"created_at": now,
			"updated_at": now,
			"redirect_url": f"{origin}/pay/{name}",
		}
		return Answer(201, self._store.put(INTENT, intent))

	def confirm(self, name: str) -> Answer:
		"""Take the money, or reserve it until it is captured; some amounts are declined."""
		intent = self.intent(name)
		if intent["status"] != "requires_confirmation":
			raise invalid_state(f"{name} is {intent['status']}: only an unconfirmed intent can be confirmed.")
		digits = money.last_two_digits(intent["amount"], intent["currency"])
		if digits in DECLINES:
			return self._declined(intent, *DECLINES[digits])
		done = intent["capture"] and digits != WAITS
		return self._become(intent, "succeeded" if done else "processing")

	def decline(self, name: str) -> Answer:
		"""The customer's bank refuses."""
		return self._declined(self.intent(name), *DECLINES[2])

	def capture(self, name: str) -> Answer:
		"""Take the money that was reserved."""
		intent = self.intent(name)
		if intent["status"] != "processing":
			raise invalid_state(f"{name} is {intent['status']}: only a processing intent can be captured.")
		return self._become(intent, "succeeded")

	def cancel(self, name: str, reason: str = "requested_by_merchant") -> Answer:
		"""Give up an intent that has not succeeded."""
		return self._become(self.intent(name) | {"cancellation_reason": reason}, "canceled")

	def create_refund(self, asked: dict[str, Any]) -> Answer:
		"""Give money back, never more than what is left of a payment."""
		body = checked(RefundBody, asked)
		intent = self.intent(body.payment_id)
		amount = _refundable(intent, body.amount)
		refund = {
			"id": _new_id("re"),
			"status": "processing",
			**body.model_dump(),
			"amount": amount,
			"currency": intent["currency"],
			"created_at": _now(),
		}
		self._tell("refund.created", refund, intent["id"])
		status = _at_once(amount, intent["currency"], "succeeded")
		return Answer(201, self._move_refund(refund, status, amount))

	def settle_refund(self, name: str, status: str) -> Answer:
		"""End a refund that was left processing, with `succeeded` or `failed`."""
		refund = self._waiting(REFUND, name)
		return Answer(200, self._move_refund(refund, status, Decimal(0)))

	def create_payout(self, asked: dict[str, Any]) -> Answer:
		"""Pay somebody."""
		body = checked(PayoutBody, asked)
		payout = {
			"id": _new_id("po"),
			"status": "processing",
			**body.model_dump(),
			"created_at": _now(),
			"completed_at": None,
		}
		self._tell("payout.created", payout)
		return Answer(201, self._move_payout(payout, _at_once(body.amount, body.currency, "settled")))

	def settle_payout(self, name: str, status: str) -> Answer:
		"""End a payout that was left processing, with `settled` or `failed`."""
		return Answer(200, self._move_payout(self._waiting(PAYOUT, name), status))

	def onboard(self, asked: dict[str, Any], origin: str) -> Answer:
		"""A new merchant, who still has to tell who they are."""
		body = checked(OnboardingBody, asked)
		name = _new_id("mer")
		merchant = {
			"id": name,
			"status": "pending",
			**body.model_dump(),
			"kyc_status": "pending",
			"created_at": _now(),
			"onboarding_url": f"{origin}/onboard/{name}",
		}
		return Answer(201, self._store.put(MERCHANT, merchant))

	def intent(self, name: str) -> dict[str, Any]:
		"""An intent by its id."""
		return self._object(INTENT, name)

	def retrieve(self, kind: str, name: str) -> Answer:
		"""An object as JSON."""
		text = self._store.text(kind, name)
		if text is None:
			raise not_found(kind, name)
		return Answer(200, text)

	def _object(self, kind: str, name: str) -> dict[str, Any]:
		found: dict[str, Any] = money.loads(self.retrieve(kind, name).body)
		for field in ("amount", "amount_refunded"):
			if field in found:
				found[field] = Decimal(found[field])
		return found

	def _waiting(self, kind: str, name: str) -> dict[str, Any]:
		found = self._object(kind, name)
		if found["status"] != "processing":
			raise invalid_state(f"{name} is {found['status']} already.")
		return found

	def _become(self, intent: dict[str, Any], status: str, **more: Any) -> Answer:
		if status not in NEXT.get(intent["status"], ()):
			raise invalid_state(f"{intent['id']} is {intent['status']} and cannot become {status}.")
		intent = intent | more | {"status": status, "updated_at": _now()}
		text = self._store.put(INTENT, intent)
		if status in INTENT_EVENTS:
			self._tell(INTENT_EVENTS[status], intent, intent["id"])
		return Answer(200, text)

	def _declined(self, intent: dict[str, Any], code: str, message: str) -> Answer:
		self._become(intent, "failed", last_error={"code": code, "message": message})
		return Answer(402, error_text(code, message))

	def _move_refund(self, refund: dict[str, Any], status: str, more: Decimal) -> str:
		"""Keep a refund in its status. `more` is what it takes of the payment now; a failed one takes nothing."""
		refund = refund | {"status": status}
		intent = self.intent(refund["payment_id"])
		taken = more - refund["amount"] if status == "failed" else more
		intent["amount_refunded"] += taken
		if taken:
			self._store.put(INTENT, intent | {"updated_at": _now()})
		if status in REFUND_EVENTS:
			self._tell(REFUND_EVENTS[status], refund, intent["id"])
		if status == "succeeded":
			self._tell("payment.refunded", intent, intent["id"])
		return self._store.put(REFUND, refund)

	def _move_payout(self, payout: dict[str, Any], status: str) -> str:
		payout = payout | {"status": status, "completed_at": _now() if status == "settled" else None}
		if status in PAYOUT_EVENTS:
			self._tell(PAYOUT_EVENTS[status], payout)
		return self._store.put(PAYOUT, payout)

	def _tell(self, kind: str, about: dict[str, Any], payment: str = "") -> None:
		name = _new_id("evt")
		body = {"id": name, "type": kind, "created": int(time.time()), "data": about, "livemode": False}
		wanted = "webhook_url" in self._store.settings()
		self._store.add_event(Event(name, kind, payment, money.dumps(body)), wanted=wanted)


def _refundable(intent: dict[str, Any], asked: Decimal | None) -> Decimal:
	"""How much to refund: what is asked, or all that is left. Raises Refused where that is not there."""
	name, status = intent["id"], intent["status"]
	if status != "succeeded":
		raise invalid_state(f"{name} is {status}: only a succeeded payment can be refunded.")
	left: Decimal = intent["amount"] - intent["amount_refunded"]
	if not left:
		raise invalid_state(f"All of {name} is refunded already.")
	amount = left if asked is None else asked
	check_decimals(amount, intent["currency"])
	if amount > left:
		raise invalid_state(f"{left} {intent['currency']} of {name} is left to refund, not {amount}.")
	return amount


def _at_once(amount: Decimal, currency: str, done: str) -> str:
	"""The status right after a refund or payout is made."""
	return {WAITS: "processing", FAILS: "failed"}.get(money.last_two_digits(amount, currency), done)


def _new_id(prefix: str) -> str:
	return f"{prefix}_{secrets.token_hex(12)}"


def _now() -> str:
	return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
