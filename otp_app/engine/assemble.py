"""When covered lines are delivered: shipment policy, desired-date mode and service level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from otp_app.engine.placing import Crowded, Schedule, landing, settled
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.probability import Floor, Unreachable, floor_for, no_floor, together, told


@dataclass(frozen=True, slots=True)
class Assembled:
	"""When everything is delivered: each peg (`schedules`), each line (`promised`), and the whole order.

	`on_time` tells of each line whether it meets its desired date, None without one; `at_once` when it could be there if nobody
	minded early delivery. `unlevelled` is what the promise date would be without a service level, where there is one; `best`
	the probability of the last day that may be promised, where no day has the service level; `crowded` where the quotas have
	no day for what is to be delivered together.
	"""

	schedules: tuple[Schedule, ...]
	promised: tuple[date | None, ...]
	on_time: tuple[bool | None, ...]
	promise_date: date | None
	promise_date_raw: date | None
	at_once: tuple[date | None, ...]
	unlevelled: date | None = None
	best: float | None = None
	crowded: bool = False

	@property
	def kept_back(self) -> bool:
		"""Whether a line waits for its desired date."""
		return self.promised != self.at_once

	@property
	def levelled(self) -> bool:
		"""Whether a service level has moved the promise date, or left the order without one."""
		return self.unlevelled is not None and self.unlevelled != self.promise_date

	@property
	def too_late(self) -> tuple[int, ...]:
		"""The lines that miss their desired date."""
		return tuple(index for index, on_time in enumerate(self.on_time) if on_time is False)


def assemble(planner: Planner, plans: Sequence[LinePlan]) -> Assembled:
	"""Dates every line of an order as its shipment policy, desired-date mode, service level and quotas want it."""
	try:
		return _assembled(planner, plans)
	except Crowded:
		return _crowded(plans)


def _crowded(plans: Sequence[LinePlan]) -> Assembled:
	"""An order that the quotas have no day for as a whole, though each line alone has one."""
	nothing = (None,) * len(plans)
	return Assembled(
		schedules=tuple(tuple(peg.delivery for peg in plan.pegs) for plan in plans),
		promised=nothing,
		on_time=tuple(False if plan.demand.desired else None for plan in plans),
		promise_date=None,
		promise_date_raw=max((plan.delivery for plan in plans if plan.delivery), default=None),
		at_once=nothing,
		crowded=True,
	)


def _assembled(planner: Planner, plans: Sequence[LinePlan]) -> Assembled:
	raw = [plan.delivery for plan in plans if plan.delivery is not None]
	complete = len(raw) == len(plans)
	level = planner.books.terms.rules.service_level if complete else None
	floor: Floor = no_floor
	best: float | None = None
	if level is not None:
		try:
			floor = _levelled(planner, plans, level)
		except Unreachable as unreachable:
			best = unreachable.best
	schedules = _schedules(planner, plans, floor)
	promised = _promised(planner, plans, schedules) if best is None else [None] * len(plans)
	at_once = promised
	if best is None and any(_not_before(planner, plan) > date.min for plan in plans):
		at_once = _promised(planner, plans, _schedules(planner, plans, floor, at_once=True))
	return Assembled(
		schedules=tuple(schedules),
		promised=tuple(promised),
		on_time=tuple(_on_time(planner, plan, day) for plan, day in zip(plans, promised, strict=True)),
		promise_date=max(day for day in promised if day is not None) if complete and best is None else None,
		promise_date_raw=max(raw) if complete else None,
		at_once=tuple(at_once),
		unlevelled=None if level is None else _last(_schedules(planner, plans, no_floor)),
		best=best,
	)


def _levelled(planner: Planner, plans: Sequence[LinePlan], level: float) -> Floor:
	"""The floor under which the order holds with a probability. Raises Unreachable."""

	def odds(floor: Floor) -> float:
		try:
			return odds_of(planner, plans, _schedules(planner, plans, floor))
		except Crowded:
			# Later than the quotas have room for: what can be promised is earlier, or nothing is.
			return math.inf

	one_day = planner.books.terms.shipment is Shipment.COMPLETE
	return floor_for(planner, [peg for plan in plans for peg in plan.pegs], level, odds, one_day=one_day)


def odds_of(planner: Planner, plans: Sequence[LinePlan], schedules: Sequence[Schedule]) -> float:
	"""The probability that all of these lines are delivered as scheduled."""
	pegs = ((plan.pegs, days) for plan, days in zip(plans, schedules, strict=True))
	return together(planner, [pair for line, days in pegs for pair in zip(line, days, strict=True)])


def _last(schedules: Sequence[Schedule]) -> date:
	return max(day for schedule in schedules for day in schedule)


def _schedules(
	planner: Planner, plans: Sequence[LinePlan], floor: Floor, *, at_once: bool = False
) -> list[Schedule]:
	"""When each peg of each line is delivered; `at_once` takes no notice of who wants nothing early."""
	schedules = [_schedule(planner, plan, floor, at_once) for plan in plans]
	if planner.books.terms.shipment is Shipment.COMPLETE and all(plan.delivery for plan in plans):
		last = _last(schedules)
		common = _together(planner, [peg for plan in plans for peg in plan.pegs], last)
		schedules = [(common,) * len(schedule) for schedule in schedules]
	return settled(planner, plans, schedules)


def _schedule(planner: Planner, plan: LinePlan, floor: Floor, at_once: bool) -> Schedule:
	"""A line's pegs come with their schedule line in a partial shipment, else all of them together."""
	terms = planner.books.terms
	own = [max(peg.delivery, floor(peg)) for peg in plan.pegs]
	if terms.shipment is Shipment.PARTIAL and not plan.demand.item.components:
		parts = zip(own, (peg.qty for peg in plan.pegs), strict=True)
		groups = schedule_lines(parts, terms.minimum_split)
	else:
		groups = dict.fromkeys(own, max(own)) if plan.delivery else dict(zip(own, own, strict=True))
	not_before = date.min if at_once else _not_before(planner, plan)
	by_day: dict[date, list[Peg]] = {}
	for peg, day in zip(plan.pegs, own, strict=True):
		by_day.setdefault(groups[day], []).append(peg)
	days = {day: _together(planner, pegs, max(day, not_before)) for day, pegs in by_day.items()}
	return tuple(days[groups[day]] for day in own)


