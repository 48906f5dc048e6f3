"""Stock entries: goods in, out, and from one warehouse to another."""

import factory

import frappe

from erpnext.stock.doctype.material_request.material_request import make_in_transit_stock_entry
from erpnext.stock.doctype.material_request.material_request import make_stock_entry as make_requested
from erpnext.stock.doctype.stock_entry.stock_entry import make_stock_in_entry

from tests.erpnext.company import IN_TRANSIT, STORES
from tests.factories.base import OrderFactory
from tests.factories.masters import ItemFactory


class StockEntryFactory(OrderFactory):
	"""A receipt into `to_warehouse`; or `issue=True`, `transfer=True`, `in_transit=True` (to the transit
	warehouse); or made from another: what a `material_request=` asks for (`requested_in_transit=` on its way
	there), what of `sent=` (an entry in transit) has arrived in `to_warehouse`."""

	class Meta:
		model = "Stock Entry"

	class Params:
		issue = factory.Trait(stock_entry_type="Material Issue", from_warehouse=STORES, to_warehouse=None)
		transfer = factory.Trait(stock_entry_type="Material Transfer", from_warehouse=STORES)
		in_transit = factory.Trait(
			stock_entry_type="Material Transfer",
			from_warehouse=STORES,
			to_warehouse=IN_TRANSIT,
			add_to_transit=1,
		)

	_sources = {
		"material_request": make_requested,
		"requested_in_transit": lambda request: make_in_transit_stock_entry(request, IN_TRANSIT),
		"sent": make_stock_in_entry,
	}

	stock_entry_type = "Material Receipt"
	to_warehouse = STORES
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 10

	@classmethod
	def complete(cls, doc):
		doc.set_purpose_for_stock_entry()
		for row in doc.items:
			row.s_warehouse = row.s_warehouse or doc.from_warehouse
			row.t_warehouse = row.t_warehouse or doc.to_warehouse


class StockReconciliationFactory(OrderFactory):
	"""What was counted: `qty` of `item_code` in `warehouse`."""

	class Meta:
		model = "Stock Reconciliation"

	purpose = "Stock Reconciliation"
	warehouse = STORES
	valuation_rate = 12

	@classmethod
	def complete(cls, doc):
		doc.expense_account = frappe.db.get_value("Company", doc.company, "stock_adjustment_account")
		doc.cost_center = frappe.db.get_value("Company", doc.company, "cost_center")
