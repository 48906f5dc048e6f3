"""What a trial leaves as it was: covered once, and taken over by each trial in which nothing about it has changed.

How some warehouses cover a line depends on the line itself, on the supplies and commitments of its items there, and on what
lines before it have taken of these; which cover is the best depends on the terms, too. What is made level by level may take
anything, and is covered anew each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otp_app.engine.books import Place
from otp_app.engine.capable.claims import Place as Receipt
from otp_app.engine.capable.claims import Taken
from otp_app.engine.plans import LinePlan
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.resolve import Demand
from otp_app.engine.schedule import Terms

if TYPE_CHECKING:
	from otp_app.engine.planner import Planner

# The warehouses that cover a line; None: the best of all that may.
Warehouses = tuple[str, ...] | None
# The line, the item that is sent, and the warehouses.
Key = tuple[int, str, Warehouses]
# Of each receipt of some places what is taken, in the order in which it was first taken from.
Takings = tuple[tuple[Receipt, float], ...]


@dataclass(frozen=True, slots=True)
class Covering:
	"""How a line was covered: what had been taken of its `places` before (`found`), and what was taken of them after (`left`)."""

	demand: Demand
	terms: Terms
	places: frozenset[Place]
	found: Takings
	plan: LinePlan
	left: Takings


def covered_before(
	planner: Planner, demand: Demand, warehouses: Warehouses, taken: Taken
) -> tuple[LinePlan, Taken] | None:
	"""The plan of a line and what is taken with it, if it is the same as in the order that is tried in another way."""
	known = planner.before.get(_key(demand, warehouses))
	if known is None or known.demand != demand or not known.places.isdisjoint(planner.books.differs):
		return None
	if warehouses is None and known.terms is not planner.books.terms:
		return None
	if _takings(taken, known.places) != known.found:
		return None
	with_it = taken.copy()
	with_it.update(known.left)
	return known.plan, with_it


def remember(
	planner: Planner, demand: Demand, warehouses: Warehouses, found: Taken, covered: tuple[LinePlan, Taken]
) -> None:
	"""Keeps how a line was covered for the trials of an order, where they need not cover it anew."""
	alternatives = demand.substitutes if warehouses is None else ()
	parts = [part for each in (demand, *alternatives) for part in each.parts]
	if not planner.remembers or any(part.mode is FulfilmentMode.ATP_THEN_CTP for part in parts):
		return
	places = frozenset(place for each in (demand, *alternatives) for place in _places(each, warehouses))
	plan, left = covered
	planner.covered[_key(demand, warehouses)] = Covering(
		demand, planner.books.terms, places, _takings(found, places), plan, _takings(left, places)
	)


def _key(demand: Demand, warehouses: Warehouses) -> Key:
	return (demand.index, demand.item.item_code, warehouses)


def _places(demand: Demand, warehouses: Warehouses) -> Iterator[Place]:
	"""Wherever these warehouses may take anything of a line from."""
	for part in demand.parts:
		for name in (*(warehouses or demand.choices[-1]), *(sender.warehouse for sender in part.senders)):
			yield (part.item.item_code, name)


def _takings(taken: Taken, places: frozenset[Place]) -> Takings:
	return tuple((receipt, qty) for receipt, qty in taken.items() if receipt[:2] in places)
