"""Exact amounts: JSON numbers to Decimal and back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from otp_app.molam_sdk.money import currency_decimals

# A double keeps every decimal number of up to 15 digits, so that these go to JSON and back unchanged.
MAX_DIGITS = 15
# Beyond these nobody means a number, and arithmetic with its digits could take for ever.
LARGEST_EXPONENT = 300


def fits(amount: Decimal, currency: str) -> bool:
	"""Whether the currency has all the decimals of the amount."""
	return amount == amount.quantize(Decimal(1).scaleb(-currency_decimals(currency)))


def last_two_digits(amount: Decimal, currency: str) -> int:
	"""The last two digits of an amount in minor units: 5 for 10.05 USD and for 1005 JPY."""
	return int(amount.scaleb(currency_decimals(currency))) % 100


def loads(text: str | bytes) -> Any:
	"""JSON with its fractions as Decimal. Raises ValueError, also for NaN and numbers without bounds."""
	return json.loads(text, parse_float=_fraction, parse_constant=_no_number)


def dumps(value: Any, *, canonical: bool = False) -> str:
	"""JSON with Decimals as numbers; `canonical` is the same text for the same value."""
	if canonical:
		return json.dumps(value, default=_number, sort_keys=True, separators=(",", ":"))
	return json.dumps(value, default=_number)


def _fraction(text: str) -> Decimal:
	number = Decimal(text)
	if abs(number.adjusted()) > LARGEST_EXPONENT:
		raise ValueError(f"{text[:30]} is out of bounds")
	return number


def _no_number(text: str) -> Decimal:
	raise ValueError(f"{text} is no JSON number")


def _number(value: object) -> int | float:
	if not isinstance(value, Decimal):
		raise TypeError(f"{type(value).__name__} is not for JSON")
	number = float(value)
	return int(number) if number.is_integer() else number
