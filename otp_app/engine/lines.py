"""The lines of the answer: what covers each, when it leaves, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from otp_app.engine.assemble import Assembled, odds_of, on_time_odds
from otp_app.engine.capable.tree import How, Requirement
from otp_app.engine.facts import Item, SupplyKind
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.placing import Schedule
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.probability import confidence, in_time, told
from otp_app.engine.promise import (
	DOCTYPES,
	SOURCES,
	Document,
	Fulfillment,
	PlanLine,
	Source,
	Substitute,
	Suggestion,
)

# How what is made or bought level by level is asked for.
REQUEST_TYPES = {How.MAKE: "Manufacture", How.SUBCONTRACT: "Purchase", How.BUY: "Purchase"}
# What a line has not where there is no promise.
NO_PROMISE: dict[str, Any] = {
	"promise_date": None,
	"ship_date": None,
	"confidence": None,
	"probability": None,
}


def plan_lines(planner: Planner, plans: Sequence[LinePlan], assembled: Assembled) -> tuple[PlanLine, ...]:
	"""The lines of the answer, in the order of the request."""
	dates = zip(plans, assembled.schedules, assembled.promised, assembled.on_time, strict=True)
	return tuple(_line(planner, *of_line) for of_line in dates)


def _line(
	planner: Planner, plan: LinePlan, schedule: Schedule, promised: date | None, on_time: bool | None
) -> PlanLine:
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
		on_time=on_time,
		**_certainty(planner, plan, schedule if promised else None),
		fulfillment=tuple(_fulfillments(planner, plan, schedule)),
		shortage=plan.shortage + plan.over_quota,
		substitutes=_substitutes(plan),
	)


def _substitutes(plan: LinePlan) -> tuple[Substitute, ...]:
	"""What comes of other items than the ordered one; a bundle's components are its own."""
	ordered, sums = plan.demand.item, dict[str, float]()
	for peg in plan.pegs if not ordered.components else ():
		if peg.item.item_code != ordered.item_code:
			sums[peg.item.item_code] = sums.get(peg.item.item_code, 0.0) + peg.qty
	return tuple(Substitute(code, round(qty, NOISE_DIGITS)) for code, qty in sums.items())


def _certainty(planner: Planner, plan: LinePlan, schedule: Schedule | None) -> dict[str, Any]:
	"""How sure it is that all of a line is delivered as scheduled, and as desired; without a promise only the latter."""
	on_time = on_time_odds(planner, [plan])
	if schedule is None:
		return {"probability": None, "confidence": None, "on_time_probability": on_time}
	probability = told(odds_of(planner, [plan], [schedule]))
	level = confidence(planner.books.snapshot.settings, probability)
	return {"probability": probability, "confidence": level, "on_time_probability": on_time}


def _ship_date(planner: Planner, plan: LinePlan, promised: date | None) -> date | None:
	"""The day the last of it leaves: as soon as it is ready, or backwards from a date that is later."""
	if promised is None:
		return None
	if promised == plan.delivery and not any(peg.delivery > peg.offer.delivery for peg in plan.pegs):
		return max(peg.offer.dates.ship_ready for peg in plan.pegs)
	return max(_leaves_by(planner, peg, promised) for peg in plan.pegs)


def _leaves_by(planner: Planner, peg: Peg, promised: date) -> date:
	"""The last day to ship a peg; what does not leave a warehouse of ours has no way to go."""
	if peg.item.drop_ship or peg.needs_no_stock:
		return promised
	return planner.route(peg.item, peg.offer.warehouse).ship_by(promised)


def _fulfillments(planner: Planner, plan: LinePlan, schedule: Schedule) -> Iterator[Fulfillment]:
	"""The pegs of a line.

	Where quotas deliver in parts what is made or bought at once, the first part tells how, and asks for all that is ordered
	beyond what the parts need.
	"""
	lots: dict[int, float] = {}
	for peg in plan.pegs:
		lots[id(peg.offer)] = lots.get(id(peg.offer), 0.0) + peg.qty
	for peg, day in zip(plan.pegs, schedule, strict=True):
		yield _peg(planner, peg, day, lots.pop(id(peg.offer), None))


