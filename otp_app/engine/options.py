"""What would make an order earlier: each option is found by promising the order again with one thing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import itemgetter

from otp_app.engine.assemble import odds_of
from otp_app.engine.books import Books
from otp_app.engine.capable.tree import walk
from otp_app.engine.decision import Decision, plan_again
from otp_app.engine.facts import Item, Snapshot, Supply, SupplyKind, Withheld
from otp_app.engine.messages import Message, Value
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.policy import DesiredDateMode, FulfilmentMode, Shipment
from otp_app.engine.problems import RequestRefused
from otp_app.engine.promise import DOCTYPES, Option
from otp_app.engine.request import PromiseRequest
from otp_app.engine.source_reasons import way_of

# Options are worked out for the lines that hold the order up, and for so many of them at most.
MAX_CRITICAL_LINES = 5
MAX_WAREHOUSES = 5
MAX_OPTIONS = 10
# Parts of a first shipment that are named.
MOST_PARTS = 3
# So many, where every trial has a service level to find dates for.
MAX_LEVELLED_LINES = 50
# Above this many lines promising again costs more than an order desk would wait for.
MAX_ORDER_LINES = 200


@dataclass(frozen=True, slots=True)
class _Search:
	decision: Decision

	@property
	def snapshot(self) -> Snapshot:
		return self.decision.planner.books.snapshot

	@property
	def books(self) -> Books:
		return self.decision.planner.books

	def earliest(self, *, books: Books | None = None, request: PromiseRequest | None = None) -> date | None:
		"""The order's date with a change made; None if it cannot be promised or makes no sense."""
		try:
			return plan_again(self.decision, books=books, request=request).promised
		except RequestRefused:
			return None

	def improves(self, day: date | None) -> bool:
		before = self.decision.promised
		return day is not None and (before is None or day < before)

	def option(
		self, kind: str, advice: Message, day: date, change: dict[str, object], po_id: str | None = None
	) -> Option:
		before = self.decision.promised
		if before is None:
			return Option(kind, advice, Message("COMPLETE_ON", {"date": day}), day, None, change, po_id)
		days = (before - day).days
		gain = "COMPLETE_A_DAY_EARLIER" if days == 1 else "COMPLETE_EARLIER"
		return Option(kind, advice, Message(gain, {"days": days}), day, days, change, po_id)

	def with_line(self, index: int, **changes: object) -> PromiseRequest:
		lines = list(self.decision.request.items)
		lines[index] = lines[index].model_copy(update=changes)
		return self.decision.request.model_copy(update={"items": tuple(lines)})


def find_options(decision: Decision) -> list[Option]:
	"""The options that bring the order forward, or make it possible at all, earliest first."""
	level = decision.request.rules.service_level
	if len(decision.request.items) > (MAX_ORDER_LINES if level is None else MAX_LEVELLED_LINES):
		return []
	search = _Search(decision)
	critical = _critical(decision)
	found = [
		*_partial(search),
		*_transfer(search, critical),
		*_earlier_supply(search, critical),
		*_released_supply(search, critical),
	]
	for plan in critical:
		found += [
			*_other_warehouse(search, plan),
			*_alternative_item(search, plan),
			*_purchase(search, plan),
		]
	told = [((option.promise_date or date.max, option.type, option.description), option) for option in found]
	told.sort(key=itemgetter(0))
	# Two lines of one item have one option.
	unlike = {described[1:]: option for described, option in told}
	return list(unlike.values())[:MAX_OPTIONS]


def _critical(decision: Decision) -> list[LinePlan]:
	"""The lines that hold the order up: those without a date, else those with the last one."""
	short = [plan for plan in decision.plans if plan.delivery is None]
	if short:
		return short[:MAX_CRITICAL_LINES]
	if decision.assembled.levelled:
		return _least_sure(decision)[:MAX_CRITICAL_LINES]
	last = max((plan.delivery for plan in decision.plans if plan.delivery), default=None)
	waiting = [plan for plan in decision.plans if plan.delivery == last and _waits(plan)]
	return waiting[:MAX_CRITICAL_LINES]


def _least_sure(decision: Decision) -> list[LinePlan]:
	"""The lines that a service level waits for, those that need the most first."""
	lines = [plan for plan in decision.plans if _waits(plan)]
	raw = {plan.demand.index: (plan.delivery,) * len(plan.pegs) for plan in lines if plan.delivery}
	odds = {index: odds_of(decision.planner, [decision.plans[index]], [days]) for index, days in raw.items()}
	return sorted(lines, key=lambda plan: (odds[plan.demand.index], plan.demand.index))


def _waits(plan: LinePlan) -> bool:
	return any(peg.waits for peg in plan.pegs)


