"""What has to be there, made or bought for a promise, level by level: the tree of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import Enum
from operator import attrgetter, is_
from typing import TYPE_CHECKING

from otp_app.engine.messages import Message

if TYPE_CHECKING:
	from otp_app.engine.promise import Document


class How(str, Enum):
	"""Where a required quantity comes from."""

	STOCK = "stock"
	DOCUMENT = "document"
	MAKE = "make"
	SUBCONTRACT = "subcontract"
	BUY = "buy"
	ALWAYS = "always"
	MISSING = "missing"


# How what does not exist yet comes about, in words.
BEGUN = {How.MAKE: "made", How.SUBCONTRACT: "subcontracted", How.BUY: "bought"}


@dataclass(frozen=True, slots=True)
class Work:
	"""One operation as it is scheduled; `minutes` are those of work."""

	operation: str
	workstation: str | None
	minutes: float
	start_date: date
	end_date: date


@dataclass(frozen=True, slots=True)
class Requirement:
	"""A quantity (stock UOM) of an item that is needed in a warehouse, and where it comes from.

	`available_date` is the day from which it can be used, None: never. `arrival_date` is the day on which what is bought,
	made or awaited comes: goods receipt and inspection lie between the two. `start_date` is the day on which work or the
	purchase begins, `order_qty` what has to be ordered or started. `instead_of` is the item that it replaces, `critical`
	whether it is on the path that sets the date, `constraint` what delays it most, or why it never comes.
	"""

	item_code: str
	qty: float
	uom: str
	warehouse: str
	how: How
	available_date: date | None
	arrival_date: date | None = None
	start_date: date | None = None
	bom: str | None = None
	document: Document | None = None
	order_qty: float | None = None
	operations: tuple[Work, ...] = ()
	instead_of: str | None = None
	critical: bool = False
	constraint: Message | None = None
	children: tuple[Requirement, ...] = ()


_FIELDS = tuple(field.name for field in fields(Requirement))
_VALUES = attrgetter(*_FIELDS)
_CRITICAL = _FIELDS.index("critical")


def marked(node: Requirement) -> Requirement:
	"""The node as a critical one; dataclasses.replace is slow, and half of a tree may be marked."""
	values = list(_VALUES(node))
	values[_CRITICAL] = True
	return Requirement(*values)


def settled(node: Requirement, *, critical: bool = True) -> Requirement:
	"""The tree with only those nodes marked critical whose parents are."""
	on_path = critical and node.critical
	children = tuple([settled(child, critical=on_path) for child in node.children])
	if on_path == node.critical and all(map(is_, children, node.children)):
		return node
	return replace(node, critical=on_path, children=children)


def walk(node: Requirement) -> Iterator[Requirement]:
	"""All nodes of a tree, each before its children."""
	yield node
	for child in node.children:
		yield from walk(child)


def critical_constraints(node: Requirement) -> Iterator[Message]:
	"""What sets the date, from the top down."""
	for each in walk(node):
		if each.critical and each.constraint is not None:
			yield each.constraint


def lost(node: Requirement) -> Iterator[Requirement]:
	"""The components below a node that nothing brings."""
	for each in walk(node):
		if each is not node and each.available_date is None and not each.children:
			yield each


def dead_ends(node: Requirement) -> Iterator[Message]:
	"""Why a tree has no date: each part of it that can neither be had nor begun."""
	for each in walk(node):
		if each.available_date is None and each.constraint is not None:
			yield each.constraint
