"""What is read of the past from real documents of ERPNext: one Delivery for what came or is awaited."""

from __future__ import annotations

from datetime import date

import pytest

import frappe

from erpnext.manufacturing.doctype.work_order.work_order import stop_unstop

from otp_app.engine.calendars import WorkingDays
from otp_app.engine.facts import SupplyKind
from otp_app.engine.reliability.history import Delivery, StockCount
from otp_app.sources.site.history import read_counts, read_deliveries
from tests.erpnext.company import FIRST_YEAR, HOLIDAY_LIST, SHOP, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import settings
from tests.erpnext.stories.subcontracting import frame_to_paint
from tests.factories.base import days, new_request
from tests.factories.buying import (
	MaterialRequestFactory,
	PurchaseInvoiceFactory,
	PurchaseOrderFactory,
	PurchaseReceiptFactory,
)
from tests.factories.manufacturing import BOMFactory, ManufactureFactory, WorkOrderFactory
from tests.factories.masters import ItemFactory, SupplierFactory
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory
from tests.factories.subcontracting import (
	SendToSubcontractorFactory,
	SubcontractingOrderFactory,
	SubcontractingReceiptFactory,
)

TODAY = days(0)


def history(*parties: str) -> list[Delivery]:
	"""All deliveries of some suppliers, the earliest first."""
	found = [delivery for delivery in read_deliveries(TODAY) if delivery.party in parties]
	return sorted(found, key=lambda one: (one.promised, one.arrived or date.max))


def read(kind: SupplyKind) -> tuple[SupplyKind, list[Delivery]]:
	"""All of a kind of the company's own, which has no party to be known by."""
	return kind, [one for one in read_deliveries(TODAY) if one.kind is kind]


def added(before: tuple[SupplyKind, list[Delivery]]) -> list[Delivery]:
	"""What has been added since."""
	kind, old = before
	new = [one for one in read(kind)[1] if one not in old]
	return sorted(new, key=lambda one: (one.promised, one.arrived or date.max))


def ordered(**values):
	return PurchaseOrderFactory(**{"transaction_date": days(-40), "schedule_date": days(-20), **values})


def test_a_receipt_is_a_delivery_on_its_posting_date():
	order = ordered(qty=10)
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-17))
	group = frappe.db.get_value("Item", order.items[0].item_code, "item_group")
	expected = Delivery(SupplyKind.PURCHASE_ORDER, order.supplier, group, days(-20), days(-17), 1.0)
	assert history(order.supplier) == [expected]


def test_the_expected_delivery_date_of_a_line_is_its_promise():
	order = ordered(expected_delivery_date=days(-10))
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-12))
	(found,) = history(order.supplier)
	assert (found.promised, found.arrived) == (days(-10), days(-12))


def test_each_part_of_a_line_is_its_share_and_the_rest_is_awaited():
	order = ordered(qty=10)
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-20), qty=4)
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-5), qty=1)
	assert [(one.arrived, one.count) for one in history(order.supplier)] == [
		(days(-20), 0.4),
		(days(-5), 0.1),
		(None, 0.5),
	]


def test_a_line_counts_the_same_whatever_its_quantity():
	item = ItemFactory().name
	order = ordered(items=[{"item_code": item, "qty": qty} for qty in (1, 7, 50)])
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-19))
	assert [one.count for one in history(order.supplier)] == [1.0, 1.0, 1.0]


def test_what_is_sent_back_had_arrived_and_is_not_awaited_again():
	order = ordered(qty=10)
	receipt = PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-18))
	PurchaseReceiptFactory(return_against=receipt.name, qty=10)
	assert frappe.db.get_value("Purchase Order Item", order.items[0].name, "received_qty") == 0
	assert [(one.arrived, one.count) for one in history(order.supplier)] == [(days(-18), 1.0)]


def test_a_cancelled_receipt_is_none():
	order = ordered(qty=10)
	receipt = PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-18))
	new_request()
	frappe.get_doc("Purchase Receipt", receipt.name).cancel()
	assert [one.arrived for one in history(order.supplier)] == [None]


