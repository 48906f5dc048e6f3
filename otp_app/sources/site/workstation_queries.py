"""Workstations with their hours, and what is still to be done at them, in one statement."""

from __future__ import annotations

from functools import cache
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import ExistsCriterion

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Sum

from otp_app.sources.erpnext.statuses import ENDED_WORK_ORDERS
from otp_app.sources.site.sql import Date, Statement, constant, placeholder, positive, statement

WORKSTATION, HOURS, LOAD = "workstation", "hours", "load"


@cache
def workstation_statement(db_type: str) -> Statement:
	"""The workstations of `names` and of `types`: (kind, workstation, name, other, from, to, day, number)."""
	return statement([_workstations(), _hours(), _scheduled(), _unscheduled()])


def _asked(station: Any) -> Any:
	by_type = station.workstation_type.isin(placeholder("types"))
	return station.name.isin(placeholder("names")) | by_type


def _row(
	query: Any,
	kind: str,
	station: Any,
	*,
	name: Any = None,
	other: Any = None,
	start: Any = None,
	end: Any = None,
	day: Any = None,
	number: Any = 0,
) -> Any:
	values = {"name": name, "other": other, "start": start, "end": end, "day": day}
	columns = [
		constant(None, alias) if value is None else value.as_(alias) for alias, value in values.items()
	]
	return query.select(constant(kind, "kind"), station.name.as_("workstation"), *columns, number)


def _workstations() -> Any:
	station = frappe.qb.DocType("Workstation")
	query = frappe.qb.from_(station).where(_asked(station))
	return _row(
		query,
		WORKSTATION,
		station,
		name=station.holiday_list,
		other=station.workstation_type,
		number=station.production_capacity,
	)


def _hours() -> Any:
	station, hours = frappe.qb.DocType("Workstation"), frappe.qb.DocType("Workstation Working Hour")
	query = frappe.qb.from_(station).join(hours).on(hours.parent == station.name)
	query = query.where(_asked(station) & (hours.enabled == 1))
	return _row(query, HOURS, station, start=hours.start_time, end=hours.end_time)


def _left(minutes: Any, done: Any, of: Any) -> Any:
	"""Of `minutes` for `of` pieces, those for the pieces that are not done."""
	return minutes * Case().when(of > 0, positive(1 - done / of)).else_(1)


def _scheduled() -> Any:
	"""What ERPNext's capacity planning has given to Job Cards that are open, day by day."""
	station, card = frappe.qb.DocType("Workstation"), frappe.qb.DocType("Job Card")
	slot, order = frappe.qb.DocType("Job Card Scheduled Time"), frappe.qb.DocType("Work Order")
	query = (
		frappe.qb.from_(slot)
		.join(card)
		.on(slot.parent == card.name)
		.join(station)
		.on(card.workstation == station.name)
		.join(order)
		.on(card.work_order == order.name)
		.where(_asked(station) & (card.docstatus == 0))
		.where((order.docstatus == 1) & order.status.notin(ENDED_WORK_ORDERS))
	)
	day = Date(slot.from_time)
	minutes = Sum(_left(slot.time_in_mins, card.total_completed_qty, card.for_quantity))
	return _row(query, LOAD, station, day=day, number=minutes).groupby(station.name, day)


def _unscheduled() -> Any:
	"""Operations of open Work Orders that no open Job Card has a time for: on the day on which they are to begin."""
	station, order = frappe.qb.DocType("Workstation"), frappe.qb.DocType("Work Order")
	operation, card = frappe.qb.DocType("Work Order Operation"), frappe.qb.DocType("Job Card")
	has_a_time = ExistsCriterion(
		frappe.qb.from_(card)
		.select(card.name)
		.where((card.work_order == order.name) & (card.operation_id == operation.name))
		.where((card.docstatus == 0) & card.expected_start_date.isnotnull())
	)
	query = (
		frappe.qb.from_(operation)
		.join(order)
		.on(operation.parent == order.name)
		.join(station)
		.on(operation.workstation == station.name)
		.where(_asked(station) & (operation.status != "Completed") & has_a_time.negate())
		.where((order.docstatus == 1) & order.status.notin(ENDED_WORK_ORDERS))
	)
	day = Date(Coalesce(operation.planned_start_time, order.planned_start_date))
	done = operation.completed_qty + operation.process_loss_qty
	minutes = Sum(_left(operation.time_in_mins, done, order.qty))
	return _row(query, LOAD, station, day=day, number=minutes).groupby(station.name, day)
