"""What Molam's client counts in its own process, added to what all processes of the site count.

The client keeps its counters in memory, and knows nothing of sites. After each exchange, what has been added since the
last look goes to the site's counters.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from prometheus_client import Histogram

from otp_app.molam_sdk.metrics import CIRCUIT_CHANGES, LATENCY, REQUESTS
from otp_app.operations import counters
from otp_app.operations.counters import COUNT, INFINITE, SUM, Field
from otp_app.telemetry.names import Metric

MOLAM_REQUESTS = Metric(
	"molam_sdk_requests_total", "counter", "Requests sent to Molam, retries included", ("endpoint", "code")
)
MOLAM_SECONDS = Metric(
	"molam_sdk_request_latency_seconds", "histogram", "Seconds until Molam answered a request", ("endpoint",)
)
# A change is seen by each process that uses the circuit.
CHANGES = Metric(
	"circuit_breaker_state_changes_total",
	"counter",
	"Changes of state of a circuit breaker, as each process saw them",
	("name", "from_state", "to_state"),
)
# Upper bounds in seconds, as the client has them.
MOLAM_BUCKETS = tuple(bound for bound in Histogram.DEFAULT_BUCKETS if bound != float("inf"))

_lock = threading.Lock()
_seen: dict[Field, float] = {}


def add_what_is_new() -> None:
	"""Counts for the site what this process's clients have counted since the last time."""
	with _lock:
		for field, value in _values():
			if new := value - _seen.get(field, 0.0):
				counters.add(field, new)
				_seen[field] = value
	counters.write_soon()


def renewed_after_fork() -> None:
	"""A lock that another thread held when the process was forked would stay locked."""
	global _lock
	_lock = threading.Lock()


os.register_at_fork(after_in_child=renewed_after_fork)


def _values() -> Iterator[tuple[Field, float]]:
	"""What the clients of this process have counted since it began."""
	for metric, theirs in ((MOLAM_REQUESTS, REQUESTS), (CHANGES, CIRCUIT_CHANGES)):
		for sample in _samples(theirs):
			if sample.name.endswith("_total"):
				yield (metric.name, COUNT, _labels(metric, sample)), sample.value
	below: dict[tuple[str, ...], float] = {}
	for sample in _samples(LATENCY):
		labels = _labels(MOLAM_SECONDS, sample)
		if sample.name.endswith("_sum"):
			yield (MOLAM_SECONDS.name, SUM, labels), sample.value
		elif sample.name.endswith("_bucket"):
			# Theirs count what is below a bound, the lowest bound first; ours what is between two.
			yield (
				(MOLAM_SECONDS.name, _bound(sample.labels["le"]), labels),
				sample.value - below.get(labels, 0),
			)
			below[labels] = sample.value


def _samples(metric: Any) -> list[Any]:
	return [sample for family in metric.collect() for sample in family.samples]


def _labels(metric: Metric, sample: Any) -> tuple[str, ...]:
	return tuple(sample.labels[name] for name in metric.labels)


def _bound(text: str) -> str:
	return INFINITE if text == INFINITE else str(float(text))
