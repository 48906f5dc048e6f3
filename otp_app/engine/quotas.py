"""Product allocation: what the quotas of a buyer leave of an item on a day (docs/allocation.md).

Terms and rules are SAP's: a quota has periods; a delivery consumes that of its own period, then, as far as `backward`
reaches, what earlier ones have left; what does not fit is put off to the next period that has room, by at most
`forward` periods. Several quotas for one line must all have room.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from otp_app.engine.calendars import DAY
from otp_app.engine.facts import Allocation, Customer, Item, Protection, QuotaPeriod, Snapshot
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.policy import WithoutQuota

# The first day from a day on on which a line can be delivered at all.
Landing = Callable[[date], date]


@dataclass(frozen=True, slots=True)
class Binding:
	"""What keeps a quantity from a day: a quota, its period, what is left of it, with that of the periods before it that may
	be used, and how much that was. Without an allocation: none is for it."""

	allocation: Allocation | None
	period: QuotaPeriod | None
	free: float
	total: float = 0.0


def concerns(fact: Allocation | Protection, customer: Customer | None, channel: str | None) -> bool:
	"""Whether a buyer has every characteristic that a quota or a protection names."""
	if fact.channel is not None and fact.channel != channel:
		return False
	if fact.customer is None and fact.customer_group is None and fact.territory is None:
		return True
	return (
		customer is not None
		and fact.customer in (None, customer.name)
		and (fact.customer_group is None or fact.customer_group in customer.groups)
		and (fact.territory is None or fact.territory in customer.territories)
	)


def covers(allocation: Allocation, item: Item) -> bool:
	"""Whether a quota is for an item: by its name, or its group."""
	return allocation.item_code == item.item_code or item.item_group in allocation.item_groups


@dataclass(slots=True)
class _Quota:
	"""One allocation, and by period what this order takes of it."""

	allocation: Allocation
	taken: dict[int, float] = field(default_factory=dict)

	def period_of(self, day: date) -> int | None:
		periods = enumerate(self.allocation.periods)
		return next((index for index, period in periods if period.start <= day <= period.end), None)

	def free(self, index: int) -> float:
		"""What a period can still take, with what the periods before it have left.

		Deliveries before it use the oldest that they may, those after it the latest, so that the most is left between them.
		"""
		periods, back = self.allocation.periods, self.allocation.backward
		if not back:
			return max(0.0, round(periods[index].qty - self._consumed(index), NOISE_DIGITS))
		left = [period.qty for period in periods]
		for at in range(index):
			_draw(left, self._consumed(at), range(max(0, at - back), at + 1))
		for at in range(len(periods) - 1, index, -1):
			_draw(left, self._consumed(at), range(at, max(0, at - back) - 1, -1))
		reach = left[max(0, index - back) : index + 1]
		return max(0.0, round(sum(reach) - self._consumed(index), NOISE_DIGITS))

	def binding(self, day: date, start: date) -> Binding | None:
		"""What it leaves on a day of what could be delivered from `start` on; None on a day that it says nothing about."""
		index, first = self.period_of(day), self.period_of(start)
		if first is not None and not self._reaches(first, day):
			return Binding(self.allocation, self.allocation.periods[first], 0.0, self.total(first))
		if index is None:
			return None
		return Binding(self.allocation, self.allocation.periods[index], self.free(index), self.total(index))

	def _reaches(self, first: int, day: date) -> bool:
		"""Whether a delivery may be put off until then from the period in which it could be made."""
		forward = self.allocation.forward
		begun = sum(1 for period in self.allocation.periods if period.start <= day)
		after_all = day > self.allocation.periods[-1].end
		return forward is None or begun - 1 + after_all - first <= forward

	def total(self, index: int) -> float:
		"""All that a period and the ones before it that it may use have had."""
		first = max(0, index - self.allocation.backward)
		return round(sum(each.qty for each in self.allocation.periods[first : index + 1]), NOISE_DIGITS)

	def _consumed(self, index: int) -> float:
		return self.allocation.periods[index].consumed + self.taken.get(index, 0.0)


def _draw(left: list[float], qty: float, periods: Iterable[int]) -> float:
	"""Takes as much of a quantity as there is out of these periods, one after the other; returns the rest."""
	for index in periods:
		part = min(qty, left[index])
		left[index] -= part
		qty -= part
	return qty


def free_and_over(allocation: Allocation) -> list[tuple[float, float]]:
	"""By period, what can still be promised in it, and what is consumed beyond what it and those before it have."""
	quota, back = _Quota(allocation), allocation.backward
	left = [period.qty for period in allocation.periods]
	answer = []
	for index, period in enumerate(allocation.periods):
		over = _draw(left, period.consumed, range(max(0, index - back), index + 1))
		answer.append((quota.free(index), round(over, NOISE_DIGITS)))
	return answer


@dataclass
class Quotas:
	"""The quotas that concern one buyer, and what its order takes of them; `last` is the last day that is looked at."""

	snapshot: Snapshot
	customer: Customer | None
	channel: str | None
	last: date
	_by_name: dict[str, _Quota] = field(default_factory=dict)
	_of_item: dict[str, tuple[_Quota, ...]] = field(default_factory=dict)

	@classmethod
	def of(
		cls, snapshot: Snapshot, customer: Customer | None, channel: str | None, last: date
	) -> Quotas | None:
		"""The quotas of a snapshot for a buyer; None where it has none at all."""
		return cls(snapshot, customer, channel, last) if snapshot.allocations else None

	def untouched(self) -> Quotas:
		"""The same, with nothing taken yet."""
		return Quotas(self.snapshot, self.customer, self.channel, self.last)

	def limits(self, item: Item) -> bool:
		"""Whether anything is said about an item."""
		return any(covers(allocation, item) for allocation in self.snapshot.allocations)

	def room(self, item: Item, day: date, start: date) -> float:
		"""What can be delivered on a day, in stock units, of what could be delivered from `start` on if there were no quotas."""
		found = self.binding(item, day, start)
		return math.inf if found is None else found.free

	def binding(self, item: Item, day: date, start: date) -> Binding | None:
		"""The quota that leaves the least on a day; None where none limits it."""
		if not self.limits(item):
			return None
		found = [binding for quota in self._quotas(item) if (binding := quota.binding(day, start))]
		if found:
			return min(
				found, key=lambda binding: (binding.free, binding.allocation and binding.allocation.name)
			)
		blocked = self.snapshot.settings.without_quota is WithoutQuota.BLOCKED
		return Binding(None, None, 0.0) if blocked else None

	def take(self, item: Item, day: date, qty: float) -> None:
		"""Consumes what is delivered on a day."""
		for quota in self._quotas(item):
			index = quota.period_of(day)
			if index is not None:
				quota.taken[index] = quota.taken.get(index, 0.0) + qty

	def days(self, items: Iterable[Item], start: date, land: Landing) -> Iterator[date]:
		"""The days from `start` on on which the room for items may have become more, earliest first."""
		quotas = [quota for item in items for quota in self._quotas(item)]
		periods = [period for quota in quotas for period in quota.allocation.periods]
		changes = {day for period in periods for day in (period.start, period.end + DAY) if day > start}
		seen: set[date] = set()
		for day in sorted({start} | changes):
			landed = land(day)
			if landed not in seen and (landed <= self.last or day == start):
				seen.add(landed)
				yield landed

	def first_day(self, wanted: Mapping[str, float], start: date, land: Landing) -> date | None:
		"""The first day from `start` on that has room for all of these quantities at once, by item; None if no day has."""
		for day in self.days([self.snapshot.items[code] for code in wanted], start, land):
			if self._fit(wanted, day, start):
				return day
		return None

	def _fit(self, wanted: Mapping[str, float], day: date, start: date) -> bool:
		"""Whether the quantities fit together."""
		found = self.fitting(wanted, day, start)
		return all(found[code] + self.snapshot.tolerance >= qty for code, qty in wanted.items())

	def fitting(self, wanted: Mapping[str, float], day: date, start: date) -> dict[str, float]:
		"""How much of each of these quantities a day has room for, one after the other: two items may share a quota."""
		found: dict[str, float] = {}
		trial = self.untouched()
		trial._by_name = {
			name: _Quota(quota.allocation, dict(quota.taken)) for name, quota in self._by_name.items()
		}
		for code, qty in wanted.items():
			item = self.snapshot.items[code]
			found[code] = min(qty, trial.room(item, day, start))
			trial.take(item, day, found[code])
		return found

	def _quotas(self, item: Item) -> tuple[_Quota, ...]:
		"""The quotas that an item of this order consumes: those that are for it, and the ones above them."""
		known = self._of_item.get(item.item_code)
		if known is None:
			names = _with_parents(self.snapshot.allocations, self._own(item))
			known = tuple(self._quota(name) for name in names)
			self._of_item[item.item_code] = known
		return known

	def _own(self, item: Item) -> Iterator[Allocation]:
		for allocation in self.snapshot.allocations:
			if covers(allocation, item) and concerns(allocation, self.customer, self.channel):
				yield allocation

	def _quota(self, name: str) -> _Quota:
		known = self._by_name.get(name)
		if known is None:
			allocation = next(each for each in self.snapshot.allocations if each.name == name)
			known = self._by_name[name] = _Quota(allocation)
		return known


def _with_parents(allocations: Iterable[Allocation], own: Iterable[Allocation]) -> list[str]:
	"""The names of allocations and of all above them, in order; a circle ends where it began."""
	by_name = {allocation.name: allocation for allocation in allocations}
	names: set[str] = set()
	for allocation in own:
		at: Allocation | None = allocation
		while at is not None and at.name not in names:
			names.add(at.name)
			at = by_name.get(at.parent) if at.parent else None
	return sorted(names)
