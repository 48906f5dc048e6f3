"""How sure the dates are that a promise is kept by: those of the answer, or those that were agreed with the customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from frappe.utils import getdate, nowdate

from otp_app.engine.probability import confidence
from otp_app.engine.promise import PlanLine, Promise
from otp_app.promises.names import LEVELS
from otp_app.sources.site.world import read_world


def certainty_of_line(line: PlanLine, agreed: date | None) -> dict[str, Any]:
	"""Probability and confidence of a line's date: the promised one, or the one that was agreed in its place."""
	if agreed in (None, line.promise_date):
		return _fields(line.probability)
	return _fields(line.on_time_probability if agreed == line.desired_date else None)


def certainty_of(promise: Promise, agreed: Sequence[date | None]) -> dict[str, Any]:
	"""Probability and confidence of all dates together; of a mixture of promised and agreed ones none is known."""
	lines = list(zip(promise.plan, agreed, strict=True))
	if all(day in (None, line.promise_date) for line, day in lines):
		return _fields(promise.probability)
	as_desired = all(day == line.desired_date for line, day in lines)
	return _fields(promise.on_time_probability if as_desired else None)


def _fields(probability: float | None) -> dict[str, Any]:
	if probability is None:
		return {"probability": 0.0, "confidence": None}
	level = confidence(read_world(getdate(nowdate())).settings, probability)
	return {"probability": probability, "confidence": LEVELS[level]}
