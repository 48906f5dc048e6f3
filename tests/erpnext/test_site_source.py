"""The site as a source: the contract, each document's date and state, and the number of queries."""

import datetime

import pytest

import frappe

from erpnext.buying.doctype.purchase_order.purchase_order import update_status as update_purchase_order
from erpnext.selling.doctype.sales_order.sales_order import update_status as update_sales_order

from otp_app.engine.calendars import WorkingDays
from otp_app.engine.facts import CommitmentKind, Excluded, Snapshot, SupplyKind, WarehouseClass, Withheld
from otp_app.sources.erpnext.supplies import Calendars
from otp_app.sources.site import SiteSource
from otp_app.sources.site.world import forget_world
from tests.erpnext.company import (
	COMPANY,
	FINISHED_GOODS,
	IN_TRANSIT,
	REJECTED,
	SHOP,
	STORES,
	SUPPLIER_WAREHOUSE,
	WORK_IN_PROGRESS,
)
from tests.erpnext.counting import queries
from tests.factories.base import days, new_request
from tests.factories.buying import MaterialRequestFactory, PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.manufacturing import (
	BOMFactory,
	ManufactureFactory,
	OperationFactory,
	TransferForManufactureFactory,
	WorkOrderFactory,
)
from tests.factories.masters import (
	BatchFactory,
	CustomerFactory,
	ItemAlternativeFactory,
	ItemFactory,
	ProductBundleFactory,
	WarehouseFactory,
)
from tests.factories.promises import HeldPromiseFactory
from tests.factories.selling import (
	DeliveryNoteFactory,
	PickListFactory,
	SalesOrderFactory,
	StockReservationEntryFactory,
)
from tests.factories.stock import StockEntryFactory
from tests.factories.subcontracting import SendToSubcontractorFactory, SubcontractingOrderFactory
from tests.sources.contract import Case, SourceContract


class TestSiteSource(SourceContract):
	@pytest.fixture
	def source(self) -> SiteSource:
		return SiteSource()

	@pytest.fixture
	def case(self) -> Case:
		item, other, bell, light = (ItemFactory().name for _ in range(4))
		ItemAlternativeFactory(item_code=item, alternative_item_code=other)
		bundle = ProductBundleFactory(parts={bell: 1, light: 2}).new_item_code
		StockEntryFactory(item_code=item, qty=20)
		customer = CustomerFactory().name
		order = SalesOrderFactory(
			customer=customer,
			items=[{"item_code": item, "qty": 6}, {"item_code": bundle, "qty": 2}],
		)
		StockReservationEntryFactory(sales_order=order, qty=4)
		SalesOrderFactory(item_code=item, qty=3)
		hold = HeldPromiseFactory(item_code=item)
		return Case(
			item=item,
			alternatives=frozenset({other}),
			bundle=bundle,
			components=frozenset({bell, light}),
			order=Excluded("Sales Order", order.name, frozenset({hold.name})),
			ordered=frozenset({item, bell, light}),
			customer=customer,
		)


def read(item: str, **options) -> Snapshot:
	return SiteSource().snapshot([item], documents=True, **options)


def supply(item: str, kind: SupplyKind):
	(found,) = [s for s in read(item).supplies if s.kind is kind]
	return found


def commitments(item: str) -> set[tuple]:
	return {(c.kind, c.warehouse, c.qty, c.due, c.document) for c in read(item).commitments}


def test_a_purchase_order_comes_on_its_expected_date_else_on_the_scheduled_one():
	item = ItemFactory().name
	order = PurchaseOrderFactory(item_code=item, qty=5, schedule_date=days(7))
	assert supply(item, SupplyKind.PURCHASE_ORDER).due == days(7)

	order.items[0].db_set("expected_delivery_date", days(9))

	found = supply(item, SupplyKind.PURCHASE_ORDER)
	assert (found.due, found.qty, found.document, found.party) == (days(9), 5, order.name, order.supplier)


