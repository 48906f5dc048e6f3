"""What a run does to each order line, and what that comes to: improved, unchanged, worse, lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from otp_app.engine.backorder.rules import BackorderRules, Strategy
from otp_app.engine.backorder.units import Unit, by_row
from otp_app.engine.facts import OpenLine
from otp_app.engine.messages import Message, Translate


class Change(str, Enum):
	"""What becomes of a date. Improved: earlier, or there is one now; lost: there is none any more."""

	IMPROVED = "improved"
	UNCHANGED = "unchanged"
	WORSE = "worse"
	LOST = "lost"


def change(before: date | None, after: date | None) -> Change:
	"""From one date to another."""
	if before == after:
		return Change.UNCHANGED
	if after is None:
		return Change.LOST
	return Change.IMPROVED if before is None or after < before else Change.WORSE


@dataclass(frozen=True, slots=True)
class Outcome:
	"""A row of an order: `before` is its confirmed date, `after` the new one; None where there is no promise.

	A row of an order that is shipped complete has the dates of the order. `parts` has a line for each component of a
	bundle, else one. `exception`: its strategy's word could not be kept. `late`: later than asked for or confirmed, or
	not promised at all; each late one has reasons. `value` is in the company's currency, None where not known.
	"""

	parts: tuple[OpenLine, ...]
	segment: str | None
	strategy: Strategy
	requested: date
	before: date | None
	after: date | None
	exception: bool
	late: bool
	reasons: tuple[Message, ...]

	@property
	def line(self) -> OpenLine:
		"""The row's only line, or its first component."""
		return self.parts[0]

	@property
	def item_code(self) -> str:
		"""What was sold."""
		return self.line.bundle or self.line.item_code

	@property
	def change(self) -> Change:
		"""What becomes of its date."""
		return change(self.before, self.after)

	@property
	def value(self) -> Decimal | None:
		"""What of the row is still to be delivered."""
		return next((part.value for part in self.parts if part.value is not None), None)

	@property
	def kinds(self) -> frozenset[str]:
		"""What people filter by: its change, and whether it is late, or an exception."""
		told = (("late", self.late), ("exception", self.exception))
		return frozenset({self.change.value, *(name for name, is_so in told if is_so)})

	def as_dict(self, translate: Translate = str) -> dict[str, Any]:
		"""The outcome in JSON values, sentences in the language of `translate`."""
		return {
			"order": self.line.order,
			"row": self.line.row,
			"idx": self.line.idx,
			"item_code": self.item_code,
			"parts": [
				{"item_code": part.item_code, "warehouse": part.warehouse, "qty": part.qty}
				for part in self.parts
			],
			"customer": self.line.customer,
			"value": None if self.value is None else str(self.value),
			"segment": self.segment,
			"strategy": self.strategy.value,
			"requested": self.requested.isoformat(),
			"before": self.before.isoformat() if self.before else None,
			"after": self.after.isoformat() if self.after else None,
			"change": self.change.value,
			"late": self.late,
			"exception": self.exception,
			"reasons": [reason.as_dict(translate) for reason in self.reasons],
		}


@dataclass(frozen=True, slots=True)
class Tally:
	"""How many lines and orders, and what they are worth in the company's currency."""

	lines: int
	orders: int
	value: Decimal

	@classmethod
	def of(cls, found: Iterable[Outcome]) -> Tally:
		"""The sum of some outcomes."""
		rows = list(found)
		values = (row.value for row in rows if row.value is not None)
		return cls(len(rows), len({row.line.order for row in rows}), sum(values, Decimal(0)))

	def as_dict(self) -> dict[str, Any]:
		"""The tally in JSON values."""
		return {"lines": self.lines, "orders": self.orders, "value": str(self.value)}


Comparison = dict[Change, Tally]


def compare(found: Iterable[Outcome]) -> Comparison:
	"""What some outcomes come to, change by change."""
	rows: dict[Change, list[Outcome]] = {kind: [] for kind in Change}
	for outcome in found:
		rows[outcome.change].append(outcome)
	return {kind: Tally.of(of_kind) for kind, of_kind in rows.items()}


def compare_by(found: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, Comparison]:
	"""The same for each customer, or segment, by name."""
	rows: dict[str, list[Outcome]] = {}
	for outcome in found:
		rows.setdefault(key(outcome), []).append(outcome)
	return {name: compare(rows[name]) for name in sorted(rows)}


def customer_of(outcome: Outcome) -> str:
	"""The customer; empty where the facts leave customers out."""
	return outcome.line.customer or ""


def segment_of(outcome: Outcome) -> str:
	"""The segment; empty for what is in none."""
	return outcome.segment or ""


@dataclass(frozen=True, slots=True)
class Simulation:
	"""What a run would do; outcomes in the order in which lines are served, those left as they are last."""

	rules: BackorderRules
	now: datetime
	outcomes: tuple[Outcome, ...]

	@property
	def comparison(self) -> Comparison:
		"""What it comes to."""
		return compare(self.outcomes)

	@property
	def late(self) -> tuple[Outcome, ...]:
		"""The lines that are late."""
		return tuple(outcome for outcome in self.outcomes if outcome.late)

	@property
	def explained(self) -> float:
		"""The share of late lines that have a reason, 0 to 1."""
		late = self.late
		return sum(bool(outcome.reasons) for outcome in late) / len(late) if late else 1.0

	def book(self) -> tuple[OpenLine, ...]:
		"""The open lines with their new dates."""
		return tuple(
			replace(part, confirmed=outcome.after) for outcome in self.outcomes for part in outcome.parts
		)

	def as_dict(self, translate: Translate = str) -> dict[str, Any]:
		"""The simulation in JSON values."""
		return {
			"calculated_at": self.now.isoformat(),
			"comparison": _told(self.comparison),
			"by_segment": {name: _told(c) for name, c in compare_by(self.outcomes, segment_of).items()},
			"by_customer": {name: _told(c) for name, c in compare_by(self.outcomes, customer_of).items()},
			"late": {"lines": len(self.late), "explained": self.explained},
			"lines": [outcome.as_dict(translate) for outcome in self.outcomes],
		}


def _told(comparison: Comparison) -> dict[str, Any]:
	return {kind.value: tally.as_dict() for kind, tally in comparison.items()}


def outcomes(units: Iterable[Unit]) -> Iterator[Outcome]:
	"""The outcome of each row of some units."""
	dates: dict[int | None, date | None] = {None: None}
	for unit in units:
		for day in (unit.confirmed, unit.date):
			if day is not None and day not in dates:
				dates[day] = date.fromordinal(day)
		title = unit.segment.title if unit.segment else None
		requested, before, after = unit.lines[0].requested, dates[unit.confirmed], dates[unit.date]
		reasons, late = tuple(unit.reasons), unit.late
		for row in [unit.lines] if len(unit.lines) == 1 else by_row(unit.lines):
			yield Outcome(
				tuple(row), title, unit.strategy, requested, before, after, unit.exception, late, reasons
			)
