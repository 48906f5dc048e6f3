"""When workstations have time: forward scheduling of operations on working hours, less what they have to do already.

A *moment* is a number of minutes: that of the day (date.toordinal) times a day's minutes, plus the minute of the day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from zoneinfo import ZoneInfo

from otp_app.engine.calendars import DAY, NoWorkingDay, WorkingDays
from otp_app.engine.capable.claims import Lane, Lanes, Taken
from otp_app.engine.capable.facts import Workstation
from otp_app.engine.facts import Warehouse
from otp_app.engine.schedule import Terms

MINUTES = 1440.0
# Less work than this is none.
_NOTHING = 1e-6
# Where no working hours are known, a day's production hours begin at this one, if they fit into the day.
_OPENS = 8.0 * 60


def moment_of(day: date) -> float:
	"""The beginning of a day."""
	return day.toordinal() * MINUTES


def day_of(moment: float) -> date:
	"""The day of a moment."""
	return date.fromordinal(int(moment // MINUTES))


def last_day(end: float) -> date:
	"""The day on which work goes on that ends at a moment: midnight ends the day before."""
	return day_of(end - _NOTHING)


@dataclass(frozen=True, slots=True)
class Run:
	"""From when to when an operation is worked on."""

	start: float
	end: float


class NeverWorks(Exception):
	"""A workstation that has no working hours, or no working day."""


@dataclass
class Shop:
	"""The workstations of a snapshot under one set of terms; what an order takes of them is in its `Taken`."""

	terms: Terms
	_hours: dict[str | None, Lane] = field(default_factory=dict)
	_begins: dict[str, float] = field(default_factory=dict)
	_loads: dict[tuple[str, str], dict[date, float]] = field(default_factory=dict)

	def begin(self, at: Warehouse) -> float:
		"""The first moment at which work for an order that comes now can begin."""
		known = self._begins.get(at.name)
		if known is None:
			day = self.terms.start(at)
			known = moment_of(day) if day > self.terms.today else moment_of(day) + self._now
			self._begins[at.name] = known
		return known

	@cached_property
	def _now(self) -> float:
		"""The minute of the day that it is now."""
		now = self.terms.now.astimezone(ZoneInfo(self.terms.snapshot.timezone))
		return now.hour * 60.0 + now.minute

	def run(
		self, name: str | None, minutes: float, ready: float, at: Warehouse, taken: Taken | None
	) -> Run | None:
		"""Work of `minutes` on a workstation from `ready` on, taken; None if it ends after the horizon.

		Without `taken` the workstation has nothing else to do. Raises NeverWorks.
		"""
		station = self._station(name)
		hours, work = self._hours_of(station), self._work(station, at)
		if minutes <= _NOTHING:
			return Run(ready, ready)
		start, left, after = None, minutes, ready
		day = self._on_or_after(work, day_of(ready))
		while day <= self.terms.horizon:
			lanes = self._lanes(station, day, at, taken) if taken is not None and station else (hours,)
			index, lane, used, done = _best(lanes, after - moment_of(day), left)
			if used:
				start = moment_of(day) + used[0][0] if start is None else start
				left -= done
				if taken is not None and station:
					taken.occupy((station.name, day), (*lanes[:index], lane, *lanes[index + 1 :]))
				if left <= _NOTHING:
					return Run(start, moment_of(day) + used[-1][1])
			day = self._on_or_after(work, day + DAY)
			after = moment_of(day)
		return None

	def _station(self, name: str | None) -> Workstation | None:
		if name is None:
			return None
		station = self.terms.snapshot.workstations.get(name)
		if station is None or station.capacity < 1:
			raise NeverWorks
		return station

	def _hours_of(self, station: Workstation | None) -> Lane:
		name = station.name if station else None
		known = self._hours.get(name)
		if known is None:
			known = self._hours[name] = self._lane(station.hours if station else ())
		if not known:
			raise NeverWorks
		return known

	def _lane(self, hours: tuple[tuple[time, time], ...]) -> Lane:
		"""Working hours as minutes of the day, in order and without overlap."""
		if not hours:
			length = min(MINUTES, self.terms.snapshot.settings.production_hours_per_day * 60)
			opens = min(_OPENS, MINUTES - length)
			return ((opens, opens + length),) if length > 0 else ()
		joined: list[tuple[float, float]] = []
		for start, end in sorted(_minutes(span) for span in hours):
			if joined and start <= joined[-1][1]:
				joined[-1] = (joined[-1][0], max(joined[-1][1], end))
			elif end > start:
				joined.append((start, end))
		return tuple(joined)

	def _work(self, station: Workstation | None, at: Warehouse) -> WorkingDays:
		"""The working days of a workstation: its own Holiday List, else those of the warehouse."""
		return self.terms.calendar(station.calendar) if station and station.calendar else self.terms.work(at)

	def _on_or_after(self, work: WorkingDays, day: date) -> date:
		try:
			return work.on_or_after(day)
		except NoWorkingDay as error:
			raise NeverWorks from error

	def _lanes(self, station: Workstation, day: date, at: Warehouse, taken: Taken) -> Lanes:
		"""What is free of a day: what the order has left of it, else the hours less the load, which is done first."""
		known = taken.free.get((station.name, day))
		if known is not None:
			return known
		hours, busy = self._hours_left(station, day), self._load(station, at).get(day, 0.0)
		lanes = []
		for _ in range(station.capacity):
			lane, busy = _without(hours, busy)
			lanes.append(lane)
		return tuple(lanes)

	def _load(self, station: Workstation, at: Warehouse) -> dict[date, float]:
		"""By day what a workstation does of its load: what does not fit into a day goes on on the next one."""
		key = (station.name, at.name)
		known = self._loads.get(key)
		if known is None:
			known = self._loads[key] = self._levelled(station, self._work(station, at))
		return known

	def _levelled(self, station: Workstation, work: WorkingDays) -> dict[date, float]:
		done: dict[date, float] = {}
		ahead, day = 0.0, self.terms.today
		for planned in sorted(station.load):
			while ahead > _NOTHING and day < planned:
				ahead, day = self._work_off(ahead, station, day, work, done), day + DAY
			day = max(planned, day)
			ahead += station.load[planned]
		while ahead > _NOTHING and day <= self.terms.horizon:
			ahead, day = self._work_off(ahead, station, day, work, done), day + DAY
		return done

	def _work_off(
		self, ahead: float, station: Workstation, day: date, work: WorkingDays, done: dict[date, float]
	) -> float:
		"""What is left of a load after a day."""
		if not work.is_working(day):
			return ahead
		hours = sum(end - start for start, end in self._hours_left(station, day))
		done[day] = min(ahead, station.capacity * hours)
		return ahead - done[day]

	def _hours_left(self, station: Workstation, day: date) -> Lane:
		"""The working hours of a day; of today those that have not passed."""
		hours = self._hours_of(station)
		if day > self.terms.today:
			return hours
		return tuple((max(start, self._now), end) for start, end in hours if end > self._now)


def _minutes(span: tuple[time, time]) -> tuple[float, float]:
	"""Hours as minutes of the day; those that end at midnight, or after it, end with the day."""
	start, end = (at.hour * 60 + at.minute + at.second / 60 for at in span)
	return (start, end) if end > start else (start, MINUTES)


def _without(lane: Lane, busy: float) -> tuple[Lane, float]:
	"""A lane less the first `busy` minutes of it, and how many of them did not fit."""
	free = []
	for start, end in lane:
		used = min(busy, end - start)
		busy -= used
		if end - start - used > _NOTHING:
			free.append((start + used, end))
	return tuple(free), busy


def _best(lanes: Lanes, after: float, minutes: float) -> tuple[int, Lane, Lane, float]:
	"""The lane on which most of the work is done from a minute of the day on, the soonest of these.

	Its number, what is left of it, the times used, and how many minutes that are.
	"""
	tries = [(*_use(lane, after, minutes), index) for index, lane in enumerate(lanes)]
	left, used, done, index = min(
		tries, key=lambda tried: (-tried[2], tried[1][-1][1] if tried[1] else 0.0, tried[3])
	)
	return index, left, used, done


def _use(lane: Lane, after: float, minutes: float) -> tuple[Lane, Lane, float]:
	"""What is left of a lane when work is put into it, the times that it takes, and how many minutes that are."""
	left: list[tuple[float, float]] = []
	used: list[tuple[float, float]] = []
	done = 0.0
	for start, end in lane:
		begins = max(start, after)
		ends = min(end, begins + minutes - done)
		if ends - begins <= _NOTHING:
			left.append((start, end))
			continue
		used.append((begins, ends))
		done += ends - begins
		left += [(a, b) for a, b in ((start, begins), (ends, end)) if b - a > _NOTHING]
	return tuple(left), tuple(used), done
