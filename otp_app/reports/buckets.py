"""Stretches of time that a report has a column for each; pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from otp_app.engine.ledger import Level

SIZES = ("Day", "Week", "Month")
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Bucket:
	"""From `start` to `end`, both included."""

	start: date
	end: date

	@property
	def key(self) -> str:
		"""The name of its column."""
		return f"atp_{self.end:%Y%m%d}"


def buckets(start: date, size: str, count: int) -> tuple[Bucket, ...]:
	"""`count` buckets from `start` on: days, weeks to Sunday or calendar months, of which the first is cut short."""
	answer = []
	for _ in range(count):
		answer.append(Bucket(start, _end(start, size)))
		start = answer[-1].end + timedelta(days=1)
	return tuple(answer)


def _end(day: date, size: str) -> date:
	if size == "Week":
		return day + timedelta(days=SUNDAY - day.weekday())
	if size == "Month":
		return day.replace(day=monthrange(day.year, day.month)[1])
	return day


def atp_at_ends(
	levels: Sequence[Level], spans: Sequence[Bucket], horizon: date, tolerance: float
) -> list[float]:
	"""The ATP of an engine's ledger at the end of each bucket, in stock units; after `horizon` nothing is promised."""
	answer, position, atp = [], 0, 0.0
	for span in spans:
		while position < len(levels) and levels[position].day <= min(span.end, horizon):
			atp = levels[position].atp
			position += 1
		answer.append(atp if atp > tolerance else 0.0)
	return answer
