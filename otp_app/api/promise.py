"""When can an order be delivered, and keeping that: calculate, apply, hold, extend, release."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.arguments import day, minutes, text
from otp_app.api.asking import Json, asked_of, document_of, free_order
from otp_app.api.http import (
	from_json,
	get_permitted,
	json_errors,
	refuse_unknown_arguments,
	request_id,
	this_request,
)
from otp_app.api.writing import all_or_nothing
from otp_app.engine.problems import CONFLICT, UNAVAILABLE, Problem, RequestRefused
from otp_app.promises.documents import Asked
from otp_app.promises.keeping import apply as applying
from otp_app.promises.keeping import hold as holding
from otp_app.promises.looking.orders import summary
from otp_app.promises.site import promise_for_user, shown


@frappe.whitelist(methods=["POST"])
@json_errors
def calculate(
	items: Json = None,
	customer: Json = None,
	desired_date: Json = None,
	rules: Json = None,
	company: Json = None,
	channel: Json = None,
) -> dict[str, Any] | None:
	"""The promise for an order that need not exist (the fields of PromiseRequest; docs/api.md); nothing is written.

	Needs permission to create Sales Orders or Quotations, and to read the customer, company and warehouses named.
	"""
	refuse_unknown_arguments({"items", "customer", "desired_date", "rules", "company", "channel"})
	return _answer(free_order(items, customer, desired_date, rules, company, channel))


@frappe.whitelist(methods=["POST"])
@json_errors
def for_sales_order(sales_order: Json = None, rules: Json = None) -> dict[str, Any] | None:
	"""The promise for what a Sales Order, draft or submitted, has still to deliver; nothing is written.

	Its own commitments do not count against it, and its own reservations and holds are its to use.
	"""
	refuse_unknown_arguments({"sales_order", "rules"})
	return _for_document("Sales Order", sales_order, rules)


@frappe.whitelist(methods=["POST"])
@json_errors
def for_quotation(quotation: Json = None, rules: Json = None) -> dict[str, Any] | None:
	"""The promise for a Quotation, its alternative lines left out; nothing is written."""
	refuse_unknown_arguments({"quotation", "rules"})
	return _for_document("Quotation", quotation, rules)


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def apply(
	sales_order: Json = None,
	quotation: Json = None,
	rules: Json = None,
	expected_date: Json = None,
	change: Json = None,
) -> dict[str, Any] | None:
	"""Writes the promised dates into a Sales Order or Quotation, and an Order Promise that says what they rest on.

	`expected_date`: refuse (409 STALE) a later date than the one seen. `change`: that of an option of the answer. Needs
	permission to write the document.
	"""
	arguments = dict(locals())
	refuse_unknown_arguments(set(arguments))
	document = document_of(sales_order, quotation, "write")
	doc = applying.apply(
		document,
		this_request("apply", arguments),
		rules=from_json(rules, "rules"),
		change=from_json(change, "change"),
		expected_date=_date(expected_date),
	)
	return summary(doc)


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def hold(
	sales_order: Json = None,
	quotation: Json = None,
	items: Json = None,
	customer: Json = None,
	desired_date: Json = None,
	rules: Json = None,
	company: Json = None,
	expected_date: Json = None,
	hold_minutes: Json = None,
	channel: Json = None,
) -> dict[str, Any] | None:
	"""Promises a document, or an order that need not exist, and keeps the supply until the hold ends.

	Without `hold_minutes` it lasts as long as the settings say. An order that cannot be promised is refused (409
	NOT_AVAILABLE). Needs permission to write the document; without one, as `calculate`, and a customer.
	"""
	arguments = dict(locals())
	refuse_unknown_arguments(set(arguments))
	document = None
	if sales_order or quotation:
		_refuse_besides(
			items=items, customer=customer, desired_date=desired_date, company=company, channel=channel
		)
		document = _pending(document_of(sales_order, quotation, "write"))
		asked = asked_of(document, rules)
	else:
		_refuse_nothing(items)
		asked = free_order(items, customer, desired_date, rules, company, channel)
		_check_customer(asked)
	until = holding.end_of(minutes(hold_minutes, "hold_minutes"))
	request = this_request("hold", arguments)
	expected = _date(expected_date)
	return summary(holding.hold(asked, request, document=document, until=until, expected_date=expected))


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def extend(promise: Json = None, hold_minutes: Json = None) -> dict[str, Any] | None:
	"""Keeps a hold for `hold_minutes` from now, or as long as the settings say. Needs the permission to make it."""
	refuse_unknown_arguments({"promise", "hold_minutes"})
	_check_holder(get_permitted("Order Promise", promise, field="promise"))
	return summary(holding.keep_until(promise, holding.end_of(minutes(hold_minutes, "hold_minutes")))) | {
		"request_id": request_id()
	}


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def release(promise: Json = None, sales_order: Json = None, quotation: Json = None) -> dict[str, Any] | None:
	"""Gives up a hold, named itself or by its document. Doing so again changes nothing."""
	refuse_unknown_arguments({"promise", "sales_order", "quotation"})
	name = promise
	if sales_order or quotation:
		name = document_of(sales_order, quotation, "write").get("otp_promise")
		if not name:
			message = _("Nothing is held for it.")
			raise RequestRefused([Problem("NOT_HELD", message, None, CONFLICT)])
	_check_holder(get_permitted("Order Promise", name, field="promise"))
	return summary(holding.release(name)) | {"request_id": request_id()}


def _for_document(doctype: str, name: Json, rules: Json) -> dict[str, Any]:
	document = get_permitted(doctype, name)
	asked = asked_of(document, rules)
	known = {"doctype": doctype, "name": document.name, "rows": list(asked.rows)}
	about = {"document": known | {"rules": asked.payload.get("rules") or {}}}
	return _answer(asked) | about | {"promise": _present(document)}


def _present(document: Document) -> dict[str, Any] | None:
	"""The promise that the document has now."""
	if not document.get("otp_promise"):
		return None
	fields = ["name", "status", "promise_date", "held_until"]
	return frappe.db.get_value("Order Promise", document.otp_promise, fields, as_dict=True)


def _pending(document: Document) -> Document:
	if document.doctype == "Sales Order" and document.docstatus == 1:
		message = _("{0} is submitted: it has its own commitment and needs no hold.").format(document.name)
		raise RequestRefused([Problem("ALREADY_COMMITTED", message, "sales_order")])
	return document


def _refuse_besides(**fields: Json) -> None:
	"""What a document has itself is not given beside it."""
	problems = [
		Problem("INVALID_VALUE", _("{0} is the document's own: leave it out.").format(field), field)
		for field, value in fields.items()
		if value is not None
	]
	if problems:
		raise RequestRefused(problems)


def _refuse_nothing(items: Json) -> None:
	if items is None:
		message = _("Say what to hold: a sales_order, a quotation, or items with a customer.")
		raise RequestRefused([Problem("MISSING_FIELD", message, "items")])


def _check_customer(asked: Asked) -> None:
	if not asked.payload["customer"]:
		message = _("customer is missing: say for whom this is held.")
		raise RequestRefused([Problem("MISSING_FIELD", message, "customer")])


def _check_holder(doc: Document) -> None:
	"""Whoever may write the document; without one, who made the hold, and Sales Managers. Raises PermissionError."""
	if doc.reference_name:
		frappe.get_doc(doc.reference_doctype, doc.reference_name).check_permission("write")
	elif doc.owner != frappe.session.user and not {"Sales Manager", "System Manager"} & set(
		frappe.get_roles()
	):
		raise frappe.PermissionError(
			_("{0} was held by somebody else: ask a Sales Manager.").format(doc.name)
		)


def _date(value: Json) -> str | None:
	found = day(text(value, "expected_date"), "expected_date")
	return found.isoformat() if found else None


def _answer(asked: Asked) -> dict[str, Any]:
	"""The promise; with status 503 where the tables could not be read, so that a program tries again."""
	promise = shown(promise_for_user(asked, request_id=request_id()))
	if any(blocker["code"] == "SOURCE_UNAVAILABLE" for blocker in promise["blockers"]):
		frappe.local.response["http_status_code"] = UNAVAILABLE
	return promise
