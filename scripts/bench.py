"""Measure how long promises take: the engine alone, and, where there is a bench, inside a site and over HTTP; and what
the app costs an order that is saved and submitted.

	python scripts/bench.py [--json FILE]

Machines are noisy: the ratio to frappe.ping is measured in turns in one run; look at medians and ratios.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scratch import APP, CHECKOUT, Scratch, find_bench, scratch_site, why_not_a_bench

sys.path.insert(0, str(CHECKOUT))

from benchmarks import backorder, engine


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	print("The engine alone (milliseconds)", flush=True)
	figures: dict[str, Any] = {"engine": list(engine.measure())}
	table(figures["engine"])
	print("\nThe whole order book on one core: 100,000 open lines, 50,000 purchase orders", flush=True)
	figures["order_book"] = list(backorder.measure())
	backorder.show(figures["order_book"])
	figures |= in_a_site()
	if options.json:
		options.json.write_text(json.dumps(figures, indent=1) + "\n")
	return 0


def in_a_site() -> dict[str, Any]:
	"""The figures from a throw-away site; none without a bench."""
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"\nInside ERPNext: not measured: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return {}
	print("\nA site to measure in")
	with scratch_site(bench) as scratch:
		report = scratch.folder / "bench.json"
		scratch.command("fill it and measure", "-m", "benchmarks.site", scratch.site, str(report))
		figures: dict[str, Any] = json.loads(report.read_text())
		figures["orders"] = cost_of_orders(scratch)
	print("\nInside ERPNext, without HTTP (milliseconds)")
	table(figures["inside"])
	print("\nHow sure: records of 2,000 suppliers read, and probabilities worked out (milliseconds)")
	table(figures["how_sure"])
	print("\nOver HTTP, gunicorn with 2 workers, 4 clients (5 lines an order; milliseconds)")
	table(figures["http"])
	ping, promise = figures["http"]
	figures["of_ping"] = round(promise["per_second"] / ping["per_second"], 2)
	print(f"\nThroughput of promises over that of authenticated frappe.ping: {figures['of_ping']:.0%}")
	print("\nSaving and submitting an order of 100 lines (milliseconds; ratios to the mean without the app)")
	table(figures["orders"])
	return figures


def cost_of_orders(scratch: Scratch) -> list[dict[str, Any]]:
	"""Orders with the app, between two measurements without it that tell how steady the machine was."""
	uninstall = ("uninstall-app", APP, "--yes", "--no-backup")
	scratch.bench_command(*uninstall)
	before = orders(scratch, "without", "before")
	scratch.bench_command("install-app", APP)
	with_app = orders(scratch, "with", "with the app")
	scratch.bench_command(*uninstall)
	after = orders(scratch, "without", "after")
	cases = [
		*((f"{case}, before", times) for case, times in before.items()),
		*((f"policy {policy}", times) for policy, times in with_app.items()),
		*((f"{case}, after", times) for case, times in after.items()),
	]
	(bare,), (again,) = before.values(), after.values()
	means = {step: (bare[step] + again[step]) / 2 for step in bare}
	return [{"case": case, **with_ratios(times, means)} for case, times in cases]


def orders(scratch: Scratch, app: str, title: str) -> dict[str, dict[str, float]]:
	"""Case -> step -> milliseconds."""
	report = scratch.folder / "orders.json"
	scratch.command(
		f"save and submit orders ({title})", "-m", "benchmarks.orders", scratch.site, str(report), app
	)
	return json.loads(report.read_text())


def with_ratios(times: Mapping[str, float], means: Mapping[str, float]) -> dict[str, float]:
	"""Each step's milliseconds, and their ratio to what they are without the app."""
	found = {}
	for step, taken in times.items():
		found |= {f"{step}_ms": taken, f"{step}_ratio": round(taken / means[step], 2)}
	return found


def table(rows: Sequence[Mapping[str, Any]]) -> None:
	"""Rows under their names, numbers to the right."""
	columns = list(rows[0])
	cells = [
		[f"{row[c]:,}" if isinstance(row[c], int | float) else str(row[c]) for c in columns] for row in rows
	]
	widths = [max(map(len, [name, *(line[i] for line in cells)])) for i, name in enumerate(columns)]
	print(
		"  ".join(
			name.ljust(w) if i == 0 else name.rjust(w)
			for i, (name, w) in enumerate(zip(columns, widths, strict=True))
		)
	)
	for line in cells:
		print(
			"  ".join(
				text.ljust(w) if i == 0 else text.rjust(w)
				for i, (text, w) in enumerate(zip(line, widths, strict=True))
			)
		)


if __name__ == "__main__":
	sys.exit(main())
