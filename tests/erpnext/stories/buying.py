"""Purchase orders, receipts and material requests, in all the states they get into."""

import frappe

from erpnext.buying.doctype.purchase_order.purchase_order import make_purchase_invoice
from erpnext.stock.doctype.material_request.material_request import raise_work_orders, update_status

from tests.erpnext.company import REJECTED, SHOP, STORES
from tests.erpnext.stories.telling import (
	amend,
	cancel,
	line_of,
	part,
	set_purchase_order_status,
	update_items,
)
from tests.factories.base import days, new_request, save
from tests.factories.buying import MaterialRequestFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import BOMFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.stock import StockEntryFactory


def open_purchase_orders() -> None:
	"""One due soon, one late, one for two warehouses, one with the same item twice."""
	saddle = part("Saddle on order")
	PurchaseOrderFactory(item_code=saddle, qty=10, schedule_date=days(5))
	PurchaseOrderFactory(item_code=saddle, qty=7, schedule_date=days(-20))
	line = {"item_code": saddle, "qty": 4}
	PurchaseOrderFactory(
		schedule_date=days(9), items=[line | {"warehouse": STORES}, line | {"warehouse": SHOP}]
	)
	PurchaseOrderFactory(schedule_date=days(9), items=[line | {"qty": 1}, line | {"qty": 2}])
	PurchaseOrderFactory(item_code=saddle, qty=100, submit=False)
	PurchaseOrderFactory(item_code=ItemFactory(service=True), qty=1)


def purchase_in_boxes_received_in_part() -> None:
	"""Ten boxes of twelve ordered, four received, one of them sent back."""
	bell = part("Bell in boxes", boxes_of=12)
	order = PurchaseOrderFactory(item_code=bell, qty=10, uom="Box")
	receipt = PurchaseReceiptFactory(purchase_order=order, qty=4)
	PurchaseReceiptFactory(return_against=receipt, qty=1)


def purchase_received_in_full_and_more() -> None:
	"""All of one order, and one piece too many of another."""
	pedal = part("Pedal received")
	PurchaseReceiptFactory(purchase_order=PurchaseOrderFactory(item_code=pedal, qty=10))
	PurchaseReceiptFactory(purchase_order=PurchaseOrderFactory(item_code=pedal, qty=10), qty=11)
	PurchaseReceiptFactory(item_code=pedal, qty=3)
	PurchaseOrderFactory(item_code=pedal, qty=5)


def purchase_received_with_rejects_and_a_cancelled_receipt() -> None:
	"""Five accepted and two rejected of ten, after a first receipt that was a mistake."""
	chain = part("Chain with rejects")
	order = PurchaseOrderFactory(item_code=chain, qty=10)
	cancel(PurchaseReceiptFactory(purchase_order=order, qty=8))
	receipt = PurchaseReceiptFactory(purchase_order=order, qty=5, submit=False)
	receipt.items[0].update({"rejected_qty": 2, "received_qty": 7, "rejected_warehouse": REJECTED})
	save(receipt)


def purchase_sent_back() -> None:
	"""All ten received, three sent back."""
	tyre = part("Tyre sent back")
	receipt = PurchaseReceiptFactory(purchase_order=PurchaseOrderFactory(item_code=tyre, qty=10))
	PurchaseReceiptFactory(return_against=receipt, qty=3)


def purchase_received_by_invoice() -> None:
	"""Six of ten received by a Purchase Invoice that updates stock."""
	pump = part("Pump by invoice")
	order = PurchaseOrderFactory(item_code=pump, qty=10)
	invoice = make_purchase_invoice(order.name)
	invoice.update_stock = 1
	invoice.items[0].qty = invoice.items[0].received_qty = 6
	save(invoice)


def purchase_orders_closed_held_cancelled_and_amended() -> None:
	"""Closed after a part arrived, closed and opened again, on hold, cancelled, amended to another quantity."""
	lamp = part("Lamp in every state")
	closed = PurchaseOrderFactory(item_code=lamp, qty=10)
	PurchaseReceiptFactory(purchase_order=closed, qty=4)
	set_purchase_order_status(closed, "Closed")
	reopened = PurchaseOrderFactory(item_code=lamp, qty=20)
	set_purchase_order_status(reopened, "Closed")
	set_purchase_order_status(reopened, "Submitted")
	set_purchase_order_status(PurchaseOrderFactory(item_code=lamp, qty=40), "On Hold")
	cancel(PurchaseOrderFactory(item_code=lamp, qty=80))
	amend(cancel(PurchaseOrderFactory(item_code=lamp, qty=160)), qty=150)


