"""What came when, from the documents of ERPNext: one query for each kind of document, all with the same columns.

Quantities are shares of an order line, so that lines of any size count alike.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count

from otp_app.engine.facts import SupplyKind
from otp_app.sources.erpnext.statuses import ENDED_WORK_ORDERS
from otp_app.sources.site.receipt_queries import (
	NOISE,
	Awaited,
	Receipts,
	awaited_purchases,
	awaited_subcontracting,
	purchase_receipts,
	subcontracting_receipts,
)
from otp_app.sources.site.sql import Date, Statement, constant, placeholder, positive, statement, sum_of

TOLERANCE = placeholder("tolerance")


@cache
def delivery_statements(db_type: str) -> tuple[Statement, ...]:
	"""In the order of reading; for one kind of database, because frappe.qb writes each one's own SQL."""
	queries = [
		_received(SupplyKind.PURCHASE_ORDER, purchase_receipts("Purchase Receipt", "purchase_order_item")),
		_received(SupplyKind.PURCHASE_ORDER, purchase_receipts("Purchase Invoice", "po_detail")),
		_still_awaited(SupplyKind.PURCHASE_ORDER, awaited_purchases()),
		_made(),
		_awaited_work(),
		_received(SupplyKind.SUBCONTRACTING_ORDER, subcontracting_receipts()),
		_still_awaited(SupplyKind.SUBCONTRACTING_ORDER, awaited_subcontracting()),
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
	"""The columns that every query has; None stands for NULL.

	Not grouped: of a million receipts few are alike, and to find them takes the database ten times as long as the join.
	"""
	columns = {"party": party, "item_group": group, "promised": promised, "arrived": arrived}
	return query.select(
		constant(kind.value, "kind"),
		*(
			constant(None, alias) if column is None else column.as_(alias)
			for alias, column in columns.items()
		),
		share.as_("share"),
	)


def _received(kind: SupplyKind, found: Receipts) -> Any:
	supplier, group = found.order.supplier, found.item.item_group
	return _deliveries(found.query, kind, supplier, group, found.promised, found.arrived, found.share)


def _still_awaited(kind: SupplyKind, found: Awaited) -> Any:
	supplier, group = found.order.supplier, found.item.item_group
	return _deliveries(found.query, kind, supplier, group, found.promised, None, found.share)


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
	"""Warehouse, day, items that were counted, and the sum of the shares of them that were not there."""
	count, row = frappe.qb.DocType("Stock Reconciliation"), frappe.qb.DocType("Stock Reconciliation Item")
	less = row.qty < row.current_qty - TOLERANCE
	short = sum_of(Case().when(less, 1 - positive(row.qty) / row.current_qty).else_(0))
	return (
		frappe.qb.from_(row)
		.join(count)
		.on(row.parent == count.name)
		.select(row.warehouse, count.posting_date, Count(row.item_code).distinct(), short)
		.where((count.docstatus == 1) & (count.purpose == "Stock Reconciliation") & row.warehouse.isnotnull())
		.groupby(row.warehouse, count.posting_date)
	)
