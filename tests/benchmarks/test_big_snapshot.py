"""The orders of the load, and after how many promises memory is looked at."""

from __future__ import annotations

from benchmarks.big_snapshot import orders
from benchmarks.service_memory import looks

ITEMS = [f"I-{n}" for n in range(50)]


def test_orders_are_the_same_for_a_seed_and_have_one_to_five_different_items():
	found = orders(ITEMS, "W", ["C"], count=200)
	assert found == orders(ITEMS, "W", ["C"], count=200)
	assert found != orders(ITEMS, "W", ["C"], count=200, seed=8)
	assert {len(order["items"]) for order in found} == {1, 2, 3, 4, 5}
	for order in found:
		codes = [line["item_code"] for line in order["items"]]
		assert len(set(codes)) == len(codes)
		assert all(line["warehouse"] == "W" for line in order["items"])


def test_without_a_warehouse_lines_name_none():
	assert all("warehouse" not in line for line in orders(ITEMS, None, ["C"], count=5)[0]["items"])


def test_memory_is_looked_at_after_ten_thousand_then_at_every_hundred_thousand_and_at_the_end():
	assert looks(5_000) == [5_000]
	assert looks(250_000) == [10_000, 100_000, 200_000, 250_000]
	assert looks(1_000_000)[0] == 10_000
	assert looks(1_000_000)[-1] == 1_000_000
