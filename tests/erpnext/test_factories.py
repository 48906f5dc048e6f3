"""Every factory makes a document that ERPNext accepts, and ERPNext's Bin then says what it should."""

import pytest

import frappe
from frappe.utils import getdate

from tests.erpnext import company
from tests.erpnext.company import (
	FINISHED_GOODS,
	IN_TRANSIT,
	SHOP,
	STORES,
	SUPPLIER_WAREHOUSE,
	WORK_IN_PROGRESS,
)
from tests.factories.base import days
from tests.factories.buying import MaterialRequestFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import (
	BOMFactory,
	ManufactureFactory,
	OperationFactory,
	ProductionPlanFactory,
	TransferForManufactureFactory,
	WorkOrderFactory,
)
from tests.factories.masters import (
	BatchFactory,
	CustomerFactory,
	HolidayListFactory,
	ItemAlternativeFactory,
	ItemFactory,
	ItemGroupFactory,
	ItemVariantFactory,
	ProductBundleFactory,
	SupplierFactory,
	WarehouseFactory,
)
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	QuotationFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory
from tests.factories.subcontracting import (
	SendToSubcontractorFactory,
	SubcontractingOrderFactory,
	SubcontractingReceiptFactory,
)


def bin_of(item, warehouse=STORES) -> dict:
	"""The quantities of a Bin that are not zero."""
	row = frappe.db.get_value(
		"Bin", {"item_code": getattr(item, "name", item), "warehouse": warehouse}, "*", as_dict=True
	)
	return {
		field.removesuffix("_qty"): value
		for field, value in (row or {}).items()
		if (field.endswith("_qty") or "reserved" in field) and value
	}


def test_the_company_has_its_warehouses_and_a_calendar():
	assert frappe.db.get_value("Warehouse", company.IN_TRANSIT, "warehouse_type") == "Transit"
	assert frappe.db.get_value("Warehouse", company.SHOP, "parent_warehouse") == company.SHOPS
	assert frappe.db.get_value("Company", company.COMPANY, "default_holiday_list") == company.HOLIDAY_LIST


def test_parties_groups_warehouses_and_calendars():
	assert CustomerFactory().name and SupplierFactory().name and ItemGroupFactory().name
	assert WarehouseFactory(parent_warehouse=company.SHOPS).company == company.COMPANY
	calendar = HolidayListFactory(dates=[days(3)], weekly_off="Friday")
	assert days(3) in [getdate(row.holiday_date) for row in calendar.holidays]
	assert len(calendar.holidays) > 40


def test_items_of_every_sort():
	supplier = SupplierFactory()
	item = ItemFactory(boxes_of=12, default_supplier=supplier, lead_time_days=7)
	assert item.item_defaults[0].default_warehouse == STORES
	assert item.item_defaults[0].default_supplier == supplier.name
	assert {row.uom: row.conversion_factor for row in item.uoms} == {"Nos": 1, "Box": 12}
	assert not ItemFactory(service=True).is_stock_item
	assert ItemFactory(by_weight=True).stock_uom == "Kg"
	template = ItemFactory(template=True)
	variant = ItemVariantFactory(variant_of=template, colour="Blue")
	assert variant.variant_of == template.name and not variant.has_variants
	assert ItemAlternativeFactory(item_code=item, alternative_item_code=variant).item_code == item.name


def test_a_batch_with_an_expiry_date_is_received_and_issued():
	item = ItemFactory(batched=True)
	batch = BatchFactory(item=item, expiry_date=days(60))
	StockEntryFactory(item_code=item, qty=8, batch_no=batch, use_serial_batch_fields=1)
	StockEntryFactory(issue=True, item_code=item, qty=3, batch_no=batch, use_serial_batch_fields=1)
	assert bin_of(item) == {"actual": 5, "projected": 5}
	assert frappe.db.get_value("Batch", batch.name, "batch_qty") == 5


