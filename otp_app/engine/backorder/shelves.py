"""The shelves of a snapshot: what order lines need, from which shelf and by which way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from otp_app.engine.backorder.shelf import Shelf
from otp_app.engine.backorder.units import Need
from otp_app.engine.backorder.ways import Orders, Ways
from otp_app.engine.books import Books, Place
from otp_app.engine.facts import CommitmentKind, Item, OpenLine, Snapshot, Warehouse
from otp_app.engine.ledger import Owed
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.schedule import Terms

# The commitments that are told apart as open lines.
BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)


@dataclass
class Shelves:
	"""The shelf of each item and warehouse, made when it is first asked for; open lines are not on it yet.

	`more_owed` has what is owed beside the books, by place.
	"""

	books: Books
	terms: Terms
	ways: Ways
	orders: Orders
	today: int
	more_owed: Mapping[Place, Sequence[Owed]] = field(default_factory=dict)
	_known: dict[Place, Shelf] = field(default_factory=dict)

	@classmethod
	def of(cls, snapshot: Snapshot, terms: Terms) -> Shelves:
		"""The shelves of all that a snapshot holds but its open lines."""
		others = tuple(c for c in snapshot.commitments if c.kind not in BOOK or c.withheld)
		books = Books.of(replace(snapshot, commitments=others), terms)
		return cls(books, terms, Ways(terms), Orders(terms), terms.today.toordinal())

	def forget(self) -> None:
		"""Cuts the circle of shelves and those who took from them: it is then gone without a search."""
		for shelf in self._known.values():
			shelf.takers.clear()

	def needs(self, lines: Sequence[OpenLine]) -> list[Need]:
		"""What lines that get one date together need: a quantity of each item and warehouse."""
		if len(lines) == 1:
			return [self.need(lines[0], lines[0].qty)]
		sums: dict[Place, tuple[OpenLine, float]] = {}
		for line in lines:
			key = (line.item_code, line.warehouse)
			sums[key] = (line, line.qty + (sums[key][1] if key in sums else 0.0))
		return [self.need(line, qty) for line, qty in sums.values()]

	def need(self, line: OpenLine, qty: float) -> Need:
		"""What a line needs if it were `qty` stock units."""
		key = (line.item_code, line.warehouse)
		shelf = self._known.get(key) or self._shelf(key)
		way = self.ways.find(shelf.item, shelf.at, shelf.processing_days, line.customer)
		return Need(shelf, way, qty, shelf.ordered(qty))

	def _shelf(self, key: Place) -> Shelf:
		snapshot = self.books.snapshot
		item, at = snapshot.items[key[0]], snapshot.warehouses[key[1]]
		shelf = self._known[key] = Shelf(
			item,
			at,
			self.books.arrivals(item, at.name),
			[*self.books.owed(item, at.name), *self.more_owed.get(key, ())],
			self.ordering(item, at),
			self.terms.processing_days(item, at),
			today=self.today,
			tolerance=snapshot.tolerance,
		)
		return shelf

	def ordering(self, item: Item, at: Warehouse) -> Callable[[float], int | None]:
		"""From which day an item is there in any quantity, as a promise would have it."""
		mode = item.mode or self.books.snapshot.settings.mode
		if not at.sells or mode is FulfilmentMode.ATP_ONLY:
			return _never
		today, orders = self.today, self.orders
		if mode is FulfilmentMode.ALWAYS_AVAILABLE:
			return lambda qty: today

		def there(qty: float) -> int | None:
			ordered = orders.find(item, qty, at)
			return None if ordered is None else ordered.material.toordinal()

		if item.lead_time_days is None and item.production_minutes is not None:
			return there  # the more, the longer it takes
		always = there(1.0)
		return lambda qty: always


def _never(qty: float) -> int | None:
	return None
