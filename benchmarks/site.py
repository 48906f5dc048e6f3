"""Inside a site: python -m benchmarks.site SITE FILE, in the sites folder, writes what it measured to FILE as JSON.

It fills the site first: a few items with orders as any shop has them, and one item with 50,000 open order lines. The
rows are written in bulk, past ERPNext's own checks; nothing here is a test.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe
from frappe.core.doctype.user.user import generate_keys
from frappe.utils import add_days, now, today

from benchmarks.load import compare
from benchmarks.timing import timed
from otp_app.api.promise import calculate
from otp_app.sources.site import SiteSource
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.counting import queries
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

ITEMS = 100
OPEN_LINES = 50_000
LINES = (1, 5, 10, 100)
ORDER_LINES_OVER_HTTP = 5


def fill() -> tuple[list[str], str, str]:
	"""Ordinary items, the item with very many orders, and a customer; committed."""
	items = [ItemFactory(lead_time_days=30).name for _ in range(ITEMS)]
	StockEntryFactory(items=[{"item_code": item, "qty": 20} for item in items])
	for offset in (3, 10, 24):
		lines = [{"item_code": item, "qty": 15} for item in items]
		PurchaseOrderFactory(items=lines, schedule_date=add_days(today(), offset))
		lines = [{"item_code": item, "qty": 8} for item in items]
		SalesOrderFactory(items=lines, delivery_date=add_days(today(), offset + 2))
	busy = ItemFactory(lead_time_days=30).name
	StockEntryFactory(item_code=busy, qty=OPEN_LINES)
	customer = CustomerFactory().name
	insert_open_lines(busy, customer)
	frappe.db.commit()
	return items, busy, customer


def insert_open_lines(item: str, customer: str) -> None:
	"""One order a line, as they come in: due over the next year."""
	stamp = now()
	orders, lines = [], []
	for n in range(OPEN_LINES):
		name, due = f"BENCH-SO-{n:06}", add_days(today(), n % 365)
		orders.append((name, stamp, stamp, 1, "To Deliver and Bill", COMPANY, customer, today(), due))
		lines.append(
			(f"{name}-1", stamp, stamp, 1, name, "Sales Order", "items", 1, item, 1, 1, 1, STORES, due)
		)
	columns = "name creation modified docstatus status company customer transaction_date delivery_date"
	frappe.db.bulk_insert("Sales Order", columns.split(), orders)
	columns = (
		"name creation modified docstatus parent parenttype parentfield idx item_code qty stock_qty"
		" conversion_factor warehouse delivery_date"
	)
	frappe.db.bulk_insert("Sales Order Item", columns.split(), lines)


def inside(items: list[str], busy: str, customer: str) -> Iterator[dict[str, Any]]:
	"""A promise as a user's request runs it, without HTTP."""
	cases = [(f"{count} lines", items[:count]) for count in LINES]
	cases.append((f"1 line, {OPEN_LINES:,} open order lines", [busy]))
	for case, wanted in cases:
		request = {"items": [{"item_code": item, "qty": 30, "warehouse": STORES} for item in wanted]}

		def promise(request: dict[str, Any] = request) -> None:
			frappe.local.message_log = []
			calculate(**request, customer=customer)

		def read(wanted: list[str] = wanted) -> None:
			SiteSource().snapshot(wanted, customer=customer)

		promise()
		with queries() as seen:
			promise()
		runs = 200 if len(wanted) < 50 else 40
		whole, reading = timed(promise, runs), timed(read, runs)
		yield {
			"case": case,
			"queries": len(seen),
			"p50_ms": whole.p50,
			"p95_ms": whole.p95,
			"p99_ms": whole.p99,
			"reading_p50_ms": reading.p50,
		}


def api_key() -> str:
	"""The key of a new order taker."""
	name = f"{frappe.generate_hash(length=8)}@example.com"
	user = frappe.get_doc({"doctype": "User", "email": name, "first_name": "Bench", "send_welcome_email": 0})
	user.insert().add_roles("Sales User")
	secret = generate_keys(name)["api_secret"]
	frappe.db.commit()
	return f"{frappe.db.get_value('User', name, 'api_key')}:{secret}"


def main(site: str, report: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	items, busy, customer = fill()
	rows = list(inside(items, busy, customer))
	order = {
		"customer": customer,
		"items": [
			{"item_code": item, "qty": 30, "warehouse": STORES} for item in items[:ORDER_LINES_OVER_HTTP]
		],
	}
	key = api_key()
	frappe.destroy()
	http = compare(site, key, "otp_app.api.promise.calculate", order)
	Path(report).write_text(json.dumps({"inside": rows, "http": http}))


if __name__ == "__main__":
	main(*sys.argv[1:])
