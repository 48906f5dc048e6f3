"""What would become of the order book if something changed; nothing is written."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr

from otp_app.api.arguments import choices, number, text, texts
from otp_app.api.asking import Json, asked_of, document_of
from otp_app.api.http import (
	from_json,
	get_permitted,
	json_errors,
	refuse_unknown,
	refuse_unknown_arguments,
	request_id,
)
from otp_app.engine.backorder.rules import BackorderRules, parse_rules
from otp_app.engine.backorder.supposed import OtherDay, Supposed, parse_supposed, refuse_nothing
from otp_app.engine.problems import CONFLICT, MALFORMED, Problem, RequestRefused
from otp_app.promises.documents import Asked
from otp_app.promises.supposing.answer import answer_of
from otp_app.promises.supposing.open_documents import KINDS as KINDS_OF_DOCUMENT
from otp_app.promises.supposing.open_documents import open_documents
from otp_app.promises.supposing.question import Question, View, check

KINDS = ("improved", "unchanged", "worse", "lost", "late", "exception")
CHANGED = ("improved", "worse", "lost")
DEFAULT_LIMIT, MAX_LIMIT, MAX_START = 100, 500, 10_000_000
ORDER_FIELDS = ("items", "customer", "desired_date", "rules", "company")


@frappe.whitelist(methods=["POST"])
@json_errors
def what_if(
	delay: Json = None,
	add: Json = None,
	lose: Json = None,
	take: Json = None,
	company: Json = None,
	rules: Json = None,
	only: Json = None,
	customer: Json = None,
	limit: Json = None,
	start: Json = None,
) -> dict[str, Any] | None:
	"""Which open order lines would get another date if documents came on another day, there were more supply, warehouses
	were lost, or an order were taken (docs/api.md); nothing is written, nothing is locked.

	Needs permission to read Sales Orders and Order Promises, and the documents that are named.
	"""
	arguments = set(locals())
	refuse_unknown_arguments(arguments)
	_check_permission()
	supposed = parse_supposed(
		{"delay": _json(delay, "delay"), "add": _json(add, "add"), "lose": _json(lose, "lose")}
	)
	taken = _taken(take)
	refuse_nothing(supposed, takes_an_order=taken is not None)
	question = Question(
		supposed,
		_brought(supposed),
		_view(only, customer, limit, start),
		taken,
		text(company, "company"),
		_rules(rules),
	)
	check(question)
	return answer_of(question) | {"request_id": request_id()}


def _check_permission() -> None:
	for doctype in ("Sales Order", "Order Promise"):
		if not frappe.has_permission(doctype, "read"):
			raise frappe.PermissionError(_("You need permission to read Sales Orders and Order Promises."))


def _json(value: Json, field: str) -> Json:
	"""A list, as JSON or as it is; nothing for an empty text."""
	return None if value in (None, "") else from_json(value, field)


def _view(only: Json, customer: Json, limit: Json, start: Json) -> View:
	return View(
		kinds=frozenset(choices(only, "only", KINDS) or CHANGED),
		customers=frozenset(texts(customer, "customer")),
		start=number(start, "start", default=0, least=0, most=MAX_START),
		limit=number(limit, "limit", default=DEFAULT_LIMIT, least=0, most=MAX_LIMIT),
	)


def _rules(rules: Json) -> BackorderRules | None:
	given = _json(rules, "rules")
	return None if given is None else parse_rules(given)


def _brought(supposed: Supposed) -> frozenset[str]:
	"""The items of the documents that come on another day; the user must be able to read each."""
	return frozenset(
		item
		for index, other in enumerate(supposed.delay)
		for item in _items_of(other, f"delay[{index}].document")
	)


def _items_of(other: OtherDay, field: str) -> list[str]:
	document = get_permitted(other.document_type.value, other.document, field=field)
	if document.docstatus != 1:
		message = _("{0} {1} is not submitted: nothing comes from it.").format(
			_(document.doctype), document.name
		)
		raise RequestRefused([Problem("NO_SUPPLY", message, field, CONFLICT)])
	rows = document.get("items") or [{"item_code": document.get("production_item")}]
	return [row.get("item_code") for row in rows if row.get("item_code")]


def _taken(take: Json) -> Asked | None:
	"""The order to take: a Quotation, a draft Sales Order, or lines."""
	given = _json(take, "take")
	if given is None:
		return None
	if not isinstance(given, dict):
		message = _("take must be an object: a sales_order, a quotation, or items with a customer.")
		raise RequestRefused([Problem("MALFORMED", message, "take", MALFORMED)])
	if given.get("sales_order") or given.get("quotation"):
		refuse_unknown(given, ("sales_order", "quotation", "rules"))
		return _document(given)
	refuse_unknown(given, ORDER_FIELDS)
	return Asked({field: given.get(field) for field in ORDER_FIELDS})


def _document(given: dict[str, Any]) -> Asked:
	document = document_of(given.get("sales_order"), given.get("quotation"), "read")
	if document.doctype == "Sales Order" and document.docstatus == 1:
		message = _("{0} is submitted: it is in the order book already. Take a draft, or a quotation.")
		raise RequestRefused(
			[Problem("ALREADY_COMMITTED", message.format(document.name), "take.sales_order")]
		)
	return asked_of(document, given.get("rules"))


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def documents(
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict[str, Any] | None
) -> list[tuple[str, str, str]]:
	"""Open documents that bring supply, with their days: the search of a link field, in `filters` the company.

	Needs permission to read the orders, as `what_if`, and that kind of document.
	"""
	_check_permission()
	if doctype not in KINDS_OF_DOCUMENT:
		raise frappe.PermissionError(_("{0} brings no supply.").format(_(doctype)))
	company = cstr((filters or {}).get("company"))
	return open_documents(doctype, txt, company, start, page_len)
