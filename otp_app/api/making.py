"""Making it so: what has to be made and bought for a promised order, and the drafts for all of it."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.arguments import day, truth
from otp_app.api.asking import Json
from otp_app.api.http import get_permitted, json_errors, refuse_unknown_arguments, request_id
from otp_app.api.writing import all_or_nothing
from otp_app.engine.problems import FORBIDDEN, UNAVAILABLE, Problem, RequestRefused
from otp_app.engine.promise import Promise
from otp_app.promises.documents import Asked, accepted_order
from otp_app.promises.keeping.hold import refuse_later
from otp_app.promises.keeping.locking import locked
from otp_app.promises.making.drafts import check_may_make, make
from otp_app.promises.making.made import made_for
from otp_app.promises.making.plan import Plan, plan_of
from otp_app.promises.site import promise_for_user, reads, shown


@frappe.whitelist(methods=["POST"])
@json_errors
@all_or_nothing
def make_it_so(
	sales_order: Json = None, create: Json = None, expected_date: Json = None
) -> dict[str, Any] | None:
	"""What has to be begun so that an order can be delivered as promised, less what was made for it; with `create`, the drafts.

	For what is made or bought by its BOM (mode ATP then CTP): Work Orders, Purchase Orders where there is a default
	supplier, else Material Requests. Needs permission to read the order, and to create what is created. With
	`expected_date` nothing is created that would come later (409 STALE). All quantities in stock UOM.
	"""
	refuse_unknown_arguments(set(locals()))
	order = get_permitted("Sales Order", sales_order)
	_refuse_draft(order)
	creates, until = bool(truth(create, "create")), day(expected_date, "expected_date")
	asked = accepted_order(order)
	if not creates:
		promise = _promise(asked)
		return _answer(promise, plan_of(promise, asked, order), order, [])
	with locked(asked.item_codes):
		promise = _promise(asked)
		plan = plan_of(promise, asked, order)
	refuse_later(promise, until.isoformat() if until else None)
	check_may_make(plan.steps)
	created = _made(plan, asked, order)
	return _answer(promise, plan, order, created)


def _refuse_draft(order: Document) -> None:
	if order.docstatus != 1:
		message = _("{0} is no submitted order: submit it first, then what it needs can be made.").format(
			order.name
		)
		raise RequestRefused([Problem("NOT_SUBMITTED", message, "sales_order")])


def _promise(asked: Asked) -> Promise:
	promise = promise_for_user(asked, request_id=request_id(), with_options=False)
	if any(blocker.code == "SOURCE_UNAVAILABLE" for blocker in promise.blockers):
		message = _("The stock data cannot be read at the moment: try again later.")
		raise RequestRefused([Problem("SOURCE_UNAVAILABLE", message, None, UNAVAILABLE)])
	return promise


def _made(plan: Plan, asked: Asked, order: Document) -> list[dict[str, str]]:
	try:
		made = make(plan.steps, plan.facts, asked, order)
	except frappe.PermissionError as error:
		# As a refusal, it takes back what was made before it.
		frappe.clear_last_message()
		message = str(error) or _("You are not allowed to create all of this.")
		raise RequestRefused([Problem("FORBIDDEN", message, "create", FORBIDDEN)]) from error
	return [{"doctype": doc.doctype, "name": doc.name} for doc in made]


def _answer(promise: Promise, plan: Plan, order: Document, created: list[dict[str, str]]) -> dict[str, Any]:
	with_supplier = reads("Purchase Order") or frappe.has_permission("Purchase Order", "create")
	names = {made["name"] for made in created}
	return {
		"steps": [step.as_dict(with_supplier=with_supplier) for step in plan.steps],
		"promise": shown(promise),
		"agreed_date": str(order.delivery_date) if order.delivery_date else None,
		"already_made": [
			found
			for found in made_for(order.doctype, order.name)
			if reads(found["doctype"]) and found["name"] not in names
		],
		"created": created,
		"request_id": request_id(),
	}
