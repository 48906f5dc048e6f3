"""One query for each kind of commitment, all with the columns of one row (see Grouping.select)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import ExistsCriterion, Term

import frappe
from frappe.query_builder import Case

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.site.sql import (
	ITEMS,
	Date,
	Statement,
	constant,
	negative,
	placeholder,
	positive,
	statement,
	sum_of,
	when,
)
from otp_app.sources.site.supplies import ENDED_WORK_ORDERS

UNPROTECTED_SALES_ORDERS = ("On Hold", "Closed")
ENDED_PLANS = ("Completed", "Closed")
# Not a kind of commitment: what Work Orders of a Production Plan have taken over from it.
TAKEN_OVER = "taken_over_by_work_order"
# Marks on rows: a lock on a packed item; a lock of an order that ERPNext does not count; a closed order's
# material; a Production Plan's sub-assembly.
PACKED, UNPROTECTED, CLOSED, SUB_ASSEMBLY = "packed", "unprotected", "closed", "sub_assembly"


@dataclass(frozen=True, slots=True)
class Grouping:
	documents: bool

	def select(
		self,
		query: Any,
		kind: str,
		keys: tuple[Term, Term, Term, Term],
		qty: Term,
		surplus: Term | None = None,
		*,
		mark: Term | str | None = None,
		locked_in: Term | None = None,
	) -> Any:
		"""The columns of _Row: sums by (item, warehouse, due) and, if asked for, document."""
		item, warehouse, due, document = keys
		groups = [item, warehouse, due]
		if self.documents:
			groups.append(document)
		if locked_in is not None:
			groups.append(locked_in)
		if isinstance(mark, Term):
			groups.append(mark)
		return query.select(
			constant(kind, "kind"),
			item.as_("item_code"),
			warehouse.as_("warehouse"),
			due.as_("due"),
			document.as_("document") if self.documents else constant(None, "document"),
			mark.as_("mark") if isinstance(mark, Term) else constant(mark, "mark"),
			locked_in.as_("locked_in") if locked_in is not None else constant(None, "locked_in"),
			sum_of(qty).as_("qty"),
			(sum_of(surplus) if surplus is not None else sum_of(qty) * 0).as_("surplus"),
		).groupby(*groups)


ALWAYS_BY_DOCUMENT = Grouping(documents=True)


@dataclass(frozen=True, slots=True)
class Variant:
	"""What changes the text of the queries: the database, whose commitments are left out, returns, grouping."""

	db_type: str
	leaves_out_an_order: bool
	returns_are_settled: bool
	documents: bool

	@property
	def grouping(self) -> Grouping:
		"""By document, or summed by kind and day."""
		return Grouping(self.documents)


@cache
def commitment_statement(variant: Variant) -> Statement:
	"""All kinds of commitment in one statement; placeholders `items` and, with an order left out, `own`."""
	return statement(
		[
			sales_orders(variant),
			packed_items(variant),
			reservations(variant),
			picked_lines(variant),
			picked_components(variant),
			work_order_materials(variant),
			subcontracting_materials(variant),
			old_subcontracting_materials(variant),
			plan_materials(),
			plan_sub_assemblies(),
			taken_over(),
			material_issues(variant),
		]
	)


def _undelivered(line: Any, variant: Variant) -> Term:
	"""The share of a Sales Order line that is still to be delivered, 0 to 1 (less when over-delivered).

	Returned goods are owed again, unless the Selling Settings say otherwise.
	"""
	undelivered = line.qty - line.delivered_qty
	if variant.returns_are_settled:
		undelivered = undelivered - line.returned_qty
	return undelivered / line.qty


def _not_own(query: Any, order: Any, variant: Variant) -> Any:
	return query.where(order.name != placeholder("own")) if variant.leaves_out_an_order else query


def _open_lines(query: Any, line: Any, order: Any, variant: Variant) -> Any:
	query = query.where(
		(order.docstatus == 1)
		& order.status.notin(UNPROTECTED_SALES_ORDERS)
		& (Coalesce(line.delivered_by_supplier, 0) == 0)
		& (line.qty > 0)
		& (line.qty >= line.delivered_qty)
	)
	return _not_own(query, order, variant)


def sales_orders(variant: Variant) -> Any:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	query = frappe.qb.from_(line).join(order).on(line.parent == order.name)
	query = _open_lines(query.where(line.item_code.isin(ITEMS)), line, order, variant)
	qty = line.stock_qty * _undelivered(line, variant)
	keys = (line.item_code, line.warehouse, line.delivery_date, order.name)
	query = query.where(line.warehouse.isnotnull())
	return variant.grouping.select(
		query, CommitmentKind.SALES_ORDER.value, keys, positive(qty), negative(qty)
	)


def packed_items(variant: Variant) -> Any:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	packed = frappe.qb.DocType("Packed Item")
	query = (
		frappe.qb.from_(packed)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.join(order)
		.on(packed.parent == order.name)
		.where(
			packed.item_code.isin(ITEMS)
			& (packed.parenttype == "Sales Order")
			& (packed.item_code != packed.parent_item)
			& packed.warehouse.isnotnull()
		)
	)
	qty = packed.qty * _undelivered(line, variant)
	keys = (packed.item_code, packed.warehouse, line.delivery_date, order.name)
	query = _open_lines(query, line, order, variant)
	return variant.grouping.select(
		query, CommitmentKind.PACKED_ITEM.value, keys, positive(qty), negative(qty)
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
	query = _not_own(query, order, variant)
	keys = (line.item_code, line.warehouse, line.delivery_date, order.name)
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


def picked_lines(variant: Variant) -> Any:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	pick, parent = frappe.qb.DocType("Pick List Item"), frappe.qb.DocType("Pick List")
	query = (
		_picks(pick, parent)
		.join(line)
		.on(pick.sales_order_item == line.name)
		.join(order)
		.on(line.parent == order.name)
		.where(line.item_code == pick.item_code)
	)
	keys = (line.item_code, line.warehouse, line.delivery_date, order.name)
	qty = pick.picked_qty - pick.delivered_qty - pick.stock_reserved_qty
	query = _open_lines(query, line, order, variant)
	return variant.grouping.select(query, CommitmentKind.PICK.value, keys, qty, locked_in=pick.warehouse)


def picked_components(variant: Variant) -> Any:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	pick, parent = frappe.qb.DocType("Pick List Item"), frappe.qb.DocType("Pick List")
	packed = frappe.qb.DocType("Packed Item")
	query = (
		_picks(pick, parent)
		.join(packed)
		.on(pick.product_bundle_item == packed.name)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.join(order)
		.on(packed.parent == order.name)
	)
	keys = (packed.item_code, packed.warehouse, line.delivery_date, order.name)
	qty = pick.picked_qty - pick.delivered_qty - pick.stock_reserved_qty
	query = _open_lines(query, line, order, variant)
	return variant.grouping.select(
		query, CommitmentKind.PICK.value, keys, qty, mark=PACKED, locked_in=pick.warehouse
	)


def work_order_materials(variant: Variant) -> Any:
	order, row = frappe.qb.DocType("Work Order"), frappe.qb.DocType("Work Order Item")
	used = Case().when(order.skip_transfer == 0, row.transferred_qty).else_(row.consumed_qty)
	open_qty = row.required_qty - used
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.where(
			row.item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& order.status.notin(ENDED_WORK_ORDERS)
			& ((row.required_qty > row.transferred_qty) | (row.required_qty > row.consumed_qty))
			& row.source_warehouse.isnotnull()
		)
	)
	keys = (row.item_code, row.source_warehouse, Date(order.planned_start_date), order.name)
	kind = CommitmentKind.WORK_ORDER_MATERIAL.value
	return variant.grouping.select(query, kind, keys, positive(open_qty), negative(open_qty))


def subcontracting_materials(variant: Variant) -> Any:
	order = frappe.qb.DocType("Subcontracting Order")
	row = frappe.qb.DocType("Subcontracting Order Supplied Item")
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.where(
			row.rm_item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& (order.per_received < 100)
			& row.reserve_warehouse.isnotnull()
		)
	)
	open_qty = row.required_qty - row.supplied_qty
	keys = (row.rm_item_code, row.reserve_warehouse, order.transaction_date, order.name)
	mark = when(order.status == "Closed", CLOSED)
	kind = CommitmentKind.SUBCONTRACTING_MATERIAL.value
	return variant.grouping.select(query, kind, keys, positive(open_qty), negative(open_qty), mark=mark)


def old_subcontracting_materials(variant: Variant) -> Any:
	"""Materials of subcontracted Purchase Orders from before ERPNext 14."""
	order = frappe.qb.DocType("Purchase Order")
	row = frappe.qb.DocType("Purchase Order Item Supplied")
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.where(
			row.rm_item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& (order.is_old_subcontracting_flow == 1)
			& (order.status != "Closed")
			& (order.per_received < 100)
			& row.reserve_warehouse.isnotnull()
		)
	)
	open_qty = row.required_qty - row.supplied_qty
	keys = (row.rm_item_code, row.reserve_warehouse, order.transaction_date, order.name)
	kind = CommitmentKind.SUBCONTRACTING_MATERIAL.value
	return variant.grouping.select(query, kind, keys, positive(open_qty), negative(open_qty))


def _unordered(plan: Any) -> ExistsCriterion:
	"""Plans whose products are not all ordered: the others need nothing any more."""
	product = frappe.qb.DocType("Production Plan Item")
	return ExistsCriterion(
		frappe.qb.from_(product)
		.select(product.name)
		.where((product.parent == plan.name) & (product.planned_qty > product.ordered_qty))
	)


def plan_materials() -> Any:
	plan, row = frappe.qb.DocType("Production Plan"), frappe.qb.DocType("Material Request Plan Item")
	query = (
		frappe.qb.from_(row)
		.join(plan)
		.on(row.parent == plan.name)
		.where(
			row.item_code.isin(ITEMS)
			& (plan.docstatus == 1)
			& plan.status.notin(ENDED_PLANS)
			& row.warehouse.isnotnull()
			& _unordered(plan)
		)
	)
	keys = (row.item_code, row.warehouse, row.schedule_date, plan.name)
	qty = row.quantity * row.conversion_factor
	return ALWAYS_BY_DOCUMENT.select(query, CommitmentKind.PRODUCTION_PLAN.value, keys, qty)


def plan_sub_assemblies() -> Any:
	plan = frappe.qb.DocType("Production Plan")
	row = frappe.qb.DocType("Production Plan Sub Assembly Item")
	query = (
		frappe.qb.from_(row)
		.join(plan)
		.on(row.parent == plan.name)
		.where(
			row.production_item.isin(ITEMS)
			& (plan.docstatus == 1)
			& plan.status.notin(ENDED_PLANS)
			& (row.type_of_manufacturing == "In House")
			& row.fg_warehouse.isnotnull()
		)
	)
	keys = (row.production_item, row.fg_warehouse, Date(row.schedule_date), plan.name)
	qty = row.qty - Coalesce(row.wo_produced_qty, 0)
	kind = CommitmentKind.PRODUCTION_PLAN.value
	return ALWAYS_BY_DOCUMENT.select(query, kind, keys, positive(qty), mark=SUB_ASSEMBLY)


def taken_over() -> Any:
	order, row = frappe.qb.DocType("Work Order"), frappe.qb.DocType("Work Order Item")
	plan = frappe.qb.DocType("Production Plan")
	query = (
		frappe.qb.from_(row)
		.join(order)
		.on(row.parent == order.name)
		.join(plan)
		.on(order.production_plan == plan.name)
		.where(
			row.item_code.isin(ITEMS)
			& (order.docstatus == 1)
			& (plan.docstatus == 1)
			& plan.status.notin(ENDED_PLANS)
			& row.source_warehouse.isnotnull()
		)
	)
	keys = (row.item_code, row.source_warehouse, Date(order.planned_start_date), plan.name)
	return ALWAYS_BY_DOCUMENT.select(query, TAKEN_OVER, keys, row.required_qty)


def material_issues(variant: Variant) -> Any:
	request, row = frappe.qb.DocType("Material Request"), frappe.qb.DocType("Material Request Item")
	query = (
		frappe.qb.from_(row)
		.join(request)
		.on(row.parent == request.name)
		.where(
			row.item_code.isin(ITEMS)
			& (request.docstatus == 1)
			& (request.status != "Stopped")
			& (request.material_request_type == "Material Issue")
			& (row.stock_qty > row.ordered_qty)
			& row.warehouse.isnotnull()
		)
	)
	keys = (row.item_code, row.warehouse, row.schedule_date, request.name)
	qty = row.stock_qty - row.ordered_qty
	return variant.grouping.select(query, CommitmentKind.MATERIAL_ISSUE.value, keys, qty)
