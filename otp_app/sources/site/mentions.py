"""Whether the rarer kinds of document name any of the items at all: those that do not are left out of the large statements.

MariaDB takes a third of a millisecond to plan one query of a union, whether it finds something or not; a look into an index takes an eighth
of that. Most items are in no production plan, at no till and in no bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from pypika.terms import ExistsCriterion

import frappe

from otp_app.sources.site.sales_queries import UNTIL_FETCHED
from otp_app.sources.site.sql import ITEMS, constant

# The kind of the rows that mention_queries() select.
MENTIONED = "mentioned"


class Mention(str, Enum):
	"""A kind of row in which an item can be named; what the row says of it is not looked at."""

	PACKED = "packed"
	RESERVED = "reserved"
	PICKED = "picked"
	HELD = "held"
	FETCHED = "fetched"
	TILL = "till"
	MATERIAL = "material"
	SUPPLIED = "supplied"
	SUPPLIED_BEFORE = "supplied_before"
	PLANNED_MATERIAL = "planned_material"
	PLANNED_PART = "planned_part"
	REQUESTED = "requested"
	MADE = "made"
	SUBCONTRACTED = "subcontracted"


# Where each is looked up, by which field; what is held and what is to be fetched are both pegs of promises.
PEG = "Order Promise Peg"
PLACES = {
	Mention.PACKED: ("Packed Item", "item_code"),
	Mention.RESERVED: ("Stock Reservation Entry", "item_code"),
	Mention.PICKED: ("Pick List Item", "item_code"),
	Mention.HELD: (PEG, "item_code"),
	Mention.FETCHED: (PEG, "item_code"),
	Mention.TILL: ("POS Invoice Item", "item_code"),
	Mention.MATERIAL: ("Work Order Item", "item_code"),
	Mention.SUPPLIED: ("Subcontracting Order Supplied Item", "rm_item_code"),
	Mention.SUPPLIED_BEFORE: ("Purchase Order Item Supplied", "rm_item_code"),
	Mention.PLANNED_MATERIAL: ("Material Request Plan Item", "item_code"),
	Mention.PLANNED_PART: ("Production Plan Sub Assembly Item", "production_item"),
	Mention.REQUESTED: ("Material Request Item", "item_code"),
	Mention.MADE: ("Work Order", "production_item"),
	Mention.SUBCONTRACTED: ("Subcontracting Order Item", "item_code"),
}
Mentions = frozenset[Mention]
# For who has not looked: nothing is left out.
ANY: Mentions = frozenset(Mention)

# A query, and the mentions without which it finds nothing.
Needing = tuple[Callable[[], Any], Mentions]


def mention_queries() -> list[Any]:
	"""For each Mention a row (MENTIONED, mention, "", 1 or 0); placeholder `items`."""
	return [
		frappe.qb.select(
			constant(MENTIONED, "kind"),
			constant(mention.value, "owner"),
			constant("", "name"),
			_exists(mention),
		)
		for mention in Mention
	]


def _exists(mention: Mention) -> Any:
	doctype, field = PLACES[mention]
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(1).where(table[field].isin(ITEMS))
	if mention is Mention.HELD:
		query = query.where(table.held_until < UNTIL_FETCHED)
	if mention is Mention.FETCHED:
		query = query.where(table.held_until == UNTIL_FETCHED)
	return ExistsCriterion(query)


def needed(queries: Iterable[Needing], mentions: Mentions) -> list[Any]:
	"""Those of the queries that may find something."""
	return [make() for make, wanted in queries if wanted <= mentions]
