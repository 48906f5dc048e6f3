"""Every strategy on small order books. SAP defines the strategies in words (Win "shall be fully confirmed in time", Gain
"shall at least keep the confirmation and should gain", Redistribute "should gain, but may also lose", Fill "shall not
gain anything, should keep", Lose "shall lose everything": answers.sap.com/questions/125078 and "Confirmation strategies
in backorder processing, a deep dive", community.sap.com); it publishes no numbers. These are worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from otp_app.engine.backorder.outcome import Change
from otp_app.engine.facts import CommitmentKind, Withheld
from otp_app.engine.policy import FulfilmentMode, Settings, Shipment
from tests.engine.asking import BARE
from tests.engine.backorder.running import bare, dates, line, number, of, run, stock, why
from tests.values import (
	CommitmentFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	TransitLaneFactory,
	day,
)

KEY = {"strategy": "win", "orders": ["KEY"]}


def purchase(qty: float, due: int, document: str = "PO-1", **more):
	return PurchaseOrderSupplyFactory(qty=float(qty), due=day(due), document=document, **more)


def test_win_takes_from_redistribute_what_it_needs_to_be_on_time():
	"""10 in stock, 10 on day 6. OLD has the stock; KEY was told day 6 and wanted day 2."""
	book = bare([line("OLD", 10, 2), line("KEY", 10, 6, 2)], stock(10), purchase(10, 6))
	simulation = run(book, KEY, "redistribute")
	assert dates(simulation) == {"KEY": 2, "OLD": 6}
	assert of(simulation, "KEY").change is Change.IMPROVED
	assert of(simulation, "OLD").change is Change.WORSE
	assert why(simulation, "OLD") == [
		"10 Nos of ITEM-001 wait for Purchase Order PO-1, expected on 2026-03-15 and available on 2026-03-15.",
		"KEY takes ITEM-001 before it: segment win (win).",
	]


def test_win_that_cannot_be_on_time_is_an_exception_that_names_the_order_which_keeps_its_own():
	book = bare([line("OLD", 10, 2), line("KEY", 10, 6, 2)], stock(10), purchase(10, 6))
	simulation = run(book, KEY, "gain")
	assert dates(simulation) == {"KEY": 6, "OLD": 2}
	assert of(simulation, "KEY").exception and not of(simulation, "OLD").exception
	assert why(simulation, "KEY")[-1] == "OLD takes ITEM-001 before it: segment gain (gain)."


def test_gain_keeps_what_it_has_and_gets_better_with_new_supply():
	book = bare([line("A", 5, 9, 1), line("B", 5, 9, 1)], stock(5), purchase(5, 4))
	assert dates(run(book, "gain")) == {"A": 1, "B": 4}


def test_gain_that_supply_no_longer_bears_is_an_exception_and_names_the_document():
	book = bare([line("A", 5, 2)], purchase(5, 8, "PO-LATE"))
	simulation = run(book, "gain")
	assert dates(simulation) == {"A": 8}
	assert of(simulation, "A").exception
	assert "Purchase Order PO-LATE" in why(simulation, "A")[0]


def test_win_and_gain_that_supply_no_longer_bears_keep_in_that_order():
	book = bare([line("A", 5, 2), line("KEY", 5, 2)], stock(5), purchase(5, 8))
	assert dates(run(book, "gain", {**KEY, "strategy": "win"})) == {"A": 2, "KEY": 8}
	assert dates(run(book, {**KEY, "strategy": "win"}, "gain")) == {"KEY": 2, "A": 8}


def test_redistribute_serves_by_the_segment_s_order():
	lines = [
		line("CHEAP", 5, 1, value=Decimal(10), customer="Ada"),
		line("DEAR", 5, 6, 1, value=Decimal(99), customer="Bo"),
	]
	book = bare(lines, stock(5), purchase(5, 6))
	assert dates(run(book, {"strategy": "redistribute", "sort": ["value"]})) == {"DEAR": 1, "CHEAP": 6}
	assert dates(run(book, {"strategy": "redistribute", "sort": ["-value"]})) == {"CHEAP": 1, "DEAR": 6}
	assert dates(run(book, {"strategy": "redistribute", "sort": ["-customer"]})) == {"DEAR": 1, "CHEAP": 6}


def test_fill_never_gains_and_loses_to_those_before_it():
	book = bare([line("F", 5, 6, 1), line("R", 5, 9, 1)], stock(5), purchase(5, 6), purchase(5, 9, "PO-2"))
	fill = {"strategy": "fill", "orders": ["F"]}
	alone = run(book, fill, {"strategy": "skip", "orders": ["R"]})
	assert dates(alone) == {"F": 6, "R": 9}
	assert why(alone, "F") == ["It gets nothing better: segment fill (fill)."]
	book = bare([line("F", 5, 1), line("R", 5, 9, 1)], stock(5), purchase(5, 9))
	assert dates(run(book, fill, "redistribute")) == {"R": 1, "F": 9}


def test_fill_without_a_promise_gets_none():
	simulation = run(bare([line("F", 5, None)], stock(5)), "fill")
	assert dates(simulation) == {"F": None}
	assert of(simulation, "F").change is Change.UNCHANGED


def test_lose_gives_up_all_it_has():
	book = bare([line("L", 5, 2), line("R", 5, 8, 2)], stock(5), purchase(5, 8))
	simulation = run(book, {"strategy": "lose", "orders": ["L"]}, "redistribute")
	assert dates(simulation) == {"R": 2, "L": None}
	assert of(simulation, "L").change is Change.LOST
	assert why(simulation, "L") == ["It gives up what it has: segment lose (lose)."]


def test_skip_and_what_is_in_no_segment_stay_and_are_protected():
	book = bare([line("S", 5, 2), line("N", 5, 3), line("R", 5, 3)], stock(10), purchase(5, 7))
	simulation = run(
		book, {"strategy": "skip", "orders": ["S"]}, {"strategy": "redistribute", "orders": ["R"]}
	)
	assert dates(simulation) == {"S": 2, "N": 3, "R": 7}
	assert why(simulation, "R")[-1] == "S keeps what it has of ITEM-001: it is not promised anew."
	assert of(simulation, "N").segment is None


def test_other_commitments_are_never_touched():
	material = CommitmentFactory(kind=CommitmentKind.WORK_ORDER_MATERIAL, qty=8, due=day(5))
	book = bare([line("A", 5, 1)], stock(10), purchase(10, 9), commitments=[material])
	assert dates(run(book, "redistribute")) == {"A": 9}


def test_commitments_of_the_lines_themselves_do_not_count_twice_but_those_of_orders_on_hold_are_no_demand():
	own = CommitmentFactory(qty=5, due=day(1), document="A")
	held = CommitmentFactory(qty=5, due=day(1), document="H", withheld=Withheld.ON_HOLD)
	assert dates(run(bare([line("A", 5, 1)], stock(5), commitments=[own, held]), "gain")) == {"A": 1}


@pytest.mark.parametrize(("least", "found"), [(1, 4), (5, 4), (6, 9), (365, 9)])
def test_a_date_moves_only_when_it_gets_better_by_enough_days(least: int, found: int):
	book = bare([line("A", 5, 9, 1)], purchase(5, 4))
	for strategy in ("gain", "redistribute"):
		simulation = run(book, strategy, least_gain_days=least)
		assert dates(simulation) == {"A": found}
		if found == 9:
			assert why(simulation, "A")[0].startswith("2026-03-13 would be possible;")


def test_a_win_line_that_gets_on_time_moves_however_little_that_is():
	book = bare([line("A", 5, 5, 4)], purchase(5, 4))
	assert dates(run(book, "win", least_gain_days=30)) == {"A": 4}
	assert dates(run(book, "gain", least_gain_days=30)) == {"A": 5}


def test_a_date_never_comes_before_the_one_asked_for():
	assert dates(run(bare([line("A", 5, 9, 6)], stock(5)), "redistribute")) == {"A": 6}
	assert dates(run(bare([line("A", 5, 4, 6)], stock(5)), "redistribute")) == {"A": 4}


def test_an_overdue_line_gets_the_earliest_date_there_is():
	site = Settings(processing_days=1)
	book = bare([line("A", 5, -4)], stock(5), settings=site, lanes=[TransitLaneFactory(days=2)])
	simulation = run(book, "gain")
	assert dates(simulation) == {"A": 3}
	assert not of(simulation, "A").exception
	assert why(simulation, "A") == [
		"The date asked for or confirmed has passed or is too near: 2026-03-12 is the earliest."
	]


def test_a_line_that_is_due_before_anything_new_could_come_may_be_on_its_way():
	book = bare(
		[line("A", 5, 1)], stock(5), settings=Settings(processing_days=1), lanes=[TransitLaneFactory(days=2)]
	)
	assert dates(run(book, "redistribute")) == {"A": 1}


def test_dates_follow_the_chain_of_a_promise():
	"""Material on Thursday 12 March, a day to pick, two on the road, nobody works on the weekend: Tuesday 17 March."""
	site = Settings(processing_days=1, cutoff=None)
	book = bare([line("A", 5, 1)], purchase(5, 3), settings=site, lanes=[TransitLaneFactory(days=2)])
	assert number(of(run(book, "redistribute"), "A").after) == 8


def test_a_complete_order_has_one_date_that_of_its_last_line():
	lines = [
		line("A", 5, 2, idx=1, shipment=Shipment.COMPLETE),
		line("A", 5, 2, idx=2, shipment=Shipment.COMPLETE, item_code="ITEM-002"),
		line("B", 5, 7, 2),
	]
	book = bare(lines, stock(5), purchase(5, 7), purchase(5, 9, "PO-9", item_code="ITEM-002"))
	simulation = run(book, "redistribute")
	assert [(o.line.order, o.line.idx, number(o.after)) for o in simulation.outcomes] == [
		("A", 1, 9),
		("A", 2, 9),
		("B", 1, 2),  # what A no longer needs today
	]
	assert "Purchase Order PO-9" in simulation.outcomes[0].reasons[0].text()


def test_a_complete_order_with_several_dates_asked_for_is_promised_line_by_line():
	lines = [
		line("A", 5, 2, idx=1, shipment=Shipment.COMPLETE),
		line("A", 5, 4, idx=2, shipment=Shipment.COMPLETE),
	]
	found = run(bare(lines, stock(10)), "redistribute").outcomes
	assert [number(outcome.after) for outcome in found] == [2, 4]


def test_a_bundle_waits_for_its_last_component():
	lines = [
		line("A", 5, 2, row="R", bundle="SET", value=Decimal(70)),
		line("A", 5, 2, row="R", bundle="SET", item_code="ITEM-002"),
	]
	book = bare(
		lines,
		stock(5),
		purchase(5, 6, item_code="ITEM-002"),
		settings=Settings(**{**vars_of(BARE), "shipment": Shipment.PER_LINE}),
	)
	(found,) = run(book, "redistribute").outcomes
	assert (found.item_code, number(found.after), found.value, len(found.parts)) == ("SET", 6, 70, 2)


def vars_of(settings: Settings) -> dict:
	return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def test_beyond_its_lead_time_an_item_is_there_in_any_quantity():
	items = [ItemFactory(item_code="ITEM-001", lead_time_days=10)]
	book = bare([line("A", 500, 2), line("B", 500, 20)], stock(5), items=items)
	simulation = run(book, "redistribute")
	assert dates(simulation) == {"A": 10, "B": 20}
	assert why(simulation, "A") == [
		"500 Nos of ITEM-001 must be bought: lead time 10 working day(s), so available on 2026-03-19."
	]


def test_what_nothing_brings_is_lost_and_says_why():
	items = [ItemFactory(item_code="ITEM-001", mode=FulfilmentMode.ATP_ONLY)]
	held = purchase(9, 3, "PO-HELD", withheld=Withheld.ON_HOLD)
	simulation = run(bare([line("A", 5, 2)], held, items=items), "redistribute")
	assert of(simulation, "A").change is Change.LOST
	assert why(simulation, "A") == [
		"5 Nos of ITEM-001 cannot be promised from Stores - RS: it is promised from stock and orders only, and no more "
		"can be counted on.",
		"Purchase Order PO-HELD would bring 9 Nos of ITEM-001, but it is on hold.",
	]


def test_a_line_belongs_to_the_first_segment_that_it_matches():
	lines = [
		line("A", 1, 2, customer="Ada", customer_group="Dealers", territory="Germany", value=Decimal(5)),
		line("B", 1, 2, customer="Bo", customer_group="Export", territory="France", value=Decimal(500)),
	]
	book = bare(lines, stock(9))
	for wanted in (
		{"customers": ["Bo"]},
		{"customer_groups": ["Export"]},
		{"territories": ["France"]},
		{"orders": ["B"]},
		{"minimum_value": "100"},
	):
		simulation = run(
			book, {"strategy": "win", "name": "mine", **wanted}, {"strategy": "gain", "name": "rest"}
		)
		assert {o.line.order: o.segment for o in simulation.outcomes} == {"B": "mine", "A": "rest"}
	for everyone in ({"items": ["ITEM-001"]}, {"warehouses": ["Stores - RS"]}, {"item_groups": ["Products"]}):
		assert {o.segment for o in run(book, {"strategy": "win", **everyone}).outcomes} == {"win"}
	for nobody in (
		{"requested_before": "2026-03-11"},
		{"ordered_before": "2026-03-02"},
		{"minimum_priority": 1},
	):
		assert {o.segment for o in run(book, {"strategy": "win", **nobody}).outcomes} == {None}


def test_priorities_are_those_of_the_line_else_of_its_customer_group_or_territory():
	lines = [
		line("A", 1, 9, 2, territory="Germany"),
		line("B", 1, 9, 2, customer="Bo"),
		line("C", 1, 9, 2, priority=7),
		line("D", 1, 9, 2, customer_group="Export"),
	]
	supplies = [purchase(1, due, f"PO-{due}") for due in (2, 3, 4, 5)]
	given = {"customers": {"Bo": 5}, "customer_groups": {"Export": 6}, "territories": {"Germany": 4}}
	simulation = run(bare(lines, *supplies), "redistribute", priorities=given)
	assert dates(simulation) == {"C": 2, "D": 3, "B": 4, "A": 5}
