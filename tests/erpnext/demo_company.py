"""Rhine Cycles, the small bicycle company of `otp demo`: every kind of supply and commitment, on a real site.

All dates are counted from the Monday of this week, on which the demo's order comes in; see demo_masters.day().
"""

from datetime import date, timedelta

import frappe
from frappe.utils import get_datetime

from erpnext.buying.doctype.purchase_order.purchase_order import update_status
from erpnext.stock.doctype.material_request.material_request import make_in_transit_stock_entry

from otp_app.cli.backtest_file import read_deliveries
from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.engine.facts import SupplyKind
from otp_app.engine.reliability.history import Delivery, StockCount
from otp_app.engine.reliability.learning import learn
from otp_app.reliability.records import replace_all
from tests.erpnext.demo_masters import (
	BUNDLE,
	COATER,
	COMPANY,
	DELTA,
	FIETSHUIS,
	FINISHED,
	HAGEN,
	IN_PROGRESS,
	LUMEN,
	NAAFWERK,
	NOORD,
	OSLO,
	OUTLET,
	REJECTED,
	RETURNS,
	RHEINRAD,
	SHOP,
	STORES,
	TEMPLATE,
	TRAILERS,
	TRANSIT,
	day,
	make_boms,
	make_company,
	make_item,
	make_items,
	make_parties,
	make_settings,
	make_warehouses,
)
from tests.factories.base import new_request, save
from tests.factories.buying import MaterialRequestFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import (
	ManufactureFactory,
	ProductionPlanFactory,
	TransferForManufactureFactory,
	WorkOrderFactory,
)
from tests.factories.masters import BatchFactory
from tests.factories.promises import HeldPromiseFactory
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory
from tests.factories.subcontracting import SubcontractedPurchaseOrderFactory, SubcontractingOrderFactory


def build() -> None:
	"""Everything, in the open transaction."""
	for part in (
		make_company,
		make_warehouses,
		make_parties,
		make_settings,
		make_items,
		make_boms,
		_stock,
		_purchases,
		_production,
		_subcontracting,
		_sales,
		_set_aside,
		_moves,
		_past,
	):
		part()


def item_codes() -> list[str]:
	"""The items of the company, which are those with a default of it, and their variants."""
	own = frappe.get_all("Item Default", {"company": COMPANY, "parenttype": "Item"}, pluck="parent")
	return sorted({*own, *frappe.get_all("Item", {"variant_of": TEMPLATE}, pluck="name")})


ON_HAND = {
	FINISHED: {"City Bike 28": 7},
	STORES: {
		"Frame 28 Raw": 30,
		"Frame 28 Coated": 18,
		"Powder Coat Black": 25,
		"Wheel 28": 60,
		"Saddle Comfort": 22,
		"Saddle Leather": 3,
		"Bolt M6": 700,
		"Cable Ties": 200,
		"Helmet": 36,
		"Chain Lock": 8,
		"Light Set": 3,
		"Inner Tube 28": 90,
		"Pannier 20 L": 12,
		"Pannier 25 L": 14,
		"Cargo Rack": 6,
		f"{TEMPLATE}-RED": 6,
	},
	SHOP: {"City Bike 28": 2, "Helmet": 4, "Pannier 20 L": 11, f"{TEMPLATE}-BLU": 3},
	RETURNS: {"City Bike 28": 2},
	REJECTED: {"Wheel 28": 3},
}


def _stock() -> None:
	lines = [
		{"item_code": code, "qty": qty, "t_warehouse": warehouse}
		for warehouse, stock in ON_HAND.items()
		for code, qty in stock.items()
	]
	lube = "Chain Lube 100 ml"
	for batch_id, expiry_date, qty in (("LUBE-A", day(-14), 9), ("LUBE-B", day(250), 20)):
		batch = BatchFactory(item=lube, batch_id=batch_id, expiry_date=expiry_date)
		line = {"item_code": lube, "qty": qty, "t_warehouse": STORES, "batch_no": batch.name}
		lines.append(line | {"use_serial_batch_fields": 1})
	StockEntryFactory(company=COMPANY, posting_date=day(-40), to_warehouse=STORES, items=lines)


