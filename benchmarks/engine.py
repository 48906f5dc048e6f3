"""The engine alone: one line against ledgers of growing size, orders of growing length, and what options cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

from benchmarks.timing import timed
from otp_app.engine.decide import decide
from otp_app.engine.facts import (
	Commitment,
	CommitmentKind,
	Company,
	Item,
	Snapshot,
	Supply,
	SupplyKind,
	Warehouse,
)
from otp_app.engine.request import parse

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
TODAY = date(2026, 3, 2)
LEDGER_SIZES = (10, 100, 1_000, 10_000)
ORDER_SIZES = (1, 5, 10, 100, 1_000)


def ledger(item: str, size: int) -> tuple[list[Supply], list[Commitment]]:
	"""`size` purchase orders and as many orders, spread over half a year, which leave a little free each day."""
	supplies = [
		Supply(item, "W", SupplyKind.PURCHASE_ORDER, 5.0, TODAY + timedelta(days=1 + n % 180), f"PO-{n:06}")
		for n in range(size)
	]
	kind = CommitmentKind.SALES_ORDER
	owed = [Commitment(item, "W", kind, 4.0, TODAY + timedelta(days=2 + n % 180)) for n in range(size)]
	return supplies, owed


def snapshot(items: int, size: int) -> Snapshot:
	"""`items` items, each with a ledger of `size` receipts."""
	codes = [f"ITEM-{n:04}" for n in range(items)]
	ledgers = [ledger(code, size) for code in codes]
	return Snapshot(
		taken_at=NOW,
		items={code: Item(code, lead_time_days=200) for code in codes},
		warehouses={"W": Warehouse("W", "C")},
		companies={"C": Company("C")},
		supplies=tuple(s for supplies, _ in ledgers for s in supplies),
		commitments=tuple(c for _, owed in ledgers for c in owed),
	)


def order(lines: int, qty: float) -> dict[str, Any]:
	"""One line an item."""
	return {"items": [{"item_code": f"ITEM-{n:04}", "qty": qty, "warehouse": "W"} for n in range(lines)]}


def measure() -> Iterator[dict[str, Any]]:
	"""One row a case."""
	for size in LEDGER_SIZES:
		facts, request = snapshot(1, size), parse(order(1, size / 4))
		yield row(f"1 line, {size:,} receipts", facts, request, runs=200 if size < 5_000 else 40)
	for lines in ORDER_SIZES:
		facts, request = snapshot(lines, 10), parse(order(lines, 5))
		yield row(f"{lines:,} lines, 10 receipts each", facts, request, runs=200 if lines < 100 else 20)


def row(case: str, facts: Snapshot, request: Any, runs: int) -> dict[str, Any]:
	"""With and without options, in milliseconds."""

	def promise(with_options: bool) -> object:
		return decide(facts, request, NOW, request_id="bench", with_options=with_options)

	alone = timed(lambda: promise(False), runs)
	full = timed(lambda: promise(True), runs)
	return {
		"case": case,
		"p50_ms": alone.p50,
		"p95_ms": alone.p95,
		"with_options_p50_ms": full.p50,
		"with_options_p95_ms": full.p95,
	}
