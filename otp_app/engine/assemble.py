"""From covered lines to the lines of the answer: shipment policy, desired-date mode, ship and delivery dates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from otp_app.engine.facts import Item, SupplyKind
from otp_app.engine.planner import LinePlan, Peg, Planner
from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.probability import DIGITS, Floor, best, confidence, floor_for, in_time, no_floor, together
from otp_app.engine.promise import (
	DOCTYPES,
	SOURCES,
	Document,
	Fulfillment,
	PlanLine,
	Source,
	Suggestion,
)

# The day on which each peg of a line is delivered.
Schedule = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Assembled:
	"""The lines of the answer and what holds for the whole order.

	`unlevelled` is what the promise date would be without a service level, where there is one; `best` the probability of
	the last day that may be promised, where no day has the service level.
	"""

	lines: tuple[PlanLine, ...]
	schedules: tuple[Schedule, ...]
	promise_date: date | None
	promise_date_raw: date | None
	kept_back: bool
	too_late: tuple[int, ...]
	unlevelled: date | None = None
	best: float | None = None


def assemble(planner: Planner, plans: Sequence[LinePlan]) -> Assembled:
	"""Dates every line of an order as its shipment policy, desired-date mode and service level want it."""
	raw = [plan.delivery for plan in plans if plan.delivery is not None]
	complete = len(raw) == len(plans)
	level = planner.books.terms.rules.service_level if complete else None
	floor = no_floor if level is None else _levelled(planner, plans, level)
	reached = floor is not None
	floor = floor or no_floor
	schedules = _schedules(planner, plans, floor)
	promised = _promised(planner, plans, schedules) if reached else [None] * len(plans)
	lines = tuple(
		_line(planner, plan, days, day) for plan, days, day in zip(plans, schedules, promised, strict=True)
	)
	return Assembled(
		lines=lines,
		schedules=tuple(schedules),
		promise_date=max(day for day in promised if day is not None) if complete and reached else None,
		promise_date_raw=max(raw) if complete else None,
		kept_back=any(_not_before(planner, plan) > date.min for plan in plans)
		and promised != _promised(planner, plans, _schedules(planner, plans, floor, at_once=True)),
		too_late=tuple(i for i, line in enumerate(lines) if line.on_time is False),
		unlevelled=None if level is None else _last(_schedules(planner, plans, no_floor)),
		best=None if reached else best(planner, [peg for plan in plans for peg in plan.pegs]),
	)


def _levelled(planner: Planner, plans: Sequence[LinePlan], level: float) -> Floor | None:
	"""The floor under which the order holds with a probability; None if none does."""

	def odds(floor: Floor) -> float:
		return odds_of(planner, plans, _schedules(planner, plans, floor))

	return floor_for(planner, [peg for plan in plans for peg in plan.pegs], level, odds)


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
		return [(common,) * len(schedule) for schedule in schedules]
	return schedules


def _schedule(planner: Planner, plan: LinePlan, floor: Floor, at_once: bool) -> Schedule:
	"""A line's pegs come with their schedule line in a partial shipment, else all of them together."""
	terms = planner.books.terms
	own = [max(peg.offer.delivery, floor(peg)) for peg in plan.pegs]
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
	ways = {(peg.item.item_code, peg.offer.warehouse): peg for peg in pegs}
	routes = [planner.route(peg.item, peg.offer.warehouse) for peg in ways.values()]
	while (later := max([day, *(route.deliver_on_or_after(day) for route in routes)])) != day:
		day = later
	return day


def _promised(
	planner: Planner, plans: Sequence[LinePlan], schedules: Sequence[Schedule]
) -> list[date | None]:
	"""Each line's date: that of the last of it. A complete shipment has one for all lines, or none."""
	days = [max(schedule) if plan.delivery else None for plan, schedule in zip(plans, schedules, strict=True)]
	if planner.books.terms.shipment is Shipment.COMPLETE and None in days:
		return [None] * len(days)
	return days


def _line(planner: Planner, plan: LinePlan, schedule: Schedule, promised: date | None) -> PlanLine:
	demand = plan.demand
	return PlanLine(
		item_code=demand.item.item_code,
		qty_required=demand.qty,
		uom=demand.item.stock_uom,
		warehouse=plan.warehouses[0] if len(plan.warehouses) == 1 else demand.warehouse,
		desired_date=demand.desired,
		promise_date_raw=plan.delivery,
		promise_date=promised,
		ship_date=_ship_date(planner, plan, promised),
		on_time=_on_time(planner, plan, promised),
		**_certainty(planner, plan, schedule),
		fulfillment=tuple(_peg(planner, peg, day) for peg, day in zip(plan.pegs, schedule, strict=True)),
		shortage=plan.shortage,
	)


