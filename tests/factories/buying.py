"""Material requests, purchase orders and what arrives from them."""

import factory

from erpnext.buying.doctype.purchase_order.purchase_order import (
	make_purchase_invoice,
	make_purchase_receipt,
)
from erpnext.stock.doctype.material_request.material_request import make_purchase_order
from erpnext.stock.doctype.purchase_receipt.purchase_receipt import make_purchase_return

from tests.erpnext.company import STORES
from tests.factories.base import OrderFactory, days, earlier_of_today_and
from tests.factories.masters import ItemFactory, SupplierFactory


class MaterialRequestFactory(OrderFactory):
	"""A purchase request, or `material_request_type="Material Issue"` and so on."""

	class Meta:
		model = "Material Request"

	material_request_type = "Purchase"
	schedule_date = factory.LazyFunction(lambda: days(10))
	transaction_date = factory.LazyAttribute(lambda request: earlier_of_today_and(request.schedule_date))
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	warehouse = STORES


class PurchaseOrderFactory(OrderFactory):
	"""Ordered from a supplier for `schedule_date`; `material_request=` orders what was requested."""

	class Meta:
		model = "Purchase Order"

	_sources = {"material_request": make_purchase_order}

	schedule_date = factory.LazyFunction(lambda: days(10))
	transaction_date = factory.LazyAttribute(lambda order: earlier_of_today_and(order.schedule_date))
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	rate = 10
	warehouse = STORES

	@classmethod
	def complete(cls, doc):
		doc.supplier = doc.supplier or SupplierFactory().name


class PurchaseReceiptFactory(OrderFactory):
	"""Goods received: of `purchase_order=`, or without one; `return_against=` a receipt sends goods back."""

	class Meta:
		model = "Purchase Receipt"

	_sources = {"purchase_order": make_purchase_receipt, "return_against": make_purchase_return}

	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10
	rate = 10
	warehouse = STORES

	@classmethod
	def complete(cls, doc):
		doc.supplier = doc.supplier or SupplierFactory().name


class PurchaseInvoiceFactory(OrderFactory):
	"""What a supplier bills of `purchase_order=`; with `update_stock=1` the goods come with it."""

	class Meta:
		model = "Purchase Invoice"

	_sources = {"purchase_order": make_purchase_invoice}
