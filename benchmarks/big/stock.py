"""Writes stock as it came in: stock entries with their ledger entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import frappe

from benchmarks.big.bins import Bins
from benchmarks.big.masters import Masters
from benchmarks.big.plan import Plan
from benchmarks.big.rows import Numbers, Table, read
from tests.factories.stock import StockEntryFactory

LINES = 100


def write_stock(plan: Plan, masters: Masters, bins: Bins) -> dict[str, int]:
	"""All of it a receipt of material; counts rows by doctype."""
	pattern = StockEntryFactory(item_code=masters.item, qty=10, rate=10, to_warehouse=masters.depots[0])
	entries = Table(
		"Stock Entry", read("Stock Entry", name=pattern.name), "name total_incoming_value value_difference"
	)
	lines = Table(
		"Stock Entry Detail",
		read("Stock Entry Detail", parent=pattern.name),
		"name parent idx item_code item_name description item_group t_warehouse qty transfer_qty basic_rate"
		" basic_amount amount valuation_rate",
	)
	ledger = Table(
		"Stock Ledger Entry",
		read("Stock Ledger Entry", voucher_no=pattern.name),
		"name item_code warehouse voucher_no voucher_detail_no actual_qty qty_after_transaction incoming_rate"
		" valuation_rate stock_value stock_value_difference stock_queue",
	)
	numbers, items = Numbers(pattern.name), plan.by_code()
	for part in _parts(plan):
		name, total = numbers.next(), 0.0
		for idx, ((code, depot), qty) in enumerate(part, start=1):
			item, warehouse, row = items[code], masters.depots[depot], f"{name}-{idx}"
			value = round(qty * item.cost, 2)
			total += value
			title = f"{item.group} {code}"
			rates = (qty, qty, item.cost, value, value, item.cost)
			lines.add(row, name, idx, code, title, title, item.group, warehouse, *rates)
			queue = f"[[{float(qty)}, {item.cost}]]"
			amounts = (qty, qty, item.cost, item.cost, value, value, queue)
			ledger.add(frappe.generate_hash(length=10), code, warehouse, name, row, *amounts)
			bin = bins.of(code, depot)
			bin.actual, bin.cost = qty, item.cost
		entries.add(name, total, total)
	numbers.save()
	return {table.doctype: table.write() for table in (entries, lines, ledger)}


def _parts(plan: Plan) -> Iterator[list[tuple[tuple[str, int], int]]]:
	rows = iter(plan.stock.items())
	while part := list(islice(rows, LINES)):
		yield part
