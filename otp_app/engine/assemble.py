"""From covered lines to the lines of the answer: shipment policy, desired-date mode, ship and delivery dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from otp_app.engine.facts import Item, SupplyKind
from otp_app.engine.planner import LinePlan, Peg, Planner
from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.promise import (
	DOCTYPES,
	SOURCES,
	Confidence,
	Document,
	Fulfillment,
	PlanLine,
	Source,
	Suggestion,
)
from otp_app.engine.schedule import Route, Terms

_WORST_LAST = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Assembled:
	"""The lines of the answer and what holds for the whole order."""

	lines: tuple[PlanLine, ...]
	promise_date: date | None
	promise_date_raw: date | None
	kept_back: bool
	too_late: tuple[int, ...]


def assemble(planner: Planner, plans: Sequence[LinePlan]) -> Assembled:
	"""Dates every line of an order as its shipment policy and desired-date mode want it."""
	terms = planner.books.terms
	raw = [plan.delivery for plan in plans]
	promised = _together(planner, plans, terms, [_not_early(planner, plan) for plan in plans])
	lines = tuple(
		_line(planner, plan, earliest, day) for plan, earliest, day in zip(plans, raw, promised, strict=True)
	)
	dated = [day for day in raw if day is not None]
	complete = len(dated) == len(raw)
	return Assembled(
		lines=lines,
		promise_date=max((line.promise_date for line in lines if line.promise_date), default=None)
		if complete
		else None,
		promise_date_raw=max(dated) if complete else None,
		kept_back=promised != _together(planner, plans, terms, raw),
		too_late=tuple(i for i, line in enumerate(lines) if line.on_time is False),
	)


def _route(planner: Planner, peg: Peg) -> Route:
	return planner.route(peg.item, peg.offer.warehouse)


def _not_early(planner: Planner, plan: LinePlan) -> date | None:
	"""The line's delivery, kept back to its desired date where early delivery is unwanted."""
	earliest = plan.delivery
	return earliest and _kept_back(planner, plan, plan.pegs, earliest)


def _kept_back(planner: Planner, plan: LinePlan, pegs: Sequence[Peg], day: date) -> date:
	"""`day`, or where early delivery is unwanted, the first from the desired date on that every peg can be delivered."""
	desired = plan.demand.desired
	if desired is None or planner.books.terms.desired_date_mode is not DesiredDateMode.NO_EARLY_DELIVERY:
		return day
	return max([day, *(_route(planner, peg).deliver_on_or_after(desired) for peg in pegs)])


def _together(
	planner: Planner, plans: Sequence[LinePlan], terms: Terms, days: list[date | None]
) -> list[date | None]:
	"""One date for all lines of a complete shipment: the first on which every carrier delivers, or none."""
	if terms.shipment is not Shipment.COMPLETE:
		return days
	known = [day for day in days if day is not None]
	if len(known) < len(days):
		return [None] * len(days)
	common = max(known)
	routes = [_route(planner, peg) for plan in plans for peg in plan.pegs]
	while (later := max([common, *(route.deliver_on_or_after(common) for route in routes)])) != common:
		common = later
	return [common] * len(days)


def _line(planner: Planner, plan: LinePlan, earliest: date | None, promised: date | None) -> PlanLine:
	demand = plan.demand
	parts = _fulfillment(planner, plan, promised)
	ship = _ship_date(planner, plan, promised)
	return PlanLine(
		item_code=demand.item.item_code,
		qty_required=demand.qty,
		uom=demand.item.stock_uom,
		warehouse=plan.warehouses[0] if len(plan.warehouses) == 1 else demand.warehouse,
		desired_date=demand.desired,
		promise_date_raw=earliest,
		promise_date=promised,
		ship_date=ship,
		on_time=_on_time(planner, plan, promised),
		confidence=_confidence(planner, plan) if earliest else None,
		probability=None,
		fulfillment=parts,
		shortage=plan.shortage,
	)


def _on_time(planner: Planner, plan: LinePlan, promised: date | None) -> bool | None:
	"""Whether the line meets its desired date; a window that opens on a free day opens on the next working day."""
	desired = plan.demand.desired
	if desired is None:
		return None
	if promised is None:
		return False
	return promised <= _kept_back(planner, plan, plan.pegs, desired)


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
	return _route(planner, peg).ship_by(promised)


def _fulfillment(planner: Planner, plan: LinePlan, promised: date | None) -> tuple[Fulfillment, ...]:
	"""The pegs, each with the day it is delivered on: with the line, or on its own schedule line."""
	terms = planner.books.terms
	in_parts = terms.shipment is Shipment.PARTIAL and not plan.demand.item.components
	days = schedule_lines(plan.pegs, terms.minimum_split) if in_parts else {}
	answer = []
	for peg in plan.pegs:
		own = peg.offer.delivery
		delivery = _kept_back(planner, plan, [peg], days[own]) if in_parts else promised or own
		answer.append(_peg(planner, peg, delivery))
	return tuple(answer)


def schedule_lines(pegs: Sequence[Peg], minimum: float) -> dict[date, date]:
	"""For each day on which something could be delivered, the day of the schedule line that it goes with.

	A part smaller than `minimum` (stock units) waits for the next; the last part goes whatever its size.
	"""
	by_day: dict[date, float] = {}
	for peg in sorted(pegs, key=lambda peg: peg.offer.delivery):
		by_day[peg.offer.delivery] = by_day.get(peg.offer.delivery, 0.0) + peg.qty
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


def _confidence(planner: Planner, plan: LinePlan) -> Confidence:
	return max((peg_confidence(planner.books.terms, peg) for peg in plan.pegs), key=_WORST_LAST.index)


def peg_confidence(terms: Terms, peg: Peg) -> Confidence:
	"""Stock is sure, a document that is on time less so, one that is overdue or not yet ordered least."""
	supply = peg.offer.supply
	if supply.kind is SupplyKind.ON_HAND:
		return Confidence.HIGH
	unordered = supply.kind in (SupplyKind.REPLENISHMENT, SupplyKind.MATERIAL_REQUEST)
	overdue = supply.due is not None and supply.due < terms.today
	return Confidence.LOW if unordered or overdue else Confidence.MEDIUM


def worst(levels: Sequence[Confidence]) -> Confidence | None:
	"""The lowest of several confidences; None of none."""
	return max(levels, key=_WORST_LAST.index, default=None)


def without_promise(lines: Sequence[PlanLine]) -> tuple[PlanLine, ...]:
	"""The lines of an order that is not promised: their earliest dates stay, as what could be."""
	return tuple(replace(line, promise_date=None, ship_date=None) for line in lines)