def _certainty(planner: Planner, plan: LinePlan, schedule: Schedule) -> dict[str, Any]:
	"""How sure it is that all of a line is delivered as scheduled, or as desired; nothing of a line that is short."""
	if plan.delivery is None:
		return {"probability": None, "confidence": None, "on_time_probability": on_time_odds(planner, [plan])}
	probability = odds_of(planner, [plan], [schedule])
	level = confidence(planner.books.snapshot.settings, probability)
	return {
		"probability": round(probability, DIGITS),
		"confidence": level,
		"on_time_probability": on_time_odds(planner, [plan]),
	}


def on_time_odds(planner: Planner, plans: Sequence[LinePlan]) -> float | None:
	"""The probability that every line with a desired date is there by it; None where there is none."""
	wanted = [plan for plan in plans if plan.demand.desired]
	if not wanted:
		return None
	if any(plan.delivery is None for plan in wanted):
		return 0.0
	days = [(plan.demand.desired or date.max,) * len(plan.pegs) for plan in wanted]
	return round(odds_of(planner, wanted, days), DIGITS)


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


def _ship_date(planner: Planner, plan: LinePlan, promised: date | None) -> date | None:
	"""The day the last of it leaves: as soon as it is ready, or backwards from a date that is later."""
	if promised is None:
		return None
	if promised == plan.delivery:
		return max(peg.offer.dates.ship_ready for peg in plan.pegs)
	return max(_leaves_by(planner, peg, promised) for peg in plan.pegs)


def _leaves_by(planner: Planner, peg: Peg, promised: date) -> date:
	"""The last day to ship a peg; what does not leave a warehouse of ours has no way to go."""
	if peg.item.drop_ship or peg.needs_no_stock:
		return promised
	return planner.route(peg.item, peg.offer.warehouse).ship_by(promised)


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


def _peg(planner: Planner, peg: Peg, delivery: date) -> Fulfillment:
	offer, supply = peg.offer, peg.offer.supply
	terms = planner.books.terms
	at = planner.books.snapshot.warehouses[offer.warehouse]
	source = SOURCES[supply.kind]
	document = Document(DOCTYPES[supply.kind], supply.document) if supply.document else None
	return Fulfillment(
		source=source,
		item_code=peg.item.item_code,
		qty=peg.qty,
		warehouse=offer.warehouse,
		available_date=offer.dates.available,
		ship_ready_date=offer.dates.ship_ready,
		delivery_date=delivery,
		probability=round(in_time(planner, peg, delivery), DIGITS),
		expected_date=None if source is Source.STOCK else terms.expected(supply, at),
		po_id=supply.document if supply.kind is SupplyKind.PURCHASE_ORDER else None,
		supplier=supply.party,
		document=document,
		suggestion=_suggestion(peg) if supply.kind is SupplyKind.REPLENISHMENT else None,
	)


def _suggestion(peg: Peg) -> Suggestion:
	"""The Material Request for a replenishment: at least the item's minimum order, whole where it must be."""
	item, supply = peg.item, peg.offer.supply
	qty = max(peg.qty, item.min_order_qty)
	assert supply.due is not None  # noqa: S101 - a replenishment always has its date
	return Suggestion(
		doctype="Material Request",
		material_request_type=request_type(item),
		item_code=item.item_code,
		qty=float(math.ceil(qty)) if item.whole else qty,
		uom=item.stock_uom,
		warehouse=supply.warehouse,
		schedule_date=supply.due,
	)


def request_type(item: Item) -> str:
	"""How an item is replenished, in ERPNext's words: one with a BOM is made, unless the supplier ships it."""
	return "Manufacture" if item.default_bom and not item.drop_ship else "Purchase"


def without_promise(lines: Sequence[PlanLine]) -> tuple[PlanLine, ...]:
	"""The lines of an order that is not promised: their own earliest dates stay, as what could be."""
	answer = []
	for line in lines:
		earliest = line.promise_date_raw
		pegs = tuple(replace(peg, delivery_date=earliest or peg.delivery_date) for peg in line.fulfillment)
		answer.append(replace(line, promise_date=None, ship_date=None, fulfillment=pegs))
	return tuple(answer)
