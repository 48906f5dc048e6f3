"""What every Source must do, whatever it reads: subclass SourceContract and give the fixtures `source` and `case`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from otp_app.engine.facts import Commitment, CommitmentKind, Excluded, Snapshot, Supply
from otp_app.sources import Source


@dataclass(frozen=True)
class Case:
	"""What the source under test is known to hold.

	`bundle` has `components`, `item` has `alternatives`, and the two share no item. `order` is an open Sales Order
	over `ordered` with at least one reservation and a hold that is to become part of it, and some other document wants the
	same items. `customer` is None
	where the source does not know its customers.
	"""

	item: str
	alternatives: frozenset[str]
	bundle: str
	components: frozenset[str]
	order: Excluded
	ordered: frozenset[str]
	customer: str | None

	@property
	def all_items(self) -> list[str]:
		return sorted({self.item, self.bundle} | self.alternatives | self.components | self.ordered)


class SourceContract:
	@pytest.fixture
	def source(self) -> Source:
		raise NotImplementedError

	@pytest.fixture
	def case(self) -> Case:
		raise NotImplementedError

	def test_answers_about_the_items_asked_for(self, source: Source, case: Case):
		answer = source.snapshot([case.item])
		assert case.item in answer.items
		assert case.bundle not in answer.items
		assert answer.items[case.item].item_code == case.item

	def test_leaves_out_an_item_that_does_not_exist(self, source: Source, case: Case):
		answer = source.snapshot(["No Such Item", case.item])
		assert "No Such Item" not in answer.items
		assert case.item in answer.items

	def test_answers_about_no_items_at_all(self, source: Source):
		answer = source.snapshot([])
		assert (dict(answer.items), answer.supplies, answer.commitments) == ({}, (), ())

	def test_includes_components_of_bundles(self, source: Source, case: Case):
		answer = source.snapshot([case.bundle])
		assert case.components <= answer.items.keys()
		assert {component.item_code for component in answer.items[case.bundle].components} == case.components

	def test_includes_alternatives(self, source: Source, case: Case):
		answer = source.snapshot([case.item])
		assert case.alternatives <= answer.items.keys()
		assert set(answer.items[case.item].alternatives) == case.alternatives

	def test_says_when_and_where_the_facts_hold(self, source: Source, case: Case):
		answer = source.snapshot([case.item])
		assert answer.taken_at.utcoffset() is not None
		assert answer.timezone
		assert answer.precision > 0

	def test_knows_every_warehouse_company_and_calendar_that_it_names(self, source: Source, case: Case):
		answer = source.snapshot(case.all_items)
		calendars = {fact.calendar for fact in [*answer.warehouses.values(), *answer.companies.values()]}
		assert {warehouse.company for warehouse in answer.warehouses.values()} <= answer.companies.keys()
		assert {fact.warehouse for fact in facts(answer)} <= answer.warehouses.keys()
		assert calendars - {None} <= answer.calendars.keys()

	def test_gives_facts_only_of_the_items_in_the_answer(self, source: Source, case: Case):
		answer = source.snapshot([case.item])
		assert {fact.item_code for fact in facts(answer)} <= answer.items.keys()

	def test_more_items_change_nothing_about_an_item(self, source: Source, case: Case):
		alone, together = source.snapshot([case.item]), source.snapshot(case.all_items)
		assert totals(of_item(alone, case.item)) == totals(of_item(together, case.item))

	def test_gives_the_same_answer_to_the_same_question(self, source: Source, case: Case):
		first = source.snapshot(case.all_items, customer=case.customer, documents=True)
		again = source.snapshot(case.all_items[::-1], customer=case.customer, documents=True)
		assert replace(again, taken_at=first.taken_at) == first
		assert list(again.items) == list(first.items)

	def test_names_the_document_of_every_order_when_asked(self, source: Source, case: Case):
		answer = source.snapshot(case.all_items, documents=True)
		nameless = [owed for owed in answer.commitments if owed.document is None]
		assert {owed.kind for owed in nameless} <= {CommitmentKind.SAFETY_STOCK}
		assert case.order.name in {owed.document for owed in answer.commitments}

	def test_owes_the_same_with_and_without_documents(self, source: Source, case: Case):
		summed = source.snapshot(case.all_items)
		named = source.snapshot(case.all_items, documents=True)
		assert totals(summed.commitments) == totals(named.commitments)
		assert totals(summed.supplies) == totals(named.supplies)

	@pytest.mark.parametrize("documents", [False, True], ids=["summed", "named"])
	def test_excluding_an_order_leaves_out_exactly_what_it_is_owed(
		self, source: Source, case: Case, documents: bool
	):
		named = source.snapshot(case.all_items, documents=True).commitments
		own = [owed for owed in named if owed.document in {case.order.name, *case.order.holds}]
		kinds = {CommitmentKind.SALES_ORDER, CommitmentKind.RESERVATION, CommitmentKind.HOLD}
		assert kinds <= {owed.kind for owed in own}
		rest = source.snapshot(case.all_items, excluding=case.order, documents=documents).commitments
		assert totals(rest) == totals(owed for owed in named if owed not in own)

	def test_a_hold_counts_for_every_order_that_it_is_not_to_become(self, source: Source, case: Case):
		without = source.snapshot(case.all_items, excluding=replace(case.order, holds=frozenset()))
		assert CommitmentKind.HOLD in {owed.kind for owed in without.commitments}

	def test_excluding_an_order_leaves_supplies_as_they_are(self, source: Source, case: Case):
		excluding = source.snapshot(case.all_items, excluding=case.order)
		assert excluding.supplies == source.snapshot(case.all_items).supplies

	def test_excluding_looks_at_the_doctype_too(self, source: Source, case: Case):
		other = Excluded("Quotation", case.order.name)
		assert totals(source.snapshot(case.all_items, excluding=other).commitments) == totals(
			source.snapshot(case.all_items).commitments
		)

	def test_gives_the_customer_asked_for(self, source: Source, case: Case):
		answer = source.snapshot([case.item], customer=case.customer)
		if case.customer is None:
			assert answer.customers is None
		else:
			assert answer.customers is not None
			assert answer.customers[case.customer].name == case.customer

	def test_leaves_out_a_customer_that_does_not_exist(self, source: Source, case: Case):
		answer = source.snapshot([case.item], customer="No Such Customer")
		assert "No Such Customer" not in (answer.customers or {})
		assert (answer.customers is None) == (case.customer is None)


def facts(answer: Snapshot) -> list[Supply | Commitment]:
	return [*answer.supplies, *answer.commitments]


def of_item(answer: Snapshot, item: str) -> list[Supply | Commitment]:
	return [fact for fact in facts(answer) if fact.item_code == item]


def totals(some: Iterable[Supply | Commitment]) -> dict[tuple[object, ...], float]:
	"""Stock units by all that decides how a quantity counts, but for its document."""
	answer: Counter[tuple[object, ...]] = Counter()
	for fact in some:
		in_bin = getattr(fact, "in_bin", True)
		key = (fact.item_code, fact.warehouse, fact.kind, fact.due, fact.withheld, fact.counted_in, in_bin)
		answer[key] += fact.qty  # type: ignore[assignment]
	return {key: round(qty, 6) for key, qty in answer.items() if round(qty, 6)}
