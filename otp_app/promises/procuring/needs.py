"""What has to be bought, made or transferred before an order can be delivered: needs, less what is asked for already. No frappe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from otp_app.engine.messages import Translate
from otp_app.engine.problems import UNAVAILABLE, Problem, RequestRefused
from otp_app.engine.promise import PlanLine, Promise

# Messages of the answer that say why something is needed.
WHY = (
	"FROM_REPLENISHMENT",
	"FROM_CTP",
	"DROP_SHIP",
	"TRANSFERRED",
	"SHORTAGE",
	"SUPPLY_ON_HOLD",
	"SUPPLY_UNDATED",
	"SUPPLY_BEYOND_HORIZON",
)
NOISE = 1e-6
TRANSFER = "Material Transfer"

# Of a suggestion: item, warehouse, date, whether the supplier ships it, the warehouse it is fetched from, the supplier.
Key = tuple[str, str | None, date, bool, str | None, str | None]

# (item, warehouse, the warehouse that it is fetched from) -> stock units; None where a request names none.
Requested = dict[tuple[str, str | None, str | None], float]


@dataclass(frozen=True, slots=True)
class Need:
	"""`qty` stock units of an item that nothing brings yet, by `schedule_date` in `warehouse`.

	`line` is the index of the order's line; for a bundle, the item is its component. `drop_ship` None: as the item says.
	With `from_warehouse` it is fetched from there. `supplier` None: the item's own.
	"""

	line: int
	item_code: str
	qty: float
	warehouse: str | None
	schedule_date: date
	reason: str
	drop_ship: bool | None = None
	from_warehouse: str | None = None
	supplier: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFacts:
	"""What procurement knows of an item; `min_order_qty` is in stock UOM."""

	item_name: str
	stock_uom: str
	whole: bool
	min_order_qty: float
	request_type: str
	drop_ship: bool
	supplier: str | None = None
	warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
	"""What to ask for: `needed` is what is missing, `qty` that rounded up to what can be ordered, in stock UOM."""

	item_code: str
	facts: ItemFacts
	needed: float
	qty: float
	warehouse: str | None
	schedule_date: date
	drop_ship: bool
	lines: tuple[int, ...]
	reason: str
	from_warehouse: str | None = None

	@property
	def request_type(self) -> str:
		"""The type of the Material Request."""
		return TRANSFER if self.from_warehouse else self.facts.request_type

	def as_dict(self, *, with_supplier: bool) -> dict[str, Any]:
		"""The JSON form of docs/api.md."""
		return {
			"item_code": self.item_code,
			"item_name": self.facts.item_name,
			"needed_qty": self.needed,
			"qty": self.qty,
			"uom": self.facts.stock_uom,
			"warehouse": self.warehouse,
			"schedule_date": self.schedule_date.isoformat(),
			"supplier": self.facts.supplier if with_supplier else None,
			"material_request_type": self.request_type,
			"from_warehouse": self.from_warehouse,
			"delivered_by_supplier": self.drop_ship,
			"lines": list(self.lines),
			"reason": self.reason,
		}


def needs_of(
	promise: Promise, lines: Sequence[Mapping[str, Any]], today: date, translate: Translate = str
) -> list[Need]:
	"""What comes from a purchase or production that is yet to be ordered, and what has no date at all.

	`lines` are those of the request that the promise answers. What has no date is needed when the customer wants it. Raises
	RequestRefused when nothing could be read.
	"""
	if any(blocker.code == "SOURCE_UNAVAILABLE" for blocker in promise.blockers):
		message = translate("The stock data cannot be read at the moment: try again later.")
		raise RequestRefused([Problem("SOURCE_UNAVAILABLE", message, None, UNAVAILABLE)])
	told = _Told(promise, translate)
	answer: list[Need] = []
	for index, line in enumerate(promise.plan):
		drop_ship = lines[index].get("delivered_by_supplier")
		answer += [
			replace(need, schedule_date=max(need.schedule_date, today))
			for need in _suggested(told, index, line, drop_ship)
		]
		for item_code, qty, warehouse, day in _short(promise, index, line, today):
			reason = told.reason(index, item_code)
			answer.append(Need(index, item_code, qty, warehouse, max(day, today), reason, drop_ship))
	return answer


@dataclass(frozen=True, slots=True)
class _Told:
	"""What an answer says, in the language of whoever asks."""

	promise: Promise
	translate: Translate

	def reason(self, index: int, item_code: str) -> str:
		"""The sentences about this item of a line that say why it is needed."""
		sentences = [
			message.text(self.translate)
			for message in (*self.promise.reasons, *self.promise.blockers)
			if message.code in WHY and message.line == index and message.values.get("item") == item_code
		]
		return " ".join(dict.fromkeys(sentences))


def _suggested(told: _Told, index: int, line: PlanLine, drop_ship: bool | None) -> Iterator[Need]:
	"""What the plan of a line takes from suggestions: a supplier that a Sourcing Rule names ships it itself."""
	for peg in line.fulfillment:
		if wanted := peg.suggestion:
			yield Need(
				index,
				peg.item_code,
				peg.qty,
				peg.warehouse,
				wanted.schedule_date,
				told.reason(index, peg.item_code),
				True if peg.supplier and not wanted.from_warehouse else drop_ship,
				wanted.from_warehouse,
				peg.supplier,
			)


def _short(
	promise: Promise, index: int, line: PlanLine, today: date
) -> list[tuple[str, float, str | None, date]]:
	"""The missing parts of a line; where it is promised from several warehouses, in the first of them."""
	warehouse = next((peg.warehouse for peg in line.fulfillment), line.warehouse)
	day = line.desired_date or promise.desired_date or today
	return [
		(str(blocker.values["item"]), float(str(blocker.values["qty"])), warehouse, day)
		for blocker in promise.blockers
		if blocker.code == "SHORTAGE" and blocker.line == index
	]


def unrequested(needs: Sequence[Need], requested: Requested) -> list[Need]:
	"""The needs that no request covers, the earliest covered first.

	A request for another warehouse is for the same customer all the same: it covers what is left. A transfer is covered by the
	request for the same way only.
	"""
	left = dict(requested)
	answer = sorted(needs, key=lambda need: (need.schedule_date, need.line))
	for same_place in (True, False):
		answer = [_less(need, left, same_place) for need in answer]
	return [need for need in answer if need.qty > NOISE]


def _less(need: Need, left: Requested, same_place: bool) -> Need:
	for key in sorted(left, key=str):
		item_code, warehouse, sender = key
		here = warehouse == need.warehouse or not (same_place or sender)
		if item_code == need.item_code and sender == need.from_warehouse and here:
			covered = min(need.qty, left[key])
			left[key] -= covered
			need = replace(need, qty=round(need.qty - covered, 9))
	return need


def suggest(needs: Sequence[Need], facts: Mapping[str, ItemFacts]) -> list[Suggestion]:
	"""One suggestion for each item, warehouse and date, at least the minimum order, whole where it must be."""
	groups: dict[Key, list[Need]] = {}
	for need in needs:
		about = facts[need.item_code]
		drop_ship = about.drop_ship if need.drop_ship is None else need.drop_ship
		place = (need.warehouse or about.warehouse, need.schedule_date, drop_ship)
		key = (need.item_code, *place, need.from_warehouse, need.supplier)
		groups.setdefault(key, []).append(need)
	return [
		_suggestion(key, group, facts[key[0]])
		for key, group in sorted(groups.items(), key=lambda pair: (pair[0][2], str(pair[0])))
	]


def _suggestion(key: Key, group: Sequence[Need], facts: ItemFacts) -> Suggestion:
	item_code, warehouse, day, drop_ship, sender, supplier = key
	needed = round(sum(need.qty for need in group), 9)
	qty = needed if sender else max(needed, facts.min_order_qty)
	return Suggestion(
		item_code=item_code,
		facts=replace(facts, supplier=supplier) if supplier else facts,
		needed=needed,
		qty=float(math.ceil(qty - NOISE)) if facts.whole else qty,
		warehouse=warehouse,
		schedule_date=day,
		drop_ship=drop_ship,
		lines=tuple(sorted({need.line for need in group})),
		reason=" ".join(dict.fromkeys(need.reason for need in group if need.reason)),
		from_warehouse=sender,
	)
