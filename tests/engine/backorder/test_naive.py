"""The engine against a plain and slow one (naive.py), and its schedules walked through day by day, on random order books."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from otp_app.engine.backorder.outcome import Simulation
from otp_app.engine.backorder.rules import BackorderRules, Strategy, everything, parse_rules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.backorder.whatif import Changes, Delay, what_if
from otp_app.engine.facts import Snapshot, SupplyKind
from tests.engine import test_laws  # noqa: F401 - its hypothesis profiles
from tests.engine.asking import BARE
from tests.engine.backorder.naive import DAYS, Job, Naive, number, stock_of
from tests.engine.backorder.test_laws import CUSTOMERS, ITEMS, ORDERED, books, key, rule_sets
from tests.values import NOW, OpenLineFactory, PurchaseOrderSupplyFactory, SnapshotFactory, SupplyFactory, day

ORDERABLE = {"C": ORDERED}
IMPROVING = (Strategy.WIN, Strategy.GAIN, Strategy.REDISTRIBUTE)


def new_days(simulation: Simulation) -> dict[tuple[str, str], int | None]:
	return {
		key(outcome): None if outcome.after is None else number(outcome.after)
		for outcome in simulation.outcomes
	}


@st.composite
def tight_books(draw: st.DrawFn) -> Snapshot:
	"""Few days, one item, and hardly enough of it: whoever gets something takes it from another."""
	lines = [
		OpenLineFactory(
			order=f"SO-{index}",
			row=f"SO-{index}-1",
			item_code="A",
			qty=float(draw(st.integers(1, 4))),
			ordered_on=day(-draw(st.integers(1, 3))),
			requested=day(draw(st.integers(0, 4))),
			confirmed=draw(st.none() | st.integers(0, 8).map(day)),
			customer=CUSTOMERS[index % len(CUSTOMERS)],
		)
		for index in range(draw(st.integers(2, 6)))
	]
	receipts = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 8)), max_size=3))
	supplies = [
		PurchaseOrderSupplyFactory(item_code="A", qty=float(qty), due=day(due), document=f"PO-{number}")
		for number, (qty, due) in enumerate(receipts)
	]
	stock = SupplyFactory(item_code="A", qty=float(draw(st.integers(0, 8))))
	return SnapshotFactory(settings=BARE, items=ITEMS, supplies=[stock, *supplies], open_lines=lines)


@st.composite
def split_rules(draw: st.DrawFn) -> BackorderRules:
	"""A strategy for each customer, in some order."""
	segments = [
		{"strategy": draw(st.sampled_from(list(Strategy))).value, "customers": [customer]}
		for customer in draw(st.permutations(CUSTOMERS))
	]
	return parse_rules({"segments": segments, "least_gain_days": draw(st.integers(0, 4))})


@settings(max_examples=3 * settings().max_examples)
@given(st.one_of(tight_books(), books(BARE)), st.one_of(split_rules(), rule_sets()))
def test_it_comes_to_the_same_as_trying_day_after_day(snapshot: Snapshot, rules: BackorderRules):
	assert new_days(simulate(snapshot, rules, NOW)) == Naive(snapshot, rules, ORDERABLE).run()


@given(st.one_of(tight_books(), books(BARE)), st.one_of(split_rules(), rule_sets()))
def test_no_line_could_be_earlier_with_all_others_where_they_are(snapshot: Snapshot, rules: BackorderRules):
	"""Nothing is left lying that a late line wants: only a date that is hardly better is forgone."""
	naive = Naive(snapshot, rules, ORDERABLE)
	naive.run()
	placed = scheduled(naive, new_days(simulate(snapshot, rules, NOW)))
	for job in placed:
		if job.strategy not in IMPROVING:
			continue
		if job.day is not None:
			naive.move(job, job.day, +1)
		until = DAYS if job.day is None else job.day
		sooner = [today for today in range(job.wish, until) if naive.fits(job, today)]
		if sooner and job.day is not None:
			assert job.day == job.keeps and job.day - sooner[0] < max(rules.least_gain_days, 1)
			assert not (job.strategy is Strategy.WIN and sooner[0] <= job.requested)
		else:
			assert not sooner
		if job.day is not None:
			naive.move(job, job.day, -1)


def scheduled(naive: Naive, found: dict[tuple[str, str], int | None]) -> list[Job]:
	"""The jobs on the days that the engine gave them, all taken from the stock."""
	jobs = naive.jobs()
	naive.stock = {where: stock_of(naive.snapshot, where) for job in jobs for where in job.needs()}
	for job in jobs:
		job.day = found[job.lines[0].order, job.lines[0].row]
		if job.day is not None:
			naive.move(job, max(job.day, 0), -1, always=job.strategy is Strategy.SKIP)
	return jobs


@given(books(BARE), rule_sets())
def test_whoever_ships_by_the_new_dates_never_finds_the_shelf_empty(
	snapshot: Snapshot, rules: BackorderRules
):
	"""Goods come and go, day by day; where what is protected is there in time, so is all that is promised."""
	naive = Naive(snapshot, rules, ORDERABLE)
	jobs = scheduled(naive, new_days(simulate(snapshot, rules, NOW)))
	for where, after in naive.stock.items():
		before = stock_of(snapshot, where)
		for job in jobs:
			if job.strategy is Strategy.SKIP and job.day is not None and where in job.needs():
				before[max(job.day, 0) :] = [left - job.needs()[where] for left in before[max(job.day, 0) :]]
		if min(before) >= 0:
			assert min(after) >= -5e-4
		# Else nothing is made worse than it is: from the first day that is short on, nothing more is taken.
		assert all(now >= min(then, 0) - 5e-4 for now, then in zip(after, before, strict=True))


@given(books(BARE))
def test_what_if_nothing_changed_nothing_changes(snapshot: Snapshot):
	for outcome in what_if(snapshot, Changes(), NOW):
		assert outcome.before == outcome.after


@given(books(BARE), rule_sets())
def test_a_what_if_compares_two_whole_runs(snapshot: Snapshot, rules: BackorderRules):
	documents = sorted({s.document for s in snapshot.supplies if s.document})
	if not documents:
		return
	late = Delay(documents[0], day(45))
	changed = tuple(replace(s, due=late.due) if s.document == late.document else s for s in snapshot.supplies)
	before = new_days(simulate(snapshot, rules, NOW))
	after = new_days(simulate(replace(snapshot, supplies=changed), rules, NOW))
	for outcome in what_if(snapshot, Changes(delays=(late,)), NOW, rules):
		assert (outcome.before and number(outcome.before)) == before[key(outcome)]
		assert (outcome.after and number(outcome.after)) == after[key(outcome)]


@given(books(BARE))
def test_one_line_alone_is_never_worse_off_with_more_stock(snapshot: Snapshot):
	"""With several, one that gains may take from another what it had today; alone there is nobody to take from."""
	first = replace(snapshot, open_lines=snapshot.open_lines[:1])
	line = first.open_lines[0]
	stock = [s for s in first.supplies if s.kind is SupplyKind.ON_HAND and s.item_code == line.item_code]
	more = tuple(replace(s, qty=s.qty + 5) if s in stock else s for s in first.supplies)
	rules = everything(Strategy.REDISTRIBUTE)
	(before,) = simulate(first, rules, NOW).outcomes
	(after,) = simulate(replace(first, supplies=more), rules, NOW).outcomes
	assert before.after is None or (after.after is not None and after.after <= before.after)
