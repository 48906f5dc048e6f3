"""Which items have to do with which: what moves one of them may move lines of the others.

Lines of an order that is shipped complete, and components of a bundle, get one date: if one of them is late, what is
kept for the others goes to somebody else. Nothing else ties items together.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, reduce
from operator import add

from pypika.functions import Abs

import frappe

from otp_app.engine.policy import Shipment
from otp_app.sources.site.sql import ITEMS, Statement, placeholder, statement
from otp_app.sources.site.world import read_world

# Beyond so many it takes less time to read the whole book.
MOST_ITEMS = 2000


@cache
def _same_order(db_type: str) -> Statement:
	"""Items on the open orders that have one of some items."""
	mine, other = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Sales Order Item").as_("other")
	packed = frappe.qb.DocType("Packed Item")
	component = frappe.qb.DocType("Packed Item").as_("component")
	is_open = (mine.docstatus == 1) & (mine.qty > mine.delivered_qty)
	also_open = (other.docstatus == 1) & (other.qty > other.delivered_qty)
	sold = frappe.qb.from_(mine).where(mine.item_code.isin(ITEMS) & is_open)
	in_bundles = (
		frappe.qb.from_(packed)
		.join(mine)
		.on(packed.parent_detail_docname == mine.name)
		.where(packed.item_code.isin(ITEMS) & is_open)
	)
	queries = []
	for query in (sold, in_bundles):
		both = query.join(other).on(other.parent == mine.parent).where(also_open)
		queries += [
			both.select(other.item_code).distinct(),
			both.join(component)
			.on(component.parent_detail_docname == other.name)
			.select(component.item_code)
			.distinct(),
		]
	return statement(queries)


@cache
def _same_bundle(db_type: str) -> Statement:
	"""Items that are sold in one bundle with one of some items, on an open order."""
	packed, line = frappe.qb.DocType("Packed Item"), frappe.qb.DocType("Sales Order Item")
	other = frappe.qb.DocType("Packed Item").as_("other")
	query = (
		frappe.qb.from_(packed)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.join(other)
		.on(other.parent_detail_docname == line.name)
		.where(packed.item_code.isin(ITEMS) & (line.docstatus == 1) & (line.qty > line.delivered_qty))
		.select(other.item_code)
		.distinct()
	)
	return statement([query])


@cache
def _in_warehouses(db_type: str) -> Statement:
	"""Items that some warehouses hold, await or owe."""
	bin = frappe.qb.DocType("Bin")
	kept = [
		Abs(qty)
		for qty in (bin.actual_qty, bin.ordered_qty, bin.planned_qty, bin.indented_qty, bin.reserved_qty)
	]
	query = (
		frappe.qb.from_(bin)
		.where(bin.warehouse.isin(placeholder("warehouses")))
		.where(reduce(add, kept) != 0)
		.select(bin.item_code)
		.distinct()
	)
	return statement([query])


def items_in(warehouses: Collection[str]) -> set[str]:
	"""The items that ERPNext's books have something of, in some warehouses; one query."""
	rows = _in_warehouses(frappe.db.db_type).rows(warehouses=tuple(sorted(warehouses)))
	return {item for (item,) in rows}


def tied_to(items: Collection[str]) -> set[str] | None:
	"""`items`, and all that a change of them may reach; None for more than 2,000 items.

	A query for each step outwards: one where nothing else is reached.
	"""
	complete = read_world(frappe.utils.getdate()).settings.shipment is Shipment.COMPLETE
	reading = (_same_order if complete else _same_bundle)(frappe.db.db_type)
	found, new = set(items), set(items)
	while new and len(found) <= MOST_ITEMS:
		# A line of free text has no item.
		new = {item for (item,) in reading.rows(items=tuple(sorted(new))) if item} - found
		found |= new
	return found if len(found) <= MOST_ITEMS else None
