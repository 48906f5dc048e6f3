"""Order Promises as they are after a hold, for what needs one with given dates."""

import factory

import frappe
from frappe.utils import add_to_date, now_datetime

from tests.erpnext.company import COMPANY, STORES
from tests.factories.base import DocFactory, days
from tests.factories.masters import CustomerFactory, ItemFactory


class HeldPromiseFactory(DocFactory):
	"""`qty` of an item held from stock for a customer, to be delivered on `delivery_date`, until tomorrow."""

	class Meta:
		model = "Order Promise"

	company = COMPANY
	customer = factory.LazyFunction(lambda: CustomerFactory().name)
	item_code = factory.LazyFunction(lambda: ItemFactory().name)
	qty = 2
	warehouse = STORES
	delivery_date = factory.LazyFunction(lambda: days(10))
	held_until = factory.LazyFunction(lambda: add_to_date(now_datetime(), days=1))

	@classmethod
	def draft(cls, doctype, values):
		line = {field: values.pop(field) for field in ("item_code", "qty", "warehouse")}
		date = values.pop("delivery_date")
		uom = frappe.get_cached_value("Item", line["item_code"], "stock_uom")
		values |= {"status": "Held", "promise_date": date}
		values["lines"] = [line | {"uom": uom, "promise_date": date}]
		peg = {"line": 1, "source": "stock", "delivery_date": date, "held_until": values["held_until"]}
		values["pegs"] = [line | peg]
		return super().draft(doctype, values)
