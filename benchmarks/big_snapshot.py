"""A snapshot of 20,000 items, 50,000 purchase orders and 100,000 open lines, and orders for it; no ERPNext.

	python -m benchmarks.big_snapshot FOLDER

writes FOLDER/big.sqlite and FOLDER/orders.json, the bodies of 2,000 orders of one to five lines.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.backorder import CUSTOMERS, ITEMS, book
from otp_app.sources.snapshot import write_snapshot

ORDERS = 2_000
MOST_LINES = 5


def big_snapshot(folder: Path) -> Path:
	"""The file in `folder`; one that is there is used again."""
	path = folder / "big.sqlite"
	if not path.exists():
		partial = path.with_suffix(".partial")
		write_snapshot(book(), partial, customers=True, values=True)
		partial.rename(path)
	return path


def orders(
	items: Sequence[str], warehouse: str | None, customers: Sequence[str], count: int = ORDERS, seed: int = 7
) -> list[dict[str, Any]]:
	"""Bodies of orders of random items: as many of one line as of five, of up to 30 pieces."""
	chance = random.Random(seed)
	place = {"warehouse": warehouse} if warehouse else {}
	return [
		{
			"customer": chance.choice(customers),
			"items": [
				{"item_code": code, "qty": chance.randint(1, 30), **place}
				for code in chance.sample(items, chance.randint(1, MOST_LINES))
			],
		}
		for _ in range(count)
	]


def orders_of_the_snapshot() -> list[dict[str, Any]]:
	"""For the file that big_snapshot() writes."""
	items = [f"ITEM-{n:05}" for n in range(ITEMS)]
	return orders(items, "Main", [f"CUST-{n:03}" for n in range(CUSTOMERS)])


def main(folder: str) -> None:
	place = Path(folder)
	place.mkdir(parents=True, exist_ok=True)
	big_snapshot(place)
	(place / "orders.json").write_text(json.dumps(orders_of_the_snapshot()))


if __name__ == "__main__":
	main(*sys.argv[1:])
