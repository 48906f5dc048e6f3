"""What is sent and what comes back. Amounts are exact, in major units; what a newer server adds is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
	AfterValidator,
	BaseModel,
	ConfigDict,
	Field,
	ValidationError,
	ValidationInfo,
	ValidatorFunctionWrapHandler,
	field_validator,
	model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from ._masking import MASK, mask
from .exceptions import ConfigurationError
from .money import MOST_DECIMALS, Amount, Money, currency_decimals, digits_after_point, in_decimals

PRODUCTION = "https://api.molam.io"
REGIONS = {region: f"https://api-{region}.molam.io" for region in ("us-east", "eu-west", "ap-south")}
KeyKind = Literal["secret key", "service JWT"]
_KEY_KINDS: dict[str, KeyKind] = {"sk_": "secret key", "jwt_": "service JWT"}


def check_key_format(key: str | None) -> KeyKind:
	"""What kind of key it is. Raises ConfigurationError, without the key, for what cannot be one."""
	if not key:
		raise ConfigurationError("No API key: set one that starts with 'sk_' or 'jwt_'")
	for start, kind in _KEY_KINDS.items():
		if key.startswith(start):
			rest = key[len(start) :]
			if not rest or not rest.isascii() or not rest.isprintable() or " " in rest:
				raise ConfigurationError(f"The {kind} is cut off, or has characters that no key has")
			return kind
	raise ConfigurationError("API key must start with 'sk_' or 'jwt_'")


def _currency(code: str) -> str:
	if len(code) != 3 or not (code.isascii() and code.isalpha()):
		raise ValueError("Currency must be 3-letter ISO code")
	return code.upper()


def _positive(amount: Money) -> Money:
	if amount <= 0:
		raise ValueError("Amount must be positive")
	return amount


Currency = Annotated[str, AfterValidator(_currency)]
PositiveAmount = Annotated[Amount, AfterValidator(_positive)]
Metadata = dict[str, Any] | None


def _without_input(error: ValidationError) -> ValidationError:
	"""The same error, which does not tell what was refused."""
	details: list[Any] = [
		{"type": each["type"], "loc": each["loc"], "input": MASK, "ctx": each.get("ctx", {})}
		for each in error.errors(include_url=False)
	]
	return ValidationError.from_exception_data(error.title, details, hide_input=True)


class ClientConfig(BaseModel):
	"""How to reach the server. Time-outs are in seconds; `timeout_total` bounds a call with all its retries.

	A `timeout_total` that nobody set is at least as long as one attempt may take.
	"""

	model_config = ConfigDict(hide_input_in_errors=True)

	api_key: str | None = None
	base_url: str = PRODUCTION
	timeout_connect: float = 1.0
	timeout_read: float = 10.0
	timeout_total: float = 30.0
	region: str | None = None
	verify_ssl: bool = True
	mtls_cert: str | None = None
	mtls_key: str | None = None
	default_currency: str = "USD"
	default_locale: str = "en"
	max_retries: int = 3
	retry_backoff_factor: float = 0.3
	debug: bool = False

	@field_validator("api_key")
	@classmethod
	def _check_key(cls, key: str | None) -> str | None:
		if key:
			try:
				check_key_format(key)
			except ConfigurationError as error:
				raise ValueError(str(error)) from None
		return key

	@model_validator(mode="wrap")
	@classmethod
	def _hide_input(cls, data: Any, handler: ModelWrapValidatorHandler[ClientConfig]) -> ClientConfig:
		"""A refused key is neither in the error's text nor in its details."""
		try:
			return handler(data)
		except ValidationError as error:
			raise _without_input(error) from None

	@classmethod
	def model_validate_json(cls, json_data: str | bytes | bytearray, **kwargs: Any) -> ClientConfig:
		"""pydantic's; JSON that is cut off is not in the error either."""
		try:
			return super().model_validate_json(json_data, **kwargs)
		except ValidationError as error:
			raise _without_input(error) from None

	def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
		return [
			(name, mask({name: value})[name] if name else mask(value))
			for name, value in super().__repr_args__()
		]


class _Body(BaseModel):
	"""What is sent; fields that this version does not know go to the server as they are."""

	model_config = ConfigDict(extra="allow", hide_input_in_errors=True)


