"""Writes depots, customers, suppliers, items and workstations."""

from __future__ import annotations

from dataclasses import dataclass

import frappe

from benchmarks.big.making import MINUTES_A_DAY, WORKSTATIONS
from benchmarks.big.plan import BOUGHT, CUSTOMER_GROUPS, DEPOTS, ITEM_GROUPS, TERRITORIES, Plan
from benchmarks.big.rows import Table, read
from tests.erpnext.company import HOLIDAY_LIST
from tests.factories.manufacturing import OperationFactory, WorkstationFactory
from tests.factories.masters import (
	CustomerFactory,
	ItemFactory,
	ItemGroupFactory,
	SupplierFactory,
	WarehouseFactory,
)

HOUR_RATE = 30.0


@dataclass(frozen=True)
class Masters:
	"""Names by number, and the documents that ERPNext made itself, after which the others are modelled."""

	depots: list[str]
	customers: list[str]
	groups: list[str]
	territories: list[str]
	suppliers: list[str]
	stations: list[str]
	item: str


def write_masters(plan: Plan) -> Masters:
	"""Everything but items' bills of materials."""
	_groups()
	depots = [WarehouseFactory(warehouse_name=f"Big depot {n}").name for n in range(1, DEPOTS + 1)]
	item = ItemFactory(item_code="BIG-PATTERN", default_warehouse=depots[0], lead_time_days=10)
	_items(plan, depots, item.name)
	count = plan.sizes.customers
	return Masters(
		depots,
		customers=_parties(plan.sizes.customers, "Customer", "Big customer", CustomerFactory),
		groups=[CUSTOMER_GROUPS[n % len(CUSTOMER_GROUPS)] for n in range(count)],
		territories=[TERRITORIES[n * 7 % len(TERRITORIES)] for n in range(count)],
		suppliers=_parties(plan.sizes.suppliers, "Supplier", "Big supplier", SupplierFactory),
		stations=_workstations(),
		item=item.name,
	)


def _groups() -> None:
	for name in ITEM_GROUPS:
		ItemGroupFactory(item_group_name=name)
	for name in CUSTOMER_GROUPS:
		group = {"customer_group_name": name, "parent_customer_group": "All Customer Groups"}
		frappe.get_doc({"doctype": "Customer Group", **group}).insert()
	for name in TERRITORIES:
		territory = {"territory_name": name, "parent_territory": "All Territories"}
		frappe.get_doc({"doctype": "Territory", **territory}).insert()


def _items(plan: Plan, depots: list[str], pattern: str) -> None:
	items = Table(
		"Item",
		read("Item", name=pattern),
		"name item_code item_name description item_group valuation_rate lead_time_days default_bom"
		" is_purchase_item",
	)
	defaults = Table(
		"Item Default", read("Item Default", parent=pattern), "name parent idx default_warehouse"
	)
	uoms = Table("UOM Conversion Detail", read("UOM Conversion Detail", parent=pattern), "name parent idx")
	for item in plan.items:
		bought, title = item.level == BOUGHT, f"{item.group} {item.code}"
		items.add(
			item.code,
			item.code,
			title,
			title,
			item.group,
			item.cost,
			item.lead_time_days or 0 if bought else 0,
			None if bought else bom_of(item.code),
			int(bought),
		)
		defaults.add(f"{item.code}-default", item.code, 1, depots[item.depots[0]])
		uoms.add(f"{item.code}-uom", item.code, 1)
	for table in (items, defaults, uoms):
		table.write()


def bom_of(code: str) -> str:
	"""What ERPNext calls the first bill of materials of an item."""
	return f"BOM-{code}-001"


def _parties(count: int, doctype: str, title: str, factory: type) -> list[str]:
	names = [f"{title} {n:04}" for n in range(count)]
	field = f"{doctype.lower()}_name"
	pattern = read(doctype, name=factory(**{field: f"{title} pattern"}).name)
	placed = doctype == "Customer"
	table = Table(doctype, pattern, f"name {field}" + (" customer_group territory" if placed else ""))
	for n, name in enumerate(names):
		place = (CUSTOMER_GROUPS[n % len(CUSTOMER_GROUPS)], TERRITORIES[n * 7 % len(TERRITORIES)])
		table.add(name, name, *(place if placed else ()))
	table.write()
	return names


def _workstations() -> list[str]:
	"""Each with an operation of the same name, open eight hours on working days."""
	hours = {"start_time": "08:00:00", "end_time": f"{8 + MINUTES_A_DAY // 60}:00:00", "enabled": 1}
	names = [f"Big bench {n:02}" for n in range(WORKSTATIONS)]
	for name in names:
		WorkstationFactory(
			workstation_name=name, hour_rate=HOUR_RATE, holiday_list=HOLIDAY_LIST, working_hours=[hours]
		)
		OperationFactory(name=name, workstation=name)
	return names
