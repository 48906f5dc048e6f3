"""Promise Accuracy: promised against delivered, by customer, item group, warehouse, item or month.

Counted are lines of promises whose order was submitted (Committed, At Risk, Kept, Broken), by their promised date.
On time: all of the line was delivered, the last part no later than promised. Late: all, the last part later.
Overdue: open, and the promised date is past. Not yet due: open, promised for today or later.
Share kept: on time in percent of on time + late + overdue; lines not yet due do not count. Days late are calendar days
from the promised date to the last delivery, mean and median over the lines delivered late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, formatdate, getdate, nowdate

from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.reports.accuracy import Outcome, PromisedLine, Score
from otp_app.reports.columns import column
from otp_app.reports.lines import promised_lines
from otp_app.reports.permitted import check_company

MONTH = "Month"
# What the lines are grouped by -> its field in a row
GROUPS = {
	"Customer": "customer",
	"Item Group": "item_group",
	"Item": "item_code",
	"Warehouse": "warehouse",
	MONTH: "month",
}
USUAL_MONTHS = 6
YEAR_DAYS = 365
# Of promises whose order was submitted.
COUNTED = (PromiseStatus.COMMITTED, PromiseStatus.AT_RISK, PromiseStatus.KEPT, PromiseStatus.BROKEN)

Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows with a total row, and the chart of the share kept by month. Raises ValidationError."""
	asked = frappe._dict(filters or {})
	company = check_company(asked.company)
	by = asked.group_by or MONTH
	if by not in GROUPS:
		frappe.throw(_("Group By is {0}: choose one of {1}.").format(by, ", ".join(map(_, GROUPS))))
	today = getdate(nowdate())
	first, last = _period(asked, today)
	lines = lines_promised(company, asked, first, last)
	rows = [_figures(key, Score.of(found, today)) for key, found in _grouped(lines, GROUPS[by])]
	if by != MONTH:
		rows.sort(key=_worst_first)
	else:
		rows = [row | {"group": _month(row["group"])} for row in rows]
	if rows:
		total = Score.of((line for _row, line in lines), today)
		rows.append(_figures(_("Total"), total) | {"is_total": 1})
	return _columns(by), rows, None, _chart(lines, today), None, 1


def lines_promised(
	company: str, filters: Mapping[str, Any], first: date, last: date
) -> list[tuple[Any, PromisedLine]]:
	"""The lines promised from `first` to `last` that the user may see, each with the row it was read from."""
	statuses = [status.value for status in COUNTED]
	rows = promised_lines(company, statuses, filters, lambda _promise, line: line.promise_date[first:last])
	for row in rows:
		row.month = row.promise_date.replace(day=1)
	return [(row, PromisedLine(row.promise_date, row.delivered_on)) for row in rows]


def _period(asked: Mapping[str, Any], today: date) -> tuple[date, date]:
	last = getdate(asked.get("to_date") or today)
	first = getdate(asked.get("from_date") or add_months(last, -USUAL_MONTHS))
	if first > last:
		frappe.throw(_("From Date is after To Date: choose an earlier one."))
	return first, last


def _grouped(lines: Iterable[tuple[Any, PromisedLine]], name: str) -> list[tuple[Any, list[PromisedLine]]]:
	groups: dict[Any, list[PromisedLine]] = {}
	for row, line in lines:
		groups.setdefault(row.get(name) or "", []).append(line)
	return sorted(groups.items())


def _figures(group: Any, score: Score) -> Row:
	return {
		"group": group,
		"promised": score.promised,
		**{outcome.value: count for outcome, count in score.counts.items()},
		"share_kept": score.share_kept,
		"mean_days_late": score.mean_days_late,
		"median_days_late": score.median_days_late,
	}


def _worst_first(row: Row) -> tuple[Any, ...]:
	share = row["share_kept"]
	return (share is None, share or 0.0, -row["promised"], row["group"])


def _month(day: date) -> str:
	return str(formatdate(day, "MMM yyyy"))


def _chart(lines: Sequence[tuple[Any, PromisedLine]], today: date) -> Row | None:
	"""The share kept by month of the promised date, months without a decided line left out."""
	scores = [(month, Score.of(found, today)) for month, found in _grouped(lines, GROUPS[MONTH])]
	shares = [(month, score.share_kept) for month, score in scores if score.share_kept is not None]
	if not shares:
		return None
	return {
		"data": {
			"labels": _labels([month for month, _share in shares]),
			"datasets": [
				{"name": _("Share Kept (%)"), "values": [round(share, 1) for _month, share in shares]}
			],
		},
		"type": "bar",
		"colors": ["#38a160"],
		"height": 220,
		"fieldtype": "Percent",
	}


def _labels(months: Sequence[date]) -> list[str]:
	"""Without the year where nobody needs it: there is little room below a small chart."""
	within_a_year = (months[-1] - months[0]).days < YEAR_DAYS - 31
	return [str(formatdate(month, "MMM" if within_a_year else "MMM yy")) for month in months]


def _columns(by: str) -> list[Row]:
	linked = ("Data", 200) if by == MONTH else ("Link", 200, by)
	counts = {
		"promised": _("Lines Promised"),
		Outcome.ON_TIME.value: _("On Time"),
		Outcome.LATE.value: _("Late"),
		Outcome.OVERDUE.value: _("Overdue"),
		Outcome.NOT_DUE.value: _("Not Yet Due"),
	}
	return [
		column("group", _(by), *linked),
		*(column(name, label, "Int", 130) for name, label in counts.items()),
		column("share_kept", _("Share Kept"), "Percent", 110) | {"precision": 1},
		column("mean_days_late", _("Mean Days Late"), "Float", 145) | {"precision": 1},
		column("median_days_late", _("Median Days Late"), "Float", 155) | {"precision": 1},
	]
