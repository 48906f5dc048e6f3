"""Bills of materials, work orders with their material and products, production plans."""

import factory

import frappe
from frappe.utils import get_datetime

from erpnext.manufacturing.doctype.production_plan.production_plan import get_items_for_material_requests
from erpnext.manufacturing.doctype.work_order.work_order import make_stock_entry

from tests.erpnext.company import COMPANY, FINISHED_GOODS, STORES, WORK_IN_PROGRESS
from tests.factories.base import DocFactory, days, name_of
from tests.factories.masters import ItemFactory


class WorkstationFactory(DocFactory):
	class Meta:
		model = "Workstation"

	workstation_name = factory.Sequence(lambda n: f"Assembly bench {n}")
	hour_rate = 30


class OperationFactory(DocFactory):
	class Meta:
		model = "Operation"

	name = factory.Sequence(lambda n: f"Assemble {n}")
	workstation = factory.LazyFunction(lambda: WorkstationFactory().name)


class BOMFactory(DocFactory):
	"""What goes into `quantity` (one) of `item`: `materials={item: qty}`; `operations={operation: minutes}`.

	In place of a number, a line's or an operation's fields: `{"qty": 2, "do_not_explode": 1}`.
	"""

	class Meta:
		model = "BOM"

	item = factory.LazyFunction(lambda: ItemFactory().name)
	company = COMPANY
	quantity = 1
	currency = "EUR"
	conversion_rate = 1
	rm_cost_as_per = "Valuation Rate"
	is_active = 1
	is_default = 1

	@classmethod
	def draft(cls, doctype, values):
		materials = values.pop("materials", None) or {ItemFactory().name: 2}
		operations = values.pop("operations", {})
		doc = super().draft(doctype, values)
		for item, qty in materials.items():
			doc.append("items", {"item_code": name_of(item)} | fields_of(qty, "qty"))
		for operation, minutes in operations.items():
			workstation = frappe.db.get_value("Operation", name_of(operation), "workstation")
			row = {"operation": name_of(operation), "workstation": workstation}
			doc.append("operations", row | fields_of(minutes, "time_in_mins"))
		doc.with_operations = bool(operations)
		return doc


def fields_of(value, field: str) -> dict:
	return value if isinstance(value, dict) else {field: value}


class SubcontractingBOMFactory(DocFactory):
	"""The service by which a supplier makes `finished_good` (which has a BOM and is subcontracted)."""

	class Meta:
		model = "Subcontracting BOM"

	is_active = 1
	finished_good_qty = 1
	finished_good_bom = factory.LazyAttribute(
		lambda bom: frappe.db.get_value("Item", bom.finished_good, "default_bom")
	)
	service_item = factory.LazyFunction(lambda: ItemFactory(service=True).name)
	service_item_qty = 1
	service_item_uom = "Nos"


class WorkOrderFactory(DocFactory):
	"""Make `qty` of `production_item` by its default BOM (`bom_no=` another), material from `source_warehouse`."""

	class Meta:
		model = "Work Order"

	company = COMPANY
	qty = 10
	fg_warehouse = FINISHED_GOODS
	wip_warehouse = WORK_IN_PROGRESS
	source_warehouse = STORES
	planned_start_date = factory.LazyFunction(lambda: get_datetime(days(2)))

	@classmethod
	def draft(cls, doctype, values):
		if "production_item" not in values:
			values["production_item"] = (
				frappe.db.get_value("BOM", values.get("bom_no"), "item") or BOMFactory().item
			)
		if "bom_no" not in values:
			values["bom_no"] = frappe.db.get_value("Item", values["production_item"], "default_bom")
		doc = super().draft(doctype, values)
		doc.get_items_and_operations_from_bom()
		for row in doc.required_items:
			row.source_warehouse = doc.source_warehouse
		return doc


class _WorkOrderEntryFactory(DocFactory):
	"""A stock entry for `qty` finished pieces of `work_order`."""

	class Meta:
		model = "Stock Entry"
		abstract = True

	_purpose = ""

	@classmethod
	def draft(cls, doctype, values):
		entry = frappe.get_doc(
			make_stock_entry(
				values.pop("work_order"),
				cls._purpose,
				values.pop("qty", None),
				values.pop("target_warehouse", None),
			)
		)
		entry.update(values)
		if entry.process_loss_qty:  # the form does the same when the loss is typed in
			finished = next(row for row in entry.items if row.is_finished_item)
			finished.qty = finished.transfer_qty = entry.fg_completed_qty - entry.process_loss_qty
		return entry


class TransferForManufactureFactory(_WorkOrderEntryFactory):
	"""Material for `qty` pieces of `work_order`, taken to where the work is done."""

	_purpose = "Material Transfer for Manufacture"


class ManufactureFactory(_WorkOrderEntryFactory):
	"""`qty` pieces of `work_order` finished, of which `process_loss_qty` came to nothing."""

	_purpose = "Manufacture"


class DisassembleFactory(_WorkOrderEntryFactory):
	"""`qty` pieces of `work_order` taken apart, the material into `target_warehouse`."""

	_purpose = "Disassemble"


class ProductionPlanFactory(DocFactory):
	"""Plan to make `qty` of `item_code` (which has a BOM): `sub_assemblies=True` plans those too,
	`raw_materials=True` lists the material to request, all needed in `for_warehouse`."""

	class Meta:
		model = "Production Plan"

	company = COMPANY
	get_items_from = ""
	for_warehouse = STORES
	sub_assembly_warehouse = STORES
	ignore_existing_ordered_qty = 1
	qty = 10
	warehouse = FINISHED_GOODS
	planned_start_date = factory.LazyFunction(lambda: get_datetime(days(2)))

	@classmethod
	def draft(cls, doctype, values):
		item_code, qty = values.pop("item_code"), values.pop("qty")
		line = {
			"item_code": item_code,
			"planned_qty": qty,
			"pending_qty": qty,
			"bom_no": values.pop("bom_no", None) or frappe.db.get_value("Item", item_code, "default_bom"),
			"stock_uom": frappe.db.get_value("Item", item_code, "stock_uom"),
			"warehouse": values.pop("warehouse"),
			"planned_start_date": values.pop("planned_start_date"),
			"include_exploded_items": 0 if values.get("sub_assemblies") else 1,
		}
		sub_assemblies, raw_materials = values.pop("sub_assemblies", 0), values.pop("raw_materials", 0)
		doc = super().draft(doctype, values)
		doc.append("po_items", line)
		doc.insert()
		if sub_assemblies:
			doc.get_sub_assembly_items()
		if raw_materials:
			for row in get_items_for_material_requests(doc.as_dict()):
				doc.append("mr_items", row)
		return doc
