"""Inside a site: python -m benchmarks.making SITE, in the sites folder, prints what a promise of something made costs.

A product of 200 components in five levels, each level with an operation of its own; or, with `--item BIG-ASSEMBLY`, one
that is there. All of it is rolled back.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import frappe

from benchmarks.timing import timed
from otp_app.api.promise import calculate
from otp_app.sources.site import SiteSource
from tests.erpnext.company import STORES
from tests.erpnext.counting import queries
from tests.factories.manufacturing import BOMFactory, OperationFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.stock import StockEntryFactory

LEVELS, WIDTH = 5, 40
RUNS = 50


def product(levels: int = LEVELS, width: int = WIDTH) -> str:
	"""An item made of `width` others, the last of which is made of as many one level below, and so on; some in stock."""
	below: str | None = None
	for _ in range(levels):
		bought = [ItemFactory(lead_time_days=10).name for _ in range(width - bool(below))]
		StockEntryFactory(
			items=[{"item_code": code, "qty": 3, "t_warehouse": STORES} for code in bought[::2]]
		)
		materials = [*bought, below] if below else bought
		operations = {OperationFactory(): 5}
		below = BOMFactory(materials=dict.fromkeys(materials, 1), operations=operations).item
	return str(below)


def made(item: str | None = None) -> Iterator[dict[str, Any]]:
	"""A promise as a user's request runs it, without HTTP: of a product, and of a new item that is bought."""
	top, plain, customer = item or product(), ItemFactory(lead_time_days=10).name, CustomerFactory().name
	place = frappe.db.get_value("Item Default", {"parent": item}, "default_warehouse") if item else STORES
	give_lead_times(top)
	settings = frappe.get_doc("Order Promise Settings")
	settings.append("item_rules", {"item_code": top, "mode": "ATP Then CTP"})
	settings.save()
	title = item or f"{LEVELS * WIDTH} components in {LEVELS} levels"
	for case, code in ((title, top), ("an item that is bought", plain)):
		yield {"case": case, **cost(code, place or STORES, customer)}


def give_lead_times(item: str) -> None:
	"""What goes into an item, at every level, and has no lead time gets one: else there is no date to be found."""
	codes = [item]
	while codes:
		boms = frappe.get_all(
			"Item", {"name": ("in", codes), "default_bom": ("is", "set")}, pluck="default_bom"
		)
		codes = frappe.get_all("BOM Item", {"parent": ("in", boms)}, pluck="item_code") if boms else []
		frappe.db.set_value("Item", {"name": ("in", codes), "lead_time_days": 0}, "lead_time_days", 10)


def cost(item: str, warehouse: str, customer: str) -> dict[str, Any]:
	"""Queries and milliseconds of promising ten of an item, with what is cached at hand; and of reading alone.

	`processor_ms` is what this process was busy with, in the mean: not the database, nor others on the machine.
	"""
	request = {"items": [{"item_code": item, "qty": 10, "warehouse": warehouse}], "customer": customer}

	def promise() -> Any:
		frappe.local.message_log = []
		return calculate(**request)

	def read() -> Any:
		return SiteSource().snapshot([item], customer=customer)

	answer = promise()
	with queries() as seen:
		promise()
	with queries() as of_reading:
		read()
	reading = timed(read, RUNS)
	start = time.process_time()
	whole = timed(promise, RUNS, warm_up=0)
	busy = time.process_time() - start
	return {
		"status": answer["status"],
		"items_read": len(read().items),
		"queries": len(seen),
		"queries_of_reading": len(of_reading),
		"reading_p50_ms": reading.p50,
		"p50_ms": whole.p50,
		"p95_ms": whole.p95,
		"processor_ms": round(busy * 1000 / RUNS, 1),
	}


def main(arguments: Sequence[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("--item", help="an item that is there, to be promised as made")
	options = parser.parse_args(arguments)
	frappe.init(site=options.site)
	frappe.connect()
	frappe.flags.in_test = True
	try:
		print(json.dumps(list(made(options.item)), indent=1))
	finally:
		frappe.db.rollback()
		frappe.clear_cache()  # what was read of the settings meanwhile
		frappe.destroy()


if __name__ == "__main__":
	main()