def _partial(search: _Search) -> Iterator[Option]:
	"""Ship what is there first. Its date is that of the first part; the last part comes when the order would."""
	terms = search.books.terms
	if terms.shipment is Shipment.PARTIAL or terms.desired_date_mode is DesiredDateMode.STRICT_FAIL:
		return
	if search.decision.assembled.best is not None:
		return  # no part of it holds with the service level, either
	decision = plan_again(search.decision, books=search.books.with_shipment(Shipment.PARTIAL))
	ready = _earlier_parts(search.decision, decision)
	first = min(ready, default=None)
	if first is None:
		return
	before = search.decision.earliest
	parts = tuple(
		Message("PART", {"qty": qty, "uom": item.stock_uom, "item": item.item_code})
		for item, qty in ready[first]
	)
	more = len(parts) - MOST_PARTS
	code = "SHIP_FIRST_AND_MORE" if more > 0 else "SHIP_FIRST"
	advice = Message(code, {"parts": parts[:MOST_PARTS], "more": more})
	gain, days = Message("FIRST_PART"), None
	if before is not None:
		days = (before - first).days
		code = "FIRST_PART_A_DAY_EARLIER" if days == 1 else "FIRST_PART_EARLIER"
		gain = Message(code, {"days": days, "rest": decision.earliest})
	yield Option("partial_shipment", advice, gain, first, days, {"rules": {"shipment": "partial"}})


def _earlier_parts(now: Decision, parted: Decision) -> dict[date, list[tuple[Item, float]]]:
	"""By day, what would leave before its line does now."""
	parts: dict[date, dict[str, tuple[Item, float]]] = {}
	lines = zip(parted.plans, now.lines, parted.lines, strict=True)
	for plan, before, after in lines:
		if plan.demand.item.components:
			continue
		for peg, part in zip(plan.pegs, after.fulfillment, strict=True):
			if peg.needs_no_stock or (before.promise_date and part.delivery_date >= before.promise_date):
				continue
			of_day = parts.setdefault(part.delivery_date, {})
			_, qty = of_day.get(peg.item.item_code, (peg.item, 0.0))
			of_day[peg.item.item_code] = (peg.item, qty + peg.qty)
	return {day: list(of_day.values()) for day, of_day in parts.items()}


def _other_warehouse(search: _Search, critical: LinePlan) -> Iterator[Option]:
	demand, snapshot = critical.demand, search.snapshot
	if demand.warehouse is None:
		return
	company = snapshot.warehouses[demand.choices[0][0]].company
	codes = {part.item.item_code for part in demand.parts}
	tried = set(demand.choices[-1])
	stocked = {s.warehouse for s in snapshot.supplies if s.item_code in codes} - tried
	sellers = [
		at
		for name in stocked
		if (at := snapshot.warehouses.get(name)) is not None and at.company == company and at.sells
	]
	sellers = [at for at in sellers if demand.sources.allows(at.name)]
	names = [at.name for at in sorted(sellers, key=lambda at: (-at.priority, at.name))]
	dated = [
		(day, name)
		for name in names[:MAX_WAREHOUSES]
		if (day := search.earliest(request=search.with_line(demand.index, warehouse=name)))
	]
	if dated and search.improves(min(dated)[0]):
		day, name = min(dated)
		change: dict[str, object] = {"line": demand.index, "warehouse": name}
		advice = Message("OTHER_WAREHOUSE", {"item": demand.item.item_code, "warehouse": name})
		yield search.option("other_warehouse", advice, day, change)


def _transfer(search: _Search, critical: list[LinePlan]) -> Iterator[Option]:
	"""Fetch stock from other warehouses of the company, where the rules let it be."""
	terms = search.books.terms
	if terms.transfers or not any(_lies_elsewhere(search.books, plan) for plan in critical):
		return
	decision = plan_again(search.decision, books=search.books.with_transfers())
	fetched = [peg for plan in decision.plans for peg in plan.pegs if peg.offer.transfer]
	if decision.promised is None or not fetched or not search.improves(decision.promised):
		return
	parts = tuple(
		Message(
			"TRANSFER_PART",
			{"qty": peg.qty, "uom": peg.item.stock_uom, "item": peg.item.item_code, **way_of(peg)},
		)
		for peg in fetched
	)
	advice = Message("TRANSFER", {"parts": parts})
	yield search.option("transfer", advice, decision.promised, {"rules": {"transfers": True}})


def _lies_elsewhere(books: Books, plan: LinePlan) -> bool:
	codes = {part.item.item_code for part in plan.demand.parts}
	places = {s.warehouse for s in books.snapshot.supplies if s.item_code in codes}
	return bool(places - set(plan.warehouses))


