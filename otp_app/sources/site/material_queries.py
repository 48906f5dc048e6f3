"""What production, subcontractors and departments are owed: materials and sub-assemblies."""

from __future__ import annotations

from typing import Any

from pypika.functions import Coalesce
from pypika.terms import ExistsCriterion, Term

import frappe
from frappe.query_builder import Case

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.erpnext.commitments import CLOSED, SUB_ASSEMBLY, TAKEN_OVER
from otp_app.sources.erpnext.statuses import ENDED_PLANS, ENDED_WORK_ORDERS, ISSUING_REQUEST
from otp_app.sources.site.commitment_rows import ALWAYS_BY_DOCUMENT, Variant
from otp_app.sources.site.sql import ITEMS, Date, negative, positive, when


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
	"""Closed orders count in ERPNext's books, and are marked."""
	order = frappe.qb.DocType("Subcontracting Order")
	row = frappe.qb.DocType("Subcontracting Order Supplied Item")
	mark = when(order.status == "Closed", CLOSED)
	return _to_be_supplied(variant, order, row, mark)


def old_subcontracting_materials(variant: Variant) -> Any:
	"""Materials of subcontracted Purchase Orders from before ERPNext 14."""
	order = frappe.qb.DocType("Purchase Order")
	row = frappe.qb.DocType("Purchase Order Item Supplied")
	query = _to_be_supplied(variant, order, row, None)
	return query.where((order.is_old_subcontracting_flow == 1) & (order.status != "Closed"))


def _to_be_supplied(variant: Variant, order: Any, row: Any, mark: Term | None) -> Any:
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
	kind = CommitmentKind.SUBCONTRACTING_MATERIAL.value
	return variant.grouping.select(query, kind, keys, positive(open_qty), negative(open_qty), mark=mark)


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
			& (request.material_request_type == ISSUING_REQUEST)
			& (row.stock_qty > row.ordered_qty)
			& row.warehouse.isnotnull()
		)
	)
	keys = (row.item_code, row.warehouse, row.schedule_date, request.name)
	qty = row.stock_qty - row.ordered_qty
	return variant.grouping.select(query, CommitmentKind.MATERIAL_ISSUE.value, keys, qty)
