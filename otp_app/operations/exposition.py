"""The metrics of a site as Prometheus reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from redis.exceptions import RedisError

from otp_app.operations import counters, gauges, processes
from otp_app.operations.counters import COUNT, INFINITE, SUM
from otp_app.operations.molam import CHANGES, MOLAM_BUCKETS, MOLAM_REQUESTS, MOLAM_SECONDS
from otp_app.telemetry.names import BUCKETS, HTTP_REQUESTS, HTTP_SECONDS, PROMISE_SECONDS, PROMISES, Metric

COUNTERS = (HTTP_REQUESTS, PROMISES, MOLAM_REQUESTS, CHANGES)
HISTOGRAMS: Mapping[Metric, Sequence[float]] = {
	HTTP_SECONDS: BUCKETS,
	PROMISE_SECONDS: BUCKETS,
	MOLAM_SECONDS: MOLAM_BUCKETS,
}

Labels = tuple[str, ...]
Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
# name of a metric -> labels -> part -> value
Counted = Mapping[str, Mapping[Labels, Mapping[str, float]]]


def text() -> bytes:
	"""All metrics of the site. Without Redis those that are counted are left out, without the database those of it."""
	registry = CollectorRegistry(auto_describe=False)
	registry.register(_Site())
	return generate_latest(registry)


class _Site:
	"""Collected anew for each reading."""

	def collect(self) -> Iterator[Family]:
		"""See prometheus_client.registry.Collector."""
		counted = _counted()
		for metric in COUNTERS:
			yield _counter(metric, counted)
		for metric, bounds in HISTOGRAMS.items():
			yield _histogram(metric, bounds, counted)
		for metric, values in (*gauges.read().items(), *processes.read().items()):
			yield _plain(metric, values)


def _counted() -> Counted:
	found: dict[str, dict[Labels, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
	try:
		for (name, part, labels), value in counters.read():
			found[name][labels][part] = value
	except (RedisError, OSError):
		found.clear()
	return found


def _counter(metric: Metric, counted: Counted) -> Family:
	family = CounterMetricFamily(metric.name, metric.text, labels=metric.labels)
	for labels, parts in sorted(counted.get(metric.name, {}).items()):
		family.add_metric(labels, parts[COUNT])
	return family


def _histogram(metric: Metric, bounds: Sequence[float], counted: Counted) -> Family:
	family = HistogramMetricFamily(metric.name, metric.text, labels=metric.labels)
	for labels, parts in sorted(counted.get(metric.name, {}).items()):
		below, buckets = 0.0, []
		for bound in (*map(str, bounds), INFINITE):
			below += parts.get(bound, 0.0)
			buckets.append((bound, below))
		family.add_metric(labels, buckets, parts.get(SUM, 0.0))
	return family


def _plain(metric: Metric, values: Mapping[Labels, float]) -> Family:
	kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
	family = kind(metric.name, metric.text, labels=metric.labels)
	for labels, value in sorted(values.items()):
		family.add_metric(labels, value)
	return family
