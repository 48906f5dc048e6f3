"""What holds for every order on every snapshot, checked on random ones and, where it can be, by brute force.

Nothing here uses the engine's ledger or calendars to say what is right: nets are summed day by day.
To look for more than `make test` does: HYPOTHESIS_PROFILE=thorough pytest tests/engine/test_laws.py
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from otp_app.engine.explain import explain
from otp_app.engine.facts import Commitment, Component, Snapshot, Supply, SupplyKind, Withheld
from otp_app.engine.policy import Settings
from otp_app.engine.promise import Promise, Source, Status
from tests.engine.asking import ask
from tests.engine.test_options import with_change
from tests.values import (
	NOW,
	TODAY,
	CalendarFactory,
	CommitmentFactory,
	CompanyFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile(
	"usual", max_examples=120, deadline=None, derandomize=True, suppress_health_check=QUIET
)
settings.register_profile("thorough", max_examples=5000, deadline=None, suppress_health_check=QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))

Line = dict[str, Any]
EAST, WEST = "East - RS", "West - RS"
STOCKED = ("A", "B", "C", "D")
HORIZON = 60
TOLERANCE = 0.0005
RECEIVED = (SupplyKind.PURCHASE_ORDER, SupplyKind.SUBCONTRACTING_ORDER)
DATED = (*RECEIVED, SupplyKind.WORK_ORDER, SupplyKind.TRANSFER)
ITEMS = [
	ItemFactory(item_code="A"),
	ItemFactory(item_code="B", processing_days=0, inspect_on_receipt=True),
	ItemFactory(item_code="C", lead_time_days=7),
	ItemFactory(item_code="D", whole=True),
	ItemFactory(item_code="SET", is_stock_item=False, components=(Component("A", 1.0), Component("D", 2.0))),
]

quarters = st.integers(1, 24).map(lambda number: number / 4)
wholes = st.integers(1, 6).map(float)
# Many supplies are larger than what is asked for, so that orders have a date often enough to say something.
SIZES = (1.0, 5.0)


@st.composite
def supply_lists(draw: st.DrawFn, least: int = 4, most: int = 12) -> list[Supply]:
	supplies = []
	for number in range(draw(st.integers(least, most))):
		code = draw(st.sampled_from(STOCKED))
		kind = draw(st.sampled_from((SupplyKind.ON_HAND, *DATED)))
		due = None if kind is SupplyKind.ON_HAND else day(draw(st.integers(-5, 50)))
		supplies.append(
			SupplyFactory(
				item_code=code,
				warehouse=draw(st.sampled_from((EAST, WEST))),
				kind=kind,
				qty=draw(st.sampled_from(SIZES)) * draw(wholes if code == "D" else quarters),
				due=due,
				document=None if due is None else f"DOC-{number}",
				withheld=draw(
					st.sampled_from([None] * 12 + [Withheld.ON_HOLD, Withheld.UNDATED, Withheld.EXPIRED])
				),
			)
		)
	return supplies


@st.composite
def commitment_lists(draw: st.DrawFn) -> list[Commitment]:
	commitments = []
	for _ in range(draw(st.integers(0, 6))):
		code = draw(st.sampled_from(STOCKED))
		due = draw(st.none() | st.integers(-5, 70))
		commitments.append(
			CommitmentFactory(
				item_code=code,
				warehouse=draw(st.sampled_from((EAST, WEST))),
				qty=draw(wholes if code == "D" else quarters),
				due=None if due is None else day(due),
				withheld=draw(st.sampled_from([None] * 9 + [Withheld.ON_HOLD])),
			)
		)
	return commitments


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
	site = Settings(
		no_weekends=draw(st.booleans()),
		cutoff=draw(st.sampled_from([None, NOW.time().replace(hour=9), NOW.time().replace(hour=14)])),
		processing_days=draw(st.integers(0, 2)),
		buffer_days=draw(st.integers(0, 1)),
		inbound_days=draw(st.integers(0, 2)),
		inspection_days=draw(st.integers(0, 2)),
		overdue_supply_days=draw(st.integers(0, 3)),
		horizon_days=HORIZON,
		minimum_split=draw(st.sampled_from([0.0, 3.0])),
	)
	free = draw(st.frozensets(st.integers(-10, 100).map(day), max_size=12))
	carrier = draw(st.frozensets(st.integers(-10, 100).map(day), max_size=12))
	return SnapshotFactory(
		settings=site,
		items=ITEMS,
		warehouses=[
			WarehouseFactory(name=EAST),
			WarehouseFactory(name=WEST, processing_days=draw(st.integers(0, 3))),
		],
		companies=[CompanyFactory(calendar="Free")],
		calendars=[
			CalendarFactory(name="Free", holidays=free),
			CalendarFactory(name="Carrier", holidays=carrier),
		],
		lanes=[TransitLaneFactory(days=2, warehouse=WEST, calendar="Carrier")] if draw(st.booleans()) else [],
		supplies=draw(supply_lists()),
		commitments=draw(commitment_lists()),
	)


@st.composite
def order_lines(draw: st.DrawFn, *, fixed: bool = False) -> list[Line]:
	lines: list[Line] = []
	for _ in range(draw(st.integers(1, 3))):
		code = draw(st.sampled_from((*STOCKED, "SET")))
		warehouse = draw(st.sampled_from((EAST, WEST) if fixed else (EAST, WEST, None)))
		qty = draw(quarters if code in ("A", "B", "C") else wholes)
		desired = draw(st.none() | st.integers(0, 40))
		lines.append(
			{"item_code": code, "qty": qty, "warehouse": warehouse}
			| ({} if desired is None else {"desired_date": day(desired).isoformat()})
		)
	return lines


shipments = st.sampled_from(("complete", "per_line", "partial"))
modes = st.sampled_from(("LATEST_ACCEPTABLE", "NO_EARLY_DELIVERY", "STRICT_FAIL"))


def promised(snapshot: Snapshot, lines: list[Line], **rules: Any) -> Promise:
	return ask(snapshot, *lines, rules=rules, with_options=False)


# --- what is right, said without the engine ---


class World:
	"""A snapshot's days and nets, counted one by one."""

	def __init__(self, snapshot: Snapshot) -> None:
		self.snapshot = snapshot
		self.settings = snapshot.settings

	def works(self, when: date, calendar: str = "Free") -> bool:
		weekend = self.settings.weekend if self.settings.no_weekends else ()
		return when.weekday() not in weekend and when not in self.snapshot.calendars[calendar].holidays

	def forward(self, when: date, working_days: int) -> date:
		while not self.works(when):
			when += timedelta(days=1)
		while working_days:
			when += timedelta(days=1)
			working_days -= self.works(when)
		return when

	def carrier(self, warehouse: str) -> str:
		return "Carrier" if warehouse == WEST and self.snapshot.lanes else "Free"

	def counted(self, supply: Supply) -> date:
		"""The day on which a supply adds to the net."""
		if supply.due is None:
			return TODAY
		when = supply.due
		if when < TODAY:
			when = self.forward(TODAY + timedelta(days=1), max(1, self.settings.overdue_supply_days) - 1)
		if supply.kind in RECEIVED:
			inspected = self.snapshot.items[supply.item_code].inspect_on_receipt
			inbound = self.settings.inbound_days + (self.settings.inspection_days if inspected else 0)
			when = self.forward(when, inbound)
		return when

	def net(self, code: str, warehouse: str, when: date, leaving: dict[Any, float] | None = None) -> float:
		"""All that has come up to a day less all that has left, with `leaving` on top: (item, warehouse, day) -> qty."""
		here = (code, warehouse)
		came = sum(
			s.qty
			for s in self.snapshot.supplies
			if (s.item_code, s.warehouse) == here and not s.withheld and self.counted(s) <= when
		)
		left = sum(
			c.qty
			for c in self.snapshot.commitments
			if (c.item_code, c.warehouse) == here and not c.withheld and max(c.due or TODAY, TODAY) <= when
		)
		more = sum(
			qty for (*there, gone), qty in (leaving or {}).items() if tuple(there) == here and gone <= when
		)
		return came - left - more

	def days(self) -> list[date]:
		return [day(number) for number in range(HORIZON + 45)]

	def nets(self, code: str, warehouse: str, leaving: dict[Any, float] | None = None) -> list[float]:
		return [self.net(code, warehouse, when, leaving) for when in self.days()]

	def atp(self, code: str, warehouse: str) -> list[float]:
		"""ATP by its definition: what may leave on a day without a net below zero on that day or any later one."""
		nets = self.nets(code, warehouse)
		return [max(0.0, min(nets[number:])) for number in range(len(nets))]


