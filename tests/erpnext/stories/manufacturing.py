"""Work orders in every state, and production plans before and after work orders are made from them."""

import frappe
from frappe.utils import add_to_date, now_datetime

from erpnext.manufacturing.doctype.work_order.work_order import (
	close_work_order,
	make_stock_return_entry,
	stop_unstop,
)

from tests.erpnext.company import FINISHED_GOODS, SHOP, STORES
from tests.erpnext.stories.telling import cancel, part, read
from tests.factories.base import new_request, save
from tests.factories.manufacturing import (
	BOMFactory,
	DisassembleFactory,
	ManufactureFactory,
	OperationFactory,
	ProductionPlanFactory,
	TransferForManufactureFactory,
	WorkOrderFactory,
)
from tests.factories.masters import ItemAlternativeFactory
from tests.factories.selling import SalesOrderFactory


def product(story: str, stock: float = 1000, **bom) -> str:
	"""An item made of two tubes and 0.5 kg of paint, with material on hand."""
	materials = {
		part(f"Tube of {story}", stock=stock): 2,
		part(f"Paint of {story}", stock=stock, by_weight=True): 0.5,
	}
	return BOMFactory(item=part(story), materials=materials, **bom).item


def open_work_orders() -> None:
	"""Not started; with operations; for a Sales Order; into another warehouse; a draft; cancelled."""
	frame = product("Frame to be made")
	WorkOrderFactory(production_item=frame, qty=10)
	WorkOrderFactory(production_item=frame, qty=5, fg_warehouse=SHOP)
	WorkOrderFactory(production_item=frame, qty=100, submit=False)
	cancel(WorkOrderFactory(production_item=frame, qty=40))
	sold = SalesOrderFactory(item_code=frame, qty=6)
	WorkOrderFactory(production_item=frame, qty=6, sales_order=sold, sales_order_item=sold.items[0].name)
	welded = product("Frame with operations", operations={OperationFactory(): 30})
	WorkOrderFactory(production_item=welded, qty=4)


def work_orders_under_way() -> None:
	"""Material taken for six of ten, four made; more material than needed; some material brought back."""
	stem = product("Stem under way")
	order = WorkOrderFactory(production_item=stem, qty=10)
	TransferForManufactureFactory(work_order=order, qty=6)
	ManufactureFactory(work_order=order, qty=4)
	order = WorkOrderFactory(production_item=stem, qty=10)
	entry = TransferForManufactureFactory(work_order=order, qty=10, submit=False)
	entry.items[0].qty += 3
	save(entry)
	order = WorkOrderFactory(production_item=stem, qty=8)
	TransferForManufactureFactory(work_order=order, qty=8)
	ManufactureFactory(work_order=order, qty=3)
	new_request()
	back = make_stock_return_entry(order.name)
	back.items[0].qty = 2
	back.fg_completed_qty = 0
	save(back)


def work_orders_done() -> None:
	"""All made; one more than planned; a product taken back out of the books."""
	hub = product("Hub done")
	for qty in (10, 11):
		order = WorkOrderFactory(production_item=hub, qty=10)
		TransferForManufactureFactory(work_order=order, qty=qty)
		ManufactureFactory(work_order=order, qty=qty)
	order = WorkOrderFactory(production_item=hub, qty=10)
	TransferForManufactureFactory(work_order=order, qty=10)
	cancel(ManufactureFactory(work_order=order, qty=7))


def work_orders_without_transfer() -> None:
	"""Material is used where it is stored: nothing made, three of ten made, all made."""
	rack = product("Rack without transfer")
	made = {"production_item": rack, "skip_transfer": 1, "wip_warehouse": None}
	WorkOrderFactory(**made, qty=5)
	ManufactureFactory(work_order=WorkOrderFactory(**made, qty=10), qty=3)
	ManufactureFactory(work_order=WorkOrderFactory(**made, qty=4), qty=4)


def work_orders_with_process_loss() -> None:
	"""Some pieces come to nothing: in the middle of the work, and at its end."""
	grip = product("Grip with loss")
	order = WorkOrderFactory(production_item=grip, qty=10)
	TransferForManufactureFactory(work_order=order, qty=10)
	ManufactureFactory(work_order=order, qty=4, process_loss_qty=1)
	order = WorkOrderFactory(production_item=grip, qty=10)
	TransferForManufactureFactory(work_order=order, qty=10)
	ManufactureFactory(work_order=order, qty=10, process_loss_qty=2)


def work_orders_stopped_and_closed() -> None:
	"""Stopped half way, stopped and resumed, closed half way."""
	crank = product("Crank stopped")
	for action in ("stop", "resume", "close"):
		order = WorkOrderFactory(production_item=crank, qty=10)
		TransferForManufactureFactory(work_order=order, qty=6)
		ManufactureFactory(work_order=order, qty=4)
		new_request()
		if action == "close":
			close_work_order(order.name, "Closed")
		else:
			stop_unstop(order.name, "Stopped")
		if action == "resume":
			stop_unstop(order.name, "Resumed")


def work_orders_with_an_alternative() -> None:
	"""Another tube than the BOM's is taken."""
	other = part("Other tube", stock=100)
	tube = part("Tube with an alternative", stock=100)
	ItemAlternativeFactory(item_code=tube, alternative_item_code=other)
	bom = BOMFactory(item=part("Bar with an alternative"), materials={tube: 2}, allow_alternative_item=1)
	order = WorkOrderFactory(production_item=bom.item, qty=10, allow_alternative_item=1)
	entry = TransferForManufactureFactory(work_order=order, qty=6, submit=False)
	entry.items[0].update({"item_code": other.name, "original_item": tube.name})
	save(entry)
	ManufactureFactory(work_order=order, qty=2)


