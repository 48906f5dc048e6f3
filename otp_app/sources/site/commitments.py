"""What a site already owes, in stock UOM, summed by kind and day unless documents are asked for (docs/supplies-and-commitments.md).

Quantities and conditions are those of ERPNext's own formulas (get_reserved_qty and its kin), so that the books
reconcile. Where such a formula goes below zero (an over-delivered line, say), the negative part is kept apart as
BOOKKEEPING: it balances the books and gives nobody anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import frappe
from frappe.utils import cint, now_datetime

from otp_app.engine.facts import Commitment, CommitmentKind, Excluded, Withheld
from otp_app.sources.site import material_queries, sales_queries, transfer_queries
from otp_app.sources.site.commitment_rows import (
	CLOSED,
	NOT_IN_BIN,
	PACKED,
	SUB_ASSEMBLY,
	TAKEN_OVER,
	UNCONFIRMED,
	UNPROTECTED,
	Variant,
)
from otp_app.sources.site.sql import Statement, statement

# Marks on rows that are read but not protected.
WITHHELD = {CLOSED: Withheld.CLOSED, UNCONFIRMED: Withheld.UNCONFIRMED}

# Below this, in stock units, a difference is the noise of adding floats.
NOISE = 1e-6

# What customers are owed, told apart as open lines.
BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)

Key = tuple[str, str, str, date | None, str | None]


@dataclass(frozen=True, slots=True)
class _Row:
	kind: str
	item_code: str
	warehouse: str
	due: date | None
	document: str | None
	# What kind of row it is beyond `kind`; see commitment_queries.
	mark: str | None
	# Where reserved or picked stock lies; its line is counted in `warehouse`.
	locked_in: str | None
	qty: float
	surplus: float

	def commitment(self, qty: float, withheld: Withheld | None) -> Commitment:
		return Commitment(
			self.item_code,
			self.warehouse,
			CommitmentKind(self.kind),
			qty,
			self.due,
			self.document,
			withheld,
			in_bin=self.mark != NOT_IN_BIN,
		)


def read_commitments(
	items: Collection[str], *, excluding: Excluded | None, documents: bool
) -> list[Commitment]:
	"""All commitments of `items`, one query; those of `excluding` are left out, its reservations and holds too."""
	own = excluding.name if excluding and excluding.doctype == "Sales Order" else None
	variant = Variant(frappe.db.db_type, own is not None, returns_are_settled(), documents)
	holds = tuple(excluding.holds) if excluding else ()
	# NULL in a list of names to leave out would leave out everything.
	values = {"items": tuple(items), "own": own, "own_holds": holds or ("",), "now": now_datetime()}
	found = commitment_statement(variant).rows(**values)
	rows = _rows(found)
	plans = [row for row in rows if row.kind in (CommitmentKind.PRODUCTION_PLAN.value, TAKEN_OVER)]
	locks = [row for row in rows if row.locked_in is not None]
	others = [row for row in rows if row.locked_in is None and row not in plans]
	answer = _lock(others, locks) + _plans(plans, documents)
	return sorted(answer, key=_order)


def returns_are_settled() -> bool:
	"""Whether goods that came back are not owed again (Selling Settings)."""
	field = "dont_reserve_sales_order_qty_on_sales_return"
	return bool(cint(frappe.get_cached_value("Selling Settings", None, field)))


def read_owed_by_row(items: Collection[str]) -> list[Commitment]:
	"""What Sales Orders owe of `items`, one query: the commitments of kinds sales_order and packed_item, each told under
	the name of its row; those that no date is confirmed for, too."""
	variant = Variant(frappe.db.db_type, False, returns_are_settled(), documents=True, rows=True)
	rows = _rows(row_statement(variant).rows(items=tuple(items)))
	locks = [row for row in rows if row.locked_in is not None]
	owed = _lock([row for row in rows if row.locked_in is None], locks)
	return [c for c in owed if c.kind in BOOK and c.withheld in (None, Withheld.UNCONFIRMED)]


@cache
def row_statement(variant: Variant) -> Statement:
	"""What Sales Orders owe, and what of it is reserved or picked; placeholder `items`."""
	return statement(
		[
			sales_queries.sales_orders(variant),
			sales_queries.packed_items(variant),
			sales_queries.reservations(variant),
			sales_queries.picked_lines(variant),
			sales_queries.picked_components(variant),
			transfer_queries.fetched_lines(variant),
			transfer_queries.fetched_components(variant),
		]
	)


def _rows(found: Iterable[tuple[Any, ...]]) -> list[_Row]:
	return [_Row(*row[:7], float(row[7] or 0), float(row[8] or 0)) for row in found]


@cache
def commitment_statement(variant: Variant) -> Statement:
	"""All kinds of commitment in one statement; placeholders `items`, `own_holds`, `now` and, with an order left out, `own`."""
	return statement(
		[
			sales_queries.sales_orders(variant),
			sales_queries.packed_items(variant),
			sales_queries.reservations(variant),
			sales_queries.picked_lines(variant),
			sales_queries.picked_components(variant),
			transfer_queries.fetched_lines(variant),
			transfer_queries.fetched_components(variant),
			sales_queries.till_sales(variant),
			sales_queries.till_bundles(variant),
			sales_queries.holds(variant),
			material_queries.work_order_materials(variant),
			material_queries.subcontracting_materials(variant),
			material_queries.old_subcontracting_materials(variant),
			material_queries.plan_materials(),
			material_queries.plan_sub_assemblies(),
			material_queries.taken_over(),
			material_queries.material_issues(variant),
		]
	)


def _order(c: Commitment) -> tuple[str, ...]:
	return (c.item_code, c.warehouse, c.kind.value, str(c.due or ""), c.document or "", str(c.withheld))


def _lock(rows: list[_Row], locks: list[_Row]) -> list[Commitment]:
	"""Moves what is reserved or picked from its line's delivery date to today, and to where it lies."""
	moved: dict[Key, float] = {}
	answer: list[Commitment] = []
	for lock in locks:
		kind = CommitmentKind(lock.kind)
		line = CommitmentKind.PACKED_ITEM if lock.mark == PACKED else CommitmentKind.SALES_ORDER
		counted = lock.mark != UNPROTECTED
		elsewhere = lock.warehouse if lock.locked_in != lock.warehouse else None
		if lock.qty <= NOISE:
			continue
		answer.append(
			Commitment(
				lock.item_code,
				str(lock.locked_in),
				kind,
				lock.qty,
				document=lock.document,
				counted_in=elsewhere if counted else None,
				in_bin=counted,
			)
		)
		if counted:
			key = (line.value, lock.item_code, lock.warehouse, lock.due, lock.document)
			moved[key] = moved.get(key, 0.0) + lock.qty
	# What is locked is taken off lines without a confirmed date first: rather too much is protected than too little.
	for row in sorted(rows, key=lambda row: row.mark != UNCONFIRMED):
		withheld = WITHHELD.get(row.mark or "")
		key = (row.kind, row.item_code, row.warehouse, row.due, row.document)
		locked = moved.pop(key, 0.0)
		if row.mark == UNCONFIRMED and locked > row.qty:
			moved[key], locked = locked - row.qty, row.qty
		left = row.qty - locked
		if left > NOISE:
			answer.append(row.commitment(left, withheld))
		over = row.surplus + min(left, 0.0)
		if over < -NOISE:
			answer.append(row.commitment(over, Withheld.BOOKKEEPING))
	return answer


