"""A backorder processing run, as a simulation: every open line promised again, nothing touched.

First the lines that are left as they are take what they need. Then Win and Gain lines take what keeps the date they
have: nobody may break it. Then each strategy in turn, best first, gives its lines what is left: Win and Gain may get
better, Redistribute lines are promised anew, Fill lines keep what they can, Lose lines get nothing. Once all lines have
their new dates, another run changes nothing: what a line could not have before, others still have.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from otp_app.engine.backorder.outcome import Simulation, outcomes
from otp_app.engine.backorder.reasons import Teller
from otp_app.engine.backorder.rules import BackorderRules, Strategy
from otp_app.engine.backorder.shelf import Shelf
from otp_app.engine.backorder.units import Need, Sorter, Unit, by_row, grouped
from otp_app.engine.backorder.ways import Ways
from otp_app.engine.books import Books
from otp_app.engine.facts import CommitmentKind, Item, OpenLine, Snapshot, Warehouse
from otp_app.engine.lead_times import replenishment
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms

# The commitments that are told apart as open lines.
BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)
KEEPING = (Strategy.WIN, Strategy.GAIN)


def simulate(snapshot: Snapshot, rules: BackorderRules, now: datetime) -> Simulation:
	"""What a run would do to every open line of a snapshot; `now` is aware.

	Raises ValueError for a `now` without a time zone, and NoWorkingDay for a calendar that has none.
	"""
	if now.tzinfo is None:
		raise ValueError("`now` needs a time zone: without one it would be the machine's.")
	with _no_collecting():
		run = _Run.of(snapshot, rules, Terms(snapshot, Rules(), now))
		run.serve()
		return Simulation(rules, now, tuple(outcomes(run.units)))


@contextmanager
def _no_collecting() -> Iterator[None]:
	"""Pauses Python's collector: all that a run makes lives to its end, and looking for garbage takes a third of the time."""
	collecting = gc.isenabled()
	gc.disable()
	try:
		yield
	finally:
		if collecting:
			gc.enable()


