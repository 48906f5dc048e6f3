"""Which of the dates that a run has found still stand, when they are about to be written into orders.

Meanwhile others may have been promised the goods, or a supply may be late. A date stands if it fits together with all
that is owed by then: the lines that do not move, those that move as well, and what is owed beside the order book. What
does not stand stays as it is, and what it has is protected again; so this is done again until all fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum

from otp_app.engine.backorder.rules import Strategy
from otp_app.engine.backorder.shelves import Shelves
from otp_app.engine.backorder.units import Unit, fits, last_confirmed, lift, put
from otp_app.engine.books import Place
from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.engine.ledger import Owed
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms


@dataclass(frozen=True, slots=True)
class Move:
	"""Rows of an order that get one date together, None if they give up the date that they have.

	`gives_up`: they do so whether anybody needs what they have or not.
	"""

	order: str
	rows: frozenset[str]
	date: date | None
	gives_up: bool = False


class Standing(str, Enum):
	"""What becomes of a move."""

	STANDS = "stands"
	# The date does not hold any more.
	GONE = "gone"
	# It would get worse, and nobody takes what it has any more.
	NOT_NEEDED = "not_needed"


def standing(
	snapshot: Snapshot, moves: Sequence[Move], now: datetime, *, whole: bool, others_stay: bool = False
) -> tuple[Standing, ...]:
	"""What becomes of each move, in their order, which is that in which lines are served.

	`snapshot` has all open lines of the items that move, as they are now. With `whole`, these are all moves of an
	independent group: a line that could keep what it has after all, because one that was to have it does not move, keeps it.
	`others_stay` says that the run had more moves, which are not made.
	"""
	found = [Standing.STANDS] * len(moves)
	lines = _by_move(snapshot.open_lines, moves)
	terms = Terms(snapshot, Rules(), now)
	while True:
		staying = [i for i, state in enumerate(found) if state is not Standing.STANDS]
		try_again = _Try.of(snapshot, moves, lines, terms, staying)
		changed = try_again.fallen() or (try_again.spared() if whole and (staying or others_stay) else {})
		if not changed:
			return tuple(found)
		for index, state in changed.items():
			found[index] = state


def _by_move(open_lines: Iterable[OpenLine], moves: Sequence[Move]) -> list[list[OpenLine]]:
	"""The open lines of each move, and in the end those that do not move."""
	of_row = {(move.order, row): index for index, move in enumerate(moves) for row in move.rows}
	answer: list[list[OpenLine]] = [[] for _ in range(len(moves) + 1)]
	for line in open_lines:
		answer[of_row.get((line.order, line.row), -1)].append(line)
	return answer


@dataclass
class _Try:
	"""All that moves, on the shelves with all that does not."""

	moves: Sequence[Move]
	units: dict[int, Unit]
	today: int

	@classmethod
	def of(
		cls,
		snapshot: Snapshot,
		moves: Sequence[Move],
		lines: Sequence[Sequence[OpenLine]],
		terms: Terms,
		staying: Sequence[int],
	) -> _Try:
		shelves = Shelves.of(snapshot, terms)
		still = [line for index in (*staying, -1) for line in lines[index]]
		shelves = replace(shelves, more_owed=_owed(still, snapshot, shelves))
		gone = set(staying)
		units = {
			index: _unit(list(lines[index]), shelves)
			for index in range(len(moves))
			if index not in gone and lines[index]
		}
		return cls(moves, units, shelves.today)

	def fallen(self) -> dict[int, Standing]:
		"""Puts every unit on its new date; those that do not fit."""
		found: dict[int, Standing] = {}
		for index, unit in self.units.items():
			date = self.moves[index].date
			if date is None:
				continue
			if fits(unit, date.toordinal()):
				put(unit, date.toordinal())
			else:
				found[index] = Standing.GONE
		return found

	def spared(self) -> dict[int, Standing]:
		"""Once all fit: those that would get worse, and could keep what they have after all."""
		found: dict[int, Standing] = {}
		for index, unit in self.units.items():
			if not self._gets_worse(index, unit) or unit.confirmed is None:
				continue
			before = unit.date
			if before is not None:
				lift(unit)
			if fits(unit, unit.confirmed):
				put(unit, unit.confirmed)
				found[index] = Standing.NOT_NEEDED
			elif before is not None:
				put(unit, before)
		return found

	def _gets_worse(self, index: int, unit: Unit) -> bool:
		move = self.moves[index]
		if move.gives_up or unit.confirmed is None or unit.confirmed < self.today:
			return False
		return move.date is None or move.date.toordinal() > unit.confirmed


def _unit(lines: list[OpenLine], shelves: Shelves) -> Unit:
	confirmed = last_confirmed(lines)
	requested = max(line.requested.toordinal() for line in lines)
	needs = shelves.needs(lines)
	return Unit(lines, needs, None, Strategy.SKIP, requested, confirmed, confirmed, requested)


def _owed(lines: Iterable[OpenLine], snapshot: Snapshot, shelves: Shelves) -> dict[Place, list[Owed]]:
	"""What rows that do not move need, summed by day; what is to be bought or made for its date takes nothing."""
	# Shelves of their own: those that are asked for here do not know yet what is owed.
	probe = replace(shelves, _known={})
	forget = snapshot.settings.forget_commitments_after_days
	sums: dict[Place, dict[int, float]] = {}
	for row in _rows(lines):
		confirmed = last_confirmed(row)
		if confirmed is None or (forget is not None and shelves.today - confirmed > forget):
			continue
		for need in probe.needs(row):
			day = need.way.needed[confirmed]
			if need.ordered is None or day < need.ordered:
				days = sums.setdefault((need.shelf.item.item_code, need.shelf.at.name), {})
				days[day] = days.get(day, 0.0) + need.qty
	return {
		place: [Owed(date.fromordinal(day), qty) for day, qty in sorted(days.items())]
		for place, days in sums.items()
	}


def _rows(lines: Iterable[OpenLine]) -> Iterable[list[OpenLine]]:
	"""The lines of each row: the components of a bundle have one date, as in a run that leaves them as they are."""
	rows: dict[tuple[str, str], list[OpenLine]] = {}
	for line in lines:
		rows.setdefault((line.order, line.row), []).append(line)
	return rows.values()