def _purchase(supplier: str, due: int, ordered: int, *lines: tuple, **values):
	items = [{"item_code": code, "qty": qty, **(more[0] if more else {})} for code, qty, *more in lines]
	dates = {"transaction_date": day(ordered), "schedule_date": day(due)}
	values = {"company": COMPANY, "supplier": supplier, "warehouse": STORES, "items": items} | values
	return PurchaseOrderFactory(**dates, **values)


def _purchases() -> None:
	_purchase(NOORD, 9, -12, ("Pannier 20 L", 24), ("Cargo Rack", 10))
	held = _purchase(OUTLET, 3, -5, ("Pannier 20 L", 30))
	new_request()
	update_status("On Hold", held.name)
	_purchase(NAAFWERK, 3, -10, ("Chain Lock", 30))
	late = _purchase(LUMEN, -4, -20, ("Light Set", 40))
	PurchaseReceiptFactory(purchase_order=late, qty=15, posting_date=day(-4))
	_purchase(HAGEN, 7, -9, ("Wheel 28", 30), ("Wheel 28", 10, {"rate": 9}), ("Saddle Comfort", 25))
	_purchase(NAAFWERK, 7, -8, ("Wheel 28", 20))
	_purchase(HAGEN, 8, -6, ("Inner Tube 28", 5, {"uom": "Box"}), ("Bolt M6", 10, {"uom": "Box"}))
	_purchase(HAGEN, 4, -15, ("Frame 28 Raw", 40))
	_purchase(NOORD, 14, -3, (f"{TEMPLATE}-RED", 20), (f"{TEMPLATE}-BLU", 20))
	request = {"company": COMPANY, "transaction_date": day(-4), "warehouse": STORES}
	MaterialRequestFactory(**request, item_code="Helmet", qty=50, schedule_date=day(28))
	MaterialRequestFactory(**request, item_code="Pannier 20 L", qty=40, schedule_date=day(35))


def _production() -> None:
	bikes = WorkOrderFactory(
		company=COMPANY,
		production_item="City Bike 28",
		qty=20,
		source_warehouse=STORES,
		wip_warehouse=IN_PROGRESS,
		fg_warehouse=FINISHED,
		planned_start_date=get_datetime(day(0)),
		expected_delivery_date=day(4),
		use_multi_level_bom=0,
	)
	TransferForManufactureFactory(work_order=bikes, qty=12)
	ManufactureFactory(work_order=bikes, qty=5)
	plan = ProductionPlanFactory(
		company=COMPANY,
		posting_date=day(-2),
		item_code="Touring Bike 28",
		qty=6,
		for_warehouse=STORES,
		warehouse=FINISHED,
		planned_start_date=get_datetime(day(14)),
		raw_materials=True,
		submit=False,
	)
	for row in plan.mr_items:
		row.schedule_date = day(14)
	save(plan)


def _subcontracting() -> None:
	order = SubcontractedPurchaseOrderFactory(
		company=COMPANY,
		supplier=DELTA,
		supplier_warehouse=COATER,
		item_code=make_item("Powder Coating", "Services", None, service=True),
		fg_item="Frame 28 Coated",
		fg_item_qty=20,
		warehouse=STORES,
		transaction_date=day(-6),
		schedule_date=day(7),
	)
	SubcontractingOrderFactory(
		purchase_order=order, reserve_warehouse=STORES, transaction_date=day(-6), schedule_date=day(7)
	)


def _sale(customer: str, due: int, ordered: int, *lines: tuple, **values):
	items = [{"item_code": code, "qty": qty, **(more[0] if more else {})} for code, qty, *more in lines]
	dates = {"transaction_date": day(ordered), "delivery_date": day(due)}
	return SalesOrderFactory(**dates, company=COMPANY, customer=customer, items=items, **values)


