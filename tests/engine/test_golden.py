"""Each folder in tests/golden is an order and the answer that a planner expects (see its README.md)."""

from __future__ import annotations

import pytest

from otp_app.engine.backorder.rules import Strategy
from tests.golden.scenario import FOLDER, answer, names, read, snapshot


@pytest.mark.parametrize("name", names())
def test_the_answer_is_the_one_expected(name: str):
	assert answer(name) == read(name, "expected.json"), (
		"If the new answer is right, see tests/golden/README.md for how to write it down."
	)


@pytest.mark.parametrize("name", names())
def test_a_scenario_says_in_one_line_where_its_expectation_comes_from(name: str):
	lines = (FOLDER / name / "README.md").read_text(encoding="utf-8").splitlines()
	assert len(lines) == 1
	assert lines[0].startswith(("Microsoft:", "Oracle:", "SAP:", "Worked out by hand:", "Common sense:"))


def test_there_are_scenarios():
	assert len(names()) >= 35


def test_there_is_an_order_book_for_every_strategy_and_every_supposition():
	cases = [read(name) for name in names() if name.startswith("backorder/")]
	segments = [segment for case in cases for segment in case.get("rules", {}).get("segments", [])]
	assert {segment["strategy"] for segment in segments} == {strategy.value for strategy in Strategy}
	assert {kind for case in cases for kind in case.get("suppose", {})} == {"delay", "add", "lose", "take"}


def test_a_misspelt_fact_is_not_passed_over():
	case = read(names()[0])
	with pytest.raises(ValueError, match="Supply has no quantity"):
		snapshot(
			{**case, "supplies": [{"item_code": "BIKE", "warehouse": "W", "kind": "on_hand", "quantity": 1}]}
		)
	with pytest.raises(ValueError, match="A case has no suplies"):
		snapshot({**case, "suplies": []})
