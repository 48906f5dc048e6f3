"""What is supposed: how it is read, what is refused, and what becomes of a book by hand."""

from __future__ import annotations

from typing import Any

import pytest

from otp_app.engine.backorder.supposed import MAX_CHANGES, parse_supposed, refuse_nothing
from otp_app.engine.backorder.whatif import NEW_ORDER, Added, Changes, Delay, what_if
from otp_app.engine.facts import CommitmentKind, Withheld
from otp_app.engine.problems import RequestRefused
from otp_app.engine.request import parse
from tests.engine.backorder.running import bare, line, number, stock
from tests.values import NOW, STORES, CommitmentFactory, ItemFactory, PurchaseOrderSupplyFactory, day


def problems(supposed: dict[str, Any]) -> list[tuple[str | None, str]]:
	with pytest.raises(RequestRefused) as refused:
		parse_supposed(supposed)
	return [(problem.field, problem.message) for problem in refused.value.problems]


def test_all_that_is_wrong_is_told_by_its_field():
	assert problems(
		{
			"delay": [
				{"document": "PO", "due": "soon"},
				{"due": "2026-03-31", "document_type": "Sales Order"},
			],
			"add": [{"item_code": "BIKE", "qty": 0, "warehouse": ""}],
			"lose": [3],
			"loose": [],
		}
	) == [
		("delay[0].due", "delay[0].due must be a date such as 2026-03-31, not 'soon'."),
		("delay[1].document", "delay[1].document is missing: give a value."),
		(
			"delay[1].document_type",
			"delay[1].document_type must be 'Purchase Order', 'Work Order', 'Subcontracting Order', 'Stock Entry' or "
			"'Material Request', not 'Sales Order'.",
		),
		("add[0].qty", "add[0].qty must be more than 0, not 0."),
		("add[0].warehouse", "add[0].warehouse is empty: give a value."),
		("lose[0]", "lose[0] must be a text, not 3."),
		("loose", "loose is not a field of a what-if: check its spelling."),
	]


def test_too_many_changes_are_refused():
	assert problems({"lose": ["Stores"] * (MAX_CHANGES + 1)}) == [("lose", "lose: give at most 50.")]


def test_nothing_supposed_is_refused():
	with pytest.raises(RequestRefused, match="Nothing is supposed"):
		refuse_nothing(parse_supposed({"delay": None}), takes_an_order=False)
	refuse_nothing(parse_supposed({"lose": ["Stores"]}), takes_an_order=False)
	refuse_nothing(parse_supposed({}), takes_an_order=True)


@pytest.mark.parametrize(
	("changes", "field", "said"),
	[
		(
			Changes(delays=(Delay("PO-1", day(-1)),)),
			"delay[0].due",
			"Nothing can come on 2026-03-08 any more",
		),
		(Changes(delays=(Delay("PO-9", day(1)),)), "delay[0].document", "No supply comes from PO-9"),
		(Changes(added=(Added("SET", 1, STORES),)), "add[0].item_code", "SET is not kept in stock"),
		(
			Changes(added=(Added("ITEM-001", 1, STORES, day(-1)),)),
			"add[0].due",
			"Nothing can come on 2026-03-08",
		),
		(Changes(lost=(STORES, "Attic")), "lose[1]", "There is no warehouse Attic"),
	],
)
def test_what_cannot_be_is_refused_by_its_field(changes: Changes, field: str, said: str):
	items = [ItemFactory(item_code="ITEM-001"), ItemFactory(item_code="SET", is_stock_item=False)]
	book = bare(
		[line("A", 1, 2)], PurchaseOrderSupplyFactory(document="PO-1", qty=5.0, due=day(2)), items=items
	)
	with pytest.raises(RequestRefused) as refused:
		what_if(book, changes, NOW)
	(problem,) = refused.value.problems
	assert problem.field == field
	assert problem.message.startswith(said)


@pytest.mark.parametrize(("withheld", "found"), [(Withheld.UNDATED, 4), (Withheld.ON_HOLD, None)])
def test_what_had_no_day_counts_once_it_has_one_and_what_is_on_hold_stays_so(
	withheld: Withheld, found: int | None
):
	items = [ItemFactory(item_code="ITEM-001", mode="atp_only")]
	coming = PurchaseOrderSupplyFactory(document="PO-1", qty=5.0, due=None, withheld=withheld)
	book = bare([line("A", 1, 2)], coming, items=items)
	(outcome,) = what_if(book, Changes(delays=(Delay("PO-1", day(4)),)), NOW)
	assert (outcome.before, number(outcome.after)) == (None, found)


def test_what_is_held_for_the_order_that_is_taken_is_its_own():
	"""10 on hand; 6 are held for the order, 2 for another one on the same day. As sums, the two are one commitment."""
	held = CommitmentFactory(kind=CommitmentKind.HOLD, qty=8.0, due=day(3))
	own = CommitmentFactory(kind=CommitmentKind.HOLD, qty=6.0, due=day(3), document="OP-1")
	request = parse(
		{
			"items": [{"item_code": "ITEM-001", "qty": 6, "warehouse": STORES}],
			"desired_date": day(3).isoformat(),
		}
	)
	items = [ItemFactory(item_code="ITEM-001", mode="atp_only")]
	book = bare([line("A", 2, 3)], stock(10), commitments=[held], items=items)
	taken = Changes(taken=request, released=(own,))
	found = {outcome.line.order: number(outcome.after) for outcome in what_if(book, taken, NOW)}
	assert found == {NEW_ORDER: 3, "A": 3}
	found = {
		outcome.line.order: number(outcome.after) for outcome in what_if(book, Changes(taken=request), NOW)
	}
	assert found == {NEW_ORDER: None, "A": 3}