def pegs_of(promise: Promise) -> list[Any]:
	"""The pegs to supplies that exist: neither to be bought nor made."""
	return [
		peg for line in promise.plan for peg in line.fulfillment if peg.source is not Source.REPLENISHMENT
	]


def no_later(first: date | None, second: date | None) -> bool:
	return (first or date.max) <= (second or date.max)


# --- the laws ---


@given(snapshots(), order_lines(), shipments, modes)
def test_no_unit_is_promised_twice(snapshot: Snapshot, lines: list[Line], shipment: str, mode: str):
	there: dict[Any, float] = defaultdict(float)
	for supply in snapshot.supplies:
		there[supply.item_code, supply.warehouse, supply.document] += supply.qty
	taken: dict[Any, float] = defaultdict(float)
	for peg in pegs_of(promised(snapshot, lines, shipment=shipment, desired_date_mode=mode)):
		taken[peg.item_code, peg.warehouse, peg.document.name if peg.document else None] += peg.qty
	for key, qty in taken.items():
		assert qty <= there[key] + TOLERANCE


@given(snapshots(), order_lines(), shipments, modes)
def test_no_commitment_is_broken(snapshot: Snapshot, lines: list[Line], shipment: str, mode: str):
	"""Neither if what is promised leaves on its delivery date, nor if it is picked as soon as it may be."""
	promise = promised(snapshot, lines, shipment=shipment, desired_date_mode=mode)
	world = World(snapshot)
	for when_of in (lambda peg: peg.delivery_date, lambda peg: peg.available_date):
		leaving: dict[Any, float] = defaultdict(float)
		for peg in pegs_of(promise):
			leaving[peg.item_code, peg.warehouse, when_of(peg)] += peg.qty
		for code, warehouse in {key[:2] for key in leaving}:
			before, after = world.nets(code, warehouse), world.nets(code, warehouse, leaving)
			for old, new in zip(before, after, strict=True):
				assert new >= min(old, 0.0) - TOLERANCE


