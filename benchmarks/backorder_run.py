"""A backorder run on a site, by one worker and by two: python -m benchmarks.backorder_run SITE [FILE], in the sites folder.

It fills the site with orders that take from each other first (`--items 0`: the book is taken as it is, and only simulated),
and writes what it measured to FILE as JSON. Two runs on the same facts cannot both be applied: each number of workers has
items of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import frappe

from otp_app.backorder import jobs
from otp_app.backorder.names import RUN, Phase
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

WORKERS = (1, 2)
ITEMS = 200
SOON, LATER = 5, 25
AT_ONCE = 50  # rows of a stock entry or a purchase order


def fill(count: int) -> list[str]:
	"""Items with stock for one order and a purchase order for another, which asked for the stock first; committed."""
	customer = CustomerFactory().name
	items = [ItemFactory(lead_time_days=0).name for _ in range(count)]
	for start in range(0, count, AT_ONCE):
		lines = [{"item_code": item, "qty": 10} for item in items[start : start + AT_ONCE]]
		StockEntryFactory(items=lines)
		PurchaseOrderFactory(items=lines, schedule_date=days(LATER - 5))
	for item in items:
		SalesOrderFactory(item_code=item, qty=10, customer=customer, delivery_date=days(SOON))
		asked = SalesOrderFactory(item_code=item, qty=10, customer=customer, delivery_date=days(LATER))
		frappe.db.set_value("Sales Order Item", {"parent": asked.name}, "otp_requested_date", days(SOON - 1))
	frappe.db.commit()
	return items


def new_run(items: list[str], workers: int) -> str:
	"""A run over some items; over the whole book without any."""
	segment = {"strategy": "Redistribute", "sort": "requested", "items": "\n".join(items)}
	run = frappe.get_doc({"doctype": RUN, "jobs": workers, "segments": [segment]}).insert()
	frappe.db.commit()
	return run.name


def measure(run: str, phase: Phase, workers: int) -> dict[str, Any]:
	"""Does a phase of a run by so many workers, each a process of its own."""
	start = time.monotonic()
	jobs.start(run, phase)
	frappe.db.commit()
	if phase is Phase.SIMULATE:
		jobs.work(run, jobs.PLANNING)
	parts = [part.idx for part in frappe.get_doc(RUN, run).parts]
	mine = [parts[number::workers] for number in range(workers)]
	command = [sys.executable, "-m", "benchmarks.backorder_run", "--work", frappe.local.site, run]
	working = [subprocess.Popen([*command, *map(str, numbers)], stdout=subprocess.PIPE) for numbers in mine]
	peaks = [int(process.communicate()[0] or 0) for process in working]
	seconds = time.monotonic() - start
	frappe.db.rollback()
	doc = frappe.get_doc(RUN, run)
	lines = doc.lines if phase is Phase.SIMULATE else doc.applied + doc.not_applied
	return {
		"case": f"{phase.value.lower()}, {workers} worker(s)",
		"status": doc.status,
		"lines": lines,
		"seconds": round(seconds, 1),
		"lines_a_second": round(lines / seconds),
		"peak_mib": max(peaks, default=0),
	}


def work(site: str, run: str, *parts: str) -> None:
	"""A worker: does some parts, and prints its peak memory in MiB."""
	frappe.init(site=site)
	frappe.connect()
	for part in parts:
		jobs.work(run, int(part))
	print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def main(site: str, count: int) -> list[dict[str, Any]]:
	"""One row a case."""
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	figures = []
	for workers in WORKERS:
		run = new_run(fill(count) if count else [], workers)
		figures.append(measure(run, Phase.SIMULATE, workers))
		if count:
			figures.append(measure(run, Phase.APPLY, workers))
	frappe.destroy()
	return figures


if __name__ == "__main__":
	if sys.argv[1:2] == ["--work"]:
		work(*sys.argv[2:])
		sys.exit(0)
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("file", nargs="?", type=Path)
	parser.add_argument("--items", type=int, default=ITEMS, help="items to make for each case; 0: none")
	options = parser.parse_args()
	found = main(options.site, options.items)
	for row in found:
		print(", ".join(f"{name} {value}" for name, value in row.items()))
	if options.file:
		options.file.write_text(json.dumps(found, indent=1) + "\n")
