"""Learning from a long history: python -m benchmarks.refresh SITE FILE fill|measure, in the sites folder.

`fill` writes a million receipts of five years into the site, past ERPNext's own checks; `measure`, in a process of its
own, refreshes Supply Reliability and writes what that took to FILE as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frappe
from frappe.utils import today

from otp_app.otp_app.report.supplier_reliability.supplier_reliability import execute
from otp_app.reliability.refresh import refresh
from tests.erpnext.company import COMPANY

RECEIPTS = 1_000_000
LINES = 5  # an order
SUPPLIERS, ITEMS, ITEM_GROUPS = 300, 2_000, 40
DAYS = 5 * 365

# Supplier, order and item of a line, by its number; a supplier is the later, the higher its number.
ORDER = f"concat('BENCH-PO-', seq div {LINES})"
RECEIPT = f"concat('BENCH-PR-', seq div {LINES})"
SUPPLIER = f"concat('Bench Supplier ', mod(seq div {LINES}, {SUPPLIERS}))"
PROMISED = f"%(today)s - interval 2 + mod(seq div {LINES}, {DAYS}) day"
# Most are there on the day, the others after some days, a few after some months; the same in each run.
LATE = (
	f"case when rand(seq div {LINES}) < 0.3 + 0.4 * mod(seq div {LINES}, {SUPPLIERS}) / {SUPPLIERS}"
	f" then floor(-9 * ln(1 - rand(1 + seq div {LINES}))) else 0 end"
)


def fill() -> None:
	"""Masters, orders and receipts; committed."""
	_insert("Supplier", f"seq_1_to_{SUPPLIERS}", name="concat('Bench Supplier ', seq - 1)")
	_insert("Item Group", f"seq_1_to_{ITEM_GROUPS}", name="concat('Bench Group ', seq - 1)")
	_insert(
		"Item",
		f"seq_1_to_{ITEMS}",
		name="concat('BENCH-', seq - 1)",
		item_group=f"concat('Bench Group ', mod(seq, {ITEM_GROUPS}))",
		is_stock_item="1",
	)
	orders = f"seq_0_to_{RECEIPTS - 1}_step_{LINES}"
	_insert(
		"Purchase Order",
		orders,
		name=ORDER,
		docstatus="1",
		status="'Completed'",
		company="%(company)s",
		supplier=SUPPLIER,
		transaction_date=f"{PROMISED} - interval 30 day",
	)
	_insert(
		"Purchase Receipt",
		orders,
		name=RECEIPT,
		docstatus="1",
		posting_date=f"{PROMISED} + interval ({LATE}) day",
	)
	row = {
		"docstatus": "1",
		"parentfield": "'items'",
		"item_code": f"concat('BENCH-', mod(seq * 7919, {ITEMS}))",
		"qty": "10",
	}
	lines = f"seq_0_to_{RECEIPTS - 1}"
	_insert(
		"Purchase Order Item",
		lines,
		name="concat('BENCH-POI-', seq)",
		parent=ORDER,
		parenttype="'Purchase Order'",
		received_qty="10",
		schedule_date=PROMISED,
		**row,
	)
	_insert(
		"Purchase Receipt Item",
		lines,
		name="concat('BENCH-PRI-', seq)",
		parent=RECEIPT,
		parenttype="'Purchase Receipt'",
		purchase_order_item="concat('BENCH-POI-', seq)",
		**row,
	)
	frappe.db.commit()


def _insert(doctype: str, numbers: str, **columns: str) -> None:
	"""A row for each of MariaDB's own table of numbers; columns are SQL expressions of `seq`."""
	names = ", ".join(f"`{name}`" for name in columns)
	values = ", ".join(columns.values())
	query = f"insert into `tab{doctype}` (creation, modified, {names}) select now(), now(), {values} from {numbers}"
	frappe.db.sql(query, {"today": today(), "company": COMPANY})


def measure() -> list[dict[str, Any]]:
	"""Twice, because a worker lives on: the first one finds cold tables, and memory must not grow."""
	rows = []
	for case in ("refresh, first", "refresh, again"):
		count, taken = _timed(refresh)
		rows.append({"case": case, **taken, "rows": count})
	report, taken = _timed(lambda: execute({"company": COMPANY}))
	rows.append({"case": "report of the last year", **taken, "rows": len(report[1])})
	return rows


def _timed(call: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
	"""What it returns, and its time, of which its own process was at work for so long, not the database; and memory."""
	start, worked = time.perf_counter(), time.process_time()
	found = call()
	return found, {
		"seconds": round(time.perf_counter() - start, 1),
		"own_seconds": round(time.process_time() - worked, 1),
		"peak_mb": _peak(),
	}


def _peak() -> int:
	"""The most memory that this process has had so far, in MB, Frappe and ERPNext with it."""
	return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(site: str, report: str, step: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	if step == "fill":
		fill()
	else:
		rows = measure()
		receipts = frappe.db.count("Purchase Receipt Item")
		Path(report).write_text(json.dumps({"receipts": receipts, "rows": rows}))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
