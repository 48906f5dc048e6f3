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


@dataclass(frozen=True, slots=True)
class Seen:
	"""`came`: weight of the deliveries by days late. `waiting`: of those still awaited, by the days that they are late now."""

	came: Weights = field(default_factory=dict)
	waiting: Weights = field(default_factory=dict)

	@property
	def weight(self) -> float:
		"""How many deliveries all of this is worth."""
		return sum(self.came.values()) + sum(self.waiting.values())

	def came_within(self, days: int) -> float:
		"""The weight of those that came at most `days` days late."""
		return sum(weight for late, weight in self.came.items() if late <= days)

	@classmethod
	def together(cls, parts: Iterable[tuple[Seen, float]]) -> Seen:
		"""The sum of several, each times its factor."""
		total = cls()
		for part, factor in parts:
			for sums, weights in ((total.came, part.came), (total.waiting, part.waiting)):
				for days, weight in weights.items():
					sums[days] = sums.get(days, 0.0) + weight * factor
		return total


@dataclass(frozen=True, slots=True)
class Evidence:
	"""The same deliveries in three ways: one by one (`plain`), in the long memory, and in the short one."""

	plain: Seen = field(default_factory=Seen)
	long: Seen = field(default_factory=Seen)
	short: Seen = field(default_factory=Seen)

	@classmethod
	def together(cls, parts: Iterable[Evidence]) -> Evidence:
		"""The sum of several."""
		listed = tuple(parts)
		if len(listed) == 1:
			return listed[0]
		return cls(
			Seen.together((part.plain, 1.0) for part in listed),
			Seen.together((part.long, 1.0) for part in listed),
			Seen.together((part.short, 1.0) for part in listed),
		)


@dataclass(slots=True)
class Memory:
	"""Collects the deliveries of one party and item group, with weights as on `reference` (a day's ordinal).

	Forgetting is exponential, so that weights of another day are these times one factor.
	"""

	reference: int
	plain: Weights = field(default_factory=dict)
	long: Weights = field(default_factory=dict)
	short: Weights = field(default_factory=dict)

	def add(self, promised: int, late: int, count: float, due_that_day: float) -> None:
		"""`count` deliveries due on the day `promised` came `late` days late; `due_that_day`: all of the party's."""
		age = self.reference - promised
		weight = count * worth(due_that_day)
		self.plain[late] = self.plain.get(late, 0.0) + count
		self.long[late] = self.long.get(late, 0.0) + weight * fading(age, LONG)
		self.short[late] = self.short.get(late, 0.0) + weight * fading(age, SHORT)

	def at(self, today: int, awaited: Iterable[tuple[int, float, float]] = ()) -> Evidence:
		"""The evidence on a day; `awaited` are (day promised, count, all of the party due that day)."""
		since = today - self.reference
		faded = tuple(
			weights
			if not since
			else {late: weight * fading(since, half_life) for late, weight in weights.items()}
			for weights, half_life in ((self.long, LONG), (self.short, SHORT))
		)
		evidence = Evidence(Seen(dict(self.plain)), Seen(faded[0]), Seen(faded[1]))
		for promised, count, due_that_day in awaited:
			waited, weight = today - promised, count * worth(due_that_day)
			for seen, value in (
				(evidence.plain, count),
				(evidence.long, weight * fading(waited, LONG)),
				(evidence.short, weight * fading(waited, SHORT)),
			):
				seen.waiting[waited] = seen.waiting.get(waited, 0.0) + value
		return evidence


def plausible(late: int) -> bool:
	"""Whether a lateness (or a wait) can be believed; what is further off says something about typing, not about supply."""
	return -FURTHEST <= late <= FURTHEST


def fading(age: int, half_life: float) -> float:
	"""What a delivery of that age, in days, still weighs."""
	return float(0.5 ** (age / half_life))


def worth(due_that_day: float) -> float:
	"""What one of so many deliveries of a party on one day weighs."""
	return 1.0 / (1.0 + SHARED * max(0.0, due_that_day - 1.0))
