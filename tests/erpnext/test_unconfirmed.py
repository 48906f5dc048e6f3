"""A row without a confirmed date: nothing is kept for it, ERPNext's books still count it, and it gets a date again."""

from __future__ import annotations

import pytest

import frappe

from otp_app.api.promise import apply, calculate
from otp_app.engine.facts import CommitmentKind, Withheld
from otp_app.sources.site.commitments import read_commitments
from otp_app.sources.site.open_lines import read_open_lines
from tests.erpnext.company import STORES
from tests.erpnext.promising import answer
from tests.factories.base import days
from tests.factories.masters import ItemFactory, ProductBundleFactory
from tests.factories.selling import SalesOrderFactory, StockReservationEntryFactory
from tests.factories.stock import StockEntryFactory


def given_up(item: str, **values: object):
	"""A submitted order of 8 whose row gave up its date."""
	order = SalesOrderFactory(item_code=item, qty=8, delivery_date=days(5), **values)
	frappe.db.set_value("Sales Order Item", {"parent": order.name}, "otp_unconfirmed", 1)
	order.reload()
	return order


@pytest.fixture
def item() -> str:
	"""10 on hand, and no more to be had."""
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	return item


@pytest.mark.parametrize("documents", (True, False))
def test_it_is_read_and_not_protected(item: str, documents: bool):
	given_up(item)
	SalesOrderFactory(item_code=item, qty=2, delivery_date=days(5))
	found = read_commitments([item], excluding=None, documents=documents)
	assert sorted((c.qty, c.withheld) for c in found) == [(2.0, None), (8.0, Withheld.UNCONFIRMED)]


def test_others_are_promised_its_goods(item: str):
	given_up(item)
	lines = [{"item_code": item, "qty": 10, "warehouse": STORES}]
	assert answer(calculate, items=lines)["status"] == "OK"


def test_what_is_reserved_for_it_stays_reserved(item: str):
	order = SalesOrderFactory(item_code=item, qty=8, delivery_date=days(5))
	StockReservationEntryFactory(sales_order=order, qty=3)
	frappe.db.set_value("Sales Order Item", {"parent": order.name}, "otp_unconfirmed", 1)
	found = read_commitments([item], excluding=None, documents=False)
	assert {(c.kind, c.qty, c.withheld) for c in found} == {
		(CommitmentKind.RESERVATION, 3.0, None),
		(CommitmentKind.SALES_ORDER, 5.0, Withheld.UNCONFIRMED),
	}


def test_in_the_order_book_it_has_no_date_and_neither_have_a_bundle_s_components(item: str):
	other = ItemFactory().name
	bundle = ProductBundleFactory(parts={item: 1, other: 1}).new_item_code
	given_up(bundle)
	lines = read_open_lines([item, other])
	assert [(line.item_code, line.confirmed) for line in sorted(lines, key=lambda one: one.item_code)] == [
		(code, None) for code in sorted((item, other))
	]


def test_a_promise_for_the_order_confirms_it_again(item: str):
	order = given_up(item)
	answer(apply, sales_order=order.name)
	order.reload()
	assert (order.items[0].otp_unconfirmed, order.otp_promise_status) == (0, "Committed")


def test_it_stays_so_until_its_delivery_date_is_changed(item: str):
	order = given_up(item)
	order.po_no = "4711"
	order.save()
	assert order.items[0].otp_unconfirmed
	order.items[0].delivery_date = order.delivery_date = days(9)
	order.save()
	assert not order.reload().items[0].otp_unconfirmed


def test_nobody_but_the_app_marks_a_row(item: str):
	order = SalesOrderFactory(item_code=item, qty=1, submit=False)
	order.items[0].otp_unconfirmed = 1
	order.save()
	assert not order.items[0].otp_unconfirmed
	copy = frappe.copy_doc(given_up(item))
	copy.docstatus = 0
	copy.insert()
	assert not copy.items[0].otp_unconfirmed
