"""Promised against delivered; pure. What each figure means is said here and in docs/reports.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from statistics import mean, median

from otp_app.engine.reliability.outcomes import Scored, brier


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
	"""`delivered_on` is the day of the last delivery of a line with nothing open, else None.

	`told` is the probability that it was committed with, None where none was told.
	"""

	promised: date
	delivered_on: date | None = None
	told: float | None = None

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
	"""Counts of lines, the days late of those delivered late, and what was told of those that are decided."""

	counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
	days: list[int] = field(default_factory=list)
	scored: list[Scored] = field(default_factory=list)

	@classmethod
	def of(cls, lines: Iterable[PromisedLine], today: date) -> Score:
		"""The score of some lines as of `today`."""
		score = cls()
		for line in lines:
			outcome = line.outcome(today)
			score.counts[outcome] += 1
			if outcome is Outcome.LATE and line.days_late is not None:
				score.days.append(line.days_late)
			if outcome is not Outcome.NOT_DUE and line.told is not None:
				score.scored.append(Scored(line.told, outcome is Outcome.ON_TIME, len(score.scored)))
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

	@property
	def share_told(self) -> float | None:
		"""The mean probability told of the decided lines that have one, in percent; None where there is none."""
		return 100.0 * mean(one.told for one in self.scored) if self.scored else None

	@property
	def brier(self) -> float | None:
		"""The Brier score of the same lines; None where there is none."""
		return brier(self.scored)
