"""The metrics, by name: one list for the service, the site, the alert rules and the dashboard (docs/metrics.md)."""

from __future__ import annotations

from dataclasses import dataclass

# Upper bounds in seconds; the limit of OtpSlowPromises (150 ms) and that of slow promises in the log (500 ms) are among them.
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# The label of a promise that has no confidence.
NO_CONFIDENCE = "NONE"


@dataclass(frozen=True, slots=True)
class Metric:
	"""A metric as Prometheus knows it; `kind` is counter, gauge or histogram, times are in seconds, memory in bytes."""

	name: str
	kind: str
	text: str
	labels: tuple[str, ...] = ()


HTTP_REQUESTS = Metric(
	"http_requests_total",
	"counter",
	"Requests answered, by path and HTTP status",
	("method", "path", "status"),
)
HTTP_SECONDS = Metric(
	"http_request_duration_seconds", "histogram", "Seconds until a request was answered", ("method", "path")
)
PROMISES = Metric(
	"otp_promises_total", "counter", "Promises calculated, by status and confidence", ("status", "confidence")
)
PROMISE_SECONDS = Metric(
	"otp_promise_duration_seconds", "histogram", "Seconds to read the facts and decide a promise"
)
ERPNEXT_UP = Metric(
	"erpnext_connection_status", "gauge", "Whether ERPNext, or the site's database, answered last: 1 or 0"
)
CIRCUIT_STATE = Metric(
	"circuit_breaker_state", "gauge", "State of a circuit breaker: 0 closed, 1 half-open, 2 open", ("name",)
)
FACTS_AGE = Metric("otp_facts_age_seconds", "gauge", "Age of the oldest facts that are promised from")
MEMORY = Metric("otp_process_memory_bytes", "gauge", "Resident memory of a process", ("process",))
CPU = Metric("otp_process_cpu_seconds_total", "counter", "Processor time of a process", ("process",))
OPEN_PROMISES = Metric("otp_open_promises", "gauge", "Order Promises that are open, by status", ("status",))
CALIBRATION_GAP = Metric(
	"otp_calibration_gap",
	"gauge",
	"Share of promises kept less the share that was told to be kept, of those that ended lately",
	("company",),
)
CALIBRATION_DRIFT = Metric(
	"otp_calibration_drift", "gauge", "Whether that gap is more than chance explains: 1 or 0", ("company",)
)
WATCHING_BACKLOG = Metric("otp_watching_backlog", "gauge", "Notes and promises that wait to be judged again")
WATCHING_AGE = Metric("otp_watching_oldest_seconds", "gauge", "Age of the oldest of them")

METRICS = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
