"""Cumulative ATP with look-ahead of one item in one warehouse, while order lines are put on it and taken off again.

`net(t)` is all that has come up to day `t` less all that has left; `ATP(t) = min of net(s) for all s >= t`, as in
otp_app.engine.ledger. A line that needs its material on a day fits if ATP(that day) covers it: then no line that is
there already is broken.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from otp_app.engine.facts import Item, Supply, Warehouse
from otp_app.engine.ledger import Arrival, Owed, document_order

if TYPE_CHECKING:
	from otp_app.engine.backorder.units import Unit


class Shelf:
	"""Days are day numbers, the first is today; quantities are stock units.

	`ordered` tells from which day on a quantity that is bought or made now is there, `processing_days` are those of
	picking and packing.
	"""

	__slots__ = (
		"_base",
		"_base_days",
		"_days",
		"_net",
		"_tolerance",
		"arrivals",
		"at",
		"item",
		"ordered",
		"processing_days",
		"takers",
	)

	def __init__(
		self,
		item: Item,
		at: Warehouse,
		arrivals: Sequence[Arrival],
		owed: Sequence[Owed],
		ordered: Callable[[float], int | None],
		processing_days: int,
		*,
		today: int,
		tolerance: float,
	) -> None:
		self.item, self.at, self.arrivals, self._tolerance = item, at, arrivals, tolerance
		self.ordered, self.processing_days = ordered, processing_days
		moves = {today: 0.0}
		# Sums of floats depend on their order: the order in which facts were read has no say.
		for came, qty in sorted([(arrival.day, arrival.supply.qty) for arrival in arrivals]):
			day = max(today, came.toordinal())
			moves[day] = moves.get(day, 0.0) + qty
		for leaves, qty in sorted([(debt.day, debt.qty) for debt in owed]):
			day = leaves.toordinal()
			moves[day] = moves.get(day, 0.0) - qty
		self._days = sorted(moves)
		net = 0.0
		self._net = [net := net + moves[day] for day in self._days]
		self._base_days, self._base = tuple(self._days), tuple(self._net)
		# Who has taken something, and the day on which it is needed; the last one last.
		self.takers: dict[Unit, int] = {}

	def fits(self, qty: float, day: int) -> bool:
		"""Whether `qty` can leave on `day` without breaking what is there."""
		return min(self._net[bisect_right(self._days, day) - 1 :]) >= qty - self._tolerance

	def would_fit(self, qty: float, day: int) -> bool:
		"""Whether it could, if no open line had taken anything."""
		return min(self._base[bisect_right(self._base_days, day) - 1 :]) >= qty - self._tolerance

	def first_day(self, qty: float) -> int | None:
		"""The first day on which `qty` can leave without breaking what is there."""
		least, found = qty - self._tolerance, None
		for index in range(len(self._net) - 1, -1, -1):
			if self._net[index] < least:
				break
			found = self._days[index]
		return found

	def take(self, unit: Unit, qty: float, day: int) -> None:
		"""Lets `qty` leave on `day` for a unit, whether it fits or not."""
		days, net = self._days, self._net
		index = bisect_left(days, day)
		if index == len(days) or days[index] != day:
			days.insert(index, day)
			net.insert(index, net[index - 1])
		for later in range(index, len(net)):
			net[later] -= qty
		self.takers[unit] = day

	def give_back(self, unit: Unit, qty: float) -> None:
		"""Undoes `take`."""
		net = self._net
		for later in range(bisect_left(self._days, self.takers.pop(unit)), len(net)):
			net[later] += qty

	def arriving(self, day: int) -> Supply | None:
		"""The last document that arrives on `day`, None if none does."""
		wanted = date.fromordinal(day)
		found = [arrival.supply for arrival in self.arrivals if arrival.day == wanted]
		return max(found, key=document_order) if found else None

	def ahead(self, before: int | None) -> Unit | None:
		"""The last who took something that is needed before a day, else the last of all."""
		if before is not None:
			for unit in reversed(self.takers):
				if self.takers[unit] < before:
					return unit
		return next(reversed(self.takers), None)
