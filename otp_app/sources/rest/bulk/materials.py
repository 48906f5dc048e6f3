"""What production, subcontractors and departments are owed, of a site without otp_app (sources/site/material_queries.py)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.erpnext.commitments import CLOSED, SUB_ASSEMBLY, TAKEN_OVER, Row
from otp_app.sources.erpnext.fields import Fields, date_of, real
from otp_app.sources.erpnext.statuses import ENDED_PLANS, ENDED_WORK_ORDERS, ISSUING_REQUEST
from otp_app.sources.rest.bulk.asking import SUBMITTED, Asker, Filters, Question, among

Rows = dict[str, list[Fields]]


def read_material_rows(asker: Asker, items: Collection[str]) -> Rows:
	"""All that `rows_of` needs, in one round, but for the material requests, which supplies are read from, too."""
	return asker.all_of(_questions(items))


def _questions(items: Collection[str]) -> dict[str, Question]:
	of_items: Filters = [among("item_code", items)]
	supplied: Filters = [among("rm_item_code", items)]
	plans: Filters = [SUBMITTED, ["status", "not in", ENDED_PLANS]]
	used = ("item_code", "source_warehouse", "required_qty", "transferred_qty", "consumed_qty")
	order = ("name", "status", "planned_start_date", "skip_transfer", "production_plan")
	to_send = ("rm_item_code", "reserve_warehouse", "required_qty", "supplied_qty")
	sent = ("name", "status", "transaction_date")
	part_way: Filters = [SUBMITTED, ["per_received", "<", 100]]
	return {
		"work_materials": Question(
			"Work Order",
			used,
			[SUBMITTED, ["status", "not in", ENDED_WORK_ORDERS]],
			"Work Order Item",
			order,
			of_items,
		),
		"planned_work": Question(
			"Work Order",
			used,
			[SUBMITTED, ["production_plan", "is", "set"]],
			"Work Order Item",
			order,
			of_items,
		),
		"sent_out": Question(
			"Subcontracting Order", to_send, part_way, "Subcontracting Order Supplied Item", sent, supplied
		),
		"sent_out_before": Question(
			"Purchase Order",
			to_send,
			[*part_way, ["is_old_subcontracting_flow", "=", 1], ["status", "!=", "Closed"]],
			"Purchase Order Item Supplied",
			sent,
			supplied,
		),
		"plan_materials": Question(
			"Production Plan",
			("item_code", "warehouse", "schedule_date", "quantity", "conversion_factor"),
			plans,
			"Material Request Plan Item",
			("name",),
			of_items,
		),
		"plan_parts": Question(
			"Production Plan",
			("production_item", "fg_warehouse", "schedule_date", "qty", "wo_produced_qty"),
			[*plans],
			"Production Plan Sub Assembly Item",
			("name",),
			[among("production_item", items), ["type_of_manufacturing", "=", "In House"]],
		),
		"plan_products": Question(
			"Production Plan", ("planned_qty", "ordered_qty"), plans, "Production Plan Item", ("name",)
		),
	}


def rows_of(found: Rows, requests: Collection[Fields]) -> Iterator[Row]:
	"""The rows that these commitments are made of; `requests` are rows of material requests of any type."""
	yield from _work_materials(found["work_materials"])
	yield from _sent_out(found["sent_out"], closed=CLOSED)
	yield from _sent_out(found["sent_out_before"], closed=None)
	yield from _plans(found)
	yield from _issues(requests)


def _work_materials(rows: Collection[Fields]) -> Iterator[Row]:
	for row in rows:
		required, moved, used = real(row.required_qty), real(row.transferred_qty), real(row.consumed_qty)
		if row.source_warehouse and (required > moved or required > used):
			left = required - (used if row.parent_skip_transfer else moved)
			due = date_of(row.parent_planned_start_date)
			kind = CommitmentKind.WORK_ORDER_MATERIAL
			yield _row(kind, row.item_code, row.source_warehouse, due, row.parent_name, left)


def _sent_out(rows: Collection[Fields], *, closed: str | None) -> Iterator[Row]:
	for row in rows:
		if row.reserve_warehouse:
			mark = closed if row.parent_status == "Closed" else None
			left = real(row.required_qty) - real(row.supplied_qty)
			due = date_of(row.parent_transaction_date)
			kind = CommitmentKind.SUBCONTRACTING_MATERIAL
			yield _row(kind, row.rm_item_code, row.reserve_warehouse, due, row.parent_name, left, mark)


def _plans(found: Rows) -> Iterator[Row]:
	unordered = {
		row.parent_name for row in found["plan_products"] if real(row.planned_qty) > real(row.ordered_qty)
	}
	open_plans = {row.parent_name for row in found["plan_products"]}
	kind = CommitmentKind.PRODUCTION_PLAN
	for row in found["plan_materials"]:
		if row.warehouse and row.parent_name in unordered:
			qty = real(row.quantity) * real(row.conversion_factor)
			due = date_of(row.schedule_date)
			yield Row(kind.value, row.item_code, row.warehouse, due, row.parent_name, None, None, qty, 0.0)
	for row in found["plan_parts"]:
		if row.fg_warehouse:
			left = max(real(row.qty) - real(row.wo_produced_qty), 0.0)
			facts = (row.production_item, row.fg_warehouse, date_of(row.schedule_date), row.parent_name)
			yield Row(kind.value, *facts, SUB_ASSEMBLY, None, left, 0.0)
	for row in found["planned_work"]:
		if row.source_warehouse and row.parent_production_plan in open_plans:
			start = date_of(row.parent_planned_start_date)
			facts = (row.item_code, row.source_warehouse, start, row.parent_production_plan)
			yield Row(TAKEN_OVER, *facts, None, None, real(row.required_qty), 0.0)


def _issues(requests: Collection[Fields]) -> Iterator[Row]:
	for row in requests:
		left = real(row.stock_qty) - real(row.ordered_qty)
		if row.parent_material_request_type == ISSUING_REQUEST and row.warehouse and left > 0:
			kind, due = CommitmentKind.MATERIAL_ISSUE, date_of(row.schedule_date)
			yield _row(kind, row.item_code, row.warehouse, due, row.parent_name, left)


def _row(
	kind: CommitmentKind,
	item: str,
	warehouse: str,
	due: date | None,
	document: str,
	left: float,
	mark: str | None = None,
) -> Row:
	surplus = min(left, 0.0)
	return Row(kind.value, item, warehouse, due, document, mark, None, max(left, 0.0), surplus)
