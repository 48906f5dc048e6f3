"""Forward scheduling on working hours: minute by minute, against hours, holidays, load and what the order has taken."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.capable.claims import Taken
from otp_app.engine.capable.facts import Workstation
from otp_app.engine.capable.shop import MINUTES, NeverWorks, Run, Shop, moment_of
from otp_app.engine.facts import Calendar
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms
from tests.engine.asking import BARE
from tests.engine.capable.workshop import EARLY, bench, workshop
from tests.values import STORES, TODAY, day

SPLIT_DAY = ((time(8), time(12)), (time(13), time(17)))
HOLIDAYS = Calendar("Holidays", frozenset({day(1), day(2)}))


class Desk:
	"""One workstation, and work that is put on it."""

	def __init__(self, station: Workstation, now: datetime = EARLY) -> None:
		facts = workshop(station, settings=BARE, calendars=[HOLIDAYS])
		self.shop = Shop(Terms(facts, Rules(), now))
		self.station, self.at, self.taken = station, facts.warehouses[STORES], Taken()

	def put(self, minutes: float, ready: float = 0.0, *, alone: bool = False) -> Run | None:
		"""Work that can begin so many minutes after the beginning of today."""
		start = moment_of(TODAY) + ready
		return self.shop.run(self.station.name, minutes, start, self.at, None if alone else self.taken)


def at(number: int, hour: int, minute: int = 0) -> float:
	return moment_of(day(number)) + 60 * hour + minute


def test_work_stops_for_the_break():
	desk = Desk(bench(hours=SPLIT_DAY))
	assert desk.put(300) == Run(at(0, 8), at(0, 14))
	assert desk.put(300) == Run(at(0, 14), at(1, 10))


def test_a_job_fills_the_gap_that_another_has_left():
	desk = Desk(bench(hours=SPLIT_DAY))
	assert desk.put(60, ready=14 * 60) == Run(at(0, 14), at(0, 15))
	assert desk.put(320) == Run(at(0, 8), at(0, 15, 20))


def test_a_job_does_not_begin_before_it_is_ready():
	desk = Desk(bench())
	assert desk.put(60, ready=9 * 60 + 30) == Run(at(0, 9, 30), at(0, 10, 30))
	assert desk.put(60, ready=17 * 60) == Run(at(1, 8), at(1, 9))


def test_holidays_are_skipped():
	desk = Desk(bench(calendar="Holidays"))
	assert desk.put(500) == Run(at(0, 8), at(3, 8, 20))


def test_the_load_is_done_first_on_its_day_and_flows_over():
	desk = Desk(bench(load={day(0): 600.0, day(5): 60.0}))
	assert desk.put(60) == Run(at(1, 10), at(1, 11))
	assert desk.put(60, ready=5 * MINUTES) == Run(at(5, 9), at(5, 10))
	assert desk.put(60, alone=True) == Run(at(0, 8), at(0, 9))


def test_load_flows_over_holidays_to_the_next_working_day():
	desk = Desk(bench(calendar="Holidays", load={day(0): 480.0, day(1): 120.0}))
	assert desk.put(60) == Run(at(3, 10), at(3, 11))


def test_of_today_only_the_hours_that_are_left_take_load():
	desk = Desk(bench(load={TODAY: 240.0}), now=EARLY.replace(hour=14))
	assert desk.put(60, ready=14 * 60) == Run(at(1, 10), at(1, 11))


def test_the_freest_of_two_takes_the_job():
	desk = Desk(bench(capacity=2, load={TODAY: 500.0}))
	assert desk.put(400) == Run(at(0, 8, 20), at(0, 15))
	assert desk.put(60) == Run(at(0, 15), at(0, 16))


def test_hours_that_overlap_count_once():
	hours = ((time(8), time(12)), (time(10), time(14)))
	assert Desk(bench(hours=hours)).put(360) == Run(at(0, 8), at(0, 14))


def test_no_work_takes_no_time():
	assert Desk(bench()).put(0.0, ready=5) == Run(at(0, 0, 5), at(0, 0, 5))


def test_work_beyond_the_horizon_has_no_end():
	assert Desk(bench()).put(480 * 400.0) is None


def test_a_load_beyond_the_horizon_ends_the_search():
	assert Desk(bench(load={TODAY: 480 * 400.0})).put(60) is None


@pytest.mark.parametrize("station", [bench(capacity=0), bench(hours=((time(0), time(0)),), capacity=0)])
def test_a_workstation_without_capacity_never_works(station: Workstation):
	with pytest.raises(NeverWorks):
		Desk(station).put(60)


jobs = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 4000)), min_size=1, max_size=8)
loads = st.dictionaries(st.integers(0, 6).map(day), st.integers(1, 900).map(float), max_size=4)


@given(jobs, loads, st.integers(1, 3))
def test_no_minute_is_given_away_twice(work: list[tuple[int, int]], load: dict[date, float], capacity: int):
	"""What is left free, the load and the jobs make up the hours of every day that was touched."""
	desk = Desk(bench(hours=SPLIT_DAY, capacity=capacity, load=load))
	runs = [desk.put(float(minutes), float(ready)) for minutes, ready in work]
	assert all(
		run is not None and run.end - run.start >= minutes
		for run, (minutes, _) in zip(runs, work, strict=True)
	)
	left = sum(end - start for lanes in desk.taken.free.values() for lane in lanes for start, end in lane)
	days = {slot[1] for slot in desk.taken.free}
	busy = desk.shop._load(desk.station, desk.at)
	hours = 480.0 * capacity * len(days)
	assert left == pytest.approx(
		hours - sum(busy.get(each, 0.0) for each in days) - sum(minutes for minutes, _ in work)
	)
	assert sum(busy.values()) == pytest.approx(sum(load.values()))


@given(jobs, loads, st.integers(1, 3))
def test_with_load_and_other_work_a_job_is_never_done_earlier(
	work: list[tuple[int, int]], load: dict[date, float], capacity: int
):
	desk = Desk(bench(hours=SPLIT_DAY, capacity=capacity, load=load))
	for minutes, ready in work:
		alone, run = (
			desk.put(float(minutes), float(ready), alone=True),
			desk.put(float(minutes), float(ready)),
		)
		assert alone is not None and run is not None
		assert run.end >= alone.end - 1e-6
		assert run.start >= TODAY.toordinal() * MINUTES + ready


def test_the_last_day_there_is_is_no_trouble():
	assert Desk(bench(load={TODAY + timedelta(days=9000): 5.0})).put(60) == Run(at(0, 8), at(0, 9))
