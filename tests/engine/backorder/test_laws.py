"""What holds for every run on every order book, checked on random ones by counting day by day.

To look for more than `make test` does: HYPOTHESIS_PROFILE=thorough pytest tests/engine/backorder/test_laws.py
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otp_app.engine.backorder.outcome import Outcome, Simulation
from otp_app.engine.backorder.rules import BackorderRules, Strategy, parse_rules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.facts import CommitmentKind, OpenLine, Snapshot, Supply, SupplyKind
from otp_app.engine.policy import FulfilmentMode, Settings, Shipment
from tests.engine import test_laws  # noqa: F401 - its hypothesis profiles
from tests.engine.asking import BARE
from tests.values import (
	NOW,
	CommitmentFactory,
	ItemFactory,
	OpenLineFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	day,
)

CODES = ("A", "B", "C")
ITEMS = [
	ItemFactory(item_code="A", mode=FulfilmentMode.ATP_ONLY),
	ItemFactory(item_code="B", mode=FulfilmentMode.ATP_ONLY),
	ItemFactory(item_code="C", lead_time_days=12),
]
PROTECTED = (CommitmentKind.WORK_ORDER_MATERIAL, CommitmentKind.HOLD, CommitmentKind.RESERVATION)
LAST = 60
TOLERANCE = 0.0005
quantities = st.integers(1, 12).map(float)
CUSTOMERS = ("Ada", "Bo", "Cy", "Di")


@st.composite
def lines(draw: st.DrawFn) -> list[OpenLine]:
	answer = []
	for number in range(draw(st.integers(1, 9))):
		requested = day(draw(st.integers(-6, 30)))
		policy = draw(st.sampled_from([None, Shipment.COMPLETE, Shipment.PER_LINE]))
		customer, one_date = draw(st.sampled_from(CUSTOMERS)), draw(st.booleans())
		for idx in range(1, draw(st.integers(1, 3)) + 1):
			confirmed = draw(st.none() | st.integers(-6, 40))
			answer.append(
				OpenLineFactory(
					order=f"SO-{number}",
					row=f"SO-{number}-{draw(st.sampled_from([1, idx]))}",
					idx=idx,
					item_code=draw(st.sampled_from(CODES)),
					qty=draw(quantities),
					ordered_on=day(draw(st.integers(-30, 0))),
					confirmed=None if confirmed is None else day(confirmed),
					requested=requested if one_date else day(draw(st.integers(-6, 30))),
					customer=customer,
					shipment=policy,
					priority=draw(st.none() | st.integers(0, 2)),
				)
			)
	return answer


@st.composite
def supplies(draw: st.DrawFn) -> list[Supply]:
	answer = []
	for number in range(draw(st.integers(1, 9))):
		code, qty = draw(st.sampled_from(CODES)), draw(quantities) * draw(st.sampled_from([1, 3]))
		if draw(st.booleans()):
			answer.append(SupplyFactory(item_code=code, qty=qty))
		else:
			due = day(draw(st.integers(-3, 35)))
			answer.append(
				PurchaseOrderSupplyFactory(item_code=code, qty=qty, due=due, document=f"PO-{number}")
			)
	return answer


LIVELY = Settings(no_weekends=True, cutoff=time(9), processing_days=1, inbound_days=1, buffer_days=1)


@st.composite
def books(draw: st.DrawFn, site: Settings | None = None) -> Snapshot:
	commitments = [
		CommitmentFactory(
			item_code=draw(st.sampled_from(CODES)),
			qty=draw(quantities),
			due=day(draw(st.integers(-2, 30))),
			kind=draw(st.sampled_from(PROTECTED)),
		)
		for _ in range(draw(st.integers(0, 3)))
	]
	return SnapshotFactory(
		settings=site or draw(st.sampled_from([BARE, LIVELY])),
		items=ITEMS,
		supplies=draw(supplies()),
		commitments=commitments,
		open_lines=draw(lines()),
		lanes=[TransitLaneFactory(days=2, customer="Ada")] if site is None else [],
	)


@st.composite
def rule_sets(draw: st.DrawFn, strategies: Iterable[Strategy] = tuple(Strategy)) -> BackorderRules:
	chosen = draw(st.lists(st.sampled_from(list(strategies)), min_size=1, max_size=4))
	segments: list[dict[str, Any]] = []
	for number, strategy in enumerate(chosen):
		segment: dict[str, Any] = {"strategy": strategy.value, "name": f"S{number}"}
		if draw(st.integers(0, 3)):
			segment["customers"] = draw(st.lists(st.sampled_from(CUSTOMERS), min_size=1, unique=True))
		segment["sort"] = draw(
			st.lists(
				st.sampled_from(["priority", "-customer", "requested", "-ordered_on", "value"]), max_size=3
			)
		)
		segments.append(segment)
	return parse_rules({"segments": segments, "least_gain_days": draw(st.sampled_from([0, 1, 5]))})


def key(outcome: Outcome) -> tuple[str, str]:
	return (outcome.line.order, outcome.line.row)


def after(simulation: Simulation) -> dict[tuple[str, str], Any]:
	return {key(outcome): outcome.after for outcome in simulation.outcomes}


@given(books(), rule_sets(), st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(snapshot: Snapshot, rules: BackorderRules, chance: random.Random):
	def shuffled(facts: Any) -> tuple[Any, ...]:
		mixed = list(facts)
		chance.shuffle(mixed)
		return tuple(mixed)

	mixed = replace(
		snapshot,
		supplies=shuffled(snapshot.supplies),
		commitments=shuffled(snapshot.commitments),
		open_lines=shuffled(snapshot.open_lines),
	)
	assert simulate(mixed, rules, NOW).as_dict() == simulate(snapshot, rules, NOW).as_dict()


@given(books(), rule_sets())
def test_running_twice_changes_nothing(snapshot: Snapshot, rules: BackorderRules):
	first = simulate(snapshot, rules, NOW)
	second = simulate(replace(snapshot, open_lines=first.book()), rules, NOW)
	assert after(second) == after(first)


@given(books(), rule_sets())
def test_lines_that_are_skipped_stay_exactly_as_they_are(snapshot: Snapshot, rules: BackorderRules):
	for outcome in simulate(snapshot, rules, NOW).outcomes:
		if outcome.strategy is Strategy.SKIP:
			assert outcome.after == outcome.before
			assert {part.confirmed for part in outcome.parts} >= {outcome.after} or len(outcome.parts) > 1


@given(books(), rule_sets())
def test_every_late_line_has_a_reason_that_can_be_told(snapshot: Snapshot, rules: BackorderRules):
	simulation = simulate(snapshot, rules, NOW)
	assert simulation.explained == 1.0
	for outcome in simulation.late:
		assert all(reason.text() for reason in outcome.reasons)


@given(books(), rule_sets())
def test_fill_never_gains_and_lose_keeps_nothing(snapshot: Snapshot, rules: BackorderRules):
	for outcome in simulate(snapshot, rules, NOW).outcomes:
		if outcome.strategy is Strategy.LOSE:
			assert outcome.after is None
		if outcome.strategy is Strategy.FILL and outcome.after is not None:
			assert outcome.before is not None and outcome.after >= outcome.before


@given(books(), rule_sets())
def test_gain_lines_never_get_worse_for_anybody_s_sake(snapshot: Snapshot, rules: BackorderRules):
	"""What becomes of a Gain line is what would become of it if there were no lower lines, and no worse than it has
	where the supply can bear what Win and Gain lines have."""
	simulation = simulate(snapshot, rules, NOW)
	high = (Strategy.WIN, Strategy.GAIN, Strategy.SKIP)
	kept = [part for o in simulation.outcomes if o.strategy in high for part in o.parts]
	alone = after(simulate(replace(snapshot, open_lines=tuple(kept)), rules, NOW))
	broken = {key(o) for o in simulation.outcomes if o.strategy in high and o.exception}
	for outcome in simulation.outcomes:
		if outcome.strategy in high:
			assert outcome.after == alone[key(outcome)]
		if outcome.strategy is Strategy.GAIN and outcome.before and outcome.before >= day(0):
			better = outcome.after is not None and outcome.after <= outcome.before
			assert better or key(outcome) in broken


@given(books(BARE), rule_sets((Strategy.WIN, Strategy.GAIN, Strategy.REDISTRIBUTE, Strategy.LOSE)))
def test_gain_and_win_lines_keep_what_the_supply_can_bear(snapshot: Snapshot, rules: BackorderRules):
	simulation = simulate(snapshot, rules, NOW)
	left = [o for o in simulation.outcomes if o.strategy is Strategy.SKIP and o.before]
	high = [o for o in simulation.outcomes if o.strategy in (Strategy.WIN, Strategy.GAIN) and o.before]
	wanted = [(part, max(o.before, day(0))) for o in (*left, *high) for part in o.parts if o.before]
	# As they are, all of them together, on every day and without anything bought.
	if all(free >= -TOLERANCE for code in CODES for free in nets(snapshot, code, wanted)):
		for outcome in high:
			assert outcome.before and outcome.after
			assert outcome.after <= max(outcome.before, day(0))


@given(books(), rule_sets())
def test_win_lines_do_not_suffer_from_lower_ones(snapshot: Snapshot, rules: BackorderRules):
	simulation = simulate(snapshot, rules, NOW)
	high = (Strategy.WIN, Strategy.SKIP)
	kept = [part for o in simulation.outcomes if o.strategy in high for part in o.parts]
	alone = simulate(replace(snapshot, open_lines=tuple(kept)), rules, NOW)
	found = {key(outcome): outcome for outcome in alone.outcomes}
	for outcome in simulation.outcomes:
		if outcome.strategy is Strategy.WIN and outcome.before and outcome.before >= day(0):
			# What a Win line keeps when it is alone it keeps in company.
			kept_alone = found[key(outcome)].after
			if kept_alone is not None and kept_alone <= outcome.before:
				assert outcome.after is not None and outcome.after <= outcome.before


@given(books(BARE), rule_sets())
def test_what_is_promised_never_exceeds_supply(snapshot: Snapshot, rules: BackorderRules):
	simulation = simulate(snapshot, rules, NOW)
	left = [o for o in simulation.outcomes if o.strategy is Strategy.SKIP]
	served = [o for o in simulation.outcomes if o.strategy is not Strategy.SKIP]
	before = [(part, max(o.after, day(0))) for o in left for part in o.parts if o.after]
	promised = [
		(part, max(o.after, day(0)))
		for o in served
		for part in o.parts
		if o.after and not (part.item_code == "C" and o.after >= day(ORDERED))
	]
	for code in CODES:
		free = nets(snapshot, code, before)
		taken = nets(snapshot, code, [*before, *promised])
		for today in range(LAST):
			atp = max(0.0, min(free[today:]))
			assert free[today] - taken[today] <= atp + TOLERANCE


# The lead time of C, where every day is a working day.
ORDERED = 12


def nets(snapshot: Snapshot, code: str, promised: list[Any]) -> list[float]:
	"""Supply less all that is owed up to each day, where nothing takes time."""

	def due(fact: Any) -> int:
		if fact.due is None:
			return 0
		overdue = isinstance(fact, Supply) and fact.due < day(0) and fact.kind is not SupplyKind.ON_HAND
		return 1 if overdue else max(0, (fact.due - day(0)).days)

	answer = []
	for today in range(LAST):
		come = sum(s.qty for s in snapshot.supplies if s.item_code == code and due(s) <= today)
		owed = sum(c.qty for c in snapshot.commitments if c.item_code == code and due(c) <= today)
		gone = sum(line.qty for line, on in promised if line.item_code == code and on <= day(today))
		answer.append(come - owed - gone)
	return answer
