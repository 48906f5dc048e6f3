"""From stock counts to the probability that what the books show is on its shelf."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.evidence import LONG, fading
from otp_app.engine.reliability.history import StockCount
from otp_app.engine.reliability.priors import ON_TIME

# As many counts as what is known in general counts for: little is missing, so that it takes many to tell warehouses apart.
LEAN = 50.0
# What one day's counts share (the same people, the same week): they are worth 100 at most.
SHARED = 0.01
# Shelves change slowly: a count weighs half after two years, like a delivery in the long memory.
HALF_LIFE = LONG


class _Shelf:
	"""What the counts of one warehouse, or of all, have found."""

	def __init__(self) -> None:
		self.counted = self.short = self.weight = self.weight_short = 0.0

	def add(self, counted: float, short: float, worth: float) -> None:
		self.counted += counted
		self.short += short
		self.weight += counted * worth
		self.weight_short += short * worth

	def there(self, general: float) -> float:
		"""The probability that what the books show is there, leaning on what is known in general."""
		return (self.weight - self.weight_short + LEAN * general) / (self.weight + LEAN)

	def record(self, warehouse: str | None, there: float) -> Reliability:
		return Reliability(
			kind=SupplyKind.ON_HAND,
			party=warehouse,
			item_group=None,
			lateness=DaysLate((0,), (round(there, 6),)),
			deliveries=round(self.counted),
			late=round(self.short / self.counted, 4),
		)


def learn_stock(counts: Iterable[StockCount], as_of: date) -> Iterator[Reliability]:
	"""One record for all warehouses and one for each, of the counts before `as_of`; none without counts.

	`deliveries` is the number of items counted, `late` the mean share of an item that was not there: so likely it is that a
	unit of the books is not on its shelf.
	"""
	everywhere, shelves = _Shelf(), defaultdict[str, _Shelf](_Shelf)
	for count in sorted(
		counts, key=lambda count: (count.counted_on, count.warehouse, count.count, count.short)
	):
		age = (as_of - count.counted_on).days
		if age <= 0 or count.count <= 0:
			continue
		worth = fading(age, HALF_LIFE) / (1.0 + SHARED * max(0.0, count.count - 1.0))
		short = min(count.count, max(0.0, count.short))
		for shelf in (everywhere, shelves[count.warehouse]):
			shelf.add(count.count, short, worth)
	if not shelves:
		return
	in_general = everywhere.there(ON_TIME[SupplyKind.ON_HAND])
	yield everywhere.record(None, in_general)
	for warehouse in sorted(shelves):
		yield shelves[warehouse].record(warehouse, shelves[warehouse].there(in_general))
