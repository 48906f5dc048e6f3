"""Available to promise by item, warehouse and time: the engine's own ledger, read at the end of each bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import frappe
from frappe import _

from otp_app.engine.books import Books
from otp_app.engine.facts import Item, Snapshot, SupplyKind
from otp_app.engine.ledger import levels
from otp_app.engine.protection import protected_from
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms
from otp_app.promises.site import PermittedSource
from otp_app.reports.buckets import Bucket, atp_at_ends
from otp_app.reports.items import items_to_show


@dataclass(frozen=True, slots=True)
class Place:
	"""An item in a warehouse: what lies there, and its ATP at the end of each bucket; in stock units."""

	item_code: str
	warehouse: str
	uom: str
	on_hand: float
	atp: tuple[float, ...]


def available(
	company: str,
	spans: Sequence[Bucket],
	*,
	items: Collection[str] = (),
	item_group: str | None = None,
	warehouse: str | None = None,
) -> list[Place]:
	"""Every item in every warehouse of `company` that sells and has stock, orders or commitments of it.

	An item that is asked for and has none of these is shown in its default warehouse; of a bundle, the components.
	The number of queries does not depend on that of items. Raises ValidationError.
	"""
	source = PermittedSource()
	selling = _selling(source.snapshot(()), company, warehouse)
	codes = items_to_show(items, item_group, selling)
	snapshot = source.snapshot(codes)
	wanted = [part for code in codes for part in _parts(snapshot, code)] if items else codes
	return list(_places(snapshot, list(dict.fromkeys(wanted)), selling, spans, asked=bool(items)))


def _selling(snapshot: Snapshot, company: str, warehouse: str | None) -> list[str]:
	"""The warehouses that something is promised from. Raises ValidationError for one chosen that is none of them."""
	if warehouse is None:
		names: Collection[str] = sorted(snapshot.warehouses)
	elif warehouse in snapshot.warehouses:
		names = snapshot.leaves(warehouse)
	else:
		frappe.throw(_("There is no {0} {1}.").format(_("Warehouse"), warehouse))
	facts = [snapshot.warehouses[name] for name in names]
	selling = [at.name for at in facts if at.company == company and at.sells]
	if warehouse is not None and not selling:
		message = _(
			"Nothing is promised from {0}: it belongs to another company, is kept out of sale or disabled, or you "
			"may not see it. Choose another warehouse, or see the warehouse rules in Order Promise Settings."
		)
		frappe.throw(message.format(warehouse), title=_("No Such Warehouse for Sale"))
	return selling


def _parts(snapshot: Snapshot, code: str) -> list[str]:
	item = snapshot.items.get(code)
	if item is None:
		return []
	return [part.item_code for part in item.components] or [code]


def _places(
	snapshot: Snapshot, codes: Sequence[str], selling: Sequence[str], spans: Sequence[Bucket], *, asked: bool
) -> Iterator[Place]:
	terms = Terms(snapshot, Rules(), snapshot.taken_at)
	books = Books.of(protected_from(snapshot, None, None, terms.today), terms)
	known = {(fact.item_code, fact.warehouse) for fact in (*snapshot.supplies, *snapshot.commitments)}
	for code in codes:
		item = snapshot.items.get(code)
		if item is None:
			continue
		there = [name for name in selling if (code, name) in known]
		if asked and not there:
			there = _home(snapshot, item, selling)
		for name in there:
			yield _place(books, item, name, spans)


def _home(snapshot: Snapshot, item: Item, selling: Sequence[str]) -> list[str]:
	"""Where an item without stock or orders would lie."""
	own = [name for name in selling if item.default_warehouse(snapshot.warehouses[name].company) == name]
	return own or list(selling[:1])


def _place(books: Books, item: Item, warehouse: str, spans: Sequence[Bucket]) -> Place:
	snapshot, terms = books.snapshot, books.terms
	digits = snapshot.precision
	ledger = levels(books.arrivals(item, warehouse), books.owed(item, warehouse))
	atp = atp_at_ends(ledger, spans, terms.horizon, snapshot.tolerance)
	here = books.supplies(item.item_code, warehouse)
	on_hand = sum(supply.qty for supply in here if supply.kind is SupplyKind.ON_HAND)
	return Place(
		item.item_code,
		warehouse,
		item.stock_uom,
		round(on_hand, digits),
		tuple(round(qty, digits) for qty in atp),
	)
