"""The open lines of a site's orders; that they add up to its commitments: test_oracle.py."""

from datetime import date
from decimal import Decimal

import frappe
from frappe.utils import getdate

from otp_app.engine.facts import OpenLine
from otp_app.sources.site.open_lines import read_open_lines
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
