"""Walking through the past gives on each day what `learn` gives, and nothing of what comes later."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from otp_app.engine.reliability.backtesting import GLOBAL, MODEL, RULES, SCHEDULED, Forecast, Line, forecasts
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.learning import learn
from otp_app.engine.reliability.walking import Walk
from tests.engine.reliability.past import KIND, TODAY, awaited, came, day


def past(count: int = 300) -> list[Delivery]:
	dice = random.Random(3)
	deliveries = []
	for _ in range(count):
		late = dice.choice((0, 0, 0, -5, 3, 20, 90, 500))
		deliveries.append(
			came(
				-dice.randint(0, 700),
				late,
				dice.choice("ABC"),
				dice.choice(("X", "Y", None)),
				count=dice.choice((1.0, 0.5)),
			)
		)
	return [*deliveries, awaited(-20, "A"), awaited(-600, "B")]


@pytest.mark.parametrize("back", [650, 400, 90, 30, 1, 0])
def test_the_walk_says_what_learning_afresh_says(back):
	deliveries = past()
	walk = Walk(deliveries)
	for earlier in (700, 500, back):
		if earlier >= back:
			walk.on(day(-earlier))
	for record in learn(deliveries, (), day(-back)):
		expecting = walk.expecting(KIND)
		if record.party is None:
			said = expecting.of_group(record.item_group) if record.item_group else expecting.of_kind()
		else:
			said = (
				expecting.of(record.party, record.item_group)
				if record.item_group
				else expecting.of_party(record.party)
			)
		for days in (-6, -1, 0, 2, 10, 40, 200):
			assert said.within(days) == pytest.approx(record.lateness.within(days), abs=2e-3)


def test_a_walk_cannot_go_back():
	walk = Walk(past(5))
	walk.on(TODAY)
	walk.on(TODAY)
	with pytest.raises(ValueError, match="cannot go back"):
		walk.on(day(-1))


def lines() -> list[Line]:
	dice = random.Random(4)
	found = []
	for number in range(200):
		promised = TODAY - timedelta(days=dice.randint(0, 800))
		ordered = promised - timedelta(days=dice.randint(-5, 90)) if dice.random() < 0.5 else None
		arrived = promised + timedelta(days=dice.choice((0, 0, 0, -50, -2, 4, 35)))
		found.append(Line(number, dice.choice("AB"), dice.choice("XY"), promised, arrived, ordered))
	return found


def test_changing_the_future_changes_no_forecast_of_the_past():
	before = lines()
	change = day(-300)
	after = [
		replace(line, arrived=line.arrived + timedelta(days=100 + line.number % 7))
		if line.arrived and line.arrived >= change
		else line
		for line in before
	]
	said = [
		{(f.line.number, f.made_on): f for f in forecasts(some) if f.made_on < change}
		for some in (before, after)
	]
	same = [key for key in said[0] if key in said[1]]
	assert len(same) > 80
	for key in same:
		one, other = said[0][key], said[1][key]
		assert _said(one) == _said(other)
	changed = sum(
		one.outcomes[MODEL].late != said[1][key].outcomes[MODEL].late
		for key, one in said[0].items()
		if key in said[1]
	)
	assert changed > 10


def _said(forecast: Forecast) -> tuple[object, ...]:
	outcome = forecast.outcomes[MODEL]
	return outcome.said, outcome.dates, forecast.history, forecast.everybody, forecast.outcomes[GLOBAL].said


def test_a_line_is_forecast_on_its_order_else_some_days_ahead_but_never_after_it_came():
	ordered = Line(1, "A", None, day(0), day(1), ordered=day(-50))
	unknown = Line(2, "A", None, day(0), day(1))
	too_late = Line(3, "A", None, day(0), day(1), ordered=day(2))
	early = Line(4, "A", None, day(0), day(-40))
	open_still = Line(5, "A", None, day(0), None)
	made = {
		f.line.number: f
		for f in forecasts([ordered, unknown, too_late, early, open_still], 30)
		if f.waited is None
	}
	assert {number: f.made_on for number, f in made.items()} == {
		1: day(-50),
		2: day(-30),
		3: day(-30),
		4: day(-40),
	}
	assert [f.came_first for f in made.values()].count(True) == 1
	assert made[4].came_first


def test_what_is_late_is_forecast_again_while_it_is_overdue():
	found = [f for f in forecasts([Line(1, "A", None, day(0), day(9))]) if f.waited]
	assert [(f.waited, f.made_on) for f in found] == [(1, day(1)), (7, day(7))]
	assert all(f.outcomes[MODEL].below is not None and set(f.outcomes) == {MODEL, GLOBAL} for f in found)
	assert found[1].outcomes[MODEL].by == 13


def test_the_three_others_say_what_they_are_meant_to():
	history = [
		Line(n, "A", None, day(-200 + n), day(-200 + n + (10 if n % 4 == 0 else 0))) for n in range(100)
	]
	last = Line(1000, "A", None, day(0), day(0), ordered=day(-2))
	forecast = next(f for f in forecasts([*history, last]) if f.line.number == 1000)
	said = {name: outcome.said for name, outcome in forecast.outcomes.items()}
	assert (said[SCHEDULED], said[GLOBAL], said[RULES]) == (1.0, 0.75, 0.95)
	assert forecast.outcomes[GLOBAL].dates == (10, 10, 10)
	assert forecast.outcomes[RULES].dates is None
	assert isinstance(forecast.made_on, date)
