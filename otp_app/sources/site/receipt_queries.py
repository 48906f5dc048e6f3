"""Lines that were ordered from suppliers, and their receipts, as the history counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pypika.functions import Coalesce

import frappe

# Of Purchase Orders of which something is to come, and not on hold. There is an index on it, and most orders are over.
TO_RECEIVE = ("To Receive and Bill", "To Receive")
# A share of a line that is less than this is what rounding has left.
NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Receipts:
	"""A query for receipts of order lines that are part of the history, and the terms to select and limit it by."""

	ordered_by: str  # doctype of the order
	doctype: str  # of the receipt
	query: Any
	order: Any
	line: Any
	item: Any
	receipt: Any
	promised: Any
	# of the order line's quantity, from 0 to 1
	share: Any

	@property
	def arrived(self) -> Any:
		"""The day of posting."""
		return self.receipt.posting_date


def purchase_receipts(doctype: str, link: str) -> Receipts:
	"""Receipts of purchase order lines: what was accepted, on the day of posting. What went back had arrived, too.

	`doctype` is Purchase Receipt or Purchase Invoice, `link` the field of its items that names the order line.
	Goods that were there before they were ordered were written down afterwards.
	"""
	receipt, got = frappe.qb.DocType(doctype), frappe.qb.DocType(f"{doctype} Item")
	order, line = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	item = frappe.qb.DocType("Item")
	promised = Coalesce(line.expected_delivery_date, line.schedule_date)
	start = (
		frappe.qb.from_(got)
		.join(receipt)
		.on(got.parent == receipt.name)
		.join(line)
		.on(got[link] == line.name)
	)
	query = _purchase_lines(start, line, order, item, promised)
	query = query.where(_taken_in(receipt, got, order))
	if doctype == "Purchase Invoice":
		query = query.where(receipt.update_stock == 1)
	# ERPNext keeps the receipt to the unit of the order.
	share = got.qty / line.qty
	return Receipts("Purchase Order", doctype, query, order, line, item, receipt, promised, share)


def subcontracting_receipts() -> Receipts:
	"""The same of subcontracting orders."""
	receipt, got = (
		frappe.qb.DocType("Subcontracting Receipt"),
		frappe.qb.DocType("Subcontracting Receipt Item"),
	)
	order, line = frappe.qb.DocType("Subcontracting Order"), frappe.qb.DocType("Subcontracting Order Item")
	item = frappe.qb.DocType("Item")
	promised = _subcontracting_promised(order, line)
	start = (
		frappe.qb.from_(got)
		.join(receipt)
		.on(got.parent == receipt.name)
		.join(line)
		.on(got.subcontracting_order_item == line.name)
	)
	query = _subcontracted_lines(start, line, order, item, promised)
	query = query.where(_taken_in(receipt, got, order))
	share, doctype = got.qty / line.qty, "Subcontracting Receipt"
	return Receipts("Subcontracting Order", doctype, query, order, line, item, receipt, promised, share)


@dataclass(frozen=True, slots=True)
class Awaited:
	"""A query for order lines that are still to come, and the terms to select and limit it by."""

	query: Any
	order: Any
	line: Any
	item: Any
	promised: Any
	# of the line's quantity, from 0 to 1
	share: Any


def awaited_purchases() -> Awaited:
	"""Purchase order lines that are open. What was sent back is not awaited: it had come."""
	order, line = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	item = frappe.qb.DocType("Item")
	promised = Coalesce(line.expected_delivery_date, line.schedule_date)
	share = (line.qty - line.received_qty - Coalesce(line.returned_qty, 0)) / line.qty
	query = _purchase_lines(frappe.qb.from_(line), line, order, item, promised).where(
		order.status.isin(TO_RECEIVE) & (share > NOISE)
	)
	return Awaited(query, order, line, item, promised, share)


def awaited_subcontracting() -> Awaited:
	"""Subcontracting order lines that are open, as `awaited_purchases`."""
	order, line = frappe.qb.DocType("Subcontracting Order"), frappe.qb.DocType("Subcontracting Order Item")
	item = frappe.qb.DocType("Item")
	promised = _subcontracting_promised(order, line)
	share = (line.qty - line.received_qty - Coalesce(line.returned_qty, 0)) / line.qty
	query = _subcontracted_lines(frappe.qb.from_(line), line, order, item, promised).where(
		order.status.notin(("Closed", "Completed")) & (share > NOISE)
	)
	return Awaited(query, order, line, item, promised, share)


def _taken_in(receipt: Any, got: Any, order: Any) -> Any:
	submitted = (receipt.docstatus == 1) & (receipt.is_return == 0)
	return submitted & (got.qty > 0) & (receipt.posting_date >= order.transaction_date)


def _purchase_lines(start: Any, line: Any, order: Any, item: Any, promised: Any) -> Any:
	"""Order lines of goods that a supplier sends to a warehouse, promised on a day that was not over when they were ordered.

	What a supplier ships to the customer itself has no receipt, and a subcontractor's goods have orders of their own.
	"""
	made_elsewhere = (order.is_subcontracted == 1) & (order.is_old_subcontracting_flow == 0)
	return (
		start.join(order)
		.on(line.parent == order.name)
		.join(item)
		.on(line.item_code == item.name)
		.where(
			(order.docstatus == 1)
			& (line.qty > 0)
			& (line.delivered_by_supplier == 0)
			& (item.is_stock_item == 1)
			& (promised >= order.transaction_date)
			& made_elsewhere.negate()
		)
	)


def _subcontracted_lines(start: Any, line: Any, order: Any, item: Any, promised: Any) -> Any:
	return (
		start.join(order)
		.on(line.parent == order.name)
		.join(item)
		.on(line.item_code == item.name)
		.where((order.docstatus == 1) & (line.qty > 0) & (promised >= order.transaction_date))
	)


def _subcontracting_promised(order: Any, line: Any) -> Any:
	return Coalesce(line.expected_delivery_date, line.schedule_date, order.schedule_date)
