"""The ledgers of a snapshot under one set of rules: what arrives, what is owed, and what is free to promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from otp_app.engine.facts import (
	Commitment,
	CommitmentKind,
	Item,
	Snapshot,
	Supply,
	SupplyKind,
	Withheld,
)
from otp_app.engine.ledger import Arrival, Owed, Receipt, receipts
from otp_app.engine.policy import Shipment
from otp_app.engine.schedule import Terms

Place = tuple[str, str]


@dataclass
class Books:
	"""The ledgers of a snapshot under one set of terms, each made when it is first asked for."""

	snapshot: Snapshot
	terms: Terms
	_supplies: dict[Place, list[Supply]] = field(default_factory=dict)
	_commitments: dict[Place, list[Commitment]] = field(default_factory=dict)
	_receipts: dict[Place, list[Receipt]] = field(default_factory=dict)
	# Many documents share a kind, a party and a date, and a date is dear: the days from which they can be picked, by all
	# that has a say in them (Terms.material_date).
	_days: dict[tuple[SupplyKind, str | None, date | None, str, str, bool], date] = field(
		default_factory=dict
	)
	# Where each document delivers.
	_places: dict[tuple[SupplyKind, str | None], set[Place]] = field(default_factory=dict)
	# Of books that were made of others: the places whose ledgers are other ones.
	differs: frozenset[Place] = frozenset()

	@classmethod
	def of(cls, snapshot: Snapshot, terms: Terms) -> Books:
		"""The books of all that a snapshot holds."""
		books = cls(snapshot, terms)
		for supply in snapshot.supplies:
			place = (supply.item_code, supply.warehouse)
			books._supplies.setdefault(place, []).append(supply)
			books._places.setdefault((supply.kind, supply.document), set()).add(place)
		for commitment in snapshot.commitments:
			key = (commitment.item_code, commitment.warehouse)
			books._commitments.setdefault(key, []).append(commitment)
		return books

	def with_document(self, of: Supply, change: Callable[[Supply], Supply]) -> Books:
		"""These books with every supply of one document changed; every other ledger is shared."""
		changed = {
			place: [
				change(s) if (s.kind, s.document) == (of.kind, of.document) else s
				for s in self._supplies[place]
			]
			for place in self._places[of.kind, of.document]
		}
		others = {place: known for place, known in self._receipts.items() if place not in changed}
		differs = self.differs.union(changed)
		return replace(self, _supplies={**self._supplies, **changed}, _receipts=others, differs=differs)

	def with_item(self, item: Item) -> Books:
		"""These books with another way to fulfil an item; every ledger is shared."""
		items = {**self.snapshot.items, item.item_code: item}
		return replace(self, snapshot=replace(self.snapshot, items=items))

	def with_shipment(self, shipment: Shipment) -> Books:
		"""These books for an order that is shipped in another way; every ledger is shared."""
		rules = self.terms.rules.model_copy(update={"shipment": shipment})
		return replace(self, terms=replace(self.terms, rules=rules))

	def with_transfers(self) -> Books:
		"""These books for an order that may fetch stock from other warehouses; every ledger is shared."""
		rules = self.terms.rules.model_copy(update={"transfers": True})
		return replace(self, terms=replace(self.terms, rules=rules))

	def supplies(self, item_code: str, warehouse: str) -> list[Supply]:
		"""All that was read, promised from or not."""
		return self._supplies.get((item_code, warehouse), [])

	def withheld(self, supply: Supply) -> Withheld | None:
		"""Why a supply is not promised from, None if it is."""
		if supply.withheld is not None:
			return supply.withheld
		if supply.kind is SupplyKind.MATERIAL_REQUEST and not self.snapshot.settings.use_material_requests:
			return Withheld.NOT_OPTED_IN
		if supply.kind is not SupplyKind.ON_HAND and supply.due is None:
			return Withheld.UNDATED
		return None

	def arrivals(self, item: Item, warehouse: str) -> list[Arrival]:
		"""The supplies that count, each on the day from which it can be picked."""
		at = self.snapshot.warehouses[warehouse]
		group, inspect, days = item.item_group, item.inspect_on_receipt, self._days
		answer = []
		for supply in self.supplies(item.item_code, warehouse):
			if self.withheld(supply) is None:
				key = (supply.kind, supply.party, supply.due, warehouse, group, inspect)
				if key not in days:
					days[key] = self.terms.material_date(supply, item, at)
				answer.append(Arrival(days[key], supply))
		return answer

	def commitments(self, item: Item, warehouse: str) -> list[Commitment]:
		"""All that was read, protected or not, and the safety stock if the settings protect it."""
		known = self._commitments.get((item.item_code, warehouse), [])
		settings = self.snapshot.settings
		company = self.snapshot.warehouses[warehouse].company
		if settings.protect_safety_stock and item.safety_stock > 0:
			home = item.default_warehouse(company) or settings.default_warehouse
			if home == warehouse:
				kind = CommitmentKind.SAFETY_STOCK
				safety = Commitment(item.item_code, warehouse, kind, item.safety_stock, in_bin=False)
				return [*known, safety]
		return known

	def counts(self, commitment: Commitment) -> bool:
		"""Whether a commitment is protected: not when withheld, nor when overdue past the setting."""
		if commitment.withheld is not None:
			return False
		limit = self.snapshot.settings.forget_commitments_after_days
		if limit is None or commitment.due is None:
			return True
		return (self.terms.today - commitment.due).days <= limit

	def owed_on(self, commitment: Commitment) -> date:
		"""The day on which a commitment leaves; what is overdue leaves today."""
		return max(commitment.due or self.terms.today, self.terms.today)

	def owed(self, item: Item, warehouse: str) -> list[Owed]:
		"""The commitments that count, by day."""
		return [
			Owed(self.owed_on(commitment), commitment.qty)
			for commitment in self.commitments(item, warehouse)
			if self.counts(commitment)
		]

	def receipts(self, item: Item, warehouse: str) -> list[Receipt]:
		"""What each supply adds to ATP, up to the horizon."""
		key = (item.item_code, warehouse)
		known = self._receipts.get(key)
		if known is None:
			found = receipts(
				self.arrivals(item, warehouse), self.owed(item, warehouse), self.snapshot.tolerance
			)
			known = self._receipts[key] = [r for r in found if r.day <= self.terms.horizon]
		return known
