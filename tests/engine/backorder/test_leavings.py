"""A run leaves nothing behind but what it found: the collector is paused while it goes, and would search for the rest."""

from __future__ import annotations

import gc

import pytest

from otp_app.engine.backorder.shelf import Shelf
from otp_app.engine.backorder.units import Unit
from otp_app.engine.policy import FulfilmentMode
from tests.engine.backorder.running import bare, line, run, stock
from tests.values import ItemFactory


@pytest.mark.parametrize(
	"item",
	[
		{"lead_time_days": 5},
		{"mode": FulfilmentMode.ALWAYS_AVAILABLE},
		{"default_bom": "BOM-1", "lead_time_days": None, "production_minutes": (10.0, 5.0)},
	],
)
def test_shelves_and_units_are_gone_without_a_search(item):
	items = [ItemFactory(item_code="ITEM-001", **item)]
	book = bare([line("A", 10, 2), line("B", 10, 3), line("C", 1, 1)], stock(10), items=items)
	gc.collect()
	gc.disable()
	try:
		for strategy in ("gain", "redistribute", "skip"):
			simulation = run(book, strategy)
			assert len(simulation.outcomes) == 3
		assert not [left for left in gc.get_objects() if isinstance(left, Shelf | Unit)]
	finally:
		gc.enable()


def test_the_collector_goes_on_as_it_was():
	run(bare([line("A", 10, 2)]), "gain")
	assert gc.isenabled()
	gc.disable()
	try:
		run(bare([line("A", 10, 2)]), "gain")
		assert not gc.isenabled()
	finally:
		gc.enable()
