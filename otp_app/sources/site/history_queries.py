"""What came when, from the documents of ERPNext: one query for each kind of document, all with the same columns.

Rows alike are one row with their sum. Quantities are shares of an order line, so that lines of any size count alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum

from otp_app.engine.facts import SupplyKind
from otp_app.sources.site.sql import Date, Statement, constant, placeholder, statement
from otp_app.sources.site.supply_queries import CLOSED_PURCHASE_ORDERS, ENDED_WORK_ORDERS

# A share of a line that is less than this is what rounding has left.
NOISE = 1e-6
TOLERANCE = placeholder("tolerance")


@cache
def delivery_statements(db_type: str) -> tuple[Statement, ...]:
	"""In the order of reading; for one kind of database, because frappe.qb writes each one's own SQL."""
	queries = [
		_received(SupplyKind.PURCHASE_ORDER, purchase_receipts("Purchase Receipt", "purchase_order_item")),
		_received(SupplyKind.PURCHASE_ORDER, purchase_receipts("Purchase Invoice", "po_detail")),
		_awaited_purchases(),
		_made(),
		_awaited_work(),
		_received(SupplyKind.SUBCONTRACTING_ORDER, subcontracting_receipts()),
		_awaited_subcontracting(),
	]
	return tuple(statement([query]) for query in queries)


@cache
def transfer_statement(db_type: str) -> Statement:
	"""What arrived of transfers, and what is on its way to a known warehouse."""
	return statement([_moved(), _moving()])


@cache
def count_statement(db_type: str) -> Statement:
	"""Stock counts by warehouse and day."""
	return statement([_counts()])


@cache
def stocked_statement(db_type: str) -> Statement:
	"""How many items each warehouse has in stock."""
	bin = frappe.qb.DocType("Bin")
	query = frappe.qb.from_(bin).select(bin.warehouse, Count(bin.item_code)).where(bin.actual_qty > 0)
	return statement([query.groupby(bin.warehouse)])


def _deliveries(
	query: Any, kind: SupplyKind, party: Any, group: Any, promised: Any, arrived: Any, share: Any
) -> Any:
	"""The columns that every query has; None stands for NULL."""
	keys = [column for column in (party, group, promised, arrived) if column is not None]
	columns = [
		constant(None, alias) if column is None else column.as_(alias)
		for alias, column in (
			("party", party),
			("item_group", group),
			("promised", promised),
			("arrived", arrived),
		)
	]
	return query.select(constant(kind.value, "kind"), *columns, Sum(share).as_("share")).groupby(*keys)


@dataclass(frozen=True, slots=True)
class Receipts:
	"""A query for receipts of order lines that are part of the history, and the terms to select and limit it by."""

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
	return Receipts(query, order, line, item, receipt, promised, got.qty / line.qty)


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
	return Receipts(query, order, line, item, receipt, promised, got.qty / line.qty)


def _taken_in(receipt: Any, got: Any, order: Any) -> Any:
	submitted = (receipt.docstatus == 1) & (receipt.is_return == 0)
	return submitted & (got.qty > 0) & (receipt.posting_date >= order.transaction_date)


def _received(kind: SupplyKind, found: Receipts) -> Any:
	supplier, group = found.order.supplier, found.item.item_group
	return _deliveries(found.query, kind, supplier, group, found.promised, found.arrived, found.share)


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


def _awaited_purchases() -> Any:
	"""What was sent back is not awaited: it had come."""
	order, line = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	item = frappe.qb.DocType("Item")
	promised = Coalesce(line.expected_delivery_date, line.schedule_date)
	share = (line.qty - line.received_qty - Coalesce(line.returned_qty, 0)) / line.qty
	query = _purchase_lines(frappe.qb.from_(line), line, order, item, promised).where(
		order.status.notin((*CLOSED_PURCHASE_ORDERS, "On Hold")) & (share > NOISE)
	)
	return _deliveries(
		query, SupplyKind.PURCHASE_ORDER, order.supplier, item.item_group, promised, None, share
	)


def _work_promised(order: Any) -> Any:
	return Coalesce(order.expected_delivery_date, Date(order.planned_end_date))