def test_an_invoice_that_updates_stock_is_a_receipt_and_another_is_not():
	order = ordered(qty=10)
	PurchaseInvoiceFactory(purchase_order=order.name, posting_date=days(-15), qty=5, update_stock=1)
	PurchaseInvoiceFactory(purchase_order=order.name, posting_date=days(-14), qty=5)
	assert [(one.arrived, one.count) for one in history(order.supplier)] == [(days(-15), 0.5), (None, 0.5)]


def test_closed_orders_and_orders_on_hold_are_not_awaited():
	supplier = SupplierFactory().name
	for status in ("Closed", "On Hold"):
		order = ordered(supplier=supplier)
		new_request()
		frappe.get_doc("Purchase Order", order.name).update_status(status)
	assert history(supplier) == []


def test_goods_that_were_there_before_they_were_ordered_are_left_out():
	order = ordered(transaction_date=days(-10), schedule_date=days(-5))
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-11))
	assert history(order.supplier) == []


def test_an_order_of_1970_that_came_in_time_counts_as_what_it_is():
	order = ordered()
	PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-17))
	frappe.db.set_value("Purchase Order", order.name, "transaction_date", "1970-01-01")
	frappe.db.set_value("Purchase Order Item", {"parent": order.name}, "schedule_date", "1970-01-05")
	frappe.db.set_value("Purchase Receipt", {"supplier": order.supplier}, "posting_date", "1970-01-05")
	assert [(one.promised, one.arrived) for one in history(order.supplier)] == [(date(1970, 1, 5),) * 2]


def test_services_and_what_a_supplier_ships_to_the_customer_are_left_out():
	supplier = SupplierFactory().name
	service = ordered(supplier=supplier, item_code=ItemFactory(service=True).name, warehouse=None)
	PurchaseReceiptFactory(purchase_order=service.name, posting_date=days(-15))
	shipped = ordered(supplier=supplier)
	frappe.db.set_value("Purchase Order Item", {"parent": shipped.name}, "delivered_by_supplier", 1)
	assert history(supplier) == []


def test_a_purchase_of_subcontracted_work_counts_by_its_subcontracting_order():
	order = painted(promised=-3)
	SubcontractingReceiptFactory(subcontracting_order=order.name, qty=4)
	found = history(order.supplier)
	assert {one.kind for one in found} == {SupplyKind.SUBCONTRACTING_ORDER}
	assert [(one.promised, one.arrived, one.count) for one in found] == [
		(days(-3), TODAY, 0.4),
		(days(-3), None, 0.6),
	]


def painted(promised: int):
	"""Frames at a supplier, with the paint for them."""
	order = SubcontractingOrderFactory(
		fg_item=frame_to_paint("Frame of the past"),
		fg_item_qty=10,
		transaction_date=days(-20),
		schedule_date=days(promised),
	)
	SendToSubcontractorFactory(subcontracting_order=order.name)
	frappe.db.set_value("Subcontracting Order", order.name, "transaction_date", days(-20))
	return order


def test_a_work_order_comes_with_its_manufacture_entries_less_what_was_lost():
	before = read(SupplyKind.WORK_ORDER)
	order = made_to_order(expected_delivery_date=days(-6))
	ManufactureFactory(work_order=order.name, qty=5, posting_date=days(-8), set_posting_time=1)
	ManufactureFactory(
		work_order=order.name, qty=2, process_loss_qty=1, posting_date=days(-2), set_posting_time=1
	)
	assert [(one.party, one.promised, one.arrived, one.count) for one in added(before)] == [
		(None, days(-6), days(-8), 0.5),
		(None, days(-6), days(-2), 0.1),
		(None, days(-6), None, pytest.approx(0.3)),
	]


def test_a_work_order_is_promised_for_its_planned_end_where_nothing_else_is_said():
	before = read(SupplyKind.WORK_ORDER)
	order = made_to_order()
	frappe.db.set_value("Work Order", order.name, "planned_end_date", f"{days(-4)} 15:00:00")
	ManufactureFactory(work_order=order.name, qty=10, posting_date=days(-4), set_posting_time=1)
	assert [(one.promised, one.arrived) for one in added(before)] == [(days(-4), days(-4))]


