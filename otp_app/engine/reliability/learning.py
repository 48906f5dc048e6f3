"""From deliveries of the past to the lateness to expect of those to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.counting import learn_stock
from otp_app.engine.reliability.evidence import Due, Evidence, Group, Key, Party, Past, Seen, plausible
from otp_app.engine.reliability.expecting import Expecting
from otp_app.engine.reliability.history import Delivery, StockCount

# A day and a lateness in one number, so that a million deliveries stay small: what is awaited has a lateness of its own.
_LATENESSES, _ZERO, _AWAITED = 1024, 512, 1023

Cell = tuple[SupplyKind, Party, Group]


def learn(
	deliveries: Iterable[Delivery], counts: Iterable[StockCount], as_of: date
) -> tuple[Reliability, ...]:
	"""One record for each kind, each party and each item group of a kind, and each party's item groups, in a fixed order.

	Only what happened before `as_of` is used, and only of deliveries that were due by then: of those that are due later, only
	the early ones are known. One that is still awaited counts as at least as late as it is. Kinds without any history get no
	record: see `priors.prior`. Days late of more than a year either way are taken for a mistyped date, and left out.
	"""
	past, today = gathered(deliveries, as_of), as_of.toordinal()
	records = list(learn_stock(counts, as_of))
	for kind in sorted(past, key=lambda kind: kind.value):
		records.extend(_of_kind(Expecting(kind, past[kind], today)))
	return tuple(records)


def gathered(deliveries: Iterable[Delivery], as_of: date) -> dict[SupplyKind, Past]:
	"""What is known of each kind on the morning of `as_of`."""
	today = as_of.toordinal()
	sums: dict[Cell, dict[int, float]] = defaultdict(dict)
	due: dict[tuple[SupplyKind, Party], dict[int, float]] = defaultdict(dict)
	for delivery in deliveries:
		promised = delivery.promised.toordinal()
		if promised >= today:
			continue
		that_day = due[delivery.kind, delivery.party]
		that_day[promised] = that_day.get(promised, 0.0) + delivery.count
		arrived = delivery.arrived.toordinal() if delivery.arrived else today
		late = min(arrived, today) - promised
		if not plausible(late):
			continue
		code = promised * _LATENESSES + (_AWAITED if arrived >= today else late + _ZERO)
		cell = sums[delivery.kind, delivery.party, delivery.item_group]
		cell[code] = cell.get(code, 0.0) + delivery.count
	past: dict[SupplyKind, Past] = {}
	awaited: dict[SupplyKind, list[tuple[Key, Due]]] = defaultdict(list)
	for kind, party, group in sorted(sums, key=_order):
		cell, that_day = sums.pop((kind, party, group)), due[kind, party]
		of_kind = past.setdefault(kind, Past(today))
		for code in sorted(cell):
			promised, late = divmod(code, _LATENESSES)
			these = Due(promised, cell[code], that_day[promised])
			if late == _AWAITED:
				awaited[kind].append(((party, group), these))
			else:
				of_kind.came((party, group), these, late - _ZERO)
	for kind, waiting in awaited.items():
		past[kind].await_all(waiting)
	return past


def _order(cell: Cell) -> tuple[str, bool, str, bool, str]:
	kind, party, group = cell
	return kind.value, party is not None, party or "", group is not None, group or ""


def _of_kind(expecting: Expecting) -> Iterator[Reliability]:
	"""The kind, its item groups, its parties, and the item groups of each."""
	kind, by_party = expecting.kind, expecting.by_party
	groups = expecting.groups
	yield _record(kind, None, None, expecting.of_kind(), by_party.values())
	for group in sorted(groups):
		yield _record(kind, None, group, expecting.of_group(group), expecting.by_party_of(group).values())
	for party in sorted(party for party in by_party if party is not None):
		yield _record(kind, party, None, expecting.of_party(party), [by_party[party]])
		for group in sorted(groups):
			if seen := expecting.seen_of(party, group):
				yield _record(kind, party, group, expecting.of(party, group), [seen])


def _record(
	kind: SupplyKind, party: Party, group: Group, lateness: DaysLate, parts: Iterable[Evidence]
) -> Reliability:
	seen = Seen.together((evidence.plain, 1.0) for evidence in parts)
	return Reliability(
		kind=kind,
		party=party,
		item_group=group,
		lateness=lateness,
		deliveries=max(1, round(seen.weight)),
		late=round((seen.weight - seen.came_within(0)) / seen.weight, 4),
		median_late=_median_late(seen),
	)


def _median_late(seen: Seen) -> int | None:
	"""The median days late of the late ones that have come."""
	late = sorted((days, count) for days, count in seen.came.items() if days > 0)
	half = sum(count for _, count in late) / 2
	sofar = 0.0
	for days, count in late:
		sofar += count
		if sofar >= half:
			return days
	return None
