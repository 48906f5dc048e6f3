"""Which promises depend on what moved: a constant number of queries for any number of moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe

from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import DOCTYPE
from otp_app.promises.watching.moves import Move

HOLIDAYS = "Holiday List"
AT_RISK = PromiseStatus.AT_RISK.value
UNFINISHED = (PromiseStatus.COMMITTED.value, AT_RISK)
# Of the promises that one move concerns, so many with the earliest dates are judged at once; the hourly review has the rest.
AT_ONCE = 2_000
FIELDS = ("name", "promise_date", "status", "reference_name")

# What a promise depends on: ("pool", item, warehouse), ("item", item), ("document", type, name, item), ("list", name)
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
	"""An open promise."""

	name: str
	promise_date: date | None
	at_risk: bool
	order: str | None


@dataclass(slots=True)
class Found:
	"""A promise to be judged again, and why."""

	promise: Open
	moves: list[Move] = field(default_factory=list)


def promises_that_depend_on(moves: Sequence[Move]) -> list[Found]:
	"""The open promises that a move may have made late, or may bring back: only those at risk if it is no worse."""
	depending: dict[Key, set[tuple[Open, str]]] = defaultdict(set)
	for key, promise, item in (*_by_items(moves), *_by_holidays(moves)):
		depending[key].add((promise, item))
	found: dict[str, Found] = {}
	for move in moves:
		items: dict[Open, set[str]] = defaultdict(set)
		for promise, item in _concerned(move, depending):
			items[promise].add(item)
		for promise in sorted(items, key=urgency)[:AT_ONCE]:
			found.setdefault(promise.name, Found(promise)).moves.append(move.only(items[promise]))
	return list(found.values())


def urgency(promise: Open) -> tuple[Any, ...]:
	"""The earliest date first."""
	return (promise.promise_date is None, promise.promise_date or date.max, promise.name)


def _concerned(move: Move, depending: dict[Key, set[tuple[Open, str]]]) -> Iterator[tuple[Open, str]]:
	keys: set[Key] = {("pool", *pool) for pool in move.pools} | {("item", item) for item in move.items}
	keys |= {("document", move.document_type, move.document, item) for item in move.items}
	if not move.pools:
		keys = {("list", move.document)}
	for key in keys & depending.keys():
		for promise, item in depending[key]:
			if (move.worse or promise.at_risk) and promise.order != (move.for_order or ""):
				yield promise, item


def _by_items(moves: Iterable[Move]) -> Iterator[tuple[Key, Open, str]]:
	items = sorted({item for move in moves for item in move.items})
	if not items:
		return
	everything = any(move.worse for move in moves)
	for row in _rows("Order Promise Peg", items, everything, "document_type", "document"):
		yield ("pool", row.item_code, row.warehouse or ""), _open(row), row.item_code
		if row.document:
			key = ("document", row.document_type, row.document, row.item_code)
			yield key, _open(row), row.item_code
	components = _components(items)
	for row in _rows("Order Promise Line", [*items, *components], everything):
		yield ("pool", row.item_code, row.warehouse or ""), _open(row), row.item_code
		# A component that nothing brings is pegged to nothing.
		yield from ((("item", item), _open(row), item) for item in components.get(row.item_code, ()))


def _rows(doctype: str, items: Collection[str], everything: bool, *fields: str) -> list[Any]:
	row, promise = frappe.qb.DocType(doctype), frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(row)
		.join(promise)
		.on(promise.name == row.parent)
		.select(*(promise[name] for name in FIELDS), row.item_code, row.warehouse)
		.select(*(row[name] for name in fields))
		.distinct()
		.where(row.item_code.isin(list(items)) & (row.parenttype == DOCTYPE))
		.where(promise.status.isin(UNFINISHED if everything else (AT_RISK,)))
	)
	return query.run(as_dict=True)


def _open(row: Any) -> Open:
	return Open(row.name, row.promise_date, row.status == AT_RISK, row.reference_name)


def _components(items: Collection[str]) -> dict[str, set[str]]:
	"""Bundle -> those of the items that are in it."""
	bundle, part = frappe.qb.DocType("Product Bundle"), frappe.qb.DocType("Product Bundle Item")
	query = (
		frappe.qb.from_(part)
		.join(bundle)
		.on(bundle.name == part.parent)
		.select(bundle.new_item_code, part.item_code)
		.where(part.item_code.isin(list(items)))
	)
	answer: dict[str, set[str]] = defaultdict(set)
	for code, item in query.run():
		answer[code].add(item)
	return answer


def _by_holidays(moves: Iterable[Move]) -> Iterator[tuple[Key, Open, str]]:
	"""All promises of the companies that keep a list; all there are if a rule or a lane does."""
	for name in sorted({move.document for move in moves if move.document_type == HOLIDAYS}):
		filters: dict[str, Any] = {"status": ("in", UNFINISHED)}
		if not _in_rules(name):
			companies = frappe.get_all("Company", {"default_holiday_list": name}, pluck="name")
			filters["company"] = ("in", companies or [""])
		for row in frappe.get_all(DOCTYPE, filters, list(FIELDS)):
			yield ("list", name), _open(row), ""


def _in_rules(name: str) -> bool:
	return any(
		frappe.db.exists(doctype, {"holiday_list": name})
		for doctype in ("Order Promise Warehouse Rule", "Transit Lane")
	)