def _made() -> Any:
	"""What was finished, less what was lost in making it."""
	order, entry, item = (frappe.qb.DocType(name) for name in ("Work Order", "Stock Entry", "Item"))
	share = (entry.fg_completed_qty - Coalesce(entry.process_loss_qty, 0)) / order.qty
	query = (
		frappe.qb.from_(entry)
		.join(order)
		.on(entry.work_order == order.name)
		.join(item)
		.on(order.production_item == item.name)
		.where((entry.docstatus == 1) & (entry.purpose == "Manufacture") & (order.docstatus == 1))
		.where((order.qty > 0) & (share > NOISE) & _work_promised(order).isnotnull())
	)
	kind = SupplyKind.WORK_ORDER
	return _deliveries(query, kind, None, item.item_group, _work_promised(order), entry.posting_date, share)


def _awaited_work() -> Any:
	order, item = frappe.qb.DocType("Work Order"), frappe.qb.DocType("Item")
	share = (order.qty - order.produced_qty - order.process_loss_qty) / order.qty
	query = (
		frappe.qb.from_(order)
		.join(item)
		.on(order.production_item == item.name)
		.where((order.docstatus == 1) & order.status.notin(ENDED_WORK_ORDERS))
		.where((order.qty > 0) & (share > NOISE) & _work_promised(order).isnotnull())
	)
	return _deliveries(
		query, SupplyKind.WORK_ORDER, None, item.item_group, _work_promised(order), None, share
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


def _awaited_subcontracting() -> Any:
	order, line = frappe.qb.DocType("Subcontracting Order"), frappe.qb.DocType("Subcontracting Order Item")
	item = frappe.qb.DocType("Item")
	promised = _subcontracting_promised(order, line)
	share = (line.qty - line.received_qty - Coalesce(line.returned_qty, 0)) / line.qty
	query = _subcontracted_lines(frappe.qb.from_(line), line, order, item, promised).where(
		order.status.notin(("Closed", "Completed")) & (share > NOISE)
	)
	kind = SupplyKind.SUBCONTRACTING_ORDER
	return _deliveries(query, kind, order.supplier, item.item_group, promised, None, share)


def _sent(entry: Any, row: Any, item: Any) -> Any:
	"""Lines of Stock Entries into a transit warehouse."""
	return (
		frappe.qb.from_(row)
		.join(entry)
		.on(row.parent == entry.name)
		.join(item)
		.on(row.item_code == item.name)
		.where(
			(entry.docstatus == 1)
			& (entry.purpose == "Material Transfer")
			& (entry.add_to_transit == 1)
			& (row.transfer_qty > 0)
		)
	)


def _moved() -> Any:
	"""By the warehouse that it arrived in, and the day that it was sent."""
	entry, row, item = (frappe.qb.DocType(name) for name in ("Stock Entry", "Stock Entry Detail", "Item"))
	arrival, got = (
		frappe.qb.DocType("Stock Entry").as_("arrival"),
		frappe.qb.DocType("Stock Entry Detail").as_("got"),
	)
	share = got.transfer_qty / row.transfer_qty
	query = (
		_sent(entry, row, item)
		.join(got)
		.on(got.ste_detail == row.name)
		.join(arrival)
		.on(got.parent == arrival.name)
		.where((arrival.docstatus == 1) & (got.transfer_qty > 0))
	)
	kind = SupplyKind.TRANSFER
	return _deliveries(
		query, kind, got.t_warehouse, item.item_group, entry.posting_date, arrival.posting_date, share
	)


def _moving() -> Any:
	"""As supplies have it: the target is that of the Material Request, if any."""
	entry, row, item = (frappe.qb.DocType(name) for name in ("Stock Entry", "Stock Entry Detail", "Item"))
	asked = frappe.qb.DocType("Material Request Item")
	share = (row.qty - row.transferred_qty) / row.qty
	query = (
		_sent(entry, row, item)
		.join(asked)
		.on(row.material_request_item == asked.name)
		.where((share > NOISE) & (entry.per_transferred < 100) & (asked.warehouse != row.t_warehouse))
	)
	kind = SupplyKind.TRANSFER
	return _deliveries(query, kind, asked.warehouse, item.item_group, entry.posting_date, None, share)


def _counts() -> Any:
	"""Warehouse, day, items that were counted, and those of which less was found than the books said."""
	count, row = frappe.qb.DocType("Stock Reconciliation"), frappe.qb.DocType("Stock Reconciliation Item")
	short = Case().when(row.qty < row.current_qty - TOLERANCE, row.item_code)
	return (
		frappe.qb.from_(row)
		.join(count)
		.on(row.parent == count.name)
		.select(row.warehouse, count.posting_date, Count(row.item_code).distinct(), Count(short).distinct())
		.where((count.docstatus == 1) & (count.purpose == "Stock Reconciliation") & row.warehouse.isnotnull())
		.groupby(row.warehouse, count.posting_date)
	)
