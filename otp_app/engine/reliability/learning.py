"""From deliveries of the past to the lateness to expect of those to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.counting import learn_stock
from otp_app.engine.reliability.evidence import Evidence, Group, Memory, Party, Seen, plausible
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
	evidence = gathered(deliveries, as_of)
	records = list(learn_stock(counts, as_of))
	for kind in sorted(evidence, key=lambda kind: kind.value):
		records.extend(_of_kind(Expecting(kind, evidence[kind])))
	return tuple(records)


def gathered(
	deliveries: Iterable[Delivery], as_of: date
) -> dict[SupplyKind, dict[tuple[Party, Group], Evidence]]:
	"""The evidence as on `as_of`, by kind, then by party and item group."""
	today = as_of.toordinal()
	sums: dict[Cell, dict[int, float]] = defaultdict(dict)
	due: dict[tuple[SupplyKind, Party], dict[int, float]] = defaultdict(dict)
	for delivery in deliveries:
		promised = delivery.promised.toordinal()
		arrived = delivery.arrived.toordinal() if delivery.arrived else today
		if promised >= today:
			continue
		that_day = due[delivery.kind, delivery.party]
		that_day[promised] = that_day.get(promised, 0.0) + delivery.count
		late = min(arrived, today) - promised
		if not plausible(late):
			continue
		code = promised * _LATENESSES + (_AWAITED if arrived >= today else late + _ZERO)
		cell = sums[delivery.kind, delivery.party, delivery.item_group]
		cell[code] = cell.get(code, 0.0) + delivery.count
	evidence: dict[SupplyKind, dict[tuple[Party, Group], Evidence]] = defaultdict(dict)
	for kind, party, group in sorted(sums, key=_order):
		cell = sums.pop((kind, party, group))
		evidence[kind][party, group] = _remembered(cell, due[kind, party], today)
	return evidence


def _remembered(cell: Mapping[int, float], due: Mapping[int, float], today: int) -> Evidence:
	memory, awaited = Memory(today), []
	for code in sorted(cell):
		promised, late = divmod(code, _LATENESSES)
		if late == _AWAITED:
			awaited.append((promised, cell[code], due[promised]))
		else:
			memory.add(promised, late - _ZERO, cell[code], due[promised])
	return memory.at(today, awaited)


def _order(cell: Cell) -> tuple[str, bool, str, bool, str]:
	kind, party, group = cell
	return kind.value, party is not None, party or "", group is not None, group or ""


def _of_kind(expecting: Expecting) -> Iterator[Reliability]:
	"""The kind, its item groups, its parties, and the item groups of each."""
	evidence, by_party = expecting.evidence, expecting.by_party
	groups = sorted({group for _, group in evidence if group is not None})
	parties = sorted({party for party in by_party if party is not None})
	kind = expecting.kind
	yield _record(kind, None, None, expecting.of_kind(), by_party.values())
	for group in groups:
		yield _record(kind, None, group, expecting.of_group(group), expecting.by_party_of(group).values())
	for party in parties:
		yield _record(kind, party, None, expecting.of_party(party), [by_party[party]])
		for group in groups:
			if (party, group) in evidence:
				yield _record(kind, party, group, expecting.of(party, group), [evidence[party, group]])


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
