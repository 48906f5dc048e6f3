"""How sure a promise is: the probability that all that it is pegged to is there in time.

What happens to one document happens to all that is pegged to it; different documents are independent of each other. So
the probability of several pegs is, exactly, the product over documents of the least of their pegs' probabilities
(docs/how-sure.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from otp_app.engine.facts import SupplyKind
from otp_app.engine.planner import Peg, Planner
from otp_app.engine.policy import Settings
from otp_app.engine.promise import Confidence
from otp_app.engine.schedule import RECEIVED

# A stock item that the settings take as always available: nobody has counted it.
TAKEN_FOR_GRANTED = 0.80
# Probabilities are told to this many digits.
DIGITS = 4
# Halvings of the interval in which the probability of each document is looked for: far finer than a day.
_HALVINGS = 20

# What a quantity depends on: a kind and a document, or where there is none an item's stock or order in a warehouse.
Event = tuple[SupplyKind, str, str]
# The day before which a peg may not be delivered.
Floor = Callable[[Peg], date]


def no_floor(peg: Peg) -> date:
	"""The floor of an order that asks for no service level."""
	return date.min


def event(peg: Peg) -> Event:
	"""What has to happen for a peg to be there: pegs of one event are there, or late, together."""
	supply = peg.offer.supply
	if supply.document:
		return (supply.kind, supply.document, "")
	return (supply.kind, peg.offer.warehouse, peg.item.item_code)


def in_time(planner: Planner, peg: Peg, day: date) -> float:
	"""The probability that a peg can be delivered on `day`, given that it has not come before today.

	0 for a day on which nothing that is here now could be delivered, either.
	"""
	if day < _soonest(planner, peg):
		return 0.0
	if peg.needs_no_stock:
		return 1.0
	if peg.always_available:
		return TAKEN_FOR_GRANTED
	supply, terms = peg.offer.supply, planner.books.terms
	if supply.kind is SupplyKind.ON_HAND or supply.due is None:
		return terms.lateness(supply).within(0)
	late = (_arrive_by(planner, peg, day) - supply.due).days
	return terms.lateness(supply).within(late, waited=(terms.today - supply.due).days)


def _soonest(planner: Planner, peg: Peg) -> date:
	"""The delivery date of what is on the shelf now; the safety buffer may be used up."""
	if peg.needs_no_stock or peg.item.drop_ship:
		return peg.offer.delivery if peg.needs_no_stock else planner.books.terms.today
	route = planner.route(peg.item, peg.offer.warehouse)
	return route.dates(route.start, buffered=False).delivery


def _arrive_by(planner: Planner, peg: Peg, day: date) -> date:
	"""The last day on which a supply may come for its quantity to be delivered on `day`.

	The safety buffer is not kept free for it: that is what a buffer is for.
	"""
	if peg.item.drop_ship:
		return day
	terms, at = planner.books.terms, planner.books.snapshot.warehouses[peg.offer.warehouse]
	arrive = planner.route(peg.item, peg.offer.warehouse).available_by(day)
	return terms.work(at).subtract(arrive, terms.inbound_days(peg.item, at)) if received(peg) else arrive


def received(peg: Peg) -> bool:
	"""Whether a peg comes from outside, and so through goods receipt and inspection."""
	bought = peg.offer.supply.kind is SupplyKind.REPLENISHMENT and peg.item.default_bom is None
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


def best(planner: Planner, pegs: Iterable[Peg]) -> float:
	"""The probability that they hold on the last day that may be promised."""
	return together(planner, [(peg, planner.books.terms.horizon) for peg in pegs])


def floor_for(
	planner: Planner, pegs: Iterable[Peg], level: float, odds: Callable[[Floor], float]
) -> Floor | None:
	"""The earliest floor under which an order holds with probability `level`; None if no day in the horizon does.

	`odds` tells the probability of the order under a floor. Every document that is waited for is given the same chance to
	be there, the least that is enough: between `level`, which each needs at the least, and that of which the product
	over all documents is enough.
	"""
	if odds(no_floor) >= level:
		return no_floor
	waited_for = {event(peg): peg for peg in pegs if _gets_surer(peg)}
	certain = together(planner, [(peg, date.max) for peg in pegs if not _gets_surer(peg)])
	if not waited_for or level >= certain:
		return None
	low, high = level, (level / certain) ** (1 / len(waited_for))
	if any(_floor(planner, peg, high) > planner.books.terms.horizon for peg in waited_for.values()):
		return None
	for _ in range(_HALVINGS):
		middle = (low + high) / 2
		if odds(_floors(planner, middle)) >= level:
			high = middle
		else:
			low = middle
	return _floors(planner, high)


def _floors(planner: Planner, probability: float) -> Floor:
	return lambda peg: _floor(planner, peg, probability)


def _floor(planner: Planner, peg: Peg, probability: float) -> date:
	"""The day on which a peg can be delivered with a probability; the last day there is, if it never can."""
	if not _gets_surer(peg):
		return date.min
	supply, terms = peg.offer.supply, planner.books.terms
	assert supply.due is not None  # noqa: S101 - what has no date is not promised from
	late = terms.lateness(supply).quantile(probability, waited=(terms.today - supply.due).days)
	if late is None:
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
	return peg.offer.supply.kind is not SupplyKind.ON_HAND
