"""The calls of the API, each described once: all clients send and read them from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from pydantic import BaseModel

from .models import (
	MerchantOnboarding,
	MerchantOnboardingCreate,
	PaymentIntent,
	PaymentIntentCreate,
	Payout,
	PayoutCreate,
	Refund,
	RefundCreate,
)

Answer = TypeVar("Answer")
Model = TypeVar("Model", bound=BaseModel)
Payload = BaseModel | Mapping[str, Any] | None
IdempotencyKey = str | UUID | None


@dataclass(frozen=True)
class Call(Generic[Answer]):
	"""One call: `read` makes the answer from its JSON (ValueError if it cannot), `takes` is the model of the body."""

	name: str
	method: str
	path: str
	read: Callable[[Any], Answer]
	takes: type[BaseModel] | None = None

	def path_for(self, given_id: str | None, query: Mapping[str, Any] | None = None) -> str:
		"""The path with the id in it, quoted, and the query. Raises ValueError for what cannot be an id."""
		path = self.path
		if not path.startswith("/"):
			raise ValueError("A path starts with /")
		if "{id}" in path:
			path = path.replace("{id}", _quoted_id(given_id))
		pairs = list(_flat(query or {}))
		return f"{path}?{urlencode(pairs)}" if pairs else path

	def body_for(
		self, payload: Payload, fields: Mapping[str, Any], defaults: Mapping[str, Any]
	) -> dict[str, Any]:
		"""The body for a model, a mapping or keyword arguments; pydantic's ValidationError for a wrong one.

		`defaults` stand in for fields that were not given.
		"""
		if self.takes is None:
			return dict(payload or {})
		if payload is not None and fields:
			raise TypeError(f"{self.name} takes a model (or a mapping) or keyword arguments, not both")
		if not isinstance(payload, self.takes):
			given = payload.model_dump() if isinstance(payload, BaseModel) else payload or fields
			known = {name: value for name, value in defaults.items() if name in self.takes.model_fields}
			payload = self.takes.model_validate({**known, **given})
		return payload.model_dump(exclude_none=True)


def _reading(model: type[Model]) -> Callable[[Any], Model]:
	return model.model_validate


def _reading_list(model: type[Model]) -> Callable[[Any], list[Model]]:
	def read(value: Any) -> list[Model]:
		rows = value.get("data") if isinstance(value, dict) else value
		if not isinstance(rows, list):
			raise ValueError("no list")
		return [model.model_validate(row) for row in rows]

	return read


def reading_object(value: Any) -> dict[str, Any]:
	"""A JSON object as it is."""
	if not isinstance(value, dict):
		raise ValueError("no object")
	return value


INTENTS = "/v1/connect/payment_intents"
REFUNDS = "/v1/connect/refunds"
PAYOUTS = "/v1/connect/payouts"

CREATE_PAYMENT_INTENT = Call(
	"create_payment_intent", "POST", INTENTS, _reading(PaymentIntent), PaymentIntentCreate
)
RETRIEVE_PAYMENT_INTENT = Call("retrieve_payment_intent", "GET", f"{INTENTS}/{{id}}", _reading(PaymentIntent))
LIST_PAYMENT_INTENTS = Call("list_payment_intents", "GET", INTENTS, _reading_list(PaymentIntent))
CONFIRM_PAYMENT_INTENT = Call(
	"confirm_payment_intent", "POST", f"{INTENTS}/{{id}}/confirm", _reading(PaymentIntent)
)
CANCEL_PAYMENT_INTENT = Call(
	"cancel_payment_intent", "POST", f"{INTENTS}/{{id}}/cancel", _reading(PaymentIntent)
)
CREATE_REFUND = Call("create_refund", "POST", REFUNDS, _reading(Refund), RefundCreate)
RETRIEVE_REFUND = Call("retrieve_refund", "GET", f"{REFUNDS}/{{id}}", _reading(Refund))
CREATE_PAYOUT = Call("create_payout", "POST", PAYOUTS, _reading(Payout), PayoutCreate)
RETRIEVE_PAYOUT = Call("retrieve_payout", "GET", f"{PAYOUTS}/{{id}}", _reading(Payout))
CREATE_MERCHANT_ONBOARDING = Call(
	"create_merchant_onboarding",
	"POST",
	"/v1/connect/merchants/onboard",
	_reading(MerchantOnboarding),
	MerchantOnboardingCreate,
)
HEALTH = Call("health", "GET", "/health", reading_object)

CALLS: tuple[Call[Any], ...] = (
	CREATE_PAYMENT_INTENT,
	RETRIEVE_PAYMENT_INTENT,
	LIST_PAYMENT_INTENTS,
	CONFIRM_PAYMENT_INTENT,
	CANCEL_PAYMENT_INTENT,
	CREATE_REFUND,
	RETRIEVE_REFUND,
	CREATE_PAYOUT,
	RETRIEVE_PAYOUT,
	CREATE_MERCHANT_ONBOARDING,
	HEALTH,
)


def _quoted_id(given_id: str | None) -> str:
	"""The id as one segment of a path. Dots alone would leave the folder, quoted or not."""
	if not isinstance(given_id, str) or given_id in {"", ".", ".."}:
		raise ValueError(f"{given_id!r} is no id")
	return quote(given_id, safe="")


def _flat(query: Mapping[str, Any]) -> list[tuple[str, str]]:
	"""Query parameters: {"metadata": {"order": "A"}} is metadata[order]=A; what is None is left out."""
	pairs: list[tuple[str, str]] = []
	for name, value in query.items():
		if isinstance(value, Mapping):
			pairs += [(f"{name}[{inner}]", str(each)) for inner, each in value.items()]
		elif value is not None:
			pairs.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
	return pairs
