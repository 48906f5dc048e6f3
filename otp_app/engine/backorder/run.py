"""A backorder processing run, as a simulation: every open line promised again, nothing touched.

First the lines that are left as they are take what they need. Then Win and Gain lines take what keeps the date they
have: nobody may break it. Then each strategy in turn, best first, gives its lines what is left: Win and Gain may get
better, Redistribute lines are promised anew, Fill lines keep what they can, Lose lines get nothing. Once all lines have
their new dates, another run changes nothing: what a line could not have before, others still have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from otp_app.engine.backorder.outcome import Outcome, Simulation, outcomes
from otp_app.engine.backorder.reasons import Teller
from otp_app.engine.backorder.rules import BackorderRules, Strategy
from otp_app.engine.backorder.shelves import Shelves
from otp_app.engine.backorder.units import (
	Need,
	Sorter,
	Unit,
	by_row,
	fits,
	grouped,
	last_confirmed,
	lift,
	put,
)
from otp_app.engine.collector import paused
from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms

KEEPING = (Strategy.WIN, Strategy.GAIN)


def simulate(snapshot: Snapshot, rules: BackorderRules, now: datetime) -> Simulation:
	"""What a run would do to every open line of a snapshot; `now` is aware.

	Raises ValueError for a `now` without a time zone, and NoWorkingDay for a calendar that has none.
	"""
	if now.tzinfo is None:
		raise ValueError("`now` needs a time zone: without one it would be the machine's.")
	with paused():
		return Simulation(rules, now, _outcomes(snapshot, rules, now))


def _outcomes(snapshot: Snapshot, rules: BackorderRules, now: datetime) -> tuple[Outcome, ...]:
	run = _Run.of(snapshot, rules, Terms(snapshot, Rules(), now))
	run.serve()
	found = tuple(outcomes(run.units))
	run.forget()
	return found


@dataclass
class _Run:
	rules: BackorderRules
	shelves: Shelves
	today: int
	horizon: int
	# In the order in which they are served, and those that are left as they are.
	served: list[Unit]
	left: list[Unit]
	teller: Teller

	@classmethod
	def of(cls, snapshot: Snapshot, rules: BackorderRules, terms: Terms) -> _Run:
		shelves, horizon = Shelves.of(snapshot, terms), terms.horizon.toordinal()
		teller = Teller(shelves.books, rules, shelves.orders)
		run = cls(rules, shelves, shelves.today, horizon, [], [], teller)
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

	def forget(self) -> None:
		"""Cuts the circle of shelves and those who took from them: it is then gone without a search."""
		self.shelves.forget()

	def _unit(self, lines: list[OpenLine], number: int | None) -> Unit:
		if len(lines) == 1:
			line = lines[0]
			need = self.shelves.need(line, line.qty)
			needs, soonest = [need], need.way.soonest
			requested = line.requested.toordinal()
			confirmed = line.confirmed.toordinal() if line.confirmed is not None else None
		else:
			needs = self.shelves.needs(lines)
			soonest = max([need.way.soonest for need in needs])
			requested = max([line.requested.toordinal() for line in lines])
			confirmed = last_confirmed(lines)
		keeps = confirmed if confirmed is None or confirmed >= self.today else soonest
		possible = max(requested, soonest)
		wish = possible if keeps is None else min(possible, keeps)
		segment = None if number is None else self.rules.segments[number]
		strategy = segment.strategy if segment else Strategy.SKIP
		return Unit(lines, needs, segment, strategy, requested, confirmed, keeps, wish)

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
		forget = self.shelves.books.snapshot.settings.forget_commitments_after_days
		if unit.confirmed is not None and (forget is None or self.today - unit.confirmed <= forget):
			for need in unit.needs:
				need.shelf.take(unit, need.qty, need.way.needed[unit.confirmed])
		if unit.late:
			self.teller.left(unit)

	def _keep(self, unit: Unit) -> bool:
		"""Takes what keeps the date that a unit has, if nothing is broken by that."""
		if unit.keeps is None or not fits(unit, unit.keeps):
			return False
		put(unit, unit.keeps)
		return True

	def _gain(self, unit: Unit) -> None:
		"""Win and Gain: what is kept may only get better; what could not be kept is promised anew."""
		if unit.date is None:
			self._promise(unit, unit.wish)
		elif unit.date > unit.wish:
			lift(unit)
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
		if kept is not None and kept != date and not self._worth(unit, kept, date) and fits(unit, kept):
			if date is not None and unit.late_on(kept):
				self.teller.stays(unit, date)
			date = kept
		if blocking is not None and unit.late_on(date):
			self.teller.waits(unit, blocking, day, wish)
		if date is not None:
			put(unit, date)

	def _first(self, unit: Unit, wish: int) -> tuple[int | None, Need | None, int | None]:
		"""The first date from `wish` on that breaks nothing; what it waits for, and the day on which that is there."""
		date, blocking, material = wish, None, None
		for need in unit.needs:
			if need.fits(need.way.needed[wish]):
				continue
			day = need.shelf.first_day(need.qty)
			if day is not None and day > self.horizon:
				day = None
			if need.ordered is not None and (day is None or need.ordered < day):
				day = need.ordered
			if day is None:
				return None, need, None
			delivery = need.way.delivery[day]
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