def test_a_purchase_order_in_boxes_counts_in_stock_units_less_what_was_received():
	item = ItemFactory(boxes_of=12).name
	order = PurchaseOrderFactory(items=[{"item_code": item, "qty": 3, "uom": "Box", "conversion_factor": 12}])
	PurchaseReceiptFactory(purchase_order=order.name, qty=1)
	assert supply(item, SupplyKind.PURCHASE_ORDER).qty == 24
	assert supply(item, SupplyKind.ON_HAND).qty == 12


def test_a_purchase_order_on_hold_is_read_and_withheld_and_a_closed_one_is_not_read():
	item = ItemFactory().name
	order = PurchaseOrderFactory(item_code=item, qty=5)
	update_purchase_order("On Hold", order.name)
	assert supply(item, SupplyKind.PURCHASE_ORDER).withheld is Withheld.ON_HOLD
	new_request()
	update_purchase_order("Draft", order.name)
	assert supply(item, SupplyKind.PURCHASE_ORDER).withheld is None
	new_request()
	update_purchase_order("Closed", order.name)
	assert read(item).supplies == ()


def test_a_work_order_without_an_end_takes_the_lead_time_of_its_item_from_its_start():
	item = ItemFactory(lead_time_days=4).name
	bom = BOMFactory(item=item, materials={ItemFactory().name: 1})
	start = datetime.datetime(2027, 3, 1, 8)  # a Monday
	order = WorkOrderFactory(production_item=item, bom_no=bom.name, qty=5, planned_start_date=start)
	order.db_set({"expected_delivery_date": None, "planned_end_date": None})
	assert supply(item, SupplyKind.WORK_ORDER).due == datetime.date(2027, 3, 5)

	frappe.db.set_value("Item", item, "lead_time_days", 0)
	found = supply(item, SupplyKind.WORK_ORDER)
	assert (found.due, found.withheld) == (None, Withheld.UNDATED)


def test_the_pieces_a_work_order_has_lost_are_read_apart():
	item = ItemFactory(lead_time_days=4).name
	material = ItemFactory().name
	StockEntryFactory(item_code=material, qty=100)
	bom = BOMFactory(item=item, materials={material: 1})
	order = WorkOrderFactory(production_item=item, bom_no=bom.name, qty=10, skip_transfer=1)
	ManufactureFactory(work_order=order, qty=4, process_loss_qty=1)
	made = [s for s in read(item).supplies if s.kind is SupplyKind.WORK_ORDER]
	assert sorted((s.qty, s.withheld) for s in made if s.withheld) == [(1, Withheld.PROCESS_LOSS)]
	assert [s.qty for s in made if not s.withheld] == [6]


def test_stock_on_its_way_is_a_transfer_to_where_it_was_requested_and_not_stock_in_transit():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	request = MaterialRequestFactory(
		item_code=item,
		qty=4,
		material_request_type="Material Transfer",
		warehouse=SHOP,
		from_warehouse=STORES,
	)
	sent = StockEntryFactory(requested_in_transit=request.name)

	found = supply(item, SupplyKind.TRANSFER)

	assert (found.warehouse, found.qty, found.document, found.counted_in) == (SHOP, 4, sent.name, IN_TRANSIT)
	assert found.due > sent.posting_date
	on_hand = {s.warehouse: s.qty for s in read(item).supplies if s.kind is SupplyKind.ON_HAND}
	assert on_hand == {STORES: 6}


def test_what_lies_in_expired_batches_is_no_supply():
	item = ItemFactory(batched=True).name
	fresh = BatchFactory(item=item, expiry_date=days(100)).name
	old = BatchFactory(item=item, expiry_date=days(100)).name
	for batch, qty in ((fresh, 7), (old, 3)):
		line = {"item_code": item, "qty": qty, "batch_no": batch, "use_serial_batch_fields": 1}
		StockEntryFactory(items=[line])
	frappe.db.set_value("Batch", old, "expiry_date", days(-1))
	stock = {(s.qty, s.withheld) for s in read(item).supplies}
	assert stock == {(7.0, None), (3.0, Withheld.EXPIRED)}


