"""How big a big site is, and the options that say so."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Sizes:
	"""How much of everything; `items` are those of the catalogue, without the big assembly and its own parts."""

	items: int = 20_000
	order_lines: int = 100_000
	purchase_lines: int = 50_000
	customers: int = 2_000
	suppliers: int = 300
	work_orders: int = 2_000
	seed: int = 7


def parser(description: str) -> argparse.ArgumentParser:
	"""One option a size."""
	options = argparse.ArgumentParser(
		description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
	)
	for size in fields(Sizes):
		options.add_argument(
			f"--{size.name.replace('_', '-')}", type=int, default=size.default, help="how many"
		)
	return options


def told(sizes: Sizes) -> dict[str, int]:
	"""Name -> number."""
	return asdict(sizes)