def test_a_purchase_order_is_received_in_part_and_some_sent_back():
	order = PurchaseOrderFactory(qty=10, schedule_date=days(-5))
	item = order.items[0].item_code
	assert order.transaction_date == days(-5)
	assert bin_of(item) == {"ordered": 10, "projected": 10}
	receipt = PurchaseReceiptFactory(purchase_order=order, qty=6)
	assert bin_of(item) == {"actual": 6, "ordered": 4, "projected": 10}
	PurchaseReceiptFactory(return_against=receipt, qty=2)
	assert bin_of(item)["actual"] == 4
	assert frappe.get_doc("Purchase Order", order.name).items[0].returned_qty == 2


def test_lines_come_as_fields_of_one_line_or_as_a_list():
	first, second = ItemFactory(boxes_of=12), ItemFactory()
	order = PurchaseOrderFactory(
		schedule_date=days(4),
		items=[{"item_code": first, "qty": 2, "uom": "Box"}, {"item_code": second, "qty": 5}],
	)
	assert [row.stock_qty for row in order.items] == [24, 5]
	assert {getdate(row.schedule_date) for row in order.items} == {days(4)}
	PurchaseReceiptFactory(purchase_order=order, qty={first: 1, second: 5})
	assert bin_of(first) == {"actual": 12, "ordered": 12, "projected": 24}
	assert bin_of(second) == {"actual": 5, "projected": 5}


def test_a_material_request_is_ordered_in_part():
	request = MaterialRequestFactory(qty=10)
	item = request.items[0].item_code
	assert bin_of(item) == {"indented": 10, "projected": 10}
	PurchaseOrderFactory(material_request=request, qty=4, schedule_date=days(6))
	assert bin_of(item) == {"indented": 6, "ordered": 4, "projected": 10}


def test_an_order_is_quoted_sold_delivered_in_part_and_some_comes_back():
	assert QuotationFactory(qty=3).docstatus == 1
	item = ItemFactory()
	StockEntryFactory(item_code=item, qty=20)
	order = SalesOrderFactory(item_code=item, qty=12, delivery_date=days(7))
	assert bin_of(item) == {"actual": 20, "reserved": 12, "projected": 8}
	delivery = DeliveryNoteFactory(sales_order=order, qty=5)
	assert bin_of(item) == {"actual": 15, "reserved": 7, "projected": 8}
	DeliveryNoteFactory(return_against=delivery, qty=2)
	assert bin_of(item) == {"actual": 17, "reserved": 9, "projected": 8}
	line = frappe.get_doc("Sales Order", order.name).items[0]
	assert (line.delivered_qty, line.returned_qty) == (3, 2)


def test_stock_is_reserved_for_an_order_also_in_another_warehouse():
	item = ItemFactory()
	StockEntryFactory(item_code=item, qty=20)
	StockEntryFactory(item_code=item, qty=20, to_warehouse=SHOP)
	order = SalesOrderFactory(item_code=item, qty=12)
	StockReservationEntryFactory(sales_order=order, qty=4)
	StockReservationEntryFactory(sales_order=order, qty=3, warehouse=SHOP)
	assert bin_of(item) == {"actual": 20, "reserved": 12, "projected": 8, "reserved_stock": 4}
	assert bin_of(item, SHOP) == {"actual": 20, "projected": 20, "reserved_stock": 3}
	DeliveryNoteFactory(reserved_for=order, qty=3)


def test_goods_are_picked_and_delivered():
	item = ItemFactory()
	StockEntryFactory(item_code=item, qty=20)
	order = SalesOrderFactory(item_code=item, qty=12)
	picking = PickListFactory(sales_order=order, qty=5)
	assert picking.locations[0].picked_qty == 5
	assert frappe.get_doc("Sales Order", order.name).items[0].picked_qty == 5
	DeliveryNoteFactory(pick_list=picking)
	assert bin_of(item) == {"actual": 15, "reserved": 7, "projected": 8}


def test_a_product_bundle_reserves_its_parts():
	wheel, lamp = ItemFactory(), ItemFactory()
	for item in (wheel, lamp):
		StockEntryFactory(item_code=item, qty=20)
	bundle = ProductBundleFactory(parts={wheel: 2, lamp: 1})
	order = SalesOrderFactory(item_code=bundle.new_item_code, qty=4)
	assert bin_of(wheel)["reserved"] == 8
	DeliveryNoteFactory(sales_order=order, qty=1)
	assert bin_of(wheel) == {"actual": 18, "reserved": 6, "projected": 12}
	assert bin_of(lamp) == {"actual": 19, "reserved": 3, "projected": 16}


