"""What ATP does not cover of an item is made or bought, and what that needs comes from ATP first, level by level.

Each need takes the receipts of its warehouse earliest first, as a line of an order does, and in the same ledger; its rest
is one lot. A lot is begun when all of its components are there, and its operations follow one another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from otp_app.engine.books import Books
from otp_app.engine.capable import constraints
from otp_app.engine.capable.bills import MOST_LEVELS, Bill, Bills
from otp_app.engine.capable.claims import Place, Taken
from otp_app.engine.capable.facts import Bom, BomLine
from otp_app.engine.capable.met import (
	Met,
	dated,
	gathered,
	in_time,
	never,
	node_of,
	order_qty,
	started,
	told,
	whole,
	worked,
)
from otp_app.engine.capable.scheduling import schedule
from otp_app.engine.capable.shop import Shop, day_of, moment_of
from otp_app.engine.capable.splitting import Attempt, split
from otp_app.engine.capable.tree import How, Requirement
from otp_app.engine.facts import Item, Snapshot, SupplyKind, Warehouse, WarehouseClass
from otp_app.engine.lead_times import replenishment
from otp_app.engine.ledger import NOISE_DIGITS, Receipt
from otp_app.engine.messages import Message
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import DOCTYPES, Document

# The items that are being made, from the top down.
Path = tuple[str, ...]


class _Piece(NamedTuple):
	"""What is free of a receipt, and from when on."""

	moment: float
	qty: float
	place: Place
	receipt: Receipt


@dataclass
class Maker:
	"""Makes and buys over one set of books. What it takes is in the `Taken` of the order that asks."""

	books: Books

	@cached_property
	def shop(self) -> Shop:
		"""The workstations."""
		return Shop(self.books.terms)

	@cached_property
	def _bills(self) -> Bills:
		return Bills(self._snapshot.boms, self._snapshot.items)

	@property
	def _snapshot(self) -> Snapshot:
		return self.books.snapshot

	def need(
		self, code: str, qty: float, at: Warehouse, taken: Taken, path: Path = (), bom: str | None = None
	) -> Met:
		"""How `qty` stock units of an item come to be in a warehouse: from ATP, and the rest made or bought."""
		item = self._snapshot.items.get(code)
		why = self._unusable(item)
		if item is None or why is not None:
			missing = node_of(item or Item(code), qty, at, How.MISSING)
			return never(missing, constraints.no_bom(code, why or ""))
		begin = self.shop.begin(at)
		if self._mode(item) is FulfilmentMode.ALWAYS_AVAILABLE:
			return Met(((node_of(item, qty, at, How.ALWAYS, day_of(begin)), begin),))
		pieces = list(self._pieces(item, at, begin, taken))

		def attempt(count: int, rest: float) -> Attempt[float, Met]:
			parts = tuple(
				[self._take(item, at, piece, used, taken) for piece, used in _uses(pieces[:count], qty)]
			)
			if rest <= self._snapshot.tolerance:
				return Attempt(begin, Met(parts))
			made = self.replenish(item, rest, at, taken, path, bom)
			return Attempt(made.ready, Met((*parts, *made.parts)))

		ordered = [(piece.moment, piece.qty) for piece in pieces]
		return split(ordered, qty, begin, taken, self._snapshot.tolerance, attempt).made

	def replenish(
		self, item: Item, qty: float, at: Warehouse, taken: Taken, path: Path = (), bom: str | None = None
	) -> Met:
		"""One lot of `qty` stock units that do not exist yet: made, subcontracted or bought; a single node."""
		mode = self._mode(item)
		if mode is FulfilmentMode.ATP_ONLY:
			why = constraints.atp_only(item, qty, at.name)
			return never(node_of(item, qty, at, How.MISSING), why)
		if mode is FulfilmentMode.ATP_THEN_LEAD_TIME:
			return self._by_lead_time(item, qty, at)
		name = bom or item.default_bom
		if name is None:
			return self._buy(item, qty, at)
		return self._make(item, qty, at, taken, path, name)

	def _unusable(self, item: Item | None) -> str | None:
		if item is None:
			return "it is not known"
		if item.disabled:
			return "it is disabled"
		if item.is_template:
			return "it is a template: name one of its variants in the BOM"
		ended = item.end_of_life is not None and item.end_of_life <= self.books.terms.today
		return f"it reached its end of life on {item.end_of_life}" if ended else None

	def _mode(self, item: Item) -> FulfilmentMode:
		"""An item's own mode; without one it is made or bought, for what needs it is."""
		if not item.is_stock_item:
			return FulfilmentMode.ALWAYS_AVAILABLE
		return item.mode or FulfilmentMode.ATP_THEN_CTP

	def _pieces(self, item: Item, at: Warehouse, begin: float, taken: Taken) -> Iterator[_Piece]:
		"""What is free of each receipt in a warehouse, earliest first."""
		tolerance = self._snapshot.tolerance
		for number, receipt in enumerate(self.books.receipts(item, at.name)):
			place = (item.item_code, at.name, number)
			free = receipt.qty - taken.get(place, 0.0)
			if item.whole:
				free = float(math.floor(free + tolerance))
			if free > tolerance:
				yield _Piece(max(begin, moment_of(receipt.day)), free, place, receipt)

	def _take(
		self, item: Item, at: Warehouse, piece: _Piece, qty: float, taken: Taken
	) -> tuple[Requirement, float]:
		"""Takes some of a piece."""
		taken.claim(piece.place, qty)
		supply, day = piece.receipt.supply, day_of(piece.moment)
		if supply.kind is SupplyKind.ON_HAND or supply.document is None:
			return node_of(item, qty, at, How.STOCK, day), piece.moment
		document = Document(DOCTYPES[supply.kind], supply.document)
		expected = self.books.terms.expected(supply, at)
		node = node_of(item, qty, at, How.DOCUMENT, day, document=document, arrival_date=expected)
		return node, piece.moment

	def _by_lead_time(self, item: Item, qty: float, at: Warehouse) -> Met:
		"""The rest of an item that is promised by its lead time, whatever it is made of."""
		how = How.MAKE if item.default_bom else How.BUY
		node = node_of(item, qty, at, how, order_qty=order_qty(item, qty), bom=item.default_bom)
		ordered = replenishment(self.books.terms, item, qty, at)
		if ordered is None:
			return never(node, self._no_date(item, how))
		today = self.books.terms.today
		return self._bought(node, item, today, ordered.days, ordered.arrives, ordered.material)

	def _no_date(self, item: Item, how: How) -> Message:
		if item.lead_time_days is None and item.production_minutes is None:
			return constraints.no_lead_time(item, how)
		return constraints.beyond_horizon(item, self.books.terms.horizon)

	def _buy(self, item: Item, qty: float, at: Warehouse) -> Met:
		if not item.is_purchase_item:
			why = constraints.no_bom(item.item_code, "it has no BOM, and it is not bought")
			return never(node_of(item, qty, at, How.MISSING), why)
		node = node_of(item, qty, at, How.BUY, order_qty=order_qty(item, qty))
		return self._after_lead_time(node, item, at, moment_of(self.books.terms.today))

	def _after_lead_time(self, node: Requirement, item: Item, at: Warehouse, ready: float) -> Met:
		"""What is there its lead time after a moment, in working days, and what comes from outside is received."""
		terms, days = self.books.terms, item.lead_time_days
		if days is None:
			return never(node, constraints.no_lead_time(item, node.how))
		if days > terms.snapshot.settings.horizon_days:
			return never(node, constraints.beyond_horizon(item, terms.horizon))
		begun = day_of(ready)
		arrives = material = terms.work(at).add(begun, days)
		if node.how is not How.MAKE:
			material = terms.work(at).add(arrives, terms.inbound_days(item, at))
		if material > terms.horizon:
			return never(node, constraints.beyond_horizon(item, terms.horizon))
		return self._bought(node, item, begun, days, arrives, material)

	def _bought(
		self, node: Requirement, item: Item, begun: date, days: int, arrives: date, material: date
	) -> Met:
		delay = constraints.lead_time(item, node.qty, node.how, days, material) if material > begun else None
		return Met(((dated(node, begun, arrives, material, delay), moment_of(material)),))

	def _make(self, item: Item, qty: float, at: Warehouse, taken: Taken, path: Path, name: str) -> Met:
		"""One lot by a BOM."""
		bill, bom = self._bills.find(name), self._snapshot.boms.get(name)
		node = node_of(item, qty, at, How.MAKE, bom=name)
		if item.item_code in path:
			return never(node, constraints.cycle(item, name, path))
		if len(path) >= MOST_LEVELS:
			return never(node, constraints.too_deep(item, MOST_LEVELS))
		if bom is None or bill.flaw is not None:
			return never(node, constraints.no_bom(item.item_code, bill.flaw or ""))
		begun = started(item, qty, bom)
		how = How.SUBCONTRACT if bom.subcontracted else How.MAKE
		node = replace(node, how=how, order_qty=begun)
		begin = self.shop.begin(at)
		components = self._components(bill, bom, begun, at, taken, (*path, item.item_code))
		waits_for, ready, children = gathered(components, begin)
		node = replace(node, children=children)
		if ready is None:
			return Met(((node, None),))
		waits = constraints.material(item, waits_for, day_of(ready)) if waits_for else None
		if bom.subcontracted or not bill.tasks:
			return told(self._after_lead_time(node, item, at, ready), ready - begin, waits)
		done = schedule(self.shop, item, bill.tasks, begun, ready, at, taken)
		if isinstance(done, Message):
			return never(node, done)
		return Met(((worked(node, done, done.delay(item, ready - begin, waits)), done.end),))

	def _components(
		self, bill: Bill, bom: Bom, started: float, at: Warehouse, taken: Taken, path: Path
	) -> list[Met]:
		"""How each line is met, in their order; those that another item may replace are looked at last.

		Then it is known how long the others take: an item is replaced only where it would hold up the lot.
		"""
		needs = [need for need in bill.lines if not (need[0].by_supplier and bom.subcontracted)]
		met: dict[int, Met] = {}
		latest = self.shop.begin(at)
		for index in sorted(range(len(needs)), key=lambda index: bool(needs[index][0].alternatives)):
			line, each = needs[index]
			met[index] = self._component(line, each * started, at, taken, path, latest)
			latest = max(latest, met[index].ready or latest)
		return [met[index] for index in range(len(needs))]

	def _component(
		self, line: BomLine, qty: float, at: Warehouse, taken: Taken, path: Path, latest: float
	) -> Met:
		"""The component of a line, or the alternative that is there first, if it would come after `latest`."""
		mark = taken.mark()
		best = self._need(line.item_code, line, qty, at, taken, path)
		if not line.alternatives or in_time(best, latest):
			return best
		done = taken.take_back(mark)
		for code in self._alternatives(line):
			other = self._need(code, line, qty, at, taken, path)
			done_by_other = taken.take_back(mark)
			if other.ready is not None and (best.ready is None or other.ready < best.ready):
				best, done = other.instead_of(line.item_code), done_by_other
			if in_time(best, latest):
				break
		taken.do_again(done)
		return best

	def _need(self, code: str, line: BomLine, qty: float, at: Warehouse, taken: Taken, path: Path) -> Met:
		item = self._snapshot.items.get(code)
		place = self._place(line, item, at)
		bom = line.bom if code == line.item_code else None
		return self.need(code, whole(item, qty), place, taken, path, bom)

	def _alternatives(self, line: BomLine) -> Iterator[str]:
		"""Those that are counted in the same unit."""
		items = self._snapshot.items
		own = items.get(line.item_code)
		for code in line.alternatives:
			if code in items and (own is None or items[code].stock_uom == own.stock_uom):
				yield code

	def _place(self, line: BomLine, item: Item | None, at: Warehouse) -> Warehouse:
		"""Where a component is taken from: the line's warehouse, the item's default, the site's, where it is made."""
		default = item.default_warehouse(at.company) if item else None
		for name in (line.warehouse, default, self._snapshot.settings.default_warehouse):
			place = self._snapshot.warehouses.get(name) if name else None
			if place and place.company == at.company and place.kind is not WarehouseClass.GROUP:
				return place
		return at


def _uses(pieces: Sequence[_Piece], qty: float) -> Iterator[tuple[_Piece, float]]:
	"""As much of each piece as is needed."""
	for piece in pieces:
		used = round(min(piece.qty, qty), NOISE_DIGITS)
		qty -= used
		yield piece, used
