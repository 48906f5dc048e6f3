"""What a site already owes, in stock UOM, summed by kind and day unless documents are asked for (docs/supplies-and-commitments.md).

Quantities and conditions are those of ERPNext's own formulas (get_reserved_qty and its kin), so that the books
reconcile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache, partial
from typing import Any

import frappe
from frappe.utils import cint, now_datetime

from otp_app.engine.facts import Commitment, CommitmentKind, Excluded, Withheld
from otp_app.sources.erpnext.commitments import Row, commitments_of, locked
from otp_app.sources.site import material_queries, sales_queries, transfer_queries
from otp_app.sources.site.commitment_rows import Variant
from otp_app.sources.site.mentions import ANY, Mention, Mentions, Needing, needed
from otp_app.sources.site.sql import Statement, statement

# What customers are owed, told apart as open lines.
BOOK = (CommitmentKind.SALES_ORDER, CommitmentKind.PACKED_ITEM)


def read_commitments(
	items: Collection[str], *, excluding: Excluded | None, documents: bool, mentions: Mentions = ANY
) -> list[Commitment]:
	"""All commitments of `items`, one query; those of `excluding` are left out, its reservations and holds too.

	`mentions`: what is known to name any of the items.
	"""
	own = excluding.name if excluding and excluding.doctype == "Sales Order" else None
	variant = Variant(frappe.db.db_type, own is not None, returns_are_settled(), documents)
	holds = tuple(excluding.holds) if excluding else ()
	# NULL in a list of names to leave out would leave out everything.
	values = {"items": tuple(items), "own": own, "own_holds": holds or ("",), "now": now_datetime()}
	found = commitment_statement(variant, mentions).rows(**values)
	return commitments_of(_rows(found), documents=documents)


def returns_are_settled() -> bool:
	"""Whether goods that came back are not owed again (Selling Settings)."""
	field = "dont_reserve_sales_order_qty_on_sales_return"
	return bool(cint(frappe.get_cached_value("Selling Settings", None, field)))


def read_owed_by_row(items: Collection[str]) -> list[Commitment]:
	"""What Sales Orders owe of `items`, one query: the commitments of kinds sales_order and packed_item, each told under
	the name of its row; those that no date is confirmed for, too."""
	variant = Variant(frappe.db.db_type, False, returns_are_settled(), documents=True, rows=True)
	rows = _rows(row_statement(variant).rows(items=tuple(items)))
	locks = [row for row in rows if row.locked_in is not None]
	owed = locked([row for row in rows if row.locked_in is None], locks)
	return [c for c in owed if c.kind in BOOK and c.withheld in (None, Withheld.UNCONFIRMED)]


@cache
def row_statement(variant: Variant) -> Statement:
	"""What Sales Orders owe, and what of it is reserved or picked; placeholder `items`."""
	return statement(
		[
			sales_queries.sales_orders(variant),
			sales_queries.packed_items(variant),
			sales_queries.reservations(variant),
			sales_queries.picked_lines(variant),
			sales_queries.picked_components(variant),
			transfer_queries.fetched_lines(variant),
			transfer_queries.fetched_components(variant),
		]
	)


def _rows(found: Iterable[tuple[Any, ...]]) -> list[Row]:
	return [Row(*row[:7], float(row[7] or 0), float(row[8] or 0)) for row in found]


@cache
def commitment_statement(variant: Variant, mentions: Mentions) -> Statement:
	"""All kinds of commitment in one statement; placeholders `items`, `own_holds`, `now` and, with an order left out, `own`."""
	return statement(needed(_queries(variant), mentions))


def _queries(variant: Variant) -> Iterator[Needing]:
	"""Each query with what an item must be mentioned in for it to find anything."""
	packed, picked = frozenset({Mention.PACKED}), frozenset({Mention.PICKED})
	fetched, material = frozenset({Mention.FETCHED}), frozenset({Mention.MATERIAL})
	yield partial(sales_queries.sales_orders, variant), frozenset()
	yield partial(sales_queries.packed_items, variant), packed
	yield partial(sales_queries.reservations, variant), frozenset({Mention.RESERVED})
	yield partial(sales_queries.picked_lines, variant), picked
	yield partial(sales_queries.picked_components, variant), picked | packed
	yield partial(transfer_queries.fetched_lines, variant), fetched
	yield partial(transfer_queries.fetched_components, variant), fetched | packed
	yield partial(sales_queries.till_sales, variant), frozenset({Mention.TILL})
	yield partial(sales_queries.till_bundles, variant), packed
	yield partial(sales_queries.holds, variant), frozenset({Mention.HELD})
	yield partial(material_queries.work_order_materials, variant), material
	yield partial(material_queries.subcontracting_materials, variant), frozenset({Mention.SUPPLIED})
	yield (
		partial(material_queries.old_subcontracting_materials, variant),
		frozenset({Mention.SUPPLIED_BEFORE}),
	)
	yield material_queries.plan_materials, frozenset({Mention.PLANNED_MATERIAL})
	yield material_queries.plan_sub_assemblies, frozenset({Mention.PLANNED_PART})
	yield material_queries.taken_over, material
	yield partial(material_queries.material_issues, variant), frozenset({Mention.REQUESTED})
