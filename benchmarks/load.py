"""Requests over HTTP: a site behind gunicorn with two workers, its calls in turn in one run, and the service."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.serving import START_SECONDS, WORKERS, Server, free_port
from benchmarks.timing import timing

CLIENTS = 4
ROUNDS = 5
SECONDS = 4.0


def compare(
	port: int, headers: dict[str, str], calls: Mapping[str, tuple[str, bytes]]
) -> list[dict[str, Any]]:
	"""One row for each call (name -> path and body) of the site that answers on a port of this machine, over all rounds.

	In each round the calls have their turn one after the other.
	"""
	samples: dict[str, list[tuple[float, bool]]] = {name: [] for name in calls}
	rates: dict[str, list[float]] = {name: [] for name in calls}
	for path, data in calls.values():
		load(port, path, [data], headers, 1.0)  # both workers warm
	for _ in range(ROUNDS):
		for name, (path, data) in calls.items():
			found = load(port, path, [data], headers, SECONDS)
			samples[name] += found
			rates[name].append(len(found) / SECONDS)
	return [row(name, samples[name], sorted(rates[name])) for name in calls]


def row(name: str, found: list[tuple[float, bool]], rates: list[float]) -> dict[str, Any]:
	"""One call's figures; requests a second are the median round's."""
	times = timing([milliseconds for milliseconds, _ in found])
	return {
		"call": name,
		"requests": times.runs,
		"errors": sum(not good for _, good in found),
		"per_second": round(rates[len(rates) // 2], 1),
		"p50_ms": times.p50,
		"p95_ms": times.p95,
		"p99_ms": times.p99,
	}


def of_service(name: str, port: int, orders: Sequence[dict[str, Any]]) -> dict[str, Any]:
	"""The figures of a service that answers on a port of this machine, for these orders in turn."""
	headers, bodies = {"Content-Type": "application/json"}, [json.dumps(order).encode() for order in orders]
	load(port, "/otp/promise", bodies, headers, 1.0)
	rounds = [load(port, "/otp/promise", bodies, headers, SECONDS) for _ in range(ROUNDS)]
	return row(
		name, list(itertools.chain.from_iterable(rounds)), sorted(len(found) / SECONDS for found in rounds)
	)


def load(
	port: int, path: str, bodies: Sequence[bytes], headers: dict[str, str], seconds: float
) -> list[tuple[float, bool]]:
	"""Milliseconds and success of every call that CLIENTS threads make one after the other for some seconds."""
	turns = itertools.cycle(bodies)
	found: list[tuple[float, bool]] = []
	until = time.perf_counter() + seconds

	def client() -> None:
		connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
		while (start := time.perf_counter()) < until:
			connection.request("POST", path, next(turns), headers)
			answer = connection.getresponse()
			answer.read()
			found.append(((time.perf_counter() - start) * 1000, answer.status == 200))
		connection.close()

	threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	return found


@contextmanager
def server() -> Iterator[Server]:
	"""gunicorn serving the sites folder that is the working folder, on a free port."""
	port = free_port()
	command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "--preload"]
	process = subprocess.Popen(
		[*command, "frappe.app:application"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
	)
	try:
		for _ in range(START_SECONDS * 10):
			with socket.socket() as probe:
				if probe.connect_ex(("127.0.0.1", port)) == 0:
					break
			time.sleep(0.1)
		yield Server(port, process.pid)
	finally:
		process.terminate()
		process.wait(timeout=30)
