#!/usr/bin/env python3
"""Break what a site rests on, one thing at a time, and see what callers get and when it is well again; needs a bench.

	python scripts/chaos.py [--alerts] [--keep]

With --alerts, see instead whether each alert of deploy/prometheus fires, and clears; needs Prometheus, too.
"""

import argparse
import subprocess
import sys

from bench_services import Failed
from scratch import find_bench, scratch_site, why_not_a_bench


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--keep", action="store_true", help="use the kept site of the tests")
	parser.add_argument("--alerts", action="store_true", help="make each alert fire, and clear")
	options = parser.parse_args()
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"Nothing broken: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	try:
		with scratch_site(bench, keep=options.keep) as scratch:
			module = "benchmarks.chaos.alerts" if options.alerts else "benchmarks.chaos.site"
			command = [str(scratch.python), "-m", module, scratch.site]
			return subprocess.run(command, cwd=scratch.sites, env=scratch.environment()).returncode
	except Failed as failure:
		print(f"FAILED: {failure}", file=sys.stderr)
		return 1


if __name__ == "__main__":
	sys.exit(main())
