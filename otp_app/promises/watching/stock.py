"""What documents that move stock do to items in warehouses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from otp_app.promises.watching.comparing import NOISE
from otp_app.promises.watching.documents import Need, frees, loses, takes
from otp_app.promises.watching.moves import Move

# Of a receipt: the type of the orders that it brings something of, and the fields of its rows that name order and row.
ORDERED = {
	"Purchase Receipt": ("Purchase Order", "purchase_order", "purchase_order_item"),
	"Purchase Invoice": ("Purchase Order", "purchase_order", "po_detail"),
	"Subcontracting Receipt": ("Subcontracting Order", "subcontracting_order", "subcontracting_order_item"),
}


def received(doc: Document) -> Iterator[Move]:
	"""A receipt brings its rows, or sends them back; what is still to come of its orders came short."""
	rows = [(row.item_code, row.warehouse, abs(_stock_qty(row))) for row in doc.items if row.warehouse]
	if not rows:
		return
	if doc.is_return:
		for move in takes(doc, "returned", rows):
			yield Move(doc.doctype, doc.name, "returned", True, move.values[:1], move.pools)
		return
	yield frees(doc, rows)
	yield from _short(doc)


def receipt_cancelled(doc: Document) -> Iterator[Move]:
	"""What it has brought is not there any more; what it has sent back is."""
	rows = [(row.item_code, row.warehouse, 0.0) for row in doc.items if row.warehouse]
	if rows:
		yield frees(doc, rows) if doc.is_return else loses(doc, rows)


def _short(doc: Document) -> Iterator[Move]:
	"""Rows of orders that have brought something, and not all."""
	doctype, order_field, row_field = ORDERED[doc.doctype]
	names = {row.get(row_field): row for row in doc.items if row.get(row_field)}
	fields = ["name", "item_code", "qty", "received_qty", "conversion_factor"]
	for ordered in frappe.get_all(f"{doctype} Item", {"name": ("in", list(names) or [""])}, fields):
		row = names[ordered.name]
		factor = flt(ordered.conversion_factor) or 1 if doctype == "Purchase Order" else 1
		came, wanted = flt(ordered.received_qty) * factor, flt(ordered.qty) * factor
		if row.warehouse and came < wanted - NOISE:
			pools = frozenset(((ordered.item_code, row.warehouse),))
			yield Move(doctype, row.get(order_field), "short", True, (came, wanted), pools)


def entered(doc: Document) -> Iterator[Move]:
	"""A Stock Entry takes from one warehouse and brings into another."""
	gone, come = _sides(doc)
	yield from takes(doc, "took", gone)
	if come:
		yield frees(doc, come)


def entry_cancelled(doc: Document) -> Iterator[Move]:
	"""The other way round."""
	gone, come = _sides(doc)
	if gone:
		yield frees(doc, gone)
	if come:
		yield loses(doc, come)


def _sides(doc: Document) -> tuple[list[Need], list[Need]]:
	gone = [(row.item_code, row.s_warehouse, flt(row.transfer_qty)) for row in doc.items if row.s_warehouse]
	come = [(row.item_code, row.t_warehouse, flt(row.transfer_qty)) for row in doc.items if row.t_warehouse]
	return gone, come


def counted(doc: Document) -> Iterator[Move]:
	"""A stock count has found less or more than there was in the books."""
	less, more = _differences(doc)
	yield from takes(doc, "counted", less)
	if more:
		yield frees(doc, more)


def count_cancelled(doc: Document) -> Iterator[Move]:
	"""The other way round."""
	less, more = _differences(doc)
	if less:
		yield frees(doc, less)
	if more:
		yield loses(doc, more)


def _differences(doc: Document) -> tuple[list[Need], list[Need]]:
	rows = [(row.item_code, row.warehouse, flt(row.qty) - flt(row.current_qty)) for row in doc.items]
	less = [(item, warehouse, -qty) for item, warehouse, qty in rows if qty < -NOISE]
	return less, [row for row in rows if row[2] > NOISE]


def reserved(entry: Document) -> Iterator[Move]:
	"""A Stock Reservation Entry keeps more for its order than before, or less."""
	before = entry.get_doc_before_save()
	was, now = (
		flt(state.reserved_qty) if state and state.docstatus == 1 else 0.0 for state in (before, entry)
	)
	pool = (entry.item_code, entry.warehouse, now - was)
	if now > was + NOISE:
		yield from takes(entry, "reserved", [pool], entry.voucher_no)
	elif now < was - NOISE:
		yield frees(entry, [pool])


def picked(doc: Document) -> Iterator[Move]:
	"""A Pick List keeps what was picked for its orders."""
	by_order: dict[str | None, list[Need]] = defaultdict(list)
	for row in doc.locations:
		by_order[row.sales_order or None].append((row.item_code, row.warehouse, flt(row.picked_qty)))
	for order, rows in by_order.items():
		yield from takes(doc, "reserved", rows, order)


def pick_cancelled(doc: Document) -> Iterator[Move]:
	"""It is free again."""
	if rows := [(row.item_code, row.warehouse, 0.0) for row in doc.locations if row.warehouse]:
		yield frees(doc, rows)


def delivered(doc: Document, order_field: str) -> Iterator[Move]:
	"""A delivery takes what its order was to take anyway, unless it is early, too much, or from another warehouse."""
	rows = [row for row in doc.items if row.item_code]
	if doc.is_return:
		if needs := [need for row in rows for need in _taken(doc, row)]:
			yield frees(doc, needs)
		return
	planned = _as_planned(doc, rows)
	by_order: dict[str | None, list[Need]] = defaultdict(list)
	for row in rows:
		if row.so_detail not in planned:
			by_order[row.get(order_field) or None] += _taken(doc, row)
	for order, needs in by_order.items():
		yield from takes(doc, "took", needs, order)


def delivery_cancelled(doc: Document) -> Iterator[Move]:
	"""What was delivered is back."""
	if needs := [need for row in doc.items if row.item_code for need in _taken(doc, row)]:
		yield frees(doc, needs)


def _taken(doc: Document, row: Any) -> list[Need]:
	"""What a row takes out of warehouses: the components of a bundle, else itself."""
	packed = [part for part in doc.get("packed_items") or () if part.parent_detail_docname == row.name]
	if packed:
		return [(part.item_code, part.warehouse, flt(part.qty)) for part in packed if part.warehouse]
	return [(row.item_code, row.warehouse, abs(_stock_qty(row)))] if row.warehouse else []


def _as_planned(doc: Document, rows: Sequence[Any]) -> set[str]:
	"""Rows of Sales Orders of which no more than was ordered is delivered, not before its day and from its warehouse."""
	names = {row.so_detail: row for row in rows if row.so_detail}
	if not names:
		return set()
	fields = ["name", "qty", "delivered_qty", "warehouse", "delivery_date"]
	ordered = frappe.get_all("Sales Order Item", {"name": ("in", list(names))}, fields)
	today = frappe.utils.getdate(doc.posting_date)
	return {
		row.name
		for row in ordered
		if row.warehouse == names[row.name].warehouse
		and flt(row.delivered_qty) <= flt(row.qty) + NOISE
		and (row.delivery_date is None or row.delivery_date <= today)
	}


def ordered(order: Document) -> Iterator[Move]:
	"""A Sales Order that was not checked, or cannot be kept, may need what others were promised."""
	needs = [need for row in order.items if row.item_code for need in _taken(order, row)]
	yield from takes(order, "needs", needs, order.name)


def order_changed(order: Document) -> Iterator[Move]:
	"""A Sales Order that is held, closed or cancelled needs nothing; one that goes on does again."""
	before = order.get_doc_before_save()
	if before is None or before.docstatus == 0:
		return
	was, now = (_is_open(state) for state in (before, order))
	if was and not now:
		yield from _free(order)
	elif now and not was:
		yield from ordered(order)


def _free(order: Document) -> Iterable[Move]:
	needs = [need for row in order.items if row.item_code for need in _taken(order, row)]
	return [frees(order, needs)] if needs else []


def _is_open(order: Document) -> bool:
	return order.docstatus == 1 and order.status not in ("Closed", "On Hold")


def _stock_qty(row: Any) -> float:
	return flt(row.qty) * (flt(row.get("conversion_factor")) or 1)
