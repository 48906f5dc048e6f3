"""What has to be bought or made for an order, and asking for it."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from otp_app.api.arguments import choices
from otp_app.api.asking import Json, asked_of, document_of, free_order
from otp_app.api.http import json_errors, refuse_unknown_arguments, request_id
from otp_app.api.writing import all_or_nothing
from otp_app.engine.problems import FORBIDDEN, Problem, RequestRefused
from otp_app.engine.promise import Promise, redacted
from otp_app.promises.documents import Asked
from otp_app.promises.keeping.locking import locked
from otp_app.promises.procuring.drafts import check_may_create
from otp_app.promises.procuring.drafts import create as create_drafts
from otp_app.promises.procuring.needs import Suggestion, needs_of, suggest, unrequested
from otp_app.promises.procuring.requested import CREATABLE, PURCHASE_ORDER, read_facts, requested_for
from otp_app.promises.site import company_of, promise_for_user, reads


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def procurement_suggest(
	sales_order: Json = None,
	quotation: Json = None,
	items: Json = None,
	customer: Json = None,
	desired_date: Json = None,
	rules: Json = None,
	company: Json = None,
	create: Json = None,
) -> dict[str, Any] | None:
	"""What an order lacks, less what is asked for on its behalf already; with `create`, drafts that ask for it.

	`create` is "Material Request" (one a type) or "Purchase Order" (one a default supplier). Needs permission to read the
	document (without one, as `calculate`), and to create what is created. All quantities in stock UOM.
	"""
	arguments = set(locals())
	refuse_unknown_arguments(arguments)
	wanted = (choices(create, "create", CREATABLE) or [None])[0]
	if wanted:
		check_may_create(wanted)
	document = document_of(sales_order, quotation, "read") if sales_order or quotation else None
	asked = (
		asked_of(document, rules) if document else free_order(items, customer, desired_date, rules, company)
	)
	if wanted is None:
		suggestions, requested, _place = _suggestions(asked, document)
		return _answer(suggestions, requested, [])
	with locked(asked.item_codes):
		suggestions, requested, place = _suggestions(asked, document)
	return _answer(suggestions, requested, _made(wanted, suggestions, asked, document, place))


def _suggestions(
	asked: Asked, document: Document | None
) -> tuple[list[Suggestion], list[dict[str, str]], str | None]:
	"""What is lacking, what is asked for already, and the company that lacks it."""
	promise = _promise(asked)
	needs = needs_of(promise, asked.payload["items"], getdate(nowdate()), _)
	company = asked.payload.get("company") or company_of(promise)
	requested, names = requested_for(document)
	needs = unrequested(needs, requested)
	return suggest(needs, read_facts({need.item_code for need in needs}, company)), names, company


def _promise(asked: Asked) -> Promise:
	"""The promise without names that the user may not read."""
	promise = promise_for_user(asked, request_id=request_id(), with_options=False)
	return redacted(promise, frozenset(doctype for doctype in promise.doctypes() if not reads(doctype)))


def _made(
	doctype: str,
	suggestions: list[Suggestion],
	asked: Asked,
	document: Document | None,
	company: str | None,
) -> list[dict[str, str]]:
	if not suggestions:
		return []
	try:
		made = create_drafts(doctype, suggestions, asked, document, str(company))
	except frappe.PermissionError as error:
		# As a refusal, it takes back what was made before it.
		frappe.clear_last_message()
		message = str(error) or _("You are not allowed to create this {0}.").format(_(doctype))
		raise RequestRefused([Problem("FORBIDDEN", message, "create", FORBIDDEN)]) from error
	return [{"doctype": doc.doctype, "name": doc.name} for doc in made]


def _answer(
	suggestions: list[Suggestion], requested: list[dict[str, str]], created: list[dict[str, str]]
) -> dict[str, Any]:
	with_supplier = reads(PURCHASE_ORDER) or frappe.has_permission(PURCHASE_ORDER, "create")
	return {
		"suggestions": [suggestion.as_dict(with_supplier=with_supplier) for suggestion in suggestions],
		"already_requested": [found for found in requested if reads(found["doctype"])],
		"created": created,
		"request_id": request_id(),
	}
