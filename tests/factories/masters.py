"""Items, parties, warehouses, calendars."""

import factory

import frappe

from erpnext.controllers.item_variant import create_variant

from tests.erpnext.company import ABBR, ALL_WAREHOUSES, COMPANY, STORES
from tests.factories.base import DocFactory, days, name_of


class ItemGroupFactory(DocFactory):
	class Meta:
		model = "Item Group"

	item_group_name = factory.Sequence(lambda n: f"Parts group {n}")
	parent_item_group = "All Item Groups"


class ItemFactory(DocFactory):
	"""A stock item in pieces, bought and sold; `default_warehouse` and `default_supplier` are the company's."""

	class Meta:
		model = "Item"

	class Params:
		default_warehouse = STORES
		default_supplier = None
		boxes_of = None  # also traded by the Box of so many
		service = factory.Trait(is_stock_item=0, item_group="Services", default_warehouse=None)
		by_weight = factory.Trait(stock_uom="Kg")  # need not be whole
		batched = factory.Trait(has_batch_no=1, has_expiry_date=1)
		subcontracted = factory.Trait(is_sub_contracted_item=1)
		template = factory.Trait(has_variants=1, attributes=[{"attribute": "Colour"}])

	item_code = factory.Sequence(lambda n: f"VELO-{n:05}")
	item_name = factory.LazyAttribute(lambda item: f"Bicycle part {item.item_code}")
	item_group = "Products"
	stock_uom = "Nos"
	is_stock_item = 1
	valuation_rate = 10
	item_defaults = factory.LazyAttribute(
		lambda item: [
			{
				"company": COMPANY,
				"default_warehouse": item.default_warehouse,
				"default_supplier": name_of(item.default_supplier),
			}
		]
	)
	uoms = factory.LazyAttribute(
		lambda item: [{"uom": "Box", "conversion_factor": item.boxes_of}] if item.boxes_of else []
	)


class ItemVariantFactory(DocFactory):
	"""A variant of `variant_of`, by `colour`."""

	class Meta:
		model = "Item"

	colour = "Red"

	@classmethod
	def draft(cls, doctype, values):
		return create_variant(values.pop("variant_of"), {"Colour": values.pop("colour")})


class ItemAlternativeFactory(DocFactory):
	"""`alternative_item_code` may stand in for `item_code`."""

	class Meta:
		model = "Item Alternative"

	two_way = 0

	@classmethod
	def draft(cls, doctype, values):
		frappe.db.set_value("Item", values["item_code"], "allow_alternative_item", 1)
		frappe.clear_document_cache("Item", values["item_code"])
		return super().draft(doctype, values)


class ProductBundleFactory(DocFactory):
	"""A set sold as one item (made if not given): `parts={item: qty}`."""

	class Meta:
		model = "Product Bundle"

	new_item_code = factory.LazyFunction(lambda: ItemFactory(service=True).name)

	@classmethod
	def draft(cls, doctype, values):
		parts = values.pop("parts")
		values["items"] = [{"item_code": name_of(item), "qty": qty} for item, qty in parts.items()]
		return super().draft(doctype, values)


class BatchFactory(DocFactory):
	"""A batch of `item`, good for a year unless `expiry_date` says otherwise."""

	class Meta:
		model = "Batch"

	batch_id = factory.Sequence(lambda n: f"LOT-{n:05}")
	expiry_date = factory.LazyFunction(lambda: days(365))


class WarehouseFactory(DocFactory):
	class Meta:
		model = "Warehouse"

	warehouse_name = factory.Sequence(lambda n: f"Depot {n}")
	company = COMPANY
	parent_warehouse = ALL_WAREHOUSES


class SupplierFactory(DocFactory):
	class Meta:
		model = "Supplier"

	supplier_name = factory.Sequence(lambda n: f"Frame and Wheel {n}")
	supplier_group = "Local"


class CustomerFactory(DocFactory):
	class Meta:
		model = "Customer"

	customer_name = factory.Sequence(lambda n: f"Bike Shop {n}")
	customer_group = "Commercial"
	territory = "Netherlands"
	customer_type = "Company"


class HolidayListFactory(DocFactory):
	"""A calendar with the days off in `dates`; `weekly_off` adds that weekday."""

	class Meta:
		model = "Holiday List"

	holiday_list_name = factory.Sequence(lambda n: f"Calendar {n} {ABBR}")
	from_date = factory.LazyFunction(lambda: days(-30))
	to_date = factory.LazyFunction(lambda: days(300))

	@classmethod
	def draft(cls, doctype, values):
		dates = values.pop("dates", [])
		values["holidays"] = [{"holiday_date": date, "description": "Closed"} for date in dates]
		doc = super().draft(doctype, values)
		if doc.weekly_off:
			doc.get_weekly_off_dates()
		return doc
