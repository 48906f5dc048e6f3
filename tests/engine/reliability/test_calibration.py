"""How good the forecasts are, on real deliveries: the figures that are promised in docs/how-sure.md."""

from __future__ import annotations

from datetime import date

import pytest

from otp_app.cli.backtest_file import read_deliveries
from otp_app.cli.backtest_report import LITTLE, Report, equal_coverage, of
from otp_app.engine.reliability.backtesting import GLOBAL, MODEL, OVERDUE, RULES, SCHEDULED, forecasts
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.learning import learn
from otp_app.engine.reliability.scoring import LEVELS, Figures
from tests.engine.reliability.past import KIND
from tests.engine.reliability.shared_file import DELIVERIES, needs_deliveries

pytestmark = needs_deliveries
# The first year has no history to learn from: 65 deliveries, all of them on the day.
YEARS = range(2007, 2014)


@pytest.fixture(scope="module")
def report() -> Report:
	return Report(tuple(forecasts(read_deliveries(DELIVERIES).lines)), days_ahead=30)


@pytest.fixture(scope="module")
def overall(report: Report) -> dict[str, Figures]:
	return {name: of(report.scored, name) for name in (MODEL, SCHEDULED, GLOBAL, RULES)}


def off(figures: Figures) -> float:
	"""The largest distance of the randomised PIT from its level, in points."""
	return max(abs(share - level) for share, level in zip(figures.pit, LEVELS, strict=True)) * 100


def test_every_delivery_is_scored_and_all_levels_are_within_two_points(report, overall):
	assert overall[MODEL].deliveries == 7100
	assert off(overall[MODEL]) < 2
	assert off(overall[SCHEDULED]) > 5
	assert overall[MODEL].calibration_error < 0.03 < overall[GLOBAL].calibration_error


def test_every_year_and_suppliers_with_little_history_are_within_five_points(report):
	for year in YEARS:
		assert off(of([f for f in report.scored if f.line.promised.year == year], MODEL)) < 5, year
	for fewer in (10, LITTLE):
		assert off(of([f for f in report.scored if f.history < fewer], MODEL)) < 5, fewer


def test_the_dates_cover_their_level_and_the_day_before_does_not(overall):
	for level, covers, before in zip(
		LEVELS, overall[MODEL].dates_cover, overall[MODEL].day_before_covers, strict=True
	):
		assert before - 0.02 <= level <= covers + 0.02


def test_it_is_sharper_than_one_quantile_for_all(report, overall):
	assert overall[MODEL].crps < 0.9 * overall[GLOBAL].crps < overall[SCHEDULED].crps
	assert overall[MODEL].brier < overall[GLOBAL].brier < overall[SCHEDULED].brier < overall[RULES].brier
	assert overall[MODEL].days_beyond[-1] < equal_coverage(report.scored, len(LEVELS) - 1).days_beyond


def test_it_is_the_better_one_after_each_cut_off(report):
	for year in (2009, 2010, 2011, 2012):
		later = report.after(date(year, 12, 31))
		model, other = of(later, MODEL), of(later, GLOBAL)
		assert off(model) < 3, year
		assert model.calibration_error < 0.03, year
		assert (model.crps, model.brier) < (other.crps, other.brier), year


def test_what_is_overdue_is_forecast_within_four_points_too(report):
	for waited in OVERDUE:
		assert off(of(report.overdue(waited), MODEL)) < 4, waited


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 1.0])
def test_a_site_learns_what_the_backtest_says(report, part):
	as_of = report.scored[round(part * (len(report.scored) - 1))].made_on
	lines = read_deliveries(DELIVERIES).lines
	deliveries = [Delivery(KIND, line.party, line.group, line.promised, line.arrived) for line in lines]
	records = {(r.party, r.item_group): r.lateness for r in learn(deliveries, (), as_of)}
	compared = 0
	for forecast in report.scored:
		lateness = records.get((forecast.line.party, forecast.line.group))
		if forecast.made_on == as_of and lateness is not None:
			outcome = forecast.outcomes[MODEL]
			assert lateness.within(0) == pytest.approx(outcome.said, abs=1e-3)
			assert lateness.within(outcome.late) == pytest.approx(outcome.up_to, abs=1e-3)
			assert tuple(lateness.quantile(level) for level in LEVELS) == outcome.dates
			compared += 1
	assert compared > 0
