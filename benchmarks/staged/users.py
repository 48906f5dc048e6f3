"""What one user of the load does, for locust: one order after another, with a pause or at a steady rate.

The environment tells: OTP_LOAD_PLAN, a JSON file with `path`, `headers`, `orders` and `pause` (seconds between two orders of a
user, at random around it) or `per_second` (orders a second of a user); OTP_LOAD_REPORT, the file to write the figures to.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, constant_throughput, events, task

PLAN: dict[str, Any] = json.loads(Path(os.environ["OTP_LOAD_PLAN"]).read_text())
BODIES = [json.dumps(order).encode() for order in PLAN["orders"]]
HEADERS = {"Content-Type": "application/json", **PLAN["headers"]}
SHARES = {"p50_ms": 0.50, "p95_ms": 0.95, "p99_ms": 0.99, "most_ms": 1.0}
statuses: Counter[str] = Counter()
milliseconds: list[float] = []


class OrderDesk(FastHttpUser):
	"""Asks when an order of one to five lines can be delivered."""

	wait_time = (
		constant_throughput(PLAN["per_second"])
		if PLAN.get("per_second")
		else between(PLAN["pause"] * 0.5, PLAN["pause"] * 1.5)
	)
	network_timeout = connection_timeout = 30.0

	@task
	def promise(self) -> None:
		"""One order."""
		self.client.post(PLAN["path"], data=random.choice(BODIES), headers=HEADERS)


@events.request.add_listener
def note(response_time: float, response: Any, exception: Any, **_: Any) -> None:
	"""Keeps each time to the tenth of a millisecond: locust itself rounds to two digits."""
	milliseconds.append(response_time)
	status = getattr(response, "status_code", 0)
	statuses[str(status) if status else type(exception).__name__] += 1


@events.quitting.add_listener
def report(environment: Any, **_: Any) -> None:
	"""Writes what happened; without any order answered there are no percentiles."""
	ordered, total = sorted(milliseconds), environment.stats.total
	last = max(0, len(ordered) - 1)
	figures: dict[str, Any] = {
		"requests": len(ordered),
		"seconds": round((total.last_request_timestamp or 0) - total.start_time, 1) if ordered else 0.0,
		"statuses": dict(sorted(statuses.items())),
		"errors": sum(count for status, count in statuses.items() if status != "200"),
	}
	for name, share in SHARES.items():
		figures[name] = round(ordered[min(last, int(share * len(ordered)))], 1) if ordered else None
	Path(os.environ["OTP_LOAD_REPORT"]).write_text(json.dumps(figures))
