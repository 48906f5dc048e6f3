"""What customers are owed: order lines, bundles' components, reserved and picked stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import NullValue, Term

import frappe
from frappe.query_builder import Case

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.erpnext.commitments import NOT_IN_BIN, PACKED, UNCONFIRMED, UNPROTECTED
from otp_app.sources.erpnext.statuses import UNPROTECTED_SALES_ORDERS
from otp_app.sources.site.commitment_rows import Variant
from otp_app.sources.site.sql import ITEMS, Least, negative, placeholder, positive, when

# Until when the pegs of a submitted order hold what is to be fetched from another warehouse: until it has been moved.
UNTIL_FETCHED = datetime(2999, 12, 31)


def undelivered(line: Any, variant: Variant) -> Term:
	"""The share of a Sales Order line that is still to be delivered, 0 to 1 (less when over-delivered).

	Returned goods are owed again, unless the Selling Settings say otherwise.
	"""
	left = line.qty - line.delivered_qty
	if variant.returns_are_settled:
		left = left - line.returned_qty
	return left / line.qty


def _not_own(query: Any, line: Any, variant: Variant) -> Any:
	return query.where(line.parent != placeholder("own")) if variant.leaves_out_an_order else query


def open_lines(query: Any, line: Any, variant: Variant) -> Any:
	"""Keeps the lines that ERPNext counts as demand.

	Orders on hold or closed are few, and a line knows itself that it is submitted: looking up the order of each line
	would double the time of an item with very many lines.
	"""
	order = frappe.qb.DocType("Sales Order")
	unprotected = (
		frappe.qb.from_(order)
		.select(order.name)
		.where((order.docstatus == 1) & order.status.isin(UNPROTECTED_SALES_ORDERS))
	)
	query = query.where(
		(line.docstatus == 1)
		& line.parent.notin(unprotected)
		& (Coalesce(line.delivered_by_supplier, 0) == 0)
		& (line.qty > 0)
		& (line.qty >= line.delivered_qty)
	)
	return _not_own(query, line, variant)


def _unconfirmed(line: Any) -> Term:
	return when(line.otp_unconfirmed == 1, UNCONFIRMED)


def sales_orders(variant: Variant) -> Any:
	line = frappe.qb.DocType("Sales Order Item")
	query = frappe.qb.from_(line).where(line.item_code.isin(ITEMS) & line.warehouse.isnotnull())
	query = open_lines(query, line, variant)
	qty = line.stock_qty * undelivered(line, variant)
	keys = (line.item_code, line.warehouse, line.delivery_date, variant.document(line))
	return variant.grouping.select(
		query, CommitmentKind.SALES_ORDER.value, keys, positive(qty), negative(qty), mark=_unconfirmed(line)
	)


def packed_items(variant: Variant) -> Any:
	line = frappe.qb.DocType("Sales Order Item")
	packed = frappe.qb.DocType("Packed Item")
	query = (
		frappe.qb.from_(packed)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.where(
			packed.item_code.isin(ITEMS)
			& (packed.parenttype == "Sales Order")
			& (packed.item_code != packed.parent_item)
			& packed.warehouse.isnotnull()
		)
	)
	qty = packed.qty * undelivered(line, variant)
	keys = (packed.item_code, packed.warehouse, line.delivery_date, variant.document(packed))
	query = open_lines(query, line, variant)
	return variant.grouping.select(
		query, CommitmentKind.PACKED_ITEM.value, keys, positive(qty), negative(qty), mark=_unconfirmed(line)
	)


def reservations(variant: Variant) -> Any:
	"""Reserved stock is locked even when its order is on hold, though ERPNext's Bin then counts no demand."""
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	entry = frappe.qb.DocType("Stock Reservation Entry")
	query = (
		frappe.qb.from_(entry)
		.join(line)
		.on(entry.voucher_detail_no == line.name)
		.join(order)
		.on(line.parent == order.name)
		.where(
			entry.item_code.isin(ITEMS)
			& (entry.docstatus == 1)
			& (entry.voucher_type == "Sales Order")
			& (entry.reserved_qty > entry.delivered_qty)
		)
	)
	query = _not_own(query, line, variant)
	keys = (line.item_code, line.warehouse, line.delivery_date, variant.document(line))
	return variant.grouping.select(
		query,
		CommitmentKind.RESERVATION.value,
		keys,
		entry.reserved_qty - entry.delivered_qty,
		mark=when(order.status.isin(UNPROTECTED_SALES_ORDERS), UNPROTECTED),
		locked_in=entry.warehouse,
	)


