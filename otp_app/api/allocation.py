"""What the forms of quotas and protected minimums ask for."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from otp_app.api.arguments import choices, day
from otp_app.api.asking import Json
from otp_app.api.http import json_errors
from otp_app.engine.problems import Problem, RequestRefused
from otp_app.promises.allocating import FREQUENCIES, MAX_PERIODS, periods_between


@frappe.whitelist(methods=["POST"])
@json_errors
def periods(
	frequency: Json = None, from_date: Json = None, to_date: Json = None, qty: Json = None
) -> dict[str, Any] | None:
	"""The days, weeks or months from one date to another, each with a quantity; nothing is written.

	Needs permission to write Product Allocations or Supply Protections.
	"""
	if not any(frappe.has_permission(kind, "write") for kind in ("Product Allocation", "Supply Protection")):
		raise frappe.PermissionError(_("You need permission to write Product Allocations."))
	first, last = day(from_date, "from_date"), day(to_date, "to_date")
	if first is None or last is None or last < first:
		message = _("to_date must not be before from_date: give both.")
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "to_date")])
	(chosen,) = choices(frequency or FREQUENCIES[-1], "frequency", FREQUENCIES)
	found = list(periods_between(chosen, first, last))
	if len(found) > MAX_PERIODS:
		message = _("These are {0} periods; give at most {1}: choose longer ones.").format(
			len(found), MAX_PERIODS
		)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "frequency")])
	if flt(qty) < 0:
		raise RequestRefused([Problem("OUT_OF_RANGE", _("qty must not be negative."), "qty")])
	return {
		"periods": [{"from_date": str(start), "to_date": str(end), "qty": flt(qty)} for start, end in found]
	}
