"""JSON schemas of answers, made of the dataclasses that the answers are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from otp_app.engine.messages import Message
from otp_app.engine.promise import Document, Option, Promise

Schema = dict[str, Any]
PLAIN: Mapping[Any, Schema] = {
	str: {"type": "string"},
	bool: {"type": "boolean"},
	int: {"type": "integer"},
	float: {"type": "number"},
	date: {"type": "string", "format": "date"},
	datetime: {"type": "string", "format": "date-time"},
}
TEXT, DATE, NUMBER = PLAIN[str], PLAIN[date], PLAIN[float]


def ref(name: str) -> Schema:
	"""A schema by its name."""
	return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
	"""The same, or null."""
	return {"anyOf": [schema, {"type": "null"}]}


def object_of(properties: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
	"""An object that always has `properties`, and may have the `optional` ones."""
	return {
		"type": "object",
		"properties": {**properties, **(optional or {})},
		"required": list(properties),
	}


def list_of(schema: Schema) -> Schema:
	"""A list of any length."""
	return {"type": "array", "items": schema}


def promise_schemas() -> dict[str, Schema]:
	"""The schemas of a Promise and of all that it is made of, by name."""
	found = dict(_described(Promise, {}))
	found["Message"] = object_of(
		{"code": TEXT, "message": TEXT, "values": {"type": "object"}}, {"line": PLAIN[int]}
	)
	days = or_null(PLAIN[int])
	found["Option"] = object_of(
		{
			"type": TEXT,
			"description": TEXT,
			"impact": TEXT,
			"promise_date": or_null(DATE),
			"days_earlier": days,
			"change": {"type": "object"},
			"po_id": or_null(TEXT),
		}
	)
	return found


def _described(kind: Any, known: dict[str, Schema]) -> dict[str, Schema]:
	"""`known`, with the schema of a dataclass and of those that it names."""
	if kind.__name__ in known or kind in (Message, Option):
		return known
	# Its module names a Document to type checkers only.
	hints = get_type_hints(kind, localns={"Document": Document})
	# Set before its parts are described: a tree names itself.
	known[kind.__name__] = {}
	names = [field.name for field in fields(kind)]
	known[kind.__name__] |= object_of({name: _schema(hints[name]) for name in names})
	for part in {part for name in names for part in _dataclasses(hints[name])}:
		_described(part, known)
	return known


def _schema(hint: Any) -> Schema:
	if get_origin(hint) in (Union, UnionType):
		(present,) = (part for part in get_args(hint) if part is not type(None))
		return or_null(_schema(present))
	if get_origin(hint) is tuple:
		return list_of(_schema(get_args(hint)[0]))
	if is_dataclass(hint):
		return ref(hint.__name__)  # type: ignore[union-attr]
	if isinstance(hint, type) and issubclass(hint, Enum):
		return {"type": "string", "enum": [choice.value for choice in hint]}
	return PLAIN[hint]


def _dataclasses(hint: Any) -> Iterator[Any]:
	"""The dataclasses in a type."""
	if is_dataclass(hint):
		yield hint
	for part in get_args(hint):
		yield from _dataclasses(part)
