"""Promise Accuracy: promised against delivered, by customer, item group, warehouse, item or month.

Counted are lines of promises whose order was submitted (Committed, At Risk, Kept, Broken), by their promised date.
On time: all of the line was delivered, the last part no later than promised. Late: all, the last part later.
Overdue: open, and the promised date is past. Not yet due: open, promised for today or later.
Share kept: on time in percent of on time + late + overdue; lines not yet due do not count. Days late are calendar days
from the promised date to the last delivery, mean and median over the lines delivered late. Probability told: the mean
over the decided lines that were committed with one; grouped by it, the chart compares it with the share kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, formatdate, getdate, nowdate

from otp_app.engine.reliability.outcomes import bands
from otp_app.reports.accuracy import Outcome, PromisedLine, Score
from otp_app.reports.columns import column
from otp_app.reports.outcomes import drift_in_words, drift_of, lines_promised
from otp_app.reports.permitted import check_company

MONTH, PROBABILITY = "Month", "Probability"
# What the lines are grouped by -> its field in a row
GROUPS = {
	"Customer": "customer",
	"Item Group": "item_group",
	"Item": "item_code",
	"Warehouse": "warehouse",
	MONTH: "month",
	PROBABILITY: "band",
}
USUAL_MONTHS = 6
YEAR_DAYS = 365
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
	if by in NAMED:
		rows = [row | {"group": NAMED[by](row["group"])} for row in rows]
	else:
		rows.sort(key=_worst_first)
	total = Score.of((line for _row, line in lines), today)
	if rows:
		rows.append(_figures(_("Total"), total) | {"is_total": 1})
	chart = _calibration(total) if by == PROBABILITY else _chart(lines, today)
	return _columns(by), rows, drift_in_words(drift_of(company, today)), chart, None, 1


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
	# What has no value comes first, whatever the others are.
	return sorted(groups.items(), key=lambda group: (group[0] != "", group[0]))


def _figures(group: Any, score: Score) -> Row:
	return {
		"group": group,
		"promised": score.promised,
		**{outcome.value: count for outcome, count in score.counts.items()},
		"share_kept": score.share_kept,
		"mean_days_late": score.mean_days_late,
		"median_days_late": score.median_days_late,
		"share_told": score.share_told,
		"brier": score.brier,
	}


def _worst_first(row: Row) -> tuple[Any, ...]:
	share = row["share_kept"]
	return (share is None, share or 0.0, -row["promised"], row["group"])


def _month(day: date) -> str:
	return str(formatdate(day, "MMM yyyy"))


def _band(band: tuple[float, float] | str) -> str:
	if isinstance(band, str):
		return _("None told")
	low, high = (round(100 * edge) for edge in band)
	return str(_("{0} to {1} %").format(low, high))


# Groups that are in an order of their own, and how each is named.
NAMED = {MONTH: _month, PROBABILITY: _band}


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


def _calibration(total: Score) -> Row | None:
	"""By band of the probability told: the mean of it, and the share kept."""
	found = bands(total.scored)
	if not found:
		return None
	told, kept = ([round(100 * getattr(band, name), 1) for band in found] for name in ("told", "kept"))
	return {
		"data": {
			"labels": [_band((band.low, band.high)) for band in found],
			"datasets": [{"name": _("Told (%)"), "values": told}, {"name": _("Kept (%)"), "values": kept}],
		},
		"type": "bar",
		"colors": ["#a5b4c4", "#38a160"],
		"height": 220,
		"fieldtype": "Percent",
	}


def _labels(months: Sequence[date]) -> list[str]:
	"""Without the year where nobody needs it: there is little room below a small chart."""
	within_a_year = (months[-1] - months[0]).days < YEAR_DAYS - 31
	return [str(formatdate(month, "MMM" if within_a_year else "MMM yy")) for month in months]


def _columns(by: str) -> list[Row]:
	linked = ("Data", 200) if by in NAMED else ("Link", 200, by)
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
		column("share_told", _("Probability Told"), "Percent", 145) | {"precision": 1},
		column("brier", _("Brier Score"), "Float", 115) | {"precision": 3},
	]
