"""Items as people look at them: what lies where, and what can be promised of it from each day on. No frappe."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from otp_app.engine.explain import Explanation, explain
from otp_app.engine.facts import Commitment, Item, Snapshot, Supply, SupplyKind
from otp_app.promises.looking.entries import Names, events_of

# A day, and the ATP from it on.
Step = dict[str, Any]


def with_components(snapshot: Snapshot, codes: Sequence[str], may_see: Callable[[str], bool]) -> list[str]:
	"""The items asked for, and what those of them that are bundles consist of, where that may be seen."""
	parts = [
		part.item_code
		for code in codes
		for part in snapshot.items[code].components
		if part.item_code in snapshot.items and may_see(part.item_code)
	]
	return list(dict.fromkeys([*codes, *parts]))


def ledgers_of(
	snapshot: Snapshot,
	codes: Collection[str],
	asked: str | None,
	now: datetime,
	may_see: Callable[[str], bool],
) -> list[Explanation]:
	"""The ledger at `now` of each item in each warehouse that holds, awaits or owes it, and may be seen.

	`asked` keeps to a warehouse, or to those below a group.
	"""
	wanted = frozenset(snapshot.leaves(asked)) if asked else None
	supplies: dict[tuple[str, str], list[Supply]] = {}
	commitments: dict[tuple[str, str], list[Commitment]] = {}
	for supply in snapshot.supplies:
		supplies.setdefault((supply.item_code, supply.warehouse), []).append(supply)
	for owed in snapshot.commitments:
		commitments.setdefault((owed.item_code, owed.warehouse), []).append(owed)
	touched = supplies.keys() | commitments.keys()
	seen = {name for _item_code, name in touched if name in snapshot.warehouses and may_see(name)}
	answer = []
	for code in codes:
		places: Collection[str] = {name for item, name in touched if item == code and name in seen}
		places = places if wanted is None else wanted.intersection(places) or _only(wanted)
		for name in sorted(places):
			key = (code, name)
			# explain() looks at all of a snapshot: it gets what concerns it.
			part = replace(
				snapshot, supplies=tuple(supplies.get(key, ())), commitments=tuple(commitments.get(key, ()))
			)
			answer.append(explain(part, code, name, now))
	return answer


def _only(wanted: frozenset[str]) -> frozenset[str]:
	"""A single warehouse that was asked for is told of even when it has nothing."""
	return wanted if len(wanted) == 1 else frozenset()


def items_shown(
	snapshot: Snapshot,
	codes: Sequence[str],
	ledgers: Sequence[Explanation],
	item_names: Mapping[str, str],
	names: Names | None,
) -> list[dict[str, Any]]:
	"""The items of the answer (docs/api.md), in stock UOM; with `names`, every dated event too."""
	horizon = timedelta(days=snapshot.settings.horizon_days)
	return [
		_item(snapshot.items[code], item_names.get(code) or code)
		| {
			"warehouses": [
				_warehouse(ledger, horizon, names) for ledger in ledgers if ledger.item_code == code
			]
		}
		for code in codes
	]


def _item(item: Item, name: str) -> dict[str, Any]:
	return {
		"item_code": item.item_code,
		"item_name": name,
		"uom": item.stock_uom,
		"is_stock_item": item.is_stock_item,
		"components": [{"item_code": part.item_code, "qty": part.qty} for part in item.components],
	}


def _warehouse(ledger: Explanation, horizon: timedelta, names: Names | None) -> dict[str, Any]:
	atp = atp_steps(ledger, ledger.today + horizon)
	answer: dict[str, Any] = {
		"warehouse": ledger.warehouse,
		"on_hand": sum(e.qty for e in ledger.entries if e.kind == SupplyKind.ON_HAND.value),
		"available_today": atp[0]["atp"],
		"never_promised": not ledger.sells,
		"atp": atp,
	}
	return answer if names is None else answer | events_of(ledger, names)


def atp_steps(ledger: Explanation, horizon: date) -> list[Step]:
	"""ATP from each date on, today first, up to the last day that is promised; only days on which it changes.

	Nothing is ever available to promise in a warehouse that does not sell.
	"""
	steps: list[tuple[date, float]] = [(ledger.today, 0.0)]
	for day, atp in _levels(ledger, horizon):
		if day == ledger.today:
			steps = [(day, atp)]
		elif atp != steps[-1][1]:
			steps.append((day, atp))
	return [{"date": day.isoformat(), "atp": atp} for day, atp in steps]


def _levels(ledger: Explanation, horizon: date) -> Iterator[tuple[date, float]]:
	if ledger.sells:
		yield from ((level.day, level.atp) for level in ledger.levels if level.day <= horizon)
