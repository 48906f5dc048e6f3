"""The facts that promises are made from, for a program that promises elsewhere (docs/rest-source.md)."""

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _

from otp_app.api.arguments import text, texts, truth
from otp_app.api.asking import Json
from otp_app.api.http import from_json, json_errors, refuse_unknown, refuse_unknown_arguments, request_id
from otp_app.engine.facts import Excluded
from otp_app.engine.problems import UNAVAILABLE, Problem, RequestRefused, SourceUnavailable
from otp_app.promises.site import ORDERS, PermittedSource, kept_to_documents, reads
from otp_app.sources.snapshot.wire import told

MAX_ITEMS = 2000
# The facts name these documents, or give sums of them: whoever asks must read every one of each.
READ = (
	"BOM",
	"Bin",
	"Customer",
	"Material Request",
	"Order Promise",
	"Product Allocation",
	"Production Plan",
	"Purchase Order",
	"Sales Order",
	"Stock Entry",
	"Subcontracting Order",
	"Supply Reliability",
	"Work Order",
	"Workstation",
)
# What is told by name only with `documents`.
NAMED = ("POS Invoice",)


@frappe.whitelist(methods=["POST"])
@json_errors
def snapshot(
	items: Json = None, customer: Json = None, excluding: Json = None, documents: Json = None
) -> dict[str, Any] | None:
	"""All that a promise of up to 2,000 items depends on, as `{version, facts}`; nothing is written.

	`excluding` is `{doctype, name, holds}` of an order that is being promised again. Needs permission to read every document
	of the kinds that the facts come from (docs/permissions.md), and to be kept to no company or warehouse.
	"""
	refuse_unknown_arguments({"items", "customer", "excluding", "documents"})
	named = bool(truth(documents, "documents"))
	_check_permission(READ + NAMED if named else READ)
	codes = texts(from_json(items, "items") if items else [], "items")
	if len(codes) > MAX_ITEMS:
		message = _("items has {0} items; one call takes at most {1}: ask several times.")
		raise RequestRefused([Problem("TOO_MANY_ITEMS", message.format(len(codes), MAX_ITEMS), "items")])
	try:
		facts = PermittedSource().snapshot(
			codes,
			customer=text(customer, "customer"),
			excluding=_excluded(excluding),
			documents=named,
		)
	except SourceUnavailable as error:
		raise RequestRefused([Problem("SOURCE_UNAVAILABLE", str(error), None, UNAVAILABLE)]) from error
	return told(facts) | {"request_id": request_id()}


def _check_permission(doctypes: Sequence[str]) -> None:
	if unread := [doctype for doctype in doctypes if not reads(doctype)]:
		names = ", ".join(_(doctype) for doctype in unread)
		raise frappe.PermissionError(_("You must be allowed to read every {0}.").format(names))
	if kept_to_documents("Company") or kept_to_documents("Warehouse"):
		raise frappe.PermissionError(
			_("You are kept to some companies or warehouses by User Permissions, and these facts are of all.")
		)


def _excluded(given: Json) -> Excluded | None:
	found = from_json(given, "excluding") if given else None
	if found is None:
		return None
	if not isinstance(found, dict) or found.get("doctype") not in ORDERS:
		message = _("excluding must be {0} of a Sales Order or Quotation.").format("{doctype, name, holds}")
		raise RequestRefused([Problem("INVALID_VALUE", message, "excluding")])
	refuse_unknown(found, {"doctype", "name", "holds"})
	holds = texts(found.get("holds") or [], "excluding.holds")
	return Excluded(found["doctype"], text(found.get("name"), "excluding.name") or "", frozenset(holds))
