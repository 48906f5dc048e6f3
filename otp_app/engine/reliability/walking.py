"""Walks through the past, and asks on each day what was to be expected then: nothing that happened later is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.evidence import Due, Party, Past, Weights, plausible
from otp_app.engine.reliability.expecting import Expecting
from otp_app.engine.reliability.history import Delivery


class Walk:
	"""What `learn` says on one day after the other, without reading all of the history again each day."""

	def __init__(self, deliveries: Iterable[Delivery]) -> None:
		self._promised = sorted(deliveries, key=lambda delivery: delivery.promised, reverse=True)
		self._past: dict[SupplyKind, Past] = {}
		self._awaited: list[Delivery] = []
		self._due: dict[tuple[SupplyKind, Party, date], float] = defaultdict(float)
		self._reference = self._promised[-1].promised.toordinal() if self._promised else 0
		self._expecting: dict[SupplyKind, Expecting] = {}
		self._came: Weights = {}
		self._everybody: DaysLate | None = None
		self._today = date.min

	def on(self, today: date) -> None:
		"""Go on to a day, which must not be earlier than the one before."""
		if today < self._today:
			raise ValueError(f"the walk is at {self._today} and cannot go back to {today}")
		if today == self._today:
			return
		self._today = today
		self._expecting.clear()
		self._everybody = None
		while self._promised and self._promised[-1].promised < today:
			delivery = self._promised.pop()
			self._due[delivery.kind, delivery.party, delivery.promised] += delivery.count
			self._awaited.append(delivery)
		self._awaited = [delivery for delivery in self._awaited if not self._remembered(delivery)]

	def expecting(self, kind: SupplyKind) -> Expecting:
		"""What is to be expected of a kind of supply on this day, until the walk goes on."""
		if kind not in self._expecting:
			past = self._of(kind)
			past.await_all(
				((delivery.party, delivery.item_group), self._due_of(delivery))
				for delivery in self._awaited
				if delivery.kind is kind and plausible((self._today - delivery.promised).days)
			)
			self._expecting[kind] = Expecting(kind, past, self._today.toordinal())
		return self._expecting[kind]

	def _of(self, kind: SupplyKind) -> Past:
		return self._past.setdefault(kind, Past(self._reference))

	@property
	def everybody(self) -> DaysLate | None:
		"""The days late of all that has come so far, each counting once; None before the first."""
		if self._everybody is None and self._came:
			self._everybody = DaysLate.of(self._came)
		return self._everybody

	def _remembered(self, delivery: Delivery) -> bool:
		"""Remember a delivery that has come before today."""
		if delivery.arrived is None or delivery.arrived >= self._today:
			return False
		late = (delivery.arrived - delivery.promised).days
		if plausible(late):
			self._of(delivery.kind).came((delivery.party, delivery.item_group), self._due_of(delivery), late)
			self._came[late] = self._came.get(late, 0.0) + delivery.count
		return True

	def _due_of(self, delivery: Delivery) -> Due:
		that_day = self._due[delivery.kind, delivery.party, delivery.promised]
		return Due(delivery.promised.toordinal(), delivery.count, that_day)