def purchase_lines_changed_afterwards() -> None:
	"""After submitting: more and later in one line, another line added, one taken away."""
	cork, tape = part("Cork changed afterwards"), part("Tape added afterwards")
	line = {"item_code": cork, "qty": 10}
	order = PurchaseOrderFactory(items=[line, line | {"qty": 5, "warehouse": SHOP}])
	PurchaseReceiptFactory(purchase_order=order, qty={cork: 2})
	added = {"item_code": tape.name, "qty": 8, "rate": 5, "schedule_date": days(20)}
	update_items(order, [line_of(order, 1, qty=14, schedule_date=days(30)), line_of(order, 2), added])
	order = PurchaseOrderFactory(items=[line, line | {"qty": 7, "warehouse": SHOP}])
	update_items(order, [line_of(order, 1)])


def purchase_requests() -> None:
	"""Open, ordered in part and in boxes, stopped, stopped and resumed, cancelled, ordered too much."""
	cable = part("Cable requested", boxes_of=12)
	MaterialRequestFactory(item_code=cable, qty=10)
	PurchaseOrderFactory(material_request=MaterialRequestFactory(item_code=cable, qty=6, uom="Box"), qty=2)
	stopped = MaterialRequestFactory(item_code=cable, qty=20)
	PurchaseOrderFactory(material_request=stopped, qty=5)
	update_status(stopped.name, "Stopped")
	resumed = MaterialRequestFactory(item_code=cable, qty=40)
	update_status(resumed.name, "Stopped")
	update_status(resumed.name, "Submitted")
	cancel(MaterialRequestFactory(item_code=cable, qty=80))
	PurchaseOrderFactory(material_request=MaterialRequestFactory(item_code=cable, qty=10), qty=11)


def request_ordered_and_received() -> None:
	"""Requested, ordered in full, received in part; and one whose order was cancelled."""
	rim = part("Rim requested and received")
	order = PurchaseOrderFactory(material_request=MaterialRequestFactory(item_code=rim, qty=10))
	PurchaseReceiptFactory(purchase_order=order, qty=3)
	cancel(PurchaseOrderFactory(material_request=MaterialRequestFactory(item_code=rim, qty=20)))


def issue_requests() -> None:
	"""Material to be given out: open, issued in part, stopped."""
	oil = part("Oil to be issued", stock=100)
	request = {"item_code": oil, "material_request_type": "Material Issue"}
	MaterialRequestFactory(**request, qty=10)
	StockEntryFactory(material_request=MaterialRequestFactory(**request, qty=20), qty=8)
	update_status(MaterialRequestFactory(**request, qty=40).name, "Stopped")


def transfer_requests() -> None:
	"""Material to be moved to the shop: open, moved in part, on its way, and arrived in part."""
	helmet = part("Helmet to be moved", stock=100)
	request = {
		"item_code": helmet,
		"material_request_type": "Material Transfer",
		"from_warehouse": STORES,
		"warehouse": SHOP,
	}
	MaterialRequestFactory(**request, qty=10)
	StockEntryFactory(material_request=MaterialRequestFactory(**request, qty=20), qty=8)
	StockEntryFactory(requested_in_transit=MaterialRequestFactory(**request, qty=5))
	sent = StockEntryFactory(requested_in_transit=MaterialRequestFactory(**request, qty=9))
	StockEntryFactory(sent=sent, qty=4, to_warehouse=SHOP)


def manufacture_and_customer_requests() -> None:
	"""To be made: open, and with a work order for it; to be provided by a customer."""
	wheel = part("Wheel requested")
	BOMFactory(item=wheel, materials={part("Spoke of requested wheel", stock=500): 36})
	MaterialRequestFactory(item_code=wheel, qty=3, material_request_type="Manufacture")
	request = MaterialRequestFactory(item_code=wheel, qty=5, material_request_type="Manufacture")
	new_request()
	for name in raise_work_orders(request.name):
		order = frappe.get_doc("Work Order", name)
		for row in order.required_items:
			row.source_warehouse = STORES
		save(order)
	customer_item = part(
		"Frame of a customer", is_customer_provided_item=1, is_purchase_item=0, valuation_rate=0
	)
	MaterialRequestFactory(
		item_code=customer_item, qty=4, material_request_type="Customer Provided", customer=CustomerFactory()
	)


STORIES = [
	open_purchase_orders,
	purchase_in_boxes_received_in_part,
	purchase_received_in_full_and_more,
	purchase_received_with_rejects_and_a_cancelled_receipt,
	purchase_sent_back,
	purchase_received_by_invoice,
	purchase_orders_closed_held_cancelled_and_amended,
	purchase_lines_changed_afterwards,
	purchase_requests,
	request_ordered_and_received,
	issue_requests,
	transfer_requests,
	manufacture_and_customer_requests,
]
