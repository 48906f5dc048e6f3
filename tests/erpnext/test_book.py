"""The order book as it is read from a site: what is owed, and the facts around it."""

from decimal import Decimal

import pytest

import frappe

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.site import export
from otp_app.sources.site.book import owed_items, read_book
from tests.erpnext.counting import queries
from tests.factories.base import COMPANY, days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory, ProductBundleFactory
from tests.factories.selling import DeliveryNoteFactory, SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def test_what_is_owed_and_the_facts_around_it():
	bike = ItemFactory().name
	StockEntryFactory(item_code=bike, qty=3)
	bought = PurchaseOrderFactory(item_code=bike, qty=5, schedule_date=days(9))
	order = SalesOrderFactory(item_code=bike, qty=4, delivery_date=days(2))
	book = read_book([bike])
	assert [(line.order, line.qty) for line in book.open_lines] == [(order.name, 4.0)]
	assert {supply.document for supply in book.supplies} == {None, bought.name}
	assert book.customers is not None and order.customer in book.customers
	assert [c.kind for c in book.commitments] == [CommitmentKind.SALES_ORDER]


def test_the_whole_book_is_all_that_is_owed():
	bike, idle = ItemFactory().name, ItemFactory().name
	SalesOrderFactory(item_code=bike, qty=4)
	assert bike in owed_items() and idle not in owed_items()
	book = read_book()
	assert bike in {line.item_code for line in book.open_lines}


def test_what_is_delivered_is_not_in_it():
	bike = ItemFactory().name
	StockEntryFactory(item_code=bike, qty=4)
	DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=bike, qty=4), qty=4)
	assert bike not in owed_items()
	assert read_book([bike]).open_lines == ()


def test_a_bundle_read_in_two_batches_has_its_value_once(monkeypatch):
	parts = [ItemFactory().name, ItemFactory().name]
	bundle = ProductBundleFactory(parts=dict.fromkeys(parts, 2))
	SalesOrderFactory(items=[{"item_code": bundle.new_item_code, "qty": 2, "rate": 50}])
	monkeypatch.setattr(export, "BATCH", 1)
	values = [line.value for line in read_book(parts).open_lines]
	assert values == [Decimal("100.00"), None]


def test_only_one_company():
	bike = ItemFactory().name
	SalesOrderFactory(item_code=bike, qty=4)
	assert read_book([bike], company=COMPANY).open_lines
	other = frappe.get_all("Company", {"name": ("!=", COMPANY)}, pluck="name", limit=1)
	assert not other or read_book([bike], company=other[0]).open_lines == ()
	with pytest.raises(ValueError, match="There is no company Nobody"):
		read_book([bike], company="Nobody")


def test_the_number_of_queries_does_not_grow_with_the_lines():
	bike = ItemFactory().name
	SalesOrderFactory(item_code=bike, qty=1)
	read_book([bike])
	with queries() as one:
		read_book([bike])
	for _ in range(3):
		SalesOrderFactory(items=[{"item_code": bike, "qty": 1}, {"item_code": bike, "qty": 2}])
	with queries() as seven:
		assert len(read_book([bike]).open_lines) == 7
	assert len(one) == len(seven)
