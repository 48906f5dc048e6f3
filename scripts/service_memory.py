#!/usr/bin/env python3
"""Memory of one process of the service after 10,000 promises and after 1,000,000.

	python scripts/service_memory.py [--promises 1000000] [--http 20000] [--minutes M] [--json FILE]

First through the backend in a process of its own, then over HTTP against `otp serve` with one worker, a part of them. The orders are
those of the staged load, on its snapshot of 20,000 items. With --minutes it ends after so long, and says how far it came.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scratch import CHECKOUT

sys.path.insert(0, str(CHECKOUT))

from benchmarks import service_memory
from benchmarks.table import table

KEPT = Path(tempfile.gettempdir()) / "otp_app-big-snapshot"


def main() -> int:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--promises", type=int, default=1_000_000, help="through the backend")
	parser.add_argument("--http", type=int, default=20_000, help="over HTTP; 0: none")
	parser.add_argument("--minutes", type=float, default=0.0, help="end after so long; 0: when all are done")
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	subprocess.run([sys.executable, "-m", "benchmarks.big_snapshot", str(KEPT)], check=True, cwd=CHECKOUT)
	until = time.monotonic() + options.minutes * 60 if options.minutes else float("inf")
	rows = []
	for row in service_memory.measure(KEPT, options.promises, options.http, until):
		rows.append(row)
		print(f"  {row['way']}, {row['promises']:,} promises: {row['memory_mib']} MiB", flush=True)
	print("\nMemory of a service process")
	table(rows)
	if options.json:
		options.json.write_text(json.dumps(rows, indent=1) + "\n")
	return 0


if __name__ == "__main__":
	sys.exit(main())