def _picks(pick: Any, parent: Any) -> Any:
	return (
		frappe.qb.from_(pick)
		.join(parent)
		.on(pick.parent == parent.name)
		.where(
			pick.item_code.isin(ITEMS)
			& (parent.docstatus == 1)
			& (parent.purpose == "Delivery")
			& (parent.status != "Completed")
			& (pick.picked_qty > pick.delivered_qty + pick.stock_reserved_qty)
			& pick.warehouse.isnotnull()
		)
	)


def _still_picked(pick: Any, owed: Term) -> Term:
	"""What of a pick is locked: no more than its line still owes.

	A pick list stays open when the goods leave by a delivery note made from the order, and counts bundles, not
	components, as delivered.
	"""
	return positive(Least(pick.picked_qty - pick.delivered_qty - pick.stock_reserved_qty, owed))


def picked_lines(variant: Variant) -> Any:
	line = frappe.qb.DocType("Sales Order Item")
	pick, parent = frappe.qb.DocType("Pick List Item"), frappe.qb.DocType("Pick List")
	query = (
		_picks(pick, parent)
		.join(line)
		.on(pick.sales_order_item == line.name)
		.where(line.item_code == pick.item_code)
	)
	keys = (line.item_code, line.warehouse, line.delivery_date, variant.document(line))
	qty = _still_picked(pick, line.stock_qty * undelivered(line, variant))
	query = open_lines(query, line, variant)
	return variant.grouping.select(query, CommitmentKind.PICK.value, keys, qty, locked_in=pick.warehouse)


def picked_components(variant: Variant) -> Any:
	line = frappe.qb.DocType("Sales Order Item")
	pick, parent = frappe.qb.DocType("Pick List Item"), frappe.qb.DocType("Pick List")
	packed = frappe.qb.DocType("Packed Item")
	query = (
		_picks(pick, parent)
		.join(packed)
		.on(pick.product_bundle_item == packed.name)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
	)
	keys = (packed.item_code, packed.warehouse, line.delivery_date, variant.document(packed))
	qty = _still_picked(pick, packed.qty * undelivered(line, variant))
	query = open_lines(query, line, variant)
	return variant.grouping.select(
		query, CommitmentKind.PICK.value, keys, qty, mark=PACKED, locked_in=pick.warehouse
	)


def till_sales(variant: Variant) -> Any:
	"""What was sold at a till and has not left the books yet; ERPNext counts it in no Bin."""
	invoice, line = frappe.qb.DocType("POS Invoice"), frappe.qb.DocType("POS Invoice Item")
	query = (
		frappe.qb.from_(line)
		.join(invoice)
		.on(line.parent == invoice.name)
		.where(line.item_code.isin(ITEMS) & line.warehouse.isnotnull() & _unconsolidated(invoice))
	)
	keys = (line.item_code, line.warehouse, invoice.posting_date, invoice.name)
	return variant.grouping.select(
		query, CommitmentKind.POS_INVOICE.value, keys, positive(line.stock_qty), mark=NOT_IN_BIN
	)


def till_bundles(variant: Variant) -> Any:
	"""The components of bundles sold at a till."""
	invoice, packed = frappe.qb.DocType("POS Invoice"), frappe.qb.DocType("Packed Item")
	query = (
		frappe.qb.from_(packed)
		.join(invoice)
		.on(packed.parent == invoice.name)
		.where(
			packed.item_code.isin(ITEMS)
			& (packed.parenttype == "POS Invoice")
			& packed.warehouse.isnotnull()
			& _unconsolidated(invoice)
		)
	)
	keys = (packed.item_code, packed.warehouse, invoice.posting_date, invoice.name)
	return variant.grouping.select(
		query, CommitmentKind.POS_INVOICE.value, keys, positive(packed.qty), mark=NOT_IN_BIN
	)


def _unconsolidated(invoice: Any) -> Any:
	return (invoice.docstatus == 1) & (Coalesce(invoice.consolidated_invoice, "") == "")


def holds(variant: Variant) -> Any:
	"""What is held for somebody, until the minute it expires: no job needs to have run."""
	peg = frappe.qb.DocType("Order Promise Peg")
	# What is to be fetched from elsewhere is held there, from today.
	warehouse = Coalesce(peg.from_warehouse, peg.warehouse)
	due = Case().when(peg.from_warehouse.isnull(), peg.delivery_date).else_(NullValue())
	query = frappe.qb.from_(peg).where(
		peg.item_code.isin(ITEMS)
		& (peg.held_until > placeholder("now"))
		& (peg.held_until < UNTIL_FETCHED)
		& peg.parent.notin(placeholder("own_holds"))
	)
	keys = (peg.item_code, warehouse, due, peg.parent)
	return variant.grouping.select(query, CommitmentKind.HOLD.value, keys, peg.qty, mark=NOT_IN_BIN)
