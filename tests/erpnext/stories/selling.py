"""Sales orders, bundles, drop shipments, reservations, picks, deliveries and returns."""

from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from tests.erpnext.company import SHOP, STORES
from tests.erpnext.stories.telling import (
	amend,
	cancel,
	line_of,
	part,
	read,
	set_purchase_order_status,
	set_sales_order_status,
	update_items,
)
from tests.factories.base import days, save
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory, ProductBundleFactory, SupplierFactory
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory


def open_sales_orders() -> None:
	"""Due soon, late, for two warehouses, the same item twice, a draft, a service beside it."""
	bike = part("Bike on order", stock=15)
	SalesOrderFactory(item_code=bike, qty=10, delivery_date=days(5))
	SalesOrderFactory(item_code=bike, qty=7, delivery_date=days(-20))
	line = {"item_code": bike, "qty": 4}
	SalesOrderFactory(delivery_date=days(9), items=[line | {"warehouse": STORES}, line | {"warehouse": SHOP}])
	SalesOrderFactory(
		items=[line | {"qty": 1}, line | {"qty": 2}, {"item_code": ItemFactory(service=True), "qty": 1}]
	)
	SalesOrderFactory(item_code=bike, qty=100, submit=False)
	SalesOrderFactory(item_code=bike, qty=1, skip_delivery_note=1, order_type="Maintenance")


def sales_in_other_units_delivered_in_part() -> None:
	"""Six boxes of twelve sold, two delivered; five pounds of grease sold, one and a half delivered."""
	bell = part("Bell sold in boxes", stock=200, boxes_of=12)
	DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=bell, qty=6, uom="Box"), qty=2)
	pounds = [{"uom": "Pound", "conversion_factor": 0.453592}]
	grease = part("Grease sold by the pound", stock=200, by_weight=True, uoms=pounds)
	DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=grease, qty=5, uom="Pound"), qty=1.5)


def sales_delivered_in_full_more_and_not_after_all() -> None:
	"""All of one order, one too many of another, and a delivery that was cancelled."""
	fender = part("Fender delivered", stock=100)
	DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=fender, qty=10))
	DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=fender, qty=10), qty=11)
	cancel(DeliveryNoteFactory(sales_order=SalesOrderFactory(item_code=fender, qty=10), qty=6))
	DeliveryNoteFactory(item_code=fender, qty=2)


def sales_returns() -> None:
	"""Goods that came back: of a part delivered, of all delivered, without an order, and by invoice."""
	glove = part("Glove returned", stock=100)
	order = SalesOrderFactory(item_code=glove, qty=10)
	DeliveryNoteFactory(return_against=DeliveryNoteFactory(sales_order=order, qty=6), qty=2)
	order = SalesOrderFactory(item_code=glove, qty=20)
	DeliveryNoteFactory(return_against=DeliveryNoteFactory(sales_order=order), qty=5)
	DeliveryNoteFactory(sales_order=order, qty=5)  # and what came back is replaced
	DeliveryNoteFactory(return_against=DeliveryNoteFactory(item_code=glove, qty=8), qty=3)


def sales_delivered_by_invoice() -> None:
	"""Four of ten delivered by a Sales Invoice that updates stock."""
	lock = part("Lock by invoice", stock=50)
	invoice = make_sales_invoice(SalesOrderFactory(item_code=lock, qty=10).name)
	invoice.update_stock = 1
	invoice.items[0].qty = 4
	save(invoice)


def sales_orders_closed_held_cancelled_and_amended() -> None:
	"""Closed after a part was delivered, closed and opened again, on hold, cancelled, amended."""
	basket = part("Basket in every state", stock=100)
	closed = SalesOrderFactory(item_code=basket, qty=10)
	DeliveryNoteFactory(sales_order=closed, qty=4)
	set_sales_order_status(closed, "Closed")
	reopened = SalesOrderFactory(item_code=basket, qty=20)
	set_sales_order_status(reopened, "Closed")
	set_sales_order_status(reopened, "Draft")
	set_sales_order_status(SalesOrderFactory(item_code=basket, qty=40), "On Hold")
	cancel(SalesOrderFactory(item_code=basket, qty=80))
	amend(cancel(SalesOrderFactory(item_code=basket, qty=160)), qty=150)


def sales_lines_changed_afterwards() -> None:
	"""After submitting: fewer and later in one line, another line added, a set taken away."""
	mirror, horn = part("Mirror changed afterwards", stock=50), part("Horn added afterwards", stock=50)
	flag = part("Flag of a set taken away", stock=50)
	bundle = ProductBundleFactory(new_item_code=part("Flag set", service=True), parts={flag: 2})
	order = SalesOrderFactory(
		items=[{"item_code": mirror, "qty": 10}, {"item_code": bundle.new_item_code, "qty": 3}]
	)
	added = {"item_code": horn.name, "qty": 8, "rate": 5, "delivery_date": days(20)}
	changed = line_of(order, 1, qty=6, delivery_date=days(30))
	update_items(order, [changed, line_of(order, 2), added])
	update_items(order, [changed, {**added, "docname": read(order).items[2].name}])


