"""What a big site is made of, before anything is written: the same sizes, day and seed give the same plan.

Demand and supply follow the same popularity, and there is somewhat less supply than demand: many lines have to wait.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from benchmarks.big.sizes import Sizes

DEPOTS = 5
ITEM_GROUPS = ("Frames", "Wheels", "Drivetrain", "Brakes", "Lights", "Saddles", "Tools", "Clothing")
CUSTOMER_GROUPS = ("Key accounts", "Dealers", "Chains", "Web shop")
TERRITORIES = tuple(f"Region {n}" for n in range(1, 11))
# Items of this level are bought; the others are made of items of lower levels.
BOUGHT, DEPTH = 0, 5
LEVEL_SHARES = (0.5, 0.25, 0.12, 0.08, 0.05)
MADE_SHARE = 0.2
AT_HOME = 0.75  # of demand and supply, in an item's first depot; the rest in its second


@dataclass(frozen=True, slots=True)
class Item:
	"""A row of the catalogue; `depots` are the numbers of its first and second depot, `cost` and `price` in euros."""

	code: str
	group: str
	level: int
	cost: float
	price: float
	lead_time_days: int | None
	supplier: int
	popularity: float
	depots: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Line:
	"""A row of an order. `asked` is what the customer wanted, where that was not confirmed; `expected` what a supplier
	has said since."""

	item: Item
	depot: int
	qty: int
	due: date
	asked: date | None = None
	expected: date | None = None


@dataclass(frozen=True, slots=True)
class Order:
	"""An order of a customer, or from a supplier: their number. `held`: it is on hold."""

	party: int
	ordered_on: date
	lines: tuple[Line, ...]
	held: bool = False


@dataclass
class Plan:
	"""`stock` is by item code and depot. Orders are in the order in which they were taken."""

	sizes: Sizes
	today: date
	items: list[Item] = field(default_factory=list)
	stock: dict[tuple[str, int], int] = field(default_factory=dict)
	sales: list[Order] = field(default_factory=list)
	purchases: list[Order] = field(default_factory=list)

	def by_code(self) -> dict[str, Item]:
		"""The items by their code."""
		return {item.code: item for item in self.items}


def plan(sizes: Sizes, today: date) -> Plan:
	"""Items, stock, orders of customers and from suppliers."""
	chance = random.Random(sizes.seed)
	made = Plan(sizes, today, items=list(_items(chance, sizes)))
	bought = [item for item in made.items if item.level == BOUGHT]
	for item in made.items:
		for depot, share in zip(item.depots, (AT_HOME, 1 - AT_HOME), strict=True):
			if qty := int(chance.expovariate(1) * 9 * item.popularity * share):
				made.stock[item.code, depot] = qty
	made.purchases = sorted(_purchases(chance, made, Picker(chance, bought)), key=_when)
	made.sales = sorted(_sales(chance, made, Picker(chance, made.items)), key=_when)
	return made


def _when(order: Order) -> date:
	return order.ordered_on


def level_of(place: float) -> int:
	"""The level of the item that stands at a share of the made ones."""
	reached = list(accumulate(LEVEL_SHARES))
	return next((n for n, share in enumerate(reached, start=1) if place < share), DEPTH)


def _items(chance: random.Random, sizes: Sizes) -> Iterator[Item]:
	made = round(sizes.items * MADE_SHARE)
	for n in range(sizes.items):
		cost = round(chance.uniform(1, 60), 2)
		yield Item(
			code=f"BIG-{n:05}",
			group=chance.choice(ITEM_GROUPS),
			level=level_of(n / made) if n < made else BOUGHT,
			cost=cost,
			price=round(cost * chance.uniform(1.2, 2.5), 2),
			lead_time_days=None if chance.random() < 0.1 else chance.randint(5, 40),
			supplier=chance.randrange(sizes.suppliers),
			popularity=min(chance.paretovariate(1.6), 20.0) / 2,
			depots=tuple(chance.sample(range(DEPOTS), 2)),
		)


class Picker:
	"""Items by their popularity, each in one of its depots."""

	def __init__(self, chance: random.Random, items: list[Item]) -> None:
		self._chance, self._items = chance, items
		self._reached = list(accumulate(item.popularity for item in items))

	def pick(self, count: int) -> list[tuple[Item, int]]:
		"""Some items, and where: the same one may come twice."""
		items = self._chance.choices(self._items, cum_weights=self._reached, k=count)
		return [(item, item.depots[self._chance.random() >= AT_HOME]) for item in items]


def _parcels(chance: random.Random, lines: int) -> Iterator[int]:
	"""How many lines each order has, 1 to 20, few more often than many."""
	while lines > 0:
		count = min(lines, 20, 1 + int(chance.expovariate(1 / 4)))
		lines -= count
		yield count


def _sales(chance: random.Random, made: Plan, picker: Picker) -> Iterator[Order]:
	for count in _parcels(chance, made.sizes.order_lines):
		ordered = made.today - timedelta(chance.randint(0, 60))
		asked = ordered + timedelta(chance.randint(3, 90))
		# Few orders are more than three weeks overdue.
		asked = max(asked, made.today - timedelta(chance.randint(0, 21)))
		moved = chance.choice((0, 0, 0, 7, 14))
		lines = [
			Line(item, depot, chance.randint(1, 12), asked + timedelta(moved), asked if moved else None)
			for item, depot in picker.pick(count)
		]
		yield Order(chance.randrange(made.sizes.customers), ordered, tuple(lines))


def _purchases(chance: random.Random, made: Plan, picker: Picker) -> Iterator[Order]:
	"""A twelfth is overdue, a tenth is expected on another day than was ordered, a few are on hold."""
	for count in _parcels(chance, made.sizes.purchase_lines):
		ordered = made.today - timedelta(chance.randint(1, 60))
		due = max(ordered + timedelta(chance.randint(10, 120)), made.today - timedelta(chance.randint(0, 15)))
		lines = []
		for item, depot in picker.pick(count):
			moved = due + timedelta(chance.randint(3, 20)) if chance.random() < 0.1 else None
			lines.append(Line(item, depot, chance.randint(3, 12), due, expected=moved))
		held = chance.random() < 0.01
		yield Order(chance.randrange(made.sizes.suppliers), ordered, tuple(lines), held)
