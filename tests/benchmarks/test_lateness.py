"""Days late are drawn from deliveries, alike for all who ask, and never in the past."""

from datetime import date, timedelta

from benchmarks.lateness import Lateness

TODAY = date(2026, 3, 2)
TOMORROW = TODAY + timedelta(1)


def test_the_same_document_comes_on_the_same_day_whoever_asks():
	due = TODAY + timedelta(30)
	first, second = Lateness(0.5), Lateness(0.5)
	names = [f"PO-{number}" for number in range(50)]
	assert [first.arrival(name, due, TOMORROW) for name in names] == [
		second.arrival(name, due, TOMORROW) for name in reversed(names)
	][::-1]
	assert len({Lateness(seed / 10).arrival("PO-1", due, TOMORROW) for seed in range(50)}) > 1


def test_what_has_not_come_yet_does_not_come_in_the_past():
	for number in range(200):
		assert Lateness(0.5).arrival(f"PO-{number}", TODAY - timedelta(10), TOMORROW) >= TOMORROW


def test_what_is_overdue_beyond_all_experience_comes_tomorrow():
	assert Lateness(0.5).arrival("PO-1", TODAY - timedelta(10_000), TOMORROW) == TOMORROW
