"""The staged load against the service over a snapshot of 20,000 items.

	python -m benchmarks.staged [--scale 0.1] [--rate 500] [--locust PATH] [--python PATH] [--json FILE]

It needs locust and psutil: `pip install 'otp_app[load,service]'`, or locust in an environment of its own (it brings psutil),
whose Python runs this, with --python naming the one that has the service. With --scale 1, 17 minutes.
For the load on a site: `python3 scripts/big_site.py --run benchmarks.staged.site`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.serving import WORKERS, service
from benchmarks.staged.stages import Target, run, stages, told, told_processes
from benchmarks.table import table

KEPT = Path(tempfile.gettempdir()) / "otp_app-big-snapshot"


def parser(rate: float) -> argparse.ArgumentParser:
	"""The options that the load on the service and on a site share."""
	found = argparse.ArgumentParser(description="A load in stages: users with pauses, then a fixed rate.")
	found.add_argument("--scale", type=float, default=0.1, help="1: five, ten and two minutes; 0.1: a tenth")
	found.add_argument(
		"--rate", type=float, default=rate, help=f"orders a second of the last stage ({rate:g})"
	)
	found.add_argument("--locust", default=_beside_python("locust"), help="the program")
	found.add_argument("--json", type=Path, metavar="FILE", help="also write all samples to FILE")
	return found


def _beside_python(program: str) -> str:
	beside = Path(sys.executable).with_name(program)
	return str(beside) if beside.exists() else program


def main() -> int:
	options = parser(500)
	options.add_argument("--python", default=sys.executable, help="the Python that has the service")
	options.add_argument("--workers", type=int, default=WORKERS, help=f"of the service ({WORKERS})")
	given = options.parse_args()
	subprocess.run([given.python, "-m", "benchmarks.big_snapshot", str(KEPT)], check=True)
	orders = json.loads((KEPT / "orders.json").read_text())
	with service(KEPT / "big.sqlite", given.python, given.workers) as server:
		url = f"http://127.0.0.1:{server.port}"
		show(Target(url, "/otp/promise", {}, orders, {"service": server.pid}), given)
	return 0


def show(target: Target, given: argparse.Namespace) -> None:
	"""Runs the stages and prints what was seen; says which program is missing."""
	if not (shutil.which(given.locust) or os.access(given.locust, os.X_OK)):
		sys.exit(f"There is no {given.locust}: pip install 'otp_app[load]', or name it with --locust.")
	rows: list[dict[str, Any]] = []
	for row in run(target, stages(given.scale, given.rate), given.locust):
		rows.append(row)
		print(f"{row['stage']}: {row['requests']:,} requests, {row['errors']} errors", flush=True)
	print("\nThe load, in stages")
	table(told(rows))
	print("\nProcesses (processor in percent of one core)")
	table(told_processes(rows))
	if given.json:
		given.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
	sys.exit(main())
