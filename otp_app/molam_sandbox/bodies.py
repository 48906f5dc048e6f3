"""The bodies of requests: read exactly, checked, unknown fields passed over."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from otp_app.molam_sandbox import money
from otp_app.molam_sandbox.problems import Refused
from otp_app.molam_sdk.money import currency_decimals


def _a_number(value: object) -> object:
	if isinstance(value, bool) or not isinstance(value, int | Decimal):
		raise ValueError("must be a JSON number")
	return value


def _a_mapping(value: object) -> object:
	return {} if value is None else value


Amount = Annotated[Decimal, BeforeValidator(_a_number), Field(gt=0, max_digits=money.MAX_DIGITS)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)]
Metadata = Annotated[dict[str, Any], BeforeValidator(_a_mapping)]


class _Priced(BaseModel):
	amount: Amount
	currency: Currency

	@model_validator(mode="after")
	def _decimals(self) -> _Priced:
		check_decimals(self.amount, self.currency)
		return self


class IntentBody(_Priced):
	"""PaymentIntentCreate."""

	capture: bool = False
	customer_id: str | None = None
	merchant_id: str | None = None
	description: str | None = None
	metadata: Metadata = {}
	return_url: str | None = None
	cancel_url: str | None = None
	payment_methods: list[str] | None = None


class RefundBody(BaseModel):
	"""RefundCreate; no amount is all that is left."""

	payment_id: str
	amount: Amount | None = None
	reason: str | None = None
	metadata: Metadata = {}


class PayoutBody(_Priced):
	"""PayoutCreate."""

	beneficiary: str | dict[str, Any]
	origin_module: str | None = None
	origin_entity: str | None = None
	description: str | None = None
	metadata: Metadata = {}


class OnboardingBody(BaseModel):
	"""MerchantOnboardingCreate."""

	business_name: Annotated[str, StringConstraints(min_length=1)]
	business_type: str | None = None
	country: str | None = None
	currency: Currency | None = None
	email: str | None = None
	phone: str | None = None
	metadata: Metadata = {}


Body = TypeVar("Body", bound=BaseModel)


def check_decimals(amount: Decimal, currency: str) -> None:
	"""Raises Refused for an amount that the currency has no coins for."""
	if not money.fits(amount, currency):
		places = currency_decimals(currency)
		raise Refused(
			422, "invalid_request", f"amount: {currency} has {places} decimals, not those of {amount}."
		)


def read(raw: bytes) -> dict[str, Any]:
	"""The JSON object in a body; an empty body is an empty object. Raises Refused."""
	if not raw.strip():
		return {}
	try:
		asked = money.loads(raw)
	except (ValueError, RecursionError) as error:
		raise Refused(400, "invalid_json", f"The body is not JSON: {error}") from error
	if not isinstance(asked, dict):
		raise Refused(400, "invalid_json", "The body must be a JSON object.")
	return asked


def checked(kind: type[Body], asked: dict[str, Any]) -> Body:
	"""The body as its model. Raises Refused with the first thing that is wrong."""
	try:
		return kind.model_validate(asked)
	except ValidationError as error:
		first = error.errors(include_url=False)[0]
		field = ".".join(str(part) for part in first["loc"])
		message = f"{field}: {first['msg']}" if field else first["msg"]
		raise Refused(422, "invalid_request", message) from error
