"""The chain of dates of a promise on day numbers (date.toordinal), remembered: an order book has few of them."""

from __future__ import annotations

from datetime import date

from otp_app.engine.facts import Customer, Item, Warehouse
from otp_app.engine.schedule import Route, Terms


class Way:
	"""From a warehouse to a customer: when material of a day is delivered, and when a delivery needs its material."""

	__slots__ = ("_deliveries", "_needed", "_route", "_shortest", "_today", "soonest")

	def __init__(self, route: Route, today: int) -> None:
		self._route, self._today = route, today
		self._deliveries: dict[int, int] = {}
		self._needed: dict[int, int] = {}
		# A working day takes a day at the least.
		self._shortest = route.processing_days + route.transit_days + route.buffer_days
		self.soonest = self.delivery(today)

	def delivery(self, material: int) -> int:
		"""The day on which material that can be picked from `material` on is delivered."""
		known = self._deliveries.get(material)
		if known is None:
			known = self._route.dates(date.fromordinal(material)).delivery.toordinal()
			self._deliveries[material] = known
		return known

	def needed(self, delivery: int) -> int:
		"""The last day on which material may come for a delivery on `delivery`, today at the earliest.

		Goods of an order that is due before anything new could be delivered are needed today: somebody may be packing them.
		"""
		known = self._needed.get(delivery)
		if known is None:
			known = delivery - self._shortest
			while known > self._today and self.delivery(known) > delivery:
				known -= 1
			known = self._needed[delivery] = max(known, self._today)
		return known


class Ways:
	"""The ways out of a snapshot's warehouses under one set of terms."""

	def __init__(self, terms: Terms) -> None:
		self._terms, self._today = terms, terms.today.toordinal()
		self._known: dict[tuple[str, str | None, int], Way] = {}

	def find(self, item: Item, at: Warehouse, customer: str | None) -> Way:
		"""The way of an item from a warehouse to a customer."""
		key = (at.name, customer, self._terms.processing_days(item, at))
		known = self._known.get(key)
		if known is None:
			route = self._terms.route(item, at, self._customer(customer))
			known = self._known[key] = Way(route, self._today)
		return known

	def _customer(self, name: str | None) -> Customer | None:
		customers = self._terms.snapshot.customers
		return customers.get(name) if name is not None and customers is not None else None
