"""Measure how long promises take: the engine alone, the service over a snapshot of 20,000 items, and, where there is a bench,
inside a site, over HTTP, and the service over REST; and what the app costs an order that is saved and submitted. All in one run, one table at the end.

	python scripts/bench.py [--big] [--json FILE]

With --big the site is that of scripts/big_site.py (20,000 items, 100,000 open lines), which is made if it is not there.
Machines are noisy: the ratio to frappe.ping is measured in turns in one run; look at medians and ratios.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scratch import APP, CHECKOUT, Scratch, find_bench, scratch_site, why_not_a_bench

sys.path.insert(0, str(CHECKOUT))

from big_site import big_site

from benchmarks import backorder, engine
from benchmarks.big.sizes import Sizes
from benchmarks.big_snapshot import big_snapshot, orders_of_the_snapshot
from benchmarks.load import of_service
from benchmarks.serving import service
from benchmarks.table import table


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--big", action="store_true", help="measure in the big site")
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	print("The engine alone (milliseconds)", flush=True)
	figures: dict[str, Any] = {"engine": list(engine.measure())}
	table(figures["engine"])
	print("\nThe whole order book on one core: 100,000 open lines, 50,000 purchase orders", flush=True)
	figures["order_book"] = list(backorder.measure())
	backorder.show(figures["order_book"])
	figures["service"] = over_a_snapshot()
	figures |= in_a_site(big=options.big)
	print("\nA promise, in one table (milliseconds)")
	table(summary(figures))
	if options.json:
		options.json.write_text(json.dumps(figures, indent=1) + "\n")
	return 0


def over_a_snapshot() -> list[dict[str, Any]]:
	"""`otp serve` with two workers over 20,000 items; orders of one to five lines of any items."""
	print("\nThe service over a snapshot of 20,000 items, 2 workers, 4 clients (milliseconds)", flush=True)
	with tempfile.TemporaryDirectory() as folder, service(big_snapshot(Path(folder))) as server:
		rows = [of_service("service over a snapshot, 1 to 5 lines", server.port, orders_of_the_snapshot())]
	table(rows)
	return rows


def in_a_site(*, big: bool) -> dict[str, Any]:
	"""The figures from a throw-away site, or from the big one; none without a bench."""
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"\nInside ERPNext: not measured: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return {}
	print("\nA site to measure in")
	with big_site(bench, Sizes(), as_made=False) if big else scratch_site(bench) as scratch:
		report = scratch.folder / "bench.json"
		kind = "big" if big else "small"
		scratch.command("measure", "-m", "benchmarks.site", scratch.site, str(report), kind)
		figures: dict[str, Any] = json.loads(report.read_text())
		if not big:
			figures["orders"] = cost_of_orders(scratch)
	ping, *promises = figures["http"]
	figures["of_ping"] = {row["call"]: round(row["per_second"] / ping["per_second"], 2) for row in promises}
	show_site(figures)
	return figures


TITLES = {
	"inside": "Inside ERPNext, without HTTP (milliseconds)",
	"how_sure": "How sure: records of 2,000 suppliers read, and probabilities worked out (milliseconds)",
	"http": "Over HTTP, gunicorn with 2 workers, 4 clients (milliseconds)",
	"rest": "The service with 2 workers reading that site over REST, 4 clients (milliseconds)",
	"orders": "Saving and submitting an order of 100 lines (milliseconds; ratios to the mean without the app)",
}


def show_site(figures: Mapping[str, Any]) -> None:
	for name, title in TITLES.items():
		if name in figures:
			print(f"\n{title}")
			table(figures[name])
	print("\nThroughput of promises over that of authenticated frappe.ping")
	for call, share in figures["of_ping"].items():
		print(f"  {call}: {share:.0%}")


def summary(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
	"""One row a way to a promise, 5 lines where nothing else is said; what was not measured is not there."""
	engine_row = next(row for row in figures["engine"] if row["case"].startswith("5 lines"))
	alone = {"p50_ms": engine_row["with_options_p50_ms"], "p95_ms": engine_row["with_options_p95_ms"]}
	ways = [("engine, with options", alone)]
	ways += [("in the site", row) for row in figures.get("inside", ()) if row["case"] == "5 lines"]
	ways += [(f"HTTP, site: {row['call']}", row) for row in figures.get("http", ())]
	ways += [(f"HTTP, {row['call']}", row) for row in (*figures["service"], *figures.get("rest", ()))]
	columns = ("per_second", "p50_ms", "p95_ms", "p99_ms", "queries", "errors")
	return [{"way": way, **{column: row.get(column, "") for column in columns}} for way, row in ways]


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


if __name__ == "__main__":
	sys.exit(main())
