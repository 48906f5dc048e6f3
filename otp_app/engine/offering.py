"""What a line could take in a warehouse, earliest first.

Trials of one order ask for the same offers over and over. What a place offers depends on its receipts alone, so that it is kept
for all trials in which these are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from heapq import merge
from itertools import tee

from otp_app.engine.books import Books, Place
from otp_app.engine.facts import Customer, Item, Supply, SupplyKind
from otp_app.engine.lead_times import replenishment
from otp_app.engine.ledger import Receipt
from otp_app.engine.plans import Offer, in_turn
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.resolve import Part
from otp_app.engine.schedule import Dates, Route
from otp_app.engine.sourcing import Sender
from otp_app.engine.transfers import Transfer, transfers_into

# What is bought or made now: the supply, its dates, and the working days of its lead time.
Bought = tuple[Supply, Dates, int]


@dataclass
class _Kept:
	"""What all trials of one order share; nothing of it is about what a trial changes."""

	routes: dict[Place, Route] = field(default_factory=dict)
	# The offers of receipts, with the receipts that they are made of.
	received: dict[Place, tuple[list[Receipt], Iterator[Offer]]] = field(default_factory=dict)
	# What senders can have in a warehouse, the quickest first.
	ways: dict[tuple[tuple[Sender, ...], str], list[Transfer]] = field(default_factory=dict)
	# By item, warehouse and quantity.
	bought: dict[tuple[str, str, float], Bought | None] = field(default_factory=dict)


@dataclass
class Offering:
	"""What one set of books offers to the lines of one customer."""

	books: Books
	customer: Customer | None
	_kept: _Kept = field(default_factory=_Kept)

	def over(self, books: Books) -> Offering:
		"""The same over other books of the same terms."""
		return Offering(books, self.customer, self._kept)

	def route(self, item: Item, warehouse: str) -> Route:
		"""The way of an item from a warehouse to the order's customer."""
		key = (item.item_code, warehouse)
		known = self._kept.routes.get(key)
		if known is None:
			at = self.books.snapshot.warehouses[warehouse]
			known = self._kept.routes[key] = self.books.terms.route(item, at, self.customer)
		return known

	def offers(self, part: Part, warehouses: tuple[str, ...]) -> Iterator[Offer]:
		"""What some warehouses can give of a part, earliest first; of equals, by the order of the warehouses."""
		streams = [stream for name in warehouses for stream in self._streams(part, name)]
		return streams[0] if len(streams) == 1 else merge(*streams, key=in_turn)

	def _streams(self, part: Part, warehouse: str) -> Iterator[Iterator[Offer]]:
		if part.mode is FulfilmentMode.ALWAYS_AVAILABLE:
			yield self._always(part.item, warehouse)
			return
		yield self._own(part, warehouse)
		if part.senders:
			yield self._fetched(part, warehouse)

	def _own(self, part: Part, warehouse: str) -> Iterator[Offer]:
		"""What a warehouse has or gets, and unlimited supply where the item's mode has it."""
		# The way first: a calendar without working days is told by the day on which work would begin.
		route, last = self.route(part.item, warehouse), self._replenished(part, warehouse)
		for offer in self._received(part.item, warehouse, route):
			if last is not None and offer.delivery > last.delivery:
				break
			yield offer
		if last is not None:
			yield last

	def _received(self, item: Item, warehouse: str, route: Route) -> Iterator[Offer]:
		"""The offers of the receipts of a place, each made when it is first looked at."""
		key, receipts = (item.item_code, warehouse), self.books.receipts(item, warehouse)
		known = self._kept.received.get(key)
		if known is None or known[0] is not receipts:
			made = _of_receipts(route, warehouse, receipts)
			known = self._kept.received[key] = (receipts, tee(made, 1)[0])
		return copy(known[1])

	def _fetched(self, part: Part, warehouse: str) -> Iterator[Offer]:
		"""What is on hand elsewhere and free today, earliest first."""
		terms, route = self.books.terms, self.route(part.item, warehouse)
		for way in self._ways(part.senders, warehouse):
			dates = route.dates(way.arrives)
			for index, receipt in enumerate(self.books.receipts(part.item, way.sender)):
				if receipt.supply.kind is SupplyKind.ON_HAND and receipt.day <= terms.today:
					supply, qty = receipt.supply, receipt.qty
					yield Offer(dates.delivery, warehouse, index, qty, supply, dates, way.days, transfer=way)

	def _ways(self, senders: tuple[Sender, ...], warehouse: str) -> list[Transfer]:
		known = self._kept.ways.get((senders, warehouse))
		if known is None:
			found = transfers_into(self.books.terms, senders, warehouse)
			known = self._kept.ways[senders, warehouse] = sorted(found, key=lambda way: way.arrives)
		return known

	def _always(self, item: Item, warehouse: str) -> Iterator[Offer]:
		"""Unlimited supply that no document stands for.

		Services at once; drop-ship after the supplier's lead time, which includes the way to the customer; other items
		as if they were on the shelf.
		"""
		route, terms = self.route(item, warehouse), self.books.terms
		kind, dates = SupplyKind.ON_HAND, route.dates(route.start)
		if item.drop_ship:
			days = item.lead_time_days
			if days is None or days > self.books.snapshot.settings.horizon_days:
				return
			kind, arrives = SupplyKind.REPLENISHMENT, route.work.add(terms.today, days)
			if arrives > terms.horizon:
				return
			dates = Dates(arrives, arrives, arrives)
		elif not item.is_stock_item:
			start = route.work.on_or_after(route.start)
			dates = Dates(start, start, start)
		supply = Supply(item.item_code, warehouse, kind, math.inf, dates.available)
		yield Offer(dates.delivery, warehouse, -1, math.inf, supply, dates, item.lead_time_days)

	def _replenished(self, part: Part, warehouse: str) -> Offer | None:
		"""The part bought or made now, always as an offer of its own: what is taken of one offer is one lot."""
		if part.mode is not FulfilmentMode.ATP_THEN_LEAD_TIME:
			return None
		key = (part.item.item_code, warehouse, part.qty)
		if key not in self._kept.bought:
			self._kept.bought[key] = self._bought(part, warehouse)
		bought = self._kept.bought[key]
		if bought is None:
			return None
		supply, dates, days = bought
		return Offer(dates.delivery, warehouse, -1, math.inf, supply, dates, days)

	def _bought(self, part: Part, warehouse: str) -> Bought | None:
		ordered = replenishment(
			self.books.terms, part.item, part.qty, self.books.snapshot.warehouses[warehouse]
		)
		if ordered is None:
			return None
		dates = self.route(part.item, warehouse).dates(ordered.material)
		supply = Supply(part.item.item_code, warehouse, SupplyKind.REPLENISHMENT, math.inf, ordered.arrives)
		return supply, dates, ordered.days


def _of_receipts(route: Route, warehouse: str, receipts: list[Receipt]) -> Iterator[Offer]:
	for index, receipt in enumerate(receipts):
		dates = route.dates(receipt.day)
		yield Offer(dates.delivery, warehouse, index, receipt.qty, receipt.supply, dates)
