"""What became of the lines of committed promises, against the probability that they were committed with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _

from otp_app.engine.reliability.outcomes import Drift, Scored, band_of, drift, fates
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.reports.accuracy import Outcome, PromisedLine
from otp_app.reports.causes import PEG
from otp_app.reports.lines import promised_lines
from otp_app.reports.permitted import PROMISE

# Of promises whose order was submitted.
COUNTED = (PromiseStatus.COMMITTED, PromiseStatus.AT_RISK, PromiseStatus.KEPT, PromiseStatus.BROKEN)
# The drift alarm looks at lines promised for so many days up to yesterday.
WATCHED_DAYS = 90


def lines_promised(
	company: str, filters: Mapping[str, Any], first: date, last: date
) -> list[tuple[Any, PromisedLine]]:
	"""The lines promised from `first` to `last` that the user may see, each with the row it was read from.

	Of a promise that was superseded by another of the same order, the lines delivered by then: the other has only the rest.
	"""
	statuses = [status.value for status in (*COUNTED, PromiseStatus.SUPERSEDED)]

	def condition(promise: Any, line: Any) -> Any:
		delivered = promise.committed_on.isnotnull() & line.delivered_on.isnotnull()
		counts = (promise.status != PromiseStatus.SUPERSEDED.value) | delivered
		return line.promise_date[first:last] & counts

	rows = promised_lines(company, statuses, filters, condition)
	for row in rows:
		row.month = row.promise_date.replace(day=1)
		row.band = band_of(row.told_probability) if row.told_probability else ""
	# A Float field has no other way to say that nothing was told.
	return [
		(row, PromisedLine(row.promise_date, row.delivered_on, row.told_probability or None)) for row in rows
	]


def watched(today: date) -> tuple[date, date]:
	"""The first and the last promised date that the drift alarm looks at: of today's, only the kept are known."""
	return today - timedelta(days=WATCHED_DAYS), today - timedelta(days=1)


def drift_of(company: str, today: date) -> Drift | None:
	"""Probabilities told against promises kept of late; None where none is decided that was told one."""
	lines = lines_promised(company, {}, *watched(today))
	told = [(row, line) for row, line in lines if line.told is not None]
	same = _fates([row for row, _line in told])
	return drift(
		[
			Scored(line.told, line.outcome(today) is Outcome.ON_TIME, same[_key(row)])
			for row, line in told
			if line.told is not None
		]
	)


def drift_in_words(found: Drift | None) -> str | None:
	"""The alarm as a sentence; None without one."""
	if found is None or not found.alarm:
		return None
	sentence = _(
		"Of {0} lines promised for the last {1} days, {2} % were kept, and {3} % was told: chance does not explain it."
	)
	shares = (f"{100 * share:.1f}" for share in (found.kept, found.told))
	return str(sentence.format(found.count, WATCHED_DAYS, *shares))


def _fates(rows: Collection[Any]) -> dict[str, str]:
	"""Line -> a name that it shares with the other lines of its promise, and with those that wait for the same document."""
	waits: dict[str, list[tuple[str, str]]] = {_key(row): [(PROMISE, row.promise)] for row in rows}
	pegs = frappe.get_all(
		PEG,
		{
			"parent": ("in", sorted({row.promise for row in rows}) or [""]),
			"parenttype": PROMISE,
			"document": ("is", "set"),
		},
		["parent as promise", "line as idx", "document_type", "document"],
		order_by=None,
	)
	for peg in pegs:
		if _key(peg) in waits:
			waits[_key(peg)].append((peg.document_type, peg.document))
	return fates(waits)


def _key(row: Any) -> str:
	return f"{row.promise} {row.idx}"
