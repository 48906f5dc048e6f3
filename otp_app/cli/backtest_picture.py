"""The reliability picture of a backtest: what was said against what came true. Needs matplotlib, the extra `backtest`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from matplotlib.figure import Figure

from otp_app.cli.backtest_report import SAID, Report, of
from otp_app.engine.reliability.backtesting import GLOBAL, MODEL, SCHEDULED
from otp_app.engine.reliability.scoring import LEVELS, bins, pit_below

if TYPE_CHECKING:
	from matplotlib.axes import Axes

COLOURS = {MODEL: "#1f5fa8", GLOBAL: "#d98324", SCHEDULED: "#8a8a8a"}
LEVEL_COLOURS = ("#1f5fa8", "#2a9d8f", "#8d5aa5")
GREY = "#444444"
# Points between which a year's figure is meant to lie around its level.
BAND = 5
DOTS_PER_INCH = 130


def draw(report: Report, path: Path) -> None:
	"""Write the picture as PNG: probability of being on time, all probabilities, and the levels year by year."""
	figure = Figure(figsize=(15, 5.2), layout="constrained")
	axes = figure.subplots(1, 3)
	_on_time(axes[0], report)
	_all_levels(axes[1], report)
	_by_year(axes[2], report)
	figure.suptitle(f"{len(report.scored):,} deliveries, each forecast as of its day", fontsize=13)
	figure.savefig(path, format="png", dpi=DOTS_PER_INCH)


def _on_time(axes: Axes, report: Report) -> None:
	"""The share that came by the scheduled date, by the probability that was given to it."""
	points = bins([forecast.outcomes[MODEL] for forecast in report.scored])
	most = max(point.deliveries for point in points)
	axes.plot((0, 100), (0, 100), "--", color=GREY, linewidth=0.9, label="said = came true")
	axes.scatter(
		[100 * point.said for point in points],
		[100 * point.came_true for point in points],
		s=[30 + 500 * point.deliveries / most for point in points],
		color=COLOURS[MODEL],
		alpha=0.75,
		label=f"{SAID[MODEL]} (area: deliveries)",
	)
	for point in points:
		axes.annotate(
			f"{point.deliveries:,}",
			(100 * point.said, 100 * point.came_true),
			xytext=(0, -18),
			textcoords="offset points",
			ha="center",
			fontsize=8,
		)
	axes.set(
		title="On time, in bins of what was said",
		xlabel="said: comes by its scheduled date, %",
		ylabel="came by it, %",
		xlim=(-3, 106),
		ylim=(-8, 106),
	)
	_finish(axes, "upper left")


def _all_levels(axes: Axes, report: Report) -> None:
	"""The share of deliveries below each level of what was forecast (randomised PIT)."""
	levels = [level / 100 for level in range(0, 101, 2)]
	axes.plot((0, 100), (0, 100), "--", color=GREY, linewidth=0.9, label="calibrated")
	for name, colour in COLOURS.items():
		outcomes = [forecast.outcomes[name] for forecast in report.scored]
		shares = [100 * sum(pit_below(o, level) for o in outcomes) / len(outcomes) for level in levels]
		axes.plot([100 * level for level in levels], shares, color=colour, label=SAID[name], linewidth=1.8)
	axes.set(
		title="Every probability (randomised PIT)",
		xlabel="level, %",
		ylabel="deliveries below it, %",
		xlim=(0, 100),
		ylim=(0, 101),
	)
	_finish(axes, "upper left")


def _by_year(axes: Axes, report: Report) -> None:
	"""The three levels, year by year, within a band around each."""
	years = [(name, of(some, MODEL)) for kind, name, some in report.slices() if kind == "by_year"]
	names = [name for name, _ in years]
	lowest = 100 * min(LEVELS) - 2 * BAND
	for index, (level, colour) in enumerate(zip(LEVELS, LEVEL_COLOURS, strict=True)):
		percent = 100 * level
		axes.axhspan(percent - BAND, min(100, percent + BAND), color=colour, alpha=0.08, linewidth=0)
		axes.axhline(percent, color=colour, linewidth=0.9, linestyle="--")
		shares = [100 * figures.pit[index] for _, figures in years if figures and figures.pit]
		lowest = min(lowest, *(share - BAND for share in shares))
		axes.plot(names, shares, color=colour, marker="o", linewidth=1.6, label=f"{level:.0%}")
	axes.set(
		title=f"Year by year (bands: {BAND} points)",
		xlabel="year of the scheduled date",
		ylabel="deliveries below the level, %",
		ylim=(lowest, 101),
	)
	_finish(axes, "lower center")


def _finish(axes: Axes, legend: Literal["upper left", "lower center"]) -> None:
	axes.grid(alpha=0.25)
	axes.spines[["top", "right"]].set_visible(False)
	axes.legend(loc=legend, fontsize=9, frameon=False, ncols=3 if legend == "lower center" else 1)
