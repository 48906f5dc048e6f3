"""Promised against delivered; pure. What each figure means is said here and in docs/reports.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from statistics import mean, median


class Outcome(Enum):
	"""What has become of a promised line.

	ON_TIME: all of it was delivered, the last part no later than the promised date. LATE: all, the last part later.
	OVERDUE: not all was delivered, and the promised date is past. NOT_DUE: not all was delivered, and there is time.
	"""

	ON_TIME = "on_time"
	LATE = "late"
	OVERDUE = "overdue"
	NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class PromisedLine:
	"""`delivered_on` is the day of the last delivery of a line with nothing open, else None."""

	promised: date
	delivered_on: date | None = None

	@property
	def days_late(self) -> int | None:
		"""Calendar days from the promised date to the last delivery; None until all was delivered."""
		return None if self.delivered_on is None else (self.delivered_on - self.promised).days

	def outcome(self, today: date) -> Outcome:
		"""See Outcome; what is promised for today is not due before tomorrow."""
		if self.days_late is not None:
			return Outcome.LATE if self.days_late > 0 else Outcome.ON_TIME
		return Outcome.OVERDUE if self.promised < today else Outcome.NOT_DUE


@dataclass
class Score:
	"""Counts of lines, and the days late of those delivered late."""

	counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
	days: list[int] = field(default_factory=list)

	@classmethod
	def of(cls, lines: Iterable[PromisedLine], today: date) -> Score:
		"""The score of some lines as of `today`."""
		score = cls()
		for line in lines:
			outcome = line.outcome(today)
			score.counts[outcome] += 1
			if outcome is Outcome.LATE and line.days_late is not None:
				score.days.append(line.days_late)
		return score

	@property
	def promised(self) -> int:
		"""All lines."""
		return sum(self.counts.values())

	@property
	def share_kept(self) -> float | None:
		"""On time, in percent of the lines that are decided: on time, late or overdue. None where none is."""
		decided = self.promised - self.counts[Outcome.NOT_DUE]
		return 100.0 * self.counts[Outcome.ON_TIME] / decided if decided else None

	@property
	def mean_days_late(self) -> float | None:
		"""Over the lines that were delivered late; None where there is none."""
		return mean(self.days) if self.days else None

	@property
	def median_days_late(self) -> float | None:
		"""Over the lines that were delivered late; None where there is none."""
		return float(median(self.days)) if self.days else None
