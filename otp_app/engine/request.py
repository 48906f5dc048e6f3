"""What a caller asks: the fields of the request, their limits, and how bad input is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from otp_app.engine.policy import BuildingRule, DesiredDateMode, Shipment, Sourcing
from otp_app.engine.problems import INVALID, MALFORMED, Problem, RequestRefused

MAX_LINES = 1000
MAX_QTY = 1e9
MAX_DAYS = 365
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _no_truth_value(value: object) -> object:
	if isinstance(value, bool):
		raise PydanticCustomError("float_type", "Input should be a valid number")
	return value


def _no_timestamp(value: object) -> object:
	"""pydantic would take 86400 for a date, in seconds since 1970."""
	if isinstance(value, date) or (isinstance(value, str) and value.count("-") > 1):
		return value
	raise PydanticCustomError("date_type", "Input should be a valid date")


Days = Annotated[int, BeforeValidator(_no_truth_value), Field(ge=0, le=MAX_DAYS)]
Number = Annotated[float, BeforeValidator(_no_truth_value), Field(allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_no_timestamp)]
Text = Annotated[str, Field(min_length=1, max_length=140)]


class _Part(BaseModel):
	model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class OrderLine(_Part):
	"""`qty` of an item in `uom` (default: stock UOM), from `warehouse` (a group means any below it).

	`delivered_by_supplier`: whether to drop-ship this line, whatever the item says.
	"""

	item_code: Text
	qty: Annotated[Number, Field(gt=0, le=MAX_QTY)]
	warehouse: Text | None = None
	uom: Text | None = None
	desired_date: Day | None = None
	delivered_by_supplier: bool | None = None


class Rules(_Part):
	"""What this request wants otherwise than the site's settings; a field left out keeps the setting.

	`weekend_days` replaces the holiday lists altogether. Days are working days; `minimum_split` is in stock units. The last four
	are of docs/sourcing.md: whether a line's warehouse is fixed, whether other items may be sent, and stock be fetched from other
	warehouses, and which of the alternatives is taken.
	"""

	no_weekends: bool | None = None
	weekend_days: tuple[Text, ...] | None = None
	cutoff_time: time | None = None
	timezone: Text | None = None
	lead_time_buffer_days: Days | None = None
	processing_lead_time_days: Days | None = None
	desired_date_mode: DesiredDateMode | None = None
	shipment: Shipment | None = None
	minimum_split: Annotated[Number, Field(ge=0, le=MAX_QTY)] | None = None
	service_level: Annotated[Number, Field(gt=0, lt=1)] | None = None
	sourcing: Sourcing | None = None
	substitution: bool | None = None
	transfers: bool | None = None
	building_rule: BuildingRule | None = None

	@field_validator("timezone")
	@classmethod
	def _known_timezone(cls, name: str | None) -> str | None:
		if name is not None:
			try:
				ZoneInfo(name)
			except (OSError, ValueError, KeyError) as error:
				raise PydanticCustomError(
					"timezone", "{name} is no time zone; use a name such as Europe/Paris", {"name": name}
				) from error
		return name

	@field_validator("cutoff_time")
	@classmethod
	def _no_offset(cls, cutoff: time | None) -> time | None:
		if cutoff is not None and cutoff.tzinfo is not None:
			raise PydanticCustomError("cutoff", "write the cutoff as HH:MM, and its zone in rules.timezone")
		return cutoff

	@field_validator("weekend_days")
	@classmethod
	def _leaves_a_working_day(cls, days: tuple[str, ...] | None) -> tuple[str, ...] | None:
		if days is None:
			return None
		if unknown := [day for day in days if day not in WEEKDAYS]:
			raise PydanticCustomError(
				"weekday", "{day} is no weekday; use Monday to Sunday", {"day": unknown[0]}
			)
		if len(set(days)) == len(WEEKDAYS):
			raise PydanticCustomError("weekday", "leave at least one working day in the week")
		return days


class PromiseRequest(_Part):
	"""An order to promise. Without a `company`, it is that of the lines' warehouses.

	`channel` is the sales channel that it comes through. `agreed`: the customer has been told the desired dates, so that
	lines count against quotas on them, each as a whole, even if they could be delivered sooner.
	"""

	customer: Text | None = None
	company: Text | None = None
	items: tuple[OrderLine, ...]
	desired_date: Day | None = None
	channel: Text | None = None
	agreed: bool = False
	rules: Rules = Rules()

	@field_validator("items")
	@classmethod
	def _has_lines(cls, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
		if not lines:
			raise PydanticCustomError("no_lines", "give at least one line")
		return lines

	def desired_for(self, line: OrderLine) -> date | None:
		"""The line's own desired date, else the order's."""
		return line.desired_date or self.desired_date


@dataclass(frozen=True, slots=True)
class _Rendering:
	code: str
	message: str
	status: int = INVALID


# pydantic's error types -> what the caller is told; `{...}` are the error's own context and input.
_RENDERINGS = {
	"missing": _Rendering("MISSING_FIELD", "{field} is missing: give a value."),
	"extra_forbidden": _Rendering("UNKNOWN_FIELD", "{field} is not a field of {whole}: check its spelling."),
	"model_type": _Rendering("MALFORMED", "{field} must be an object.", MALFORMED),
	"model_attributes_type": _Rendering("MALFORMED", "{field} must be an object.", MALFORMED),
	"tuple_type": _Rendering("MALFORMED", "{field} must be a list.", MALFORMED),
	"float_type": _Rendering("NOT_A_NUMBER", "{field} must be a number, not {input}."),
	"float_parsing": _Rendering("NOT_A_NUMBER", "{field} must be a number, not {input}."),
	"finite_number": _Rendering("NOT_A_NUMBER", "{field} must be a finite number, not {input}."),
	"int_type": _Rendering("NOT_A_NUMBER", "{field} must be a whole number, not {input}."),
	"int_parsing": _Rendering("NOT_A_NUMBER", "{field} must be a whole number, not {input}."),
	"int_from_float": _Rendering("NOT_A_NUMBER", "{field} must be a whole number, not {input}."),
	"greater_than": _Rendering("OUT_OF_RANGE", "{field} must be more than {gt:g}, not {input}."),
	"less_than": _Rendering("OUT_OF_RANGE", "{field} must be less than {lt:g}, not {input}."),
	"greater_than_equal": _Rendering("OUT_OF_RANGE", "{field} must be at least {ge:g}, not {input}."),
	"less_than_equal": _Rendering("OUT_OF_RANGE", "{field} must be at most {le:.0f}, not {input}."),
	"no_lines": _Rendering("NO_ITEMS", "{field} is empty: give at least one line."),
	"enum": _Rendering("INVALID_CHOICE", "{field} must be {expected}, not {input}."),
	"string_type": _Rendering("INVALID_VALUE", "{field} must be a text, not {input}."),
	"string_too_short": _Rendering("MISSING_FIELD", "{field} is empty: give a value."),
	"date_from_datetime_parsing": _Rendering(
		"INVALID_DATE", "{field} must be a date such as 2026-03-31, not {input}."
	),
	"date_from_datetime_inexact": _Rendering(
		"INVALID_DATE", "{field} must be a date such as 2026-03-31, not {input}."
	),
	"date_type": _Rendering("INVALID_DATE", "{field} must be a date such as 2026-03-31, not {input}."),
	"time_parsing": _Rendering("INVALID_TIME", "{field} must be a time such as 14:00, not {input}."),
	"time_type": _Rendering("INVALID_TIME", "{field} must be a time such as 14:00, not {input}."),
}


def parse(payload: Mapping[str, Any]) -> PromiseRequest:
	"""The request in `payload` (JSON values). Raises RequestRefused with every problem that its form has."""
	if not isinstance(payload, Mapping):
		raise RequestRefused([Problem("MALFORMED", "request must be an object.", None, MALFORMED)])
	payload = {name: value for name, value in payload.items() if value is not None}
	lines = payload.get("items")
	if isinstance(lines, list | tuple) and len(lines) > MAX_LINES:
		raise RequestRefused([_too_many(len(lines))])
	try:
		return PromiseRequest.model_validate(payload)
	except ValidationError as error:
		raise RequestRefused([problem_of(detail) for detail in error.errors(include_url=False)]) from error


def _too_many(count: int) -> Problem:
	return Problem(
		"TOO_MANY_LINES",
		f"items has {count} lines; one request takes at most {MAX_LINES}: split the order.",
		"items",
	)


def problem_of(detail: ErrorDetails, whole: str = "a promise request") -> Problem:
	"""What pydantic found wrong with a part of `whole`, as the caller is told it."""
	field = _path(detail["loc"])
	rendering = _RENDERINGS.get(detail["type"])
	if rendering is None:
		return Problem("INVALID_VALUE", f"{field}: {detail['msg']}.", field)
	values = {"field": field, "whole": whole, "input": _shown(detail["input"]), **detail.get("ctx", {})}
	return Problem(rendering.code, rendering.message.format(**values), field, rendering.status)


def _path(location: tuple[int | str, ...]) -> str:
	"""`("items", 2, "qty")` as `items[2].qty`."""
	steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in location]
	return "".join(steps).lstrip(".") or "request"


def _shown(value: object) -> str:
	text = repr(value)
	return text if len(text) <= 40 else text[:37] + "..."
