"""Orders for supplies that change: the promises that depend on them are judged at once, and say what moved."""

import json

import pytest

import frappe
from frappe.utils import formatdate, get_datetime

from erpnext.buying.doctype.purchase_order.purchase_order import update_status
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.manufacturing.doctype.work_order.work_order import close_work_order, stop_unstop

from otp_app.promises.watching import noting
from tests.erpnext.promising import promise_of, settings
from tests.erpnext.stories.telling import amend, cancel
from tests.erpnext.watched import at_risk, bought, committed, events_of, forget_the_past, judge, stocked, well
from tests.factories.base import days, new_request
from tests.factories.buying import PurchaseInvoiceFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import BOMFactory, ManufactureFactory, WorkOrderFactory
from tests.factories.masters import ItemFactory, ProductBundleFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory
from tests.factories.subcontracting import (
	SendToSubcontractorFactory,
	SubcontractingOrderFactory,
	SubcontractingReceiptFactory,
)


def day(count: int) -> str:
	return formatdate(days(count))


def update_items(purchase, *rows: dict) -> None:
	"""Each row of the order with changes; rows beyond are new."""
	lines = []
	doc = frappe.get_doc("Purchase Order", purchase.name)
	for index, changes in enumerate(rows):
		values = {}
		if index < len(doc.items):
			row = doc.items[index]
			values = {"docname": row.name, "item_code": row.item_code, "qty": row.qty, "rate": row.rate}
			values |= {"schedule_date": str(row.schedule_date), "uom": row.uom, "conversion_factor": 1}
		lines.append(values | changes)
	new_request()
	update_child_qty_rate("Purchase Order", json.dumps(lines, default=str), purchase.name)


def test_update_items_to_a_later_date_and_back():
	item, purchase = bought()
	order = committed(item)
	update_items(purchase, {"schedule_date": days(30)})
	at_risk(order, f"A Purchase Order moved from {day(5)} to {day(30)}. {item} is expected on")
	promise = promise_of(order)
	assert (promise.moved_document_type, promise.moved_document) == ("Purchase Order", purchase.name)
	update_items(purchase, {"schedule_date": days(6)})
	well(order)
	assert events_of(order) == ["At Risk", "Recovered"]
	assert promise_of(order).moved_document is None


def test_a_supplier_who_confirms_a_later_date_and_then_an_even_later_one():
	item, purchase = bought()
	order = committed(item)
	for due in (30, 40):
		new_request()
		doc = frappe.get_doc("Purchase Order", purchase.name)
		doc.items[0].expected_delivery_date = days(due)
		doc.flags.ignore_validate_update_after_submit = True
		doc.save()
		judge()
	at_risk(order, f"A Purchase Order moved from {day(30)} to {day(40)}.")
	assert events_of(order) == ["At Risk", "New Date"]


def test_less_than_was_ordered_and_a_row_that_is_taken_out():
	item, purchase = bought()
	order = committed(item)
	update_items(purchase, {"qty": 6})
	at_risk(order, "A Purchase Order brings 6 instead of 10.")

	item, other = ItemFactory(lead_time_days=0).name, ItemFactory(lead_time_days=0).name
	lines = [{"item_code": code, "qty": 10} for code in (other, item)]
	purchase = PurchaseOrderFactory(items=lines, schedule_date=days(5))
	order = committed(item)
	update_items(purchase, {})
	at_risk(order, f"A Purchase Order does not bring {item} any more.")
	update_items(purchase, {}, {"item_code": item, "qty": 10, "rate": 10, "schedule_date": str(days(5))})
	well(order)


@pytest.mark.parametrize(("status", "why"), (("On Hold", "put on hold"), ("Closed", "closed")))
def test_held_or_closed_and_opened_again(status: str, why: str):
	item, purchase = bought()
	order = committed(item)
	new_request()
	update_status(status, purchase.name)
	at_risk(order, f"A Purchase Order was {why}.")
	new_request()
	update_status("Draft", purchase.name)
	well(order)


