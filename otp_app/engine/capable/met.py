"""How a need is met, and the nodes that say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from otp_app.engine.capable.facts import Bom
from otp_app.engine.capable.scheduling import Scheduled
from otp_app.engine.capable.shop import moment_of
from otp_app.engine.capable.tree import How, Requirement, marked
from otp_app.engine.facts import Item, Warehouse
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.messages import Message


@dataclass(frozen=True)
class Met:
	"""How a need is met: nodes, each with the moment from which it can be used, None: never."""

	parts: tuple[tuple[Requirement, float | None], ...]

	@cached_property
	def ready(self) -> float | None:
		"""When all of it can be used; None: never."""
		moments = [moment for _, moment in self.parts if moment is not None]
		return max(moments) if moments and len(moments) == len(self.parts) else None

	@property
	def nodes(self) -> tuple[Requirement, ...]:
		"""The nodes alone."""
		return tuple(node for node, _ in self.parts)

	def instead_of(self, code: str) -> Met:
		"""The same, in the place of another item."""
		return Met(tuple((replace(node, instead_of=code), moment) for node, moment in self.parts))


def node_of(
	item: Item, qty: float, at: Warehouse, how: How, available: date | None = None, **more: Any
) -> Requirement:
	"""A node without anything below it."""
	qty = round(qty, NOISE_DIGITS)
	return Requirement(item.item_code, qty, item.stock_uom, at.name, how, available, **more)


def never(node: Requirement, why: Message) -> Met:
	"""A need that is never met, and why."""
	return Met(((replace(node, constraint=why), None),))


def dated(
	node: Requirement, begun: date, arrives: date, material: date, delay: Message | None
) -> Requirement:
	"""The node with its dates: spelt out, for most of a tree is bought, and dataclasses.replace is slow."""
	return Requirement(
		node.item_code,
		node.qty,
		node.uom,
		node.warehouse,
		node.how,
		available_date=material,
		arrival_date=arrives,
		start_date=begun,
		bom=node.bom,
		order_qty=node.order_qty,
		constraint=delay,
		children=node.children,
	)


def in_time(met: Met, latest: float) -> bool:
	"""Whether all of it is there by a moment."""
	return met.ready is not None and met.ready <= latest


def gathered(
	components: Sequence[Met], begin: float
) -> tuple[Requirement | None, float | None, tuple[Requirement, ...]]:
	"""The component that is waited for, when all are there (None: never), and all of them, those that set it marked."""
	parts = [part for met in components for part in met.parts]
	if any(moment is None for _, moment in parts):
		children = tuple(marked(node) if moment is None else node for node, moment in parts)
		return None, None, children
	ready = max((moment for _, moment in parts if moment is not None), default=begin)
	if ready <= begin:
		return None, begin, tuple(node for node, _ in parts)
	children = tuple(marked(node) if moment == ready else node for node, moment in parts)
	return next(node for node in children if node.critical), ready, children


def told(met: Met, waited: float, waits: Message | None) -> Met:
	"""What follows its material by a lead time: it waits for the longer of the two."""
	((node, moment),) = met.parts
	if waits is None or moment is None or node.start_date is None:
		return met
	took = moment - moment_of(node.start_date)
	return Met(((replace(node, constraint=waits), moment),)) if waited >= took else met


def worked(node: Requirement, done: Scheduled, delay: Message | None) -> Requirement:
	"""The node of a lot whose operations are scheduled."""
	return replace(
		node,
		available_date=done.finished,
		arrival_date=done.finished,
		start_date=done.works[0].start_date,
		operations=done.works,
		constraint=delay,
	)


def started(item: Item, qty: float, bom: Bom) -> float:
	"""What has to be started to have `qty` good ones; a supplier makes at least the minimum order quantity."""
	started = qty / (1.0 - bom.loss)
	return whole(item, max(started, item.min_order_qty) if bom.subcontracted else started)


def order_qty(item: Item, qty: float) -> float:
	"""What has to be ordered to get a quantity: the minimum at the least."""
	return whole(item, max(qty, item.min_order_qty))


def whole(item: Item | None, qty: float) -> float:
	"""A quantity of whole units where they are counted, whatever noise floats carry."""
	rounded = round(qty, NOISE_DIGITS)
	return float(math.ceil(rounded)) if item is not None and item.whole else rounded