def _plans(rows: list[_Row], documents: bool) -> list[Commitment]:
	"""What Production Plans still need: what they planned, less what their Work Orders require themselves by now."""
	taken: dict[tuple[str, str, str | None], float] = {}
	planned: dict[tuple[str, str], list[_Row]] = {}
	for row in rows:
		if row.kind == TAKEN_OVER:
			key = (row.item_code, row.warehouse, row.document)
			taken[key] = taken.get(key, 0.0) + row.qty
		else:
			planned.setdefault((row.item_code, row.warehouse), []).append(row)
	answer: list[Commitment] = []
	for (item_code, warehouse), of_place in planned.items():
		covered = {
			plan: qty for (item, at, plan), qty in taken.items() if (item, at) == (item_code, warehouse)
		}
		in_bin = _counted_by_erpnext(of_place, sum(covered.values()))
		needed = _needed(of_place, covered, documents)
		kind, books = CommitmentKind.PRODUCTION_PLAN, Withheld.BOOKKEEPING
		for (due, document), qty in needed.items():
			answer.append(Commitment(item_code, warehouse, kind, qty, due, document))
		difference = in_bin - sum(needed.values())
		if abs(difference) > NOISE:
			answer.append(Commitment(item_code, warehouse, kind, difference, withheld=books))
	return answer


def _counted_by_erpnext(rows: list[_Row], covered: float) -> float:
	"""Materials less all that Work Orders require, to no less than zero; sub-assemblies, in full."""
	materials = sum(row.qty for row in rows if row.mark != SUB_ASSEMBLY)
	sub_assemblies = sum(row.qty for row in rows if row.mark == SUB_ASSEMBLY)
	return max(0.0, materials - covered) + sub_assemblies if materials else sub_assemblies


def _needed(
	rows: list[_Row], covered: dict[str | None, float], documents: bool
) -> dict[tuple[date | None, str | None], float]:
	"""By date (and plan), what no Work Order of the same plan requires yet; the earliest is covered first."""
	left = dict(covered)
	needed: dict[tuple[date | None, str | None], float] = {}
	for row in sorted(rows, key=lambda row: (row.due or date.min, row.document or "")):
		used = min(row.qty, left.get(row.document, 0.0))
		left[row.document] = left.get(row.document, 0.0) - used
		if row.qty - used > NOISE:
			slot = (row.due, row.document if documents else None)
			needed[slot] = needed.get(slot, 0.0) + row.qty - used
	return needed
