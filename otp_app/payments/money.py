"""Amounts: exact, and in the units that a currency really has."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from frappe import _

from otp_app.engine.problems import Problem, RequestRefused
from otp_app.molam_sdk.money import currency_decimals


def exact(value: Any, currency: str) -> Decimal:
	"""An amount rounded to the currency's smallest unit; a float counts as the number that a person reads."""
	number = value if isinstance(value, Decimal) else Decimal(repr(float(value or 0)))
	return number.quantize(Decimal(1).scaleb(-currency_decimals(currency)), ROUND_HALF_UP)


def asked(value: Decimal, currency: str) -> Decimal:
	"""An amount that somebody has typed. Raises RequestRefused (TOO_MANY_DECIMALS) instead of rounding it."""
	rounded = exact(value, currency)
	if rounded != value:
		message = _("amount has more decimals than {0} has: write it as {1}.").format(currency, rounded)
		raise RequestRefused([Problem("TOO_MANY_DECIMALS", message, "amount")])
	return rounded


def written(amount: Decimal, currency: str) -> str:
	"""The amount for a sentence: 1,250.00 EUR."""
	return f"{amount:,} {currency}"
