"""What the app costs a Sales Order: python -m benchmarks.orders SITE FILE with|without, in the sites folder.

Saves and submits orders of 100 lines on a site that benchmarks.site has filled, with the app by each of its policies in
turn; writes the medians to FILE as JSON. Each step is a request of its own, its commit with it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import frappe
from frappe.utils import add_days, today

from tests.erpnext.company import COMPANY, STORES

LINES = 100
ORDERS = 7
# Late enough for every line under policy Block.
DUE_DAYS = 60
STEPS = ("new draft", "draft again", "submit")
POLICIES = ("Ignore", "Warn", "Block")
WITHOUT = "without the app"

Medians = dict[str, dict[str, float]]  # case -> step -> milliseconds


def measure(site: str, cases: Sequence[str]) -> Medians:
	"""The cases in turn, so that a machine that slows down does so for all of them; the first orders are not counted."""
	samples: dict[str, list[list[float]]] = {case: [] for case in cases}
	fresh(site)
	items, customer = stocked_items(), frappe.get_all("Customer", pluck="name", limit=1)[0]
	for turn in range(ORDERS + 1):
		for case in cases:
			if case != WITHOUT:
				adopt(site, case)
			taken = one_order(site, items, customer)
			if turn:
				samples[case].append(taken)
	return {
		case: {step: round(median(one[n] for one in taken), 1) for n, step in enumerate(STEPS)}
		for case, taken in samples.items()
	}


def stocked_items() -> list[str]:
	"""Different items that are in stock."""
	filters = {"warehouse": STORES, "actual_qty": (">=", 2 * len(POLICIES))}
	items = frappe.get_all("Bin", filters, pluck="item_code", order_by="item_code", limit=LINES)
	if len(items) < LINES:
		raise SystemExit(f"Only {len(items)} items are in stock: fill the site with benchmarks.site first")
	return items


def adopt(site: str, policy: str) -> None:
	fresh(site)
	settings = frappe.get_doc("Order Promise Settings")
	settings.submit_policy = policy
	settings.save()
	frappe.db.commit()


def one_order(site: str, items: Sequence[str], customer: str) -> list[float]:
	"""Milliseconds of each step."""
	order: dict[str, Any] = {
		"doctype": "Sales Order",
		"company": COMPANY,
		"customer": customer,
		"transaction_date": today(),
		"delivery_date": add_days(today(), DUE_DAYS),
		"items": [{"item_code": item, "qty": 1, "rate": 20, "warehouse": STORES} for item in items],
	}
	taken = []
	for action in ("insert", "save", "submit"):
		fresh(site)
		doc = frappe.get_doc(order)
		start = time.perf_counter()
		getattr(doc, action)()
		frappe.db.commit()
		taken.append((time.perf_counter() - start) * 1000)
		order = doc.as_dict(convert_dates_to_str=True)
	return taken


def fresh(site: str) -> None:
	"""Nothing is left of the last request."""
	frappe.destroy()
	frappe.init(site=site, force=True)
	frappe.connect()


def main(site: str, report: str, app: str) -> None:
	Path(report).write_text(json.dumps(measure(site, POLICIES if app == "with" else (WITHOUT,))))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
