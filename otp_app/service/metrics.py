"""What the service counts, by the names of otp_app.telemetry.names; one worker process or several."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from prometheus_client import (
	CollectorRegistry,
	Counter,
	Gauge,
	Histogram,
	disable_created_metrics,
	generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from otp_app.service.backend import Backend
from otp_app.service.workers import SERVING
from otp_app.telemetry import names
from otp_app.telemetry.names import NO_CONFIDENCE, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PATHS = frozenset(
	{
		"/otp/promise",
		"/otp/apply",
		"/otp/procurement-suggest",
		"/otp/sales-orders",
		"/otp/items/stock",
		"/otp/health",
		"/health",
		"/ready",
		"/metrics",
		"/docs",
		"/openapi.json",
	}
)
ORDER = "/otp/sales-orders/"


class Metrics:
	"""The service's metrics. `folder` is what worker processes share; without one there is a single process."""

	def __init__(self, folder: Path | None = None) -> None:
		self._folder = folder
		# Several worker processes know no moments of creation: one tells none, either.
		disable_created_metrics()  # type: ignore[no-untyped-call]
		self._registry = CollectorRegistry()
		self._requests = self._counter(names.HTTP_REQUESTS)
		self._request_seconds = self._histogram(names.HTTP_SECONDS)
		self._promises = self._counter(names.PROMISES)
		self._promise_seconds = self._histogram(names.PROMISE_SECONDS)
		self._circuit = self._gauge(names.CIRCUIT_STATE)
		self._registry.register(Processes(folder))

	# Made when they are first known: a gauge without labels tells 0 from its beginning, which here would be an alert.

	@cached_property
	def _up(self) -> Gauge:
		return self._gauge(names.ERPNEXT_UP)

	@cached_property
	def _facts_age(self) -> Gauge:
		return self._gauge(names.FACTS_AGE)

	def note_request(self, method: str, path: str, status: int, seconds: float) -> None:
		"""Counts an answered request; paths and methods that are not ours are `other`."""
		method = method if method in METHODS else "other"
		path = template(path)
		self._requests.labels(method, path, str(status)).inc()
		self._request_seconds.labels(method, path).observe(seconds)

	def note_promise(self, status: str, confidence: str | None, seconds: float) -> None:
		"""Counts a promise that was calculated."""
		self._promises.labels(status, confidence or NO_CONFIDENCE).inc()
		self._promise_seconds.observe(seconds)

	def note_source(self, *, answers: bool) -> None:
		"""Whether the source answered last."""
		self._up.set(int(answers))

	def exposed(self, backend: Backend) -> bytes:
		"""All of it in Prometheus's text format."""
		age = backend.facts_age()
		if age is not None:
			self._facts_age.set(age)
		for name, state in backend.circuits().items():
			self._circuit.labels(name).set(state)
		if self._folder is None:
			return generate_latest(self._registry)
		together = CollectorRegistry()
		MultiProcessCollector(together, str(self._folder))  # type: ignore[no-untyped-call]
		together.register(Processes(self._folder))
		return generate_latest(together)

	def _counter(self, metric: Metric) -> Counter:
		return Counter(metric.name, metric.text, metric.labels, registry=self._registry)

	def _histogram(self, metric: Metric) -> Histogram:
		return Histogram(
			metric.name, metric.text, metric.labels, registry=self._registry, buckets=names.BUCKETS
		)

	def _gauge(self, metric: Metric) -> Gauge:
		# Of several processes, the one that knew last.
		return Gauge(
			metric.name,
			metric.text,
			metric.labels,
			registry=self._registry,
			multiprocess_mode="livemostrecent",
		)


def template(path: str) -> str:
	"""The path as the documentation has it: without the name of an order."""
	if path in PATHS:
		return path
	return f"{ORDER}{{name}}" if path.startswith(ORDER) else "other"


class Processes(Collector):
	"""Memory and processor time of each worker process, read from the system when asked for."""

	def __init__(self, folder: Path | None) -> None:
		self._folder = folder

	def collect(self) -> Iterator[Any]:
		"""The two metrics, a sample a process."""
		memory = GaugeMetricFamily(names.MEMORY.name, names.MEMORY.text, labels=names.MEMORY.labels)
		cpu = CounterMetricFamily(names.CPU.name, names.CPU.text, labels=names.CPU.labels)
		for worker, pid in sorted(self._pids()):
			used = _used(pid)
			if used is not None:
				cpu.add_metric([worker], used[0])
				memory.add_metric([worker], used[1])
		yield memory
		yield cpu

	def _pids(self) -> Iterator[tuple[str, int]]:
		if self._folder is None:
			yield "worker-1", os.getpid()
			return
		for file in self._folder.glob(SERVING.format("*")):
			text = file.read_text(encoding="ascii")
			if text.isdigit():
				yield file.stem, int(text)


def _used(pid: int) -> tuple[float, float] | None:
	"""Processor seconds and resident bytes of a process; None where the system does not tell."""
	try:
		stat = (
			Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
		)
		pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
	except (OSError, IndexError):
		return None
	ticks = int(stat[11]) + int(stat[12])
	return ticks / os.sysconf("SC_CLK_TCK"), int(pages) * float(os.sysconf("SC_PAGE_SIZE"))
