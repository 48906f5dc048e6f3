"""All facts of a snapshot in memory, found by item: what a promise needs is picked out in microseconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Generic, Protocol, TypeVar

from otp_app.engine.facts import Customer, Excluded, Item, Snapshot
from otp_app.sources.snapshot.reader import owns, relatives


class _OfItem(Protocol):
	@property
	def item_code(self) -> str: ...


Fact = TypeVar("Fact", bound=_OfItem)


@dataclass(frozen=True, slots=True)
class _ByItem(Generic[Fact]):
	"""Facts by item, each with its place among all of them: that is the order in which they are given."""

	placed: dict[str, list[tuple[int, Fact]]]

	@classmethod
	def of(cls, facts: Iterable[Fact]) -> _ByItem[Fact]:
		placed: dict[str, list[tuple[int, Fact]]] = {}
		for place, fact in enumerate(facts):
			placed.setdefault(fact.item_code, []).append((place, fact))
		return cls(placed)

	def facts(self, codes: Iterable[str]) -> Iterator[Fact]:
		"""The facts of these items."""
		found = [self.placed[code] for code in codes if code in self.placed]
		# No two facts have one place: the facts themselves are never compared.
		in_order = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
		return (fact for _, fact in in_order)


@dataclass(frozen=True, slots=True)
class _Reach:
	"""The items that a promise of one item may come to, itself among them, and the BOMs by which they are made."""

	items: frozenset[str]
	boms: frozenset[str]


class Index:
	"""All facts of a snapshot, found by item. They are never changed: threads may share them."""

	def __init__(self, facts: Snapshot) -> None:
		self.all = facts
		self._supplies = _ByItem.of(facts.supplies)
		self._commitments = _ByItem.of(facts.commitments)
		self._protections = _ByItem.of(facts.protections)
		# Of each item that was asked for: no more than there are items.
		self._reached: dict[str, _Reach] = {}

	def snapshot(self, wanted: Collection[str], customer: str | None, excluding: Excluded | None) -> Snapshot:
		"""The facts about some items, in the order in which a snapshot file gives them."""
		everything = self.all
		reached = [self._reach(code) for code in wanted if code in everything.items]
		codes = sorted(frozenset().union(*(reach.items for reach in reached)))
		boms = sorted(frozenset().union(*(reach.boms for reach in reached)))
		commitments = self._commitments.facts(codes)
		if excluding is not None:
			commitments = (fact for fact in commitments if not owns(excluding, fact))
		return Snapshot(
			taken_at=everything.taken_at,
			timezone=everything.timezone,
			precision=everything.precision,
			settings=everything.settings,
			items={code: everything.items[code] for code in codes},
			warehouses=everything.warehouses,
			companies=everything.companies,
			calendars=everything.calendars,
			customers=self._customer(customer),
			lanes=everything.lanes,
			sourcing_rules=everything.sourcing_rules,
			reliability=everything.reliability,
			supplies=tuple(self._supplies.facts(codes)),
			commitments=tuple(commitments),
			boms={name: everything.boms[name] for name in boms},
			workstations=everything.workstations,
			allocations=everything.allocations,
			protections=tuple(self._protections.facts(codes)),
		)

	def _customer(self, name: str | None) -> dict[str, Customer] | None:
		known = self.all.customers
		if known is None:
			return None
		return {name: known[name]} if name is not None and name in known else {}

	def _reach(self, code: str) -> _Reach:
		known = self._reached.get(code)
		if known is None:
			known = self._reached[code] = self._reached_from(code)
		return known

	def _reached_from(self, code: str) -> _Reach:
		"""As `_with_relatives` and `_with_needed` of the reader have it: what several items reach is what each of them does."""
		found = self._with_relatives(code)
		needed = self._needed({(item.item_code, item.default_bom) for item in found})
		items = {item.item_code for item in found} | {name for name, _ in needed}
		boms = {bom for _, bom in needed if bom is not None}
		return _Reach(frozenset(items & self.all.items.keys()), frozenset(boms & self.all.boms.keys()))

	def _with_relatives(self, code: str) -> list[Item]:
		found: dict[str, Item] = {}
		more = {code}
		for _ in range(3):
			new = [self.all.items[name] for name in more if name in self.all.items]
			found.update((item.item_code, item) for item in new)
			more = {name for item in new for name in relatives(item)} - found.keys()
		return list(found.values())

	def _needed(self, needed: set[tuple[str, str | None]]) -> set[tuple[str, str | None]]:
		"""Items, each with the BOM that makes it, and all that is needed for them, on every level."""
		waiting = list(needed)
		while waiting:
			_, name = waiting.pop()
			bom = self.all.boms.get(name) if name is not None else None
			for line in bom.lines if bom else ():
				for part in {*line.alternatives, line.item_code}:
					own = line.bom if part == line.item_code else None
					step = (part, own if own is not None else self._default_bom(part))
					if step not in needed:
						needed.add(step)
						waiting.append(step)
		return needed

	def _default_bom(self, code: str) -> str | None:
		item = self.all.items.get(code)
		return item.default_bom if item else None