def test_a_sales_order_is_owed_on_the_delivery_date_of_each_line():
	item = ItemFactory().name
	lines = [
		{"item_code": item, "qty": 2, "delivery_date": days(3)},
		{"item_code": item, "qty": 5, "delivery_date": days(8)},
	]
	order = SalesOrderFactory(items=lines)
	sold = CommitmentKind.SALES_ORDER
	assert commitments(item) == {
		(sold, STORES, 2, days(3), order.name),
		(sold, STORES, 5, days(8), order.name),
	}


def test_many_orders_of_one_day_are_one_commitment_unless_documents_are_asked_for():
	item = ItemFactory().name
	for qty in (1, 2, 3):
		SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(5))
	(summed,) = SiteSource().snapshot([item]).commitments
	assert (summed.qty, summed.document) == (6, None)
	assert len(read(item).commitments) == 3


def test_reserved_stock_is_locked_today_and_the_rest_of_its_line_later():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	StockEntryFactory(item_code=item, qty=10, to_warehouse=SHOP)
	order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20))
	StockReservationEntryFactory(sales_order=order, qty=4)
	StockReservationEntryFactory(sales_order=order, qty=3, warehouse=SHOP)

	assert commitments(item) == {
		(CommitmentKind.RESERVATION, STORES, 4, None, order.name),
		(CommitmentKind.RESERVATION, SHOP, 3, None, order.name),
		(CommitmentKind.SALES_ORDER, STORES, 3, days(20), order.name),
	}


def test_picked_stock_is_locked_today_until_it_is_delivered():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(20))
	picking = PickListFactory(sales_order=order.name, qty=6)
	picked, sold = CommitmentKind.PICK, CommitmentKind.SALES_ORDER
	assert commitments(item) == {
		(picked, STORES, 6, None, order.name),
		(sold, STORES, 4, days(20), order.name),
	}
	DeliveryNoteFactory(pick_list=picking.name)
	assert commitments(item) == {(sold, STORES, 4, days(20), order.name)}


def test_reserved_stock_stays_locked_while_its_order_is_on_hold():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=10)
	StockReservationEntryFactory(sales_order=order, qty=4)
	update_sales_order("On Hold", order.name)
	(locked,) = read(item).commitments
	assert (locked.kind, locked.qty, locked.in_bin) == (CommitmentKind.RESERVATION, 4, False)


def test_warehouses_have_their_class_from_their_type_and_use():
	kinds = {name: warehouse.kind for name, warehouse in SiteSource().snapshot([]).warehouses.items()}
	assert kinds[STORES] is kinds[FINISHED_GOODS] is WarehouseClass.SELLABLE
	assert kinds[IN_TRANSIT] is WarehouseClass.IN_TRANSIT
	assert kinds[REJECTED] is kinds[WORK_IN_PROGRESS] is WarehouseClass.NOT_AVAILABLE


def test_a_group_s_rule_holds_below_it_and_a_warehouse_s_own_goes_first():
	settings = frappe.get_doc("Order Promise Settings")
	shops = frappe.db.get_value("Warehouse", SHOP, "parent_warehouse")
	rules = [
		{"warehouse": shops, "processing_days": "3", "cutoff_time": "9:30"},
		{"warehouse": STORES, "warehouse_class": "Needs Processing", "processing_days": "0", "extra_days": 2},
	]
	settings.update({"warehouse_rules": rules}).save()

	warehouses = SiteSource().snapshot([]).warehouses

	assert (warehouses[SHOP].processing_days, warehouses[SHOP].cutoff) == (3, datetime.time(9, 30))
	stores = warehouses[STORES]
	assert (stores.processing_days, stores.extra_days, stores.kind) == (0, 2, WarehouseClass.NEEDS_PROCESSING)


