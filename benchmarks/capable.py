"""Capable to promise, the engine alone: an item of 200 components on 5 levels, and harder ones.

`python -m benchmarks.capable` prints how long a promise takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from benchmarks.timing import timed
from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
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
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.request import parse

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
TODAY = date(2026, 3, 2)
LEVELS, COMPONENTS = 5, 200
# How many open Purchase and Work Orders each component has.
DOCUMENTS = (0, 1, 5)


def product(documents: int) -> Snapshot:
	"""A product of COMPONENTS items on LEVELS levels, each of which is there in part, or waits for documents."""
	parents = [(f"ITEM-{level}-0", level) for level in range(LEVELS - 1)]
	lines: dict[str, list[str]] = {code: [f"ITEM-{level + 1}-0"] for code, level in parents}
	for number in range(COMPONENTS - len(parents)):
		code, level = parents[number % len(parents)]
		lines[code].append(f"ITEM-{level + 1}-{number + 1}")
	codes = ["ITEM-0-0", *(code for under in lines.values() for code in under)]
	boms = {code: _bom(code, under) for code, under in lines.items()}
	mode = FulfilmentMode.ATP_THEN_CTP
	return Snapshot(
		taken_at=NOW,
		items={
			code: Item(code, mode=mode, lead_time_days=7, default_bom=f"BOM-{code}" if code in boms else None)
			for code in codes
		},
		warehouses={"W": Warehouse("W", "C")},
		companies={"C": Company("C")},
		supplies=tuple(supply for code in codes for supply in _supplies(code, documents)),
		commitments=tuple(
			Commitment(code, "W", CommitmentKind.WORK_ORDER_MATERIAL, 1.0, TODAY + timedelta(days=3))
			for code in codes
		),
		boms={bom.name: bom for bom in boms.values()},
		workstations={name: _workstation(name) for name in ("Cutting", "Assembly")},
	)


def _bom(code: str, under: list[str]) -> Bom:
	operations = (Operation("Cut", 3.0, "Cutting"), Operation("Assemble", 5.0, "Assembly"))
	return Bom(f"BOM-{code}", code, 1.0, tuple(BomLine(each, 1.0) for each in under), operations, 0.02)


def _workstation(name: str) -> Workstation:
	load = {TODAY + timedelta(days=n): 300.0 for n in range(60)}
	return Workstation(name, 2, ((time(8), time(12)), (time(13), time(17))), load=load)


def _supplies(code: str, documents: int) -> Iterator[Supply]:
	yield Supply(code, "W", SupplyKind.ON_HAND, 8.0)
	for number in range(documents):
		day = TODAY + timedelta(days=4 + 4 * number)
		yield Supply(code, "W", SupplyKind.PURCHASE_ORDER, 6.0, day, f"PO-{code}-{number}")


def measure() -> Iterator[dict[str, Any]]:
	"""One row a case."""
	request = parse({"items": [{"item_code": "ITEM-0-0", "qty": 50, "warehouse": "W"}]})
	for documents in DOCUMENTS:
		facts = product(documents)

		def promise(facts: Snapshot = facts) -> object:
			return decide(facts, request, NOW, request_id="bench", with_options=False)

		took = timed(promise, 50)
		yield {"documents an item": documents, "p50_ms": took.p50, "p95_ms": took.p95}


def main() -> None:
	"""Print the rows."""
	for row in measure():
		print(
			"  ".join(
				f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}"
				for name, value in row.items()
			)
		)


if __name__ == "__main__":
	main()
