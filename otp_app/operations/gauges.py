"""What is counted from the tables when somebody reads the metrics: kept for a moment, so that reading often costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import frappe
from frappe.query_builder.functions import Count, Min
from frappe.utils import get_datetime, getdate, now_datetime, nowdate

from otp_app.operations import checks
from otp_app.payments.connection import circuits
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import DOCTYPE
from otp_app.promises.watching.judging import RECHECK
from otp_app.promises.watching.noting import NOTE
from otp_app.reports.outcomes import drift_of
from otp_app.telemetry.names import (
	CALIBRATION_DRIFT,
	CALIBRATION_GAP,
	CIRCUIT_STATE,
	ERPNEXT_UP,
	OPEN_PROMISES,
	WATCHING_AGE,
	WATCHING_BACKLOG,
	Metric,
)

# Keys in Redis, each with the seconds for which it is kept: what is read of 90 days of promises changes slowly.
NOW, OF_LATE = ("otp_gauges", 10), ("otp_gauges_of_late", 600)
OPEN = (PromiseStatus.DRAFT, PromiseStatus.HELD, PromiseStatus.COMMITTED, PromiseStatus.AT_RISK)

Values = dict[Metric, dict[tuple[str, ...], float]]


def read() -> Values:
	"""The gauges; without the database only that it does not answer, before `bench migrate` only that it does."""
	try:
		with _as_the_site():
			return {ERPNEXT_UP: {(): 1.0}} | _kept(NOW, _now) | _kept(OF_LATE, _of_late) | _circuits()
	except (frappe.db.OperationalError, frappe.db.ProgrammingError) as error:
		return {ERPNEXT_UP: {(): float(frappe.db.is_missing_table_or_column(error))}}


def forget() -> None:
	"""Deletes what is kept."""
	for key, _seconds in (NOW, OF_LATE):
		frappe.cache.delete_value(key)


@contextmanager
def _as_the_site() -> Iterator[None]:
	"""All is counted, not what a user may see: it was the token that was asked for."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		yield
	finally:
		frappe.set_user(user)


def _kept(where: tuple[str, int], count: Callable[[], Values]) -> Values:
	key, seconds = where
	known = {metric.name: metric for metric in KEPT}
	kept = frappe.cache.get_value(key, expires=True)
	if kept is None:
		found = count()
		told = [(metric.name, labels, value) for metric in found for labels, value in found[metric].items()]
		frappe.cache.set_value(key, json.dumps(told), expires_in_sec=seconds)
		return found
	answer: Values = {}
	for name, labels, value in json.loads(kept):
		answer.setdefault(known[name], {})[tuple(labels)] = value
	return answer


def _now() -> Values:
	"""Three queries. Raises OperationalError where the database does not answer: Frappe's connection would wait for it."""
	if problem := checks.database():
		raise frappe.db.OperationalError(problem)
	backlog, oldest = waiting()
	return {
		OPEN_PROMISES: _open_promises(),
		WATCHING_BACKLOG: {(): backlog},
		WATCHING_AGE: {(): oldest},
	}


def _open_promises() -> dict[tuple[str, ...], float]:
	promise = frappe.qb.DocType(DOCTYPE)
	statuses = [status.value for status in OPEN]
	query = (
		frappe.qb.from_(promise)
		.select(promise.status, Count("*"))
		.where(promise.status.isin(statuses))
		.groupby(promise.status)
	)
	return {(status,): 0.0 for status in statuses} | {(status,): float(n) for status, n in query.run()}


def waiting() -> tuple[float, float]:
	"""How many notes and promises wait to be judged, and for how many seconds the oldest has."""
	counted, first = 0, []
	for doctype in (NOTE, RECHECK):
		row = frappe.qb.DocType(doctype)
		((number, since),) = frappe.qb.from_(row).select(Count("*"), Min(row.creation)).run()
		counted += number
		first += [get_datetime(since)] if since else []
	age = (now_datetime() - min(first)).total_seconds() if first else 0.0
	return float(counted), max(0.0, age)


def _of_late() -> Values:
	"""What was told against what was kept, of each company of which that is known."""
	gaps: dict[tuple[str, ...], float] = {}
	drifts: dict[tuple[str, ...], float] = {}
	today = getdate(nowdate())
	for company in frappe.get_all("Company", pluck="name"):
		if found := drift_of(company, today):
			gaps[(company,)] = found.kept - found.told
			drifts[(company,)] = float(found.alarm)
	return {CALIBRATION_GAP: gaps, CALIBRATION_DRIFT: drifts}


STATES: Mapping[str, float] = {"closed": 0.0, "half-open": 1.0, "open": 2.0}


def _circuits() -> Values:
	return {CIRCUIT_STATE: {(name,): STATES[state] for name, state in circuits()}}


KEPT = (OPEN_PROMISES, WATCHING_BACKLOG, WATCHING_AGE, CALIBRATION_GAP, CALIBRATION_DRIFT)
