"""Where the quotas put a line that is covered: on the day on which it could be delivered, or on a later one with room.

A line that is delivered whole needs room for all of it on one day; the parts of a partial shipment go as there is room.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from otp_app.engine.facts import Item
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.quotas import Binding, Landing, Quotas

if TYPE_CHECKING:
	from otp_app.engine.planner import LinePlan, Peg, Planner
	from otp_app.engine.resolve import Demand

# The day on which each peg of a line is delivered.
Schedule = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Wait:
	"""A quantity (stock units) that does not all fit on `start`, and what keeps it from there.

	`later` is what is put off, and until when. What is missing in it has no day at all.
	"""

	qty: float
	start: date
	binding: Binding
	later: tuple[tuple[date, float], ...] = ()


def placed(planner: Planner, plan: LinePlan) -> LinePlan:
	"""The line, put off where its quotas have no room; what they never have room for is `over_quota`.

	What it takes of the quotas is not there for the lines that are placed after it.
	"""
	quotas, item = planner.quotas, plan.demand.item
	if quotas is None or not plan.pegs or not quotas.limits(item):
		return plan
	return _parts(planner, quotas, plan) if _splits(planner, plan) else _whole(planner, quotas, plan)


def quota_start(planner: Planner, plan: LinePlan, day: date) -> date:
	"""The first day that counts for the quotas of what could be delivered on `day`: its own, or the desired one where the
	line is not delivered before that, or was told so."""
	desired = plan.demand.desired
	waits = planner.agreed or planner.books.terms.desired_date_mode is DesiredDateMode.NO_EARLY_DELIVERY
	return max(day, desired) if desired and waits else day


def _told(planner: Planner, plan: LinePlan) -> date | None:
	return plan.demand.desired if planner.agreed else None


def whole_qty(plan: LinePlan) -> float:
	"""What of a line is covered, in units of the line."""
	return round(plan.demand.qty - plan.shortage, NOISE_DIGITS)


def landing(planner: Planner, pegs: Sequence[Peg], told: date | None = None) -> Landing:
	"""The first day from a day on on which the carrier of every peg delivers; a day that the customer was told is one."""
	ways = {(peg.item.item_code, peg.offer.warehouse): peg for peg in pegs}
	routes = [planner.route(peg.item, peg.offer.warehouse) for peg in ways.values()]

	def land(day: date) -> date:
		if day == told:
			return day
		while (later := max([day, *(route.deliver_on_or_after(day) for route in routes)])) != day:
			day = later
		return day

	return land


def _splits(planner: Planner, plan: LinePlan) -> bool:
	"""Whether a line goes in parts. One that is agreed counts whole: a row of an order has one date."""
	partial = planner.books.terms.shipment is Shipment.PARTIAL
	return partial and not planner.agreed and not plan.demand.item.components


def _whole(planner: Planner, quotas: Quotas, plan: LinePlan) -> LinePlan:
	item, qty = plan.demand.item, whole_qty(plan)
	start = quota_start(planner, plan, max(peg.offer.delivery for peg in plan.pegs))
	land = landing(planner, plan.pegs, _told(planner, plan))
	first, day = land(start), quotas.first_day({item.item_code: qty}, start, land)
	if day is None:
		most = max(quotas.room(item, each, start) for each in quotas.days([item], start, land))
		over = round(qty - _countable(most, item, quotas.snapshot.tolerance), NOISE_DIGITS)
		return replace(plan, over_quota=over, waits=tuple(_wait(quotas, item, qty, first)))
	if day == first:
		quotas.take(item, day, qty)
		return plan
	waits = tuple(_wait(quotas, item, qty, first, ((day, qty),)))
	quotas.take(item, day, qty)
	return replace(plan, pegs=tuple(replace(peg, released=day) for peg in plan.pegs), waits=waits)


def _parts(planner: Planner, quotas: Quotas, plan: LinePlan) -> LinePlan:
	pegs: list[Peg] = []
	waits: list[Wait] = []
	over = 0.0
	for peg in plan.pegs:
		start = quota_start(planner, plan, peg.offer.delivery)
		start = landing(planner, [peg])(start)
		before = quotas.binding(peg.item, start, start)
		found = list(_portions(planner, quotas, peg, start))
		pegs += [replace(peg, qty=qty, released=day if day > start else date.min) for day, qty in found]
		later = tuple((day, qty) for day, qty in found if day > start)
		left = round(peg.qty - sum(qty for _, qty in found), NOISE_DIGITS)
		if left > quotas.snapshot.tolerance:
			over = round(over + left, NOISE_DIGITS)
		if before is not None and (later or left > quotas.snapshot.tolerance):
			waits.append(Wait(peg.qty, start, before, later))
	return replace(plan, pegs=tuple(pegs), over_quota=over, waits=tuple(waits))


def _portions(planner: Planner, quotas: Quotas, peg: Peg, start: date) -> Iterator[tuple[date, float]]:
	"""How much of a peg goes on which day; a portion smaller than the minimum split waits for more room."""
	left, tolerance = peg.qty, quotas.snapshot.tolerance
	for day in quotas.days([peg.item], start, landing(planner, [peg])):
		room = _countable(quotas.room(peg.item, day, start), peg.item, tolerance)
		qty = round(min(left, room), NOISE_DIGITS)
		if qty <= tolerance or qty < min(planner.books.terms.minimum_split, left):
			continue
		quotas.take(peg.item, day, qty)
		yield day, qty
		left = round(left - qty, NOISE_DIGITS)
		if left <= tolerance:
			return


def _countable(room: float, item: Item, tolerance: float) -> float:
	"""Whole pieces only, where an item comes in such."""
	return float(math.floor(room + tolerance)) if item.whole and math.isfinite(room) else room


def _wait(
	quotas: Quotas, item: Item, qty: float, start: date, later: tuple[tuple[date, float], ...] = ()
) -> Iterator[Wait]:
	binding = quotas.binding(item, start, start)
	if binding is not None:
		yield Wait(qty, start, binding, later)


class Crowded(Exception):
	"""No day has room in the quotas for what is to be delivered on one."""


def settled(planner: Planner, plans: Sequence[LinePlan], schedules: Sequence[Schedule]) -> list[Schedule]:
	"""The schedules, put off where more is to be delivered on a day than the quotas have room for.

	Lines were placed one by one, as early as they could be: what is put together after that, or kept back, may need another
	day. Raises Crowded.
	"""
	quotas = planner.quotas
	limited = [plan for plan in plans if quotas and plan.delivery and quotas.limits(plan.demand.item)]
	if quotas is None or not limited:
		return list(schedules)
	if planner.books.terms.shipment is Shipment.COMPLETE:
		return _settled_together(planner, quotas.untouched(), plans, limited, schedules)
	fresh, answer = quotas.untouched(), list(schedules)
	for plan in sorted(limited, key=lambda plan: in_turn(plan.demand)):
		index = plan.demand.index
		answer[index] = _settled_line(planner, fresh, plan, schedules[index])
	return answer


def _settled_together(
	planner: Planner,
	quotas: Quotas,
	plans: Sequence[LinePlan],
	limited: Sequence[LinePlan],
	schedules: Sequence[Schedule],
) -> list[Schedule]:
	"""One day for all lines: the first that has room for all of them. A line without a date leaves the order without one."""
	if any(plan.delivery is None for plan in plans):
		return list(schedules)
	wanted: dict[str, float] = {}
	for plan in limited:
		code = plan.demand.item.item_code
		wanted[code] = round(wanted.get(code, 0.0) + whole_qty(plan), NOISE_DIGITS)
	last = max(day for schedule in schedules for day in schedule)
	start = max(quota_start(planner, plan, last) for plan in limited)
	agreed = start if planner.agreed else None
	land = landing(planner, [peg for plan in plans for peg in plan.pegs], agreed)
	day = _first_day(quotas, wanted, start, land)
	return list(schedules) if day == land(start) else [(day,) * len(schedule) for schedule in schedules]


def _settled_line(planner: Planner, quotas: Quotas, plan: LinePlan, schedule: Schedule) -> Schedule:
	item, land = plan.demand.item, landing(planner, plan.pegs, _told(planner, plan))
	by_day: dict[date, float] = {}
	if _splits(planner, plan):
		for peg, day in zip(plan.pegs, schedule, strict=True):
			by_day[day] = round(by_day.get(day, 0.0) + peg.qty, NOISE_DIGITS)
	else:
		by_day[max(schedule)] = whole_qty(plan)
	moved: dict[date, date] = {}
	for planned in sorted(by_day):
		start = quota_start(planner, plan, planned)
		day = _first_day(quotas, {item.item_code: by_day[planned]}, start, land)
		quotas.take(item, day, by_day[planned])
		if day > land(start):
			moved[planned] = day
	if _splits(planner, plan):
		return tuple(moved.get(day, day) for day in schedule)
	return (moved[max(schedule)],) * len(schedule) if moved else schedule


def _first_day(quotas: Quotas, wanted: dict[str, float], start: date, land: Landing) -> date:
	day = quotas.first_day(wanted, start, land)
	if day is None:
		raise Crowded
	return day


def in_turn(demand: Demand) -> tuple[bool, int]:
	"""The order in which lines take what there is: those without a choice of warehouse leave the others theirs."""
	return (len(demand.choices) > 1, demand.index)
