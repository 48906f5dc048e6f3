"""How the memory of a service process grows with the promises that it has made (scripts/service_memory.py)."""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.serving import service

# Looked at after so many promises, and at the end.
FIRST, STEP = 10_000, 100_000


def measure(folder: Path, promises: int, over_http: int, until: float) -> Iterator[dict[str, Any]]:
	"""Rows of the two ways. `folder` is that of benchmarks.big_snapshot, `until` a moment of time.monotonic()."""
	orders = json.loads((folder / "orders.json").read_text())
	yield from _through_the_backend(folder, promises, until)
	if over_http:
		yield from _over_http(folder, orders, over_http, until)


def looks(promises: int) -> list[int]:
	"""After how many promises memory is looked at."""
	steps = {FIRST, *range(STEP, promises + 1, STEP), promises}
	return sorted(step for step in steps if step <= promises)


def memory_mib(pid: int | str = "self") -> float:
	"""Resident memory of a process."""
	lines = Path(f"/proc/{pid}/status").read_text().splitlines()
	return round(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024, 1)


def _row(way: str, promises: int, memory: float, began: float, cpu: float | None = None) -> dict[str, Any]:
	seconds = time.monotonic() - began
	return {
		"way": way,
		"promises": promises,
		"memory_mib": memory,
		"minutes": round(seconds / 60, 1),
		"per_second": round(promises / seconds, 1),
		"cpu_ms_each": round(1000 * cpu / promises, 2) if cpu is not None else "",
	}


def _through_the_backend(folder: Path, promises: int, until: float) -> Iterator[dict[str, Any]]:
	"""In a process of its own, which prints a row a line."""
	left = max(1.0, until - time.monotonic())
	command = [sys.executable, "-m", "benchmarks.service_memory", str(folder), str(promises), str(left)]
	with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
		for line in process.stdout or ():
			yield json.loads(line)
	if process.returncode:
		raise RuntimeError(f"the process that promises ended with exit code {process.returncode}")


def _in_this_process(folder: Path, promises: int, until: float) -> Iterator[dict[str, Any]]:
	"""As the service does it: the backend, and the answer made into JSON."""
	from otp_app.service.answers import json_answer
	from otp_app.service.backends import backend_of
	from otp_app.service.config import from_environment

	orders = json.loads((folder / "orders.json").read_text())
	backend = backend_of(from_environment({"OTP_SNAPSHOT": str(folder / "big.sqlite")}))
	began, wanted = time.monotonic(), set(looks(promises))
	for number, order in _numbered(orders, promises):
		json_answer(backend.promise(order, f"memory-{number}"))
		over = time.monotonic() > until
		if number in wanted or over:
			yield _row("backend", number, memory_mib(), began, time.process_time())
		if over:
			return


def _over_http(
	folder: Path, orders: list[dict[str, Any]], promises: int, until: float
) -> Iterator[dict[str, Any]]:
	bodies = [json.dumps(order).encode() for order in orders]
	wanted = set(looks(promises))
	with service(folder / "big.sqlite", workers=1) as server:
		connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
		began = time.monotonic()
		for number, body in _numbered(bodies, promises):
			connection.request("POST", "/otp/promise", body, {"Content-Type": "application/json"})
			answer = connection.getresponse()
			answer.read()
			if answer.status != 200:
				raise RuntimeError(f"promise {number} was answered with {answer.status}")
			over = time.monotonic() > until
			if number in wanted or over:
				yield _row("HTTP", number, memory_mib(server.pid), began)
			if over:
				return


def _numbered(orders: Iterable[Any], promises: int) -> Iterator[tuple[int, Any]]:
	"""So many of the orders, over and over, counted from one."""
	return enumerate(itertools.islice(itertools.cycle(orders), promises), 1)


if __name__ == "__main__":
	for found in _in_this_process(Path(sys.argv[1]), int(sys.argv[2]), time.monotonic() + float(sys.argv[3])):
		print(json.dumps(found), flush=True)
