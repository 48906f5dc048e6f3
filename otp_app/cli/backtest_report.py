"""A backtest's forecasts, as they are asked for: all, by year, by history, after a date; and what was assumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from otp_app.engine.reliability.backtesting import DAYS_TO_GO, GLOBAL, MODEL, RULES, SCHEDULED, Forecast
from otp_app.engine.reliability.priors import FURTHEST
from otp_app.engine.reliability.scoring import Figures, date_for, figures

# A supplier has little history while fewer of its deliveries than this were due before the forecast.
LITTLE = 30
SAID = {
	MODEL: "this model",
	SCHEDULED: "scheduled date",
	GLOBAL: "global quantile",
	RULES: "days-to-go rules",
}


@dataclass(frozen=True)
class Equal:
	"""The level at which the global quantile covers at least what the model's date does, and its mean days beyond."""

	level: float
	covers: float
	days_beyond: float


@dataclass(frozen=True)
class Report:
	"""A backtest's forecasts: those scored, by what was asked for."""

	forecasts: tuple[Forecast, ...]
	days_ahead: int
	cut_offs: tuple[date, ...] = ()
	skipped: int = 0
	awaited: int = 0

	@property
	def scored(self) -> tuple[Forecast, ...]:
		"""Those promised after the first cut-off; all without one."""
		return self.after(self.cut_offs[0] if self.cut_offs else date.min)

	def after(self, cut_off: date) -> tuple[Forecast, ...]:
		"""Those whose scheduled date is later."""
		return tuple(f for f in self.forecasts if f.line.promised > cut_off and f.waited is None)

	def overdue(self, waited: int) -> tuple[Forecast, ...]:
		"""What was forecast once more while it was so many days overdue."""
		since = self.cut_offs[0] if self.cut_offs else date.min
		return tuple(f for f in self.forecasts if f.waited == waited and f.line.promised > since)

	def slices(self) -> Iterator[tuple[str, str, tuple[Forecast, ...]]]:
		"""(kind of slice, its name, its forecasts): by year of the scheduled date, and by history of the supplier."""
		for year in sorted({forecast.line.promised.year for forecast in self.scored}):
			yield "by_year", str(year), tuple(f for f in self.scored if f.line.promised.year == year)
		yield "by_history", "little", tuple(f for f in self.scored if f.history < LITTLE)
		yield "by_history", "much", tuple(f for f in self.scored if f.history >= LITTLE)


def of(forecasts: Sequence[Forecast], forecaster: str) -> Figures | None:
	"""The figures of one forecaster; None where it made no forecast."""
	return figures([f.outcomes[forecaster] for f in forecasts if forecaster in f.outcomes])


def equal_coverage(forecasts: Sequence[Forecast], level: int) -> Equal | None:
	"""What the global quantile needs to cover as much as the model's date of LEVELS[level]; None if it never does."""
	model = of(forecasts, MODEL)
	if model is None or model.dates_cover is None:
		return None
	low, high = 0, 10_000
	while low < high:
		middle = (low + high) // 2
		if _global(forecasts, middle / 10_000).covers >= model.dates_cover[level]:
			high = middle
		else:
			low = middle + 1
	found = _global(forecasts, low / 10_000)
	return found if found.covers >= model.dates_cover[level] else None


def _global(forecasts: Sequence[Forecast], level: float) -> Equal:
	dates = [date_for(forecast.everybody, level) for forecast in forecasts]
	covered = sum(
		forecast.outcomes[GLOBAL].late <= day for forecast, day in zip(forecasts, dates, strict=True)
	)
	return Equal(level, covered / len(dates), sum(dates) / len(dates))


def assumptions(report: Report) -> list[str]:
	"""What was done, in sentences: when each line was forecast, what was known then, what was left out."""
	scored = report.scored
	ordered = sum(forecast.line.ordered_before and not forecast.came_first for forecast in scored)
	first = sum(forecast.came_first for forecast in scored)
	far = sum(abs(forecast.line.late) > FURTHEST for forecast in scored)
	rules = ", ".join(
		f"{word} {'up to ' + str(days) + ' days' if days else 'beyond'} = {said:.0%}"
		for (days, said), word in zip(DAYS_TO_GO, ("HIGH", "MEDIUM", "LOW"), strict=True)
	)
	told = [
		f"Of {len(scored):,} lines, {ordered:,} are forecast on the day of their order, {len(scored) - ordered - first:,} on the day "
		f"{report.days_ahead} days before their scheduled date (no order date before it is known), and {first:,} on the day they "
		"came, as that was earlier still.",
		"On that day only what happened before it is known; of deliveries that were due before it, those still awaited count as "
		"late so far.",
		f"Days-to-go rules only say how sure the scheduled date is: {rules}.",
	]
	if far:
		told.append(
			f"More than {FURTHEST} days early or late, so scored as {FURTHEST} and not learned from: {far:,}."
		)
	if report.awaited:
		told.append(f"Still awaited, so learned from and not scored: {report.awaited:,}.")
	if report.skipped:
		told.append(f"Bad rows that were left out (--skip-bad-rows): {report.skipped:,}.")
	return told
