"""The figures, on forecasts small enough to work them out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.scoring import Outcome, bins, crps, figures, pit_below, score

# 20 % early by two days, 60 % on the day, 20 % five days late.
EXPECTED = DaysLate((-2, 0, 5), (0.2, 0.8, 1.0))


def test_a_forecast_beside_what_happened():
	assert score(EXPECTED, 0) == Outcome(
		late=0, said=0.8, by=0, below=0.2, up_to=0.8, dates=(0, 5, 5), crps=pytest.approx(2 * 0.04 + 5 * 0.04)
	)


@pytest.mark.parametrize(
	("late", "expected"),
	[
		(0, 2 * 0.2**2 + 5 * 0.2**2),
		(-2, 2 * 0.8**2 + 5 * 0.2**2),
		(-3, 1 + 2 * 0.8**2 + 5 * 0.2**2),
		(5, 2 * 0.2**2 + 5 * 0.8**2),
		(3, 2 * 0.2**2 + 3 * 0.8**2 + 2 * 0.2**2),
		(7, 2 * 0.2**2 + 5 * 0.8**2 + 2),
	],
)
def test_crps_by_hand(late, expected):
	assert crps(EXPECTED, late) == pytest.approx(expected)


def test_crps_of_a_date_alone_is_the_days_that_it_was_off():
	assert [crps(DaysLate((0,), (1.0,)), late) for late in (-3, 0, 4)] == [3, 0, 4]


@given(st.integers(-10, 10))
def test_crps_is_the_sum_over_days(late):
	by_days = sum((EXPECTED.within(d) - (late <= d)) ** 2 for d in range(-20, 20))
	assert crps(EXPECTED, late) == pytest.approx(by_days)


@pytest.mark.parametrize(
	("late", "at_80", "at_50"), [(0, 1.0, 0.5), (-2, 1.0, 1.0), (5, 0.0, 0.0), (-9, 1.0, 1.0), (3, 1.0, 0.0)]
)
def test_the_randomised_transform_by_hand(late, at_80, at_50):
	outcome = score(EXPECTED, late)
	assert (pit_below(outcome, 0.8), pit_below(outcome, 0.5)) == (pytest.approx(at_80), pytest.approx(at_50))


def test_the_figures_of_what_comes_true_as_said():
	outcomes = [score(EXPECTED, late) for late, times in ((-2, 2), (0, 6), (5, 2)) for _ in range(times)]
	found = figures(outcomes)
	assert found is not None
	assert found.deliveries == 10
	assert found.pit == pytest.approx((0.8, 0.9, 0.95))
	assert found.dates_cover == pytest.approx((0.8, 1.0, 1.0))
	assert found.day_before_covers == pytest.approx((0.2, 0.8, 0.8))
	assert found.days_beyond == pytest.approx((0, 5, 5))
	assert found.calibration_error == pytest.approx(0)
	assert found.brier == pytest.approx(0.16)


def test_bins_and_their_error():
	outcomes = [Outcome(0, 0.95), Outcome(1, 0.95), Outcome(0, 0.55), Outcome(0, 1.0)]
	assert [(b.deliveries, b.came_true) for b in bins(outcomes)] == [(1, 1.0), (3, pytest.approx(2 / 3))]
	found = figures(outcomes)
	assert found is not None
	assert found.calibration_error == pytest.approx((0.45 + 3 * (2.9 / 3 - 2 / 3)) / 4)
	assert (found.pit, found.crps) == (None, None)
	assert figures([]) is None


def test_what_is_left_of_an_overdue_one():
	left = DaysLate((0, 5, 9), (0.8, 0.9, 1.0)).overdue(2)
	assert (left.days, left.reached) == ((5, 9), (pytest.approx(0.5), 1.0))
	unknown = DaysLate((0,), (1.0,)).overdue(3)
	assert unknown.days[0] == 3
	assert unknown.within(3) == pytest.approx(0.05)
	assert unknown.reached[-1] > 0.999999