@given(snapshots())
def test_atp_is_what_brute_force_says(snapshot: Snapshot):
	world = World(snapshot)
	for code in STOCKED:
		for warehouse in (EAST, WEST):
			ledger = explain(snapshot, code, warehouse, NOW).levels
			for when, atp in zip(world.days(), world.atp(code, warehouse), strict=True):
				found = next((level.atp for level in reversed(ledger) if level.day <= when), 0.0)
				assert math.isclose(found, atp, abs_tol=1e-6)


@given(snapshots(), st.sampled_from(("A", "B")), quarters, st.sampled_from((EAST, WEST)))
def test_a_line_is_promised_from_the_first_day_on_which_atp_covers_it(
	snapshot: Snapshot, code: str, qty: float, warehouse: str
):
	world = World(snapshot)
	atp = dict(zip(world.days(), world.atp(code, warehouse), strict=True))
	first = next((when for when in world.days()[: HORIZON + 1] if atp[when] >= qty - TOLERANCE), None)
	line = promised(snapshot, [{"item_code": code, "qty": qty, "warehouse": warehouse}]).plan[0]
	assert (line.promise_date is None) == (first is None)
	if first is not None:
		start = NOW.date() + timedelta(days=_after_cutoff(world))
		available = world.forward(max(first, start), 0)
		assert max(peg.available_date for peg in line.fulfillment) == available


def _after_cutoff(world: World) -> bool:
	cutoff = world.settings.cutoff
	return cutoff is not None and NOW.time() > cutoff and world.works(TODAY)


@given(
	snapshots(),
	order_lines(fixed=True),
	shipments,
	st.lists(supply_lists(least=1, most=2), min_size=1, max_size=1),
)
def test_more_supply_never_makes_a_promise_later(
	snapshot: Snapshot, lines: list[Line], shipment: str, more: list[list[Supply]]
):
	extra = [
		replace(supply, document=f"MORE-{n}") if supply.due else supply for n, supply in enumerate(more[0])
	]
	richer = replace(snapshot, supplies=(*snapshot.supplies, *extra))
	before, after = (promised(facts, lines, shipment=shipment) for facts in (snapshot, richer))
	assert no_later(after.promise_date, before.promise_date)
	for new, old in zip(after.plan, before.plan, strict=True):
		assert no_later(new.promise_date_raw, old.promise_date_raw)


