"""JSON as Molam speaks it: amounts are exact JSON numbers, written with the digits that they have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from .money import Money


def encode(value: object) -> bytes:
	"""`value` as JSON. Raises TypeError or ValueError for what JSON has no word for (NaN, infinity, objects)."""
	try:
		return _text(value).encode("ascii")
	except RecursionError:
		raise ValueError("nested too deeply") from None


def decode(body: bytes) -> Any:
	"""The value of a JSON text, its fractions as exact Money. Raises ValueError for anything else."""
	try:
		return json.loads(body, parse_float=Money, parse_constant=_refuse)
	except (RecursionError, ArithmeticError):  # 1e99999999999999999999 is beyond every Decimal
		raise ValueError("nested too deeply, or a number out of bounds") from None


def _text(value: object) -> str:
	if isinstance(value, str):
		return quoted(value)
	if value is None or isinstance(value, bool):
		return _WORDS[value]
	if isinstance(value, int):
		return int.__repr__(value)
	if isinstance(value, float | Decimal):
		return _digits(value)
	return _container(value)


def _container(value: object) -> str:
	if isinstance(value, Mapping):
		return "{" + ",".join([f"{quoted(str(name))}:{_text(inner)}" for name, inner in value.items()]) + "}"
	if isinstance(value, list | tuple):
		return "[" + ",".join(map(_text, value)) + "]"
	raise TypeError(f"A {type(value).__name__} cannot be sent as JSON: give a text or a number")


def _digits(value: float | Decimal) -> str:
	if not math.isfinite(value):
		raise ValueError("Infinity and NaN cannot be sent as JSON")
	return float.__repr__(value) if isinstance(value, float) else f"{value:f}"


def _refuse(word: str) -> Any:
	raise ValueError(f"{word} is not JSON")


_WORDS = {None: "null", True: "true", False: "false"}
