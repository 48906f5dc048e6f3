"""What order desks tell by ERPNext's figures, worked out by hand: 10 on hand, 12 reserved, 20 ordered for day 6."""

from datetime import date, timedelta

import pytest

from benchmarks.coming_due import Coming
from benchmarks.desks import DESKS, Figures, Told, Wish

TODAY = date(2026, 3, 2)
PLACE = ("BOLT", "Main")
LEAD_TIME = TODAY + timedelta(15)
POSITIVE, COVERS, THEN_ORDER, FREE, BY_THE_DAY = DESKS


def day(number):
	return TODAY + timedelta(number)


def bin():
	return Figures(10, 12, 18, [Coming("PO-1", PLACE, 20, day(6))])


def wish(qty, on=3):
	return Wish("NEW", PLACE, qty, day(on))


@pytest.mark.parametrize(
	("desk", "qty", "on", "told"),
	[
		(POSITIVE, 30, 3, Told(day(3))),
		(COVERS, 18, 3, Told(day(3))),
		(COVERS, 19, 3, Told(LEAD_TIME, 19, LEAD_TIME)),
		(THEN_ORDER, 19, 3, Told(day(6))),
		(THEN_ORDER, 21, 3, Told(LEAD_TIME, 21, LEAD_TIME)),
		(FREE, 1, 3, Told(day(6))),
		(FREE, 1, 9, Told(day(9))),
		(BY_THE_DAY, 1, 3, Told(LEAD_TIME, 1, LEAD_TIME)),
		(BY_THE_DAY, 18, 6, Told(day(6))),
		(BY_THE_DAY, 19, 6, Told(LEAD_TIME, 19, LEAD_TIME)),
	],
)
def test_what_a_desk_tells(desk, qty, on, told):
	assert desk.tell(wish(qty, on), bin(), LEAD_TIME, {}) == told


def test_what_was_told_counts_for_the_next_line():
	known = bin()
	assert COVERS.tell(wish(10), known, LEAD_TIME, {}) == Told(day(3))
	assert (known.reserved, known.projected) == (22, 8)
	assert COVERS.tell(wish(10), known, LEAD_TIME, {}) == Told(LEAD_TIME, 10, LEAD_TIME)
	assert known.projected == 8


def test_an_order_is_not_told_twice():
	known, told = bin(), {}
	assert FREE.tell(wish(12), known, LEAD_TIME, told) == Told(day(6))
	assert FREE.tell(wish(12), known, LEAD_TIME, told) == Told(LEAD_TIME, 12, LEAD_TIME)


def test_without_a_lead_time_there_is_no_date():
	assert COVERS.tell(wish(19), bin(), None, {}) is None
