"""Working days: arithmetic over a weekend and a holiday list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from otp_app.engine.calendars import NoWorkingDay, WorkingDays
from tests.values import TODAY, day

WEEKEND = WorkingDays(frozenset({5, 6}))
# Good Friday and Easter Monday of 2026: with the weekend, four days off.
EASTER = WorkingDays(frozenset({5, 6}), frozenset({date(2026, 4, 3), date(2026, 4, 6)}), "Easter")
ALWAYS = WorkingDays()
THURSDAY = date(2026, 4, 2)
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 3, 13 + n) for n in range(4))


@pytest.mark.parametrize(
	("when", "forward", "backward"),
	[
		(FRIDAY, FRIDAY, FRIDAY),
		(SATURDAY, MONDAY, FRIDAY),
		(SUNDAY, MONDAY, FRIDAY),
		(MONDAY, MONDAY, MONDAY),
	],
)
def test_a_free_day_moves_to_the_next_or_the_last_working_day(when: date, forward: date, backward: date):
	assert WEEKEND.on_or_after(when) == forward
	assert WEEKEND.on_or_before(when) == backward


def test_adding_no_days_to_a_free_day_still_ends_on_a_working_day():
	assert WEEKEND.add(SATURDAY, 0) == MONDAY
	assert WEEKEND.subtract(SUNDAY, 0) == FRIDAY


def test_days_are_counted_from_the_first_working_day():
	assert WEEKEND.add(FRIDAY, 1) == MONDAY
	assert WEEKEND.add(SATURDAY, 1) == MONDAY + timedelta(days=1)
	assert WEEKEND.add(TODAY, 5) == day(7)
	assert WEEKEND.subtract(MONDAY, 1) == FRIDAY


def test_after_counts_the_working_days_that_follow_a_day():
	assert WEEKEND.after(FRIDAY, 1) == MONDAY
	assert WEEKEND.after(SATURDAY, 1) == MONDAY
	assert WEEKEND.after(FRIDAY, 6) == MONDAY + timedelta(days=7)


def test_holidays_and_the_weekend_add_up():
	assert EASTER.add(THURSDAY, 1) == date(2026, 4, 7)
	assert EASTER.subtract(date(2026, 4, 7), 1) == THURSDAY
	assert not EASTER.is_working(date(2026, 4, 6))


def test_a_calendar_without_free_days_counts_every_day():
	assert ALWAYS.add(SATURDAY, 10) == SATURDAY + timedelta(days=10)


def test_leap_days_and_year_ends_are_days_like_others():
	assert ALWAYS.add(date(2028, 2, 28), 1) == date(2028, 2, 29)
	assert WEEKEND.add(date(2026, 12, 31), 1) == date(2027, 1, 1)


@pytest.mark.parametrize("way", ["on_or_after", "on_or_before"])
def test_a_calendar_in_which_nobody_ever_works_is_refused_by_name(way: str):
	never = WorkingDays(frozenset(range(7)), name="Closed for ever")
	with pytest.raises(NoWorkingDay) as refused:
		getattr(never, way)(TODAY)
	assert str(refused.value) == (
		"Holiday list Closed for ever leaves no working day near 2026-03-09: "
		"remove holidays from it, or choose another."
	)


@pytest.mark.parametrize(
	("way", "when"), [("on_or_after", date.max), ("on_or_before", date.min)], ids=["the end", "the beginning"]
)
def test_a_free_day_at_either_end_of_time_is_refused_like_a_calendar_without_working_days(
	way: str, when: date
):
	closed = WorkingDays(frozenset({when.weekday()}), name="Last day off")
	with pytest.raises(NoWorkingDay, match="Holiday list Last day off leaves no working day near"):
		getattr(closed, way)(when)


def test_a_plant_closed_for_nine_years_opens_again():
	holidays = frozenset(TODAY + timedelta(days=n) for n in range(9 * 365))
	assert WorkingDays(holidays=holidays).on_or_after(TODAY) == TODAY + timedelta(days=9 * 365)
