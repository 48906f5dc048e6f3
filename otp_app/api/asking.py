"""What a call asks for: a document that is named, or an order that need not exist."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.http import from_json, get_permitted
from otp_app.engine.problems import Problem, RequestRefused
from otp_app.promises.documents import Asked, order_of, rules_of
from otp_app.promises.site import ORDERS, may_create

# Frappe answers 417 when an argument does not fit its annotation. What may be malformed is let through, so that
# the request's own check can answer 400 or 422 and name the field.
Json = Any


def free_order(
	items: Json, customer: Json, desired_date: Json, rules: Json, company: Json, channel: Json = None
) -> Asked:
	"""An order that need not exist. Raises PermissionError for who may create neither Sales Orders nor Quotations."""
	if not any(may_create(doctype) for doctype in ORDERS):
		raise frappe.PermissionError(_("You need permission to create Sales Orders or Quotations."))
	return Asked(
		{
			"items": from_json(items, "items"),
			"customer": customer,
			"desired_date": desired_date,
			"rules": from_json(rules, "rules"),
			"company": company,
			"channel": channel,
		}
	)


def asked_of(document: Document, rules: Json) -> Asked:
	"""What a document asks for, by these rules, else by those that it was promised by."""
	asked = order_of(document)
	given = from_json(rules, "rules")
	asked.payload["rules"] = (rules_of(document) or None) if given is None else given
	return asked


def document_of(sales_order: Json, quotation: Json, permission: str) -> Document:
	"""The one of the two that is named, with `permission` on it."""
	if sales_order and quotation:
		message = _("Give either sales_order or quotation, not both.")
		raise RequestRefused([Problem("INVALID_VALUE", message, "quotation")])
	if quotation:
		return get_permitted("Quotation", quotation, permission)
	return get_permitted("Sales Order", sales_order, permission)
