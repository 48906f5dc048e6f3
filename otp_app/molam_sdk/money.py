"""Exact money: a Decimal that compares with floats as people mean it, and how many decimals currencies have."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

# ISO 4217, where the number of decimals is not 2.
_DECIMALS = {
	**dict.fromkeys(
		[
			"BIF",
			"CLP",
			"DJF",
			"GNF",
			"ISK",
			"JPY",
			"KMF",
			"KRW",
			"PYG",
			"RWF",
			"UGX",
			"UYI",
			"VND",
			"VUV",
			"XAF",
			"XOF",
			"XPF",
		],
		0,
	),
	**dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
	**dict.fromkeys(["CLF", "UYW"], 4),
}
MOST_DECIMALS = max(_DECIMALS.values())
MOST_DIGITS = 24  # what Decimal's usual context adds up without rounding, with room to spare

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def currency_decimals(currency: str) -> int:
	"""How many decimals amounts of the currency have: 0 for XOF, 3 for KWD, 2 for most."""
	return _DECIMALS.get(currency.upper(), 2)


class Money(Decimal):
	"""An exact amount in major units; a float counts as the number that it is printed as.

	Money("100.10") == 100.1 is true, Money(0.1) + 0.2 is 0.3. Sums, differences and products are Money again.
	"""

	__slots__ = ()

	def __new__(cls, value: Decimal | float | str = 0, context: Context | None = None) -> Money:
		return super().__new__(cls, _exact(value), context)

	def __eq__(self, other: object) -> bool:
		return Decimal.__eq__(self, _exact(other))

	def __ne__(self, other: object) -> bool:
		return not self == other

	def __lt__(self, other: Any) -> bool:
		return Decimal.__lt__(self, _exact(other))

	def __le__(self, other: Any) -> bool:
		return Decimal.__le__(self, _exact(other))

	def __gt__(self, other: Any) -> bool:
		return Decimal.__gt__(self, _exact(other))

	def __ge__(self, other: Any) -> bool:
		return Decimal.__ge__(self, _exact(other))

	__hash__ = Decimal.__hash__

	def __add__(self, other: Any) -> Money:
		return _money(Decimal.__add__(self, _exact(other)))

	def __radd__(self, other: Any) -> Money:
		return _money(Decimal.__radd__(self, _exact(other)))

	def __sub__(self, other: Any) -> Money:
		return _money(Decimal.__sub__(self, _exact(other)))

	def __rsub__(self, other: Any) -> Money:
		return _money(Decimal.__rsub__(self, _exact(other)))

	def __mul__(self, other: Any) -> Money:
		return _money(Decimal.__mul__(self, _exact(other)))

	def __rmul__(self, other: Any) -> Money:
		return _money(Decimal.__rmul__(self, _exact(other)))

	def __truediv__(self, other: Any) -> Money:
		return _money(Decimal.__truediv__(self, _exact(other)))

	def __rtruediv__(self, other: Any) -> Money:
		return _money(Decimal.__rtruediv__(self, _exact(other)))

	def __mod__(self, other: Any) -> Money:
		return _money(Decimal.__mod__(self, _exact(other)))

	def __rmod__(self, other: Any) -> Money:
		return _money(Decimal.__rmod__(self, _exact(other)))

	def __floordiv__(self, other: Any) -> Money:
		return _money(Decimal.__floordiv__(self, _exact(other)))

	def __rfloordiv__(self, other: Any) -> Money:
		return _money(Decimal.__rfloordiv__(self, _exact(other)))

	def __divmod__(self, other: Any) -> tuple[Money, Money]:
		return _pair(Decimal.__divmod__(self, _exact(other)))

	def __rdivmod__(self, other: Any) -> tuple[Money, Money]:
		return _pair(Decimal.__rdivmod__(self, _exact(other)))

	def __pow__(self, other: Any, modulo: Any = None) -> Money:
		return _money(Decimal.__pow__(self, _exact(other), modulo))

	def __rpow__(self, other: Any, modulo: Any = None) -> Money:
		return _money(Decimal.__rpow__(self, _exact(other)))

	def __neg__(self) -> Money:
		return Money(Decimal.__neg__(self))

	def __abs__(self) -> Money:
		return Money(Decimal.__abs__(self))

	def __round__(self, ndigits: int | None = None) -> Any:
		return Decimal.__round__(self) if ndigits is None else Money(Decimal.__round__(self, ndigits))


def money(value: object) -> Money:
	"""The exact amount of a number or a text; ValueError for what is no amount."""
	if isinstance(value, str):
		value = value.strip()
		if not _NUMBER.fullmatch(value):
			raise ValueError("Amount must be a number such as 100.10")
	elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
		raise ValueError("Amount must be a number")
	amount = Money(value)
	if not amount.is_finite():
		raise ValueError("Amount must be a finite number")
	if amount.adjusted() >= MOST_DIGITS or digits_after_point(amount) > MOST_DIGITS:
		raise ValueError(f"Amount must have at most {MOST_DIGITS} digits")
	return amount


def digits_after_point(amount: Decimal) -> int:
	"""How many decimals the amount needs: 1 for 100.50. `amount` must be finite."""
	_, digits, exponent = amount.as_tuple()
	assert isinstance(exponent, int)  # noqa: S101 (only infinities and NaN have another)
	while exponent < 0 and digits and digits[-1] == 0:
		digits, exponent = digits[:-1], exponent + 1
	return max(0, -exponent) if digits else 0


def in_decimals(amount: Decimal, decimals: int) -> Money:
	"""The same amount written with `decimals` decimals, which must be enough for it."""
	return Money(f"{amount:.{decimals}f}")


def _exact(value: Any) -> Any:
	return Decimal(float.__repr__(value)) if isinstance(value, float) else value


def _money(value: Decimal) -> Money:
	return value if value is NotImplemented else Money(value)


def _pair(values: tuple[Decimal, Decimal]) -> tuple[Money, Money]:
	return values if values is NotImplemented else (Money(values[0]), Money(values[1]))


def _as_json(amount: Decimal) -> float | int | str:
	"""A JSON number where that loses nothing, else a text."""
	number = int(amount) if amount == amount.to_integral_value() else float(amount)
	return number if Money(number) == amount else str(amount)


# An amount in a model.
Amount = Annotated[
	Money,
	PlainValidator(money),
	PlainSerializer(_as_json, when_used="json"),
	WithJsonSchema({"type": "number"}),
]
