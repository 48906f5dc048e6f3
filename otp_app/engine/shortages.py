"""What is short, in words: why no more can be counted on, and which supply could end it but has no date."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from otp_app.engine.books import Books
from otp_app.engine.capable.tree import lost
from otp_app.engine.facts import Item, Supply, Withheld
from otp_app.engine.lead_times import lead_time
from otp_app.engine.ledger import document_order
from otp_app.engine.messages import Message, Value
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import DOCTYPES

# What each withheld supply is called when it could end a shortage.
PENDING = {Withheld.ON_HOLD: "SUPPLY_ON_HOLD", Withheld.UNDATED: "SUPPLY_UNDATED"}


def document_of(supply: Supply) -> dict[str, Value]:
	"""The values that name a supply's document."""
	return {"doctype": DOCTYPES[supply.kind], "document": supply.document}


def pending(books: Books, item: Item, warehouse: str, line: int | None = None) -> Iterator[Message]:
	"""Supply that would come but is on hold, has no date, or comes after the last day promised."""
	at, base = books.snapshot.warehouses[warehouse], {"uom": item.stock_uom, "item": item.item_code}
	for supply in sorted(books.supplies(item.item_code, warehouse), key=document_order):
		withheld = books.withheld(supply)
		facts: dict[str, Value] = {**base, **_named(supply), "qty": supply.qty}
		if withheld in PENDING:
			yield Message(PENDING[withheld], facts, line)
		elif withheld is None and books.terms.material_date(supply, item, at) > books.terms.horizon:
			facts |= {"expected": supply.due, "horizon": books.terms.horizon}
			yield Message("SUPPLY_BEYOND_HORIZON", facts, line)


def _named(supply: Supply) -> dict[str, Value]:
	return document_of(supply) if supply.kind in DOCTYPES else {"doctype": "Stock", "document": ""}


def why_no_more(item: Item, mode: FulfilmentMode, missing: float, hours_per_day: float) -> str:
	"""Why `missing` stock units of an item can neither be taken from supply nor be bought or made in time."""
	if mode is FulfilmentMode.ATP_ONLY:
		return "it is promised from stock and orders only, and no more can be counted on"
	if mode is FulfilmentMode.ATP_THEN_CTP:
		return "no more can be counted on, and it can neither be made nor bought in time"
	if not item.is_purchase_item and item.default_bom is None:
		return "no more can be counted on, and it is neither bought nor made"
	if (item.lead_time_days if item.drop_ship else lead_time(item, missing, hours_per_day)) is None:
		return "no more can be counted on, and it has no lead time: set one on the item"
	return "its lead time goes beyond the last day promised"


def reliably_unknown(planner: Planner, plans: Sequence[LinePlan]) -> bool:
	"""Whether every shortage would be covered by supply that is there but whose date nobody knows.

	Of what is to be made it is enough that all components that cannot be had would be covered so.
	"""
	if any(plan.over_quota for plan in plans):
		return False
	missing: dict[str, float] = {}
	places: dict[str, set[str]] = {}
	for plan in plans:
		for item, qty in plan.short_parts:
			missing[item.item_code] = missing.get(item.item_code, 0.0) + qty
			places.setdefault(item.item_code, set()).update(plan.demand.choices[-1])
	return bool(missing) and all(
		_pending_covers(planner, code, qty, places[code]) or _components_pending(planner, plans, code)
		for code, qty in missing.items()
	)


def _pending_covers(planner: Planner, code: str, qty: float, places: Iterable[str]) -> bool:
	"""Whether supply without a date covers a quantity."""
	books = planner.books
	found = math.fsum(
		s.qty for name in places for s in books.supplies(code, name) if books.withheld(s) in PENDING
	)
	return found + books.snapshot.tolerance >= qty


def _components_pending(planner: Planner, plans: Sequence[LinePlan], code: str) -> bool:
	"""Whether supply without a date covers all that an item cannot be made for."""
	trees = [tree for plan in plans for tree in plan.dead_ends if tree.item_code == code]
	missing: dict[tuple[str, str], float] = {}
	for node in (node for tree in trees for node in lost(tree)):
		place = (node.item_code, node.warehouse)
		missing[place] = missing.get(place, 0.0) + node.qty
	return bool(missing) and all(
		_pending_covers(planner, component, qty, (name,)) for (component, name), qty in missing.items()
	)
