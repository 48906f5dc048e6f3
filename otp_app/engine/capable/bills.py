"""What one unit of a BOM needs: its lines and operations, with those of phantoms in the place of the phantoms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from otp_app.engine.capable.facts import Bom, BomLine, Operation
from otp_app.engine.facts import Item

# Deeper than any product is built: a structure that goes on for longer is a mistake.
MOST_LEVELS = 25


@dataclass(frozen=True, slots=True)
class Task:
	"""An operation, and its minutes for each unit that is started; those of a fixed one are for any quantity."""

	operation: Operation
	minutes: float

	def minutes_for(self, started: float) -> float:
		"""Minutes of work for a quantity."""
		return self.minutes if self.operation.fixed else self.minutes * started


@dataclass(frozen=True, slots=True)
class Bill:
	"""A BOM without phantoms; quantities for each unit that is started. `flaw` says in words why nothing can be made by it."""

	lines: tuple[tuple[BomLine, float], ...] = ()
	tasks: tuple[Task, ...] = ()
	flaw: str | None = None


class _Flawed(Exception):
	"""Why nothing can be made by a BOM."""


@dataclass
class Bills:
	"""The bills of a snapshot's BOMs, each made when it is first asked for."""

	boms: Mapping[str, Bom]
	items: Mapping[str, Item]
	_known: dict[str, Bill] = field(default_factory=dict)

	def find(self, name: str) -> Bill:
		"""The bill of a BOM."""
		known = self._known.get(name)
		if known is None:
			known = self._known[name] = self._bill(name)
		return known

	def _bill(self, name: str) -> Bill:
		tasks: list[Task] = []
		try:
			lines = tuple(self._exploded(name, 1.0, tasks, (name,)))
		except _Flawed as flawed:
			return Bill(flaw=str(flawed))
		if not lines:
			return Bill(flaw=f"BOM {name} has no items")
		return Bill(lines, tuple(tasks))

	def _exploded(
		self, name: str, started: float, tasks: list[Task], path: tuple[str, ...]
	) -> Iterator[tuple[BomLine, float]]:
		"""The lines of a BOM for a quantity; operations of phantoms are done before its own."""
		bom = self._sound(name)
		for line in bom.lines:
			qty = line.qty / bom.quantity * started
			if self._explodes(line):
				yield from self._phantom(line, qty, tasks, path)
			else:
				yield line, qty
		tasks += [Task(each, each.minutes * _times(each, bom, started)) for each in bom.operations]

	def _explodes(self, line: BomLine) -> bool:
		"""Whether a line's own components are used: it is a phantom, or never in stock and has a BOM."""
		item = self.items.get(line.item_code)
		return line.phantom or (
			item is not None and not item.is_stock_item and bool(line.bom or item.default_bom)
		)

	def _phantom(
		self, line: BomLine, qty: float, tasks: list[Task], path: tuple[str, ...]
	) -> Iterator[tuple[BomLine, float]]:
		item = self.items.get(line.item_code)
		name = line.bom or (item.default_bom if item else None)
		if name is None:
			raise _Flawed(f"{line.item_code} is a phantom without a BOM")
		if name in path or len(path) >= MOST_LEVELS:
			raise _Flawed(f"{line.item_code} is a phantom that contains itself")
		loss = self._sound(name).loss
		yield from self._exploded(name, qty / (1.0 - loss), tasks, (*path, name))

	def _sound(self, name: str) -> Bom:
		bom = self.boms.get(name)
		if bom is None:
			raise _Flawed(f"BOM {name} is gone, cancelled or not active")
		if bom.quantity <= 0:
			raise _Flawed(f"BOM {name} makes nothing: its quantity is not positive")
		if not 0 <= bom.loss < 1:
			raise _Flawed(f"BOM {name} loses all that it makes")
		return bom


def _times(operation: Operation, bom: Bom, started: float) -> float:
	return 1.0 if operation.fixed else started / bom.quantity