def _earlier_supply(search: _Search, critical: list[LinePlan]) -> Iterator[Option]:
	"""Each document that a line waits for last, brought forward as far as it helps and no further."""
	last = [max(plan.pegs, key=lambda peg: peg.delivery) for plan in critical if plan.pegs]
	waited_for = [supply for peg in last for supply in (peg.offer.supply, *_component_supply(search, peg))]
	awaited = {
		(supply.kind, supply.document): supply
		for supply in waited_for
		if supply.kind in DOCTYPES and supply.due is not None
	}
	terms = search.books.terms
	tomorrow = terms.today + timedelta(days=1)
	for supply in awaited.values():
		best = search.earliest(books=_expedited(search, supply, tomorrow))
		if best is None or not search.improves(best):
			continue
		# The latest date that still gives the best result: it asks no more of the supplier than is needed.
		expected = terms.expected(supply, search.snapshot.warehouses[supply.warehouse])
		early, late = tomorrow, expected
		while early < late:
			middle = early + (late - early + timedelta(days=1)) / 2
			if search.earliest(books=_expedited(search, supply, middle)) == best:
				early = middle
			else:
				late = middle - timedelta(days=1)
		values = {**_names(supply), "day": early, "expected": expected}
		change = {**_document(supply), "due": early.isoformat()}
		yield search.option("expedite", Message("EXPEDITE", values), best, change, _po_id(supply))


def _component_supply(search: _Search, peg: Peg) -> Iterator[Supply]:
	"""The documents that what is made for a peg waits for."""
	for node in walk(peg.offer.tree) if peg.offer.tree else ():
		if node.critical and node.document is not None:
			for supply in search.books.supplies(node.item_code, node.warehouse):
				at = search.snapshot.warehouses[node.warehouse]
				known = (DOCTYPES.get(supply.kind), supply.document)
				same_day = search.books.terms.expected(supply, at) == node.arrival_date
				if known == (node.document.doctype, node.document.name) and same_day:
					yield supply


def _expedited(search: _Search, of: Supply, day: date) -> Books:
	"""The books if all that a document brings later than `day` came on that day."""
	terms, warehouses = search.books.terms, search.snapshot.warehouses

	def earlier(supply: Supply) -> Supply:
		if supply.due is None or terms.expected(supply, warehouses[supply.warehouse]) <= day:
			return supply
		return replace(supply, due=day)

	return search.books.with_document(of, earlier)


def _released_supply(search: _Search, critical: list[LinePlan]) -> Iterator[Option]:
	"""Each document on hold that has what a line needs, released with the date it has."""
	places = {
		(part.item.item_code, warehouse)
		for plan in critical
		for part in plan.demand.parts
		for warehouse in plan.demand.choices[-1]
	}
	places |= {place for plan in critical for place in _component_places(plan)}
	held = {
		(supply.kind, supply.document): supply
		for place in sorted(places)
		for supply in search.books.supplies(*place)
		if supply.withheld is Withheld.ON_HOLD and supply.due is not None
	}
	for supply in held.values():
		books = search.books.with_document(supply, lambda each: replace(each, withheld=None))
		day = search.earliest(books=books)
		if day is not None and search.improves(day):
			advice = Message("RELEASE", _names(supply))
			yield search.option("release_hold", advice, day, _document(supply), _po_id(supply))


def _component_places(plan: LinePlan) -> Iterator[tuple[str, str]]:
	"""Where a line needs what does not exist yet, or cannot be had."""
	trees = [*plan.dead_ends, *(peg.offer.tree for peg in plan.pegs if peg.offer.tree)]
	for node in (node for tree in trees for node in walk(tree)):
		if node.critical:
			yield (node.item_code, node.warehouse)


def _names(supply: Supply) -> dict[str, Value]:
	return {"doctype": DOCTYPES[supply.kind], "document": supply.document}


def _document(supply: Supply) -> dict[str, object]:
	return {"doctype": DOCTYPES[supply.kind], "document": supply.document}


def _po_id(supply: Supply) -> str | None:
	return supply.document if supply.kind is SupplyKind.PURCHASE_ORDER else None


def _alternative_item(search: _Search, critical: LinePlan) -> Iterator[Option]:
	demand, customer = critical.demand, search.decision.order.customer
	if customer is not None and customer.accepts_alternatives is False:
		return
	for code in demand.item.alternatives:
		other = search.snapshot.items.get(code)
		if other is None or other.stock_uom != demand.item.stock_uom:
			continue
		changed = search.with_line(demand.index, item_code=code, qty=demand.qty, uom=None)
		day = search.earliest(request=changed)
		if day is not None and search.improves(day):
			change: dict[str, object] = {"line": demand.index, "item_code": code}
			advice = Message("ALTERNATIVE", {"item": demand.item.item_code, "other": code})
			yield search.option("alternative_item", advice, day, change)


def _purchase(search: _Search, critical: LinePlan) -> Iterator[Option]:
	"""Buy or make an item that is promised from stock and orders only, where its lead time is known."""
	for part in critical.demand.parts:
		if part.mode is not FulfilmentMode.ATP_ONLY:
			continue
		item = replace(part.item, mode=FulfilmentMode.ATP_THEN_LEAD_TIME)
		day = search.earliest(books=search.books.with_item(item))
		if day is not None and search.improves(day):
			yield search.option(
				"purchase",
				Message("MAKE" if item.default_bom else "BUY", {"item": item.item_code}),
				day,
				{"item_code": item.item_code, "mode": FulfilmentMode.ATP_THEN_LEAD_TIME.value},
			)
