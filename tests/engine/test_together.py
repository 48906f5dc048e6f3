"""What holds when all that may decide a line meets: rules, transfers, other items, what is made, quotas and protected minimums.

What is free is taken from the ledger that `explain` shows, and quotas are checked by brute force; neither is the planner's.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
from otp_app.engine.capable.tree import How, Requirement, walk
from otp_app.engine.explain import explain
from otp_app.engine.facts import (
	Component,
	Protection,
	RuleSource,
	Snapshot,
	SourceKind,
	SourcingRule,
	Supply,
	SupplyKind,
)
from otp_app.engine.policy import FulfilmentMode, WithoutQuota
from otp_app.engine.problems import RequestRefused
from otp_app.engine.promise import Fulfillment, Promise, Source
from tests.engine import test_laws  # noqa: F401 - its hypothesis profiles
from tests.engine.asking import BARE, ask
from tests.engine.test_allocation_laws import CUSTOMERS, allocations, delivered, fits
from tests.engine.test_sourcing_laws import PLACES, listed, places, quantities, rules
from tests.values import (
	NOW,
	TODAY,
	CommitmentFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

TOLERANCE = 0.0005
BUYER = "Velo Nord"
SOLD, PARTS = ("A", "B", "SET"), ("X", "Y")
MODES = (FulfilmentMode.ATP_ONLY, FulfilmentMode.ATP_THEN_LEAD_TIME, FulfilmentMode.ATP_THEN_CTP)
FROM_ATP = (How.STOCK, How.DOCUMENT)
SUPPLIER = "Kopf AG"


@st.composite
def supplies(draw: st.DrawFn) -> list[Supply]:
	found = []
	for number in range(draw(st.integers(2, 12))):
		due = draw(st.none() | st.integers(0, 20))
		found.append(
			SupplyFactory(
				item_code=draw(st.sampled_from(("A", "A", "B", *PARTS))),
				warehouse=draw(places),
				kind=SupplyKind.ON_HAND if due is None else SupplyKind.PURCHASE_ORDER,
				qty=draw(quantities),
				due=None if due is None else day(due),
				document=None if due is None else f"PO-{number}",
			)
		)
	return found


@st.composite
def boms(draw: st.DrawFn) -> list[Bom]:
	"""A is made of X and Y, and B, if it is made at all, of X."""
	place = draw(st.none() | places)
	work = (Operation("Assemble", draw(st.sampled_from((30.0, 240.0))), "Bench"),)
	return [
		Bom("BOM-A", "A", lines=(BomLine("X", 1.0, warehouse=place), BomLine("Y", 2.0)), operations=work),
		Bom("BOM-B", "B", lines=(BomLine("X", 1.0),), operations=work),
	]


@st.composite
def items(draw: st.DrawFn) -> list[Any]:
	modes, days = st.sampled_from(MODES), st.none() | st.integers(0, 12)
	made: dict[str, Any] = {"lead_time_days": draw(st.integers(1, 9)), "whole": draw(st.booleans())}
	return [
		ItemFactory(item_code="A", mode=draw(modes), alternatives=("B",), default_bom="BOM-A", **made),
		ItemFactory(item_code="B", mode=draw(modes), default_bom=draw(st.none() | st.just("BOM-B")), **made),
		*(ItemFactory(item_code=code, lead_time_days=draw(days), min_order_qty=4.0) for code in PARTS),
		ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("A", 1.0), Component("B", 2.0))
		),
	]


@st.composite
def protections(draw: st.DrawFn) -> list[Protection]:
	return [
		Protection(
			f"P{number}",
			draw(st.sampled_from(("A", "B", *PARTS))),
			draw(places),
			day(draw(st.integers(-3, 10))),
			day(draw(st.integers(11, 25))),
			draw(quantities),
			customer=draw(st.sampled_from((BUYER, "Radhaus"))),
		)
		for number in range(draw(st.integers(0, 2)))
	]


@st.composite
def sourcing_rules(draw: st.DrawFn) -> list[SourcingRule]:
	"""At most one, which some lines of the order may not fit; it may name a supplier that ships."""
	if draw(st.integers(0, 3)) == 0:
		return []
	rule = draw(rules())
	if draw(st.booleans()):
		drop_ship = RuleSource(SourceKind.DROP_SHIP, supplier=SUPPLIER, days=draw(st.integers(0, 20)))
		rule = replace(rule, sources=(*rule.sources, drop_ship))
	return [replace(rule, item_code=draw(st.sampled_from((None, None, "A", "B"))))]


@st.composite
def worlds(draw: st.DrawFn) -> Snapshot:
	owed = [
		CommitmentFactory(item_code=code, warehouse=at, qty=qty, due=day(due))
		for code, at, qty, due in draw(
			st.lists(
				st.tuples(st.sampled_from(("A", *PARTS)), places, quantities, st.integers(0, 25)), max_size=4
			)
		)
	]
	quotas = [
		draw(allocations(f"Q{index}", "Q0" if index else None)) for index in range(draw(st.integers(0, 2)))
	]
	return SnapshotFactory(
		settings=replace(
			BARE,
			horizon_days=60,
			transfer_days=draw(st.integers(0, 4)),
			without_quota=draw(st.sampled_from(WithoutQuota)),
			minimum_split=draw(st.sampled_from((0.0, 0.0, 3.0))),
		),
		items=draw(items()),
		boms=draw(boms()),
		workstations=[Workstation("Bench", load={day(1): draw(st.sampled_from((0.0, 600.0)))})],
		warehouses=SnapshotFactory(
			supplies=[SupplyFactory(warehouse=at) for at in PLACES]
		).warehouses.values(),
		customers=CUSTOMERS,
		supplies=draw(supplies()),
		commitments=owed,
		sourcing_rules=draw(sourcing_rules()),
		allocations=quotas,
		protections=draw(protections()),
	)


lines = st.lists(
	st.fixed_dictionaries(
		{"item_code": st.sampled_from((*SOLD, "A")), "qty": quantities}, optional={"warehouse": places}
	),
	min_size=1,
	max_size=3,
)
fields = st.fixed_dictionaries(
	{
		"desired_date": st.none() | st.integers(0, 15).map(lambda number: day(number).isoformat()),
		"agreed": st.booleans(),
		"rules": st.fixed_dictionaries(
			{
				"shipment": st.sampled_from(["complete", "per_line", "partial"]),
				"desired_date_mode": st.sampled_from(
					["LATEST_ACCEPTABLE", "NO_EARLY_DELIVERY", "STRICT_FAIL"]
				),
				"substitution": st.booleans(),
				"transfers": st.booleans(),
				"sourcing": st.sampled_from(["fixed", "preferred"]),
				"building_rule": st.none()
				| st.sampled_from(
					["full_confirmation", "maximum_earlier_confirmation", "on_time_confirmation"]
				),
				"service_level": st.sampled_from([None, None, 0.6, 0.95]),
			}
		),
	}
)


def promised(snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any], **more: Any) -> Promise:
	known = {**known, "rules": {name: value for name, value in known["rules"].items() if value is not None}}
	return ask(snapshot, *order, customer=BUYER, **{"with_options": False, **more}, **known)


def trees(promise: Promise) -> Iterator[Requirement]:
	for line in promise.plan:
		yield from (peg.tree for peg in line.fulfillment if peg.tree is not None)


def place_of(peg: Fulfillment) -> str:
	sender = peg.suggestion.from_warehouse if peg.suggestion else None
	return sender or peg.warehouse


def taken(promise: Promise) -> dict[tuple[str, str], list[tuple[date, float]]]:
	"""What pegs and trees take from supply that is there or on its way, where it lies, and from when on."""
	found: dict[tuple[str, str], list[tuple[date, float]]] = defaultdict(list)
	for line in promise.plan:
		for peg in line.fulfillment:
			if peg.source is Source.TRANSFER:
				found[peg.item_code, place_of(peg)].append((TODAY, peg.qty))
			elif peg.source is not Source.REPLENISHMENT:
				found[peg.item_code, peg.warehouse].append((peg.available_date, peg.qty))
	for node in (node for tree in trees(promise) for node in walk(tree)):
		if node.how in FROM_ATP:
			found[node.item_code, node.warehouse].append((node.available_date or date.max, node.qty))
	return found


@given(worlds(), lines, fields)
def test_no_receipt_is_taken_twice_by_lines_senders_and_components(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any]
):
	promise = promised(snapshot, order, known)
	from_others = tuple(each for each in snapshot.protections if each.customer != BUYER)
	facts = replace(snapshot, protections=from_others)
	for (code, at), uses in taken(promise).items():
		levels = explain(facts, code, at, NOW).levels
		for last in {when for when, _ in uses}:
			free = max((level.atp for level in levels if level.day <= last), default=0.0)
			assert sum(qty for when, qty in uses if when <= last) <= free + TOLERANCE, (code, at)


def as_sent(snapshot: Snapshot, promise: Promise) -> Promise:
	"""The promise with a line for each item that is sent: it is that item's quotas that a delivery uses."""
	sent = []
	for line in promise.plan:
		if snapshot.items[line.item_code].components:
			sent.append(replace(line, fulfillment=_as_bundle(snapshot, line)))
			continue
		for peg in line.fulfillment:
			sent.append(replace(line, item_code=peg.item_code, fulfillment=(peg,)))
	return replace(promise, plan=tuple(sent))


