"""Who goes before whom, and what may happen to whom: segments, each with a filter, an order and a strategy.

The strategies are SAP's confirmation strategies of backorder processing, under their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from otp_app.engine.facts import Item, OpenLine
from otp_app.engine.problems import MALFORMED, Problem, RequestRefused
from otp_app.engine.request import Day, Days, Text, problem_of


class Strategy(str, Enum):
	"""What backorder processing may do with a line; the order is that in which they are served."""

	# On time in full, or an exception.
	WIN = "win"
	# Keeps at least what it has, and may get better.
	GAIN = "gain"
	# May get better or worse.
	REDISTRIBUTE = "redistribute"
	# Gets nothing better, keeps what it has unless others need it.
	FILL = "fill"
	# Gives up all that it has.
	LOSE = "lose"
	# Is left as it is.
	SKIP = "skip"


RANKS = {strategy: rank for rank, strategy in enumerate(Strategy)}


class Sort(str, Enum):
	"""What lines of a segment are ordered by; with a minus, the other way round."""

	PRIORITY = "priority"
	CUSTOMER = "customer"
	REQUESTED = "requested"
	ORDERED_ON = "ordered_on"
	VALUE = "value"


Test = Callable[[OpenLine], bool]
# The higher goes first, unless a minus says otherwise.
DESCENDING = frozenset({Sort.PRIORITY, Sort.VALUE})
DEFAULT_SORT = ("priority", "requested", "ordered_on")


class _Part(BaseModel):
	model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Texts = Annotated[frozenset[Text], Field(min_length=1)]


class Segment(_Part):
	"""Lines that match every filter that is given, in the order of `sort`.

	`value` limits are those of a line, in the company's currency; a line whose value is not known is worth nothing.
	"""

	name: Text | None = None
	strategy: Strategy
	customers: Texts | None = None
	customer_groups: Texts | None = None
	territories: Texts | None = None
	items: Texts | None = None
	item_groups: Texts | None = None
	warehouses: Texts | None = None
	orders: Texts | None = None
	requested_before: Day | None = None
	ordered_before: Day | None = None
	minimum_value: Decimal | None = None
	minimum_priority: int | None = None
	sort: tuple[Text, ...] = DEFAULT_SORT

	@field_validator("sort")
	@classmethod
	def _known(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
		known = [key.value for key in Sort]
		if wrong := [key for key in keys if key.removeprefix("-") not in known]:
			raise PydanticCustomError(
				"sort",
				"{key} is nothing to sort by; use {known}, with a minus for the other way round",
				{"key": wrong[0], "known": ", ".join(known)},
			)
		return keys

	@property
	def title(self) -> str:
		"""What it is called: its name, else its strategy."""
		return self.name or self.strategy.value

	def tests(self, items: Mapping[str, Item], priorities: Priorities) -> list[Test]:
		"""What a line must pass to belong to it, one test for each filter that is given."""
		tests: list[Test] = [
			partial(_is_one_of, attrgetter(name), names)
			for name, names in (
				("customer", self.customers),
				("customer_group", self.customer_groups),
				("territory", self.territories),
				("warehouse", self.warehouses),
				("order", self.orders),
			)
			if names is not None
		]
		if self.items is not None:
			codes = self.items
			tests.append(lambda line: line.item_code in codes or line.bundle in codes)
		if self.item_groups is not None:
			groups = self.item_groups
			tests.append(lambda line: line.item_code in items and items[line.item_code].item_group in groups)
		if self.requested_before is not None:
			asked = self.requested_before
			tests.append(lambda line: line.requested < asked)
		if self.ordered_before is not None:
			ordered = self.ordered_before
			tests.append(lambda line: line.ordered_on < ordered)
		if self.minimum_value is not None:
			value = self.minimum_value
			tests.append(lambda line: (line.value or Decimal(0)) >= value)
		if self.minimum_priority is not None:
			priority = self.minimum_priority
			tests.append(lambda line: priorities.of(line) >= priority)
		return tests


def _is_one_of(of: Callable[[OpenLine], str | None], names: frozenset[str], line: OpenLine) -> bool:
	return of(line) in names


class Priorities(_Part):
	"""Priorities by customer, else customer group, else territory: ERPNext's orders have none of their own."""

	customers: dict[Text, int] = {}
	customer_groups: dict[Text, int] = {}
	territories: dict[Text, int] = {}

	def of(self, line: OpenLine) -> int:
		"""A line's own priority, else that of its customer, group or territory, else 0."""
		if line.priority is not None:
			return line.priority
		for known, name in (
			(self.customers, line.customer),
			(self.customer_groups, line.customer_group),
			(self.territories, line.territory),
		):
			if name in known:
				return known[name]
		return 0


class BackorderRules(_Part):
	"""A line belongs to the first segment that it matches; one that matches none stays as it is.

	A date is moved to a better one only when that is at least `least_gain_days` calendar days better, or makes a Win
	line on time.
	"""

	segments: tuple[Segment, ...]
	priorities: Priorities = Priorities()
	least_gain_days: Days = 1

	@field_validator("segments")
	@classmethod
	def _some(cls, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
		if not segments:
			raise PydanticCustomError("no_segments", "give at least one segment")
		return segments


def everything(strategy: Strategy, *, name: str | None = None) -> BackorderRules:
	"""All lines in one segment."""
	return BackorderRules(segments=(Segment(name=name, strategy=strategy),))


def parse_rules(payload: Mapping[str, Any]) -> BackorderRules:
	"""The rules in `payload` (JSON values). Raises RequestRefused with every problem that they have."""
	if not isinstance(payload, Mapping):
		raise RequestRefused([Problem("MALFORMED", "rules must be an object.", None, MALFORMED)])
	try:
		return BackorderRules.model_validate(payload)
	except ValidationError as error:
		details = error.errors(include_url=False)
		raise RequestRefused([problem_of(detail, "backorder rules") for detail in details]) from error