def test_a_work_order_that_was_stopped_is_not_awaited():
	before = read(SupplyKind.WORK_ORDER)
	order = made_to_order(expected_delivery_date=days(-6))
	new_request()
	stop_unstop(order.name, "Stopped")
	assert added(before) == []


def made_to_order(**values):
	"""Ten pieces without any operation, material at hand a month ago."""
	material = ItemFactory().name
	StockEntryFactory(item_code=material, qty=100, posting_date=days(-30))
	item = BOMFactory(materials={material: 1}).item
	return WorkOrderFactory(
		production_item=item, qty=10, skip_transfer=1, planned_start_date=f"{days(-30)} 08:00:00", **values
	)


def test_a_transfer_is_due_the_transfer_days_of_the_settings_after_it_was_sent():
	before = read(SupplyKind.TRANSFER)
	settings(transfer_days=2, no_weekends=0)
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=100, posting_date=days(-30))
	sent = StockEntryFactory(in_transit=True, item_code=item, qty=10, posting_date=days(-20))
	StockEntryFactory(sent=sent.name, qty=4, to_warehouse=SHOP, posting_date=days(-15))
	due = working_days().add(days(-20), 2)
	assert [(one.party, one.promised, one.arrived, one.count) for one in added(before)] == [
		(None, due, days(-15), 0.4)
	]


def test_a_transfer_on_its_way_to_a_known_warehouse_is_awaited():
	before = read(SupplyKind.TRANSFER)
	settings(transfer_days=1)
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=100)
	request = MaterialRequestFactory(
		material_request_type="Material Transfer", item_code=item, qty=5, warehouse=SHOP, set_warehouse=SHOP
	)
	StockEntryFactory(requested_in_transit=request.name, from_warehouse=STORES)
	assert [(one.arrived, one.count) for one in added(before)] == [(None, 1.0)]


def test_holidays_of_long_ago_are_known():
	from otp_app.sources.site.history import _calendars

	_transfer_days, work = _calendars(TODAY)
	assert not work[STORES].is_working(date(FIRST_YEAR, 1, 1))


def working_days() -> WorkingDays:
	rows = frappe.get_all("Holiday", {"parent": HOLIDAY_LIST}, pluck="holiday_date")
	return WorkingDays(frozenset(), frozenset(rows))


def test_a_stock_count_tells_how_much_was_short_of_the_items_in_stock():
	short, more, same, uncounted = (ItemFactory().name for _ in range(4))
	for item in (short, more, same, uncounted):
		StockEntryFactory(item_code=item, qty=10, to_warehouse=SHOP)
	stocked = frappe.db.count("Bin", {"warehouse": SHOP, "actual_qty": (">", 0)})
	counted = [{"item_code": short, "qty": 9}, {"item_code": more, "qty": 11}, {"item_code": same, "qty": 10}]
	StockReconciliationFactory(items=counted, warehouse=SHOP, valuation_rate=10)
	found = [one for one in read_counts(0.0005) if one.warehouse == SHOP]
	assert found == [StockCount(SHOP, TODAY, float(stocked), pytest.approx(0.1))]


def test_opening_stock_is_no_count():
	StockReconciliationFactory(
		item_code=ItemFactory().name,
		qty=5,
		warehouse=SHOP,
		purpose="Opening Stock",
	)
	assert [one for one in read_counts(0.0005) if one.warehouse == SHOP] == []


def test_the_number_of_queries_does_not_grow():
	def asked() -> int:
		with queries() as seen:
			list(read_deliveries(TODAY))
			read_counts(0.0005)
		return len(seen)

	asked()  # what seldom changes is kept
	few = asked()
	for _ in range(5):
		order = ordered(qty=10)
		PurchaseReceiptFactory(purchase_order=order.name, posting_date=days(-18), qty=5)
	assert asked() == few == 11


def test_a_reader_that_gives_up_leaves_the_connection_usable():
	for _ in range(2):
		ordered()
	deliveries = read_deliveries(TODAY)
	next(deliveries)
	deliveries.close()
	assert frappe.db.sql("select 1") == ((1,),)