def work_orders_with_job_cards() -> None:
	"""Material taken by the work order, three of four pieces done on the job card, two of them booked."""
	fork = product("Fork on job cards", operations={OperationFactory(): 30})
	order = WorkOrderFactory(production_item=fork, qty=4)
	TransferForManufactureFactory(work_order=order, qty=4)
	card = frappe.get_last_doc("Job Card", {"work_order": order.name})
	start = now_datetime()
	log = {"from_time": start, "to_time": add_to_date(start, minutes=90), "completed_qty": 3}
	card.append("time_logs", log)
	card.for_quantity = 3
	save(card)
	ManufactureFactory(work_order=order, qty=2)


def products_taken_apart() -> None:
	"""Six made, two of them taken apart again."""
	bar = product("Bar taken apart")
	order = WorkOrderFactory(production_item=bar, qty=10)
	TransferForManufactureFactory(work_order=order, qty=6)
	ManufactureFactory(work_order=order, qty=6)
	DisassembleFactory(work_order=order, qty=2, target_warehouse=STORES)


def multi_level_work_orders() -> None:
	"""A bicycle by its exploded BOM, and by its wheels."""
	wheel = product("Wheel of levels")
	bike = BOMFactory(item=part("Bike of levels"), materials={wheel: 2}).item
	WorkOrderFactory(production_item=bike, qty=3, use_multi_level_bom=1)
	WorkOrderFactory(production_item=bike, qty=4, use_multi_level_bom=0)
	WorkOrderFactory(production_item=wheel, qty=8)


def plan(story: str, **values):
	"""A production plan for ten pieces of a product of its own."""
	return ProductionPlanFactory(item_code=product(story, stock=50), qty=10, raw_materials=True, **values)


def plans_for_raw_material() -> None:
	"""Submitted; with its requests made; closed; cancelled; a draft; two plans for one product."""
	planned = plan("Fork planned")
	ProductionPlanFactory(item_code=planned.po_items[0].item_code, qty=4, raw_materials=True)
	requested = plan("Fork planned and requested")
	new_request()
	requested.submit_material_request = 1
	requested.make_material_request()
	close(plan("Fork planned and closed"))
	cancel(plan("Fork planned and cancelled"))
	plan("Fork planned in draft", submit=False)


def plans_with_work_orders() -> None:
	"""Work orders made and not submitted; submitted; half submitted; partly made; all made."""
	for count, stage in enumerate(("draft", "submitted", "half", "partly made", "made")):
		planned = plan(f"Post planned {count}")
		order = work_orders_of(planned)[0]
		if stage == "half":
			order.qty = 5
		if stage != "draft":
			order = save(order)
		if "made" in stage:
			TransferForManufactureFactory(work_order=order, qty=10)
			ManufactureFactory(work_order=order, qty=4 if stage == "partly made" else 10)


def plan_made_from_another_warehouse() -> None:
	"""Material is planned for the stores, and the work order then takes it from the shop."""
	order = work_orders_of(plan("Post made from the shop"))[0]
	for row in order.required_items:
		row.source_warehouse = SHOP
	save(order)


def plans_with_sub_assemblies() -> None:
	"""A bicycle of two wheels: planned; work orders submitted (bicycle first, wheels first); wheels partly
	made; closed."""
	for count, stage in enumerate(("planned", "ordered", "wheels first", "wheels partly made", "closed")):
		wheel = product(f"Wheel sub-assembly {count}")
		bike = BOMFactory(item=part(f"Bike with sub-assembly {count}"), materials={wheel: 2}).item
		planned = ProductionPlanFactory(item_code=bike, qty=5, sub_assemblies=True, raw_materials=True)
		if stage == "closed":
			close(planned)
		elif stage != "planned":
			drafts = work_orders_of(planned)
			orders = [save(order) for order in (reversed(drafts) if stage == "wheels first" else drafts)]
			if stage == "wheels partly made":
				wheels = next(order for order in orders if order.production_item == wheel)
				TransferForManufactureFactory(work_order=wheels, qty=10)
				ManufactureFactory(work_order=wheels, qty=4)


def work_orders_of(planned) -> list:
	"""The draft work orders that ERPNext makes of a plan, with their warehouses filled in."""
	new_request()
	read(planned).make_work_order()
	orders = []
	for name in frappe.get_all(
		"Work Order", {"production_plan": planned.name}, pluck="name", order_by="creation"
	):
		order = frappe.get_doc("Work Order", name)
		order.fg_warehouse = order.fg_warehouse or FINISHED_GOODS
		for row in order.required_items:
			row.source_warehouse = row.source_warehouse or STORES
		orders.append(order)
	return orders


def close(planned) -> None:
	new_request()
	read(planned).set_status(close=True)


STORIES = [
	open_work_orders,
	work_orders_under_way,
	work_orders_done,
	work_orders_without_transfer,
	work_orders_with_process_loss,
	work_orders_stopped_and_closed,
	work_orders_with_an_alternative,
	work_orders_with_job_cards,
	products_taken_apart,
	multi_level_work_orders,
	plans_for_raw_material,
	plans_with_work_orders,
	plan_made_from_another_warehouse,
	plans_with_sub_assemblies,
]
