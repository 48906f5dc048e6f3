"""What there is of an item, warehouse by warehouse, and what can be promised of it from each day on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _

from otp_app.engine.explain import Explanation, explain
from otp_app.engine.facts import Commitment, Excluded, Item, Snapshot, Supply, SupplyKind
from otp_app.engine.problems import (
	FORBIDDEN,
	UNAVAILABLE,
	UNKNOWN,
	Problem,
	RequestRefused,
	SourceUnavailable,
)
from otp_app.promises.looking.events import Names, events_of
from otp_app.promises.site import PermittedSource, may_see, site_now

# A day, and the ATP from it on.
Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StockQuestion:
	"""Of which items; `warehouse` (a group means those below it) keeps the answer to it.

	`excluding` is the document whose own commitments and holds do not count; `documents` asks for every dated event.
	"""

	items: tuple[str, ...]
	warehouse: str | None = None
	excluding: Excluded | None = None
	documents: bool = False


def stock_of(question: StockQuestion) -> list[dict[str, Any]]:
	"""The items of the answer (docs/api.md), those of bundles after those asked for, in stock UOM.

	A constant number of queries for any number of items. Raises RequestRefused for what is not there, or hidden.
	"""
	snapshot = _snapshot(question)
	_refuse_unknown(snapshot, question)
	wanted = _with_components(snapshot, question.items)
	names = dict(frappe.get_all("Item", {"name": ("in", wanted)}, ["name", "item_name"], as_list=True))
	ledgers = _ledgers(snapshot, wanted, _asked_warehouses(snapshot, question.warehouse))
	shown = Names.of(ledgers) if question.documents else None
	horizon = timedelta(days=snapshot.settings.horizon_days)
	return [
		_item(snapshot.items[code], names.get(code) or code)
		| {
			"warehouses": [
				_warehouse(ledger, horizon, shown) for ledger in ledgers if ledger.item_code == code
			]
		}
		for code in wanted
	]


def _snapshot(question: StockQuestion) -> Snapshot:
	try:
		return PermittedSource().snapshot(
			question.items, excluding=question.excluding, documents=question.documents
		)
	except SourceUnavailable as error:
		message = _("The stock data cannot be read at the moment: {0}. Try again later.").format(error)
		raise RequestRefused([Problem("SOURCE_UNAVAILABLE", message, None, UNAVAILABLE)]) from error


def _refuse_unknown(snapshot: Snapshot, question: StockQuestion) -> None:
	"""Refuses items and warehouses that are not there, or that User Permissions hide, all at once."""
	named = [("Item", code, f"items[{i}]", snapshot.items) for i, code in enumerate(question.items)]
	if question.warehouse:
		named.append(("Warehouse", question.warehouse, "warehouse", snapshot.warehouses))
	problems = []
	for doctype, name, field, known in named:
		if name not in known:
			code = "UNKNOWN_ITEM" if doctype == "Item" else "UNKNOWN_WAREHOUSE"
			message = _("There is no {0} {1}.").format(_(doctype).lower(), name)
			problems.append(Problem(code, message, field, UNKNOWN))
		elif not may_see(doctype, name):
			message = _("You may not see {0} {1}.").format(_(doctype), name)
			problems.append(Problem("FORBIDDEN", message, field, FORBIDDEN))
	if problems:
		raise RequestRefused(problems)


def _with_components(snapshot: Snapshot, codes: Sequence[str]) -> list[str]:
	"""The items asked for, and what those of them that are bundles consist of."""
	parts = [
		part.item_code
		for code in codes
		for part in snapshot.items[code].components
		if part.item_code in snapshot.items and may_see("Item", part.item_code)
	]
	return list(dict.fromkeys([*codes, *parts]))


def _asked_warehouses(snapshot: Snapshot, asked: str | None) -> frozenset[str] | None:
	"""Those that the answer is kept to; None where it is not."""
	return frozenset(snapshot.leaves(asked)) if asked else None


def _ledgers(snapshot: Snapshot, codes: Collection[str], wanted: frozenset[str] | None) -> list[Explanation]:
	"""The ledger of each item in each warehouse that holds, awaits or owes it, and may be seen."""
	supplies: dict[tuple[str, str], list[Supply]] = {}
	commitments: dict[tuple[str, str], list[Commitment]] = {}
	for supply in snapshot.supplies:
		supplies.setdefault((supply.item_code, supply.warehouse), []).append(supply)
	for owed in snapshot.commitments:
		commitments.setdefault((owed.item_code, owed.warehouse), []).append(owed)
	touched = supplies.keys() | commitments.keys()
	seen = {name for _item_code, name in touched if _may_see_warehouse(snapshot, name)}
	now = site_now()
	answer = []
	for code in codes:
		places = {name for item, name in touched if item == code and name in seen}
		places = places if wanted is None else (places & wanted) or _only(wanted)
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


def _may_see_warehouse(snapshot: Snapshot, name: str) -> bool:
	at = snapshot.warehouses.get(name)
	return at is not None and may_see("Warehouse", name) and may_see("Company", at.company)


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