def test_an_item_s_rule_goes_before_its_group_s_and_that_before_the_groups_above():
	settings = frappe.get_doc("Order Promise Settings")
	ruled, other = ItemFactory().name, ItemFactory().name
	rules = [
		{"item_code": ruled, "mode": "ATP Only"},
		{"item_group": "All Item Groups", "processing_days": "5", "mode": "Always Available"},
	]
	settings.update({"item_rules": rules}).save()
	items = SiteSource().snapshot([ruled, other]).items
	assert (items[ruled].mode.value, items[ruled].processing_days) == ("atp_only", 5)
	assert (items[other].mode.value, items[other].processing_days) == ("always_available", 5)


def test_an_item_brings_its_units_its_default_warehouse_and_its_production_time():
	item = ItemFactory(boxes_of=12, default_warehouse=SHOP).name
	operations = {OperationFactory().name: 30}
	BOMFactory(item=item, materials={ItemFactory().name: 1}, quantity=2, operations=operations)
	read_item = SiteSource().snapshot([item]).items[item]
	assert [(uom.uom, uom.factor, uom.whole) for uom in read_item.uoms if uom.uom == "Box"] == [
		("Box", 12.0, bool(frappe.db.get_value("UOM", "Box", "must_be_whole_number")))
	]
	assert read_item.default_warehouse(COMPANY) == SHOP
	assert read_item.production_minutes == (0.0, 15.0)


@pytest.mark.parametrize("lines", [1, 10, 100])
def test_the_number_of_queries_does_not_grow_with_the_number_of_items(lines: int):
	items = [ItemFactory().name for _ in range(lines)]
	SalesOrderFactory(items=[{"item_code": item, "qty": 1} for item in items])
	PurchaseOrderFactory(items=[{"item_code": item, "qty": 1} for item in items])
	customer = CustomerFactory().name
	frappe.get_cached_doc("Order Promise Settings"), frappe.get_cached_doc("Manufacturing Settings")
	forget_world()

	with queries() as cold:
		SiteSource().snapshot(items, customer=customer)
	with queries() as warm:
		SiteSource().snapshot(items, customer=customer)

	print(f"\n{lines} items: {len(cold)} queries, {len(warm)} once what seldom changes is in Redis")
	assert (len(cold), len(warm)) == (10, 7)


def on_hand(item: str) -> dict[str, WarehouseClass]:
	"""Where the item lies, and what each place is for."""
	snapshot = read(item)
	places = [s.warehouse for s in snapshot.supplies if s.kind is SupplyKind.ON_HAND]
	return {place: snapshot.warehouses[place].kind for place in places}


def test_material_in_process_is_not_for_sale_wherever_its_work_order_keeps_it():
	material, product = ItemFactory().name, ItemFactory().name
	StockEntryFactory(item_code=material, qty=20)
	line = WarehouseFactory(warehouse_name="Second line").name
	bom = BOMFactory(item=product, materials={material: 2})
	order = WorkOrderFactory(production_item=product, bom_no=bom.name, qty=10, wip_warehouse=line)
	TransferForManufactureFactory(work_order=order, qty=10)
	assert on_hand(material) == {line: WarehouseClass.NOT_AVAILABLE}


def test_material_at_a_subcontractor_is_not_for_sale():
	material, product = ItemFactory().name, ItemFactory(subcontracted=True).name
	StockEntryFactory(item_code=material, qty=20)
	BOMFactory(item=product, materials={material: 2})
	order = SubcontractingOrderFactory(fg_item=product, fg_item_qty=10)
	SendToSubcontractorFactory(subcontracting_order=order.name)
	assert on_hand(material) == {SUPPLIER_WAREHOUSE: WarehouseClass.NOT_AVAILABLE}


