"""`otp backtest`."""

from __future__ import annotations

import csv
import importlib.util
import random
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otp_app.cli.common import DEMO, EXIT_CODES, Exit, dumped, new_request_id, telling_errors

if TYPE_CHECKING:
	from otp_app.cli.backtest_report import Report
	from otp_app.engine.reliability.backtesting import Forecast

DEMO_DELIVERIES = DEMO / "deliveries.csv"
# The seed of the drawn PITs.
SEED = 1
PICTURE_EXTRA = "pip install 'otp_app[backtest]'"


@click.command(
	epilog=EXIT_CODES, short_help="Tell how sure promises would have been, from deliveries of the past."
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
	"--train-until",
	"cut_offs",
	multiple=True,
	type=click.DateTime(["%Y-%m-%d"]),
	metavar="DATE",
	help="Score only what is promised for later days. Learning goes on from day to day. Repeated, the figures after each date "
	"are compared.",
)
@click.option(
	"--days-ahead",
	type=click.IntRange(min=0),
	default=30,
	show_default=True,
	help="Forecast so many days before the scheduled date what has no order date.",
)
@click.option("--skip-bad-rows", is_flag=True, help="Leave bad rows out, instead of refusing the file.")
@click.option("--png", type=click.Path(path_type=Path), metavar="FILE", help="Write the reliability picture.")
@click.option(
	"--predictions",
	type=click.Path(path_type=Path),
	metavar="FILE",
	help="Write one CSV row a scored delivery.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
def backtest(
	file: Path | None,
	cut_offs: Sequence[datetime],
	days_ahead: int,
	skip_bad_rows: bool,
	png: Path | None,
	predictions: Path | None,
	as_json: bool,
) -> None:
	"""Walk through the deliveries of FILE, forecast each as of its day, and tell how good the forecasts were.

	FILE is a CSV with the columns supplier, promised_on and delivered_on (empty while awaited), and, if known, product_group and
	ordered_on; others are not read. Without it, invented deliveries of the demo company. Nothing that happened after the day
	of a forecast is known to it.
	"""
	from otp_app.cli.backtest_file import read_deliveries
	from otp_app.cli.backtest_json import as_dict
	from otp_app.cli.backtest_report import Report
	from otp_app.cli.backtest_tables import blocks
	from otp_app.cli.paint import show
	from otp_app.engine.reliability.backtesting import forecasts

	with telling_errors(as_json, new_request_id()):
		file = file or DEMO_DELIVERIES
		read = read_deliveries(file)
		lines = read.sound(skip_bad_rows=skip_bad_rows)
		report = Report(
			forecasts=tuple(forecasts(lines, days_ahead)),
			days_ahead=days_ahead,
			cut_offs=tuple(sorted(moment.date() for moment in cut_offs)),
			skipped=read.bad_rows,
			awaited=sum(line.arrived is None for line in lines),
		)
	draws = drawn(report.scored)
	if as_json:
		click.echo(dumped(as_dict(report, file.name, draws)))
	else:
		show(blocks(report, file.name))
	if predictions:
		write_predictions(predictions, report.scored, draws)
	if png and report.scored:
		_picture(report, png)


def drawn(forecasts: Sequence[Forecast]) -> list[float]:
	"""One randomised PIT of the model a forecast: uniform between what was given to fewer days late, and to at most as many."""
	from otp_app.engine.reliability.backtesting import MODEL

	uniform = random.Random(SEED)  # noqa: S311 - a statistic, no secret
	outcomes = [forecast.outcomes[MODEL] for forecast in forecasts]
	return [(o.below or 0.0) + uniform.random() * ((o.up_to or 0.0) - (o.below or 0.0)) for o in outcomes]


PREDICTION = (
	"line",
	"supplier",
	"promised_on",
	"delivered_on",
	"forecast_on",
	"history",
	"days_late",
	"p_on_time",
	"date_80",
	"date_90",
	"date_95",
	"pit_from",
	"pit_to",
	"pit",
	"crps",
)


def write_predictions(path: Path, forecasts: Sequence[Forecast], draws: Sequence[float]) -> None:
	"""What the model said of each scored delivery, so that anybody can check the figures; dates are days late."""
	from otp_app.engine.reliability.backtesting import MODEL

	with path.open("w", newline="", encoding="utf-8") as stream:
		writer = csv.writer(stream)
		writer.writerow(PREDICTION)
		for forecast, pit in zip(forecasts, draws, strict=True):
			line, of = forecast.line, forecast.outcomes[MODEL]
			numbers = (of.below, of.up_to, pit, of.crps)
			writer.writerow(
				[
					line.number,
					line.party,
					line.promised,
					line.arrived,
					forecast.made_on,
					forecast.history,
					of.late,
					f"{of.said:.6f}",
					*(of.dates or ()),
					*(f"{number:.6f}" for number in numbers),
				]
			)


def _picture(report: Report, png: Path) -> None:
	if importlib.util.find_spec("matplotlib") is None:
		click.echo(f"Error: the picture needs matplotlib: {PICTURE_EXTRA}", err=True)
		sys.exit(Exit.BAD_INPUT)
	from otp_app.cli.backtest_picture import draw

	draw(report, png)
