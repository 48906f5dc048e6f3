"""What ERPNext would have in every Bin, added up while documents are written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import frappe

from benchmarks.big.rows import Table, read


@dataclass(slots=True)
class Bin:
	"""Quantities in stock UOM."""

	actual: float = 0.0
	ordered: float = 0.0
	planned: float = 0.0
	reserved: float = 0.0
	for_production: float = 0.0
	cost: float = 0.0

	@property
	def projected(self) -> float:
		"""ERPNext's own sum."""
		return self.actual + self.ordered + self.planned - self.reserved - self.for_production


class Bins:
	"""By item code and depot number."""

	def __init__(self) -> None:
		self.known: defaultdict[tuple[str, int], Bin] = defaultdict(Bin)

	def of(self, code: str, depot: int) -> Bin:
		"""The Bin of an item in a depot, made if there is none."""
		return self.known[code, depot]

	def write(self, depots: list[str], like: str) -> int:
		"""Writes them all; `like` is an item that has one."""
		table = Table(
			"Bin",
			read("Bin", item_code=like),
			"name item_code warehouse actual_qty ordered_qty planned_qty reserved_qty reserved_qty_for_production"
			" projected_qty valuation_rate stock_value",
		)
		for (code, depot), bin in self.known.items():
			table.add(
				frappe.generate_hash(length=10),
				code,
				depots[depot],
				bin.actual,
				bin.ordered,
				bin.planned,
				bin.reserved,
				bin.for_production,
				bin.projected,
				bin.cost,
				bin.actual * bin.cost,
			)
		return table.write()
