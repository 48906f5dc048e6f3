"""Which status a promise has: known answers, and what must hold whatever the facts are."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.promises.keeping.lifecycle import LineState, OrderState, PromiseStatus, judge

TODAY = date(2026, 3, 2)


def day(offset: int) -> date:
	return TODAY + timedelta(days=offset)


def line(promised=5, expected=5, open_qty=1.0, delivered=None) -> LineState:
	return LineState(
		"Bike",
		None if promised is None else day(promised),
		None if expected is None else day(expected),
		open_qty,
		None if delivered is None else day(delivered),
	)


def status(*lines: LineState, order: OrderState = OrderState.OPEN) -> PromiseStatus:
	return judge(order, lines, TODAY).status


@pytest.mark.parametrize(
	("lines", "expected"),
	[
		([line()], PromiseStatus.COMMITTED),
		([line(expected=5), line(expected=6)], PromiseStatus.AT_RISK),
		([line(expected=None)], PromiseStatus.AT_RISK),
		([line(promised=None)], PromiseStatus.AT_RISK),
		([line(promised=0)], PromiseStatus.AT_RISK),
		([line(promised=0, expected=0)], PromiseStatus.COMMITTED),
		([line(promised=-1)], PromiseStatus.BROKEN),
		([line(open_qty=0, delivered=5)], PromiseStatus.KEPT),
		([line(open_qty=0, delivered=-3)], PromiseStatus.KEPT),
		([line(promised=-2, open_qty=0, delivered=-1)], PromiseStatus.BROKEN),
		([line(open_qty=0, delivered=1), line()], PromiseStatus.COMMITTED),
		([line(promised=-2, open_qty=0, delivered=-1), line()], PromiseStatus.BROKEN),
	],
)
def test_known_answers(lines: list[LineState], expected: PromiseStatus):
	assert status(*lines) is expected


@pytest.mark.parametrize(
	("order", "expected"),
	[
		(OrderState.CANCELLED, PromiseStatus.CANCELLED),
		(OrderState.CLOSED, PromiseStatus.CANCELLED),
		(OrderState.ON_HOLD, PromiseStatus.AT_RISK),
	],
)
def test_what_the_order_itself_says(order: OrderState, expected: PromiseStatus):
	assert status(line(), order=order) is expected


def test_an_order_that_was_closed_after_all_was_delivered_has_kept_its_promise():
	assert status(line(open_qty=0, delivered=1), order=OrderState.CLOSED) is PromiseStatus.KEPT


def test_the_verdict_says_why():
	verdict = judge(OrderState.OPEN, [line(expected=9)], TODAY)
	assert (
		verdict.reason.format(*verdict.values)
		== "Bike is expected on 2026-03-11; it was promised for 2026-03-07."
	)
	assert judge(OrderState.OPEN, [line()], TODAY).reason == ""


days = st.one_of(st.none(), st.integers(-20, 20))
lines = st.lists(
	st.one_of(
		st.builds(line, days, days, st.floats(0.1, 5)),
		st.builds(line, days, days, st.just(0.0), st.integers(-20, 20)),
	),
	min_size=1,
	max_size=4,
)


@given(lines)
def test_a_promise_is_kept_only_if_nothing_is_open_and_nothing_was_late(states: list[LineState]):
	kept = judge(OrderState.OPEN, states, TODAY).status is PromiseStatus.KEPT
	assert kept == all(not state.open_qty and (state.days_late or 0) <= 0 for state in states)


@given(lines)
def test_every_status_but_kept_and_committed_says_why(states: list[LineState]):
	verdict = judge(OrderState.OPEN, states, TODAY)
	quiet = (PromiseStatus.KEPT, PromiseStatus.COMMITTED)
	assert bool(verdict.reason) == (verdict.status not in quiet)
