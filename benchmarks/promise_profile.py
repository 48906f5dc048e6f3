"""Where a promise's time goes, over a snapshot in memory: its steps one by one, and the whole of it.

	python -m benchmarks.promise_profile [--snapshot FILE] [--order FILE] [--json FILE]

Without files it is the demo company's order, and the first line of that alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.timing import percentile
from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.engine.assemble import on_time_odds
from otp_app.engine.decision import Decision, plan_order
from otp_app.engine.options import find_options
from otp_app.engine.promise import Promise
from otp_app.engine.reasons import blockers, reasons
from otp_app.engine.request import parse
from otp_app.promises.calculate import promise_order
from otp_app.sources import Source
from otp_app.sources.snapshot import SnapshotFile, SnapshotMemory

RUNS = 300
# Not counted: the first runs fill what is kept between promises.
WARM_UP = 20
DEMO_ORDER = DEMO_SNAPSHOT.with_name("order.json")


class Clock:
	"""Processor time, in microseconds, of each step of one promise after the other."""

	def __init__(self) -> None:
		self.taken: dict[str, list[float]] = {}

	def step(self, name: str, work: Callable[[], Any]) -> Any:
		"""What `work` gives, its time noted."""
		start = time.process_time_ns()
		answer = work()
		self.taken.setdefault(name, []).append((time.process_time_ns() - start) / 1000)
		return answer

	def medians(self) -> dict[str, float]:
		"""Microseconds by step."""
		return {name: round(percentile(taken, 0.5), 1) for name, taken in self.taken.items()}


def stepwise(clock: Clock, source: SnapshotMemory, payload: Mapping[str, Any]) -> None:
	"""The steps of `promise_order`, in its order."""
	request = clock.step("parse", lambda: parse(payload))
	codes = list(dict.fromkeys(line.item_code for line in request.items))
	facts = clock.step("read", lambda: source.snapshot(codes, customer=request.customer))
	decision = clock.step("plan", lambda: plan_order(facts, request, facts.taken_at, for_trials=True))
	clock.step("lines", lambda: decision.lines)
	clock.step("odds", lambda: odds(decision))
	clock.step("options", lambda: find_options(decision))
	clock.step("reasons", lambda: [*reasons(decision), *blockers(decision)])


def odds(decision: Decision) -> tuple[float | None, float | None]:
	possible = decision.earliest is not None
	return decision.odds if possible else None, on_time_odds(decision.planner, decision.plans)


def whole(source: Source, payload: Mapping[str, Any], now: Any, *, with_options: bool) -> Promise:
	"""The promise as a service asks for it."""
	return promise_order(source, payload, now=now, request_id="bench", with_options=with_options)


def once(clock: Clock, memory: SnapshotMemory, file: SnapshotFile, order: Mapping[str, Any]) -> None:
	"""One promise step by step, and as a whole in each way."""
	now = memory.taken_at
	stepwise(clock, memory, order)
	promise = clock.step("all", lambda: whole(memory, order, now, with_options=True))
	clock.step("answer", lambda: json.dumps(promise.as_dict()))
	clock.step("all without options", lambda: whole(memory, order, now, with_options=False))
	clock.step("all from the file", lambda: whole(file, order, now, with_options=True))


def measure(snapshot: Path, payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
	"""One row for each number of lines."""
	memory, file = SnapshotMemory(snapshot), SnapshotFile(snapshot)
	for lines in dict.fromkeys((1, len(payload["items"]))):
		order, clock = {**payload, "items": payload["items"][:lines]}, Clock()
		for _ in range(WARM_UP):
			once(Clock(), memory, file, order)
		for _ in range(RUNS):
			once(clock, memory, file, order)
		yield {"case": f"{lines} line(s)", "microseconds": clock.medians()}


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--snapshot", type=Path, default=DEMO_SNAPSHOT, metavar="FILE")
	parser.add_argument("--order", type=Path, default=DEMO_ORDER, metavar="FILE")
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
	options = parser.parse_args()
	found = list(measure(options.snapshot, json.loads(options.order.read_text())))
	for row in found:
		print(row["case"])
		for name, taken in row["microseconds"].items():
			print(f"  {name:<20} {taken:>9,.1f} us")
	if options.json:
		options.json.write_text(json.dumps(found, indent="\t") + "\n")


if __name__ == "__main__":
	main()
