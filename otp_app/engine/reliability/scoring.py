"""How good forecasts of the days late were, now that the days are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from otp_app.engine.lateness import DaysLate

# The dates that hold with these probabilities are looked at.
LEVELS = (0.80, 0.90, 0.95)
BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
	"""A forecast beside what happened.

	`late` are the days late that it became, `said` is the probability that was given to at most `by`: to being on time, if that
	is 0. `below` and `up_to` were given to fewer than `late` days, and to at most as many; `dates` are the days late promised
	with each of LEVELS, `crps` is in days. These four are None for a forecaster that only says how sure the scheduled date is.
	"""

	late: int
	said: float
	by: int = 0
	below: float | None = None
	up_to: float | None = None
	dates: tuple[int, ...] | None = None
	crps: float | None = None

	@property
	def came_true(self) -> bool:
		"""Whether it came by then."""
		return self.late <= self.by


@dataclass(frozen=True, slots=True)
class Bin:
	"""Forecasts whose `said` was alike: how many, what was said, what came true (means)."""

	deliveries: int
	said: float
	came_true: float


@dataclass(frozen=True, slots=True)
class Figures:
	"""How good many forecasts were; tuples go by LEVELS, shares are from 0 to 1, `crps` and `days_beyond` are days.

	`pit`: the share of deliveries whose randomised probability integral transform is at most the level; it is the level itself
	where the forecasts are calibrated, however many deliveries fall on one day (Czado, Gneiting and Held 2009).
	`dates_cover`: the share that came by the date promised with that level; `day_before_covers`: by the day before it.
	`calibration_error`: the mean distance between what was said of being on time and the share that was, over BINS equal bins,
	weighted by deliveries. `brier`: the mean squared error of that probability. `crps`: the continuous ranked probability
	score over whole days. `days_beyond`: the mean days from the scheduled date to the promised one.
	"""

	deliveries: int
	calibration_error: float
	brier: float
	pit: tuple[float, ...] | None = None
	dates_cover: tuple[float, ...] | None = None
	day_before_covers: tuple[float, ...] | None = None
	crps: float | None = None
	days_beyond: tuple[float, ...] | None = None


def score(expected: DaysLate, late: int, by: int = 0) -> Outcome:
	"""A forecast and the days late that it became."""
	return Outcome(
		late=late,
		said=expected.within(by),
		by=by,
		below=expected.within(late - 1),
		up_to=expected.within(late),
		dates=tuple(date_for(expected, level) for level in LEVELS),
		crps=crps(expected, late),
	)


def date_for(expected: DaysLate, level: float) -> int:
	"""The days late to promise with a probability; the last that is known of if it never gets there."""
	days = expected.quantile(level)
	return expected.days[-1] if days is None else days


def crps(expected: DaysLate, late: int) -> float:
	"""The sum over all days of the squared distance between the probability up to that day and what became of it."""
	first, last = expected.days[0], expected.days[-1]
	total = float(max(0, first - late))
	for (day, until), reached in zip(
		pairwise((*expected.days, max(last, late))), expected.reached, strict=True
	):
		not_yet = min(max(late - day, 0), until - day)
		total += not_yet * reached**2 + (until - day - not_yet) * (1.0 - reached) ** 2
	return total


def figures(outcomes: Sequence[Outcome]) -> Figures | None:
	"""The figures of one forecaster; None without any outcome."""
	if not outcomes:
		return None
	error = sum(b.deliveries * abs(b.said - b.came_true) for b in bins(outcomes)) / len(outcomes)
	brier = _mean([(o.said - o.came_true) ** 2 for o in outcomes])
	if outcomes[0].dates is None:
		return Figures(len(outcomes), error, brier)
	return Figures(
		deliveries=len(outcomes),
		calibration_error=error,
		brier=brier,
		pit=tuple(_mean([pit_below(o, level) for o in outcomes]) for level in LEVELS),
		dates_cover=_by_level(outcomes, lambda late, promised: late <= promised),
		day_before_covers=_by_level(outcomes, lambda late, promised: late < promised),
		crps=_mean([o.crps or 0.0 for o in outcomes]),
		days_beyond=_by_level(outcomes, lambda _, promised: promised),
	)


def pit_below(outcome: Outcome, level: float) -> float:
	"""The chance that the randomised transform, which lies anywhere between `below` and `up_to`, is at most a level."""
	below, up_to = outcome.below or 0.0, outcome.up_to or 0.0
	if up_to <= level:
		return 1.0
	return 0.0 if below >= level else (level - below) / (up_to - below)


def bins(outcomes: Sequence[Outcome]) -> list[Bin]:
	"""The forecasts by `said`, in BINS equal bins; without the empty ones."""
	sorted_into: list[list[Outcome]] = [[] for _ in range(BINS)]
	for outcome in outcomes:
		sorted_into[min(BINS - 1, int(outcome.said * BINS))].append(outcome)
	return [
		Bin(len(some), _mean([o.said for o in some]), _mean([float(o.came_true) for o in some]))
		for some in sorted_into
		if some
	]


def _by_level(outcomes: Sequence[Outcome], value: Callable[[int, int], float]) -> tuple[float, ...]:
	return tuple(_mean([value(o.late, o.dates[n]) for o in outcomes if o.dates]) for n in range(len(LEVELS)))


def _mean(values: Sequence[float]) -> float:
	return sum(values) / len(values)
