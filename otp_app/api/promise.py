"""When can an order be delivered? For a request, a Sales Order or a Quotation; nothing is written."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from otp_app.api.http import from_json, get_permitted, json_errors, refuse_unknown_arguments, request_id
from otp_app.engine.facts import Excluded
from otp_app.engine.problems import UNAVAILABLE
from otp_app.promises.documents import order_of
from otp_app.promises.site import ORDERS, promise_on_site

# Frappe answers 417 when an argument does not fit its annotation. What may be malformed is let through, so that
# the request's own check can answer 400 or 422 and name the field.
Json = Any


@frappe.whitelist(methods=["POST"])
@json_errors
def calculate(
	items: Json = None,
	customer: Json = None,
	desired_date: Json = None,
	rules: Json = None,
	company: Json = None,
) -> dict[str, Any] | None:
	"""The promise for an order that need not exist (the fields of PromiseRequest; docs/api.md).

	Needs permission to create Sales Orders or Quotations, and to read the customer, company and warehouses named.
	"""
	refuse_unknown_arguments({"items", "customer", "desired_date", "rules", "company"})
	if not any(frappe.has_permission(doctype, "create") for doctype in ORDERS):
		raise frappe.PermissionError(_("You need permission to create Sales Orders or Quotations."))
	payload = {
		"items": from_json(items, "items"),
		"customer": customer,
		"desired_date": desired_date,
		"rules": from_json(rules, "rules"),
		"company": company,
	}
	return _answer(payload)


@frappe.whitelist(methods=["POST"])
@json_errors
def for_sales_order(sales_order: Json = None, rules: Json = None) -> dict[str, Any] | None:
	"""The promise for what a Sales Order, draft or submitted, has still to deliver.

	Its own commitments do not count against it, and its own reservations are its to use.
	"""
	return _for_document("Sales Order", sales_order, rules)


@frappe.whitelist(methods=["POST"])
@json_errors
def for_quotation(quotation: Json = None, rules: Json = None) -> dict[str, Any] | None:
	"""The promise for a Quotation, its alternative lines left out."""
	return _for_document("Quotation", quotation, rules)


def _for_document(doctype: str, name: Json, rules: Json) -> dict[str, Any]:
	document = get_permitted(doctype, name)
	payload, excluding = order_of(document)
	payload["rules"] = from_json(rules, "rules")
	return _answer(payload, excluding)


def _answer(payload: dict[str, Any], excluding: Excluded | None = None) -> dict[str, Any]:
	"""The promise; with status 503 where the tables could not be read, so that a program tries again."""
	promise = promise_on_site(payload, now=now_datetime(), request_id=request_id(), excluding=excluding)
	if any(blocker["code"] == "SOURCE_UNAVAILABLE" for blocker in promise["blockers"]):
		frappe.local.response["http_status_code"] = UNAVAILABLE
	return promise
