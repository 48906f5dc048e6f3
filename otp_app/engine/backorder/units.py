"""What gets one date together: an order line, a bundle with its components, or an order that is shipped complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from otp_app.engine.backorder.rules import (
	DESCENDING,
	RANKS,
	BackorderRules,
	Segment,
	Sort,
	Strategy,
)
from otp_app.engine.backorder.shelf import Shelf
from otp_app.engine.backorder.ways import Way
from otp_app.engine.facts import Item, OpenLine, Snapshot
from otp_app.engine.messages import Message
from otp_app.engine.policy import Shipment


@dataclass(slots=True, eq=False)
class Need:
	"""What a unit takes from one shelf, in stock units; from day number `ordered` on it can be bought or made."""

	shelf: Shelf
	way: Way
	qty: float
	ordered: int | None
	taken: bool = False

	def fits(self, day: int) -> bool:
		"""Whether it can be there on a day."""
		return (self.ordered is not None and day >= self.ordered) or self.shelf.fits(self.qty, day)


@dataclass(slots=True, eq=False)
class Unit:
	"""Lines with one date. Days are day numbers; `confirmed` and `date` are None where there is no promise.

	`keeps` is the date that it may keep: the confirmed one, or, where that has passed, the soonest there is. `wish` is
	what it may gain at best: what was asked for, or the soonest there is, but nothing worse than what it has. What is in no
	segment has the strategy Skip.
	"""

	lines: list[OpenLine]
	needs: list[Need]
	segment: Segment | None
	strategy: Strategy
	requested: int
	confirmed: int | None
	keeps: int | None
	wish: int
	date: int | None = None
	exception: bool = False
	reasons: list[Message] = field(default_factory=list)

	@property
	def order(self) -> str:
		"""Its Sales Order."""
		return self.lines[0].order

	@property
	def late(self) -> bool:
		"""Whether it is later than asked for or confirmed, or not promised at all."""
		return self.late_on(self.date)

	def late_on(self, date: int | None) -> bool:
		"""Whether it would be so on a date."""
		return date is None or date > self.requested or (self.confirmed is not None and date > self.confirmed)


def grouped(snapshot: Snapshot) -> Iterator[list[OpenLine]]:
	"""The open lines of each unit, in the order of orders and their rows, whatever order they were read in.

	An order is shipped complete if its policy, else the site's, says so, and one date was asked for all of it.
	"""
	orders: dict[str, list[OpenLine]] = {}
	for line in snapshot.open_lines:
		orders.setdefault(line.order, []).append(line)
	for _, lines in sorted(orders.items()):
		if len(lines) == 1:
			yield lines
			continue
		lines.sort(key=_position)
		policy = lines[0].shipment or snapshot.settings.shipment
		if policy is Shipment.COMPLETE and len({line.requested for line in lines}) == 1:
			yield lines
		else:
			yield from by_row(lines)


def _position(line: OpenLine) -> tuple[int, str, str, str, float]:
	return (line.idx, line.row, line.item_code, line.warehouse, line.qty)


def by_row(lines: Iterable[OpenLine]) -> Iterator[list[OpenLine]]:
	"""The lines of each row of an order: those of a bundle stay together."""
	rows: dict[str, list[OpenLine]] = {}
	for line in lines:
		rows.setdefault(line.row, []).append(line)
	yield from rows.values()


def last_confirmed(lines: list[OpenLine]) -> int | None:
	"""The last confirmed date; None where one line has none."""
	last = 0
	for line in lines:
		if line.confirmed is None:
			return None
		last = max(last, line.confirmed.toordinal())
	return last


def fits(unit: Unit, date: int) -> bool:
	"""Whether all that a unit needs can be there for a date."""
	for need in unit.needs:  # noqa: SIM110 - a generator takes twice as long
		if not need.fits(need.way.needed[date]):
			return False
	return True


def put(unit: Unit, date: int) -> None:
	"""Takes what a unit needs for a date from the shelves; what is to be bought or made takes nothing."""
	unit.date = date
	for need in unit.needs:
		day = need.way.needed[date]
		need.taken = need.ordered is None or day < need.ordered
		if need.taken:
			need.shelf.take(unit, need.qty, day)


def lift(unit: Unit) -> None:
	"""Undoes `put`."""
	unit.date = None
	for need in unit.needs:
		if need.taken:
			need.shelf.give_back(unit, need.qty)
			need.taken = False


class Sorter:
	"""Assigns units to segments, and puts them in the order in which they are served."""

	def __init__(self, rules: BackorderRules, items: Mapping[str, Item]) -> None:
		self.rules = rules
		self._tests = [segment.tests(items, rules.priorities) for segment in rules.segments]

	def segment(self, lines: list[OpenLine]) -> int | None:
		"""The number of the first segment that one of the lines matches: what is shipped together stays together."""
		for number, tests in enumerate(self._tests):
			for line in lines:
				for test in tests:
					if not test(line):
						break
				else:
					return number
		return None

	def served(self, members: dict[int, list[Unit]]) -> list[Unit]:
		"""The units of all segments, by strategy, then by segment, then as the segment sorts them."""
		segments = self.rules.segments
		answer: list[Unit] = []
		for number in sorted(members, key=lambda number: (RANKS[segments[number].strategy], number)):
			units = members[number]
			# Sorting is stable: the last key goes first. They came by order and row, which breaks ties.
			for key in reversed(segments[number].sort):
				sort = Sort(key.removeprefix("-"))
				backwards = key.startswith("-") is not (sort in DESCENDING)
				units.sort(key=self._key(sort), reverse=backwards)
			answer += units
		return answer

	def _key(self, sort: Sort) -> Callable[[Unit], Any]:
		"""What units are sorted by."""
		if sort is Sort.PRIORITY:
			priority = self.rules.priorities.of
			return lambda unit: max([priority(line) for line in unit.lines])
		if sort is Sort.CUSTOMER:
			return lambda unit: unit.lines[0].customer or ""
		if sort is Sort.REQUESTED:
			return attrgetter("requested")
		if sort is Sort.ORDERED_ON:
			return lambda unit: unit.lines[0].ordered_on
		return lambda unit: sum([line.value for line in unit.lines if line.value is not None], Decimal(0))
