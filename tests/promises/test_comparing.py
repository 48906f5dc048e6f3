"""What happened to an order for supplies, from what it brought before and what it brings now."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.promises.watching.comparing import DRAFT, Coming, Order, compare
from otp_app.promises.watching.moves import Move, as_list, move_of, moves_of

MAY = date(2026, 5, 1)
ROWS = st.dictionaries(
	st.sampled_from("abcd"),
	st.builds(
		Coming,
		st.sampled_from(("bike", "bell")),
		st.sampled_from(("Stores", "Shop")),
		st.one_of(st.none(), st.integers(0, 30).map(lambda n: MAY + timedelta(n))),
		st.integers(1, 20).map(float),
	),
)
ENDED = st.sampled_from((None, None, None, DRAFT, "cancelled", "closed", "held"))
ORDERS = st.builds(Order, st.just("Purchase Order"), st.just("PO-1"), ROWS, ENDED)


def order(*rows: tuple[str, int | None, float], ended: str | None = None) -> Order:
	"""Rows as (item, day of May, quantity), all in one warehouse."""
	coming = {
		str(index): Coming(item, "Stores", day and date(2026, 5, day), qty)
		for index, (item, day, qty) in enumerate(rows)
	}
	return Order("Purchase Order", "PO-1", coming, ended)


def told(before: Order, after: Order) -> list[tuple]:
	return [(move.kind, move.worse, move.values) for move in compare(before, after)]


@pytest.mark.parametrize(
	("before", "after", "expected"),
	(
		(("bike", 3, 10), ("bike", 17, 10), [("later", True, ("2026-05-03", "2026-05-17"))]),
		(("bike", 17, 10), ("bike", 3, 10), [("earlier", False, ("2026-05-17", "2026-05-03"))]),
		(("bike", 3, 10), ("bike", None, 10), [("later", True, ("2026-05-03", None))]),
		(("bike", None, 10), ("bike", 3, 10), [("earlier", False, (None, "2026-05-03"))]),
		(("bike", 3, 10), ("bike", 3, 6), [("less", True, (6, 10))]),
		(("bike", 3, 6), ("bike", 3, 10), [("opened", False, ())]),
		(("bike", 3, 6), ("bell", 3, 6), [("removed", True, ("bike",)), ("opened", False, ())]),
	),
	ids=str,
)
def test_a_row_that_changes(before: tuple, after: tuple, expected: list):
	assert told(order(before), order(after)) == expected


def test_an_order_that_ends_and_goes_on():
	row = ("bike", 3, 10.0)
	assert told(order(row, ended=DRAFT), order(row)) == [("opened", False, ())]
	assert told(order(row), order(row, ended="held")) == [("held", True, ())]
	assert told(order(row, ended="held"), order(row)) == [("opened", False, ())]
	assert told(order(row, ended="closed"), order(row, ended="cancelled")) == []


def test_rows_that_move_together_are_one_move():
	before = order(("bike", 3, 1), ("bell", 3, 1), ("pump", 4, 1))
	after = order(("bike", 9, 1), ("bell", 9, 1), ("pump", 9, 1))
	moves = {move.values: set(move.items) for move in compare(before, after)}
	assert moves == {("2026-05-03", "2026-05-09"): {"bike", "bell"}, ("2026-05-04", "2026-05-09"): {"pump"}}


@given(ORDERS)
def test_nothing_happened_to_what_is_the_same(one: Order):
	assert compare(one, one) == []


@given(ORDERS, ORDERS)
def test_moves_are_about_what_is_ordered_and_have_something_to_say_when_rows_differ(
	before: Order, after: Order
):
	moves = compare(before, after)
	for move in moves:
		assert move.pools <= before.pools | after.pools
	if before.rows != after.rows and not before.ended and not after.ended:
		assert moves


@given(ORDERS, ORDERS)
def test_what_is_not_worse_one_way_is_worse_the_other_way(before: Order, after: Order):
	there, back = compare(before, after), compare(after, before)
	if there and not any(move.worse for move in there) and (before.ended or before.rows) and after.rows:
		assert any(move.worse for move in back)


@given(ORDERS, ORDERS)
def test_a_move_is_read_as_it_was_written(before: Order, after: Order):
	moves = compare(before, after)
	assert moves_of(as_list(moves)) == moves
	assert [move_of(move.as_json()) for move in moves] == moves
	assert moves_of(None) == []


def test_only_keeps_what_is_asked_for():
	move = Move("Purchase Order", "PO-1", "closed", True, pools=frozenset((("bike", "A"), ("bell", "B"))))
	assert move.only({"bike"}).items == {"bike"}
	assert move.about({"bell"}) and not move.only({"bike"}).about({"bell"})
