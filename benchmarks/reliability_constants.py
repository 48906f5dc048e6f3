"""What each constant of the reliability model does: halved and doubled, on deliveries up to a date.

python -m benchmarks.reliability_constants FILE [--until 2010-12-31]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import ModuleType

from benchmarks.reliability import against_truth
from otp_app.cli.backtest_file import read_deliveries
from otp_app.engine.reliability import evidence, expecting
from otp_app.engine.reliability.backtesting import MODEL, Line, forecasts
from otp_app.engine.reliability.scoring import Figures, figures

CONSTANTS: tuple[tuple[ModuleType, str], ...] = (
	(evidence, "LONG"),
	(evidence, "SHORT"),
	(evidence, "SHARED"),
	(expecting, "LEAN_ON_PRIOR"),
	(expecting, "LEAN_ON_KIND"),
	(expecting, "LEAN_ON_PARTY"),
	(expecting, "PARTY_COUNTS_FOR"),
	(expecting, "FEWEST"),
	(expecting, "MOST"),
	(expecting, "UNFORESEEN"),
)


@contextmanager
def changed(module: ModuleType, name: str, value: float) -> Iterator[None]:
	"""A constant at another value, for a while."""
	kept = getattr(module, name)
	setattr(module, name, value)
	try:
		yield
	finally:
		setattr(module, name, kept)


def measured(lines: list[Line], last_year: int) -> str:
	"""The figures of all lines and of the last year, and the mean error against known truths after 100 deliveries."""
	scored = [forecast for forecast in forecasts(lines) if forecast.waited is None]
	everything = figures([forecast.outcomes[MODEL] for forecast in scored])
	last = figures([f.outcomes[MODEL] for f in scored if f.line.promised.year == last_year])
	few = figures([f.outcomes[MODEL] for f in scored if f.history < 30])
	error = next(row.error for row in against_truth() if row.history == 100)
	crps = everything.crps if everything else 0.0
	return f"{_pit(everything)}   {_pit(last)}   {_pit(few)}   {crps:5.2f}   {100 * error:4.1f}"


def _pit(of: Figures | None) -> str:
	return " ".join(f"{100 * share:4.1f}" for share in of.pit) if of and of.pit else "-"


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("file", type=Path)
	parser.add_argument("--until", type=date.fromisoformat, default=date(2010, 12, 31))
	asked = parser.parse_args()
	lines = [line for line in read_deliveries(asked.file).lines if line.promised <= asked.until]
	print(f"{'constant':24}PIT of all       last year        short history    CRPS    error after 100")
	print(f"{'as it is':24}{measured(lines, asked.until.year)}")
	for module, name in CONSTANTS:
		for factor in (0.5, 2.0):
			value = getattr(module, name) * factor
			with changed(module, name, value):
				print(f"{name + f' = {value:g}':24}{measured(lines, asked.until.year)}", flush=True)
	with changed(expecting, "MOST", expecting.FEWEST):
		print(f"{'MOST = FEWEST':24}{measured(lines, asked.until.year)}")


if __name__ == "__main__":
	main()
