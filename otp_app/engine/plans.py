"""What a line could take, what it takes, and how it is covered: offers, pegs and plans."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

from otp_app.engine.capable.tree import Requirement
from otp_app.engine.facts import Item, Supply, SupplyKind
from otp_app.engine.placing import Wait
from otp_app.engine.resolve import Demand
from otp_app.engine.schedule import Dates
from otp_app.engine.transfers import Transfer


@dataclass(frozen=True, slots=True)
class Offer:
	"""A quantity that a line could take; `index` is that of the receipt, -1 for unlimited supply.

	`warehouse` ships it. What is fetched from another one has a `transfer`, and is taken from the receipts there. `tree` is
	what is made or bought for it, level by level, where its item's mode asks for that.
	"""

	delivery: date
	warehouse: str
	index: int
	qty: float
	supply: Supply
	dates: Dates
	lead_days: int | None = None
	tree: Requirement | None = None
	transfer: Transfer | None = None

	@property
	def place(self) -> str:
		"""The warehouse whose ATP it takes from."""
		return self.transfer.sender if self.transfer else self.warehouse

	@property
	def certainty(self) -> int:
		"""Of what is delivered on one day, stock goes first and what is not even ordered last."""
		if self.supply.kind is SupplyKind.ON_HAND and self.transfer is None:
			return 0
		return 2 if self.supply.kind is SupplyKind.REPLENISHMENT else 1


def in_turn(offer: Offer) -> tuple[date, int]:
	"""By what offers are taken one after the other: the earliest delivery, then the surest."""
	return (offer.delivery, offer.certainty)


@dataclass(frozen=True, slots=True)
class Peg:
	"""A quantity of an item, in stock units, and the offer it was taken from; `released` is when its quotas have room."""

	item: Item
	qty: float
	offer: Offer
	released: date = date.min

	@property
	def delivery(self) -> date:
		"""When it can be delivered."""
		return max(self.offer.delivery, self.released)

	@property
	def needs_no_stock(self) -> bool:
		"""Whether it is a service, which is always there."""
		return self.always_available and not self.item.is_stock_item

	@property
	def waits(self) -> bool:
		"""Whether it is not yet in the warehouse that ships it."""
		return self.offer.supply.kind is not SupplyKind.ON_HAND or self.offer.transfer is not None

	@property
	def always_available(self) -> bool:
		"""Whether its quantity was taken for granted, because of the item's mode."""
		return self.offer.supply.kind is SupplyKind.ON_HAND and math.isinf(self.offer.supply.qty)


@dataclass(frozen=True, slots=True)
class LinePlan:
	"""How one demand is covered; `shortage` in units of the demand, `short_parts` in those of its parts.

	`other_lines` is what lines planned before it took of its items, in their stock units. `dead_ends` are the trees of what
	was to be made or bought and cannot be. `over_quota` is covered by supply and has no day on which quotas leave room for
	it; `waits` tells what they have put off. `passed` is the plan from its first source where another one was better,
	`replaced` that of the ordered item where another item is sent in its place.
	"""

	demand: Demand
	pegs: tuple[Peg, ...]
	shortage: float
	short_parts: tuple[tuple[Item, float], ...]
	warehouses: tuple[str, ...]
	other_lines: tuple[tuple[Item, float], ...] = ()
	dead_ends: tuple[Requirement, ...] = ()
	over_quota: float = 0.0
	waits: tuple[Wait, ...] = ()
	passed: LinePlan | None = None
	replaced: LinePlan | None = None
	# When all of it can be delivered; None with a shortage.
	delivery: date | None = field(init=False, compare=False, repr=False)

	def __post_init__(self) -> None:
		short = self.short_parts or self.over_quota
		last = None if short else max((peg.delivery for peg in self.pegs), default=None)
		object.__setattr__(self, "delivery", last)
