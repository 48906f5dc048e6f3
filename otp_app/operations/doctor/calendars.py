"""Holiday Lists that companies, warehouse rules and lanes go by: missing, over, or over soon."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe.utils import add_days, getdate, nowdate

from otp_app.operations.doctor.finding import Finding, error, warning

SOON_DAYS = 60


def look() -> Iterator[Finding]:
	"""Every list that is in use."""
	companies = frappe.get_all("Company", ["name", "default_holiday_list"], order_by="name")
	for company in companies:
		if not company.default_holiday_list:
			told = f"{company.name} has no Holiday List: every day that is no weekend is a working day."
			yield warning("NO_HOLIDAYS", told, f"Desk: Company {company.name} > Default Holiday List")
	rules = frappe.get_all("Order Promise Warehouse Rule", {"calendar": ("is", "set")}, pluck="calendar")
	lanes = frappe.get_all("Transit Lane", {"calendar": ("is", "set")}, pluck="calendar")
	used = {company.default_holiday_list for company in companies} | {*rules, *lanes}
	for name in sorted(filter(None, used)):
		yield from _look_at(name)


def _look_at(name: str) -> Iterator[Finding]:
	today, last = getdate(nowdate()), frappe.db.get_value("Holiday List", name, "to_date")
	fix = f"Desk: Holiday List {name} > To Date and holidays, or another list where it is used"
	if last is None or last < today:
		yield error(
			"HOLIDAYS_OVER", f"Holiday List {name} ended on {last}: later holidays are promised.", fix
		)
	elif last <= getdate(add_days(today, SOON_DAYS)):
		yield warning("HOLIDAYS_END", f"Holiday List {name} ends on {last}: later ones are not known.", fix)
