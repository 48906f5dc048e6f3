"""What deliveries have shown, as weights by days late: recent ones weigh more, and those of one day count less than many.

Two memories run side by side. The long one halves what a delivery weighs every two years, the short one every six and a
half weeks: it tells whether things have changed lately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from otp_app.engine.reliability.priors import FURTHEST

# Days after which a delivery weighs half.
LONG, SHORT = 730.0, 45.0
# Deliveries of one supplier that were due on one day share their fate (one container, one strike): the correlation
# within such a day. However many there are, they weigh no more than 1 / SHARED single ones (Kish's design effect).
SHARED = 0.3

Party = str | None
Group = str | None
Weights = dict[int, float]  # days late, or days waited so far -> weight


Key = tuple[Party, Group]


@dataclass(frozen=True, slots=True)
class Seen:
	"""`came`: weight of the deliveries by days late. `waiting`: of those still awaited, by the days that they are late now.

	All of these are to be multiplied by `factor`: forgetting is exponential, so that it is one for all.
	"""

	came: Weights = field(default_factory=dict)
	waiting: Weights = field(default_factory=dict)
	factor: float = 1.0

	@property
	def weight(self) -> float:
		"""How many deliveries all of this is worth."""
		return self.factor * (sum(self.came.values()) + sum(self.waiting.values()))

	def came_within(self, days: int) -> float:
		"""The weight of those that came at most `days` days late."""
		return self.factor * sum(weight for late, weight in self.came.items() if late <= days)

	@classmethod
	def together(cls, parts: Iterable[tuple[Seen, float]]) -> Seen:
		"""The sum of several, each times a number of its own."""
		total = cls()
		for part, times in parts:
			for sums, weights in ((total.came, part.came), (total.waiting, part.waiting)):
				for days, weight in weights.items():
					sums[days] = sums.get(days, 0.0) + weight * part.factor * times
		return total


@dataclass(frozen=True, slots=True)
class Evidence:
	"""The same deliveries in three ways: one by one (`plain`), in the long memory, and in the short one."""

	plain: Seen
	long: Seen
	short: Seen


@dataclass(frozen=True, slots=True)
class Due:
	"""`count` deliveries that were due on a day (its ordinal), of `that_day` that the party owed on it."""

	promised: int
	count: float
	that_day: float

	@property
	def weight(self) -> float:
		"""What they are worth before they fade."""
		return self.count * worth(self.that_day)


@dataclass(slots=True)
class Memory:
	"""Deliveries of one party, or of one of its item groups, with weights as on the day `reference` (an ordinal)."""

	reference: int
	plain: Weights = field(default_factory=dict)
	long: Weights = field(default_factory=dict)
	short: Weights = field(default_factory=dict)
	awaited: list[Due] = field(default_factory=list)

	def add(self, due: Due, late: int) -> None:
		"""They came `late` days late."""
		age = self.reference - due.promised
		self.plain[late] = self.plain.get(late, 0.0) + due.count
		self.long[late] = self.long.get(late, 0.0) + due.weight * fading(age, LONG)
		self.short[late] = self.short.get(late, 0.0) + due.weight * fading(age, SHORT)

	def on(self, today: int) -> Evidence:
		"""What is known on a day. Changes with the memory."""
		plain, long, short = Weights(), Weights(), Weights()
		for due in self.awaited:
			waited, age = today - due.promised, self.reference - due.promised
			plain[waited] = plain.get(waited, 0.0) + due.count
			long[waited] = long.get(waited, 0.0) + due.weight * fading(age, LONG)
			short[waited] = short.get(waited, 0.0) + due.weight * fading(age, SHORT)
		since = today - self.reference
		return Evidence(
			Seen(self.plain, plain),
			Seen(self.long, long, fading(since, LONG)),
			Seen(self.short, short, fading(since, SHORT)),
		)


class Past:
	"""What deliveries of one kind have shown, by party, and by party and item group."""

	def __init__(self, reference: int) -> None:
		self._reference = reference
		self.parties: dict[Party, Memory] = {}
		self.cells: dict[Key, Memory] = {}

	def came(self, key: Key, due: Due, late: int) -> None:
		"""Deliveries of a party and item group came so many days late."""
		for memory in self._memories(key):
			memory.add(due, late)

	def await_all(self, awaited: Iterable[tuple[Key, Due]]) -> None:
		"""Just these are awaited now."""
		for memory in (*self.parties.values(), *self.cells.values()):
			memory.awaited.clear()
		for key, due in awaited:
			for memory in self._memories(key):
				memory.awaited.append(due)

	def _memories(self, key: Key) -> tuple[Memory, Memory]:
		party = self.parties.get(key[0])
		if party is None:
			party = self.parties[key[0]] = Memory(self._reference)
		cell = self.cells.get(key)
		if cell is None:
			cell = self.cells[key] = Memory(self._reference)
		return party, cell


def plausible(late: int) -> bool:
	"""Whether a lateness (or a wait) can be believed; what is further off says something about typing, not about supply."""
	return -FURTHEST <= late <= FURTHEST


def fading(age: int, half_life: float) -> float:
	"""What a delivery of that age, in days, still weighs."""
	return float(0.5 ** (age / half_life))


def worth(due_that_day: float) -> float:
	"""What one of so many deliveries of a party on one day weighs."""
	return 1.0 / (1.0 + SHARED * max(0.0, due_that_day - 1.0))
