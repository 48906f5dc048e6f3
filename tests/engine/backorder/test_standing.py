"""Which dates of a run still stand when they are to be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.backorder.groups import units_of
from otp_app.engine.backorder.outcome import Simulation
from otp_app.engine.backorder.rules import BackorderRules, Strategy
from otp_app.engine.backorder.run import simulate
from otp_app.engine.backorder.standing import Move, Standing, standing
from otp_app.engine.facts import CommitmentKind, OpenLine, Snapshot
from tests.engine.asking import BARE
from tests.engine.backorder.running import bare, line, stock
from tests.engine.backorder.test_laws import CODES, LAST, ORDERED, TOLERANCE, books, nets, rule_sets
from tests.values import NOW, CommitmentFactory, PurchaseOrderSupplyFactory, day


def moves_of(snapshot: Snapshot, simulation: Simulation) -> list[Move]:
	"""What a simulation would change, in the order served; rows that get one date together move together."""
	units, answer = units_of(snapshot), {}
	for outcome in simulation.outcomes:
		if outcome.strategy is not Strategy.SKIP:
			unit = units[outcome.line.order, outcome.line.row]
			rows = answer[unit].rows if unit in answer else frozenset()
			gives_up = outcome.strategy is Strategy.LOSE
			answer[unit] = Move(outcome.line.order, rows | {outcome.line.row}, outcome.after, gives_up)
	return list(answer.values())


def states(snapshot: Snapshot, *moves: Move, whole: bool = True) -> list[Standing]:
	return list(standing(snapshot, moves, NOW, whole=whole))


def move(order: str, to: int | None, **more: object) -> Move:
	return Move(order, frozenset({f"{order}-1"}), None if to is None else day(to), **more)


def row(order: str, qty: float, confirmed: int | None, **more: object) -> OpenLine:
	return line(order, qty, confirmed, row=f"{order}-1", **more)


BOUGHT = PurchaseOrderSupplyFactory(qty=10.0, due=day(6), document="PO-1")
OLD, KEY = row("OLD", 10, 2), row("KEY", 10, 6, requested=2)
SWAP = (move("KEY", 2), move("OLD", 6))


def test_one_takes_what_the_other_gives_up():
	assert states(bare([OLD, KEY], stock(10), BOUGHT), *SWAP) == [Standing.STANDS] * 2


def test_where_the_goods_went_to_somebody_else_both_stay_as_they_are():
	"""A new order has taken the stock, so that KEY cannot have it, and OLD need not give it up: but OLD has lost it, too."""
	new = row("NEW", 10, 1)
	assert states(bare([OLD, KEY, new], stock(20), BOUGHT), *SWAP) == [Standing.STANDS] * 2
	assert states(bare([OLD, KEY, new], stock(10), BOUGHT), *SWAP)[0] is Standing.GONE
	gone = CommitmentFactory(item_code="ITEM-001", qty=10.0, due=day(0), kind=CommitmentKind.HOLD)
	assert states(bare([OLD, KEY], stock(10), BOUGHT, commitments=[gone]), *SWAP)[0] is Standing.GONE


def test_a_line_does_not_get_worse_for_one_that_does_not_move():
	"""KEY, who was to have OLD's goods, has grown meanwhile and does not fit: OLD keeps its date."""
	grown = replace(KEY, qty=11.0)
	facts = bare([OLD, grown], stock(10), replace(BOUGHT, qty=11.0))
	assert states(facts, *SWAP) == [Standing.GONE, Standing.NOT_NEEDED]
	assert states(facts, *SWAP, whole=False)[0] is Standing.GONE


def test_what_gives_up_its_date_does_so_whether_anybody_needs_it_or_not():
	facts = bare([OLD, replace(KEY, qty=11.0)], stock(10), replace(BOUGHT, qty=11.0))
	assert states(facts, move("KEY", 2), move("OLD", None, gives_up=True)) == [
		Standing.GONE,
		Standing.STANDS,
	]


def test_a_line_without_a_confirmed_date_takes_nothing():
	assert states(bare([row("LOST", 10, None), KEY], stock(10), BOUGHT), move("KEY", 2)) == [Standing.STANDS]


def test_a_supply_that_comes_later_does_not_bear_the_date():
	late = replace(BOUGHT, due=day(9))
	assert states(bare([row("OLD", 10, 8)], late), move("OLD", 6)) == [Standing.GONE]


def bundle(order: str, qty: float, *confirmed: int | None) -> list[OpenLine]:
	"""A row of components of one item, as a run finds them: each has its own confirmed date."""
	return [row(order, qty, day_number, idx=idx) for idx, day_number in enumerate(confirmed, 1)]


@pytest.mark.parametrize("parts", [bundle("SET", 5, 1, None), bundle("SET", 5, 1, 6)])
def test_a_bundle_that_stays_needs_its_components_together(parts: list[OpenLine]):
	"""They go on the last of their dates, and nowhere if one has none: the stock is KEY's until the order comes."""
	assert states(bare([*parts, KEY], stock(10), BOUGHT), move("KEY", 2)) == [Standing.STANDS]


def test_a_bundle_that_stays_has_what_it_needs_on_its_last_date():
	parts = bundle("SET", 5, 1, 6)
	assert states(bare([*parts, KEY], stock(10)), move("KEY", 2)) == [Standing.GONE]


@given(books(), rule_sets())
def test_where_nothing_has_changed_all_dates_stand(snapshot: Snapshot, rules: BackorderRules):
	simulation = simulate(snapshot, rules, NOW)
	moves = moves_of(snapshot, simulation)
	found = standing(snapshot, moves, NOW, whole=True)
	assert set(found) <= {Standing.STANDS}


@given(books(BARE), rule_sets(), st.integers(1, 12), st.integers(0, 20))
def test_what_stands_breaks_nothing_whatever_has_been_promised_meanwhile(
	snapshot: Snapshot, rules: BackorderRules, qty: int, due: int
):
	"""Counted day by day: applying what stands makes no day worse than it was, below zero."""
	moves = moves_of(snapshot, simulate(snapshot, rules, NOW))
	for code in CODES:
		taken = CommitmentFactory(item_code=code, qty=float(qty), due=day(due), kind=CommitmentKind.HOLD)
		snapshot = replace(snapshot, commitments=(*snapshot.commitments, taken))
	found = standing(snapshot, moves, NOW, whole=True)
	stands = {
		(m.order, r): m.date
		for m, s in zip(moves, found, strict=True)
		if s is Standing.STANDS
		for r in m.rows
	}
	was = _last_of_rows(snapshot.open_lines)
	before = [(one, was[one.order, one.row]) for one in snapshot.open_lines]
	after = [(one, stands.get((one.order, one.row), on)) for one, on in before]
	for code in CODES:
		as_was, as_is = (nets(snapshot, code, _counted(dates)) for dates in (before, after))
		for today in range(LAST):
			assert as_is[today] >= min(as_was[today], 0.0) - TOLERANCE


def _last_of_rows(lines: Sequence[OpenLine]) -> dict[tuple[str, str], date | None]:
	"""Each row's confirmed date, the last of its components'; None where one has none."""
	rows: dict[tuple[str, str], list[date | None]] = {}
	for one in lines:
		rows.setdefault((one.order, one.row), []).append(one.confirmed)
	return {row: None if None in dates else max(d for d in dates if d) for row, dates in rows.items()}


def _counted(dates: list[tuple[OpenLine, date | None]]) -> list[tuple[OpenLine, date]]:
	return [
		(one, max(on, day(0)))
		for one, on in dates
		if on and not (one.item_code == "C" and on >= day(ORDERED))
	]
