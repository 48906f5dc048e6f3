"""Stock of items over any source, as the site tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused, hint
from otp_app.promises.arguments import text, texts, truth
from otp_app.promises.looking.entries import LABELS, Names
from otp_app.promises.looking.shown import items_shown, ledgers_of, with_components
from otp_app.service.backend import Fields
from otp_app.sources import Source

MAX_ITEMS = 100


def item_stock(
	source: Source, asked: Fields, now: datetime, codes_of: Callable[[str], list[str]]
) -> list[dict[str, Any]]:
	"""The items of the answer (docs/api.md); `codes_of` gives those of a Sales Order.

	Raises RequestRefused, and SourceUnavailable.
	"""
	order = text(asked.get("sales_order"), "sales_order")
	_refuse_quotation(asked)
	documents = bool(truth(asked.get("documents"), "documents"))
	warehouse = text(asked.get("warehouse"), "warehouse")
	codes = _codes(source, asked) or (codes_of(order)[:MAX_ITEMS] if order else [])
	_refuse_none(codes)
	excluding = Excluded("Sales Order", order) if order else None
	snapshot = source.snapshot(codes, excluding=excluding, documents=documents)
	_refuse_unknown(snapshot, codes, warehouse)
	wanted = with_components(snapshot, codes, lambda _code: True)
	ledgers = ledgers_of(snapshot, wanted, warehouse, now, lambda _name: True)
	return items_shown(snapshot, wanted, ledgers, {}, Names(None, {}, LABELS) if documents else None)


def _codes(source: Source, asked: Fields) -> list[str]:
	codes = list(dict.fromkeys([*texts(asked.get("items"), "items"), *_one_or_several(source, asked)]))
	if len(codes) > MAX_ITEMS:
		message = f"items has {len(codes)} items; one call takes at most {MAX_ITEMS}: ask several times."
		raise RequestRefused([Problem("TOO_MANY_ITEMS", message, "items")])
	return codes


def _refuse_none(codes: list[str]) -> None:
	if not codes:
		message = "items is missing: give item codes, or a sales_order."
		raise RequestRefused([Problem("MISSING_FIELD", message, "items")])


def _one_or_several(source: Source, asked: Fields) -> list[str]:
	"""A list of codes, one code, or several with commas between; a code may have a comma of its own."""
	given = asked.get("item_code")
	if isinstance(given, str) and "," in given and given not in source.snapshot([given]).items:
		given = given.split(",")
	return texts(given, "item_code")


def _refuse_quotation(asked: Fields) -> None:
	if asked.get("quotation"):
		message = "This source has no Quotations: leave quotation out, and give items."
		raise RequestRefused([Problem("UNKNOWN_QUOTATION", message, "quotation", UNKNOWN)])


def _refuse_unknown(snapshot: Snapshot, codes: list[str], warehouse: str | None) -> None:
	problems = [
		Problem("UNKNOWN_ITEM", f"There is no item {code}.", f"items[{index}]", UNKNOWN)
		for index, code in enumerate(codes)
		if code not in snapshot.items
	]
	if warehouse and warehouse not in snapshot.warehouses:
		message = f"There is no warehouse {warehouse}{hint(warehouse, snapshot.warehouses)}"
		problems.append(Problem("UNKNOWN_WAREHOUSE", message, "warehouse", UNKNOWN))
	if problems:
		raise RequestRefused(problems)
