"""Inside a site: python -m benchmarks.making SITE, in the sites folder, prints what a promise of something made costs.

A product of 200 components in five levels, each level with an operation of its own; all of it is rolled back.
"""

import json
import sys
from collections.abc import Iterator
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
RUNS = 100


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


def made() -> Iterator[dict[str, Any]]:
	"""A promise as a user's request runs it, without HTTP: of the product, and of an item of its kind that is bought."""
	top, plain, customer = product(), ItemFactory(lead_time_days=10).name, CustomerFactory().name
	settings = frappe.get_doc("Order Promise Settings")
	settings.append("item_rules", {"item_code": top, "mode": "ATP Then CTP"})
	settings.save()
	for case, item in (
		(f"{LEVELS * WIDTH} components in {LEVELS} levels", top),
		("an item that is bought", plain),
	):
		request = {"items": [{"item_code": item, "qty": 10, "warehouse": STORES}], "customer": customer}

		def promise(request: dict[str, Any] = request) -> Any:
			frappe.local.message_log = []
			return calculate(**request)

		def read(item: str = item) -> None:
			SiteSource().snapshot([item], customer=customer)

		answer = promise()
		with queries() as seen:
			read()
		yield {
			"case": case,
			"status": answer["status"],
			"queries_of_reading": len(seen),
			"reading_p50_ms": timed(read, RUNS).p50,
			"p50_ms": timed(promise, RUNS).p50,
		}


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	try:
		print(json.dumps(list(made()), indent=1))
	finally:
		frappe.db.rollback()
		frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
