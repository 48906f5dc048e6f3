"""How late a supply comes: a distribution over whole calendar days, and what is left of it once days have passed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

# A supply that is later than anything known so far comes on each further day with this chance: a stated guess, for
# where there is no history at all to go by.
CHANCE_PER_DAY = 0.05
# Less than this much of a distribution tells nothing about what is left of it.
_NOTHING_LEFT = 1e-6
# As far as the guess above is spelt out: one in a hundred million takes longer.
_YEAR = 365


@dataclass(frozen=True, slots=True)
class DaysLate:
	"""The distribution of the days between the date of a supply and its arrival; negative days are early.

	`days` ascend; `reached[i]` is the probability of at most `days[i]` days late, and never falls. What the last one lacks
	to 1 never comes (stock that is not on its shelf).
	"""

	days: tuple[int, ...]
	reached: tuple[float, ...]

	def __post_init__(self) -> None:
		ascending = all(a < b for a, b in zip(self.days, self.days[1:], strict=False))
		rising = all(a <= b for a, b in zip(self.reached, self.reached[1:], strict=False))
		if not self.days or len(self.days) != len(self.reached) or not ascending or not rising:
			raise ValueError(
				"days must ascend, reached must not fall, and there must be as many of one as of the other"
			)
		if self.reached[0] < 0 or self.reached[-1] > 1 + _NOTHING_LEFT:
			raise ValueError("reached must lie between 0 and 1")

	@classmethod
	def of(cls, weights: Mapping[int, float], *, never: float = 0.0) -> DaysLate:
		"""From a weight for each number of days; they need not sum to 1. `never` is a weight, too."""
		total = sum(weights.values()) + never
		if total <= 0:
			raise ValueError("the weights sum to nothing")
		days = tuple(sorted(day for day, weight in weights.items() if weight > 0))
		reached, sofar = [], 0.0
		for day in days:
			sofar += weights[day]
			reached.append(min(1.0, sofar / total))
		return cls(days, tuple(reached))

	def within(self, days: int, *, waited: int | None = None) -> float:
		"""The probability of at most `days` days late.

		`waited`: given that it has not come on any day before that one (today less its date).
		"""
		if waited is None:
			return self._up_to(days)
		if days < waited:
			return 0.0
		before = self._up_to(waited - 1)
		left = 1.0 - before
		if left < _NOTHING_LEFT:
			return 1.0 - (1.0 - CHANCE_PER_DAY) ** (days - waited + 1)
		return (self._up_to(days) - before) / left

	def quantile(self, probability: float, *, waited: int | None = None) -> int | None:
		"""The least number of days late that holds with at least `probability`; None if none does."""
		before = 0.0 if waited is None else self._up_to(waited - 1)
		left = 1.0 - before
		if waited is not None and left < _NOTHING_LEFT:
			days = waited
			while self.within(days, waited=waited) < probability:
				days += 1
			return days
		index = bisect_left(self.reached, before + probability * left - 1e-12)
		if index == len(self.days):
			return None
		return self.days[index] if waited is None else max(waited, self.days[index])

	def overdue(self, waited: int) -> DaysLate:
		"""What is left when it has not come on any day before `waited` days late."""
		days = tuple(day for day in self.days if day >= waited)
		if 1.0 - self._up_to(waited - 1) < _NOTHING_LEFT:
			days = tuple(range(waited, waited + _YEAR))
		return DaysLate(days, tuple(min(1.0, self.within(day, waited=waited)) for day in days))

	def _up_to(self, days: int) -> float:
		index = bisect_right(self.days, days)
		return self.reached[index - 1] if index else 0.0
