"""JSON schemas of requests: of the engine's own model, with what it takes besides (numbers as text, say)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from otp_app.engine.request import MAX_LINES, WEEKDAYS, PromiseRequest
from otp_app.promises.looking.questions import MAX_LIMIT, MAX_START, PROMISE_STATUSES, SORTABLE, STATUSES
from otp_app.service.answer_schemas import Schema, list_of, object_of, or_null, ref

# Something that is no blank; U+0085 is one to the engine, and none to regular expressions of JSON Schema.
NOT_BLANK = r"[^\s\u0085]"
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 140, "pattern": NOT_BLANK}
DAY: Schema = {"type": "string", "format": "date"}
# Numbers may be texts: days, a share between 0 and 1, more than nothing, any amount.
DAYS_AS_TEXT = r"^([0-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-5])$"
SHARE_AS_TEXT = r"^0?\.[0-9]{0,9}[1-9]$"
QTY_AS_TEXT = r"^[1-9][0-9]{0,8}(\.[0-9]{1,6})?$"
AMOUNT_AS_TEXT = r"^[0-9]{1,9}$"
# What pydantic takes for true and false besides JSON's own.
TRUTH_AS_WORDS: Schema = {
	"enum": [0, 1, "0", "1", "true", "false", "yes", "no", "on", "off", "t", "f", "y", "n"]
}
CUTOFF: Schema = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}
# Parts of the engine's model whose limits JSON Schema has other words for.
LIMITS: Mapping[str, str] = {
	"gt": "exclusiveMinimum",
	"ge": "minimum",
	"lt": "exclusiveMaximum",
	"le": "maximum",
}


def request_schemas() -> dict[str, Schema]:
	"""The schemas of a promise request and of all that it is made of, by name."""
	whole = PromiseRequest.model_json_schema(ref_template="#/components/schemas/{model}")
	found: dict[str, Schema] = whole.pop("$defs")
	fields = whole["properties"]
	del fields["agreed"]
	fields["items"] |= {"minItems": 1, "maxItems": MAX_LINES}
	fields["rules"] = or_null(ref("Rules"))
	rules = found["Rules"]["properties"]
	rules["timezone"] = or_null({"type": "string", "enum": sorted(available_timezones())})
	rules["weekend_days"] = or_null(list_of({"type": "string", "enum": list(WEEKDAYS)}) | {"maxItems": 6})
	rules["cutoff_time"] = or_null(CUTOFF)
	found["PromiseRequest"] = whole
	return {name: _as_taken(schema) for name, schema in found.items()}


def _as_taken(schema: Any) -> Any:
	"""A schema with standard words for its limits, and with what the model takes besides."""
	if isinstance(schema, list):
		return [_as_taken(part) for part in schema]
	if not isinstance(schema, dict):
		return schema
	kept: Schema = {
		LIMITS.get(name, name): _as_taken(part)
		for name, part in schema.items()
		if name not in ("title", "default")
	}
	kind = kept.get("type")
	if kind == "boolean":
		return {"anyOf": [kept, TRUTH_AS_WORDS]}
	if kind in ("number", "integer"):
		return {"anyOf": [kept, {"type": "string", "pattern": _as_text(kept)}]}
	if kind == "string" and "minLength" in kept:
		return kept | {"pattern": NOT_BLANK}
	return kept


def _as_text(schema: Schema) -> str:
	"""How a number with these limits is written as a text."""
	if schema["type"] == "integer":
		return DAYS_AS_TEXT
	if "exclusiveMaximum" in schema:
		return SHARE_AS_TEXT
	return QTY_AS_TEXT if "exclusiveMinimum" in schema else AMOUNT_AS_TEXT


def other_bodies() -> dict[str, Schema]:
	"""The bodies of apply and procurement-suggest."""
	fields = request_schemas()["PromiseRequest"]["properties"]
	document = {"sales_order": or_null(NAME), "quotation": or_null(NAME)}
	apply = object_of(
		{},
		{
			**document,
			"rules": fields["rules"],
			"expected_date": or_null(DAY),
			"change": or_null({"type": "object"}),
		},
	)
	own = {name: fields[name] for name in ("customer", "desired_date", "rules", "company")}
	procurement = object_of(
		{},
		{
			**document,
			"items": or_null(fields["items"]),
			**own,
			"create": or_null({"type": "string", "enum": ["Material Request", "Purchase Order"]}),
		},
	)
	closed = {"additionalProperties": False}
	needed = {"items": fields["items"], "sales_order": NAME, "quotation": NAME}
	one_of_them = {"anyOf": [object_of({name: schema}) for name, schema in needed.items()]}
	return {"ApplyRequest": apply | closed, "ProcurementRequest": procurement | closed | one_of_them}


# A parameter of the address may be empty, which is as if it were not there.
ANY_NAME: Schema = {"type": "string", "maxLength": 140}
ANY_DAY: Schema = {"type": "string", "anyOf": [{"format": "date"}, {"maxLength": 0}]}
ANY_TRUTH: Schema = {"type": "string", "enum": ["", "true", "false", "1", "0", "yes", "no"]}
SOME_CODES: Schema = {
	"type": "array",
	"items": {"type": "string", "maxLength": 140, "pattern": r"[^\s,\u0085\u001c-\u001f]"},
	"minItems": 1,
	"maxItems": 100,
}


def order_parameters() -> list[Schema]:
	"""The parameters of the list of Sales Orders."""
	orders = [f"{name}{direction}" for name in SORTABLE for direction in ("", " asc", " desc")]
	return [
		parameter("customer", ANY_NAME, "Orders of this customer."),
		parameter("company", ANY_NAME, "Orders of this company."),
		parameter("status", list_of(_one_of(*STATUSES)), "One or several."),
		parameter("promise_status", list_of(_one_of(*PROMISE_STATUSES)), "One or several."),
		parameter("from_date", ANY_DAY, "Promised on this day or later."),
		parameter("to_date", ANY_DAY, "Promised on this day or earlier."),
		parameter("at_risk", ANY_TRUTH, "Only those at risk, or only the others."),
		parameter("search", ANY_NAME, "A part of the order's name, or the customer's."),
		parameter("order_by", _one_of(*orders), "What to sort by."),
		parameter("limit", _whole(1, MAX_LIMIT), "Orders on a page (50)."),
		parameter("start", _whole(0, MAX_START), "Orders to leave out."),
	]


def stock_parameters() -> list[Schema]:
	"""The parameters of item stock."""
	codes = parameter("item_code", SOME_CODES, "One or several items; not needed with a sales_order.")
	return [
		codes | {"required": True, "example": ["City Bike 28"]},
		parameter("warehouse", ANY_NAME, "Only there; a group means all below it."),
		parameter("sales_order", ANY_NAME, "An order whose own commitments do not count."),
		parameter("quotation", ANY_NAME, "The same, a Quotation."),
		parameter("documents", ANY_TRUTH, "Every dated event, too."),
	]


def _one_of(*words: str) -> Schema:
	return {"type": "string", "enum": ["", *words]}


def _whole(least: int, most: int) -> Schema:
	return {
		"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, {"type": "string", "maxLength": 0}]
	}


def parameter(name: str, schema: Schema, text: str) -> Schema:
	"""A parameter of the address."""
	return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
