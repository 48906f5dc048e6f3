"""Values of fields as ERPNext keeps them: numbers as text, and nothing in several ways."""

from __future__ import annotations

from datetime import date, time
from typing import Any


class Fields(dict[str, Any]):
	"""A row whose fields are attributes, None for what is not there."""

	def __getattr__(self, name: str) -> Any:
		return self.get(name)


def whole(value: Any) -> int:
	"""A whole number; nothing is 0."""
	return int(float(value or 0))


def real(value: Any) -> float:
	"""A number; nothing is 0."""
	return float(value or 0)


def days_of(text: Any) -> int | None:
	"""The days that a rule gives; an empty field gives none, which is not zero."""
	return None if text in (None, "") else whole(text)


def time_of(text: Any) -> time | None:
	"""A time of the day, or none."""
	return time.fromisoformat(text) if text else None


def date_of(value: Any) -> date | None:
	"""The day of a date or moment, also as text; None for none."""
	return date.fromisoformat(str(value)[:10]) if value else None
