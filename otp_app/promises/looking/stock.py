"""What there is of an item, warehouse by warehouse, and what can be promised of it from each day on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.engine.problems import (
	FORBIDDEN,
	UNAVAILABLE,
	UNKNOWN,
	Problem,
	RequestRefused,
	SourceUnavailable,
)
from otp_app.promises.looking.events import names_in
from otp_app.promises.looking.shown import items_shown, ledgers_of, with_components
from otp_app.promises.site import PermittedSource, may_see, site_now


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
	wanted = with_components(snapshot, question.items, lambda code: may_see("Item", code))
	item_names = dict(frappe.get_all("Item", {"name": ("in", wanted)}, ["name", "item_name"], as_list=True))
	ledgers = ledgers_of(
		snapshot, wanted, question.warehouse, site_now(), lambda name: _may_see_warehouse(snapshot, name)
	)
	names = names_in(ledgers) if question.documents else None
	return items_shown(snapshot, wanted, ledgers, item_names, names)


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


def _may_see_warehouse(snapshot: Snapshot, name: str) -> bool:
	return may_see("Warehouse", name) and may_see("Company", snapshot.warehouses[name].company)
