"""Inside a site: python -m benchmarks.site SITE FILE [big], in the sites folder, writes what it measured to FILE as JSON.

It fills the site first: a few items with orders as any shop has them, and one item with 50,000 open order lines. The
rows are written in bulk, past ERPNext's own checks; nothing here is a test. With `big` the site is that of scripts/big_site.py,
and nothing is filled in: its items with the most open lines are promised.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frappe
from frappe.core.doctype.user.user import generate_keys
from frappe.query_builder.functions import Count
from frappe.utils import add_days, now, today

from benchmarks.load import compare, of_service, server
from benchmarks.serving import remote, service
from benchmarks.timing import timed
from otp_app.api.promise import calculate
from otp_app.engine.assemble import odds_of
from otp_app.engine.decision import Decision, plan_order
from otp_app.engine.facts import Reliability, Snapshot, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.request import parse
from otp_app.reliability.records import replace_all
from otp_app.sources.site import SiteSource
from otp_app.sources.site.reliability import read_reliability
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.counting import queries
from tests.erpnext.remote import ROLES
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

ITEMS = 100
OPEN_LINES = 50_000
SUPPLIERS = 2_000
LINES = (1, 5, 10, 100)
ORDER_LINES_OVER_HTTP = 5


@dataclass(frozen=True, slots=True)
class Wanted:
	"""What is promised: items with their warehouses, and for whom; `busy` is the item with very many orders, if any."""

	places: list[tuple[str, str]]
	customer: str
	busy: str | None = None

	@property
	def items(self) -> list[str]:
		"""Without their warehouses."""
		return [item for item, _ in self.places]

	def lines(self, count: int) -> list[dict[str, Any]]:
		"""An order of the first items."""
		return [
			{"item_code": item, "qty": 30, "warehouse": warehouse} for item, warehouse in self.places[:count]
		]


def found() -> Wanted:
	"""The items of a big site that have the most open order lines."""
	line = frappe.qb.DocType("Sales Order Item")
	places = (
		frappe.qb.from_(line)
		.select(line.item_code, line.warehouse)
		.where((line.docstatus == 1) & (line.qty > line.delivered_qty))
		.groupby(line.item_code, line.warehouse)
		.orderby(Count("*"), order=frappe.qb.desc)
		.orderby(line.item_code)
		.limit(ITEMS * 3)
	).run()
	by_item = {item: (item, warehouse) for item, warehouse in reversed(places)}
	customer = frappe.get_all("Customer", {"disabled": 0}, pluck="name", order_by="name", limit=1)[0]
	return Wanted(list(by_item.values())[-ITEMS:], customer)


def fill() -> Wanted:
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
	return Wanted([(item, STORES) for item in items], customer, busy)


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


def inside(wanted: Wanted) -> Iterator[dict[str, Any]]:
	"""A promise as a user's request runs it, without HTTP."""
	cases = [(f"{count} lines", wanted.lines(count)) for count in LINES]
	if wanted.busy:
		busy = {"item_code": wanted.busy, "qty": 30, "warehouse": STORES}
		cases.append((f"1 line, {OPEN_LINES:,} open order lines", [busy]))
	for case, lines in cases:
		request = {"items": lines, "customer": wanted.customer}
		codes = [line["item_code"] for line in lines]

		def promise(request: dict[str, Any] = request) -> None:
			frappe.local.message_log = []
			calculate(**request)

		def read(codes: list[str] = codes) -> None:
			SiteSource().snapshot(codes, customer=wanted.customer)

		promise()
		with queries() as seen:
			promise()
		runs = 200 if len(codes) < 50 else 40
		whole, reading = timed(promise, runs), timed(read, runs)
		yield {
			"case": case,
			"queries": len(seen),
			"p50_ms": whole.p50,
			"p95_ms": whole.p95,
			"p99_ms": whole.p99,
			"reading_p50_ms": reading.p50,
		}


