"""The whole order book of a site in one process: python -m benchmarks.whole_book SITE, in its sites folder, or
`python scripts/big_site.py --run benchmarks.whole_book`.

Reads every fact that a run needs, then simulates; tells seconds, lines a second and the most memory that the process
has had. Nothing is written.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import frappe

from otp_app.engine.backorder.rules import Strategy, everything
from otp_app.engine.backorder.run import simulate
from otp_app.sources.site.export import whole_site
from tests.erpnext.counting import queries

LIMIT_MIB = 600  # of a worker


def main(arguments: Sequence[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	options = parser.parse_args(arguments)
	frappe.init(site=options.site)
	frappe.connect()
	print(f"  before: {peak():,} MiB")
	with queries() as seen:
		facts = step("read the book", 0, lambda: whole_site(customers=True))
	lines = len(facts.open_lines)
	print(f"  {lines:,} open lines, {len(facts.supplies):,} supplies, {len(seen):,} queries")
	for strategy in (Strategy.GAIN, Strategy.REDISTRIBUTE):
		rules = everything(strategy)
		found = step(f"simulate ({strategy.value})", lines, lambda: simulate(facts, rules, facts.taken_at))  # noqa: B023
		print(f"  {len(found.late):,} late, explained {found.explained:.1%}")
		del found
	frappe.destroy()
	if peak() > LIMIT_MIB:
		raise SystemExit(f"A worker may have {LIMIT_MIB} MiB, this one had {peak()}.")


def step(title: str, lines: int, work: Callable[[], Any]) -> Any:
	"""Does it, and tells what it took: seconds on the clock, and of this process alone."""
	start, own = time.perf_counter(), time.process_time()
	answer = work()
	seconds, busy = time.perf_counter() - start, time.process_time() - own
	speed = f", {lines / busy:,.0f} lines a second of its own" if lines else ""
	print(f"  {title}: {seconds:.1f} s ({busy:.1f} s of its own){speed}, {peak():,} MiB", flush=True)
	return answer


def peak() -> int:
	"""The most memory that this process has had, in MiB."""
	return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
	main()
