"""How sure a promise is: the probability that all that it is pegged to is there in time.

What one document brings on one date comes together, or is late together; all else is independent. So the probability of
several pegs is, exactly, the product over such deliveries of the least of their pegs' probabilities (docs/how-sure.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from otp_app.engine.calendars import DAY
from otp_app.engine.capable.tree import How
from otp_app.engine.facts import SupplyKind
from otp_app.engine.planner import Planner
from otp_app.engine.plans import Peg
from otp_app.engine.policy import Settings
from otp_app.engine.promise import Confidence
from otp_app.engine.schedule import RECEIVED
from otp_app.engine.transfers import chance_of_arrival, late_by

# A stock item that the settings take as always available: nobody has counted it.
TAKEN_FOR_GRANTED = 0.80
# Probabilities are told to this many digits.
DIGITS = 4
_LEAST = 10.0**-DIGITS
# Halvings of the interval in which the chance of each document is looked for: finer than histories are.
_HALVINGS = 12

# What a quantity depends on: a kind, a document and its date, or without one an item's stock or order in a warehouse.
Event = tuple[SupplyKind, str, str]
# The day before which a peg may not be delivered.
Floor = Callable[[Peg], date]


def no_floor(peg: Peg) -> date:
	"""The floor of an order that asks for no service level."""
	return date.min


def event(peg: Peg) -> Event:
	"""What has to happen for a peg to be there: pegs of one event are there, or late, together.

	What one document brings on one date is one delivery; what it brings on another date is another.
	"""
	supply = peg.offer.supply
	if supply.document:
		return (supply.kind, supply.document, str(supply.due))
	return (supply.kind, peg.offer.place, peg.item.item_code)


def in_time(planner: Planner, peg: Peg, day: date) -> float:
	"""The probability that a peg can be delivered on `day`, given that it has not come before today.

	0 for a day on which nothing that is here now could be delivered, either.
	"""
	if day < _soonest(planner, peg) or day < peg.released:
		return 0.0
	if peg.needs_no_stock:
		return 1.0
	if peg.always_available:
		return TAKEN_FOR_GRANTED
	supply, terms = peg.offer.supply, planner.books.terms
	if peg.offer.transfer:
		latest = planner.route(peg.item, peg.offer.warehouse).available_by(day)
		return terms.lateness(supply).within(0) * chance_of_arrival(terms, peg.offer.transfer, latest)
	if supply.kind is SupplyKind.ON_HAND or supply.due is None:
		return terms.lateness(supply).within(0)
	late = (_arrive_by(planner, peg, day) - supply.due).days
	return terms.lateness(supply).within(late, waited=(terms.today - supply.due).days)


def _soonest(planner: Planner, peg: Peg) -> date:
	"""The delivery date of what is on the shelf now; the safety buffer may be used up."""
	if peg.needs_no_stock:
		return peg.offer.delivery
	if peg.item.drop_ship:
		return planner.books.terms.today
	if peg.offer.transfer:
		route = planner.route(peg.item, peg.offer.warehouse)
		return route.dates(peg.offer.transfer.arrives, buffered=False).delivery
	key = (peg.item.item_code, peg.offer.warehouse)
	known = planner.soonest.get(key)
	if known is None:
		route = planner.route(peg.item, peg.offer.warehouse)
		known = planner.soonest[key] = route.dates(route.start, buffered=False).delivery
	return known


def _arrive_by(planner: Planner, peg: Peg, day: date) -> date:
	"""The last day on which a supply may come for its quantity to be delivered on `day`.

	The safety buffer is not kept free for it: that is what a buffer is for.
	"""
	if peg.item.drop_ship:
		return day
	key = (peg.item.item_code, peg.offer.warehouse, received(peg), day)
	known = planner.arrive_by.get(key)
	if known is None:
		terms, at = planner.books.terms, planner.books.snapshot.warehouses[peg.offer.warehouse]
		known = planner.route(peg.item, peg.offer.warehouse).available_by(day)
		if received(peg):
			known = terms.work(at).subtract(known, terms.inbound_days(peg.item, at))
		planner.arrive_by[key] = known
	return known


def received(peg: Peg) -> bool:
	"""Whether a peg comes from outside, and so through goods receipt and inspection."""
	tree = peg.offer.tree
	made = peg.item.default_bom is not None if tree is None else tree.how is How.MAKE
	bought = peg.offer.supply.kind is SupplyKind.REPLENISHMENT and not made
	return (bought or peg.offer.supply.kind in RECEIVED) and not peg.item.drop_ship


def together(planner: Planner, pegs: Iterable[tuple[Peg, date]]) -> float:
	"""The probability that every peg can be delivered on its day; 1 for none."""
	least: dict[Event, float] = {}
	for peg, day in pegs:
		key = event(peg)
		least[key] = min(least.get(key, 1.0), in_time(planner, peg, day))
	return math.prod(least.values())


def confidence(settings: Settings, probability: float) -> Confidence:
	"""The level of a probability, by the thresholds of the settings."""
	if probability >= settings.high_from:
		return Confidence.HIGH
	return Confidence.MEDIUM if probability >= settings.medium_from else Confidence.LOW


def told(probability: float) -> float:
	"""A probability as it is told: neither 0 nor 1 where that would not be certain."""
	if 0.0 < probability < 1.0:
		return min(max(round(probability, DIGITS), _LEAST), 1.0 - _LEAST)
	return probability


class Unreachable(Exception):
	"""No day that may be promised has the service level; `best` is the probability of the last one."""

	def __init__(self, best: float) -> None:
		super().__init__(best)
		self.best = best


def floor_for(
	planner: Planner, pegs: Sequence[Peg], level: float, odds: Callable[[Floor], float], *, one_day: bool
) -> Floor:
	"""The earliest floor under which an order holds with probability `level`. Raises Unreachable.

	Dates are moved out, never in: what often comes early is not promised before its own date.
	`odds` tells the probability of the order under a floor. First the order's last day is found, the earliest that is enough if
	all that is waited for may take until then. Unless all of it is delivered on `one_day`, each document is then given the
	same chance to be there, the least that is enough, but no longer than that day.
	"""
	if odds(no_floor) >= level:
		return no_floor
	latest = max(_last_day(planner, peg) for peg in pegs)
	if (best := odds(_by(planner, latest))) < level:
		raise Unreachable(best)
	earliest = min(peg.offer.delivery for peg in pegs)
	while earliest < latest:
		middle = earliest + (latest - earliest) // 2
		if odds(_by(planner, middle)) >= level:
			latest = middle
		else:
			earliest = middle + DAY
	if one_day:
		return _by(planner, latest)
	low, high = level, 1.0
	for _ in range(_HALVINGS):
		middle_chance = (low + high) / 2
		if odds(_by(planner, latest, middle_chance)) >= level:
			high = middle_chance
		else:
			low = middle_chance
	return _by(planner, latest, high)


def _by(planner: Planner, day: date, chance: float = 1.0) -> Floor:
	"""The floor that lets a peg take until `day`, or until it is there with a chance, whichever is earlier."""

	def floor(peg: Peg) -> date:
		if not _gets_surer(peg):
			return date.min
		last = min(day, _last_day(planner, peg))
		return last if chance == 1.0 else min(last, _day_of(planner, peg, chance))

	return floor


def _last_day(planner: Planner, peg: Peg) -> date:
	"""The last delivery date that may be promised: of material that becomes available on the horizon."""
	horizon = planner.books.terms.horizon
	if peg.item.drop_ship:
		return max(peg.offer.delivery, horizon)
	route = planner.route(peg.item, peg.offer.warehouse)
	return max(peg.offer.delivery, route.dates(horizon, buffered=False).delivery)


def _day_of(planner: Planner, peg: Peg, chance: float) -> date:
	"""The day on which a peg can be delivered with a chance; the last day there is, if that is beyond the horizon."""
	supply, terms = peg.offer.supply, planner.books.terms
	if peg.offer.transfer:
		there = late_by(terms, peg.offer.transfer, chance)
		route = planner.route(peg.item, peg.offer.warehouse)
		return date.max if there is None else route.dates(there, buffered=False).delivery
	assert supply.due is not None  # noqa: S101 - what has no date is not promised from
	late = terms.lateness(supply).quantile(chance, waited=(terms.today - supply.due).days)
	if late is None or late > (terms.horizon - supply.due).days:
		return date.max
	comes = supply.due + timedelta(days=late)
	if peg.item.drop_ship:
		return comes
	at = planner.books.snapshot.warehouses[peg.offer.warehouse]
	if received(peg):
		comes = terms.work(at).add(comes, terms.inbound_days(peg.item, at))
	return planner.route(peg.item, peg.offer.warehouse).dates(comes, buffered=False).delivery


def _gets_surer(peg: Peg) -> bool:
	"""Whether a later date makes a peg surer: stock is there or not."""
	return peg.waits
