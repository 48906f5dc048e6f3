"""Why an order is promised when it is, and what stands in the way: typed messages read off the plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from otp_app.engine.capable.tree import BEGUN, critical_constraints, dead_ends, lost
from otp_app.engine.decision import Decision
from otp_app.engine.facts import Item, Supply, SupplyKind, Withheld
from otp_app.engine.ledger import NOISE_DIGITS, document_order
from otp_app.engine.messages import Message, Value, percent
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.policy import DesiredDateMode, FulfilmentMode, Shipment
from otp_app.engine.probability import Event, event, received
from otp_app.engine.promise import Fulfillment, PlanLine
from otp_app.engine.quota_reasons import joint_quota, protected_for, quota_blockers, quota_reasons
from otp_app.engine.shortages import document_of, pending, why_no_more
from otp_app.engine.source_reasons import way_of, what_the_rule_leaves, why_this_source


def reasons(decision: Decision) -> Iterator[Message]:
	"""Line by line, then for the order."""
	for plan, line in zip(decision.plans, decision.lines, strict=True):
		yield from _line_reasons(decision.planner, plan, line)
	yield from _order_reasons(decision)


def _line_reasons(planner: Planner, plan: LinePlan, line: PlanLine) -> Iterator[Message]:
	index = plan.demand.index
	for peg, shown in zip(plan.pegs, line.fulfillment, strict=True):
		yield from _peg_reasons(planner, peg, shown, index)
	yield from _how_sure(planner, plan, line)
	for item, qty in plan.other_lines:
		yield Message("OTHER_LINES", {"qty": qty, "uom": item.stock_uom, "item": item.item_code}, index)
	yield from quota_reasons(plan)
	for part in plan.demand.parts:
		if part.mode is not FulfilmentMode.ALWAYS_AVAILABLE:
			yield from _stock_facts(planner, plan, part.item)
	if plan.demand.warehouse not in plan.warehouses and plan.delivery is not None:
		yield Message("SOURCED", {"item": line.item_code, "warehouse": ", ".join(plan.warehouses)}, index)
	yield from why_this_source(planner, plan, line)
	strict = planner.books.terms.desired_date_mode is DesiredDateMode.STRICT_FAIL
	if line.on_time is False and line.promise_date and line.desired_date and not strict:
		days = (line.promise_date - line.desired_date).days
		yield Message("LATE", {"item": line.item_code, "days": days, "desired": line.desired_date}, index)
	if planner.books.terms.shipment is Shipment.PARTIAL:
		yield from _schedule(line, index)


def _peg_reasons(planner: Planner, peg: Peg, shown: Fulfillment, index: int) -> Iterator[Message]:
	yield _where_from(planner, peg, index)
	yield from _overdue(planner, peg, index)
	if shown.tree is not None:
		yield from (replace(each, line=index) for each in critical_constraints(shown.tree))


def _schedule(line: PlanLine, index: int) -> Iterator[Message]:
	days = sorted({peg.delivery_date for peg in line.fulfillment})
	if len(days) > 1:
		yield Message("SCHEDULE_LINES", {"item": line.item_code, "count": len(days), "first": days[0]}, index)


def _where_from(planner: Planner, peg: Peg, index: int) -> Message:
	item, supply = peg.item, peg.offer.supply
	values: dict[str, Value] = {"qty": peg.qty, "uom": item.stock_uom, "item": item.item_code}
	if item.drop_ship:
		return Message("DROP_SHIP", {"item": item.item_code, "days": peg.offer.lead_days}, index)
	if peg.needs_no_stock:
		return Message("SERVICE", {"item": item.item_code}, index)
	if peg.always_available:
		return Message("ALWAYS_AVAILABLE", values, index)
	if peg.offer.transfer:
		return Message("TRANSFERRED", {**values, **way_of(peg)}, index)
	if supply.kind is SupplyKind.ON_HAND:
		return Message("FROM_STOCK", {**values, "warehouse": peg.offer.warehouse}, index)
	if peg.offer.tree is not None:
		values |= {"how": BEGUN[peg.offer.tree.how], "available": peg.offer.dates.available}
		return Message("FROM_CTP", values, index)
	if supply.kind is SupplyKind.REPLENISHMENT:
		how = "made" if item.default_bom else "bought"
		values |= {"how": how, "days": peg.offer.lead_days, "available": peg.offer.dates.available}
		return Message("FROM_REPLENISHMENT", values, index)
	expected = planner.books.terms.expected(supply, planner.books.snapshot.warehouses[supply.warehouse])
	dates: dict[str, Value] = {"expected": expected, "available": peg.offer.dates.available}
	return Message("FROM_RECEIPT", {**values, **document_of(supply), **dates}, index)


def _how_sure(planner: Planner, plan: LinePlan, line: PlanLine) -> Iterator[Message]:
	"""What the past tells of each supply that a line waits for."""
	pairs = zip(plan.pegs, line.fulfillment, strict=True)
	waiting = [(peg, told) for peg, told in pairs if peg.offer.supply.kind is not SupplyKind.ON_HAND]
	by_event: dict[tuple[Event, str], list[tuple[Peg, Fulfillment]]] = {}
	for pair in waiting:
		by_event.setdefault((event(pair[0]), pair[0].item.item_code), []).append(pair)
	for pegs in by_event.values():
		peg = pegs[0][0]
		needed = _sum(part.qty for part in plan.demand.parts if part.item is peg.item)
		values: dict[str, Value] = {
			"qty": _sum(each.qty for each, _ in pegs),
			"of": needed,
			"uom": peg.item.stock_uom,
			"item": peg.item.item_code,
			"probability": percent(min(told.probability for _, told in pegs)),
		}
		yield _record(planner, peg.offer.supply, values, plan.demand.index)


def _record(planner: Planner, supply: Supply, values: dict[str, Value], index: int) -> Message:
	if not supply.document:
		return Message("NOT_ORDERED", values, index)
	values |= document_of(supply)
	record = planner.books.terms.record(supply)
	if record is None or not record.deliveries:
		return Message("NO_HISTORY", values, index)
	values |= {"late": percent(record.late), "deliveries": record.deliveries}
	if record.party is None:
		return Message("OTHERS_LATE", values, index)
	values["party"] = f"{record.party} ({record.item_group})" if record.item_group else record.party
	if not record.late:
		return Message("NEVER_LATE", values, index)
	if record.median_late is None:
		return Message("LATE_NOW", values, index)
	return Message("LATE_BEFORE", {**values, "days": record.median_late}, index)


def _overdue(planner: Planner, peg: Peg, index: int) -> Iterator[Message]:
	supply, terms = peg.offer.supply, planner.books.terms
	if supply.document and supply.due and supply.due < terms.today:
		expected = terms.expected(supply, planner.books.snapshot.warehouses[supply.warehouse])
		yield Message(
			"OVERDUE_SUPPLY", {**document_of(supply), "due": supply.due, "expected": expected}, index
		)


def _stock_facts(planner: Planner, plan: LinePlan, item: Item) -> Iterator[Message]:
	"""What is on hand and may not be used: owed to others (told when the line has to wait), or expired."""
	books, index = planner.books, plan.demand.index
	waits = any(p.item is item and p.waits for p in plan.pegs)
	waits = waits or any(short is item for short, _ in plan.short_parts)
	for warehouse in plan.warehouses:
		supplies = books.supplies(item.item_code, warehouse)
		on_hand = _sum(s.qty for s in supplies if s.kind is SupplyKind.ON_HAND and not s.withheld)
		free = _sum(r.qty for r in books.receipts(item, warehouse) if r.supply.kind is SupplyKind.ON_HAND)
		values: dict[str, Value] = {"uom": item.stock_uom, "item": item.item_code, "warehouse": warehouse}
		if waits and on_hand - free > books.snapshot.tolerance and on_hand > 0:
			yield Message("STOCK_OWED", {**values, "on_hand": on_hand, "free": free}, index)
		if waits:
			yield from protected_for(planner, item, warehouse, index)
		for supply in sorted((s for s in supplies if s.withheld is Withheld.EXPIRED), key=document_order):
			yield Message("STOCK_EXPIRED", {**values, "qty": supply.qty}, index)


def _sum(quantities: Iterable[float]) -> float:
	return round(math.fsum(quantities), NOISE_DIGITS)


def _order_reasons(decision: Decision) -> Iterator[Message]:
	planner, plans, answer = decision.planner, decision.plans, decision.assembled
	terms, snapshot = planner.books.terms, planner.books.snapshot
	for name in dict.fromkeys(warehouse for plan in plans for warehouse in plan.warehouses):
		yield from _warehouse_reasons(planner, plans, name)
	if terms.buffer_days:
		yield Message("BUFFER", {"days": terms.buffer_days})
	yield from _kept_back(decision)
	yield from _together(decision)
	yield from joint_quota(decision)
	by_customer = any(lane.customer or lane.territory or lane.country for lane in snapshot.lanes)
	if snapshot.customers is None and by_customer:
		yield Message("CUSTOMERS_LEFT_OUT")
	level = terms.rules.service_level
	if level is not None and answer.levelled and answer.promise_date is not None:
		yield Message("SERVICE_LEVEL", {"level": percent(level), "earliest": answer.unlevelled})
	if answer.promise_date is not None:
		yield Message("PROBABILITY", {"probability": percent(decision.odds)})


def _kept_back(decision: Decision) -> Iterator[Message]:
	if not decision.assembled.kept_back:
		return
	for index, line in enumerate(decision.lines):
		earliest = decision.assembled.at_once[index]
		if earliest and line.desired_date and earliest < line.desired_date:
			values: dict[str, Value] = {"earliest": earliest, "desired": line.desired_date}
			yield Message("NO_EARLY_DELIVERY", {"item": line.item_code, **values}, index)


def _together(decision: Decision) -> Iterator[Message]:
	"""Which line the others wait for, when they do."""
	terms, last = decision.planner.books.terms, decision.assembled.promise_date_raw
	if decision.too_late or decision.assembled.levelled:
		return
	waiting = [line for line in decision.lines if line.promise_date_raw != last]
	if terms.shipment is Shipment.COMPLETE and last is not None and waiting:
		slowest = next(line for line in decision.lines if line.promise_date_raw == last)
		yield Message("TOGETHER", {"item": slowest.item_code, "date": last})


def _warehouse_reasons(planner: Planner, plans: Sequence[LinePlan], name: str) -> Iterator[Message]:
	"""What the way out of a warehouse adds; for the slowest item that leaves it."""
	terms, snapshot = planner.books.terms, planner.books.snapshot
	at = snapshot.warehouses[name]
	moved = [
		peg.item
		for plan in plans
		for peg in plan.pegs
		if peg.offer.warehouse == name and not peg.item.drop_ship and not peg.needs_no_stock
	]
	if not moved:
		return
	if terms.missed_cutoff(at):
		cutoff, zone = terms.cutoff(at)
		shown = cutoff.strftime("%H:%M") if cutoff else ""
		yield Message("AFTER_CUTOFF", {"cutoff": shown, "timezone": zone.key, "start": terms.start(at)})
	yield from _counts(planner, plans, name)
	inbound = [
		peg.item for plan in plans for peg in plan.pegs if peg.offer.warehouse == name and received(peg)
	]
	if days := max((terms.inbound_days(item, at) for item in inbound), default=0):
		yield Message("GOODS_RECEIPT", {"days": days, "warehouse": name})
	days = max(terms.processing_days(item, at) for item in moved)
	if days:
		yield Message("PROCESSING", {"days": days, "warehouse": name})
	lane = terms.lane(name, planner.customer)
	if lane is not None and lane.days:
		yield Message("TRANSIT", {"days": lane.days, "warehouse": name})


def _counts(planner: Planner, plans: Sequence[LinePlan], name: str) -> Iterator[Message]:
	"""What stock counts of a warehouse found, where something is taken from its stock."""
	supplies = (peg.offer.supply for plan in plans for peg in plan.pegs if not peg.always_available)
	stock = (supply for supply in supplies if supply.kind is SupplyKind.ON_HAND and supply.warehouse == name)
	record = next((planner.books.terms.record(supply) for supply in stock), None)
	if record is not None and record.party is not None and record.late:
		values: dict[str, Value] = {"deliveries": record.deliveries, "late": percent(record.late)}
		yield Message("STOCK_COUNTS", {**values, "warehouse": name})


def blockers(decision: Decision) -> Iterator[Message]:
	"""Why there is no date: what is short, what may come some day, what is too late."""
	planner, plans, answer = decision.planner, decision.plans, decision.assembled
	for plan in plans:
		for item, missing in plan.short_parts:
			yield from _shortage(planner, plan, item, missing)
		yield from quota_blockers(planner, plan)
	if answer.crowded:
		yield Message("QUOTA_NEVER_TOGETHER")
	level = planner.books.terms.rules.service_level
	if level is not None and answer.best is not None:
		yield Message(
			"SERVICE_LEVEL_UNREACHABLE",
			{"level": percent(level), "best": math.floor(1000 * answer.best) / 10},
		)
	elif planner.books.terms.desired_date_mode is DesiredDateMode.STRICT_FAIL:
		for index in answer.too_late:
			line = decision.lines[index]
			if line.promise_date and line.desired_date:
				values: dict[str, Value] = {
					"item": line.item_code,
					"earliest": line.promise_date,
					"desired": line.desired_date,
				}
				yield Message("DESIRED_DATE_MISSED", values, index)
			yield from quota_reasons(plans[index])


def _shortage(planner: Planner, plan: LinePlan, item: Item, missing: float) -> Iterator[Message]:
	index, books = plan.demand.index, planner.books
	warehouses = plan.demand.choices[-1]
	base: dict[str, Value] = {"uom": item.stock_uom, "item": item.item_code}
	values = {
		**base,
		"qty": missing,
		"warehouse": ", ".join(warehouses),
		"why": _why(planner, plan, item, missing),
	}
	yield Message("SHORTAGE", values, index)
	trees = [tree for tree in plan.dead_ends if tree.item_code == item.item_code]
	ends = {end.text(): end for tree in trees for end in dead_ends(tree)}
	yield from (replace(end, line=index) for end in ends.values())
	for code, warehouse in dict.fromkeys((n.item_code, n.warehouse) for tree in trees for n in lost(tree)):
		if code in books.snapshot.items:
			yield from pending(books, books.snapshot.items[code], warehouse, index)
	yield from what_the_rule_leaves(plan)
	for warehouse in warehouses:
		yield from pending(books, item, warehouse, index)


def _why(planner: Planner, plan: LinePlan, item: Item, missing: float) -> str:
	mode = next(part.mode for part in plan.demand.parts if part.item is item)
	return why_no_more(item, mode, missing, planner.books.snapshot.settings.production_hours_per_day)