def _peg(planner: Planner, peg: Peg, delivery: date, lot: float | None) -> Fulfillment:
	"""A peg, the first one of a `lot` of so many stock units or (None) a later part of one."""
	offer, supply = peg.offer, peg.offer.supply
	source = Source.TRANSFER if offer.transfer else SOURCES[supply.kind]
	document = Document(DOCTYPES[supply.kind], supply.document) if supply.document else None
	return Fulfillment(
		source=source,
		item_code=peg.item.item_code,
		qty=peg.qty,
		warehouse=offer.warehouse,
		available_date=offer.dates.available,
		ship_ready_date=offer.dates.ship_ready,
		delivery_date=delivery,
		probability=told(in_time(planner, peg, delivery)),
		expected_date=_expected(planner, peg),
		po_id=supply.document if supply.kind is SupplyKind.PURCHASE_ORDER else None,
		supplier=supply.party,
		document=document,
		suggestion=_suggestion(peg, lot),
		tree=None if lot is None else offer.tree,
	)


def _expected(planner: Planner, peg: Peg) -> date | None:
	"""When the supply of a peg is expected; None for stock, for a transfer the day it arrives."""
	offer = peg.offer
	if offer.transfer:
		return offer.transfer.arrives
	if offer.supply.kind is SupplyKind.ON_HAND:
		return None
	return planner.books.terms.expected(offer.supply, planner.books.snapshot.warehouses[offer.warehouse])


def _suggestion(peg: Peg, lot: float | None) -> Suggestion | None:
	"""The Material Request for a replenishment or a transfer; None where the supply is there, or on its way."""
	item, offer = peg.item, peg.offer
	if offer.transfer:
		place = (offer.warehouse, offer.transfer.arrives, offer.transfer.sender)
		return Suggestion(
			"Material Request", "Material Transfer", item.item_code, peg.qty, item.stock_uom, *place
		)
	return _to_order(item, peg, lot) if offer.supply.kind is SupplyKind.REPLENISHMENT else None


def _to_order(item: Item, peg: Peg, lot: float | None) -> Suggestion:
	"""What to buy or make: at least the item's minimum order, whole where it must be."""
	supply, tree = peg.offer.supply, peg.offer.tree
	qty = peg.qty if lot is None else _order_qty(item, tree, lot) - (lot - peg.qty)
	assert supply.due is not None  # noqa: S101 - a replenishment always has its date
	return Suggestion(
		doctype="Material Request",
		material_request_type=request_type(item) if tree is None else REQUEST_TYPES[tree.how],
		item_code=item.item_code,
		qty=round(qty, NOISE_DIGITS),
		uom=item.stock_uom,
		warehouse=supply.warehouse,
		schedule_date=supply.due,
	)


def _order_qty(item: Item, tree: Requirement | None, lot: float) -> float:
	qty = max(lot, item.min_order_qty) if tree is None or tree.order_qty is None else tree.order_qty
	return float(math.ceil(qty)) if item.whole else qty


def request_type(item: Item) -> str:
	"""How an item is replenished, in ERPNext's words: one with a BOM is made, unless the supplier ships it."""
	return "Manufacture" if item.default_bom and not item.drop_ship else "Purchase"


def without_promise(lines: Sequence[PlanLine]) -> tuple[PlanLine, ...]:
	"""The lines of an order that is not promised: their own earliest dates stay, as what could be."""
	answer = []
	for line in lines:
		earliest = line.promise_date_raw
		pegs = tuple(replace(peg, delivery_date=earliest or peg.delivery_date) for peg in line.fulfillment)
		answer.append(replace(line, **NO_PROMISE, fulfillment=pegs))
	return tuple(answer)