def _sales() -> None:
	finished, here = {"warehouse": FINISHED}, {"warehouse": STORES}
	_sale(FIETSHUIS, -5, -25, ("City Bike 28", 1, finished), ("Bike Fitting", 1, here))
	sold = _sale(RHEINRAD, 3, -14, ("City Bike 28", 5, finished), ("Inner Tube 28", 3, here | {"uom": "Box"}))
	DeliveryNoteFactory(sales_order=sold, qty={"City Bike 28": 2, "Inner Tube 28": 1})
	_sale(OSLO, 9, -7, ("City Bike 28", 6, finished), (BUNDLE, 4, here))
	_sale(FIETSHUIS, -2, -16, ("Pannier 20 L", 4, here))
	_sale(RHEINRAD, 4, -3, ("Pannier 20 L", 5, here), ("Saddle Leather", 5, here))
	_sale(OSLO, 16, -3, ("Pannier 20 L", 9, here), (f"{TEMPLATE}-RED", 5, here))
	_sale(RHEINRAD, 2, -4, ("Chain Lock", 6, here), ("Bolt M6", 2, here | {"uom": "Box"}))
	shipped = {"delivered_by_supplier": 1, "supplier": TRAILERS, "warehouse": STORES}
	trailers = _sale(RHEINRAD, 12, -5, ("Bike Trailer", 2, shipped))
	line = {"sales_order": trailers.name, "sales_order_item": trailers.items[0].name}
	_purchase(TRAILERS, 10, -4, ("Bike Trailer", 2, line | {"delivered_by_supplier": 1}))


def _set_aside() -> None:
	finished, here = {"warehouse": FINISHED}, {"warehouse": STORES}
	bikes = _sale(FIETSHUIS, 16, -2, ("City Bike 28", 2, finished))
	StockReservationEntryFactory(sales_order=bikes, qty=2)
	PickListFactory(sales_order=_sale(FIETSHUIS, 1, -3, ("Light Set", 5, here)), qty=3)
	HeldPromiseFactory(
		company=COMPANY,
		customer=OSLO,
		item_code="Cargo Rack",
		qty=4,
		warehouse=STORES,
		delivery_date=day(11),
	)


def _moves() -> None:
	request = {"company": COMPANY, "transaction_date": day(-1)}
	issue = {"material_request_type": "Material Issue", "warehouse": STORES, "schedule_date": day(2)}
	MaterialRequestFactory(**request, **issue, item_code="Chain Lube 100 ml", qty=5)
	MaterialRequestFactory(
		**request,
		material_request_type="Material Transfer",
		item_code="Inner Tube 28",
		qty=20,
		from_warehouse=STORES,
		warehouse=SHOP,
		schedule_date=day(3),
	)
	helmets = MaterialRequestFactory(
		company=COMPANY,
		material_request_type="Material Transfer",
		transaction_date=day(-4),
		item_code="Helmet",
		qty=10,
		from_warehouse=STORES,
		warehouse=SHOP,
		schedule_date=day(1),
	)
	sent = make_in_transit_stock_entry(helmets.name, TRANSIT)
	sent.update({"posting_date": day(-3), "set_posting_time": 1})
	save(sent)


# The day of the invented deliveries beside the demo; a record only tells how long ago they were.
LEARNED_ON = date(2026, 5, 4)
# Days late of the company's own work orders, which are invented, too: how many of each.
WORK_ORDERS = {0: 44, 1: 5, 2: 3, 6: 2}


def _past() -> None:
	"""What is known of deliveries, work orders and stock counts of the past."""
	bought = [
		Delivery(SupplyKind.PURCHASE_ORDER, line.party, line.group, line.promised, line.arrived)
		for line in read_deliveries(DEMO_SNAPSHOT.with_name("deliveries.csv")).lines
	]
	lately = LEARNED_ON - timedelta(days=60)
	made = [
		Delivery(SupplyKind.WORK_ORDER, None, "Bicycles", lately, lately + timedelta(days=late), count)
		for late, count in WORK_ORDERS.items()
	]
	counts = [
		StockCount(warehouse, lately, counted, missing)
		for warehouse, counted, missing in ((STORES, 140.0, 0.7), (FINISHED, 60.0, 0.0), (SHOP, 90.0, 1.8))
	]
	replace_all(learn([*bought, *made], counts, LEARNED_ON))