def test_cancelled_and_amended():
	item, purchase = bought()
	order = committed(item)
	cancelled = cancel(purchase)
	at_risk(order, f"A Purchase Order was cancelled. {item} has no date any more.")
	amend(cancelled)
	well(order)


def test_a_receipt_that_is_short_and_one_that_brings_the_rest():
	item, purchase = bought()
	order = committed(item)
	PurchaseReceiptFactory(purchase_order=purchase.name, qty=6)
	new_request()
	update_status("Closed", purchase.name)
	at_risk(order, "A Purchase Order was closed.")
	PurchaseReceiptFactory(item_code=item, qty=4)
	well(order)


def test_what_is_still_to_come_of_a_late_order_is_said_to_be_short():
	item, purchase = bought(due=0)
	order = committed(item, due=3)
	frappe.db.set_value("Order Promise Line", promise_of(order).lines[0].name, "promise_date", days(0))
	PurchaseReceiptFactory(purchase_order=purchase.name, qty=6)
	at_risk(order, "A Purchase Order brought 6 of 10.")


def test_a_receipt_that_is_cancelled_or_sent_back():
	item = ItemFactory(lead_time_days=0).name
	receipt = PurchaseReceiptFactory(item_code=item, qty=10)
	order = committed(item)
	PurchaseReceiptFactory(return_against=receipt.name, qty=4)
	at_risk(order, "A Purchase Receipt sent 4 back.")

	item = ItemFactory(lead_time_days=0).name
	receipt = PurchaseReceiptFactory(item_code=item, qty=10)
	order = committed(item)
	cancel(receipt)
	at_risk(order, "A Purchase Receipt was cancelled.")


def test_an_invoice_that_moves_stock_is_a_receipt():
	item, purchase = bought()
	order = committed(item)
	new_request()
	invoice = PurchaseInvoiceFactory(purchase_order=purchase.name, update_stock=1)
	well(order)
	cancel(invoice)
	update_items(purchase, {"schedule_date": days(30)})
	at_risk(order, "A Purchase Order moved from")


def made() -> tuple[str, object]:
	"""An item that is made, and the work order that makes it; its material is there."""
	material = stocked(100)
	item = ItemFactory(lead_time_days=0).name
	BOMFactory(item=item, materials={material: 2})
	work = WorkOrderFactory(production_item=item, qty=10, expected_delivery_date=days(5), skip_transfer=1)
	return item, work


def order_of(work, due: int = 20):
	order = SalesOrderFactory(
		item_code=work.production_item, qty=10, warehouse=work.fg_warehouse, delivery_date=days(due)
	)
	assert promise_of(order).status == "Committed"
	forget_the_past()
	return order


def test_a_work_order_that_is_moved_stopped_closed_and_cancelled():
	_item, work = made()
	order = order_of(work)
	for due, check in ((40, True), (5, False)):
		new_request()
		doc = frappe.get_doc("Work Order", work.name)
		doc.expected_delivery_date = days(due)
		doc.save()
		at_risk(order, f"A Work Order moved from {day(5)} to {day(40)}.") if check else well(order)
	new_request()
	stop_unstop(work.name, "Stopped")
	at_risk(order, "A Work Order was stopped.")
	new_request()
	stop_unstop(work.name, "Resumed")
	well(order)
	new_request()
	close_work_order(work.name, "Closed")
	at_risk(order, "A Work Order was closed.")


def test_a_work_order_that_is_cancelled():
	_item, work = made()
	order = order_of(work)
	cancel(work)
	at_risk(order, "A Work Order was cancelled.")


def test_a_work_order_that_makes_less_than_was_planned():
	_item, work = made()
	order = order_of(work)
	new_request()
	ManufactureFactory(work_order=work.name, qty=10, process_loss_qty=4)
	at_risk(order, "A Work Order brought 6 of 10.")


def test_a_work_order_that_needs_what_was_promised():
	material = stocked(10)
	order = committed(material)
	item = ItemFactory(lead_time_days=0).name
	BOMFactory(item=item, materials={material: 1})
	work = WorkOrderFactory(production_item=item, qty=4)
	at_risk(order, "A Work Order needs 4 from ")
	cancel(work)
	well(order)


