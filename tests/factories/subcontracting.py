"""Work done by a supplier on material of ours."""

import factory

from erpnext.buying.doctype.purchase_order.purchase_order import make_subcontracting_order
from erpnext.controllers.subcontracting_controller import make_rm_stock_entry
from erpnext.subcontracting.doctype.subcontracting_order.subcontracting_order import (
	make_subcontracting_receipt,
)
from erpnext.subcontracting.doctype.subcontracting_receipt.subcontracting_receipt import (
	make_subcontract_return,
)

from tests.erpnext.company import STORES, SUPPLIER_WAREHOUSE
from tests.factories.base import OrderFactory
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory


class SubcontractedPurchaseOrderFactory(PurchaseOrderFactory):
	"""A service bought for `fg_item_qty` of `fg_item` (which has a BOM and is subcontracted)."""

	is_subcontracted = 1
	supplier_warehouse = SUPPLIER_WAREHOUSE
	item_code = factory.LazyFunction(lambda: ItemFactory(service=True).name)
	fg_item_qty = 10
	qty = factory.SelfAttribute("fg_item_qty")


class SubcontractingOrderFactory(OrderFactory):
	"""What of `purchase_order` (subcontracted) is to be made; material of `reserve_warehouse` is set aside.
	Without one, it is made from `fg_item`, `fg_item_qty`, `schedule_date`, `warehouse`."""

	class Meta:
		model = "Subcontracting Order"

	_sources = {"purchase_order": make_subcontracting_order}

	@classmethod
	def _generate(cls, strategy, params):
		own = {key: params.pop(key) for key in ("reserve_warehouse", "submit") if key in params}
		if "purchase_order" not in params:
			params = {"purchase_order": SubcontractedPurchaseOrderFactory(**params)}
		return super()._generate(strategy, params | own)

	@classmethod
	def draft(cls, doctype, values):
		reserve_warehouse = values.pop("reserve_warehouse", STORES)
		doc = super().draft(doctype, values)
		doc.insert()
		for row in doc.supplied_items:
			row.reserve_warehouse = reserve_warehouse
		return doc


class SendToSubcontractorFactory(OrderFactory):
	"""Material of `subcontracting_order` on its way to the supplier: what is missing, or `qty` of each."""

	class Meta:
		model = "Stock Entry"

	_sources = {"subcontracting_order": make_rm_stock_entry}


class SubcontractingReceiptFactory(OrderFactory):
	"""Finished pieces received: of `subcontracting_order`; `return_against=` a receipt sends them back."""

	class Meta:
		model = "Subcontracting Receipt"

	_sources = {
		"subcontracting_order": make_subcontracting_receipt,
		"return_against": make_subcontract_return,
	}
