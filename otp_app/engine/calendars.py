"""Working days: a weekend, a holiday list, and arithmetic over the days that are neither."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
# Sums that a calendar keeps, and calendars that are kept: a site has a few, and asks of each about the days of a year.
MOST_SUMS = 10_000
MOST_CALENDARS = 64
# Longer than any holiday list lasts: a calendar without a working day in ten years is a mistake.
SEARCH_LIMIT_DAYS = 3660


class NoWorkingDay(ValueError):
	"""A calendar in which nobody ever works."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
	"""`weekend` holds weekday numbers (Monday is 0), `holidays` dates."""

	weekend: frozenset[int] = frozenset()
	holidays: frozenset[date] = frozenset()
	name: str = ""
	# Lead times and transits are added to the same few days over and over.
	_added: dict[tuple[date, int], date] = field(default_factory=dict, repr=False, compare=False)

	def is_working(self, day: date) -> bool:
		"""Whether work is done on `day`."""
		return day.weekday() not in self.weekend and day not in self.holidays

	def on_or_after(self, day: date) -> date:
		"""The first working day from `day` on."""
		return day if self.is_working(day) else self._seek(day, DAY)

	def on_or_before(self, day: date) -> date:
		"""The last working day up to `day`."""
		return day if self.is_working(day) else self._seek(day, -DAY)

	def add(self, day: date, working_days: int) -> date:
		"""`working_days` after the first working day from `day` on."""
		key = (day, working_days)
		known = self._added.get(key)
		if known is None:
			known = self.on_or_after(day)
			for _ in range(working_days):
				known = self.on_or_after(known + DAY)
			if len(self._added) >= MOST_SUMS:
				self._added.clear()
			self._added[key] = known
		return known

	def after(self, day: date, working_days: int) -> date:
		"""The `working_days`-th working day after `day`, for 1 or more."""
		return self.add(day + DAY, working_days - 1)

	def subtract(self, day: date, working_days: int) -> date:
		"""`working_days` before the last working day up to `day`."""
		day = self.on_or_before(day)
		for _ in range(working_days):
			day = self.on_or_before(day - DAY)
		return day

	def _seek(self, day: date, step: timedelta) -> date:
		found = day
		with suppress(OverflowError):  # the first and the last day that a date can be
			for _ in range(SEARCH_LIMIT_DAYS):
				if self.is_working(found):
					return found
				found += step
		raise NoWorkingDay(
			f"Holiday list {self.name or 'of the request'} leaves no working day near {day}: "
			"remove holidays from it, or choose another."
		)


@lru_cache(maxsize=MOST_CALENDARS)
def working_days(weekend: frozenset[int], holidays: frozenset[date], name: str) -> WorkingDays:
	"""The working days of a calendar: for the same days off the same object, with the sums that it has kept."""
	return WorkingDays(weekend, holidays, name)
