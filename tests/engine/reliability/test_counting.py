"""Stock counts: the probability that what the books show is there."""

from __future__ import annotations

import pytest

from otp_app.engine.facts import SupplyKind
from otp_app.engine.reliability.history import StockCount
from otp_app.engine.reliability.learning import learn
from otp_app.engine.reliability.priors import ON_TIME
from tests.engine.reliability.past import TODAY, day

STATED = ON_TIME[SupplyKind.ON_HAND]


def there(counts: list[StockCount]) -> dict[str | None, float]:
	return {record.party: record.lateness.within(0) for record in learn((), counts, TODAY)}


def weekly(warehouse: str, short: float) -> list[StockCount]:
	return [StockCount(warehouse, day(-7 * n), 20, 20 * short) for n in range(1, 50)]


def test_without_counts_there_is_no_record():
	assert learn((), (), TODAY) == ()
	assert there([StockCount("A", TODAY, 5, 0), StockCount("A", day(-1), 0, 0)]) == {}


def test_a_warehouse_leans_on_all_warehouses_and_these_on_what_is_stated():
	found = there([*weekly("Good", 0.0), *weekly("Bad", 0.2), StockCount("New", day(-3), 1, 1)])
	assert list(found) == [None, "Bad", "Good", "New"]
	assert found["Bad"] == pytest.approx(0.8, abs=0.03)
	assert found["Good"] > 0.98
	assert found[None] - 0.03 < found["New"] < found[None]
	assert there([StockCount("A", day(-3), 1, 1)])["A"] > STATED - 0.05


def test_what_is_missing_of_stock_never_comes():
	record = learn((), weekly("Bad", 0.2), TODAY)[-1]
	assert record.lateness.quantile(0.95) is None
	assert (record.kind, record.item_group, record.deliveries, record.late) == (
		SupplyKind.ON_HAND,
		None,
		980,
		0.2,
	)
	assert record.median_late is None


def test_counts_of_today_and_later_are_not_known_and_absurd_ones_do_no_harm():
	counts = weekly("A", 0.1)
	assert there([*counts, StockCount("A", TODAY, 20, 20), StockCount("A", day(9), 20, 20)]) == there(counts)
	odd = [StockCount("A", day(-1), 5, 50), StockCount("B", day(-1), 5, -5), StockCount("C", day(-1), -5, 1)]
	assert all(0 <= probability <= 1 for probability in there(odd).values())


def test_one_great_count_weighs_no_more_than_a_hundred():
	counts = weekly("A", 0.0)
	assert there([*counts, StockCount("B", day(-1), 100_000, 50_000)])["A"] > 0.95
