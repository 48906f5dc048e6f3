"""What the Molam client costs: calls a second and memory, beside bare loops of requests and aiohttp.

	python -m benchmarks.molam [--calls 20000] [--rounds 1] [--json FILE]

One sandbox process answers all of them. Each variant runs in a process of its own, so that its peak memory is its own;
in every second round they run in reverse order, since machines get slower and faster. Look at the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

THREADS = 8
TASKS = 50
KEY = "sk_test_benchmark"
BODY = {"amount": 100.5, "currency": "USD", "capture": False, "metadata": {}}
PATH = "/v1/connect/payment_intents"
CONNECT, READ = 5.0, 30.0


def bare_headers() -> dict[str, str]:
	return {
		"Authorization": f"Bearer {KEY}",
		"Accept": "application/json",
		"Idempotency-Key": str(uuid.uuid4()),
	}


def in_threads(calls: int, one: Callable[[], object]) -> None:
	"""`one`, `calls` times, by THREADS threads."""
	turns = iter(range(calls))
	lock = threading.Lock()

	def work() -> None:
		while True:
			with lock:
				if next(turns, None) is None:
					return
			one()

	threads = [threading.Thread(target=work) for _ in range(THREADS)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()


def bare_requests(url: str, calls: int) -> None:
	import requests

	own = threading.local()

	def one() -> None:
		if not hasattr(own, "session"):
			own.session = requests.Session()
		answer = own.session.post(url + PATH, json=BODY, headers=bare_headers(), timeout=(CONNECT, READ))
		assert answer.status_code < 300 and answer.json()["id"]

	in_threads(calls, one)


def sdk_threads(url: str, calls: int) -> None:
	from otp_app.molam_sdk import MolamSyncClient, PaymentIntentCreate

	with MolamSyncClient(config(url)) as client:
		in_threads(
			calls, lambda: client.create_payment_intent(PaymentIntentCreate(amount=100.5, currency="USD"))
		)


def bare_aiohttp(url: str, calls: int) -> None:
	import aiohttp

	async def main() -> None:
		timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=READ)
		async with aiohttp.ClientSession(timeout=timeout) as session:

			async def work(turns: Iterator[int]) -> None:
				for _ in turns:
					async with session.post(url + PATH, json=BODY, headers=bare_headers()) as answer:
						assert answer.status < 300 and (await answer.json())["id"]

			turns = iter(range(calls))
			await asyncio.gather(*(work(turns) for _ in range(TASKS)))

	asyncio.run(main())


def sdk_async(url: str, calls: int) -> None:
	from otp_app.molam_sdk import MolamAsyncClient, PaymentIntentCreate

	async def main() -> None:
		async with MolamAsyncClient(config(url)) as client:

			async def work(turns: Iterator[int]) -> None:
				for _ in turns:
					await client.create_payment_intent(PaymentIntentCreate(amount=100.5, currency="USD"))

			turns = iter(range(calls))
			await asyncio.gather(*(work(turns) for _ in range(TASKS)))

	asyncio.run(main())


def config(url: str) -> Any:
	from otp_app.molam_sdk import ClientConfig

	return ClientConfig(api_key=KEY, base_url=url, timeout_connect=CONNECT, timeout_read=READ)


# Each of ours, and the bare loop that it is compared with.
VARIANTS: dict[str, tuple[Callable[[str, int], None], str | None]] = {
	"requests, 8 threads": (bare_requests, None),
	"MolamSyncClient, 8 threads": (sdk_threads, "requests, 8 threads"),
	"aiohttp, 50 tasks": (bare_aiohttp, None),
	"MolamAsyncClient, 50 tasks": (sdk_async, "aiohttp, 50 tasks"),
}


def child(variant: str, url: str, calls: int) -> None:
	"""Run one variant in this process, and print what it took."""
	run, _ = VARIANTS[variant]
	run(url, 100)  # connections, imports, caches
	start, cpu = time.perf_counter(), time.process_time()
	run(url, calls)
	taken = {
		"seconds": time.perf_counter() - start,
		"cpu": time.process_time() - cpu,
		"peak_mb": peak_mb(),
	}
	print(json.dumps(taken))


def peak_mb() -> float:
	"""The most memory that this process has had. (Its getrusage would count its parent's, from before the exec.)"""
	lines = Path("/proc/self/status").read_text().splitlines()
	return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def measure(calls: int, rounds: int) -> list[dict[str, Any]]:
	"""One row a variant: calls a second, CPU microseconds a call, peak MB, and their ratios to the bare loop."""
	from otp_app.molam_sandbox import running  # not in the children: they measure memory

	samples: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
	with running(as_process=True) as sandbox:
		for turn in range(rounds):
			for name in list(VARIANTS)[:: -1 if turn % 2 else 1]:
				command = [sys.executable, "-m", "benchmarks.molam", "--child", name, sandbox.url, str(calls)]
				ran = subprocess.run(command, check=True, capture_output=True, text=True)
				samples[name].append(json.loads(ran.stdout))
	means = {
		name: {key: median(one[key] for one in taken) for key in taken[0]} for name, taken in samples.items()
	}
	rows = []
	for name, (_, bare) in VARIANTS.items():
		taken, base = means[name], means[bare or name]
		rows.append(
			{
				"variant": name,
				"calls_per_second": round(calls / taken["seconds"]),
				"of_bare": round(base["seconds"] / taken["seconds"], 2),
				"cpu_us_per_call": round(taken["cpu"] / calls * 1e6),
				"cpu_of_bare": round(taken["cpu"] / base["cpu"], 2),
				"peak_mb": round(taken["peak_mb"], 1),
				"peak_of_bare": round(taken["peak_mb"] / base["peak_mb"], 2),
			}
		)
	return rows


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
	parser.add_argument("--calls", type=int, default=20_000)
	parser.add_argument("--rounds", type=int, default=1)
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	parser.add_argument("--child", nargs=3, metavar=("VARIANT", "URL", "CALLS"), help=argparse.SUPPRESS)
	options = parser.parse_args()
	if options.child:
		variant, url, calls = options.child
		child(variant, url, int(calls))
		return
	rows = measure(options.calls, options.rounds)
	print(" | ".join(rows[0]))
	for row in rows:
		print(" | ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
	if options.json:
		options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
	main()
