"""What holds for everything that is made or bought, on random workshops.

What is free is taken from the ledger that `explain` shows, not from what the planner consumes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
from otp_app.engine.capable.tree import How, Requirement, walk
from otp_app.engine.explain import explain
from otp_app.engine.facts import Item, Snapshot, Supply, SupplyKind
from otp_app.engine.policy import FulfilmentMode, Settings
from otp_app.engine.promise import Promise
from tests.engine.asking import ask
from tests.engine.capable.workshop import CTP, nodes, with_settings, with_supplies
from tests.values import (
	NOW,
	STORES,
	TODAY,
	CommitmentFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
LOOKED = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=QUIET)
TOLERANCE = 0.0005
# Each level is made of those below it.
PRODUCTS, SUBS, PARTS = ("P", "Q"), ("S", "T"), ("A", "B", "C")
STATIONS = ("Saw", "Weld")
FROM_ATP = (How.STOCK, How.DOCUMENT)

quarters = st.integers(1, 24).map(lambda number: number / 4)


@st.composite
def bills(draw: st.DrawFn, code: str, below: tuple[str, ...], *, plain: bool = False) -> Bom:
	used = draw(st.lists(st.sampled_from(below), min_size=1, max_size=1 if plain else 3, unique=True))
	lines = []
	for component in used:
		others = () if plain else tuple(draw(st.lists(st.sampled_from(PARTS), max_size=1)))
		alternatives = tuple(other for other in others if other != component)
		lines.append(BomLine(component, draw(quarters), alternatives=alternatives))
	tasks = [
		Operation(
			f"Op {n}",
			draw(st.sampled_from((5.0, 60.0, 200.0))),
			draw(st.sampled_from((*STATIONS, None))),
			draw(st.booleans()),
		)
		for n in range(draw(st.integers(0, 2)))
	]
	return Bom(
		f"BOM-{code}",
		code,
		draw(st.sampled_from((1.0, 2.0))),
		tuple(lines),
		tuple(tasks),
		draw(st.sampled_from((0.0, 0.0, 0.1))),
		draw(st.booleans()) and draw(st.booleans()),
	)


@st.composite
def items(draw: st.DrawFn, code: str, bom: Bom | None) -> Item:
	modes = (
		(None, CTP)
		if code in PRODUCTS + SUBS
		else (None, CTP, FulfilmentMode.ATP_ONLY, FulfilmentMode.ATP_THEN_LEAD_TIME)
	)
	return ItemFactory(
		item_code=code,
		mode=CTP if code in PRODUCTS else draw(st.sampled_from(modes)),
		lead_time_days=draw(st.none() | st.integers(0, 15)) if bom is None else draw(st.integers(0, 6)),
		default_bom=bom.name if bom else None,
		whole=draw(st.booleans()),
		min_order_qty=draw(st.sampled_from((0.0, 0.0, 10.0))),
	)


@st.composite
def supply_lists(draw: st.DrawFn) -> list[Supply]:
	supplies = []
	for number in range(draw(st.integers(0, 10))):
		kind = draw(st.sampled_from((SupplyKind.ON_HAND, SupplyKind.PURCHASE_ORDER)))
		dated = kind is not SupplyKind.ON_HAND
		supplies.append(
			SupplyFactory(
				item_code=draw(st.sampled_from(PRODUCTS + SUBS + PARTS)),
				kind=kind,
				qty=draw(quarters) * draw(st.sampled_from((1.0, 5.0))),
				due=day(draw(st.integers(-2, 25))) if dated else None,
				document=f"PO-{number}" if dated else None,
			)
		)
	return supplies


@st.composite
def stations(draw: st.DrawFn) -> list[Workstation]:
	days = st.dictionaries(st.integers(0, 12).map(day), st.sampled_from((60.0, 400.0, 900.0)), max_size=8)
	return [Workstation(name, draw(st.integers(1, 2)), load=draw(days)) for name in STATIONS]


@st.composite
def workshops(draw: st.DrawFn, *, plain: bool = False) -> Snapshot:
	"""A random workshop; a plain one has one component a BOM, so that nothing competes for anything."""
	boms = [draw(bills(code, SUBS, plain=plain)) for code in PRODUCTS]
	boms += [draw(bills(code, PARTS, plain=plain)) for code in SUBS]
	made = {bom.item_code: bom for bom in boms}
	owed = [
		CommitmentFactory(
			item_code=draw(st.sampled_from(SUBS + PARTS)),
			qty=draw(quarters),
			due=day(draw(st.integers(0, 20))),
		)
		for _ in range(draw(st.integers(0, 3)))
	]
	return SnapshotFactory(
		settings=Settings(
			horizon_days=60,
			no_weekends=draw(st.booleans()),
			inbound_days=draw(st.integers(0, 2)),
			finite_capacity=draw(st.booleans()),
		),
		items=[draw(items(code, made.get(code))) for code in PRODUCTS + SUBS + PARTS],
		boms=boms,
		workstations=draw(stations()),
		supplies=draw(supply_lists()),
		commitments=owed,
	)


lines = st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 12).map(float)), min_size=1, max_size=3)
one_line = st.integers(1, 12).map(lambda qty: [("P", float(qty))])


def promise(facts: Snapshot, wanted: list[tuple[str, float]]) -> Promise:
	asked = [{"item_code": code, "qty": qty, "warehouse": STORES} for code, qty in wanted]
	return ask(facts, *asked, with_options=False, rules={"shipment": "per_line"})


def when(facts: Snapshot, wanted: list[tuple[str, float]]) -> date:
	"""The last date of an order, the end of time if it has none."""
	return promise(facts, wanted).promise_date_raw or date.max


def taken(answer: Promise) -> dict[str, list[tuple[date, float]]]:
	"""What lines and trees take from supply that is there or on its way."""
	found: dict[str, list[tuple[date, float]]] = defaultdict(list)
	for line in answer.plan:
		for peg in line.fulfillment:
			if peg.tree is None:
				found[peg.item_code].append((peg.available_date, peg.qty))
	for each in nodes(answer):
		if each.how in FROM_ATP:
			found[each.item_code].append((each.available_date or date.max, each.qty))
	return found


@given(workshops(), lines)
@LOOKED
def test_no_more_of_an_item_is_taken_than_is_available_to_promise_on_any_date(facts: Snapshot, wanted: Any):
	for code, uses in taken(promise(facts, wanted)).items():
		levels = explain(facts, code, STORES, NOW).levels
		for last in {when for when, _ in uses}:
			free = max((level.atp for level in levels if level.day <= last), default=0.0)
			assert sum(qty for when, qty in uses if when <= last) <= free + TOLERANCE


def made(answer: Promise) -> list[Requirement]:
	return [node for node in nodes(answer) if node.how in (How.MAKE, How.SUBCONTRACT) and node.children]


@given(workshops(), lines)
@LOOKED
def test_every_line_of_a_bom_is_met_in_full_for_what_is_started(facts: Snapshot, wanted: Any):
	for node in made(promise(facts, wanted)):
		bom = facts.boms[node.bom or ""]
		assert (node.order_qty or 0.0) * (1 - bom.loss) >= node.qty - TOLERANCE
		for line in bom.lines:
			names = {line.item_code, *line.alternatives}
			needed = line.qty / bom.quantity * (node.order_qty or 0.0)
			got = sum(child.qty for child in node.children if child.item_code in names)
			assert got >= needed - TOLERANCE


@given(workshops(), lines)
@LOOKED
def test_work_begins_when_all_is_there_and_its_dates_are_in_order(facts: Snapshot, wanted: Any):
	for node in made(promise(facts, wanted)):
		assert node.start_date is not None and node.available_date is not None
		assert TODAY <= node.start_date <= node.available_date <= TODAY + timedelta(days=60)
		assert all(child.available_date <= node.start_date for child in node.children if child.available_date)
		days = [day for work in node.operations for day in (work.start_date, work.end_date)]
		assert days == sorted(days)


@given(workshops(), lines)
@LOOKED
def test_a_date_is_never_made_out_of_a_dead_end(facts: Snapshot, wanted: Any):
	answer = promise(facts, wanted)
	assert all(node.available_date is not None for node in nodes(answer))
	assert all(node.how is not How.MISSING for node in nodes(answer))
	for line in answer.plan:
		if line.shortage > TOLERANCE:
			assert any(blocker.code.startswith("CTP") for blocker in answer.blockers)


@given(workshops(), lines)
@LOOKED
def test_a_critical_path_leads_down_from_the_top_without_a_gap(facts: Snapshot, wanted: Any):
	def check(node: Requirement) -> None:
		for child in node.children:
			assert node.critical or not any(below.critical for below in walk(child))
			check(child)

	for line in promise(facts, wanted).plan:
		for peg in line.fulfillment:
			if peg.tree is not None:
				assert peg.tree.critical
				check(peg.tree)


@given(workshops(plain=True), one_line, st.sampled_from(SUBS + PARTS), quarters)
@LOOKED
def test_more_of_a_component_never_makes_it_later(facts: Snapshot, wanted: Any, code: str, qty: float):
	more = with_supplies(facts, [SupplyFactory(item_code=code, qty=qty)])
	assert when(more, wanted) <= when(facts, wanted)


@given(workshops(plain=True), one_line, st.sampled_from(SUBS + PARTS), st.integers(1, 9))
@LOOKED
def test_a_longer_lead_time_never_makes_it_earlier(facts: Snapshot, wanted: Any, code: str, days: int):
	item = facts.items[code]
	if item.lead_time_days is not None:
		slower = replace(item, lead_time_days=item.lead_time_days + days)
		assert when(replace(facts, items={**facts.items, code: slower}), wanted) >= when(facts, wanted)


@given(
	workshops(plain=True),
	one_line,
	st.sampled_from(STATIONS),
	st.integers(0, 9),
	st.sampled_from((30.0, 500.0)),
)
@LOOKED
def test_more_load_never_makes_it_earlier(
	facts: Snapshot, wanted: Any, name: str, number: int, minutes: float
):
	station = facts.workstations[name]
	load = {**station.load, day(number): station.load.get(day(number), 0.0) + minutes}
	busier = replace(facts, workstations={**facts.workstations, name: replace(station, load=load)})
	assert when(busier, wanted) >= when(facts, wanted)


@given(workshops(plain=True), one_line)
@LOOKED
def test_finite_is_never_earlier_than_infinite(facts: Snapshot, wanted: Any):
	finite, infinite = (with_settings(facts, finite_capacity=finite) for finite in (True, False))
	assert when(finite, wanted) >= when(infinite, wanted)


@given(workshops(plain=True), one_line, st.integers(1, 5))
@LOOKED
def test_a_larger_quantity_is_never_there_earlier(facts: Snapshot, wanted: Any, more: int):
	((code, qty),) = wanted
	assert when(facts, [(code, qty + more)]) >= when(facts, wanted)


@given(workshops(), lines, st.randoms(use_true_random=False))
@LOOKED
def test_the_same_facts_in_any_order_give_the_same_answer(facts: Snapshot, wanted: Any, random: Any):
	def shuffled(facts: Any) -> Any:
		mixed = list(facts.items()) if isinstance(facts, dict) else list(facts)
		random.shuffle(mixed)
		return dict(mixed) if isinstance(facts, dict) else tuple(mixed)

	names = ("items", "boms", "workstations", "supplies", "commitments")
	mixed = replace(facts, **{name: shuffled(getattr(facts, name)) for name in names})
	first, again = (json.dumps(promise(each, wanted).as_dict()) for each in (facts, mixed))
	assert first == again


@given(workshops(), lines)
@LOOKED
def test_a_workstation_does_no_more_than_it_can(facts: Snapshot, wanted: Any):
	"""Up to any day, the work that is done by then fits into the hours since work for the order began."""
	facts = with_settings(facts, finite_capacity=True)
	works = [work for node in nodes(promise(facts, wanted)) for work in node.operations]
	for name in STATIONS:
		own = [work for work in works if work.workstation == name]
		for last in {work.end_date for work in own}:
			days = (last - TODAY).days + 1
			# 2 jobs at once at the most; the workstations work the eight production hours.
			room = facts.workstations[name].capacity * 480.0 * days
			assert sum(work.minutes for work in own if work.end_date <= last) <= room + 1e-3
