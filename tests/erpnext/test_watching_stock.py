"""Stock that is moved, counted, reserved, picked or delivered to others, and days that become holidays."""

import frappe

from otp_app.promises.watching.noting import NOTE, write_notes
from tests.erpnext.company import COMPANY, HOLIDAY_LIST, SHOP, STORES, working_day_after
from tests.erpnext.promising import promise_of, settings
from tests.erpnext.stories.telling import cancel, set_sales_order_status
from tests.erpnext.watched import at_risk, bought, committed, forget_the_past, judge, stocked, well
from tests.factories.base import days, new_request
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory


def test_a_material_issue_takes_what_was_promised_and_gives_it_back():
	item = stocked(10)
	order = committed(item)
	entry = StockEntryFactory(issue=True, item_code=item, qty=4)
	at_risk(order, f"A Stock Entry took 4 from {STORES}.")
	assert promise_of(order).moved_document == entry.name
	cancel(entry)
	well(order)


def test_a_transfer_to_another_warehouse_and_a_receipt_that_is_cancelled():
	item = stocked(10)
	order = committed(item)
	StockEntryFactory(transfer=True, item_code=item, qty=10, to_warehouse=SHOP)
	at_risk(order, f"A Stock Entry took 10 from {STORES}.")
	receipt = StockEntryFactory(item_code=item, qty=10)
	well(order)
	cancel(receipt)
	at_risk(order, "A Stock Entry was cancelled.")


def test_a_transfer_in_transit_that_is_cancelled():
	item = stocked(10)
	sent = StockEntryFactory(in_transit=True, item_code=item, qty=10)
	arrived = StockEntryFactory(sent=sent.name, to_warehouse=SHOP)
	order = committed(item, warehouse=SHOP)
	cancel(arrived)
	at_risk(order, "A Stock Entry was cancelled.")


def test_a_stock_count_finds_less_and_then_more():
	item = stocked(10)
	order = committed(item)
	StockReconciliationFactory(item_code=item, qty=6)
	at_risk(order, f"A Stock Reconciliation found 4 less in {STORES}.")
	StockReconciliationFactory(item_code=item, qty=12)
	well(order)


def test_a_reservation_for_another_order_that_is_cancelled_again():
	item = stocked(10)
	order = committed(item, due=5)
	other = for_later(item)
	entry = StockReservationEntryFactory(sales_order=other.name, qty=4)
	at_risk(order, f"A Stock Reservation Entry keeps 4 in {STORES} for another order.")
	cancel(other)
	well(order)
	assert frappe.db.get_value("Stock Reservation Entry", entry.name, "docstatus") == 2


def for_later(item: str):
	"""An order of 4 that a purchase order covers."""
	PurchaseOrderFactory(item_code=item, qty=4, schedule_date=days(20))
	return committed(item, qty=4, due=40)


def test_a_reservation_for_its_own_order_is_no_news_to_it():
	item = stocked(10)
	order = committed(item)
	frappe.db.set_value("Order Promise", promise_of(order).name, "reviewed_at", None)
	StockReservationEntryFactory(sales_order=order.name, qty=10)
	judge()
	assert promise_of(order).reviewed_at is None


def test_an_order_that_is_submitted_unchecked_needs_what_was_promised():
	item = stocked(10)
	order = committed(item)
	settings(submit_policy="Ignore")
	other = SalesOrderFactory(item_code=item, qty=4, delivery_date=days(5))
	at_risk(order, f"A Sales Order needs 4 from {STORES}.")
	set_sales_order_status(other, "On Hold")
	well(order)
	set_sales_order_status(other, "Draft")
	at_risk(order, f"A Sales Order needs 4 from {STORES}.")
	cancel(other)
	well(order)


def test_a_delivery_without_an_order_takes_what_was_promised():
	item = stocked(10)
	order = committed(item)
	note = DeliveryNoteFactory(item_code=item, qty=3)
	at_risk(order, f"A Delivery Note took 3 from {STORES}.")
	cancel(note)
	well(order)


def test_a_delivery_as_planned_is_not_noted_and_one_from_another_warehouse_is():
	item = stocked(10)
	order = SalesOrderFactory(item_code=item, qty=4, delivery_date=days(0))
	forget_the_past()
	DeliveryNoteFactory(sales_order=order.name, qty=2)
	write_notes()
	assert not frappe.get_all(NOTE)
	StockEntryFactory(item_code=item, qty=10, to_warehouse=SHOP)
	other = committed(item, warehouse=SHOP)
	DeliveryNoteFactory(sales_order=order.name, qty=2, warehouse=SHOP)
	at_risk(other, f"A Delivery Note took 2 from {SHOP}.")


def test_a_pick_for_another_order_keeps_what_was_promised():
	item = stocked(10)
	order = committed(item, qty=10, due=5)
	other = for_later(item)
	PickListFactory(sales_order=other.name, qty=4)
	at_risk(order, f"A Pick List keeps 4 in {STORES} for another order.")


def test_a_holiday_that_is_added_and_taken_away_again():
	item, _purchase = bought(due=20)
	order = committed(item, due=30)
	expected = promise_of(order).expected_date
	frappe.db.set_value("Order Promise Line", promise_of(order).lines[0].name, "promise_date", expected)
	frappe.db.set_value("Order Promise", promise_of(order).name, "promise_date", expected)
	assert frappe.db.get_value("Company", COMPANY, "default_holiday_list") == HOLIDAY_LIST
	change_holidays(lambda doc: doc.append("holidays", {"holiday_date": expected, "description": "Strike"}))
	at_risk(order, "A Holiday List has other holidays.")
	change_holidays(
		lambda doc: doc.set("holidays", [row for row in doc.holidays if row.holiday_date != expected])
	)
	well(order)


def change_holidays(change) -> None:
	new_request()
	doc = frappe.get_doc("Holiday List", HOLIDAY_LIST)
	change(doc)
	doc.save()


def test_the_holidays_of_a_list_that_nobody_delivers_by_concern_nobody():
	order = committed(stocked(10))
	frappe.db.set_value("Order Promise", promise_of(order).name, "reviewed_at", None)
	frappe.db.set_value("Company", COMPANY, "default_holiday_list", None)
	strike = {"holiday_date": days(working_day_after(3)), "description": "Strike"}
	change_holidays(lambda doc: doc.append("holidays", strike))
	judge()
	assert promise_of(order).reviewed_at is None


def test_the_order_on_hold_is_the_reason_and_not_what_moved():
	item = stocked(10)
	order = committed(item)
	StockReconciliationFactory(item_code=item, qty=6)
	set_sales_order_status(order, "On Hold")
	at_risk(order, "The order is on hold: nothing is kept for it.")
	assert promise_of(order).moved is None


def test_two_orders_that_share_stock_are_both_at_risk_and_the_report_names_the_count():
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	first, second = (SalesOrderFactory(item_code=item, qty=5, delivery_date=days(due)) for due in (10, 20))
	forget_the_past()
	count = StockReconciliationFactory(item_code=item, qty=6)
	for order in (first, second):
		at_risk(order, f"A Stock Reconciliation found 4 less in {STORES}.")
	from otp_app.otp_app.report.promises_at_risk.promises_at_risk import execute

	rows = execute({"company": COMPANY, "document": count.name})[1]
	assert {row["reference_name"] for row in rows} == {first.name, second.name}
	assert {row["cause"] for row in rows} == {f"Stock Reconciliation {count.name} found 4 less in {STORES}."}
