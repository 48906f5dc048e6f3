"""The oracle: what was read of every Bin, supplies less commitments to the end of time, against ERPNext's own books.

A difference is either a mistake in our reader or a Bin that ERPNext itself left stale, which is then named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import flt

from erpnext.manufacturing.doctype.production_plan.production_plan import (
	get_reserved_qty_for_production_plan,
	get_reserved_qty_for_sub_assembly,
)
from erpnext.manufacturing.doctype.work_order.work_order import get_reserved_qty_for_production
from erpnext.stock.doctype.bin.bin import get_actual_qty
from erpnext.stock.stock_balance import (
	get_indented_qty,
	get_ordered_qty,
	get_planned_qty,
	get_reserved_qty,
)

from otp_app.engine.facts import Snapshot
from otp_app.sources.site.source import SiteSource

BATCH = 500
# Below this, in stock units, a difference is the noise of adding floats.
NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Difference:
	"""A Bin whose projected quantity (stock UOM) is not what was read.

	`stale` names the parts of it that ERPNext computes otherwise today than it has stored: (field, stored, computed).
	A difference that they do not explain is a mistake in our reader.
	"""

	item_code: str
	warehouse: str
	read: float
	projected: float
	stale: tuple[tuple[str, float, float], ...]

	@property
	def explained(self) -> bool:
		"""Whether the Bin would agree if ERPNext computed its stale parts anew."""
		anew = self.projected + sum(
			(computed - stored) * (-1 if field.startswith("reserved") else 1)
			for field, stored, computed in self.stale
		)
		return abs(self.read - anew) < NOISE


def _ordered_qty(item_code: str, warehouse: str) -> float:
	"""ERPNext computes this for purchase orders or for the first row of a subcontracting order, whichever it saved
	last; here they are added, and all rows count."""
	order = frappe.qb.DocType("Subcontracting Order")
	row = frappe.qb.DocType("Subcontracting Order Item")
	subcontracted = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(Sum((row.qty - row.received_qty) * row.conversion_factor))
		.where(
			(row.item_code == item_code)
			& (row.warehouse == warehouse)
			& (order.docstatus == 1)
			& (order.status != "Completed")
			& (row.qty > row.received_qty)
		)
	).run()
	return flt(get_ordered_qty(item_code, warehouse)) + flt(subcontracted[0][0])


def _reserved_for_plans(item_code: str, warehouse: str) -> float:
	"""ERPNext stores its figure for materials or that for sub-assemblies, whichever it saved last; both are owed."""
	materials = flt(get_reserved_qty_for_production_plan(item_code, warehouse))
	return materials + flt(get_reserved_qty_for_sub_assembly(item_code, warehouse))


# The parts of projected_qty that can be computed anew for one Bin.
RECOMPUTED = {
	"actual_qty": get_actual_qty,
	"ordered_qty": _ordered_qty,
	"planned_qty": get_planned_qty,
	"indented_qty": get_indented_qty,
	"reserved_qty": get_reserved_qty,
	"reserved_qty_for_production": get_reserved_qty_for_production,
	"reserved_qty_for_production_plan": _reserved_for_plans,
}


def reconcile(items: Iterable[str] | None = None) -> tuple[int, list[Difference]]:
	"""How many Bins were checked (all of the site, or those of `items`), and which differ."""
	codes = sorted(items) if items is not None else frappe.get_all("Bin", pluck="item_code", distinct=True)
	checked, differences = 0, []
	for start in range(0, len(codes), BATCH):
		batch = codes[start : start + BATCH]
		bins = frappe.get_all(
			"Bin", filters={"item_code": ("in", batch)}, fields=["item_code", "warehouse", "projected_qty"]
		)
		checked += len(bins)
		differences += _compare(SiteSource().snapshot(batch), bins)
	return checked, differences


def _compare(snapshot: Snapshot, bins: Iterable[frappe._dict]) -> Iterator[Difference]:
	read = totals(snapshot)
	for bin in bins:
		ours = read.get((bin.item_code, bin.warehouse), 0.0)
		if abs(ours - bin.projected_qty) > snapshot.tolerance:
			stale = tuple(_stale(bin.item_code, bin.warehouse, snapshot.tolerance))
			yield Difference(bin.item_code, bin.warehouse, ours, bin.projected_qty, stale)


def totals(snapshot: Snapshot) -> dict[tuple[str, str], float]:
	"""Supplies less commitments by the (item, warehouse) in whose Bin ERPNext counts them, in stock UOM."""
	answer: dict[tuple[str, str], float] = {}
	for supply in snapshot.supplies:
		key = (supply.item_code, supply.counted_in or supply.warehouse)
		answer[key] = answer.get(key, 0.0) + supply.qty
	for commitment in snapshot.commitments:
		if commitment.in_bin:
			key = (commitment.item_code, commitment.counted_in or commitment.warehouse)
			answer[key] = answer.get(key, 0.0) - commitment.qty
	return answer


def _stale(item_code: str, warehouse: str, tolerance: float) -> Iterator[tuple[str, float, float]]:
	stored = frappe.db.get_value(
		"Bin", {"item_code": item_code, "warehouse": warehouse}, list(RECOMPUTED), as_dict=True
	)
	for field, compute in RECOMPUTED.items():
		computed = flt(compute(item_code, warehouse))
		if abs(flt(stored[field]) - computed) > tolerance:
			yield field, flt(stored[field]), computed
