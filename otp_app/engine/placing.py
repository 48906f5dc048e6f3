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
	from otp_app.engine.planner import Planner
	from otp_app.engine.plans import LinePlan, Peg
	from otp_app.engine.resolve import Demand

# The day on which each peg of a line is delivered.
Schedule = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Wait:
	"""A quantity (stock units) of an item that does not all fit on `start`, and what keeps it from there.

	`later` is what is put off, and until when. What is missing in it has no day at all.
	"""

	item: Item
	qty: float
	start: date
	binding: Binding
	later: tuple[tuple[date, float], ...] = ()


def placed(planner: Planner, plan: LinePlan) -> LinePlan:
	"""The line, put off where its quotas have no room; what they never have room for is `over_quota`.

	What it takes of the quotas is not there for the lines that are placed after it.
	"""
	quotas = planner.quotas
	if quotas is None or not _limited(quotas, plan):
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


def quota_items(plan: LinePlan) -> dict[str, float]:
	"""What of which items a line takes of their quotas: a bundle counts as what is sold, all else as what is sent."""
	if plan.demand.item.components:
		return {plan.demand.item.item_code: whole_qty(plan)}
	sums: dict[str, float] = {}
	for peg in plan.pegs:
		code = peg.item.item_code
		sums[code] = round(sums.get(code, 0.0) + peg.qty, NOISE_DIGITS)
	return sums


def _limited(quotas: Quotas, plan: LinePlan) -> bool:
	items = quotas.snapshot.items
	return bool(plan.pegs) and any(quotas.limits(items[code]) for code in quota_items(plan))


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
	wanted = quota_items(plan)
	start = quota_start(planner, plan, max(peg.offer.delivery for peg in plan.pegs))
	land = landing(planner, plan.pegs, _told(planner, plan))
	first, day = land(start), quotas.first_day(wanted, start, land)
	waits = () if day == first else tuple(_waits(quotas, wanted, first, day))
	if day is None:
		return replace(plan, over_quota=_over(quotas, wanted, start, land), waits=waits)
	for code, qty in wanted.items():
		quotas.take(quotas.snapshot.items[code], day, qty)
	if day == first:
		return plan
	return replace(plan, pegs=tuple(replace(peg, released=day) for peg in plan.pegs), waits=waits)


def _over(quotas: Quotas, wanted: dict[str, float], start: date, land: Landing) -> float:
	"""What of the quantities is too much on the day that has the most room for them."""
	items, tolerance = quotas.snapshot.items, quotas.snapshot.tolerance
	most = max(
		sum(
			_countable(qty, items[code], tolerance)
			for code, qty in quotas.fitting(wanted, day, start).items()
		)
		for day in quotas.days([items[code] for code in wanted], start, land)
	)
	return round(sum(wanted.values()) - most, NOISE_DIGITS)


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
			waits.append(Wait(peg.item, peg.qty, start, before, later))
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


def _waits(quotas: Quotas, wanted: dict[str, float], start: date, day: date | None) -> list[Wait]:
	"""What the items of a line wait for that go together: the quotas that have no room, or that they share."""
	items, found = quotas.snapshot.items, []
	for code, qty in wanted.items():
		binding = quotas.binding(items[code], start, start)
		if binding is not None:
			found.append(Wait(items[code], qty, start, binding, ((day, qty),) if day else ()))
	full = [wait for wait in found if wait.binding.free + quotas.snapshot.tolerance < wait.qty]
	return full or found


class Crowded(Exception):
	"""No day has room in the quotas for what is to be delivered on one."""


def settled(planner: Planner, plans: Sequence[LinePlan], schedules: Sequence[Schedule]) -> list[Schedule]:
	"""The schedules, put off where more is to be delivered on a day than the quotas have room for.

	Lines were placed one by one, as early as they could be: what is put together after that, or kept back, may need another
	day. Raises Crowded.
	"""
	quotas = planner.quotas
	limited = [plan for plan in plans if quotas and plan.delivery and _limited(quotas, plan)]
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
		for code, qty in quota_items(plan).items():
			wanted[code] = round(wanted.get(code, 0.0) + qty, NOISE_DIGITS)
	last = max(day for schedule in schedules for day in schedule)
	start = max(quota_start(planner, plan, last) for plan in limited)
	agreed = start if planner.agreed else None
	land = landing(planner, [peg for plan in plans for peg in plan.pegs], agreed)
	day = _first_day(quotas, wanted, start, land)
	return list(schedules) if day == land(start) else [(day,) * len(schedule) for schedule in schedules]


def _settled_line(planner: Planner, quotas: Quotas, plan: LinePlan, schedule: Schedule) -> Schedule:
	items, land = quotas.snapshot.items, landing(planner, plan.pegs, _told(planner, plan))
	by_day: dict[date, dict[str, float]] = {}
	if _splits(planner, plan):
		for planned in set(schedule):
			pegs = (peg for peg, day in zip(plan.pegs, schedule, strict=True) if day == planned)
			by_day[planned] = quota_items(replace(plan, pegs=tuple(pegs)))
	else:
		by_day[max(schedule)] = quota_items(plan)
	moved: dict[date, date] = {}
	for planned in sorted(by_day):
		start = quota_start(planner, plan, planned)
		day = _first_day(quotas, by_day[planned], start, land)
		for code, qty in by_day[planned].items():
			quotas.take(items[code], day, qty)
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
