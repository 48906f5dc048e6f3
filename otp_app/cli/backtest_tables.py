"""The figures of a backtest as tables, and how to read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otp_app.cli.backtest_report import LITTLE, SAID, Report, assumptions, equal_coverage, of
from otp_app.cli.blocks import Block, Column, Line, Listing, Row, Table, Tone
from otp_app.engine.reliability.backtesting import FORECASTERS, GLOBAL, MODEL, OVERDUE, SOON, Forecast
from otp_app.engine.reliability.scoring import BINS, LEVELS, Figures

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
