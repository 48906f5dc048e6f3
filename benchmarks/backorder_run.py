"""A backorder run on a site, by one worker and by two: python -m benchmarks.backorder_run SITE [FILE], in the sites folder.

It fills the site with orders that take from each other first (`--items 0`: the book is taken as it is, and only simulated),
and writes what it measured to FILE as JSON. Two runs on the same facts cannot both be applied: each number of workers has
items of its own. `--rounds 3` takes one worker and two in turns, three times; `--shipment` says how orders are shipped
meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
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
SETTINGS = "Order Promise Settings"
SHIPMENTS = ("Complete", "Per Line", "Partial")
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
	"""Does a phase of a run by so many workers, each a process of its own that is there already, as those of a queue are."""
	waiting = [Worker(run) for _ in range(workers)]
	load, start = os.getloadavg()[0], time.monotonic()
	jobs.start(run, phase)
	frappe.db.commit()
	if phase is Phase.SIMULATE:
		jobs.work(run, jobs.PLANNING)
	split = time.monotonic() - start
	parts = [part.idx for part in frappe.get_doc(RUN, run).parts]
	for number, worker in enumerate(waiting):
		worker.begin(parts[number::workers])
	told = [worker.end() for worker in waiting]
	seconds = time.monotonic() - start
	frappe.db.rollback()
	doc = frappe.get_doc(RUN, run)
	if doc.status != phase.done.value:
		raise SystemExit(f"{run} is {doc.status}: {doc.message}")
	lines = doc.lines if phase is Phase.SIMULATE else doc.applied + doc.not_applied
	return {
		"case": f"{phase.value.lower()}, {workers} worker(s)",
		"parts": len(parts),
		"lines": lines,
		"seconds": round(seconds, 1),
		"splitting_s": round(split, 1),
		"lines_a_second": round(lines / seconds),
		"processor_s": [one["processor_s"] for one in told],
		"peak_mib": [one["peak_mib"] for one in told],
		"load_before": round(load, 1),
	}


class Worker:
	"""A process that is connected to the site, and waits until it is told which parts of a run to do."""

	def __init__(self, run: str) -> None:
		command = [sys.executable, "-m", "benchmarks.backorder_run", "--work", frappe.local.site, run]
		self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
		self._process.stdout.readline()

	def begin(self, parts: Sequence[int]) -> None:
		self._process.stdin.write(json.dumps(parts) + "\n")
		self._process.stdin.flush()

	def end(self) -> dict[str, Any]:
		"""What it took, once it is done."""
		answer, _ = self._process.communicate()
		if self._process.returncode:
			raise SystemExit("A worker failed: what it said is above.")
		return json.loads(answer)


def work(site: str, run: str) -> None:
	"""A worker: does the parts that it is told, and prints its processor time and its peak memory in MiB."""
	frappe.init(site=site)
	frappe.connect()
	print("ready", flush=True)
	parts, start = json.loads(sys.stdin.readline()), time.process_time()
	for part in parts:
		jobs.work(run, part)
	peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
	print(json.dumps({"processor_s": round(time.process_time() - start, 1), "peak_mib": peak}))


@contextmanager
def shipped(how: str | None) -> Iterator[None]:
	"""Orders are shipped so meanwhile; None leaves it at what is set."""
	before = frappe.db.get_single_value(SETTINGS, "shipment")
	set_shipment(how or before)
	try:
		yield
	finally:
		set_shipment(before)


def set_shipment(how: str) -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.shipment = how
	settings.save()
	frappe.db.commit()


def cases(count: int, rounds: int) -> Iterator[dict[str, Any]]:
	"""One row a case and round; numbers of workers take turns."""
	for _ in range(rounds):
		for workers in WORKERS:
			run = new_run(fill(count) if count else [], workers)
			yield measure(run, Phase.SIMULATE, workers)
			if count:
				yield measure(run, Phase.APPLY, workers)


def medians(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
	"""A sentence for each case: the median of its rounds, and how many times as long the first of its phase took."""
	seconds: dict[str, list[float]] = {}
	for row in rows:
		seconds.setdefault(row["case"], []).append(row["seconds"])
	first: dict[str, float] = {}
	for case, taken in seconds.items():
		middle = median(taken)
		times = first.setdefault(case.partition(",")[0], middle) / middle
		yield f"{case}: median {middle:.1f} s of {len(taken)}, {times:.2f} times as fast as the first"


def main(arguments: Sequence[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("file", nargs="?", type=Path)
	parser.add_argument("--items", type=int, default=ITEMS, help="items to make for each case; 0: none")
	parser.add_argument("--rounds", type=int, default=1, help="how often each case is measured, in turns")
	parser.add_argument(
		"--shipment", choices=SHIPMENTS, help="how orders are shipped; as it is set by default"
	)
	options = parser.parse_args(arguments)
	frappe.init(site=options.site)
	frappe.connect()
	frappe.flags.in_test = True
	found = []
	with shipped(options.shipment):
		for row in cases(options.items, options.rounds):
			print("  " + ", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
			found.append(row)
	print("\n".join(f"  {line}" for line in medians(found)))
	frappe.destroy()
	if options.file:
		options.file.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
	work(*sys.argv[2:]) if sys.argv[1:2] == ["--work"] else main()
