"""Memory and processor time of the processes that serve a site's web requests, as each of them last said.

Workers of the queue start a process for each job, which is no use to watch.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from redis.exceptions import RedisError

import frappe

from otp_app.telemetry.names import CPU, MEMORY, Metric

KEY = "otp_metrics_processes"
# Seconds: how often a process says it, and when one that says nothing any more is forgotten.
SAY_EVERY, FORGET_AFTER = 10.0, 300.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_said_at: dict[tuple[int, str], float] = {}


def say() -> None:
	"""Writes down what this process uses, at most every SAY_EVERY seconds; to be called in a web request."""
	if not frappe.request:
		return
	me, now = (os.getpid(), frappe.local.site), time.monotonic()
	if now - _said_at.get(me, -SAY_EVERY) < SAY_EVERY:
		return
	_said_at[me] = now
	try:
		times = os.times()
		used = (_memory(), times.user + times.system, time.time())
		pipeline = frappe.cache.pipeline(transaction=False)
		pipeline.hset(frappe.cache.make_key(KEY), _name(), json.dumps(used))
		pipeline.execute()
	except (RedisError, OSError):
		pass  # it says it again soon


def read() -> Mapping[Metric, Mapping[tuple[str, ...], float]]:
	"""What the processes use that have said something of late; those that have not are forgotten."""
	memory: dict[tuple[str, ...], float] = {}
	processor: dict[tuple[str, ...], float] = {}
	key = frappe.cache.make_key(KEY)
	try:
		said = frappe.cache.execute_command("HGETALL", key)
		for name, used in said.items():
			used_bytes, seconds, at = json.loads(used)
			if time.time() - at > FORGET_AFTER:
				frappe.cache.execute_command("HDEL", key, name)
				continue
			memory[(name.decode(),)], processor[(name.decode(),)] = used_bytes, seconds
	except (RedisError, OSError):
		return {}
	return {MEMORY: memory, CPU: processor}


def _name() -> str:
	return f"{os.uname().nodename}-{os.getpid()}"


def _memory() -> int:
	"""Resident bytes."""
	return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
