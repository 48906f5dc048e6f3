"""Forecasts deliveries of the past, each as of the day on which it would have been promised, and scores what was said.

Beside the model, three ways to promise without one: the scheduled date as it is; one distribution for all, of the days late
seen so far; and rules by the days left to the scheduled date, which only say how sure that date is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.priors import FURTHEST, prior
from otp_app.engine.reliability.scoring import Outcome, score
from otp_app.engine.reliability.walking import Walk

KIND = SupplyKind.PURCHASE_ORDER
# Where it is not known when something was ordered, it is promised this many days before its scheduled date.
DAYS_AHEAD = 30

MODEL, SCHEDULED, GLOBAL, RULES = "model", "scheduled_date", "global_quantile", "days_to_go_rules"
FORECASTERS = (MODEL, SCHEDULED, GLOBAL, RULES)
# (at most so many days to go, probability that the scheduled date holds): HIGH, MEDIUM and LOW, of which a rule names no
# probability; these are the middle of the settings' bands for HIGH and MEDIUM, and more than that for LOW.
DAYS_TO_GO = ((3, 0.95), (7, 0.80), (None, 0.60))
# What is late is forecast again on these days after its date, and then to come within so many days.
OVERDUE = (1, 7, 30)
SOON = 7
_AS_SCHEDULED = DaysLate((0,), (1.0,))


@dataclass(frozen=True, slots=True)
class Line:
	"""One line of a file of deliveries; `number` is its line in the file, `arrived` None while it is awaited."""

	number: int
	party: str
	group: str | None
	promised: date
	arrived: date | None
	ordered: date | None = None

	@property
	def late(self) -> int:
		"""The days late of one that has come."""
		return (self.arrived - self.promised).days if self.arrived else 0

	@property
	def ordered_before(self) -> bool:
		"""Whether it is known when it was ordered, and that this was before its scheduled date."""
		return self.ordered is not None and self.ordered < self.promised

	def asked_on(self, days_ahead: int) -> date:
		"""The day on which somebody wants to know: when it was ordered, else `days_ahead` days before its scheduled date."""
		if self.ordered is not None and self.ordered_before:
			return self.ordered
		return self.promised - timedelta(days=days_ahead)


@dataclass(frozen=True, slots=True)
class Forecast:
	"""What was said about a line on the day `made_on`, and how good it was, by forecaster.

	`history` counts the deliveries of its supplier that had been due by then. `everybody` is the distribution of all days
	late seen by then. `came_first`: it came before the day on which it would have been forecast. `waited`: the days that it
	was overdue when it was forecast once more; then the probability of coming within SOON days is looked at.
	"""

	line: Line
	made_on: date
	history: int
	came_first: bool
	everybody: DaysLate
	outcomes: dict[str, Outcome]
	waited: int | None = None


def forecasts(lines: Sequence[Line], days_ahead: int = DAYS_AHEAD) -> Iterator[Forecast]:
	"""A forecast for each line that has come, and more while it was overdue, by the day on which they were made.

	On that day only what had happened on days before it is known. What came before anybody wanted to know is forecast on the
	morning of the day it came.
	"""
	walk = Walk(Delivery(KIND, line.party, line.group, line.promised, line.arrived) for line in lines)
	for made_on, _, line, waited in sorted(_days(lines, days_ahead), key=lambda day: day[:2]):
		walk.on(made_on)
		if waited is None:
			yield _forecast(walk, line, made_on, came_first=made_on < line.asked_on(days_ahead))
		else:
			yield _while_overdue(walk, line, made_on, waited)


def _days(lines: Sequence[Line], days_ahead: int) -> Iterator[tuple[date, int, Line, int | None]]:
	"""(day of the forecast, line in the file, line, days overdue by then)."""
	for line in lines:
		if line.arrived:
			yield min(line.asked_on(days_ahead), line.arrived), line.number, line, None
			for waited in OVERDUE:
				if waited <= line.late <= FURTHEST:
					yield line.promised + timedelta(days=waited), line.number, line, waited


def _forecast(walk: Walk, line: Line, made_on: date, *, came_first: bool) -> Forecast:
	expecting = walk.expecting(KIND)
	everybody = walk.everybody or prior(KIND)
	seen = expecting.by_party.get(line.party)
	late = max(-FURTHEST, min(FURTHEST, line.late))
	outcomes = {
		MODEL: score(expecting.of(line.party, line.group), late),
		SCHEDULED: score(_AS_SCHEDULED, late),
		GLOBAL: score(everybody, late),
		RULES: Outcome(late, _by_days_to_go((line.promised - made_on).days)),
	}
	return Forecast(line, made_on, round(seen.plain.weight) if seen else 0, came_first, everybody, outcomes)


def _while_overdue(walk: Walk, line: Line, made_on: date, waited: int) -> Forecast:
	expecting = walk.expecting(KIND)
	everybody = (walk.everybody or prior(KIND)).overdue(waited)
	by = waited + SOON - 1
	outcomes = {
		MODEL: score(expecting.of(line.party, line.group).overdue(waited), line.late, by),
		GLOBAL: score(everybody, line.late, by),
	}
	history = round(expecting.by_party[line.party].plain.weight)
	return Forecast(line, made_on, history, False, everybody, outcomes, waited)


def _by_days_to_go(days: int) -> float:
	return next(said for at_most, said in DAYS_TO_GO if at_most is None or days <= at_most)
