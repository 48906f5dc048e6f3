"""Quotations, sales orders, what is reserved and picked for them, and what is delivered."""

import factory

import frappe

from erpnext.selling.doctype.sales_order.sales_order import create_pick_list, make_delivery_note
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return
from erpnext.stock.doctype.pick_list.pick_list import create_delivery_note

from tests.erpnext.company import STORES
from tests.factories.base import DocFactory, OrderFactory, days, earlier_of_today_and
from tests.factories.masters import CustomerFactory, ItemFactory


class QuotationFactory(OrderFactory):
	class Meta:
		model = "Quotation"

	quotation_to = "Customer"
	party_name = factory.LazyFunction(lambda: CustomerFactory().name)
	valid_till = factory.LazyFunction(lambda: days(30))
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	rate = 20
	warehouse = STORES


class SalesOrderFactory(OrderFactory):
	"""Sold for `delivery_date`; nothing is reserved unless `reserve_stock=1`."""

	class Meta:
		model = "Sales Order"

	customer = factory.LazyFunction(lambda: CustomerFactory().name)
	delivery_date = factory.LazyFunction(lambda: days(10))
	transaction_date = factory.LazyAttribute(lambda order: earlier_of_today_and(order.delivery_date))
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	rate = 20
	warehouse = STORES


class StockReservationEntryFactory(DocFactory):
	"""Stock set aside for the first line of `sales_order` (or its line `idx`): `qty` in stock UOM, `warehouse`."""

	class Meta:
		model = "Stock Reservation Entry"

	idx = 1

	@classmethod
	def _create(cls, model_class, *args, sales_order, idx, qty=None, warehouse=None):
		order = frappe.get_doc("Sales Order", getattr(sales_order, "name", sales_order))
		line = order.items[idx - 1]
		details = {
			"sales_order_item": line.name,
			"warehouse": warehouse or line.warehouse,
			"qty_to_reserve": qty or line.stock_qty,
			"conversion_factor": 1,
		}
		order.create_stock_reservation_entries(items_details=[details], notify=False)
		made = frappe.get_last_doc(model_class, {"voucher_detail_no": line.name, "docstatus": 1})
		assert made.warehouse == details["warehouse"], "ERPNext reserved nothing"
		return made


class PickListFactory(DocFactory):
	"""Picked for `sales_order`: all that is open, or `qty` (stock UOM) of each location."""

	class Meta:
		model = "Pick List"

	@classmethod
	def draft(cls, doctype, values):
		picking = create_pick_list(values.pop("sales_order"))
		if qty := values.pop("qty", None):
			for location in picking.locations:
				location.stock_qty = location.picked_qty = qty
				location.qty = qty / (location.conversion_factor or 1)
		picking.update(values)
		return picking


def _delivery_of_reserved(sales_order: str):
	return make_delivery_note(sales_order, kwargs={"for_reserved_stock": True})


class DeliveryNoteFactory(OrderFactory):
	"""Goods sent out: of `sales_order=`, what is reserved for `reserved_for=` an order, what is on a
	`pick_list=`, or without an order; `return_against=` a delivery takes goods back."""

	class Meta:
		model = "Delivery Note"

	_sources = {
		"sales_order": make_delivery_note,
		"reserved_for": _delivery_of_reserved,
		"pick_list": create_delivery_note,
		"return_against": make_sales_return,
	}

	customer = factory.LazyFunction(lambda: CustomerFactory().name)
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	rate = 20
	warehouse = STORES