def test_goods_travel_through_the_transit_warehouse():
	item = ItemFactory()
	StockEntryFactory(item_code=item, qty=20)
	sent = StockEntryFactory(in_transit=True, item_code=item, qty=8)
	assert bin_of(item, IN_TRANSIT)["actual"] == 8
	StockEntryFactory(sent=sent, qty=3, to_warehouse=SHOP)
	assert bin_of(item, IN_TRANSIT)["actual"] == 5
	assert bin_of(item, SHOP)["actual"] == 3
	StockEntryFactory(transfer=True, item_code=item, qty=2, to_warehouse=SHOP)
	assert bin_of(item, SHOP)["actual"] == 5


@pytest.mark.parametrize("operations", [False, True])
def test_a_work_order_takes_its_material_and_makes_its_product(operations):
	material = ItemFactory(by_weight=True)
	StockEntryFactory(item_code=material, qty=100)
	bom = BOMFactory(materials={material: 2.5}, operations={OperationFactory(): 20} if operations else {})
	order = WorkOrderFactory(production_item=bom.item, qty=10)
	assert bin_of(material) == {"actual": 100, "reserved_qty_for_production": 25, "projected": 75}
	TransferForManufactureFactory(work_order=order, qty=6)
	assert bin_of(material) == {"actual": 85, "reserved_qty_for_production": 10, "projected": 75}
	assert bin_of(material, WORK_IN_PROGRESS)["actual"] == 15
	if not operations:  # with operations, job cards say what is done
		ManufactureFactory(work_order=order, qty=4)
		assert bin_of(bom.item, FINISHED_GOODS) == {"actual": 4, "planned": 6, "projected": 10}


def test_a_production_plan_reserves_material_and_sub_assemblies():
	spoke = ItemFactory()
	wheel = BOMFactory(materials={spoke: 36}).item
	bike = BOMFactory(materials={wheel: 2}).item
	plan = ProductionPlanFactory(item_code=bike, qty=5, sub_assemblies=True, raw_materials=True)
	assert [(row.production_item, row.qty) for row in plan.sub_assembly_items] == [(wheel, 10)]
	assert [(row.item_code, row.quantity) for row in plan.mr_items] == [(spoke.name, 360)]
	assert bin_of(spoke)["reserved_qty_for_production_plan"] == 360
	assert bin_of(wheel)["reserved_qty_for_production_plan"] == 10


def test_a_subcontractor_gets_material_and_returns_the_product():
	paint, frame = ItemFactory(), ItemFactory(subcontracted=True)
	StockEntryFactory(item_code=paint, qty=100)
	BOMFactory(item=frame, materials={paint: 3})
	order = SubcontractingOrderFactory(fg_item=frame, fg_item_qty=10, schedule_date=days(9))
	assert bin_of(frame)["ordered"] == 10
	assert bin_of(paint) == {"actual": 100, "reserved_qty_for_sub_contract": 30, "projected": 70}
	SendToSubcontractorFactory(subcontracting_order=order, qty=12)
	assert bin_of(paint) == {"actual": 88, "reserved_qty_for_sub_contract": 18, "projected": 70}
	assert bin_of(paint, SUPPLIER_WAREHOUSE)["actual"] == 12
	SubcontractingReceiptFactory(subcontracting_order=order, qty=4)
	assert bin_of(frame) == {"actual": 4, "ordered": 6, "projected": 10}


def test_stock_is_counted():
	item = ItemFactory()
	StockEntryFactory(item_code=item, qty=8)
	StockReconciliationFactory(item_code=item, qty=11)
	assert bin_of(item)["actual"] == 11


def test_a_draft_is_left_a_draft():
	order = SalesOrderFactory(submit=False)
	assert order.docstatus == 0
	assert bin_of(order.items[0].item_code) == {}