def test_a_subcontracting_order_that_is_moved_and_cancelled_and_its_receipt_sent_back():
	material = stocked(100)
	item = ItemFactory(lead_time_days=0, is_sub_contracted_item=1).name
	BOMFactory(item=item, materials={material: 1})
	work = SubcontractingOrderFactory(fg_item=item, fg_item_qty=10, schedule_date=days(5))
	order = committed(item)
	new_request()
	doc = frappe.get_doc("Subcontracting Order", work.name)
	doc.items[0].expected_delivery_date = days(30)
	doc.save()
	at_risk(order, f"A Subcontracting Order moved from {day(5)} to {day(30)}.")
	SendToSubcontractorFactory(subcontracting_order=work.name)
	receipt = SubcontractingReceiptFactory(subcontracting_order=work.name)
	well(order)
	SubcontractingReceiptFactory(return_against=receipt.name, qty=3)
	at_risk(order, "A Subcontracting Receipt sent 3 back.")


def test_a_component_that_comes_late_makes_its_bundle_late_and_one_that_came_brings_it_back():
	parts = [stocked(10), ItemFactory(lead_time_days=0).name]
	bundle = ProductBundleFactory(parts={part: 1 for part in parts}).new_item_code
	purchase = PurchaseOrderFactory(item_code=parts[1], qty=10, schedule_date=days(5))
	order = committed(bundle)
	cancel(purchase)
	at_risk(order, "A Purchase Order was cancelled.")
	StockEntryFactory(item_code=parts[1], qty=10)
	well(order)


def test_only_promises_of_the_item_and_warehouse_are_judged():
	item, purchase = bought()
	order, other = committed(item), committed(stocked(10))
	frappe.db.set_value("Order Promise", {"name": ("is", "set")}, "reviewed_at", None)
	update_items(purchase, {"schedule_date": days(30)})
	judge()
	assert promise_of(order).reviewed_at
	assert promise_of(other).reviewed_at is None


def test_what_is_no_worse_is_looked_at_for_late_promises_only():
	item, _purchase = bought()
	order = committed(item)
	frappe.db.set_value("Order Promise", promise_of(order).name, "reviewed_at", None)
	PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(2))
	judge()
	assert promise_of(order).reviewed_at is None


def test_nothing_is_noted_of_drafts_or_of_what_changes_nothing_or_where_nobody_wants_it():
	item, purchase = bought()
	forget_the_past()
	PurchaseOrderFactory(item_code=item, submit=False)
	frappe.get_doc("Purchase Order", purchase.name).db_set("order_confirmation_no", "A-1")
	noting.write_notes()
	assert not frappe.get_all(noting.NOTE)
	settings(review_at_once=0)
	new_request()
	update_status("Closed", purchase.name)
	noting.write_notes()
	assert not frappe.get_all(noting.NOTE)


def test_many_changes_of_one_transaction_are_written_in_one_statement(monkeypatch):
	for _ in range(3):
		bought()
	written = []
	monkeypatch.setattr(frappe.db, "bulk_insert", lambda doctype, *rest: written.append(doctype))
	noting.write_notes()
	assert written == [noting.NOTE]


def test_a_change_that_is_rolled_back_leaves_no_note():
	before = frappe.db.count(noting.NOTE)
	_item, purchase = bought()
	forget_the_past()
	new_request()
	update_status("Closed", purchase.name)
	assert frappe.local.otp_moves
	frappe.db.rollback()
	noting.write_notes()
	assert frappe.db.count(noting.NOTE) == before


def test_a_work_order_planned_end_is_its_date_where_no_other_is_given():
	material = stocked(100)
	item = ItemFactory(lead_time_days=0).name
	BOMFactory(item=item, materials={material: 1})
	work = WorkOrderFactory(production_item=item, qty=10, planned_end_date=get_datetime(days(5)))
	order = order_of(work, due=30)
	new_request()
	doc = frappe.get_doc("Work Order", work.name)
	doc.planned_end_date = get_datetime(days(60))
	doc.save()
	at_risk(order, "A Work Order moved from")
