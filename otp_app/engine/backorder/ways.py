"""The chain of dates of a promise on day numbers (date.toordinal), and what is ordered now, remembered: an order book has
few of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from otp_app.engine.facts import Customer, Item, Warehouse
from otp_app.engine.lead_times import Replenishment, lead_time, replenishment
from otp_app.engine.schedule import Route, Terms


class Remembered(dict[int, int]):
	"""Day number -> day number, worked out when it is first looked up: a look-up costs a fraction of a call."""

	def __init__(self, work_out: Callable[[int], int]) -> None:
		super().__init__()
		self._work_out = work_out

	def __missing__(self, day: int) -> int:
		found = self[day] = self._work_out(day)
		return found


class Way:
	"""From a warehouse to a customer, on day numbers.

	`delivery` has the day on which material that can be picked from a day on is delivered. `needed` has the last day
	on which material may come for a delivery on a day, today at the earliest: goods of an order that is due before
	anything new could be delivered are needed today, somebody may be packing them.
	"""

	__slots__ = ("delivery", "needed", "soonest")

	def __init__(self, route: Route, today: int) -> None:
		# A working day takes a day at the least.
		shortest = route.processing_days + route.transit_days + route.buffer_days
		delivery = Remembered(lambda material: route.dates(date.fromordinal(material)).delivery.toordinal())

		def needed(wanted: int) -> int:
			last = wanted - shortest
			while last > today and delivery[last] > wanted:
				last -= 1
			return max(last, today)

		self.delivery, self.needed = delivery, Remembered(needed)
		self.soonest = delivery[today]


class Ways:
	"""The ways out of a snapshot's warehouses under one set of terms."""

	def __init__(self, terms: Terms) -> None:
		self._terms, self._today = terms, terms.today.toordinal()
		self._known: dict[tuple[str, str | None, int], Way] = {}

	def find(self, item: Item, at: Warehouse, processing_days: int, customer: str | None) -> Way:
		"""The way of an item, which takes so many days to pick and pack, from a warehouse to a customer."""
		key = (at.name, customer, processing_days)
		known = self._known.get(key)
		if known is None:
			route = self._terms.route(item, at, self._customer(customer))
			known = self._known[key] = Way(route, self._today)
		return known

	def _customer(self, name: str | None) -> Customer | None:
		customers = self._terms.snapshot.customers
		return customers.get(name) if name is not None and customers is not None else None


class Orders:
	"""When what is bought or made now is there: items with one lead time share it."""

	def __init__(self, terms: Terms) -> None:
		self._terms = terms
		self._hours = terms.snapshot.settings.production_hours_per_day
		self._known: dict[tuple[int | None, bool, bool, str], Replenishment | None] = {}

	def find(self, item: Item, qty: float, at: Warehouse) -> Replenishment | None:
		"""As otp_app.engine.planner.replenishment tells it."""
		days = lead_time(item, qty, self._hours)
		key = (days, item.default_bom is None, item.inspect_on_receipt, at.name)
		if key not in self._known:
			self._known[key] = replenishment(self._terms, item, qty, at)
		return self._known[key]