@given(snapshots(), order_lines(fixed=True), shipments, st.data())
def test_splitting_a_line_changes_no_date(
	snapshot: Snapshot, lines: list[Line], shipment: str, data: st.DataObject
):
	index = data.draw(st.integers(0, len(lines) - 1))
	line = lines[index]
	step = 0.25 if line["item_code"] in ("A", "B", "C") else 1.0
	assume(line["qty"] >= 2 * step)
	part = data.draw(st.integers(1, round(line["qty"] / step) - 1)) * step
	halves = [{**line, "qty": part}, {**line, "qty": line["qty"] - part}]
	whole = promised(snapshot, lines, shipment=shipment)
	split = promised(snapshot, [*lines[:index], *halves, *lines[index + 1 :]], shipment=shipment)
	assert split.promise_date == whole.promise_date
	dates = [planned.promise_date_raw or date.max for planned in split.plan]
	dates[index : index + 2] = [max(dates[index : index + 2])]
	assert dates == [planned.promise_date_raw or date.max for planned in whole.plan]


@given(snapshots(), order_lines(), shipments, modes, st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_bytes_in_whatever_order_its_facts_come(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str, chance: Any
):
	def answer(facts: Snapshot) -> str:
		rules = {"shipment": shipment, "desired_date_mode": mode}
		return json.dumps(ask(facts, *lines, rules=rules).as_dict())

	supplies, commitments = list(snapshot.supplies), list(snapshot.commitments)
	chance.shuffle(supplies)
	chance.shuffle(commitments)
	shuffled = replace(snapshot, supplies=tuple(supplies), commitments=tuple(commitments))
	assert answer(snapshot) == answer(snapshot) == answer(shuffled)


@given(snapshots(), order_lines(fixed=True), shipments, modes, st.data())
def test_a_promise_that_is_on_time_stays_on_time_when_the_request_becomes_smaller(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str, data: st.DataObject
):
	index = data.draw(st.integers(0, len(lines) - 1))
	step = 0.25 if lines[index]["item_code"] in ("A", "B", "C") else 1.0
	qty = data.draw(st.integers(0, round(lines[index]["qty"] / step))) * step
	less = (
		[*lines[:index], {**lines[index], "qty": qty}, *lines[index + 1 :]]
		if qty
		else lines[:index] + lines[index + 1 :]
	)
	assume(less)
	rules = {"shipment": shipment, "desired_date_mode": mode}
	before, after = (promised(snapshot, asked, **rules) for asked in (lines, less))
	if before.on_time:
		assert after.on_time is not False
	assert no_later(after.promise_date, before.promise_date)


@given(snapshots(), order_lines(), shipments)
def test_a_date_that_may_not_be_missed_is_never_missed(snapshot: Snapshot, lines: list[Line], shipment: str):
	promise = promised(snapshot, lines, shipment=shipment, desired_date_mode="STRICT_FAIL")
	for line in promise.plan:
		if line.promise_date and line.desired_date and promise.status is Status.OK:
			assert line.promise_date <= line.desired_date
			assert all(peg.delivery_date <= line.desired_date for peg in line.fulfillment)
	assert (promise.promise_date is None) == (promise.status is not Status.OK)


@given(snapshots(), order_lines(), shipments)
def test_nothing_is_delivered_before_a_date_that_is_not_to_be_early(
	snapshot: Snapshot, lines: list[Line], shipment: str
):
	promise = promised(snapshot, lines, shipment=shipment, desired_date_mode="NO_EARLY_DELIVERY")
	for line in promise.plan:
		if line.promise_date and line.desired_date:
			assert line.promise_date >= line.desired_date
			assert all(peg.delivery_date >= line.desired_date for peg in line.fulfillment)


@given(snapshots(), order_lines(), shipments, modes)
def test_every_date_is_a_working_day_of_its_calendar(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str
):
	world = World(snapshot)
	for line in promised(snapshot, lines, shipment=shipment, desired_date_mode=mode).plan:
		assert line.ship_date is None or world.works(line.ship_date)
		for peg in line.fulfillment:
			assert world.works(peg.available_date)
			assert world.works(peg.ship_ready_date)
			assert world.works(peg.delivery_date, world.carrier(peg.warehouse))


@given(snapshots(), order_lines(), shipments, modes)
def test_the_dates_of_a_line_follow_each_other(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str
):
	for line in promised(snapshot, lines, shipment=shipment, desired_date_mode=mode).plan:
		for peg in line.fulfillment:
			assert TODAY <= peg.available_date <= peg.ship_ready_date <= peg.delivery_date
			assert line.promise_date is None or peg.delivery_date <= line.promise_date
		if line.promise_date and line.ship_date:
			assert max(peg.ship_ready_date for peg in line.fulfillment) <= line.ship_date <= line.promise_date
			assert line.promise_date_raw <= line.promise_date


@given(snapshots(), order_lines(), shipments, modes)
def test_what_is_promised_and_what_is_short_add_up_to_what_is_required(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str
):
	for asked, line in zip(
		lines, promised(snapshot, lines, shipment=shipment, desired_date_mode=mode).plan, strict=True
	):
		got: dict[str, float] = defaultdict(float)
		for peg in line.fulfillment:
			got[peg.item_code] += peg.qty
		assert line.qty_required == asked["qty"]
		components = snapshot.items[line.item_code].components
		if not components:
			assert math.isclose(got[line.item_code] + line.shortage, line.qty_required, abs_tol=TOLERANCE)
			continue
		missing = {part.item_code: line.qty_required * part.qty - got[part.item_code] for part in components}
		assert min(missing.values()) >= -TOLERANCE
		bundles = max(missing[part.item_code] / part.qty for part in components)
		assert line.shortage == math.ceil(bundles - TOLERANCE)


@given(snapshots(), order_lines(), shipments)
def test_whole_number_items_are_promised_in_whole_numbers(
	snapshot: Snapshot, lines: list[Line], shipment: str
):
	for peg in (
		peg for line in promised(snapshot, lines, shipment=shipment).plan for peg in line.fulfillment
	):
		assert peg.item_code != "D" or peg.qty == round(peg.qty)


@given(snapshots(), order_lines(), shipments)
def test_withheld_supply_is_never_promised(snapshot: Snapshot, lines: list[Line], shipment: str):
	withheld = {supply.document for supply in snapshot.supplies if supply.withheld and supply.document}
	for peg in pegs_of(promised(snapshot, lines, shipment=shipment)):
		assert peg.document is None or peg.document.name not in withheld


@given(snapshots(), order_lines(), modes)
def test_shipping_in_parts_is_never_later_than_shipping_complete(
	snapshot: Snapshot, lines: list[Line], mode: str
):
	complete, per_line, partial = (
		promised(snapshot, lines, shipment=shipment, desired_date_mode=mode)
		for shipment in ("complete", "per_line", "partial")
	)
	assert no_later(per_line.promise_date, complete.promise_date)
	assert no_later(partial.promise_date, complete.promise_date)
	if complete.status is Status.OK:
		for together, alone, parts in zip(complete.plan, per_line.plan, partial.plan, strict=True):
			assert no_later(alone.promise_date, together.promise_date)
			assert no_later(parts.promise_date, alone.promise_date)


@settings(max_examples=settings.default.max_examples // 2)
@given(snapshots(), order_lines(), shipments, modes)
def test_the_change_of_every_option_gives_the_date_that_it_states(
	snapshot: Snapshot, lines: list[Line], shipment: str, mode: str
):
	fields = {"rules": {"shipment": shipment, "desired_date_mode": mode}}
	promise = ask(snapshot, *lines, **fields)
	for option in promise.options:
		again = with_change(snapshot, option, *lines, **fields)
		if option.type == "partial_shipment":
			parts = [peg.delivery_date for line in again.plan for peg in line.fulfillment]
			assert option.promise_date in parts
			assert no_later(again.promise_date, promise.promise_date)
		else:
			assert again.promise_date == option.promise_date
			assert promise.promise_date is None or again.promise_date < promise.promise_date


@given(snapshots(), order_lines())
def test_an_order_has_a_date_or_says_why_not(snapshot: Snapshot, lines: list[Line]):
	promise = promised(snapshot, lines)
	assert (promise.status is Status.OK) == (promise.promise_date is not None) == promise.can_fulfill
	assert bool(promise.blockers) == (promise.status is not Status.OK)
	assert all(line.shortage >= 0 for line in promise.plan)
	assert (promise.confidence is not None) == promise.can_fulfill


def test_the_worlds_of_these_laws_are_worth_their_while():
	"""Enough orders have a date, enough have none, and enough are put together from several supplies."""
	seen: list[Promise] = []

	@settings(max_examples=200, database=None)
	@given(snapshots(), order_lines())
	def look(snapshot: Snapshot, lines: list[Line]) -> None:
		seen.append(promised(snapshot, lines))

	look()
	dated = sum(promise.status is Status.OK for promise in seen)
	assert 0.2 < dated / len(seen) < 0.9
	assert sum(any(len(line.fulfillment) > 1 for line in promise.plan) for promise in seen) > 10
