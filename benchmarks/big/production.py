"""Writes bills of materials, and work orders with their job cards."""

from __future__ import annotations

from frappe.utils import add_days, get_datetime, today

from benchmarks.big.bins import Bins
from benchmarks.big.making import Bom, Making, WorkOrder
from benchmarks.big.masters import HOUR_RATE, Masters, bom_of
from benchmarks.big.plan import Item, Plan
from benchmarks.big.rows import Numbers, Table, read
from tests.factories.manufacturing import BOMFactory, WorkOrderFactory
from tests.factories.masters import ItemFactory


def write_production(plan: Plan, making: Making, masters: Masters, bins: Bins) -> dict[str, int]:
	"""Counts rows by doctype."""
	made = ItemFactory(item_code="BIG-MADE-PATTERN", default_warehouse=masters.depots[0])
	bom = BOMFactory(item=made.name, materials={masters.item: 2}, operations={masters.stations[0]: 5})
	order = WorkOrderFactory(
		production_item=made.name,
		bom_no=bom.name,
		qty=2,
		fg_warehouse=masters.depots[0],
		source_warehouse=masters.depots[0],
		planned_start_date=get_datetime(add_days(today(), 10)),
	)
	return {
		**_Boms(plan, making, masters, bom.name).write(),
		**_WorkOrders(plan, making, masters, bins, order.name).write(),
	}


class _Boms:
	def __init__(self, plan: Plan, making: Making, masters: Masters, like: str) -> None:
		self._making, self._masters, self._items = making, masters, plan.by_code()
		what = "name parent idx item_code item_name description"
		costs = "base_raw_material_cost operating_cost base_operating_cost total_cost base_total_cost"
		self.boms = Table(
			"BOM", read("BOM", name=like), f"name item item_name description raw_material_cost {costs} route"
		)
		self.rows = Table(
			"BOM Item",
			read("BOM Item", parent=like),
			f"{what} bom_no qty stock_qty qty_consumed_per_unit rate base_rate amount base_amount",
		)
		self.leaves = Table(
			"BOM Explosion Item",
			read("BOM Explosion Item", parent=like),
			f"{what} stock_qty qty_consumed_per_unit rate amount",
		)
		self.steps = Table(
			"BOM Operation",
			read("BOM Operation", parent=like),
			"name parent idx operation workstation time_in_mins operating_cost base_operating_cost cost_per_unit"
			" base_cost_per_unit",
		)
		# What one piece costs, and what is bought for it.
		self._costs: dict[str, float] = {}
		self._bought: dict[str, dict[str, int]] = {}

	def write(self) -> dict[str, int]:
		for bom in self._making.boms.values():
			self._add(bom)
		return {table.doctype: table.write() for table in (self.boms, self.rows, self.leaves, self.steps)}

	def _add(self, bom: Bom) -> None:
		name, title = bom_of(bom.item.code), _title(bom.item)
		material = sum(self._material(name, idx, *part) for idx, part in enumerate(bom.materials, start=1))
		bought: dict[str, int] = {}
		for code, qty in bom.materials:
			for leaf, each in self._bought.get(code, {code: 1}).items():
				bought[leaf] = bought.get(leaf, 0) + qty * each
		for idx, (code, qty) in enumerate(bought.items(), start=1):
			item = self._items[code]
			values = (_title(item), _title(item), qty, qty, item.cost, qty * item.cost)
			self.leaves.add(f"{name}-leaf-{idx}", name, idx, code, *values)
		work = 0.0
		for idx, step in enumerate(bom.steps, start=1):
			station, cost = self._masters.stations[step.workstation], step.minutes / 60 * HOUR_RATE
			work += cost
			self.steps.add(f"{name}-step-{idx}", name, idx, station, station, step.minutes, *[cost] * 4)
		self._costs[bom.item.code], self._bought[bom.item.code] = material + work, bought
		costs = (material, material, work, work, material + work, material + work)
		self.boms.add(name, bom.item.code, title, title, *costs, name.lower())

	def _material(self, name: str, idx: int, code: str, qty: int) -> float:
		item, made = self._items[code], code in self._costs
		rate = self._costs[code] if made else item.cost
		what = (code, _title(item), _title(item), bom_of(code) if made else None, qty, qty, qty)
		self.rows.add(f"{name}-{idx}", name, idx, *what, rate, rate, qty * rate, qty * rate)
		return qty * rate


class _WorkOrders:
	def __init__(self, plan: Plan, making: Making, masters: Masters, bins: Bins, like: str) -> None:
		self._making, self._masters, self._bins, self._items = making, masters, bins, plan.by_code()
		card = read("Job Card", work_order=like)
		self._numbers, self._cards = Numbers(like), Numbers(card["name"])
		self.orders = Table(
			"Work Order",
			read("Work Order", name=like),
			"name production_item item_name description bom_no qty fg_warehouse source_warehouse"
			" planned_start_date planned_end_date planned_operating_cost total_operating_cost",
		)
		self.materials = Table(
			"Work Order Item",
			read("Work Order Item", parent=like),
			"name parent idx item_code item_name description required_qty source_warehouse rate amount",
		)
		self.steps = Table(
			"Work Order Operation",
			read("Work Order Operation", parent=like),
			"name parent idx operation workstation bom time_in_mins planned_operating_cost planned_start_time"
			" planned_end_time",
		)
		self.cards = Table(
			"Job Card",
			card,
			"name work_order bom_no production_item item_name operation workstation operation_id for_quantity"
			" expected_start_date expected_end_date time_required",
		)
		self.hours = Table(
			"Job Card Scheduled Time",
			read("Job Card Scheduled Time", parent=card["name"]),
			"name parent idx from_time to_time time_in_mins",
		)

	def write(self) -> dict[str, int]:
		for order in self._making.work_orders():
			self._add(order)
		self._numbers.save()
		self._cards.save()
		tables = (self.orders, self.materials, self.steps, self.cards, self.hours)
		return {table.doctype: table.write() for table in tables}

	def _add(self, order: WorkOrder) -> None:
		name, item, depot = self._numbers.next(), order.bom.item, self._masters.depots[order.depot]
		self._bins.of(item.code, order.depot).planned += order.qty
		for idx, (code, each) in enumerate(order.bom.materials, start=1):
			part, qty = self._items[code], each * order.qty
			self._bins.of(code, order.depot).for_production += qty
			values = (_title(part), _title(part), qty, depot, part.cost, qty * part.cost)
			self.materials.add(f"{name}-{idx}", name, idx, code, *values)
		cost = sum(self._step(name, idx, order) for idx in range(len(order.jobs)))
		title, when = _title(item), (order.jobs[0].starts, order.jobs[-1].ends)
		what = (item.code, title, title, bom_of(item.code), order.qty, depot, depot)
		self.orders.add(name, *what, *when, cost, cost)

	def _step(self, name: str, number: int, order: WorkOrder) -> float:
		job, bom, row = order.jobs[number], bom_of(order.bom.item.code), f"{name}-step-{number + 1}"
		station, minutes = self._masters.stations[job.step.workstation], job.step.minutes * order.qty
		cost, when = minutes / 60 * HOUR_RATE, (job.starts, job.ends)
		self.steps.add(row, name, number + 1, station, station, bom, minutes, cost, *when)
		card, item = self._cards.next(), order.bom.item
		what = (name, bom, item.code, _title(item), station, station, row, order.qty)
		self.cards.add(card, *what, *when, minutes)
		self.hours.add(f"{card}-1", card, 1, *when, minutes)
		return cost


def _title(item: Item) -> str:
	return f"{item.group} {item.code}"
