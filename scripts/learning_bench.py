"""Measure what learning from a million receipts takes, in time and memory, on a throw-away site; needs a bench.

python scripts/learning_bench.py [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path

from scratch import find_bench, scratch_site, why_not_a_bench

from benchmarks.table import table


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"Not measured: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	with scratch_site(bench) as scratch:
		report = scratch.folder / "reliability.json"
		for step in ("fill", "measure"):
			scratch.command(step, "-m", "benchmarks.refresh", scratch.site, str(report), step)
		figures = json.loads(report.read_text())
	print(f"\nSupply Reliability from {figures['receipts']:,} receipts (a process of its own)")
	table(figures["rows"])
	if options.json:
		options.json.write_text(json.dumps(figures, indent=1) + "\n")
	return 0


if __name__ == "__main__":
	sys.exit(main())