@dataclass
class _Run:
	rules: BackorderRules
	terms: Terms
	books: Books
	ways: Ways
	shelves: dict[tuple[str, str], Shelf]
	today: int
	horizon: int
	# In the order in which they are served, and those that are left as they are.
	served: list[Unit]
	left: list[Unit]
	teller: Teller

	@classmethod
	def of(cls, snapshot: Snapshot, rules: BackorderRules, terms: Terms) -> _Run:
		others = tuple(c for c in snapshot.commitments if c.kind not in BOOK or c.withheld)
		books = Books.of(replace(snapshot, commitments=others), terms)
		today, horizon = terms.today.toordinal(), terms.horizon.toordinal()
		run = cls(rules, terms, books, Ways(terms), {}, today, horizon, [], [], Teller(books, rules))
		sorter = Sorter(rules, dict(snapshot.items))
		members: dict[int, list[Unit]] = {}
		for lines in grouped(snapshot):
			number = sorter.segment(lines)
			if number is None or rules.segments[number].strategy is Strategy.SKIP:
				run.left += [run._unit(row, number) for row in by_row(lines)]
			else:
				members.setdefault(number, []).append(run._unit(lines, number))
		run.served = sorter.served(members)
		return run

	@property
	def units(self) -> Iterator[Unit]:
		"""All units, those that are left as they are last."""
		yield from self.served
		yield from self.left

	def _unit(self, lines: list[OpenLine], number: int | None) -> Unit:
		needs = self._needs(lines)
		soonest = max([need.way.soonest for need in needs])
		requested = max([line.requested.toordinal() for line in lines])
		confirmed = _last(lines)
		keeps = confirmed if confirmed is None or confirmed >= self.today else soonest
		possible = max(requested, soonest)
		wish = possible if keeps is None else min(possible, keeps)
		segment = None if number is None else self.rules.segments[number]
		strategy = segment.strategy if segment else Strategy.SKIP
		return Unit(lines, needs, segment, strategy, requested, confirmed, keeps, wish)

	def _needs(self, lines: list[OpenLine]) -> list[Need]:
		if len(lines) == 1:
			return [self._need(lines[0], lines[0].qty)]
		sums: dict[tuple[str, str], tuple[OpenLine, float]] = {}
		for line in lines:
			key = (line.item_code, line.warehouse)
			sums[key] = (line, line.qty + (sums[key][1] if key in sums else 0.0))
		return [self._need(line, qty) for line, qty in sums.values()]

	def _need(self, line: OpenLine, qty: float) -> Need:
		key = (line.item_code, line.warehouse)
		shelf = self.shelves.get(key) or self._shelf(key)
		way = self.ways.find(shelf.item, shelf.at, line.customer)
		return Need(shelf, way, qty, shelf.ordered(qty))

	def _shelf(self, key: tuple[str, str]) -> Shelf:
		snapshot = self.books.snapshot
		item, at = snapshot.items[key[0]], snapshot.warehouses[key[1]]
		shelf = self.shelves[key] = Shelf(
			item,
			at,
			self.books.arrivals(item, at.name),
			self.books.owed(item, at.name),
			self._ordering(item, at),
			today=self.today,
			tolerance=snapshot.tolerance,
		)
		return shelf

	def _ordering(self, item: Item, at: Warehouse) -> Callable[[float], int | None]:
		"""From which day an item is there in any quantity, as a promise would have it."""
		mode = item.mode or self.books.snapshot.settings.mode
		if not at.sells or mode is FulfilmentMode.ATP_ONLY:
			return _never
		if mode is FulfilmentMode.ALWAYS_AVAILABLE:
			return lambda qty: self.today

		def there(qty: float) -> int | None:
			ordered = replenishment(self.terms, item, qty, at)
			return None if ordered is None else ordered.material.toordinal()

		if item.lead_time_days is None and item.production_minutes is not None:
			return there  # the more, the longer it takes
		always = there(1.0)
		return lambda qty: always

	def serve(self) -> None:
		"""Gives every unit its new date."""
		for unit in self.left:
			self._leave(unit)
		for unit in self.served:
			if unit.strategy in KEEPING:
				self._keep(unit)
		for unit in self.served:
			_SERVE[unit.strategy](self, unit)
			unit.exception = self._breaks_its_rule(unit)
			if unit.late and not unit.reasons:
				self.teller.not_sooner(unit)

	def _leave(self, unit: Unit) -> None:
		"""What is left as it is takes what it needs, whether that is there or not; unless it is overdue for too long."""
		unit.date = unit.confirmed
		forget = self.books.snapshot.settings.forget_commitments_after_days
		if unit.confirmed is not None and (forget is None or self.today - unit.confirmed <= forget):
			for need in unit.needs:
				need.shelf.take(unit, need.qty, need.way.needed(unit.confirmed))
		if unit.late:
			self.teller.left(unit)

	def _keep(self, unit: Unit) -> bool:
		"""Takes what keeps the date that a unit has, if nothing is broken by that."""
		if unit.keeps is None or not _fits(unit, unit.keeps):
			return False
		_put(unit, unit.keeps)
		return True

	def _gain(self, unit: Unit) -> None:
		"""Win and Gain: what is kept may only get better; what could not be kept is promised anew."""
		if unit.date is None:
			self._promise(unit, unit.wish)
		elif unit.date > unit.wish:
			_lift(unit)
			self._promise(unit, unit.wish)

	def _redistribute(self, unit: Unit) -> None:
		self._promise(unit, unit.wish)

	def _fill(self, unit: Unit) -> None:
		"""Keeps what it has where it can, else gets what is left, never anything better."""
		if unit.keeps is None:
			self.teller.only_keeps(unit)
		elif not self._keep(unit):
			self._promise(unit, unit.keeps)
		elif unit.late:
			self.teller.only_keeps(unit)

	def _lose(self, unit: Unit) -> None:
		self.teller.gives_up(unit)

	def _promise(self, unit: Unit, wish: int) -> None:
		"""The first date from `wish` on; the one that the unit has, if it can be kept and the other is hardly better."""
		date, blocking, day = self._first(unit, wish)
		kept = unit.keeps
		if kept is not None and kept != date and not self._worth(unit, kept, date) and _fits(unit, kept):
			if date is not None and unit.late_on(kept):
				self.teller.stays(unit, date)
			date = kept
		if blocking is not None and unit.late_on(date):
			self.teller.waits(unit, blocking, day, wish)
		if date is not None:
			_put(unit, date)

	def _first(self, unit: Unit, wish: int) -> tuple[int | None, Need | None, int | None]:
		"""The first date from `wish` on that breaks nothing; what it waits for, and the day on which that is there."""
		date, blocking, material = wish, None, None
		for need in unit.needs:
			if need.fits(need.way.needed(wish)):
				continue
			day = need.shelf.first_day(need.qty)
			if day is not None and day > self.horizon:
				day = None
			if need.ordered is not None and (day is None or need.ordered < day):
				day = need.ordered
			if day is None:
				return None, need, None
			delivery = need.way.delivery(day)
			if blocking is None or delivery > date:
				date, blocking, material = max(date, delivery), need, day
		return date, blocking, material

	def _worth(self, unit: Unit, kept: int, date: int | None) -> bool:
		"""Whether it is worth telling a customer another date."""
		if date is None or date > kept:
			return False
		on_time = unit.strategy is Strategy.WIN and date <= unit.requested
		return on_time or kept - date >= self.rules.least_gain_days

	def _breaks_its_rule(self, unit: Unit) -> bool:
		"""Whether a strategy's word could not be kept: SAP's exception."""
		if unit.strategy is Strategy.WIN:
			return unit.date is None or unit.date > unit.requested
		if unit.strategy is Strategy.GAIN and unit.keeps is not None:
			return unit.date is None or unit.date > unit.keeps
		return False


_SERVE = {
	Strategy.WIN: _Run._gain,
	Strategy.GAIN: _Run._gain,
	Strategy.REDISTRIBUTE: _Run._redistribute,
	Strategy.FILL: _Run._fill,
	Strategy.LOSE: _Run._lose,
}


def _never(qty: float) -> int | None:
	return None


def _last(lines: list[OpenLine]) -> int | None:
	"""The last confirmed date; None where one line has none."""
	last = 0
	for line in lines:
		if line.confirmed is None:
			return None
		last = max(last, line.confirmed.toordinal())
	return last


def _fits(unit: Unit, date: int) -> bool:
	for need in unit.needs:  # noqa: SIM110 - a generator takes twice as long
		if not need.fits(need.way.needed(date)):
			return False
	return True


def _put(unit: Unit, date: int) -> None:
	"""Takes what a unit needs for a date from the shelves; what is to be bought or made takes nothing."""
	unit.date = date
	for need in unit.needs:
		day = need.way.needed(date)
		need.taken = not need.can_be_ordered(day)
		if need.taken:
			need.shelf.take(unit, need.qty, day)


def _lift(unit: Unit) -> None:
	"""Undoes `_put`."""
	unit.date = None
	for need in unit.needs:
		if need.taken:
			need.shelf.give_back(unit, need.qty)
			need.taken = False
