"""The figures of a backtest: sliced, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from otp_app.cli.blocks import Block, Column, Line, Listing, Row, Table, Tone
from otp_app.engine.reliability.backtesting import (
	DAYS_TO_GO,
	FORECASTERS,
	GLOBAL,
	MODEL,
	OVERDUE,
	RULES,
	SCHEDULED,
	SOON,
	Forecast,
)
from otp_app.engine.reliability.priors import FURTHEST
from otp_app.engine.reliability.scoring import BINS, LEVELS, Figures, bins, date_for, figures

# A supplier has little history while fewer of its deliveries than this were due before the forecast.
LITTLE = 30
SAID = {
	MODEL: "this model",
	SCHEDULED: "scheduled date",
	GLOBAL: "global quantile",
	RULES: "days-to-go rules",
}
SHORT = {MODEL: "model", GLOBAL: "global"}
PERCENTS = "/".join(f"{level:.0%}".rstrip("%") for level in LEVELS)
COLUMNS = (
	Column("Lines", right=True),
	Column(f"PIT {PERCENTS}", right=True),
	Column("Dates cover", right=True),
	Column("Day before", right=True),
	Column("Cal. err", right=True),
	Column("Brier", right=True),
	Column("CRPS", right=True),
	Column("Days beyond", right=True),
)
NONE = "-"


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


# --- as JSON


def as_dict(report: Report, file: str, draws: Sequence[float]) -> dict[str, object]:
	"""All figures; `draws` are the drawn PITs of the model, one a scored forecast."""
	body: dict[str, object] = {
		"file": file,
		"assumptions": assumptions(report),
		"levels": list(LEVELS),
		"little_history_below": LITTLE,
		"deliveries": len(report.scored),
		"overall": _all(report.scored),
		"pit_drawn": [round(sum(u <= level for u in draws) / len(draws), 4) for level in LEVELS]
		if draws
		else None,
		"at_equal_coverage": [_equal_dict(report.scored, n) for n in range(len(LEVELS))],
		"reliability": [
			{"deliveries": b.deliveries, "said": round(b.said, 4), "came_true": round(b.came_true, 4)}
			for b in bins([forecast.outcomes[MODEL] for forecast in report.scored])
		],
		"by_year": {},
		"by_history": {},
		"overdue": {str(waited): _all(report.overdue(waited)) for waited in OVERDUE},
		"by_cut_off": {str(cut_off): _all(report.after(cut_off)) for cut_off in report.cut_offs},
	}
	for kind, name, some in report.slices():
		slices = body[kind]
		assert isinstance(slices, dict)  # noqa: S101 - both are made above
		slices[name] = _all(some)
	return body


def _all(forecasts: Sequence[Forecast]) -> dict[str, object]:
	return {name: _figures_dict(of(forecasts, name)) for name in FORECASTERS}


def _figures_dict(of: Figures | None) -> dict[str, object] | None:
	if of is None:
		return None
	return {name: _rounded(getattr(of, name)) for name in Figures.__slots__}


def _rounded(value: object) -> object:
	if isinstance(value, tuple):
		return [_rounded(one) for one in value]
	return round(value, 4) if isinstance(value, float) else value


def _equal_dict(forecasts: Sequence[Forecast], level: int) -> dict[str, object]:
	model, other = of(forecasts, MODEL), equal_coverage(forecasts, level) if forecasts else None
	body: dict[str, object] = {"level": LEVELS[level], "model": None, "global_quantile": None}
	if model and model.dates_cover and model.days_beyond:
		body["model"] = {
			"covers": round(model.dates_cover[level], 4),
			"days_beyond": round(model.days_beyond[level], 2),
		}
	if other:
		body["global_quantile"] = {
			"level": other.level,
			"covers": round(other.covers, 4),
			"days_beyond": round(other.days_beyond, 2),
		}
	return body


# --- for people


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


def blocks(report: Report, file: str) -> Iterator[Block]:
	"""The tables, and how to read them."""
	scored = report.scored
	later = f", promised after {report.cut_offs[0]}" if report.cut_offs else ""
	yield Line(f"Deliveries of {file}{later}: {len(scored):,}, walking forward", Tone.STRONG)
	yield Line()
	if not scored:
		yield Line("Nothing is promised that late: choose an earlier --train-until.", Tone.WARNING)
		return
	yield _table("Forecast by", [(SAID[name], of(scored, name)) for name in FORECASTERS])
	yield Line()
	names = {"little": f"under {LITTLE} before", "much": f"{LITTLE} or more"}
	yield _table(
		"This model", [(names.get(name, name), of(some, MODEL)) for _, name, some in report.slices()]
	)
	yield Line()
	yield _table("Overdue by", list(_overdue_rows(report)))
	if len(report.cut_offs) > 1:
		yield Line()
		yield _table("Promised after", list(_cut_off_rows(report)))
	yield Line()
	yield Line(_compared(scored))
	yield Line()
	yield Listing("How to read it", HOW_TO_READ, Tone.QUIET)
	yield Listing("What was done", tuple(assumptions(report)), Tone.QUIET)


HOW_TO_READ = (
	f"PIT: the share of deliveries below the {PERCENTS} % points of what was forecast; these very figures if calibrated, however "
	"many come on one day.",
	"Dates cover, day before: the share that came by the date promised with that probability, and by the day before it: the level "
	"lies between them, wide apart where many come on one day.",
	f"Cal. err (calibration error) and Brier: of the probability of coming by the scheduled date, in {BINS} bins. CRPS: in days; less is better.",
	"Days beyond: mean days from the scheduled to the promised date.",
	f"Overdue: forecast once more so many days after the scheduled date; cal. err and Brier are then of coming within {SOON} days.",
	f"Years are those of the scheduled date; 'before' counts deliveries of the supplier due before the forecast (little: under {LITTLE}).",
)


def _overdue_rows(report: Report) -> Iterator[tuple[str, Figures | None]]:
	for waited in OVERDUE:
		for name in (MODEL, GLOBAL):
			yield (
				f"{waited} {'day' if waited == 1 else 'days'}, {SHORT[name]}",
				of(report.overdue(waited), name),
			)


def _cut_off_rows(report: Report) -> Iterator[tuple[str, Figures | None]]:
	for cut_off in report.cut_offs:
		later = report.after(cut_off)
		for name in (MODEL, GLOBAL):
			yield f"{cut_off}, {SHORT[name]}", of(later, name)


def _compared(forecasts: Sequence[Forecast]) -> str:
	"""The model's last date against the global quantile's at equal coverage."""
	model, other = of(forecasts, MODEL), equal_coverage(forecasts, len(LEVELS) - 1)
	if not model or not model.dates_cover or not model.days_beyond:
		return ""
	said = (
		f"The {LEVELS[-1]:.0%} date covers {model.dates_cover[-1]:.1%} and lies {model.days_beyond[-1]:.1f} days beyond the "
		"scheduled one in the mean; "
	)
	if other is None:
		return said + "no global quantile covers as much."
	return (
		said
		+ f"a global quantile that covers as much ({other.covers:.1%}) lies {other.days_beyond:.1f} days beyond."
	)


def _table(title: str, rows: list[tuple[str, Figures | None]]) -> Table:
	return Table((Column(title), *COLUMNS), tuple(Row((name, *_cells(of))) for name, of in rows))


def _cells(of: Figures | None) -> tuple[str, ...]:
	if of is None:
		return ("0", *[NONE] * (len(COLUMNS) - 1))
	return (
		f"{of.deliveries:,}",
		_percents(of.pit),
		_percents(of.dates_cover, 0),
		_percents(of.day_before_covers, 0),
		f"{of.calibration_error:.3f}",
		f"{of.brier:.3f}",
		NONE if of.crps is None else f"{of.crps:.2f}",
		NONE if of.days_beyond is None else " ".join(f"{days:.1f}" for days in of.days_beyond),
	)


def _percents(shares: tuple[float, ...] | None, decimals: int = 1) -> str:
	return NONE if shares is None else " ".join(f"{share * 100:.{decimals}f}" for share in shares)
