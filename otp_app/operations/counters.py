"""Counters and histograms of all processes of a site: one hash in Redis, added to in one round trip.

What a web request counts is written after its response has been sent; elsewhere (jobs, commands) at once. While Redis is
down, it is lost: a counter is not worth a promise.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from redis.exceptions import RedisError

import frappe
from frappe.utils import CallbackManager

from otp_app.operations import processes
from otp_app.telemetry.names import BUCKETS, Metric

# In Redis, and among the keys that `bench clear-cache` leaves alone (hooks.py).
KEY = "otp_metrics"
COUNT, SUM = "count", "sum"
INFINITE = "+Inf"

# (name of the metric, part of it, labels) -> so much. A part is COUNT, SUM, or the upper bound of a bucket.
Field = tuple[str, str, tuple[str, ...]]


def count(metric: Metric, *labels: str, by: float = 1) -> None:
	"""One more, or `by`, of a counter; `labels` in the order of the metric's."""
	add((metric.name, COUNT, labels), by)


def observe(metric: Metric, seconds: float, *labels: str) -> None:
	"""One more value of a histogram."""
	index = bisect_left(BUCKETS, seconds)
	bound = str(BUCKETS[index]) if index < len(BUCKETS) else INFINITE
	add((metric.name, bound, labels), 1)
	add((metric.name, SUM, labels), seconds)


def add(field: Field, amount: float) -> None:
	"""Remembers so much more of a field, until `write_soon`."""
	_waiting()[field] += amount


def write_soon() -> None:
	"""Has what was counted written: after the response in a web request, else now."""
	callbacks = getattr(getattr(frappe.local, "request", None), "after_response", None)
	if not isinstance(callbacks, CallbackManager):
		write()
	elif not getattr(frappe.local, "otp_counters_scheduled", False):
		frappe.local.otp_counters_scheduled = True
		callbacks.add(write)


def write() -> None:
	"""Writes what was counted; what Redis does not take is dropped."""
	frappe.local.otp_counters_scheduled = False
	processes.say()
	waiting = _waiting()
	if not waiting:
		return
	try:
		pipeline = frappe.cache.pipeline(transaction=False)
		key = frappe.cache.make_key(KEY)
		for field, amount in waiting.items():
			pipeline.hincrbyfloat(key, json.dumps(field), amount)
		pipeline.execute()
	except (RedisError, OSError):
		pass  # said above
	finally:
		waiting.clear()


def read() -> Iterator[tuple[Field, float]]:
	"""All that was counted on this site. Raises RedisError or OSError while Redis is down."""
	# Frappe's own hgetall takes values for pickled ones.
	for field, amount in frappe.cache.execute_command("HGETALL", frappe.cache.make_key(KEY)).items():
		name, part, labels = json.loads(field)
		yield (name, part, tuple(labels)), float(amount)


def forget() -> None:
	"""Deletes all that was counted."""
	_waiting().clear()
	frappe.cache.delete_value(KEY)


def _waiting() -> defaultdict[Field, float]:
	waiting: defaultdict[Field, float] | None = getattr(frappe.local, "otp_counters", None)
	if waiting is None:
		waiting = frappe.local.otp_counters = defaultdict(float)
	return waiting
