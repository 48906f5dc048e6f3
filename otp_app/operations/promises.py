"""Every promise, counted and told in one line of the log; a slow one with each of its queries."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import flt

from otp_app.engine.promise import Promise
from otp_app.operations import counters
from otp_app.operations.logs import logger
from otp_app.telemetry.names import NO_CONFIDENCE, PROMISE_SECONDS, PROMISES

SLOW = "otp_slow_ms"  # of site_config.json
DEFAULT_SLOW_MS = 500.0
MAX_SQL = 2000
MAX_STATEMENTS = 50
# Values that a query's text has in it: quoted texts, and numbers that are no part of a name.
_VALUES = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|(?<![\w`.])\d+(?:\.\d+)?\b")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Ran:
	"""A query that was run: its text, and how many seconds it took."""

	sql: Any
	seconds: float


def observed(customer: str | None, decide: Callable[[], Promise]) -> Promise:
	"""The promise that `decide` makes for a customer. What is refused (RequestRefused) is no promise, and not counted."""
	with recording() as ran:
		started = time.perf_counter()
		promise = decide()
		seconds = time.perf_counter() - started
	confidence = promise.confidence.value if promise.confidence else NO_CONFIDENCE
	counters.count(PROMISES, promise.status.value, confidence)
	counters.observe(PROMISE_SECONDS, seconds)
	counters.write_soon()
	_tell(promise, customer, seconds, ran)
	return promise


@contextmanager
def recording() -> Iterator[list[Ran]]:
	"""The queries that are run inside, in order. Their values are not kept."""
	database = frappe.local.db
	run, own = database.sql, "sql" in vars(database)
	ran: list[Ran] = []

	def timed(query: Any, *args: Any, **kwargs: Any) -> Any:
		started = time.perf_counter()
		try:
			return run(query, *args, **kwargs)
		finally:
			ran.append(Ran(query, time.perf_counter() - started))

	database.sql = timed
	try:
		yield ran
	finally:
		if own:
			database.sql = run
		else:
			del database.sql


def _tell(promise: Promise, customer: str | None, seconds: float, ran: list[Ran]) -> None:
	log = logger()
	about = {
		"customer": customer,
		"status": promise.status.value,
		"promise_date": promise.promise_date.isoformat() if promise.promise_date else None,
		"confidence": promise.confidence.value if promise.confidence else None,
		"duration_ms": round(seconds * 1000, 2),
		"queries": len(ran),
	}
	if seconds * 1000 < (flt(frappe.conf.get(SLOW)) or DEFAULT_SLOW_MS):
		log.info("Promise", extra=about)
	else:
		log.warning("Slow promise", extra=about | {"statements": _statements(ran)})


def _statements(ran: list[Ran]) -> list[dict[str, Any]]:
	"""The slowest queries, in the order in which they were run."""
	slowest = sorted(range(len(ran)), key=lambda index: -ran[index].seconds)[:MAX_STATEMENTS]
	kept = [ran[index] for index in sorted(slowest)]
	return [{"ms": round(one.seconds * 1000, 2), "sql": without_values(str(one.sql))} for one in kept]


def without_values(sql: str) -> str:
	"""A query's text with ? for each value: what customers order is nobody's business in a log."""
	return _VALUES.sub("?", _SPACES.sub(" ", sql)).strip()[:MAX_SQL]