def record_suppliers() -> None:
	"""A record of every supplier and of very many others, as long as records are; committed."""
	others = [f"BENCH-SUPPLIER-{n:05}" for n in range(SUPPLIERS)]
	stamp = now()
	frappe.db.bulk_insert(
		"Supplier",
		["name", "creation", "modified", "supplier_name"],
		[(name, stamp, stamp, name) for name in others],
	)
	lateness = DaysLate.of({days: 1.0 for days in range(-60, 140)})
	groups = [None, *frappe.get_all("Item Group", pluck="name")]
	replace_all(
		Reliability(SupplyKind.PURCHASE_ORDER, supplier, group, lateness, 100, late=0.3, median_late=6)
		for supplier in [None, *frappe.get_all("Supplier", pluck="name")]
		for group in groups[:5]
	)
	frappe.db.commit()


def how_sure(wanted: Wanted) -> Iterator[dict[str, Any]]:
	"""What it costs to read the records and to work the probabilities out."""
	for count in LINES:
		order = {"items": wanted.lines(count), "customer": wanted.customer}
		facts = SiteSource().snapshot(wanted.items[:count], customer=wanted.customer)
		decision = plan_order(facts, parse(order), facts.taken_at)
		groups = {item.item_group for item in facts.items.values()}

		def read(facts: Snapshot = facts, groups: set[str] = groups) -> None:
			read_reliability(facts.supplies, groups)

		def work_out(decision: Decision = decision) -> None:
			for plan, schedule in zip(decision.plans, decision.assembled.schedules, strict=True):
				odds_of(decision.planner, [plan], [schedule])
			odds_of(decision.planner, decision.plans, decision.assembled.schedules)

		with queries() as seen:
			read()
		reading, working = timed(read, 200), timed(work_out, 200)
		yield {
			"case": f"{count} lines",
			"queries": len(seen),
			"reading_p50_ms": reading.p50,
			"working_out_p50_ms": working.p50,
			"together_p50_ms": round(reading.p50 + working.p50, 2),
		}


def api_key(*roles: str) -> str:
	"""The key and secret of a new user with these roles; committed."""
	name = f"{frappe.generate_hash(length=8)}@example.com"
	user = frappe.get_doc({"doctype": "User", "email": name, "first_name": "Bench", "send_welcome_email": 0})
	user.insert().add_roles(*roles)
	secret = generate_keys(name)["api_secret"]
	frappe.db.commit()
	return f"{frappe.db.get_value('User', name, 'api_key')}:{secret}"


def main(site: str, report: str, kind: str = "small") -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	figures: dict[str, Any] = {}
	if kind == "big":
		wanted = found()
		figures["inside"] = list(inside(wanted))
	else:
		wanted = fill()
		record_suppliers()
		figures["inside"] = list(inside(wanted))
		figures["how_sure"] = list(how_sure(wanted))
	taker, reader = api_key("Sales User"), api_key(*ROLES)
	frappe.destroy()
	with server() as running:
		figures["http"] = over_http(running.port, site, taker, wanted)
		figures["rest"] = [over_rest(running.port, site, reader, wanted)]
	Path(report).write_text(json.dumps(figures))


def over_http(port: int, site: str, key: str, wanted: Wanted) -> list[dict[str, Any]]:
	"""Authenticated frappe.ping, and promises: an order taker's of one line and of more, and those of the plain path."""
	headers = {
		"Content-Type": "application/json",
		"X-Frappe-Site-Name": site,
		"Authorization": f"token {key}",
	}
	one, some = (
		json.dumps({"customer": wanted.customer, "items": wanted.lines(count)}).encode()
		for count in (1, ORDER_LINES_OVER_HTTP)
	)
	method = "/api/method/otp_app.api.promise.calculate"
	calls = {
		"frappe.ping": ("/api/method/ping", b"{}"),
		f"calculate, {ORDER_LINES_OVER_HTTP} lines": (method, some),
		"calculate, 1 line": (method, one),
		f"/otp/promise, {ORDER_LINES_OVER_HTTP} lines": ("/otp/promise", some),
	}
	return compare(port, headers, calls)


def over_rest(port: int, site: str, key: str, wanted: Wanted) -> dict[str, Any]:
	"""The service that reads this site as a remote one, and keeps no facts from one promise to the next."""
	order = {"items": wanted.lines(ORDER_LINES_OVER_HTTP)}
	with service(remote(port, site, key)) as running:
		return of_service(f"service over REST, {ORDER_LINES_OVER_HTTP} lines", running.port, [order])


if __name__ == "__main__":
	main(*sys.argv[1:])
