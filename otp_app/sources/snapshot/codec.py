"""A fact's fields as the cells of a row, and back, by the types that the dataclass declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache, partial
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Decoder = Callable[[Any], Any]
COLUMN_TYPES = {int: "INTEGER", bool: "INTEGER", float: "REAL"}
# SQLite gives these back as they were.
NATIVE = (str, int, float)


def plain(value: Any) -> Any:
	"""A fact's value as JSON has it."""
	if isinstance(value, Enum):
		return value.value
	if isinstance(value, date | time):
		return value.isoformat()
	if isinstance(value, Decimal):
		return str(value)
	if isinstance(value, frozenset):
		return sorted(plain(part) for part in value)
	if isinstance(value, tuple):
		return [plain(part) for part in value]
	if isinstance(value, Mapping):
		return {plain(name): plain(part) for name, part in sorted(value.items())}
	if is_dataclass(value):
		return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
	return value


def cell(value: object) -> str | int | float | None:
	"""A fact's value as a column holds it; what has parts is JSON text."""
	simple: str | int | float | list[Any] | dict[str, Any] | None = plain(value)
	return json.dumps(simple, ensure_ascii=False) if isinstance(simple, list | dict) else simple


def column_type(hint: Any) -> str:
	"""The SQL type of a column for values of a type."""
	present, optional = _without_none(hint)
	kind = COLUMN_TYPES.get(present, "TEXT")
	return kind if optional else f"{kind} NOT NULL"


@cache
def cell_decoders(fact: Any) -> tuple[Decoder | None, ...]:
	"""How to read each column of a fact's row; None where the cell is the value."""
	hints = get_type_hints(fact)
	return tuple(_cell_decoder(hints[f.name]) for f in fields(fact))


def _cell_decoder(hint: Any) -> Decoder | None:
	present, _ = _without_none(hint)
	if present in NATIVE:
		return None
	decode = decoder(hint)
	if get_origin(present) is None and not is_dataclass(present):
		return decode
	# Most lists of most facts are the same few: empty ones.
	known = lru_cache(maxsize=1024)(lambda text: decode(json.loads(text)))
	return lambda text: None if text is None else known(text)


@cache
def decoder(hint: Any) -> Decoder:
	"""The inverse of `plain` for values of a type. It raises ValueError, KeyError or TypeError on other values."""
	present, optional = _without_none(hint)
	decode = _decoder_of_present(present)
	return (lambda value: None if value is None else decode(value)) if optional else decode


def _decoder_of_present(hint: Any) -> Decoder:
	if get_origin(hint) is frozenset:
		return partial(_many, frozenset, decoder(get_args(hint)[0]))
	if get_origin(hint) is tuple:
		return _tuple_decoder(get_args(hint))
	if get_origin(hint) is Mapping:
		return _mapping_decoder(*map(decoder, get_args(hint)))
	if is_dataclass(hint):
		return partial(_object, hint)
	if issubclass(hint, date | time):
		return partial(hint.fromisoformat)
	return partial(hint)


def _tuple_decoder(parts: tuple[Any, ...]) -> Decoder:
	if parts[-1] is Ellipsis:
		return partial(_many, tuple, decoder(parts[0]))
	decoders = [decoder(part) for part in parts]
	return lambda values: tuple(decode(value) for decode, value in zip(decoders, values, strict=True))


def _mapping_decoder(name: Decoder, part: Decoder) -> Decoder:
	return lambda values: {name(key): part(value) for key, value in values.items()}


def _many(collection: Callable[[Any], Any], decode: Decoder, values: list[Any]) -> Any:
	return collection(map(decode, values))


def _object(fact: Any, values: Mapping[str, Any]) -> Any:
	decoders = _field_decoders(fact)
	return fact(**{name: decoders[name](value) for name, value in values.items()})


@cache
def _field_decoders(fact: Any) -> dict[str, Decoder]:
	hints = get_type_hints(fact)
	return {f.name: decoder(hints[f.name]) for f in fields(fact)}


def _without_none(hint: Any) -> tuple[Any, bool]:
	"""A type without its None, and whether it had one."""
	if get_origin(hint) not in (Union, UnionType):
		return hint, False
	(present,) = (part for part in get_args(hint) if part is not type(None))
	return present, True
