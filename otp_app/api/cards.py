"""The number cards of the workspace that count what their report counts. Called by Desk, and by nothing else."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate

from otp_app.reports.accuracy import Score
from otp_app.reports.at_risk import lines_at_risk, orders_of
from otp_app.reports.outcomes import drift_of, lines_promised, watched
from otp_app.reports.permitted import PROMISE

SHARE_DAYS = 30

Card = dict[str, Any]


@frappe.whitelist(methods=["POST"])
def promises_at_risk(filters: Any = None) -> Card | str:
	"""The number of orders in the report Promises at Risk, in the user's company."""
	company = _company()
	if company is None:
		return _("No company")
	count = orders_of(lines_at_risk(company, {}))
	return _card(count, "Int", "Promises at Risk", {"company": company})


@frappe.whitelist(methods=["POST"])
def share_kept(filters: Any = None) -> Card | str:
	"""The share kept (percent) of the last 30 days, as in the report Promise Accuracy; a dash where nothing was due."""
	company = _company()
	if company is None:
		return _("No company")
	today = getdate(nowdate())
	first = add_days(today, -SHARE_DAYS)
	lines = lines_promised(company, {}, first, today)
	share = Score.of((line for _row, line in lines), today).share_kept
	if share is None:
		return "\N{EN DASH}"
	period = {"company": company, "from_date": str(first), "to_date": str(today)}
	return _card(round(share, 1), "Percent", "Promise Accuracy", period)


@frappe.whitelist(methods=["POST"])
def kept_less_told(filters: Any = None) -> Card | str:
	"""By how many points more were kept than was told (negative: fewer), of lines promised for the last 90 days.

	A dash where nothing was told; see the alarm of otp_app.reliability.alarm.
	"""
	company = _company()
	if company is None:
		return _("No company")
	today = getdate(nowdate())
	found = drift_of(company, today)
	if found is None:
		return "\N{EN DASH}"
	first, last = watched(today)
	period = {"company": company, "from_date": str(first), "to_date": str(last), "group_by": "Probability"}
	return _card(round(100 * (found.kept - found.told), 1), "Float", "Promise Accuracy", period)


def _company() -> str | None:
	"""The user's company. Raises PermissionError for a user who may not read promises."""
	frappe.has_permission(PROMISE, "report", throw=True)
	company = frappe.defaults.get_user_default("Company") or frappe.db.get_default("company")
	return str(company) if company else None


def _card(value: float, fieldtype: str, report: str, options: dict[str, str]) -> Card:
	return {
		"value": value,
		"fieldtype": fieldtype,
		"precision": 1,
		"route": ["query-report", report],
		"route_options": options,
	}