def test_stock_on_its_way_to_nobody_knows_where_is_no_supply():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	frappe.db.set_value("Warehouse", STORES, "default_in_transit_warehouse", IN_TRANSIT)
	StockEntryFactory(in_transit=True, item_code=item, qty=10)
	assert on_hand(item) == {IN_TRANSIT: WarehouseClass.IN_TRANSIT}
	assert [s.kind for s in read(item).supplies] == [SupplyKind.ON_HAND]


def test_a_disabled_batch_is_no_supply_though_it_never_expires():
	item = ItemFactory(has_batch_no=1).name
	batch = BatchFactory(item=item, expiry_date=None).name
	line = {"item_code": item, "qty": 10, "batch_no": batch, "use_serial_batch_fields": 1}
	StockEntryFactory(items=[line])
	frappe.db.set_value("Batch", batch, "disabled", 1)
	assert [(s.qty, s.withheld) for s in read(item).supplies] == [(10, Withheld.EXPIRED)]


def test_an_expired_batch_that_only_the_ledger_names_is_no_supply():
	item = ItemFactory(batched=True).name
	batch = BatchFactory(item=item, expiry_date=days(30)).name
	line = {"item_code": item, "qty": 10, "batch_no": batch, "use_serial_batch_fields": 1}
	StockEntryFactory(items=[line])
	frappe.db.set_value("Batch", batch, "expiry_date", days(-3))
	# As version 14 wrote it: no bundle, the batch in the ledger entry.
	entries = {"item_code": item}
	frappe.db.set_value("Stock Ledger Entry", entries, {"batch_no": batch, "serial_and_batch_bundle": None})
	frappe.db.set_value("Serial and Batch Bundle", entries, "is_cancelled", 1)
	assert [(s.qty, s.withheld) for s in read(item).supplies] == [(10, Withheld.EXPIRED)]


def test_what_was_sold_at_a_till_is_owed_until_it_is_consolidated():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	# Rows as a till writes them: a POS Invoice needs a profile and an open shift that matter to nothing here.
	fields = {"docstatus": 1, "company": COMPANY, "posting_date": days(0)}
	invoice = frappe.get_doc({"doctype": "POS Invoice", "name": "TILL-1", **fields})
	invoice.db_insert()
	line = {"parent": "TILL-1", "parenttype": "POS Invoice", "parentfield": "items", "docstatus": 1}
	frappe.get_doc(
		{"doctype": "POS Invoice Item", **line, "item_code": item, "stock_qty": 8, "warehouse": STORES}
	).db_insert()
	(sold,) = read(item).commitments
	assert (sold.kind, sold.qty, sold.document, sold.in_bin) == (
		CommitmentKind.POS_INVOICE,
		8,
		"TILL-1",
		False,
	)
	invoice.db_set("consolidated_invoice", "SINV-1")
	assert read(item).commitments == ()


def test_a_pick_list_locks_nothing_once_the_goods_left_by_another_way():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	order = SalesOrderFactory(item_code=item, qty=10)
	PickListFactory(sales_order=order.name)
	DeliveryNoteFactory(sales_order=order.name)
	assert read(item).commitments == ()


def test_a_calendar_without_a_working_day_makes_a_supply_undated_and_stops_nothing_else():
	never = WorkingDays(frozenset(range(7)))
	calendars = Calendars({SHOP: never}, transfer_days=1, lead_times={"FRAME": 3})
	assert calendars.transfer_due(SHOP, days(0)) is None
	assert calendars.work_order_due("FRAME", SHOP, days(0)) is None


def test_a_setting_that_is_rolled_back_is_forgotten():
	before = SiteSource().snapshot([]).settings
	frappe.get_doc("Order Promise Settings").update({"processing_days": 40}).save()
	assert SiteSource().snapshot([]).settings.processing_days == 40
	frappe.db.rollback()
	frappe.clear_document_cache("Order Promise Settings", "Order Promise Settings")
	assert SiteSource().snapshot([]).settings == before
