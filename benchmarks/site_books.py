"""What an order desk and a judge know of a site: read from ERPNext's tables by statements of their own, not the app's."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import frappe
from frappe.utils import getdate, today

from benchmarks.coming_due import Coming, Due, Place, Shelves
from benchmarks.desks import Figures, Wish
from otp_app.engine.calendars import WorkingDays
from tests.erpnext.company import HOLIDAY_LIST

SOONEST, LATEST = 3, 40


def working_days() -> WorkingDays:
	"""Those of the company."""
	holidays = frappe.get_all("Holiday", {"parent": HOLIDAY_LIST}, pluck="holiday_date")
	return WorkingDays(frozenset({5, 6}), frozenset(holidays), HOLIDAY_LIST)


def wishes(count: int, seed: int) -> list[Wish]:
	"""New lines of items in demand, that are bought and have a lead time; wished for a working day."""
	chance, calendar, now = random.Random(seed), working_days(), getdate(today())
	bought = set(frappe.get_all("Item", {"lead_time_days": (">", 0), "is_purchase_item": 1}, pluck="name"))
	rows = frappe.get_all(
		"Sales Order Item",
		filters={"docstatus": 1},
		fields=["item_code", "warehouse"],
		order_by="parent, idx",
		as_list=True,
	)
	places = [(code, warehouse) for code, warehouse in rows if code in bought]
	return [
		Wish(
			f"NEW-{n:05}",
			chance.choice(places),
			float(chance.randint(1, 12)),
			calendar.on_or_after(now + timedelta(chance.randint(SOONEST, LATEST))),
		)
		for n in range(count)
	]


@dataclass(frozen=True)
class SiteBooks:
	"""Of the places that are asked for. `others` were promised before, `customers` are the names of those that are
	customers', `purchases` the names of Purchase Orders; `lead_times` are the days on which what is bought today comes.
	"""

	today: date
	tomorrow: date
	shelves: Shelves
	others: list[Due]
	customers: frozenset[str]
	purchases: frozenset[str]
	lead_times: dict[Place, date | None]
	bins: dict[Place, Figures]

	def figures(self) -> dict[Place, Figures]:
		"""The Bins, to be changed by who looks at them."""
		return {place: replace(bin) for place, bin in self.bins.items()}


def read_books(wanted: Sequence[Wish]) -> SiteBooks:
	"""Everything that comes to, and leaves, the places of `wanted`."""
	now, calendar = getdate(today()), working_days()
	places = {wish.place for wish in wanted}
	codes = sorted({code for code, _ in places})
	purchases, made = list(_purchases(codes)), list(_made(codes))
	bins = _bins(codes)
	for coming in purchases:
		bins[coming.place].orders.append(coming)
	coming: dict[Place, list[Coming]] = {}
	for one in (*purchases, *made):
		coming.setdefault(one.place, []).append(one)
	sold = list(_sold(codes))
	leads = dict(frappe.get_all("Item", {"name": ("in", codes)}, ["name", "lead_time_days"], as_list=True))
	return SiteBooks(
		now,
		calendar.add(now, 1),
		Shelves(now, {place: bin.actual for place, bin in bins.items()}, coming),
		[due for due in (*sold, *_materials(codes, len(sold))) if due.place in places],
		frozenset(due.name for due in sold),
		frozenset(one.document for one in purchases),
		{place: calendar.add(now, leads[place[0]]) if leads[place[0]] else None for place in places},
		bins,
	)


def _bins(codes: list[str]) -> dict[Place, Figures]:
	fields = [
		"item_code",
		"warehouse",
		"actual_qty",
		"reserved_qty",
		"reserved_qty_for_production",
		"projected_qty",
	]
	return {
		(bin.item_code, bin.warehouse): Figures(
			bin.actual_qty, bin.reserved_qty + bin.reserved_qty_for_production, bin.projected_qty
		)
		for bin in frappe.get_all("Bin", {"item_code": ("in", codes)}, fields)
	}


def _purchases(codes: list[str]) -> Iterator[Coming]:
	"""What is on hold does not come."""
	row, order = frappe.qb.DocType("Purchase Order Item"), frappe.qb.DocType("Purchase Order")
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.where(row.item_code.isin(codes) & (order.docstatus == 1))
		.where(order.status.notin(("Closed", "Delivered", "On Hold")) & (row.qty > row.received_qty))
		.select(
			row.parent,
			row.item_code,
			row.warehouse,
			row.stock_qty,
			row.schedule_date,
			row.expected_delivery_date,
		)
		.orderby(row.parent, row.idx)
	)
	for name, code, warehouse, qty, scheduled, expected in query.run():
		yield Coming(name, (code, warehouse), qty, expected or scheduled)


def _made(codes: list[str]) -> Iterator[Coming]:
	filters = {"production_item": ("in", codes), "docstatus": 1, "status": ("!=", "Completed")}
	fields = ["name", "production_item", "fg_warehouse", "qty", "produced_qty", "planned_end_date"]
	for order in frappe.get_all("Work Order", filters, fields, order_by="name"):
		place = (order.production_item, order.fg_warehouse)
		yield Coming(order.name, place, order.qty - order.produced_qty, getdate(order.planned_end_date))


def _sold(codes: list[str]) -> Iterator[Due]:
	"""In the order in which customers ordered."""
	filters = {"item_code": ("in", codes), "docstatus": 1}
	fields = ["name", "item_code", "warehouse", "stock_qty", "delivery_date"]
	rows: list[Any] = frappe.get_all("Sales Order Item", filters, fields, order_by="parent, idx")
	for rank, line in enumerate(rows):
		yield Due(line.name, (line.item_code, line.warehouse), line.stock_qty, line.delivery_date, rank)


def _materials(codes: list[str], rank: int) -> Iterator[Due]:
	row, order = frappe.qb.DocType("Work Order Item"), frappe.qb.DocType("Work Order")
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.where(row.item_code.isin(codes) & (order.docstatus == 1) & (order.status == "Not Started"))
		.select(row.name, row.item_code, row.source_warehouse, row.required_qty, order.planned_start_date)
		.orderby(row.name)
	)
	for number, (name, code, warehouse, qty, start) in enumerate(query.run()):
		yield Due(name, (code, warehouse), qty, getdate(start), rank + number)
