"""Makes otp_app/demo/deliveries.csv: invented deliveries of the demo company's suppliers.

python -m benchmarks.made_up_deliveries > otp_app/demo/deliveries.csv

Three years to 1 May 2026. Hagen is large and steady, Naafwerk has bad months in 2025, Lumen is often early, Noord small and
often late, Bag Outlet new. What would come after that day is still awaited.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

UNTIL = date(2026, 5, 1)
SEED = 7
COLUMNS = (
	"order",
	"supplier",
	"item",
	"product_group",
	"country",
	"fulfilled_via",
	"shipment_mode",
	"ordered_on",
	"promised_on",
	"delivered_on",
	"qty",
)
# When Naafwerk moved its factory.
BAD_TIMES = (date(2025, 3, 1), date(2025, 9, 1))


@dataclass(frozen=True)
class Supplier:
	"""A supplier: lines a year, share late and in bad times, share of the others that comes early, mean days late."""

	name: str
	country: str
	mode: str
	items: tuple[tuple[str, str], ...]
	lines_a_year: int
	late: float
	late_in_bad_times: float
	early: float
	mean_late: float
	since: date = date(2023, 5, 1)


SUPPLIERS = (
	Supplier(
		"Hagen Components",
		"Germany",
		"Truck",
		(("Brake Set", "Parts"), ("Chain", "Parts")),
		70,
		0.06,
		0.08,
		0.1,
		4,
	),
	Supplier(
		"Naafwerk", "Netherlands", "Truck", (("Wheel 28", "Wheels"), ("Hub", "Parts")), 40, 0.1, 0.45, 0.0, 12
	),
	Supplier("Lumen Lights", "Taiwan", "Ocean", (("Lamp", "Accessories"),), 25, 0.12, 0.15, 0.5, 9),
	Supplier("Noord Bags", "Denmark", "Truck", (("Pannier", "Accessories"),), 10, 0.35, 0.4, 0.0, 8),
	Supplier(
		"Bag Outlet", "China", "Ocean", (("Pannier", "Accessories"),), 8, 0.2, 0.2, 0.1, 15, date(2026, 1, 1)
	),
)


def rows() -> Iterator[tuple[str, ...]]:
	"""The lines, by their date."""
	dice = random.Random(SEED)
	lines = [
		_line(supplier, promised, dice) for supplier in SUPPLIERS for promised in _promised(supplier, dice)
	]
	for number, line in enumerate(sorted(lines, key=lambda line: line[7]), 1):
		yield (f"PUR-ORD-{number:05}", *line)


def _promised(supplier: Supplier, dice: random.Random) -> Iterator[date]:
	days = (UNTIL - supplier.since).days
	for _ in range(round(supplier.lines_a_year * days / 365)):
		day = supplier.since + timedelta(days=dice.randrange(days + 20))
		yield day - timedelta(days=max(0, day.weekday() - 4))


def _line(supplier: Supplier, promised: date, dice: random.Random) -> tuple[str, ...]:
	bad = BAD_TIMES[0] <= promised < BAD_TIMES[1]
	if dice.random() < (supplier.late_in_bad_times if bad else supplier.late):
		late = 1 + int(dice.expovariate(1 / supplier.mean_late))
	else:
		late = -dice.randint(1, 10) if dice.random() < supplier.early else 0
	arrived = promised + timedelta(days=late)
	ordered = promised - timedelta(days=dice.randint(14, 60)) if dice.random() < 0.8 else None
	item, group = dice.choice(supplier.items)
	return (
		supplier.name,
		item,
		group,
		supplier.country,
		"Direct Drop",
		supplier.mode,
		str(ordered or ""),
		str(promised),
		str(arrived) if arrived < UNTIL else "",
		str(10 * dice.randint(1, 20)),
	)


def main() -> None:
	writer = csv.writer(sys.stdout, lineterminator="\n")
	writer.writerow(COLUMNS)
	writer.writerows(rows())


if __name__ == "__main__":
	main()
