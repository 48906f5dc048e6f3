"""Prometheus metrics of the client, in the default registry: requests, their latency, and circuit breakers."""

from __future__ import annotations

from typing import Any, TypeVar

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

Metric = TypeVar("Metric", bound=MetricWrapperBase)

# What stands in for a status where no answer came: the server cannot have meant them, and alerts on 5xx see them.
CODE_TIMED_OUT = 598
CODE_NO_ANSWER = 599


def _registered(kind: type[Metric], name: str, text: str, labels: tuple[str, ...], **options: Any) -> Metric:
	"""The metric of that name; the one that is there when the package is imported under a second name."""
	try:
		return kind(name, text, labels, **options)
	except ValueError:
		there = REGISTRY._names_to_collectors.get(name)
		if not isinstance(there, kind):
			raise
		return there


REQUESTS = _registered(
	Counter, "molam_sdk_requests_total", "Requests sent to Molam, retries included", ("endpoint", "code")
)
LATENCY = _registered(
	Histogram, "molam_sdk_request_latency_seconds", "Seconds until Molam answered a request", ("endpoint",)
)
CIRCUIT_CHANGES = _registered(
	Counter,
	"circuit_breaker_state_changes_total",
	"Changes of state of a circuit breaker, as this process saw them",
	("name", "from_state", "to_state"),
)
CIRCUIT_STATE = _registered(
	Gauge,
	"circuit_breaker_state",
	"State of a circuit breaker: 0 closed, 1 half-open, 2 open",
	("name",),
	# Where several processes share a folder: one that has ended tells nothing any more.
	multiprocess_mode="livemostrecent",
)


def metrics_request(endpoint: str, code: int | str, latency: float) -> None:
	"""Count one request: the name of the call (never a path with ids), the HTTP status, and its seconds."""
	REQUESTS.labels(endpoint, str(code)).inc()
	LATENCY.labels(endpoint).observe(latency)