def _not_before(planner: Planner, plan: LinePlan) -> date:
	"""The line's desired date, where early delivery is unwanted."""
	unwanted = planner.books.terms.desired_date_mode is DesiredDateMode.NO_EARLY_DELIVERY
	return plan.demand.desired if unwanted and plan.demand.desired else date.min


def _together(planner: Planner, pegs: Sequence[Peg], day: date) -> date:
	"""The first day from `day` on on which the carrier of every peg delivers."""
	return landing(planner, pegs)(day)


def _promised(
	planner: Planner, plans: Sequence[LinePlan], schedules: Sequence[Schedule]
) -> list[date | None]:
	"""Each line's date: that of the last of it. A complete shipment has one for all lines, or none."""
	days = [max(schedule) if plan.delivery else None for plan, schedule in zip(plans, schedules, strict=True)]
	if planner.books.terms.shipment is Shipment.COMPLETE and None in days:
		return [None] * len(days)
	return days


def on_time_odds(planner: Planner, plans: Sequence[LinePlan]) -> float | None:
	"""The probability that every line with a desired date is there by it; None where there is none."""
	wanted = [plan for plan in plans if plan.demand.desired]
	if not wanted:
		return None
	if any(plan.delivery is None for plan in wanted):
		return 0.0
	days = [(plan.demand.desired or date.max,) * len(plan.pegs) for plan in wanted]
	return told(odds_of(planner, wanted, days))


def _on_time(planner: Planner, plan: LinePlan, promised: date | None) -> bool | None:
	"""Whether the line meets its desired date; a window that opens on a free day opens on the next working day."""
	desired = plan.demand.desired
	if desired is None:
		return None
	if promised is None:
		return False
	if _not_before(planner, plan) == desired:
		desired = _together(planner, plan.pegs, desired)
	return promised <= desired


def schedule_lines(parts: Iterable[tuple[date, float]], minimum: float) -> dict[date, date]:
	"""For each day on which something could be delivered, the day of the schedule line that it goes with.

	`parts` are (day, stock units). A part smaller than `minimum` (stock units) waits for the next; the last part goes whatever its size.
	"""
	by_day: dict[date, float] = {}
	for day, qty in sorted(parts):
		by_day[day] = by_day.get(day, 0.0) + qty
	answer: dict[date, date] = {}
	waiting: list[date] = []
	held = 0.0
	last = max(by_day, default=None)
	for day, qty in by_day.items():
		waiting.append(day)
		held += qty
		if held >= minimum or day == last:
			answer.update(dict.fromkeys(waiting, day))
			waiting, held = [], 0.0
	return answer
