"""Inside a site: python -m benchmarks.watching SITE [FILE], in the sites folder, prints what it measured, and writes it to
FILE as JSON. `--promises 1 100` takes these numbers of promises.

How long it takes from the commit of a purchase order's delay to the last promise judged and everybody told, with 1, 100
and 1,000 promises that wait for it; and what a note costs whoever saves. The orders but one are copies of its rows, written
in bulk. Without the time until a worker takes the job from the queue.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import frappe
from frappe.utils import add_days, today

from otp_app.promises.watching import judging, noting
from tests.erpnext.counting import queries
from tests.factories.base import new_request
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory

PROMISES = (1, 100, 1_000)
SAVES = 20


def measure(promises: Sequence[int] = PROMISES) -> Iterator[dict[str, Any]]:
	"""A row for each number of promises, then what a note costs."""
	for count in promises:
		yield latency(count)
	yield cost_of_a_note()


def latency(count: int) -> dict[str, Any]:
	"""Seconds from the delay to the last promise judged, and to everybody told."""
	item = ItemFactory(lead_time_days=0).name
	purchase = PurchaseOrderFactory(item_code=item, qty=count, schedule_date=add_days(today(), 5))
	order = SalesOrderFactory(item_code=item, qty=1, delivery_date=add_days(today(), 20))
	for n in range(1, count):
		copy_order(order.name, f"{order.name}-{n:04}")
	frappe.db.commit()
	judging.judge_what_moved(linger=0)
	delay(purchase.name, 30)
	frappe.db.commit()
	start = time.perf_counter()
	with queries() as seen:
		while judging.judge_next():
			pass
	judged = time.perf_counter() - start
	judging.judge_what_moved(linger=0)
	late = frappe.db.count("Order Promise Event", {"moved_document": purchase.name, "event": "At Risk"})
	if late != count:
		raise SystemExit(f"{late} of {count} promises became at risk")
	return {
		"promises": count,
		"judged_s": round(judged, 2),
		"told_s": round(time.perf_counter() - start, 2),
		"ms_a_promise": round(judged * 1000 / count, 1),
		"queries_a_promise": round(len(seen) / count, 1),
	}


def copy_order(name: str, new: str) -> None:
	"""An order and its promise once more, under other names."""
	promise = frappe.db.get_value("Sales Order", name, "otp_promise")
	rows = frappe.get_all("Sales Order Item", {"parent": name}, pluck="name")
	names = {name: new, promise: f"{promise}-{new}", **{row: f"{row}-{new}"[-60:] for row in rows}}
	copy("Sales Order", {"name": name}, names)
	copy("Sales Order Item", {"parent": name}, names)
	copy("Order Promise", {"name": promise}, names)
	for table in ("Order Promise Line", "Order Promise Peg"):
		copy(table, {"parent": promise}, names)


def copy(doctype: str, filters: Mapping[str, str], names: Mapping[str, str]) -> None:
	for row in frappe.get_all(doctype, filters, ["*"]):
		values = {
			field: names.get(value, value) if isinstance(value, str) else value
			for field, value in row.items()
		}
		if values["name"] == row.name:
			values["name"] = frappe.generate_hash(length=10)
		frappe.db.bulk_insert(doctype, list(values), [list(values.values())])


def delay(name: str, due: int) -> None:
	"""The supplier confirms another date."""
	new_request()
	doc = frappe.get_doc("Purchase Order", name)
	for row in doc.items:
		row.expected_delivery_date = add_days(today(), due)
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()


def cost_of_a_note() -> dict[str, Any]:
	"""Milliseconds and queries of saving a purchase order of 20 rows with another date, with watching and without, in turns."""
	items = [{"item_code": ItemFactory(lead_time_days=0).name, "qty": 5} for _ in range(20)]
	purchase = PurchaseOrderFactory(items=items, schedule_date=add_days(today(), 5))
	frappe.db.commit()
	taken: dict[bool, list[float]] = {True: [], False: []}
	asked: dict[bool, int] = {}
	for n in range(SAVES):
		for watching in (True, False):
			frappe.db.set_single_value("Order Promise Settings", "review_at_once", int(watching))
			frappe.clear_document_cache("Order Promise Settings", "Order Promise Settings")
			frappe.get_cached_doc("Order Promise Settings")
			frappe.db.commit()
			start = time.perf_counter()
			with queries() as seen:
				delay(purchase.name, 10 + 2 * n + watching)
				frappe.db.commit()
			taken[watching].append((time.perf_counter() - start) * 1000)
			asked[watching] = len(seen)
	noting.fall_asleep()
	with_, without = median(taken[True]), median(taken[False])
	return {
		"save_ms": round(with_, 1),
		"save_without_ms": round(without, 1),
		"note_ms": round(median(a - b for a, b in zip(taken[True], taken[False], strict=True)), 2),
		"queries_more": asked[True] - asked[False],
	}


def main(arguments: Sequence[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("file", nargs="?", type=Path)
	parser.add_argument(
		"--promises", type=int, nargs="+", default=PROMISES, help="how many wait for the order"
	)
	options = parser.parse_args(arguments)
	frappe.init(site=options.site)
	frappe.connect()
	frappe.flags.in_test = True
	rows = []
	for row in measure(options.promises):
		print("  " + ", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
		rows.append(row)
	frappe.db.set_single_value("Order Promise Settings", "review_at_once", 1)
	frappe.db.commit()
	if options.file:
		options.file.write_text(json.dumps(rows))
	frappe.destroy()


if __name__ == "__main__":
	main()
