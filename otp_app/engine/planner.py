"""Which supply covers a line, and when: it takes the receipts that deliver it first (alternatives.py chooses from where).

Lines of one order share one ledger. A quantity that ATP does not cover is replenished by lead time, which from its
date on is available in any quantity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from otp_app.engine.books import Books
from otp_app.engine.capable.claims import Step, Taken
from otp_app.engine.capable.making import Maker
from otp_app.engine.capable.shop import day_of
from otp_app.engine.capable.splitting import Attempt, split
from otp_app.engine.capable.tree import Requirement, marked, settled
from otp_app.engine.covering import Covering, Key
from otp_app.engine.facts import (
	Customer,
	Item,
	Supply,
	SupplyKind,
)
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.offering import Offering
from otp_app.engine.plans import LinePlan, Offer, Peg
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.quotas import Quotas
from otp_app.engine.resolve import Demand, Part
from otp_app.engine.schedule import Route


@dataclass
class Planner:
	"""Covers the lines of one order from one set of books."""

	books: Books
	customer: Customer | None
	taken: Taken = field(default_factory=Taken)
	# None: there are none at all.
	quotas: Quotas | None = None
	# Whether the customer has been told the desired dates: lines count against quotas on them.
	agreed: bool = False
	# What probability.py has worked out: by item and warehouse the soonest delivery of what is there; and by that, whether it
	# is received from outside, and the day of delivery, the last day to arrive.
	soonest: dict[tuple[str, str], date] = field(default_factory=dict)
	arrive_by: dict[tuple[str, str, bool, date], date] = field(default_factory=dict)

	# How lines were covered, if that is to be remembered for trials; and how they were in the order that this is a trial of.
	remembers: bool = False
	covered: dict[Key, Covering] = field(default_factory=dict)
	before: Mapping[Key, Covering] = field(default_factory=dict)

	# Quantities that differ by less are equal, in stock units.
	tolerance: float = field(init=False)

	def __post_init__(self) -> None:
		self.tolerance = self.books.snapshot.tolerance

	@cached_property
	def offering(self) -> Offering:
		"""What the warehouses offer."""
		return Offering(self.books, self.customer)

	@cached_property
	def maker(self) -> Maker:
		"""What makes and buys where ATP does not cover an item."""
		return Maker(self.books)

	def over(self, books: Books) -> Planner:
		"""A fresh planner for the same customer over other books of the same terms."""
		other = Planner(
			books,
			self.customer,
			quotas=self.quotas and self.quotas.untouched(),
			agreed=self.agreed,
			soonest=self.soonest,
			arrive_by=self.arrive_by,
		)
		other.offering = self.offering.over(books)
		other.before = self.covered
		return other

	def route(self, item: Item, warehouse: str) -> Route:
		"""The way of an item from a warehouse to the order's customer."""
		return self.offering.route(item, warehouse)

	def cover(
		self, demand: Demand, warehouses: tuple[str, ...], taken: Taken, least: float = 0.0
	) -> LinePlan | None:
		"""The line from these warehouses, which adds to `taken` what it takes.

		With `least` (stock units) each of them ships at least so much; None where one cannot.
		"""
		pegs: list[Peg] = []
		short: list[tuple[Item, float]] = []
		lost: list[Requirement] = []
		shortage = 0.0
		for part in demand.parts:
			missing = self._take_shares(part, warehouses, taken, pegs, lost, least)
			if missing is None:
				return None
			if missing > self.tolerance:
				short.append((part.item, missing))
				shortage = max(shortage, missing * demand.qty / part.qty)
		if demand.item.components:
			# A bundle is short by whole bundles, where whole ones were asked for.
			shortage = min(demand.qty, float(math.ceil(shortage - self.tolerance)))
		used = tuple(dict.fromkeys(peg.offer.warehouse for peg in pegs)) or warehouses[:1]
		shortage = round(shortage, NOISE_DIGITS)
		others = self._other_lines(demand, used)
		return LinePlan(demand, tuple(pegs), shortage, tuple(short), used, others, tuple(lost))

	def _other_lines(self, demand: Demand, warehouses: tuple[str, ...]) -> tuple[tuple[Item, float], ...]:
		"""What lines planned before took of the demand's items in these warehouses."""
		sums: dict[str, float] = {}
		for (code, warehouse, index), qty in self.taken.items():
			if index >= 0 and warehouse in warehouses:
				sums[code] = sums.get(code, 0.0) + qty
		items = {part.item.item_code: part.item for part in demand.parts}
		return tuple((item, round(sums[code], NOISE_DIGITS)) for code, item in items.items() if code in sums)

	def _take_shares(
		self,
		part: Part,
		warehouses: tuple[str, ...],
		taken: Taken,
		pegs: list[Peg],
		lost: list[Requirement],
		least: float,
	) -> float | None:
		"""As _take, each warehouse giving `least` first; None where one has less, or the part is not enough for all."""
		rest = round(part.qty - least * len(warehouses), NOISE_DIGITS)
		if not least or len(warehouses) == 1:
			return self._take(part, part.qty, warehouses, taken, pegs, lost)
		if rest < -self.tolerance:
			return None
		for name in warehouses:
			if self._take(part, least, (name,), taken, pegs, lost):
				return None
		missing = self._take(part, rest, warehouses, taken, pegs, lost) if rest > 0 else 0.0
		pegs[:] = _joined(pegs)
		return missing

	def _take(
		self,
		part: Part,
		qty: float,
		warehouses: tuple[str, ...],
		taken: Taken,
		pegs: list[Peg],
		lost: list[Requirement],
	) -> float:
		"""Adds the pegs that cover `qty` of a part, earliest delivery first; returns what is missing, in stock units.

		What is replenished takes the lead time of the whole part: it is ordered together.
		"""
		missing, tolerance = qty, self.tolerance
		offers = self.offering.offers(part, warehouses)
		if part.mode is FulfilmentMode.ATP_THEN_CTP:
			return self._take_or_make(part.item, qty, _once(offers), warehouses, taken, pegs, lost)
		for offer in offers:
			key = (part.item.item_code, offer.place, offer.index)
			used = round(min(self._free(part.item, offer, taken), missing), NOISE_DIGITS)
			if used <= tolerance:
				continue
			pegs.append(Peg(part.item, used, offer))
			taken[key] = taken.get(key, 0.0) + used
			missing = round(missing - used, NOISE_DIGITS)
			if missing <= tolerance:
				return 0.0
		return missing

	def _free(self, item: Item, offer: Offer, taken: Taken) -> float:
		"""What is left of an offer, in whole units where they are counted."""
		free = offer.qty - taken.get((item.item_code, offer.place, offer.index), 0.0)
		if item.whole and math.isfinite(free):
			return float(math.floor(free + self.tolerance))
		return free

	def _take_or_make(
		self,
		item: Item,
		qty: float,
		offers: Iterable[Offer],
		warehouses: tuple[str, ...],
		taken: Taken,
		pegs: list[Peg],
		lost: list[Requirement],
	) -> float:
		"""Adds the pegs of supply that is there before the rest could be made or bought, and one for that, in one warehouse."""
		tolerance = self.tolerance
		known = [(offer, free) for offer in offers if (free := self._free(item, offer, taken)) > tolerance]
		soonest = min(self._begun(item, name) for name in warehouses)

		def attempt(count: int, rest: float) -> Attempt[date, tuple[list[Peg], Requirement | None]]:
			got = list(self._pegs(item, known[:count], qty, taken))
			if rest <= tolerance:
				return Attempt(soonest, (got, None))
			tree, offer = self._best_lot(item, rest, warehouses, taken)
			if offer is None:
				return Attempt(None, (got, tree))
			return Attempt(offer.delivery, ([*got, Peg(item, rest, offer)], None))

		ordered = [(offer.delivery, free) for offer, free in known]
		got, failed = split(ordered, qty, soonest, taken, tolerance, attempt).made
		pegs += got
		lost += [failed] if failed else []
		return failed.qty if failed else 0.0

	def _pegs(self, item: Item, known: list[tuple[Offer, float]], qty: float, taken: Taken) -> Iterator[Peg]:
		"""Takes as much of these offers as is needed."""
		for offer, free in known:
			used = round(min(free, qty), NOISE_DIGITS)
			qty -= used
			taken.claim((item.item_code, offer.place, offer.index), used)
			yield Peg(item, used, offer)

	def _begun(self, item: Item, warehouse: str) -> date:
		"""When what is begun and finished at once could be delivered."""
		at = self.books.snapshot.warehouses[warehouse]
		return self.route(item, warehouse).dates(day_of(self.maker.shop.begin(at))).delivery

	def _best_lot(
		self, item: Item, qty: float, warehouses: tuple[str, ...], taken: Taken
	) -> tuple[Requirement, Offer | None]:
		"""What is made or bought in one lot, in the warehouse from which it is delivered first, of equals the first of them.

		It takes nothing where that cannot be.
		"""
		mark = taken.mark()
		best, done = self._lot(item, qty, warehouses[0], taken), list[Step]()
		for warehouse in warehouses[1:]:
			done = done or taken.take_back(mark)
			other = self._lot(item, qty, warehouse, taken)
			done_by_other = taken.take_back(mark)
			if _delivered(other[1]) < _delivered(best[1]):
				best, done = other, done_by_other
		taken.do_again(done)
		return best

	def _lot(self, item: Item, qty: float, warehouse: str, taken: Taken) -> tuple[Requirement, Offer | None]:
		mark = taken.mark()
		(tree,) = self.maker.replenish(item, qty, self.books.snapshot.warehouses[warehouse], taken).nodes
		if tree.available_date is None:
			taken.take_back(mark)
		tree = settled(marked(tree))
		return tree, self._made(item, tree, warehouse)

	def _made(self, item: Item, tree: Requirement, warehouse: str) -> Offer | None:
		if tree.available_date is None:
			return None
		dates = self.route(item, warehouse).dates(tree.available_date)
		supply = Supply(item.item_code, warehouse, SupplyKind.REPLENISHMENT, math.inf, tree.arrival_date)
		return Offer(dates.delivery, warehouse, -1, math.inf, supply, dates, tree=tree)


def _delivered(offer: Offer | None) -> date:
	return date.max if offer is None else offer.delivery


def _once(offers: Iterable[Offer]) -> Iterator[Offer]:
	"""The offers, in order; of those that take from one receipt the first: what one warehouse ships, another may fetch."""
	seen: set[tuple[str, int]] = set()
	for offer in offers:
		if (offer.place, offer.index) not in seen:
			seen.add((offer.place, offer.index))
			yield offer


def _joined(pegs: Iterable[Peg]) -> list[Peg]:
	"""The pegs, those from one offer as one; lots that are made one after the other stay apart."""
	by_offer: dict[tuple[str, str, str, int, int], Peg] = {}
	for peg in pegs:
		lot = id(peg.offer.tree) if peg.offer.tree else 0
		key = (peg.item.item_code, peg.offer.warehouse, peg.offer.place, peg.offer.index, lot)
		known = by_offer.get(key)
		by_offer[key] = peg if known is None else replace(known, qty=round(known.qty + peg.qty, NOISE_DIGITS))
	return list(by_offer.values())
