"""What can happen to a document that promises depend on. No frappe."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

# (item, warehouse)
Pool = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Move:
	"""Something that happened to a document. `values` are those of its sentence: dates as ISO text, quantities in
	stock UOM. What is no `worse` can only bring a promise back; `pools` are the items and warehouses that it is about,
	none where it is about days. What is done `for_order`, a Sales Order, does nothing to the promise of that order.
	"""

	document_type: str
	document: str
	kind: str
	worse: bool
	values: tuple[Any, ...] = ()
	pools: frozenset[Pool] = frozenset()
	for_order: str | None = None

	@property
	def items(self) -> frozenset[str]:
		"""The items that it is about."""
		return frozenset(item for item, _warehouse in self.pools)

	def about(self, items: Collection[str]) -> bool:
		"""Whether it is about one of the items."""
		return not self.pools or not self.items.isdisjoint(items)

	def only(self, items: Collection[str]) -> Move:
		"""The same, without the other items."""
		return replace(self, pools=frozenset(pool for pool in self.pools if pool[0] in items))

	def as_json(self) -> str:
		"""As it is kept in the tables."""
		values = {name: getattr(self, name) for name in self.__slots__}
		return json.dumps({**values, "pools": sorted(self.pools)})


def move_of(text: str | Mapping[str, Any]) -> Move:
	"""A move from what `as_json` made."""
	values = json.loads(text) if isinstance(text, str) else text
	pools = frozenset((item, warehouse) for item, warehouse in values["pools"])
	return Move(**{**values, "values": tuple(values["values"]), "pools": pools})


def moves_of(text: str | None) -> list[Move]:
	"""Those of a list in JSON."""
	return [move_of(values) for values in json.loads(text or "[]")]


def as_list(moves: Collection[Move]) -> str:
	"""The text of which `moves_of` makes the same list."""
	return f"[{', '.join(move.as_json() for move in moves)}]"
