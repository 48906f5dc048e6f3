"""Money is exact from the caller to the wire and back."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import MolamClient, PaymentIntent, PaymentIntentCreate, PayoutCreate, RefundCreate
from otp_app.molam_sdk._wire import decode, encode
from otp_app.molam_sdk.money import Money, currency_decimals

from .between import between
from .conftest import config_for

CURRENCIES = st.sampled_from(["USD", "EUR", "XOF", "JPY", "KWD", "TND", "CLF"])


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, str]:
	"""A currency, and an amount that it has, as a text."""
	currency = draw(CURRENCIES)
	minor = draw(st.integers(1, 10**15))
	return currency, f"{Decimal(minor).scaleb(-currency_decimals(currency)):f}"


@given(amounts())
def test_an_amount_goes_to_the_wire_and_back_unchanged_with_its_currencys_decimals(case: tuple[str, str]):
	currency, amount = case
	sent = encode(PaymentIntentCreate(amount=amount, currency=currency).model_dump(exclude_none=True))
	digits = sent.split(b'"amount":')[1].split(b",")[0].decode()
	assert digits == amount
	assert json.loads(sent, parse_float=Decimal)["amount"] == Decimal(amount)
	back = PaymentIntent.model_validate({"id": "pi", "status": "new", **decode(sent)})
	assert isinstance(back.amount, Money) and back.amount == Decimal(amount)


@given(st.integers(1, 10**12).map(lambda cents: cents / 100))
def test_a_float_counts_as_the_number_that_it_is_printed_as(number: float):
	intent = PaymentIntentCreate(amount=number, currency="USD")
	assert intent.amount == number
	assert intent.amount == Decimal(repr(number))
	assert (intent.amount != number) is False
	assert intent.amount <= number <= intent.amount


@given(amounts(), st.sampled_from([str, Decimal, Money, float]))
def test_the_same_amount_is_the_same_body_whatever_type_it_comes_in(case: tuple[str, str], kind: type):
	currency, amount = case
	if len(amount.replace(".", "").strip("0")) > 15:
		kind = str
	sent = encode(PaymentIntentCreate(amount=kind(amount), currency=currency).model_dump(exclude_none=True))
	assert sent == encode(PaymentIntentCreate(amount=amount, currency=currency).model_dump(exclude_none=True))


@given(
	st.recursive(
		st.none()
		| st.booleans()
		| st.integers()
		| st.text()
		| st.floats(allow_nan=False, allow_infinity=False),
		lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
		max_leaves=20,
	)
)
def test_any_json_is_written_as_python_writes_it(value: object):
	assert json.loads(encode(value)) == json.loads(json.dumps(value))


def test_sums_are_exact_and_still_compare_with_floats():
	total = Money("100.10") + Money("200.20")
	assert total == 300.30 and total == Decimal("300.30") and str(total) == "300.30"
	assert sum([Money("0.1")] * 3) == 0.3
	assert Money("100.10") - 0.1 == 100 and 0.1 + Money("0.2") == 0.3 and 1.5 * Money("2") == 3.0
	assert Money("10") / 4 == 2.5 and round(Money("2.345"), 1) == 2.3 and -Money("1.5") == -1.5
	assert Money("100.1") >= 100.1 and not Money("100.1") > 100.1 and Money("100.1") < 100.2


def test_money_survives_pickling_and_copying():
	for twin in (pickle.loads(pickle.dumps(Money("1.10"))), copy.deepcopy(Money("1.10"))):
		assert isinstance(twin, Money) and str(twin) == "1.10"


@pytest.mark.parametrize(
	("amount", "currency", "says"),
	[
		(-10, "USD", "Amount must be positive"),
		(0, "USD", "Amount must be positive"),
		("10.005", "USD", "Amount has more decimals than USD has (2)"),
		(10.5, "xof", "Amount has more decimals than XOF has (0)"),
		("1.2345", "KWD", "Amount has more decimals than KWD has (3)"),
		(float("nan"), "USD", "Amount must be a finite number"),
		(float("inf"), "USD", "Amount must be a finite number"),
		(Decimal("sNaN"), "USD", "Amount must be a finite number"),
		("Infinity", "USD", "Amount must be a number such as"),
		("1_000", "USD", "Amount must be a number such as"),
		("\u0661\u0660", "USD", "Amount must be a number such as"),
		("1e999", "USD", "Amount must have at most"),
		(True, "USD", "Amount must be a number"),
		(None, "USD", "Amount must be a number"),
		(1, "US", "Currency must be 3-letter"),
		(1, "U$D", "Currency must be 3-letter"),
	],
)
def test_what_is_no_amount_is_refused_with_a_reason(amount: object, currency: str, says: str):
	fields = {
		"amount": amount,
		"currency": currency,
		"beneficiary": "b",
		"origin_module": "m",
		"origin_entity": "e",
	}
	for model in (PaymentIntentCreate, PayoutCreate):
		with pytest.raises(ValidationError) as caught:
			model(**fields)
		assert says in str(caught.value)


@pytest.mark.parametrize(
	("amount", "currency", "digits"),
	[("1000.00", "XOF", "1000"), (5, "USD", "5.00"), ("1E+3", "JPY", "1000"), (1.5, "KWD", "1.500")],
)
def test_amounts_are_plain_digits_never_a_text_and_never_an_exponent(
	amount: object, currency: str, digits: str
):
	sent = encode(PaymentIntentCreate(amount=amount, currency=currency).model_dump())
	assert f'"amount":{digits},'.encode() in sent


def test_a_refund_has_no_currency_and_is_written_with_the_digits_that_it_needs():
	assert str(RefundCreate(payment_id="pi", amount="10.50").amount) == "10.5"
	assert RefundCreate(payment_id="pi").amount is None
	with pytest.raises(ValidationError, match="more decimals than any currency"):
		RefundCreate(payment_id="pi", amount="0.00001")


def test_models_as_json_have_numbers_that_lose_nothing():
	intent = PaymentIntent(id="pi", status="new", amount="100.10", currency="USD")
	assert json.loads(intent.model_dump_json())["amount"] == 100.1
	long = intent.model_copy(update={"amount": Money("12345678901234567.89")})
	assert json.loads(long.model_dump_json())["amount"] == "12345678901234567.89"


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity")])
def test_nan_and_infinity_are_never_sent(value: object):
	with pytest.raises(ValueError, match="cannot be sent"):
		encode({"metadata": value})


def test_over_the_wire_the_digits_arrive_and_come_back(sandbox: Sandbox):
	with between(sandbox.url) as server, MolamClient(config_for(server.url)) as client:
		intent = client.create_payment_intent(amount="12345678901.234", currency="KWD")
		assert b'"amount":12345678901.234,' in server.seen[0].body
	assert intent.amount == Decimal("12345678901.234")


def test_remainders_and_powers_with_floats_are_exact_too():
	assert (Money("10.10") % 0.1, 10.5 % Money(3)) == (0, Money("1.5"))
	assert (Money("1.25") // 0.5, 7.5 // Money(2)) == (2, 3)
	assert divmod(Money("1.3"), 0.5) == (2, Money("0.3"))
	assert divmod(7.5, Money(2)) == (3, Money("1.5"))
	assert (Money("1.1") ** 2, 1.5 ** Money(2), 4 ** Money("0.5")) == (Money("1.21"), Money("2.25"), 2)
	for result in (Money(5) % 2.5, Money(5) // 2.5, *divmod(Money(5), 2.5), Money(5) ** 2.0):
		assert type(result) is Money
	for wrong in (lambda: Money(1) % "x", lambda: divmod(Money(1), "x"), lambda: Money(1) ** "x"):
		with pytest.raises(TypeError):
			wrong()
