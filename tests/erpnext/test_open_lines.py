"""The open lines of a site's orders are its commitments to customers, told apart."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

import frappe
from frappe.utils import getdate

from otp_app.engine.backorder.rules import Strategy, everything
from otp_app.engine.backorder.run import simulate
from otp_app.engine.facts import CommitmentKind, OpenLine
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.export import whole_site
from otp_app.sources.site.open_lines import read_open_lines
from tests.erpnext.busy_site import busy_site
from tests.erpnext.counting import queries
from tests.factories.base import days
from tests.factories.masters import ItemFactory, ProductBundleFactory
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory

BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)


@pytest.mark.parametrize("returns_free_the_order", [False, True])
def test_every_line_of_a_busy_site_adds_up_to_its_commitment(returns_free_the_order: bool):
	busy_site(returns_free_the_order=returns_free_the_order)
	stocked = frappe.get_all("Item", {"is_stock_item": 1}, pluck="name")
	owed: dict[tuple, float] = defaultdict(float)
	for c in read_commitments(stocked, excluding=None, documents=True):
		if c.kind in BOOK and c.withheld is None:
			owed[c.kind, c.item_code, c.warehouse, c.due, c.document] += c.qty
	told: dict[tuple, float] = defaultdict(float)
	lines = whole_site().open_lines
	for line in lines:
		told[line.kind, line.item_code, line.warehouse, line.confirmed, line.order] += line.qty

	print(f"\nOrder book: {len(lines)} open lines, {len(owed)} commitments by document and day")
	assert len(lines) > 25
	assert rounded(told) == rounded(owed)
	assert {kind for kind, *_ in told} == set(BOOK)


def rounded(sums: dict[tuple, float]) -> dict[tuple, float]:
	return {key: round(qty, 6) for key, qty in sums.items()}


def lines_of(*items: str) -> list[OpenLine]:
	return sorted(read_open_lines(items), key=lambda line: (line.order, line.idx, line.item_code))


def test_a_line_says_who_ordered_what_when_and_what_it_is_worth():
	bike = ItemFactory().name
	order = SalesOrderFactory(
		transaction_date=days(-3), delivery_date=days(6), items=[{"item_code": bike, "qty": 8, "rate": 100}]
	)
	row = order.items[0]
	frappe.db.set_value("Sales Order Item", row.name, "otp_requested_date", days(2))
	StockEntryFactory(item_code=bike, qty=3)
	DeliveryNoteFactory(sales_order=order, qty=3)
	(line,) = lines_of(bike)
	assert (line.order, line.row, line.idx, line.item_code, line.bundle) == (
		order.name,
		row.name,
		1,
		bike,
		None,
	)
	assert (line.qty, line.warehouse, line.value) == (5.0, row.warehouse, Decimal("500.00"))
	assert (line.ordered_on, line.requested, line.confirmed) == tuple(day(n) for n in (-3, 2, 6))
	known = frappe.get_cached_doc("Customer", order.customer)
	assert (line.customer, line.customer_group, line.territory) == (
		order.customer,
		known.customer_group,
		known.territory,
	)


def day(number: int) -> date:
	return getdate(days(number))


def test_what_is_reserved_or_picked_is_no_longer_open():
	bike = ItemFactory().name
	StockEntryFactory(item_code=bike, qty=20)
	reserved = SalesOrderFactory(item_code=bike, qty=8)
	StockReservationEntryFactory(sales_order=reserved, qty=3)
	picked = SalesOrderFactory(item_code=bike, qty=8)
	PickListFactory(sales_order=picked, qty=2)
	assert {line.order: line.qty for line in lines_of(bike)} == {reserved.name: 5.0, picked.name: 6.0}


def test_a_bundle_has_a_line_for_each_component_and_its_value_once():
	parts = [ItemFactory().name, ItemFactory().name]
	bundle = ProductBundleFactory(parts=dict.fromkeys(parts, 2))
	order = SalesOrderFactory(items=[{"item_code": bundle.new_item_code, "qty": 2, "rate": 50}])
	lines = lines_of(*parts)
	assert [line.item_code for line in lines] == sorted(parts)
	assert {(line.bundle, line.row) for line in lines} == {(bundle.new_item_code, order.items[0].name)}
	assert [line.value for line in lines if line.value is not None] == [Decimal("100.00")]


def test_two_queries_whatever_the_number_of_lines():
	bike = ItemFactory().name
	for _ in range(3):
		SalesOrderFactory(items=[{"item_code": bike, "qty": 1}, {"item_code": bike, "qty": 2}])
	with queries() as seen:
		assert len(read_open_lines([bike])) == 6
	assert len(seen) == 2


def test_the_book_of_a_busy_site_is_promised_anew_and_every_late_line_says_why():
	busy_site()
	book = whole_site(customers=True)
	for strategy in Strategy:
		run = simulate(book, everything(strategy), book.taken_at)
		assert len({(o.line.order, o.line.row) for o in run.outcomes}) == len(run.outcomes)
		assert sum(len(outcome.parts) for outcome in run.outcomes) == len(book.open_lines)
		assert run.explained == 1.0
		print(f"\n{strategy.value}: {len(run.late)} of {len(run.outcomes)} lines late")
