"""Scores of told probabilities, and the alarm when they do not hold."""

from __future__ import annotations

from random import Random

import pytest

from otp_app.engine.reliability.outcomes import (
	ERROR_RATE,
	Scored,
	band_of,
	bands,
	brier,
	drift,
	fates,
)


def told(probability: float, *, kept: int, broken: int = 0) -> list[Scored]:
	"""So many promises that have nothing to do with each other."""
	return [Scored(probability, n < kept, (probability, n)) for n in range(kept + broken)]


def test_the_brier_score_is_the_mean_squared_error():
	assert brier([*told(0.9, kept=1), *told(0.8, kept=0, broken=1)]) == pytest.approx((0.01 + 0.64) / 2)


def test_without_promises_there_is_no_score_and_no_drift():
	assert (brier([]), drift([]), bands([])) == (None, None, ())


@pytest.mark.parametrize(
	("probability", "band"),
	[
		(0.0, (0.0, 0.5)),
		(0.49, (0.0, 0.5)),
		(0.5, (0.5, 0.7)),
		(0.9, (0.9, 0.95)),
		(0.95, (0.95, 1.0)),
		(1.0, (0.95, 1.0)),
	],
)
def test_a_band_has_its_start_and_only_the_last_one_its_end(probability, band):
	assert band_of(probability) == band


def test_a_band_has_the_mean_told_and_the_share_kept():
	low, high = bands([*told(0.92, kept=3, broken=1), *told(0.6, kept=1, broken=1), *told(0.94, kept=4)])
	assert (low.low, low.count, low.told, low.kept) == (0.5, 2, 0.6, 0.5)
	assert (high.low, high.count, high.told, high.kept) == (0.9, 8, pytest.approx(0.93), 0.875)


@pytest.mark.parametrize(
	("probability", "kept", "broken", "alarm"),
	[
		(0.9, 90, 10, False),
		(0.95, 83, 17, True),
		(0.95, 84, 16, False),
		(0.9, 80, 20, False),
		(0.9, 75, 25, True),
		(0.7, 100, 0, True),
		(0.9, 2, 1, False),
		(1.0, 10, 0, False),
		(0.95, 500, 500, True),
	],
)
def test_the_alarm_tells_what_chance_does_not_explain_whichever_way(probability, kept, broken, alarm):
	assert drift(told(probability, kept=kept, broken=broken)).alarm is alarm


def test_a_promise_that_was_certain_and_is_broken_is_no_division_by_zero():
	found = drift(told(1.0, kept=99, broken=1))
	assert 0.0 < found.chance <= 1.0


def test_promises_that_share_their_fate_are_one_piece_of_bad_luck():
	apart = told(0.9, kept=80, broken=40)
	together = [Scored(one.told, one.kept, "PO-1") for one in apart]
	assert drift(apart).alarm
	assert not drift(together).alarm


def test_false_alarms_are_rarer_than_the_stated_rate_also_where_promises_hang_together():
	chance = Random(7)
	looks = alarms = 0
	for _ in range(4000):
		scored = []
		for fate in range(20):
			probability = chance.choice((0.6, 0.8, 0.9, 0.97))
			kept = chance.random() < probability
			scored += [Scored(probability, kept, fate)] * chance.choice((1, 1, 2, 5))
		looks += 1
		alarms += drift(scored).alarm
	assert alarms / looks <= ERROR_RATE


@pytest.mark.parametrize("true", [0.75, 0.99])
def test_a_model_that_is_off_by_some_points_is_found_out_after_some_hundred_promises(true):
	chance = Random(11)
	found = 0
	for _ in range(200):
		kept = sum(chance.random() < true for _ in range(400))
		found += drift(told(0.9, kept=kept, broken=400 - kept)).alarm
	assert found / 200 > 0.9


def test_fates_are_shared_through_documents_and_others():
	shared = fates({"a": ["PO-1"], "b": ["PO-1", "PO-2"], "c": ["PO-2"], "d": ["PO-3"], "e": []})
	assert shared["a"] == shared["b"] == shared["c"]
	assert len(set(shared.values())) == 3
