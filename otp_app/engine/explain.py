"""The ledger of one item in one warehouse, event by event: what a person checks a promise against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from otp_app.engine.books import Books
from otp_app.engine.capable.claims import Taken
from otp_app.engine.capable.making import Maker
from otp_app.engine.capable.tree import Requirement, settled
from otp_app.engine.facts import Item, Snapshot, Withheld
from otp_app.engine.ledger import Level, levels
from otp_app.engine.promise import DOCTYPES
from otp_app.engine.protection import protected_from
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms


@dataclass(frozen=True, slots=True)
class Entry:
	"""One supply (positive) or commitment (negative), in stock units; `due` is the date its document has.

	`day` is when it counts in the ledger, None if it does not (`withheld` says why; "overdue" for a commitment that is
	older than the settings care for).
	"""

	day: date | None
	kind: str
	qty: float
	document: str | None
	doctype: str | None
	party: str | None
	due: date | None
	withheld: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
	"""All entries by date, and net and ATP at the end of each day on which something counts.

	`sells` is False for a warehouse that nothing is promised from (in transit, kept out of sale, disabled).
	"""

	item_code: str
	warehouse: str
	uom: str
	sells: bool
	today: date
	entries: tuple[Entry, ...]
	levels: tuple[Level, ...]


def explain(snapshot: Snapshot, item_code: str, warehouse: str, now: datetime) -> Explanation:
	"""The ledger of an item in a warehouse at `now` (aware), for a customer that nothing is protected for. Raises KeyError for an unknown item or warehouse."""
	terms = Terms(snapshot, Rules(), now)
	books = Books.of(protected_from(snapshot, None, None, terms.today), terms)
	item = snapshot.items[item_code]
	entries = [*_supplies(books, item, warehouse), *_commitments(books, item, warehouse)]
	entries.sort(key=lambda e: (e.day or date.max, e.qty < 0, e.kind, e.document or "", e.qty))
	running = levels(books.arrivals(item, warehouse), books.owed(item, warehouse))
	sells = snapshot.warehouses[warehouse].sells
	return Explanation(
		item_code, warehouse, item.stock_uom, sells, terms.today, tuple(entries), tuple(running)
	)


def requirements(
	snapshot: Snapshot, item_code: str, qty: float, warehouse: str, now: datetime
) -> tuple[Requirement, ...]:
	"""How `qty` stock units of an item can come to be in a warehouse: what ATP covers, and the tree of the rest; for a customer
	that nothing is protected for.

	Raises KeyError for an unknown item or warehouse.
	"""
	item = snapshot.items[item_code]
	mode = item.mode or snapshot.settings.mode
	facts = replace(snapshot, items={**snapshot.items, item_code: replace(item, mode=mode)})
	terms = Terms(facts, Rules(), now)
	maker = Maker(Books.of(protected_from(facts, None, None, terms.today), terms))
	met = maker.need(item_code, qty, facts.warehouses[warehouse], Taken())
	last = met.ready
	return tuple(settled(replace(node, critical=moment == last)) for node, moment in met.parts)


def _supplies(books: Books, item: Item, warehouse: str) -> Iterator[Entry]:
	at = books.snapshot.warehouses[warehouse]
	for supply in books.supplies(item.item_code, warehouse):
		withheld = books.withheld(supply)
		yield Entry(
			day=None if withheld else books.terms.material_date(supply, item, at),
			kind=supply.kind.value,
			qty=supply.qty,
			document=supply.document,
			doctype=DOCTYPES.get(supply.kind),
			party=supply.party,
			due=supply.due,
			withheld=withheld.value if withheld else None,
		)


def _commitments(books: Books, item: Item, warehouse: str) -> Iterator[Entry]:
	for commitment in books.commitments(item, warehouse):
		counts = books.counts(commitment)
		yield Entry(
			day=books.owed_on(commitment) if counts else None,
			kind=commitment.kind.value,
			qty=-commitment.qty,
			document=commitment.document,
			doctype=None,
			party=None,
			due=commitment.due,
			withheld=None if counts else _why_not(commitment.withheld),
		)


def _why_not(withheld: Withheld | None) -> str:
	return withheld.value if withheld else "overdue"