def _as_bundle(snapshot: Snapshot, line: Any) -> tuple[Fulfillment, ...]:
	"""A bundle counts as what is sold, on its last day."""
	last = max(line.fulfillment, key=lambda peg: peg.delivery_date, default=None)
	return (replace(last, qty=line.qty_required),) if last else ()


@given(worlds(), lines, fields)
def test_no_quota_gives_more_than_it_has(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any]
):
	promise = promised(snapshot, order, known)
	if promise.promise_date is None:
		return
	told = as_sent(snapshot, promise)
	if known["agreed"] and known["desired_date"]:
		told = _on(told, date.fromisoformat(known["desired_date"]))
	for quota in snapshot.allocations:
		before = [period.consumed for period in quota.periods]
		added = delivered(snapshot, told)[quota.name]
		after = [qty + added.get(index, 0.0) for index, qty in enumerate(before)]
		assert fits(quota, after) or not fits(quota, before), (quota, added)


def _on(promise: Promise, told: date) -> Promise:
	"""What was agreed counts on the day that the customer was told, where it is not later."""
	return replace(
		promise,
		plan=tuple(
			replace(
				line,
				fulfillment=tuple(
					replace(peg, delivery_date=max(line.promise_date or peg.delivery_date, told))
					for peg in line.fulfillment
				),
			)
			for line in promise.plan
		),
	)


