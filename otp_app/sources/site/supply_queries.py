"""One query for each kind of supply, all with the same columns (see _columns)."""

from __future__ import annotations

from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe
from frappe.query_builder.functions import Sum

from otp_app.engine.facts import SupplyKind, Withheld
from otp_app.sources.erpnext.statuses import (
	CLOSED_PURCHASE_ORDERS,
	ENDED_WORK_ORDERS,
	MOVING_REQUESTS,
	ORDERING_REQUESTS,
)
from otp_app.sources.site.mentions import Mention, Mentions, Needing, needed
from otp_app.sources.site.sql import (
	ITEMS,
	Date,
	Greatest,
	Least,
	Statement,
	constant,
	placeholder,
	statement,
	when,
)


@cache
def supply_statement(db_type: str, with_expired: bool, mentions: Mentions) -> Statement:
	"""For one kind of database, because frappe.qb writes each one's own SQL."""
	made = frozenset({Mention.MADE})
	queries: list[Needing] = [
		(_on_hand, frozenset()),
		(_purchase_orders, frozenset()),
		(_work_orders, made),
		(_process_loss, made),
		(_subcontracting_orders, frozenset({Mention.SUBCONTRACTED})),
		(_material_requests, frozenset({Mention.REQUESTED})),
		(_transfers, frozenset()),
	]
	if with_expired:
		queries += [(_expired_batches, frozenset()), (_expired_batches_before_bundles, frozenset())]
	return statement(needed(queries, mentions))


def _columns(
	kind: SupplyKind,
	item: Any,
	warehouse: Any,
	due: Any = None,
	document: Any = None,
	party: Any = None,
	withheld: Any = None,
	via: Any = None,
	start: Any = None,
) -> list[Any]:
	"""The columns that every query selects, before the quantity; None and text are constants."""

	def column(value: Any, alias: str) -> Any:
		return constant(value, alias) if value is None or isinstance(value, str) else value.as_(alias)

	return [
		constant(kind.value, "kind"),
		item.as_("item_code"),
		column(warehouse, "warehouse"),
		column(due, "due"),
		column(document, "document"),
		column(party, "party"),
		column(withheld, "withheld"),
		column(via, "via"),
		column(start, "start"),
	]


def _on_hand() -> Any:
	bin = frappe.qb.DocType("Bin")
	columns = _columns(SupplyKind.ON_HAND, bin.item_code, bin.warehouse)
	return (
		frappe.qb.from_(bin)
		.select(*columns, bin.actual_qty.as_("qty"))
		.where(bin.item_code.isin(ITEMS) & (bin.actual_qty != 0))
	)


def _purchase_orders() -> Any:
	order, row = frappe.qb.DocType("Purchase Order"), frappe.qb.DocType("Purchase Order Item")
	due = Coalesce(row.expected_delivery_date, row.schedule_date)
	columns = _columns(
		SupplyKind.PURCHASE_ORDER,
		row.item_code,
		row.warehouse,
		due,
		order.name,
		order.supplier,
		when(order.status == "On Hold", Withheld.ON_HOLD.value),
	)
	return (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(*columns, Sum((row.qty - row.received_qty) * row.conversion_factor).as_("qty"))
		.where(
			row.item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& order.status.notin(CLOSED_PURCHASE_ORDERS)
			& (row.delivered_by_supplier == 0)
			& (row.qty > row.received_qty)
			& row.warehouse.isnotnull()
		)
		.groupby(row.item_code, row.warehouse, due, order.name, order.supplier, order.status)
	)


def _open_work_orders(withheld: Withheld | None, qty: Any, order: Any) -> Any:
	columns = _columns(
		SupplyKind.WORK_ORDER,
		order.production_item,
		order.fg_warehouse,
		Coalesce(order.expected_delivery_date, Date(order.planned_end_date)),
		order.name,
		withheld=withheld.value if withheld else None,
		start=Date(order.planned_start_date),
	)
	return (
		frappe.qb.from_(order)
		.select(*columns, qty.as_("qty"))
		.where(
			order.production_item.isin(ITEMS)
			& (order.docstatus == 1)
			& order.status.notin(ENDED_WORK_ORDERS)
			& (order.qty > order.produced_qty)
			& order.fg_warehouse.isnotnull()
		)
	)


def _work_orders() -> Any:
	order = frappe.qb.DocType("Work Order")
	qty = Greatest(order.qty - order.produced_qty - order.process_loss_qty, 0)
	return _open_work_orders(None, qty, order)


def _process_loss() -> Any:
	"""What a Work Order has lost: ERPNext still plans it, but it will not come."""
	order = frappe.qb.DocType("Work Order")
	qty = Least(order.process_loss_qty, order.qty - order.produced_qty)
	query = _open_work_orders(Withheld.PROCESS_LOSS, qty, order)
	return query.where(order.process_loss_qty > 0)


