"""The whole order book on one core: 100,000 open lines of 20,000 items against 50,000 purchase orders in one warehouse.

	python -m benchmarks.backorder [--lines 100000] [--json FILE]

Orders have one to four lines, shipped line by line; demand is somewhat more than supply, so that many lines are late.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from otp_app.engine.backorder.rules import BackorderRules, parse_rules
from otp_app.engine.backorder.run import simulate
from otp_app.engine.decide import decide
from otp_app.engine.facts import (
	Commitment,
	CommitmentKind,
	Company,
	Customer,
	Item,
	OpenLine,
	Snapshot,
	Supply,
	SupplyKind,
	TransitLane,
	Warehouse,
)
from otp_app.engine.policy import Settings, Shipment
from otp_app.engine.request import parse
from otp_app.sources.snapshot import SnapshotFile, write_snapshot

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
TODAY = date(2026, 3, 2)
ITEMS, PURCHASES, LINES, CUSTOMERS = 20_000, 50_000, 100_000, 500
MIXED: dict[str, Any] = {
	"segments": [
		{"name": "key accounts", "strategy": "win", "customer_groups": ["Key"], "sort": ["-value"]},
		{"name": "dealers", "strategy": "gain", "customer_groups": ["Dealers"]},
		{"name": "others", "strategy": "redistribute", "sort": ["requested", "value"]},
	]
}
GAIN: dict[str, Any] = {"segments": [{"strategy": "gain"}]}


def day(number: int) -> date:
	return TODAY + timedelta(days=number)


def book(lines: int = LINES) -> Snapshot:
	"""The same facts for the same number of lines, and as many items and purchase orders in proportion."""
	chance = random.Random(7)
	share = lines / LINES
	codes = [f"ITEM-{n:05}" for n in range(max(1, round(ITEMS * share)))]
	open_lines = list(orders(chance, codes, lines))
	return Snapshot(
		taken_at=NOW,
		settings=Settings(shipment=Shipment.PER_LINE),
		items={code: Item(code, lead_time_days=45) for code in codes},
		warehouses={"Main": Warehouse("Main", "C")},
		companies={"C": Company("C")},
		customers={f"CUST-{n:03}": Customer(f"CUST-{n:03}", (f"T-{n % 20}",)) for n in range(CUSTOMERS)},
		lanes=tuple(TransitLane(1 + n % 4, territory=f"T-{n}") for n in range(20)),
		supplies=tuple(supplies(chance, codes, round(PURCHASES * share))),
		commitments=tuple(
			Commitment(
				line.item_code, "Main", CommitmentKind.SALES_ORDER, line.qty, line.confirmed, line.order
			)
			for line in open_lines
		),
		open_lines=tuple(open_lines),
	)


def supplies(chance: random.Random, codes: list[str], purchases: int) -> Iterator[Supply]:
	for code in codes:
		yield Supply(code, "Main", SupplyKind.ON_HAND, float(chance.randint(0, 15)))
	for n in range(purchases):
		qty, due = float(chance.randint(5, 20)), day(chance.randint(-5, 90))
		yield Supply(chance.choice(codes), "Main", SupplyKind.PURCHASE_ORDER, qty, due, f"PO-{n:06}")


def orders(chance: random.Random, codes: list[str], lines: int) -> Iterator[OpenLine]:
	number = made = 0
	while made < lines:
		number += 1
		customer = chance.randrange(CUSTOMERS)
		group = "Key" if customer < 50 else "Dealers" if customer < 200 else "Others"
		ordered, asked = chance.randint(-60, 0), chance.randint(-3, 60)
		for idx in range(1, min(chance.randint(1, 4), lines - made) + 1):
			made += 1
			qty = chance.randint(1, 12)
			yield OpenLine(
				order=f"SO-{number:06}",
				row=f"{number:06}-{idx}",
				item_code=chance.choice(codes),
				warehouse="Main",
				qty=float(qty),
				ordered_on=day(ordered),
				requested=day(asked),
				confirmed=day(asked + chance.choice((0, 0, 0, 5, 12))),
				idx=idx,
				customer=f"CUST-{customer:03}",
				customer_group=group,
				value=Decimal(qty * chance.randint(3, 90)),
			)


def measure(lines: int = LINES) -> Iterator[dict[str, Any]]:
	"""One row a case."""
	facts = book(lines)
	yield from files(facts)
	for name, payload in (("gain, all lines", GAIN), ("win, gain, redistribute", MIXED)):
		yield simulated(name, facts, parse_rules(payload))
	request = {"items": [{"item_code": "ITEM-00001", "qty": 3, "warehouse": "Main"}], "customer": "CUST-001"}
	yield one_more(facts, request)


def files(facts: Snapshot) -> Iterator[dict[str, Any]]:
	with TemporaryDirectory() as folder:
		path = Path(folder) / "book.sqlite"
		write_snapshot(facts, path, customers=True, values=True)
		seconds, read = timed(lambda: SnapshotFile(path).book())
		assert read == replace(facts, open_lines=read.open_lines)
	yield row("load the snapshot file", len(facts.open_lines), seconds)


def simulated(name: str, facts: Snapshot, rules: BackorderRules) -> dict[str, Any]:
	seconds, run = timed(lambda: simulate(facts, rules, NOW))
	found = Counter(outcome.change.value for outcome in run.outcomes)
	late = len(run.late)
	return row(name, len(facts.open_lines), seconds) | {
		"late": late,
		"explained": run.explained,
		**{kind: found[kind] for kind in ("improved", "unchanged", "worse", "lost")},
	}


def one_more(facts: Snapshot, request: dict[str, Any]) -> dict[str, Any]:
	"""One more order on time, without touching the others: a promise over the facts of its item."""
	code = request["items"][0]["item_code"]
	own = replace(
		facts,
		items={code: facts.items[code]},
		supplies=tuple(s for s in facts.supplies if s.item_code == code),
		commitments=tuple(c for c in facts.commitments if c.item_code == code),
		open_lines=(),
	)
	asked, times = parse(request), 200
	seconds, _ = timed(
		lambda: [decide(own, asked, NOW, request_id="bench", with_options=False) for _ in range(times)]
	)
	return {"case": "one more order (ms)", "seconds": round(seconds / times * 1000, 3)}


def row(case: str, lines: int, seconds: float) -> dict[str, Any]:
	peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
	return {
		"case": case,
		"seconds": round(seconds, 2),
		"lines_a_second": round(lines / seconds),
		"peak_mib": peak,
	}


def timed(work: Any) -> tuple[float, Any]:
	"""Seconds of processor time, and the answer."""
	gc.collect()
	start = time.process_time()
	answer = work()
	return time.process_time() - start, answer


def show(figures: Iterable[dict[str, Any]]) -> None:
	"""A line for each case: they tell different things."""
	for figure in figures:
		case, *told = figure.items()
		print(f"  {case[1]}: " + ", ".join(f"{name} {value:,}" for name, value in told))


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument(
		"--lines", type=int, default=LINES, help="open order lines; items and purchase orders in proportion"
	)
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	figures = list(measure(options.lines))
	show(figures)
	if options.json:
		options.json.write_text(json.dumps(figures, indent=1) + "\n")
	return 0


if __name__ == "__main__":
	sys.exit(main())