def _covers(rule: SourcingRule, code: str) -> bool:
	return rule.item_code in (None, code)


@given(worlds(), lines, fields)
def test_what_a_rule_does_not_list_neither_ships_nor_sends_nor_makes(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any]
):
	for asked, line in zip(order, promised(snapshot, order, known).plan, strict=True):
		fixed = asked.get("warehouse") if known["rules"]["sourcing"] == "fixed" else None
		for peg in line.fulfillment:
			whose = line.item_code if line.item_code == "SET" else peg.item_code
			rule = next((rule for rule in snapshot.sourcing_rules if _covers(rule, whose)), None)
			if fixed:
				assert peg.warehouse == fixed
			elif rule and not peg.supplier:
				assert peg.warehouse in listed(rule)
			if rule and peg.source is Source.TRANSFER:
				assert place_of(peg) in listed(rule) | listed(rule, SourceKind.TRANSFER)
			assert peg.tree is None or peg.tree.warehouse == peg.warehouse


@given(worlds(), lines, fields)
def test_a_lot_is_asked_for_once_and_made_for_all_that_is_promised_of_it(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any]
):
	for line in promised(snapshot, order, known).plan:
		if snapshot.items[line.item_code].components or line.shortage:
			continue
		for code in ("A", "B"):
			if snapshot.items[code].mode is FulfilmentMode.ATP_THEN_CTP:
				pegs = [peg for peg in line.fulfillment if peg.item_code == code and not peg.supplier]
				made = [peg for peg in pegs if peg.source is Source.REPLENISHMENT and not peg.document]
				lots = [peg.tree for peg in made if peg.tree is not None]
				assert abs(sum(peg.qty for peg in made) - sum(lot.qty for lot in lots)) <= TOLERANCE
				asked = sum(peg.suggestion.qty for peg in made if peg.suggestion)
				assert abs(asked - sum(lot.order_qty or lot.qty for lot in lots)) <= TOLERANCE
				days = {lot.available_date for lot in lots}
				assert all(peg.available_date in days for peg in made)


@given(worlds(), lines, fields, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_give_the_same_answer_and_nothing_fails(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any], random: Any
):
	def shuffled(facts: Any) -> Any:
		mixed = list(facts.items()) if isinstance(facts, dict) else list(facts)
		random.shuffle(mixed)
		return dict(mixed) if isinstance(facts, dict) else tuple(mixed)

	names = ("items", "boms", "supplies", "commitments", "allocations", "protections", "sourcing_rules")
	mixed = replace(snapshot, **{name: shuffled(getattr(snapshot, name)) for name in names})
	answers = []
	for facts in (snapshot, mixed):
		try:
			answers.append(json.dumps(promised(facts, order, known, with_options=True).as_dict()))
		except RequestRefused as refused:
			answers.append(str(refused))
	assert answers[0] == answers[1]


@given(worlds(), lines, fields)
def test_each_line_tells_where_all_of_it_comes_from_or_that_it_is_missing(
	snapshot: Snapshot, order: list[dict[str, Any]], known: dict[str, Any]
):
	promise = promised(snapshot, order, known)
	for line in promise.plan:
		assert sum(peg.qty for peg in line.fulfillment) >= 0
		if line.promise_date_raw and not snapshot.items[line.item_code].components:
			assert abs(sum(peg.qty for peg in line.fulfillment) - line.qty_required) <= TOLERANCE
		if promise.can_fulfill:
			assert line.promise_date is not None and line.shortage <= TOLERANCE
			assert all(peg.delivery_date >= peg.available_date for peg in line.fulfillment)