class _Payment(_Body):
	"""An amount and its currency; the amount is written with the currency's decimals."""

	amount: PositiveAmount
	currency: Currency

	@model_validator(mode="after")
	def _in_currency(self) -> _Payment:
		decimals = currency_decimals(self.currency)
		if digits_after_point(self.amount) > decimals:
			raise ValueError(f"Amount has more decimals than {self.currency} has ({decimals})")
		self.amount = in_decimals(self.amount, decimals)
		return self


class PaymentIntentCreate(_Payment):
	"""A payment to ask a customer for."""

	capture: bool = False
	customer_id: str | None = None
	merchant_id: str | None = None
	description: str | None = None
	metadata: Metadata = Field(default_factory=dict)
	return_url: str | None = None
	cancel_url: str | None = None
	payment_methods: list[str] | None = None


class RefundCreate(_Body):
	"""A refund of a payment: of `amount`, in the payment's currency, or of all of it."""

	payment_id: str
	amount: PositiveAmount | None = None
	reason: str | None = None
	metadata: Metadata = Field(default_factory=dict)

	@field_validator("amount")
	@classmethod
	def _shortest(cls, amount: Money | None) -> Money | None:
		"""The currency is not known here: the same amount is always written the same way."""
		if amount is None:
			return None
		decimals = digits_after_point(amount)
		if decimals > MOST_DECIMALS:
			raise ValueError(f"Amount has more decimals than any currency has ({MOST_DECIMALS})")
		return in_decimals(amount, decimals)


class PayoutCreate(_Payment):
	"""Money to pay out to a beneficiary."""

	beneficiary: str
	origin_module: str
	origin_entity: str
	description: str | None = None
	metadata: Metadata = Field(default_factory=dict)


class MerchantOnboardingCreate(_Body):
	"""A merchant to be taken on."""

	business_name: str
	business_type: str
	country: str
	currency: str
	email: str
	phone: str | None = None
	metadata: Metadata = Field(default_factory=dict)


class _Answer(BaseModel):
	"""What comes back; a newer server's fields and values are kept."""

	model_config = ConfigDict(extra="allow", hide_input_in_errors=True, coerce_numbers_to_str=True)

	@field_validator("*", mode="wrap")
	@classmethod
	def _lenient(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
		"""What was done was done: an optional field of another shape does not make a failure of it.

		An expanded object stands for its id; anything else for the field's default.
		"""
		try:
			return read(value)
		except ValidationError:
			field = cls.model_fields[info.field_name or ""]
			if field.is_required():
				raise
			inner = value.get("id") if isinstance(value, dict) else None
			return inner if isinstance(inner, str) else field.get_default(call_default_factory=True)


class PaymentIntent(_Answer):
	"""A payment; `status` is requires_confirmation, processing, succeeded, canceled, failed, or a newer one."""

	id: str
	status: str
	amount: Amount
	currency: str
	capture: bool = False
	customer_id: str | None = None
	merchant_id: str | None = None
	description: str | None = None
	metadata: Metadata = Field(default_factory=dict)
	created_at: str | None = None
	updated_at: str | None = None
	redirect_url: str | None = None


class Refund(_Answer):
	"""A refund; `amount` is None where the server did not tell."""

	id: str
	payment_id: str
	amount: Amount | None = None
	currency: str
	status: str
	reason: str | None = None
	metadata: Metadata = Field(default_factory=dict)
	created_at: str | None = None


class Payout(_Answer):
	"""A payout."""

	id: str
	amount: Amount
	currency: str
	beneficiary: str
	status: str
	origin_module: str | None = None
	origin_entity: str | None = None
	description: str | None = None
	metadata: Metadata = Field(default_factory=dict)
	created_at: str | None = None
	completed_at: str | None = None


class MerchantOnboarding(_Answer):
	"""A merchant who is being taken on."""

	id: str
	status: str
	business_name: str
	country: str | None = None
	currency: str | None = None
	email: str | None = None
	kyc_status: str | None = None
	created_at: str | None = None
	onboarding_url: str | None = None


class WebhookEvent(_Answer):
	"""Something that happened at Molam, such as `payment.succeeded`; `created` is a Unix time."""

	id: str
	type: str
	created: int
	data: dict[str, Any]
	livemode: bool = False
