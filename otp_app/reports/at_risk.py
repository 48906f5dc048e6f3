"""Promises that will be missed, or have been, and are not delivered yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.utils import add_days, cint, flt, getdate, nowdate

from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.reports.causes import Cause, Causes
from otp_app.reports.lines import promised_lines

OPEN = (PromiseStatus.HELD, PromiseStatus.COMMITTED, PromiseStatus.AT_RISK, PromiseStatus.BROKEN)
NOISE = 1e-6

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LineAtRisk:
	"""A line with something open. `days_late` are calendar days past the promised date, by what is expected or by
	today; None where there is no promised or no expected date. `value` is the open part, in the company's currency."""

	row: Any
	open_qty: float
	days_late: int | None
	cause: Cause
	value: float | None


def lines_at_risk(company: str, filters: Mapping[str, Any]) -> list[LineAtRisk]:
	"""The worst first: no date at all, then by days late, then by value.

	`filters` may also give `days_ahead`: only what is promised for the next so many calendar days, or before; and
	`document`: only what waits for that one, as far as the user may see it.
	"""
	today = getdate(nowdate())
	rows = promised_lines(company, [status.value for status in OPEN], filters, _at_risk(filters, today))
	causes, values = Causes(rows), _net_rates(rows)
	found = [
		LineAtRisk(
			row, open_qty, _days_late(row, today), causes.of(row, today), _value(row, open_qty, values)
		)
		for row in rows
		if (open_qty := flt(row.qty) - flt(row.delivered_qty)) > NOISE
	]
	if wanted := filters.get("document"):
		found = [line for line in found if line.cause.document == wanted]
	return sorted(found, key=_worst_first)


def orders_of(lines: Collection[LineAtRisk]) -> int:
	"""The number of documents that they belong to; what is held without one counts by its promise."""
	return len({line.row.reference_name or line.row.promise for line in lines})


def _at_risk(filters: Mapping[str, Any], today: date) -> Any:
	"""Late by the last review or by the calendar, or without a date; what was short may be covered by the next review."""

	def condition(promise: Any, line: Any) -> Any:
		undated = line.expected_date.isnull() | line.promise_date.isnull()
		late = (line.expected_date > line.promise_date) | (line.promise_date < today)
		short = (line.shortage > 0) & promise.reviewed_at.isnull()
		limit = (undated | late | short) & (line.qty > line.delivered_qty) & line.delivered_on.isnull()
		if filters.get("days_ahead") not in (None, ""):
			limit &= line.promise_date <= add_days(today, cint(filters["days_ahead"]))
		return limit

	return condition


def _days_late(row: Any, today: date) -> int | None:
	if row.promise_date is None or row.expected_date is None:
		return None
	return max(0, (max(today, row.expected_date) - row.promise_date).days)


def _worst_first(line: LineAtRisk) -> tuple[Any, ...]:
	late = line.days_late
	return (late is not None, -(late or 0), -(line.value or 0), line.row.promise, line.row.idx)


def _value(row: Any, open_qty: float, rates: Mapping[Key, float]) -> float | None:
	rate = rates.get((row.reference_doctype, row.reference_row))
	return None if rate is None else rate * open_qty


def _net_rates(rows: Collection[Any]) -> dict[Key, float]:
	"""What a stock unit of each row of a document sells for, in the company's currency, one query a doctype."""
	answer: dict[Key, float] = {}
	for doctype in ("Sales Order", "Quotation"):
		names = sorted(
			{row.reference_row for row in rows if row.reference_doctype == doctype and row.reference_row}
		)
		found = frappe.get_all(
			f"{doctype} Item", {"name": ("in", names or [""])}, ["name", "base_net_amount", "stock_qty"]
		)
		answer |= {
			(doctype, item.name): item.base_net_amount / item.stock_qty for item in found if item.stock_qty
		}
	return answer
