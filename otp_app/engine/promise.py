"""The answer: a promise, its lines, the supplies that they are pegged to, reasons and options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from otp_app.engine.capable.tree import Requirement, walk
from otp_app.engine.facts import SupplyKind
from otp_app.engine.messages import Message, Translate
from otp_app.engine.policy import DesiredDateMode


class Status(str, Enum):
	"""OK: a date. CANNOT_FULFILL: supply is missing, or too late for a strict date. CANNOT_PROMISE_RELIABLY:
	supply is on its way, or there may be some, but nothing tells when."""

	OK = "OK"
	CANNOT_FULFILL = "CANNOT_FULFILL"
	CANNOT_PROMISE_RELIABLY = "CANNOT_PROMISE_RELIABLY"


class Confidence(str, Enum):
	"""How sure a promise is."""

	HIGH = "HIGH"
	MEDIUM = "MEDIUM"
	LOW = "LOW"


class Source(str, Enum):
	"""What a promised quantity comes from, as callers of the API know it."""

	STOCK = "stock"
	PURCHASE_ORDER = "purchase_order"
	PRODUCTION = "production"
	TRANSFER = "transfer"
	REPLENISHMENT = "replenishment"


SOURCES: Mapping[SupplyKind, Source] = {
	SupplyKind.ON_HAND: Source.STOCK,
	SupplyKind.PURCHASE_ORDER: Source.PURCHASE_ORDER,
	SupplyKind.WORK_ORDER: Source.PRODUCTION,
	SupplyKind.SUBCONTRACTING_ORDER: Source.PRODUCTION,
	SupplyKind.TRANSFER: Source.TRANSFER,
	SupplyKind.MATERIAL_REQUEST: Source.REPLENISHMENT,
	SupplyKind.REPLENISHMENT: Source.REPLENISHMENT,
}
DOCTYPES: Mapping[SupplyKind, str] = {
	SupplyKind.PURCHASE_ORDER: "Purchase Order",
	SupplyKind.WORK_ORDER: "Work Order",
	SupplyKind.SUBCONTRACTING_ORDER: "Subcontracting Order",
	SupplyKind.TRANSFER: "Stock Entry",
	SupplyKind.MATERIAL_REQUEST: "Material Request",
}


# The kinds of document that an answer may name.
NAMED = frozenset({*DOCTYPES.values(), "Product Allocation", "Supply Protection"})


@dataclass(frozen=True, slots=True)
class Document:
	"""A document of ERPNext."""

	doctype: str
	name: str


@dataclass(frozen=True, slots=True)
class Suggestion:
	"""The Material Request that would turn a replenishment, or a transfer from `from_warehouse`, into a real supply."""

	doctype: str
	material_request_type: str
	item_code: str
	qty: float
	uom: str
	warehouse: str
	schedule_date: date
	from_warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class Fulfillment:
	"""A peg: a quantity (stock UOM) of a line and the supply that covers it.

	`available_date` is the material availability date, `ship_ready_date` the day it is packed, and `expected_date`
	the day on which the supply itself is expected (None for stock). `probability` is that of its being there in time for
	the delivery date. `tree` tells what is made or bought for it, level by level, where it is promised by that.
	"""

	source: Source
	item_code: str
	qty: float
	warehouse: str
	available_date: date
	ship_ready_date: date
	delivery_date: date
	probability: float
	expected_date: date | None = None
	po_id: str | None = None
	supplier: str | None = None
	document: Document | None = None
	suggestion: Suggestion | None = None
	tree: Requirement | None = None


@dataclass(frozen=True, slots=True)
class Substitute:
	"""So much of another item, in stock UOM, in place of the ordered one."""

	item_code: str
	qty: float


@dataclass(frozen=True, slots=True)
class PlanLine:
	"""One line of the request, in its order; quantities in stock UOM (`uom`), `shortage` is what has no date.

	`probability` is that of the promise date, `on_time_probability` that of the desired date, where there is one.
	`substitutes` are the items that are sent in place of the ordered one.
	"""

	item_code: str
	qty_required: float
	uom: str
	warehouse: str | None
	desired_date: date | None
	promise_date_raw: date | None
	promise_date: date | None
	ship_date: date | None
	on_time: bool | None
	confidence: Confidence | None
	probability: float | None
	on_time_probability: float | None
	fulfillment: tuple[Fulfillment, ...]
	shortage: float
	substitutes: tuple[Substitute, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
	"""What would make the order earlier, found by promising again with `change` made.

	`promise_date` is the order's date with it; `days_earlier` counts calendar days, None where there was no date.
	"""

	type: str
	advice: Message
	gain: Message
	promise_date: date | None
	days_earlier: int | None
	change: Mapping[str, object]
	po_id: str | None = None

	@property
	def description(self) -> str:
		"""What to do, as a sentence."""
		return self.advice.text()

	@property
	def impact(self) -> str:
		"""What that gains."""
		return self.gain.text()

	def as_dict(self, translate: Translate = str) -> dict[str, Any]:
		"""The option of docs/api.md, in JSON values."""
		return {
			"type": self.type,
			"description": self.advice.text(translate),
			"impact": self.gain.text(translate),
			"promise_date": to_json(self.promise_date),
			"days_earlier": self.days_earlier,
			"change": to_json(self.change),
			"po_id": self.po_id,
		}


@dataclass(frozen=True, slots=True)
class Promise:
	"""When an order can be delivered, how sure that is, from what, and why.

	`probability` is that of all dates promised, `on_time_probability` that of all desired dates, where there are any.
	"""

	status: Status
	promise_date: date | None
	promise_date_raw: date | None
	desired_date: date | None
	desired_date_mode: DesiredDateMode
	on_time: bool | None
	adjusted_due_to_no_early_delivery: bool
	can_fulfill: bool
	confidence: Confidence | None
	probability: float | None
	on_time_probability: float | None
	plan: tuple[PlanLine, ...]
	reasons: tuple[Message, ...]
	blockers: tuple[Message, ...]
	options: tuple[Option, ...]
	request_id: str
	calculated_at: datetime

	def doctypes(self) -> frozenset[str]:
		"""The kinds of document that the answer names."""
		named: set[object] = {message.values.get("doctype") for message in (*self.reasons, *self.blockers)}
		named |= {option.change.get("doctype") for option in self.options}
		named |= {peg.document.doctype for line in self.plan for peg in line.fulfillment if peg.document}
		named |= {node.document.doctype for node in self.nodes() if node.document}
		return frozenset(name for name in named if isinstance(name, str) and name in NAMED)

	def nodes(self) -> Iterator[Requirement]:
		"""All that is needed for what is made or bought, on every level."""
		for line in self.plan:
			for peg in line.fulfillment:
				if peg.tree is not None:
					yield from walk(peg.tree)

	def component_places(self) -> frozenset[str]:
		"""The warehouses that trees, and what is told of making, name."""
		told = (*self.reasons, *self.blockers)
		named = {each.values.get("warehouse") for each in told if each.code.startswith("CTP_")}
		named |= {node.warehouse for node in self.nodes()}
		return frozenset(name for name in named if isinstance(name, str))

	def as_dict(self, translate: Translate = str) -> dict[str, Any]:
		"""The answer of docs/api.md, in JSON values; sentences in the language of `translate`."""
		answer: dict[str, Any] = to_json(self, translate)
		return answer


# What stands in a reason where the user may not read the document, and the values that it stands for.
HIDDEN = "(not shown)"
NAMING = frozenset({"document", "party", "source"})
PLACING = frozenset({"warehouse", "source"})
# What most values of an answer are: JSON has them as they are.
_PLAIN = frozenset({str, float, bool, int})


def redacted(promise: Promise, doctypes: frozenset[str], warehouses: frozenset[str] = frozenset()) -> Promise:
	"""The promise without the names of documents of `doctypes`, their suppliers, and options that name them.

	Nor does it name `warehouses`, from which components are taken.
	"""

	def hide_peg(peg: Fulfillment) -> Fulfillment:
		if peg.tree is not None:
			peg = replace(peg, tree=hide_node(peg.tree))
		if peg.document is None or peg.document.doctype not in doctypes:
			return peg
		return replace(peg, document=None, po_id=None, supplier=None)

	def hide_node(node: Requirement) -> Requirement:
		named = node.document is not None and node.document.doctype in doctypes
		return replace(
			node,
			warehouse=HIDDEN if node.warehouse in warehouses else node.warehouse,
			document=None if named else node.document,
			constraint=hide_reason(node.constraint) if node.constraint else None,
			children=tuple(map(hide_node, node.children)),
		)

	def hide_reason(message: Message) -> Message:
		hidden = NAMING if message.values.get("doctype") in doctypes else frozenset()
		if message.values.get("warehouse") in warehouses:
			hidden |= PLACING
		if not hidden:
			return message
		shown = {name: HIDDEN if name in hidden else value for name, value in message.values.items()}
		return replace(message, values=shown)

	return replace(
		promise,
		plan=tuple(
			replace(line, fulfillment=tuple(map(hide_peg, line.fulfillment))) for line in promise.plan
		),
		reasons=tuple(map(hide_reason, promise.reasons)),
		blockers=tuple(map(hide_reason, promise.blockers)),
		options=tuple(option for option in promise.options if option.change.get("doctype") not in doctypes),
	)


def to_json(value: object, translate: Translate = str) -> Any:
	"""Dataclasses, enums, dates and tuples as JSON values."""
	if value is None or type(value) in _PLAIN:
		return value
	if isinstance(value, Message | Option):
		return value.as_dict(translate)
	if isinstance(value, Enum):
		return value.value
	if isinstance(value, date):
		return value.isoformat()
	if isinstance(value, tuple):
		return [to_json(part, translate) for part in value]
	if isinstance(value, Mapping):
		return {name: to_json(part, translate) for name, part in value.items()}
	if is_dataclass(value):
		return {name: to_json(getattr(value, name), translate) for name in _names(value.__class__)}
	return value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
	"""The fields of a dataclass; most of what an answer is made of comes in a dozen of them."""
	return tuple(each.name for each in fields(kind))