def bundles() -> None:
	"""Sets sold: open, in part delivered, with a part come back, on hold; a set beside the part itself."""
	lamp, battery = part("Lamp of a set", stock=200), part("Battery of a set", stock=200)
	bundle = ProductBundleFactory(
		new_item_code=part("Lighting set", service=True), parts={lamp: 2, battery: 3}
	)
	sold = {"item_code": bundle.new_item_code, "qty": 10}
	SalesOrderFactory(**sold, delivery_date=days(4))
	DeliveryNoteFactory(sales_order=SalesOrderFactory(**sold), qty=4)
	delivery = DeliveryNoteFactory(sales_order=SalesOrderFactory(**sold), qty=5)
	DeliveryNoteFactory(return_against=delivery, qty=2)
	set_sales_order_status(SalesOrderFactory(**sold), "On Hold")
	SalesOrderFactory(items=[sold, sold | {"qty": 1}, {"item_code": lamp, "qty": 5}])


def drop_shipments() -> None:
	"""Lines that the supplier delivers: without a purchase order, with one, and delivered."""
	trailer = part("Trailer dropped", delivered_by_supplier=1)
	supplier = SupplierFactory()
	for status in (None, "Submitted", "Delivered"):
		order = SalesOrderFactory(
			items=[
				{"item_code": trailer, "qty": 4, "delivered_by_supplier": 1, "supplier": supplier},
				{"item_code": trailer, "qty": 1},
			]
		)
		if status:
			line = {"item_code": trailer, "qty": 4, "delivered_by_supplier": 1}
			links = {"sales_order": order.name, "sales_order_item": order.items[0].name}
			purchase = PurchaseOrderFactory(supplier=supplier, items=[line | links])
			set_purchase_order_status(purchase, status)
	PurchaseOrderFactory(item_code=trailer, qty=3)


def reservations() -> None:
	"""Stock set aside: by the order, in part, in the shop for an order of the stores, delivered in part, let go."""
	frame = part("Frame reserved", stock=60, boxes_of=12)
	StockEntryFactory(item_code=frame, qty=20, to_warehouse=SHOP)
	SalesOrderFactory(item_code=frame, qty=5, reserve_stock=1)
	StockReservationEntryFactory(sales_order=SalesOrderFactory(item_code=frame, qty=10), qty=4)
	StockReservationEntryFactory(sales_order=SalesOrderFactory(item_code=frame, qty=6), qty=6, warehouse=SHOP)
	delivered = SalesOrderFactory(item_code=frame, qty=8, reserve_stock=1)
	DeliveryNoteFactory(reserved_for=delivered, qty=3)
	cancel(StockReservationEntryFactory(sales_order=SalesOrderFactory(item_code=frame, qty=7)))
	SalesOrderFactory(item_code=frame, qty=1, uom="Box", reserve_stock=1)
	SalesOrderFactory(item_code=frame, qty=100, reserve_stock=1)  # reserves what is left


def picks() -> None:
	"""Goods picked: waiting, in part, delivered, delivered in part, cancelled; a set picked."""
	fork = part("Fork picked", stock=100)
	PickListFactory(sales_order=SalesOrderFactory(item_code=fork, qty=5))
	PickListFactory(sales_order=SalesOrderFactory(item_code=fork, qty=10), qty=4)
	DeliveryNoteFactory(pick_list=PickListFactory(sales_order=SalesOrderFactory(item_code=fork, qty=6)))
	partly = PickListFactory(sales_order=SalesOrderFactory(item_code=fork, qty=9), qty=7)
	delivery = DeliveryNoteFactory(pick_list=partly, submit=False)
	delivery.items[0].qty = 3
	save(delivery)
	cancel(PickListFactory(sales_order=SalesOrderFactory(item_code=fork, qty=8)))
	bundle = ProductBundleFactory(new_item_code=part("Fork set", service=True), parts={fork: 2})
	PickListFactory(sales_order=SalesOrderFactory(item_code=bundle.new_item_code, qty=3))


STORIES = [
	open_sales_orders,
	sales_in_other_units_delivered_in_part,
	sales_delivered_in_full_more_and_not_after_all,
	sales_returns,
	sales_delivered_by_invoice,
	sales_orders_closed_held_cancelled_and_amended,
	sales_lines_changed_afterwards,
	bundles,
	drop_shipments,
	reservations,
	picks,
]
