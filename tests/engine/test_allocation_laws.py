"""What holds of every order under quotas and protections; the right answers come from brute force, not from the engine.

A quota is checked with Hall's theorem: for every run of periods, what may only be charged to them is not more than they have.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otp_app.engine.facts import Allocation, Protection, QuotaPeriod, Snapshot
from otp_app.engine.promise import Promise
from tests.engine.asking import BARE, ask
from tests.values import (
	STORES,
	TODAY,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
LAW = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=QUIET)
TOLERANCE = 0.001
ITEMS = ("A", "B")
CUSTOMERS = [
	CustomerFactory(name="Velo Nord", groups=("Dealers", "All")),
	CustomerFactory(name="Radhaus", groups=("Shops", "All")),
]
quantities = st.integers(0, 12).map(float)


@st.composite
def allocations(draw: st.DrawFn, name: str, parent: str | None = None, *, forward: bool = True) -> Allocation:
	length, count = draw(st.sampled_from((3, 7))), draw(st.integers(1, 6))
	first = draw(st.integers(-1, 1)) * length
	periods = [
		QuotaPeriod(
			day(first + length * index),
			day(first + length * (index + 1) - 1),
			draw(quantities),
			draw(st.sampled_from((0.0, 0.0, 2.0, 5.0))),
		)
		for index in range(count)
	]
	by_item: dict[str, Any] = draw(
		st.sampled_from(({"item_code": "A"}, {"item_code": "B"}, {"item_groups": ("Products",)}))
	)
	return Allocation(
		name,
		tuple(periods),
		**by_item,
		customer_group=draw(st.sampled_from((None, None, "Dealers", "All"))),
		backward=draw(st.integers(0, 2)),
		forward=draw(st.sampled_from((None, None, 0, 2))) if forward else None,
		parent=parent,
	)


@st.composite
def worlds(draw: st.DrawFn, *, most: int = 3, forward: bool = True) -> Snapshot:
	supplies = [SupplyFactory(item_code=code, qty=draw(quantities) + 1) for code in ITEMS]
	supplies += [
		PurchaseOrderSupplyFactory(
			item_code=code, qty=20.0, due=day(draw(st.integers(1, 25))), document=f"PO-{code}"
		)
		for code in ITEMS
	]
	count = draw(st.integers(1, most))
	quotas = [
		draw(
			allocations(f"Q{index}", draw(st.sampled_from((None, "Q0"))) if index else None, forward=forward)
		)
		for index in range(count)
	]
	return SnapshotFactory(
		items=[ItemFactory(item_code=code) for code in ITEMS],
		supplies=supplies,
		customers=CUSTOMERS,
		allocations=quotas,
		settings=replace(BARE, horizon_days=60),
	)


lines = st.lists(st.tuples(st.sampled_from(ITEMS), st.integers(1, 10).map(float)), min_size=1, max_size=3)
shipments = st.sampled_from(("complete", "per_line", "partial"))


def concerned(snapshot: Snapshot, code: str) -> set[str]:
	"""The quotas that an order of Velo Nord consumes with an item."""
	found = {
		quota.name
		for quota in snapshot.allocations
		if (quota.item_code == code or quota.item_groups) and quota.customer_group in (None, "Dealers", "All")
	}
	parents = {quota.name: quota.parent for quota in snapshot.allocations}
	return found | {parent for name in found if (parent := parents[name])}


def delivered(snapshot: Snapshot, promise: Promise) -> dict[str, dict[int, float]]:
	"""By quota and period, what the order adds."""
	added: dict[str, dict[int, float]] = {quota.name: {} for quota in snapshot.allocations}
	for line in promise.plan:
		for peg in line.fulfillment:
			for quota in snapshot.allocations:
				if quota.name not in concerned(snapshot, line.item_code):
					continue
				for index, period in enumerate(quota.periods):
					if period.start <= peg.delivery_date <= period.end:
						added[quota.name][index] = added[quota.name].get(index, 0.0) + peg.qty
	return added


def fits(quota: Allocation, consumed: list[float]) -> bool:
	"""Whether every delivery can be charged to its own period or one of the `backward` ones before it."""
	count = len(quota.periods)
	for first in range(count):
		for last in range(first, count):
			only_there = (consumed[at] for at in range(last + 1) if max(0, at - quota.backward) >= first)
			if sum(only_there) > sum(p.qty for p in quota.periods[first : last + 1]) + TOLERANCE:
				return False
	return True


@LAW
@given(worlds(), lines, shipments)
def test_no_period_gives_more_than_it_and_those_before_it_have(
	snapshot: Snapshot, order: list[tuple[str, float]], shipment: str
):
	promise = ask(snapshot, *order, customer="Velo Nord", rules={"shipment": shipment}, with_options=False)
	if promise.promise_date is None:
		return
	for quota in snapshot.allocations:
		before = [period.consumed for period in quota.periods]
		added = delivered(snapshot, promise)[quota.name]
		after = [qty + added.get(index, 0.0) for index, qty in enumerate(before)]
		if fits(quota, before):
			assert fits(quota, after), (quota, added)
		else:
			# Too much was consumed already: nothing is added where nothing is left.
			assert all(
				after[i] <= before[i] or quota.periods[i].qty > 0 or quota.backward for i in range(len(after))
			)


@LAW
@given(
	worlds(most=2, forward=False), st.sampled_from(ITEMS), st.integers(1, 10).map(float), shipments, st.data()
)
def test_more_quota_never_makes_a_line_later(
	snapshot: Snapshot, code: str, qty: float, shipment: str, data: st.DataObject
):
	at = data.draw(st.integers(0, len(snapshot.allocations) - 1))
	quota = snapshot.allocations[at]
	index = data.draw(st.integers(0, len(quota.periods) - 1))
	periods = list(quota.periods)
	periods[index] = replace(periods[index], qty=periods[index].qty + data.draw(st.integers(1, 10)))
	raised = [*snapshot.allocations]
	raised[at] = replace(quota, periods=tuple(periods))
	rules = {"shipment": shipment}
	before = ask(snapshot, (code, qty), customer="Velo Nord", rules=rules, with_options=False)
	more = replace(snapshot, allocations=tuple(raised))
	after = ask(more, (code, qty), customer="Velo Nord", rules=rules, with_options=False)
	if before.promise_date is not None:
		assert after.promise_date is not None
		assert after.promise_date <= before.promise_date


@LAW
@given(worlds(), lines, shipments, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(
	snapshot: Snapshot, order: list[tuple[str, float]], shipment: str, random: Any
):
	shuffled = list(snapshot.allocations)
	random.shuffle(shuffled)
	rules = {"shipment": shipment}
	one = ask(snapshot, *order, customer="Velo Nord", rules=rules)
	other = ask(replace(snapshot, allocations=tuple(shuffled)), *order, customer="Velo Nord", rules=rules)
	assert one.as_dict() == other.as_dict()


@LAW
@given(worlds(), lines, shipments)
def test_quotas_only_ever_put_off(snapshot: Snapshot, order: list[tuple[str, float]], shipment: str):
	rules = {"shipment": shipment}
	free = ask(replace(snapshot, allocations=()), *order, rules=rules, with_options=False)
	limited = ask(snapshot, *order, rules=rules, with_options=False)
	if limited.promise_date is not None:
		assert free.promise_date is not None
		assert free.promise_date <= limited.promise_date
	for line in limited.plan:
		assert sum(peg.qty for peg in line.fulfillment) <= line.qty_required + TOLERANCE


@LAW
@given(
	st.lists(
		st.tuples(
			quantities,
			st.integers(-5, 20),
			st.integers(0, 20),
			quantities,
			st.sampled_from(("Velo Nord", "Radhaus")),
		),
		min_size=1,
		max_size=4,
	),
	st.integers(1, 60),
	st.integers(0, 40).map(float),
	st.integers(0, 40).map(float),
)
def test_what_is_protected_is_never_given_to_others(
	rows: list[tuple[float, int, int, float, str]], wanted: int, stock: float, coming: float
):
	protections = [
		Protection(
			f"P{index}", "A", STORES, day(start), day(start + length), qty, consumed, customer=customer
		)
		for index, (qty, start, length, consumed, customer) in enumerate(rows)
	]
	facts = SnapshotFactory(
		supplies=[
			SupplyFactory(item_code="A", qty=stock),
			PurchaseOrderSupplyFactory(item_code="A", qty=coming, due=day(10)),
		],
		customers=CUSTOMERS,
		protections=protections,
		settings=BARE,
	)
	promise = ask(facts, ("A", wanted), customer="Radhaus", with_options=False)
	kept = [
		(max(0, (each.start - TODAY).days), max(0.0, each.qty - each.consumed))
		for each in protections
		if each.customer != "Radhaus" and each.end >= TODAY
	]
	given_away = [(peg.qty, (peg.available_date - TODAY).days) for peg in promise.plan[0].fulfillment]
	for at in range(0, 45):
		there = stock + (coming if at >= 10 else 0.0)
		owed = sum(qty for start, qty in kept if start <= at)
		gone = sum(qty for qty, taken in given_away if taken <= at)
		# Where too much was protected to begin with, nothing more is given away.
		assert gone <= max(0.0, there - owed) + TOLERANCE
