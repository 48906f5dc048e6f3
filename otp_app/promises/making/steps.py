"""What has to be begun for an order: the nodes of the answer's trees that nothing stands for yet, deepest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from frappe import _

from otp_app.engine.capable.tree import BEGUN, How, Requirement
from otp_app.engine.promise import Promise
from otp_app.promises.procuring.needs import NOISE, Requested

WORK_ORDER, PURCHASE_ORDER, MATERIAL_REQUEST = "Work Order", "Purchase Order", "Material Request"


@dataclass(frozen=True, slots=True)
class Step:
	"""`qty` stock units of a node's item that are to be made or bought, `available` on that day; `level` 0 is what the
	order's `line` asks for.

	`doctype` is the document that asks for it, and `supplier` whom.
	"""

	line: int
	level: int
	node: Requirement
	qty: float
	available: date
	doctype: str = WORK_ORDER
	supplier: str | None = None

	@property
	def required_by(self) -> date:
		"""The day on which it has to come."""
		return self.node.arrival_date or self.available

	@property
	def start(self) -> date:
		"""The day on which it has to begin."""
		return self.node.start_date or self.required_by

	def as_dict(self, *, with_supplier: bool) -> dict[str, Any]:
		"""The JSON form of docs/api.md."""
		return {
			"doctype": self.doctype,
			"how": self.node.how.value,
			"item_code": self.node.item_code,
			"qty": self.qty,
			"uom": self.node.uom,
			"warehouse": self.node.warehouse,
			"bom": self.node.bom,
			"start_date": self.start.isoformat(),
			"required_by": self.required_by.isoformat(),
			"supplier": self.supplier if with_supplier else None,
			"line": self.line,
			"level": self.level,
			"reason": self.node.constraint.text(_) if self.node.constraint else "",
		}


def steps_of(promise: Promise) -> list[Step]:
	"""All that has to be begun, components before what they are for."""
	return [
		step
		for index, line in enumerate(promise.plan)
		for peg in line.fulfillment
		if peg.tree is not None
		for step in _below(index, peg.tree, 0)
	]


def _below(line: int, node: Requirement, level: int) -> Iterator[Step]:
	for child in node.children:
		yield from _below(line, child, level + 1)
	if node.how in BEGUN and node.order_qty and node.available_date:
		yield Step(line, level, node, node.order_qty, node.available_date)


def left_to_do(steps: Sequence[Step], requested: Requested) -> list[Step]:
	"""The steps, less what is asked for already; a request for another warehouse covers what is left."""
	left = dict(requested)
	for same_place in (True, False):
		steps = [_less(step, left, same_place) for step in steps]
	return [step for step in steps if step.qty > NOISE]


def _less(step: Step, left: Requested, same_place: bool) -> Step:
	for key in sorted(left, key=str):
		item_code, warehouse, sender = key
		# What is to be fetched from another warehouse is neither made nor bought.
		if sender or item_code != step.node.item_code:
			continue
		if warehouse == step.node.warehouse or not same_place:
			covered = min(step.qty, left[key])
			left[key] -= covered
			step = replace(step, qty=round(step.qty - covered, 9))
	return step


def addressed(steps: Iterable[Step], suppliers: dict[str, str | None], services: set[str]) -> list[Step]:
	"""The steps with the documents that ask for them.

	Without a default supplier, or without a Subcontracting BOM that says what service is bought, a Material Request asks.
	"""
	return [_addressed(step, suppliers.get(step.node.item_code), services) for step in steps]


def _addressed(step: Step, supplier: str | None, services: set[str]) -> Step:
	if step.node.how is How.MAKE:
		return step
	served = step.node.how is How.BUY or step.node.item_code in services
	if supplier and served:
		return replace(step, doctype=PURCHASE_ORDER, supplier=supplier)
	return replace(step, doctype=MATERIAL_REQUEST)