def _subcontracting_orders() -> Any:
	order = frappe.qb.DocType("Subcontracting Order")
	row = frappe.qb.DocType("Subcontracting Order Item")
	due = Coalesce(row.expected_delivery_date, row.schedule_date, order.schedule_date)
	columns = _columns(
		SupplyKind.SUBCONTRACTING_ORDER,
		row.item_code,
		row.warehouse,
		due,
		order.name,
		order.supplier,
		when(order.status == "Closed", Withheld.CLOSED.value),
	)
	return (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.select(*columns, Sum((row.qty - row.received_qty) * row.conversion_factor).as_("qty"))
		.where(
			row.item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& (order.status != "Completed")
			& (row.qty > row.received_qty)
			& row.warehouse.isnotnull()
		)
		.groupby(row.item_code, row.warehouse, due, order.name, order.supplier, order.status)
	)


def _material_requests() -> Any:
	request = frappe.qb.DocType("Material Request")
	row = frappe.qb.DocType("Material Request Item")
	columns = _columns(
		SupplyKind.MATERIAL_REQUEST,
		row.item_code,
		row.warehouse,
		row.schedule_date,
		request.name,
		withheld=when(request.material_request_type.isin(MOVING_REQUESTS), Withheld.NOT_OPTED_IN.value),
	)
	return (
		frappe.qb.from_(row)
		.join(request)
		.on(row.parent == request.name)
		.select(*columns, Sum(row.stock_qty - row.ordered_qty).as_("qty"))
		.where(
			row.item_code.isin(ITEMS)
			& (request.docstatus == 1)
			& (request.status != "Stopped")
			& request.material_request_type.isin(ORDERING_REQUESTS + MOVING_REQUESTS)
			& (row.stock_qty > row.ordered_qty)
			& row.warehouse.isnotnull()
		)
		.groupby(row.item_code, row.warehouse, row.schedule_date, request.name, request.material_request_type)
	)


def _transfers() -> Any:
	"""Stock sent to a transit warehouse and not received; its target is that of the Material Request, if any."""
	entry, row = frappe.qb.DocType("Stock Entry"), frappe.qb.DocType("Stock Entry Detail")
	asked = frappe.qb.DocType("Material Request Item")
	columns = _columns(
		SupplyKind.TRANSFER,
		row.item_code,
		asked.warehouse,
		document=entry.name,
		via=row.t_warehouse,
		start=entry.posting_date,
	)
	return (
		frappe.qb.from_(row)
		.join(entry)
		.on(row.parent == entry.name)
		.left_join(asked)
		.on(row.material_request_item == asked.name)
		.select(*columns, Sum((row.qty - row.transferred_qty) * row.conversion_factor).as_("qty"))
		.where(
			row.item_code.isin(ITEMS)
			& (entry.docstatus == 1)
			& (entry.purpose == "Material Transfer")
			& (entry.add_to_transit == 1)
			& (entry.per_transferred < 100)
			& (row.qty > row.transferred_qty)
		)
		.groupby(row.item_code, asked.warehouse, entry.posting_date, entry.name, row.t_warehouse)
	)


def _expired_batches() -> Any:
	"""What lies in batches that ERPNext will not let out of the door: expired before today, or disabled."""
	entry = frappe.qb.DocType("Serial and Batch Entry")
	bundle = frappe.qb.DocType("Serial and Batch Bundle")
	batch = frappe.qb.DocType("Batch")
	columns = _columns(
		SupplyKind.ON_HAND,
		bundle.item_code,
		bundle.warehouse,
		withheld=Withheld.EXPIRED.value,
	)
	return (
		frappe.qb.from_(entry)
		.join(bundle)
		.on(entry.parent == bundle.name)
		.join(batch)
		.on(entry.batch_no == batch.name)
		.select(*columns, Sum(entry.qty).as_("qty"))
		.where(
			bundle.item_code.isin(ITEMS)
			& (bundle.docstatus == 1)
			& (bundle.is_cancelled == 0)
			& ((batch.expiry_date < placeholder("today")) | (batch.disabled == 1))
		)
		.groupby(bundle.item_code, bundle.warehouse)
		.having(Sum(entry.qty) > 0)
	)


def _expired_batches_before_bundles() -> Any:
	"""The same from ledger entries that name their batch themselves, as ERPNext wrote them before version 15."""
	entry, batch = frappe.qb.DocType("Stock Ledger Entry"), frappe.qb.DocType("Batch")
	columns = _columns(SupplyKind.ON_HAND, entry.item_code, entry.warehouse, withheld=Withheld.EXPIRED.value)
	return (
		frappe.qb.from_(entry)
		.join(batch)
		.on(entry.batch_no == batch.name)
		.select(*columns, Sum(entry.actual_qty).as_("qty"))
		.where(
			entry.item_code.isin(ITEMS)
			& (entry.is_cancelled == 0)
			& (Coalesce(entry.serial_and_batch_bundle, "") == "")
			& ((batch.expiry_date < placeholder("today")) | (batch.disabled == 1))
		)
		.groupby(entry.item_code, entry.warehouse)
		.having(Sum(entry.actual_qty) > 0)
	)
