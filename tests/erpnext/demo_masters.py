"""Who Rhine Cycles are: the company of the demo, its warehouses, parties, settings, items and bills of materials."""

from datetime import timedelta

import frappe
from frappe.utils import getdate, today

from tests.factories.base import save
from tests.factories.manufacturing import BOMFactory, OperationFactory
from tests.factories.masters import (
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

COMPANY, ABBR = "Rhine Cycles", "RC"
ALL, STORES, FINISHED, IN_PROGRESS, TRANSIT, SHOP, RETURNS, REJECTED, COATER = (
	f"{name} - {ABBR}"
	for name in (
		"All Warehouses",
		"Stores",
		"Finished Goods",
		"Work In Progress",
		"Goods In Transit",
		"Shop Rotterdam",
		"Returns",
		"Rejected",
		"At the Coater",
	)
)
CALENDAR, CARRIERS = "Rhine Cycles", "Carriers"
# Days from the Monday. It is one of early May: Easter, King's Day, Ascension, Whit Monday, Christmas and New Year.
PUBLIC_HOLIDAYS = (-31, -28, -7, 10, 21, 235, 236, 242)
OWN_HOLIDAYS = (11, *range(84, 89), *range(91, 96))  # the day after Ascension, and two weeks of summer
NAAFWERK, LUMEN, NOORD, OUTLET, HAGEN, DELTA, TRAILERS = (
	"Naafwerk",
	"Lumen Lights",
	"Noord Bags",
	"Bag Outlet",
	"Hagen Components",
	"Delta Coating",
	"Trailers Direct",
)
VELO_NORD, RHEINRAD, FIETSHUIS, OSLO = "Velo Nord", "Rheinrad", "Fietshuis Utrecht", "Oslo Sykkel"
BUNDLE, TEMPLATE = "Commuter Kit", "Rain Jacket"


def monday():
	"""The Monday of this week: stock can be posted up to today only, so the demo's past must be ours."""
	now = getdate(today())
	return now - timedelta(days=now.weekday())


def day(number: int):
	"""The date `number` days after the Monday."""
	return monday() + timedelta(days=number)


def make_company() -> None:
	span = {"from_date": day(-60), "to_date": day(300)}
	HolidayListFactory(
		holiday_list_name=CALENDAR, dates=[day(n) for n in sorted(PUBLIC_HOLIDAYS + OWN_HOLIDAYS)], **span
	)
	HolidayListFactory(holiday_list_name=CARRIERS, dates=[day(n) for n in PUBLIC_HOLIDAYS], **span)
	frappe.get_doc(
		{
			"doctype": "Company",
			"company_name": COMPANY,
			"abbr": ABBR,
			"default_currency": "EUR",
			"country": "Netherlands",
			"default_holiday_list": CALENDAR,
			"enable_perpetual_inventory": 0,
		}
	).insert()
	frappe.db.set_default("company", COMPANY)


def make_warehouses() -> None:
	place = {"company": COMPANY, "parent_warehouse": ALL}
	WarehouseFactory(
		warehouse_name="Shop Rotterdam", default_in_transit_warehouse=TRANSIT, account=None, **place
	)
	WarehouseFactory(warehouse_name="Returns", **place)
	WarehouseFactory(warehouse_name="Rejected", is_rejected_warehouse=1, **place)
	WarehouseFactory(warehouse_name="At the Coater", **place)
	_set("Stock Settings", default_warehouse=STORES)
	_set("Manufacturing Settings", default_wip_warehouse=IN_PROGRESS, default_fg_warehouse=FINISHED)


def make_parties() -> None:
	for name in (NAAFWERK, LUMEN, NOORD, OUTLET, HAGEN, DELTA, TRAILERS):
		SupplierFactory(supplier_name=name)
	_insert("Territory", territory_name="Germany", parent_territory="All Territories", is_group=1)
	_insert("Territory", territory_name="Hamburg", parent_territory="Germany")
	for name, territory in (
		(VELO_NORD, "Hamburg"),
		(RHEINRAD, "Germany"),
		(FIETSHUIS, "Netherlands"),
		(OSLO, "Rest Of The World"),
	):
		CustomerFactory(customer_name=name, territory=territory)
	address = _insert(
		"Address",
		address_title=OSLO,
		address_type="Shipping",
		address_line1="Storgata 1",
		city="Oslo",
		country="Norway",
		links=[{"link_doctype": "Customer", "link_name": OSLO}],
	)
	oslo = frappe.get_doc("Customer", OSLO)
	oslo.customer_primary_address = address.name
	oslo.save()


def make_settings() -> None:
	for group in ("Bicycles", "Components", "Accessories"):
		ItemGroupFactory(item_group_name=group)
	settings = frappe.get_doc("Order Promise Settings")
	settings.update({"inbound_days": 1, "inspection_days": 1, "transfer_days": 2})
	settings.update({"protect_safety_stock": 1, "default_warehouse": STORES})
	for rule in (
		{"warehouse": FINISHED, "processing_days": "1", "priority": 2},
		{"warehouse": SHOP, "processing_days": "0", "cutoff_time": "16:00", "priority": 1},
		{"warehouse": RETURNS, "warehouse_class": "Needs Processing", "extra_days": 3},
		{"warehouse": COATER, "warehouse_class": "Not Available"},
	):
		settings.append("warehouse_rules", rule)
	settings.append("item_rules", {"item_group": "Bicycles", "processing_days": "2"})
	save(settings)
	for days, ends in (
		(1, {"to_territory": "Netherlands"}),
		(2, {"to_territory": "Germany"}),
		(5, {"to_country": "Norway"}),
		(0, {"from_warehouse": SHOP, "to_customer": FIETSHUIS}),
	):
		_insert("Transit Lane", transit_days=days, calendar=CARRIERS, **ends)


def _set(settings: str, **values) -> None:
	doc = frappe.get_doc(settings)
	doc.update(values)
	doc.save()


def _insert(doctype: str, **values):
	return frappe.get_doc({"doctype": doctype, **values}).insert()


def make_item(code: str, group: str, warehouse: str | None = STORES, **values):
	defaults = [{"company": COMPANY, "default_warehouse": warehouse}]
	return ItemFactory(item_code=code, item_name=code, item_group=group, item_defaults=defaults, **values)


def make_items() -> None:
	make_item("City Bike 28", "Bicycles", FINISHED, lead_time_days=15)
	make_item("Touring Bike 28", "Bicycles", FINISHED)
	make_item("City Bike 26", "Bicycles", FINISHED, disabled=1)
	make_item("Frame 28 Raw", "Components", lead_time_days=20, inspection_required_before_purchase=1)
	make_item("Frame 28 Coated", "Components", subcontracted=True)
	make_item("Powder Coat Black", "Components", by_weight=True, lead_time_days=5)
	make_item("Wheel 28", "Components", lead_time_days=10, safety_stock=10, min_order_qty=20)
	make_item("Saddle Comfort", "Components", lead_time_days=8)
	make_item("Saddle Leather", "Components")
	make_item("Bolt M6", "Components", boxes_of=100, lead_time_days=3)
	make_item("Cable Ties", "Components")
	make_item("Chain Lube 100 ml", "Accessories", batched=True, lead_time_days=4)
	make_item("Helmet", "Accessories", lead_time_days=12, safety_stock=4)
	make_item("Chain Lock", "Accessories", lead_time_days=10)
	make_item("Light Set", "Accessories", lead_time_days=10)
	make_item("Inner Tube 28", "Accessories", boxes_of=10, lead_time_days=5)
	make_item("Pannier 20 L", "Accessories", lead_time_days=25, allow_alternative_item=1)
	make_item("Pannier 25 L", "Accessories", lead_time_days=25, allow_alternative_item=1)
	make_item("Cargo Rack", "Accessories", lead_time_days=6)
	make_item("Bike Trailer", "Accessories", delivered_by_supplier=1, lead_time_days=6)
	make_item("Bike Fitting", "Services", None, service=True)
	make_item(BUNDLE, "Accessories", None, is_stock_item=0)
	make_item(TEMPLATE, "Accessories", template=True, lead_time_days=7)
	for colour in ("Red", "Blue"):
		ItemVariantFactory(variant_of=TEMPLATE, colour=colour)
	ItemAlternativeFactory(item_code="Pannier 20 L", alternative_item_code="Pannier 25 L", two_way=1)
	ProductBundleFactory(new_item_code=BUNDLE, parts={"Helmet": 1, "Chain Lock": 1, "Light Set": 1})
	settings = frappe.get_doc("Order Promise Settings")
	settings.append("item_rules", {"item_code": "Cargo Rack", "mode": "ATP Only"})
	settings.append("item_rules", {"item_code": "Cable Ties", "mode": "Always Available"})
	save(settings)


def make_boms() -> None:
	frame, wheel, bolt = "Frame 28 Coated", "Wheel 28", "Bolt M6"
	BOMFactory(item=frame, company=COMPANY, materials={"Frame 28 Raw": 1, "Powder Coat Black": 0.4})
	parts = {frame: 1, wheel: 2, bolt: 12}
	BOMFactory(item="City Bike 28", company=COMPANY, materials=parts | {"Saddle Comfort": 1})
	_insert("Workstation", workstation_name="Assembly Stand", hour_rate=30)
	assembly = OperationFactory(name="Assemble and Tune", workstation="Assembly Stand")
	materials = parts | {"Saddle Leather": 1}
	BOMFactory(item="Touring Bike 28", company=COMPANY, materials=materials, operations={assembly: 150})
