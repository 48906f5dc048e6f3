"""How order desks promise by ERPNext's figures alone: rules that are met in practice, each fair to itself.

A desk looks at the item's Bin and at its open purchase orders, as ERPNext shows them, and tells a date. What it promises
counts at once: the order is submitted, and reserved and projected quantities move. Where the lead time is
promised, the goods are bought for that line, and projected quantity stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from benchmarks.coming_due import Coming, Place


@dataclass(frozen=True, slots=True)
class Wish:
	"""A new line, and the day that the customer wants."""

	name: str
	place: Place
	qty: float
	day: date


@dataclass(frozen=True, slots=True)
class Told:
	"""What a customer is told; `bought` of the quantity are bought for the line, to come on `comes`."""

	day: date
	bought: float = 0.0
	comes: date | None = None


@dataclass
class Figures:
	"""Of one Bin: what ERPNext shows, and the purchase orders that are open."""

	actual: float
	reserved: float
	projected: float
	orders: list[Coming] = field(default_factory=list)

	def sell(self, qty: float) -> None:
		"""A submitted order."""
		self.reserved += qty
		self.projected -= qty

	def due_by(self, day: date) -> float:
		"""What purchase orders bring up to a day."""
		return sum(order.qty for order in self.orders if order.day <= day)


Enough = Callable[[Figures, Wish], bool]


def projected(bin: Figures, wish: Wish) -> bool:
	"""Projected quantity covers it, whenever that comes."""
	return bin.projected >= wish.qty


def projected_is_positive(bin: Figures, wish: Wish) -> bool:
	"""There is any projected quantity."""
	return bin.projected > 0


def on_hand_and_free(bin: Figures, wish: Wish) -> bool:
	"""What is there, less all that is reserved, covers it."""
	return bin.actual - bin.reserved >= wish.qty


def there_by_the_day(bin: Figures, wish: Wish) -> bool:
	"""What is there and what is ordered for the wished day, less all that is reserved, covers it."""
	return bin.actual + bin.due_by(wish.day) - bin.reserved >= wish.qty


@dataclass(frozen=True)
class Desk:
	"""The wished day if `enough`; else, with `looks_ahead`, the day of the next purchase order that is big enough, which
	it does not tell twice; else the lead time.
	"""

	name: str
	enough: Enough
	looks_ahead: bool

	def tell(self, wish: Wish, bin: Figures, lead_time: date | None, told: dict[str, float]) -> Told | None:
		"""What it tells; `told` is what it has promised from each order, None that it has no date."""
		if self.enough(bin, wish):
			bin.sell(wish.qty)
			return Told(wish.day)
		order = self._next(wish, bin, told) if self.looks_ahead else None
		if order is not None:
			told[order.document] = told.get(order.document, 0.0) + wish.qty
			bin.sell(wish.qty)
			return Told(max(order.day, wish.day))
		return None if lead_time is None else Told(max(lead_time, wish.day), wish.qty, lead_time)

	def _next(self, wish: Wish, bin: Figures, told: dict[str, float]) -> Coming | None:
		orders = sorted(bin.orders, key=lambda order: (order.day, order.document))
		fits = (order for order in orders if order.qty - told.get(order.document, 0.0) >= wish.qty)
		return next(fits, None)


DESKS = (
	Desk("projected quantity > 0, else lead time", projected_is_positive, False),
	Desk("projected quantity covers it, else lead time", projected, False),
	Desk("projected quantity covers it, else next purchase order, else lead time", projected, True),
	Desk("on hand less reserved covers it, else next purchase order, else lead time", on_hand_and_free, True),
	Desk("there by the wished day, less reserved, else lead time", there_by_the_day, False),
)
