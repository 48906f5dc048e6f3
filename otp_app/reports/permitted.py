"""What the present user may see in a report; asked by role and User Permission, without a query for each row."""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe import _

from otp_app.promises.site import kept_to_documents

PROMISE = "Order Promise"


def check_company(company: str | None) -> str:
	"""The company of a report's filters. Raises ValidationError without one, PermissionError for one not permitted."""
	if not company:
		frappe.throw(_("Choose a company."), title=_("Company Missing"))
	kept = kept_to_documents("Company")
	if kept and company not in kept:
		message = _("You may not see {0} {1}: choose a company that you work for.")
		frappe.throw(message.format(_("Company"), company), frappe.PermissionError)
	return str(company)


def permitted_promises(names: Collection[str]) -> frozenset[str]:
	"""Those of `names` that the user may read. Raises PermissionError for a user who may read none at all."""
	filters = {"name": ("in", sorted(names) or [""])}
	return frozenset(frappe.get_list(PROMISE, filters=filters, pluck="name", limit_page_length=0))
