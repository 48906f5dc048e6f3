"""What holds for every sourcing rule, on random ones: what is forbidden stays so, more choice never hurts, nothing is sent twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from otp_app.engine.facts import RuleSource, Snapshot, SourceKind, SourcingRule, SupplyKind
from otp_app.engine.policy import BuildingRule, FulfilmentMode
from otp_app.engine.promise import Promise, Source
from tests.engine import test_laws  # noqa: F401 - its hypothesis profiles
from tests.engine.asking import BARE, ask
from tests.values import (
	CommitmentFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
	WarehouseFactory,
	day,
)

PLACES = ("East - RS", "North - RS", "South - RS", "West - RS")
TOLERANCE = 0.0005
quantities = st.integers(1, 12).map(float)
places = st.sampled_from(PLACES)


@st.composite
def supplies(draw: st.DrawFn) -> list[Any]:
	found = []
	for number in range(draw(st.integers(1, 10))):
		due = draw(st.none() | st.integers(0, 20))
		found.append(
			SupplyFactory(
				item_code=draw(st.sampled_from(("A", "A", "B"))),
				warehouse=draw(places),
				kind=SupplyKind.ON_HAND if due is None else SupplyKind.PURCHASE_ORDER,
				qty=draw(quantities),
				due=None if due is None else day(due),
				document=None if due is None else f"PO-{number}",
			)
		)
	return found


@st.composite
def rules(draw: st.DrawFn, name: str = "R") -> SourcingRule:
	ships = draw(st.lists(places, min_size=1, max_size=4, unique=True))
	sends = draw(st.lists(st.tuples(places, places, st.integers(0, 5)), max_size=3))
	priorities = {at: draw(st.integers(0, 1)) for at in ships}
	return SourcingRule(
		name,
		(
			*(RuleSource(SourceKind.WAREHOUSE, at, priority=priorities[at]) for at in ships),
			*(RuleSource(SourceKind.TRANSFER, at, into, days=days) for at, into, days in sends),
		),
		minimum_split=draw(st.sampled_from([0.0, 0.0, 2.0, 3.0])),
		most_sources=draw(st.integers(0, 3)),
		building_rule=draw(st.none() | st.sampled_from(list(BuildingRule))),
	)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
	owed = [
		CommitmentFactory(item_code="A", warehouse=at, qty=qty, due=day(due))
		for at, qty, due in draw(st.lists(st.tuples(places, quantities, st.integers(0, 25)), max_size=4))
	]
	item = ItemFactory(item_code="A", mode=FulfilmentMode.ATP_ONLY, alternatives=("B",))
	return SnapshotFactory(
		settings=replace(BARE, transfer_days=draw(st.integers(0, 4))),
		items=[item, ItemFactory(item_code="B", mode=FulfilmentMode.ATP_ONLY)],
		warehouses=[WarehouseFactory(name=name) for name in PLACES],
		supplies=draw(supplies()),
		commitments=owed,
		sourcing_rules=[draw(rules())],
	)


fields = st.fixed_dictionaries(
	{
		"desired_date": st.none() | st.integers(0, 15).map(lambda number: day(number).isoformat()),
		"rules": st.fixed_dictionaries(
			{
				"shipment": st.sampled_from(["complete", "per_line", "partial"]),
				"substitution": st.booleans(),
				"transfers": st.booleans(),
			}
		),
	}
)
orders = st.lists(quantities, min_size=1, max_size=3)


def asked(snapshot: Snapshot, quantities: list[float], known: dict[str, Any]) -> Promise:
	return ask(snapshot, *(("A", qty) for qty in quantities), with_options=False, **known)


def listed(rule: SourcingRule, kind: SourceKind = SourceKind.WAREHOUSE) -> set[str]:
	return {str(source.warehouse) for source in rule.sources if source.kind is kind}


@given(snapshots(), orders, fields)
def test_a_warehouse_that_the_rule_does_not_list_neither_ships_nor_sends(
	snapshot: Snapshot, quantities: list[float], known: dict[str, Any]
):
	(rule,) = snapshot.sourcing_rules
	for line in asked(snapshot, quantities, known).plan:
		for peg in line.fulfillment:
			assert peg.warehouse in listed(rule)
			if peg.source is Source.TRANSFER:
				assert peg.suggestion is not None
				assert peg.suggestion.from_warehouse in listed(rule) | listed(rule, SourceKind.TRANSFER)


@given(snapshots(), orders, fields)
def test_no_part_is_below_the_minimum_split_and_no_more_sources_share_than_may(
	snapshot: Snapshot, quantities: list[float], known: dict[str, Any]
):
	(rule,) = snapshot.sourcing_rules
	known["rules"]["substitution"] = False
	for line in asked(snapshot, quantities, known).plan:
		parts: dict[str, float] = defaultdict(float)
		for peg in line.fulfillment:
			parts[peg.warehouse] += peg.qty
		assert len(parts) <= (rule.most_sources or len(PLACES))
		if len(parts) > 1:
			assert min(parts.values()) >= rule.minimum_split - TOLERANCE


@given(snapshots(), quantities, fields, places)
def test_one_more_source_never_makes_a_line_later(
	snapshot: Snapshot, qty: float, known: dict[str, Any], more: str
):
	(rule,) = snapshot.sourcing_rules
	assume(more not in listed(rule))
	# A line that is no longer short, but later than the other item was, keeps its own.
	known["rules"] |= {"building_rule": "full_confirmation", "substitution": False}
	wider = replace(rule, sources=(*rule.sources, RuleSource(SourceKind.WAREHOUSE, more)))
	before = asked(snapshot, [qty], known).plan[0]
	after = asked(replace(snapshot, sourcing_rules=(wider,)), [qty], known).plan[0]
	assert after.shortage <= before.shortage + TOLERANCE
	if before.promise_date_raw:
		assert after.promise_date_raw is not None
		assert after.promise_date_raw <= before.promise_date_raw


@given(snapshots(), quantities, fields, st.tuples(places, places, st.integers(0, 5)))
def test_nor_does_one_more_transfer(
	snapshot: Snapshot, qty: float, known: dict[str, Any], way: tuple[str, str, int]
):
	(rule,) = snapshot.sourcing_rules
	known["rules"] |= {"building_rule": "full_confirmation", "substitution": False}
	more = RuleSource(SourceKind.TRANSFER, way[0], way[1], days=way[2])
	wider = replace(snapshot, sourcing_rules=(replace(rule, sources=(*rule.sources, more)),))
	before, after = asked(snapshot, [qty], known).plan[0], asked(wider, [qty], known).plan[0]
	assert after.shortage <= before.shortage + TOLERANCE
	if before.promise_date_raw:
		assert (after.promise_date_raw or date.max) <= before.promise_date_raw


@given(snapshots(), quantities, fields)
def test_of_equals_the_warehouse_that_was_asked_for_is_kept(
	snapshot: Snapshot, qty: float, known: dict[str, Any]
):
	(rule,) = snapshot.sourcing_rules
	sources = tuple(replace(source, priority=0) for source in rule.sources)
	snapshot = replace(snapshot, sourcing_rules=(replace(rule, sources=sources, preferred=True),))
	own = sorted(listed(rule))[-1]
	known["rules"] |= {"substitution": False, "building_rule": "full_confirmation"}
	line = {"item_code": "A", "qty": qty, "warehouse": own}
	fixed = {**known, "rules": {**known["rules"], "sourcing": "fixed"}}
	kept, found = (ask(snapshot, line, with_options=False, **fields).plan[0] for fields in (fixed, known))
	if kept.promise_date_raw and kept.promise_date_raw == found.promise_date_raw:
		assert {peg.warehouse for peg in found.fulfillment} == {own}


@given(snapshots(), orders, fields)
def test_nothing_is_taken_or_sent_twice(snapshot: Snapshot, quantities: list[float], known: dict[str, Any]):
	taken: dict[tuple[str, str], float] = defaultdict(float)
	for line in asked(snapshot, quantities, known).plan:
		for peg in line.fulfillment:
			if peg.source is Source.TRANSFER and peg.suggestion:
				taken[peg.item_code, str(peg.suggestion.from_warehouse)] += peg.qty
			else:
				taken[peg.item_code, peg.warehouse] += peg.qty
	for (code, at), qty in taken.items():
		came = sum(s.qty for s in snapshot.supplies if (s.item_code, s.warehouse) == (code, at))
		owed = sum(c.qty for c in snapshot.commitments if (c.item_code, c.warehouse) == (code, at))
		assert qty <= max(0.0, came - owed) + TOLERANCE


@given(snapshots(), orders, fields, st.randoms(use_true_random=False), st.lists(rules(), max_size=2))
def test_the_order_of_facts_has_no_say(
	snapshot: Snapshot, quantities: list[float], known: dict[str, Any], chance: Any, more: list[SourcingRule]
):
	others = [replace(rule, name=f"R{number}") for number, rule in enumerate(more)]
	snapshot = replace(snapshot, sourcing_rules=(*snapshot.sourcing_rules, *others))
	shuffled = {
		name: tuple(chance.sample(facts, len(facts)))
		for name in ("supplies", "commitments", "sourcing_rules")
		if (facts := list(getattr(snapshot, name))) is not None
	}
	assert asked(snapshot, quantities, known) == asked(replace(snapshot, **shuffled), quantities, known)


@given(snapshots(), orders, fields)
def test_another_item_is_sent_only_where_it_may_and_is_always_told(
	snapshot: Snapshot, quantities: list[float], known: dict[str, Any]
):
	promise = asked(snapshot, quantities, known)
	for index, line in enumerate(promise.plan):
		total = sum(peg.qty for peg in line.fulfillment) + line.shortage
		assert abs(total - line.qty_required) <= TOLERANCE
		sent = {peg.item_code for peg in line.fulfillment} - {"A"}
		assert sent == {substitute.item_code for substitute in line.substitutes}
		told = {
			r.values["other"] for r in promise.reasons if r.code.startswith("SUBSTITUTED") and r.line == index
		}
		assert sent == told
		assert not sent or known["rules"]["substitution"]


@given(snapshots(), quantities, fields)
def test_and_never_makes_a_line_worse(snapshot: Snapshot, qty: float, known: dict[str, Any]):
	known["rules"]["building_rule"] = "full_confirmation"
	without = {**known, "rules": {**known["rules"], "substitution": False}}
	with_it = {**known, "rules": {**known["rules"], "substitution": True}}
	before, after = asked(snapshot, [qty], without).plan[0], asked(snapshot, [qty], with_it).plan[0]
	assert after.shortage <= before.shortage + TOLERANCE
	if before.promise_date_raw:
		assert (after.promise_date_raw or date.max) <= before.promise_date_raw
