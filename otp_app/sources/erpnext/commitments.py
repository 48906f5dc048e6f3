"""Rows of what is owed, made into commitments: reserved stock is moved to where it lies, plans are less what was taken over.

Where one of ERPNext's own formulas goes below zero (an over-delivered line, say), the negative part is kept apart as
BOOKKEEPING: it balances the books and gives nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from otp_app.engine.facts import Commitment, CommitmentKind, Withheld

# Not a kind of commitment: what Work Orders of a Production Plan have taken over from it.
TAKEN_OVER = "taken_over_by_work_order"
# Marks on rows: a lock on a packed item; a lock of an order that ERPNext does not count; a closed order's
# material; a Production Plan's sub-assembly.
PACKED, UNPROTECTED, CLOSED, SUB_ASSEMBLY = "packed", "unprotected", "closed", "sub_assembly"
# A line that no date is confirmed for.
UNCONFIRMED = "unconfirmed"
# What ERPNext counts in no Bin.
NOT_IN_BIN = "not_in_bin"

# Marks on rows that are read but not protected.
WITHHELD = {CLOSED: Withheld.CLOSED, UNCONFIRMED: Withheld.UNCONFIRMED}

# Below this, in stock units, a difference is the noise of adding floats.
NOISE = 1e-6

Key = tuple[str, str, str, date | None, str | None]


@dataclass(frozen=True, slots=True)
class Row:
	kind: str
	item_code: str
	warehouse: str
	due: date | None
	document: str | None
	# What kind of row it is beyond `kind`; see the marks above.
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


def commitments_of(rows: Iterable[Row], *, documents: bool) -> list[Commitment]:
	"""The commitments that all rows of some items make, in a fixed order; plans are by document only where asked."""
	rows = list(rows)
	plans = [row for row in rows if row.kind in (CommitmentKind.PRODUCTION_PLAN.value, TAKEN_OVER)]
	locks = [row for row in rows if row.locked_in is not None]
	others = [row for row in rows if row.locked_in is None and row not in plans]
	return sorted(locked(others, locks) + _plans(plans, documents), key=in_order)


def in_order(c: Commitment) -> tuple[str, ...]:
	return (c.item_code, c.warehouse, c.kind.value, str(c.due or ""), c.document or "", str(c.withheld))


def locked(rows: list[Row], locks: list[Row]) -> list[Commitment]:
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


def _plans(rows: list[Row], documents: bool) -> list[Commitment]:
	"""What Production Plans still need: what they planned, less what their Work Orders require themselves by now."""
	taken: dict[tuple[str, str, str | None], float] = {}
	planned: dict[tuple[str, str], list[Row]] = {}
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


def _counted_by_erpnext(rows: list[Row], covered: float) -> float:
	"""Materials less all that Work Orders require, to no less than zero; sub-assemblies, in full."""
	materials = sum(row.qty for row in rows if row.mark != SUB_ASSEMBLY)
	sub_assemblies = sum(row.qty for row in rows if row.mark == SUB_ASSEMBLY)
	return max(0.0, materials - covered) + sub_assemblies if materials else sub_assemblies


def _needed(
	rows: list[Row], covered: dict[str | None, float], documents: bool
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
