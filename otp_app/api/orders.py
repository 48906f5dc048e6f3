"""Sales Orders with their promises; nothing is written."""

from typing import Any

import frappe
from frappe import _

from otp_app.api.arguments import choices, day, number, text, truth
from otp_app.api.asking import Json
from otp_app.api.http import get_permitted, json_errors, refuse_unknown_arguments, request_id
from otp_app.engine.problems import Problem, RequestRefused
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.looking.orders import ENDED, OPEN, SORTABLE, OrderQuestion, list_orders, order_in_full

DEFAULT_LIMIT, MAX_LIMIT, MAX_START = 50, 500, 10_000_000
STATUSES = (*OPEN, *ENDED)
PROMISE_STATUSES = tuple(status.value for status in PromiseStatus)
FILTERS = frozenset(
	{
		"customer",
		"company",
		"status",
		"promise_status",
		"from_date",
		"to_date",
		"at_risk",
		"search",
		"order_by",
		"limit",
		"start",
	}
)


@frappe.whitelist(methods=["POST"])
@json_errors
def sales_orders(
	customer: Json = None,
	company: Json = None,
	status: Json = None,
	promise_status: Json = None,
	from_date: Json = None,
	to_date: Json = None,
	at_risk: Json = None,
	search: Json = None,
	order_by: Json = None,
	limit: Json = None,
	start: Json = None,
) -> dict[str, Any] | None:
	"""The open Sales Orders that the user may read, with their promises, a page at a time (docs/api.md).

	`from_date` and `to_date` are about the promised date. Needs permission to read Sales Orders.
	"""
	refuse_unknown_arguments(set(FILTERS))
	field, descending = _order(order_by)
	first, last = day(from_date, "from_date"), day(to_date, "to_date")
	if first and last and first > last:
		message = _("from_date {0} is after to_date {1}: exchange them.").format(first, last)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "from_date")])
	question = OrderQuestion(
		customer=text(customer, "customer"),
		company=text(company, "company"),
		statuses=tuple(choices(status, "status", STATUSES)) or OPEN,
		promise_statuses=tuple(choices(promise_status, "promise_status", PROMISE_STATUSES)),
		from_date=first,
		to_date=last,
		at_risk=truth(at_risk, "at_risk"),
		search=text(search, "search"),
		order_by=field,
		descending=descending,
		limit=number(limit, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT),
		start=number(start, "start", default=0, least=0, most=MAX_START),
	)
	return list_orders(question) | {"request_id": request_id()}


def _order(order_by: Json) -> tuple[str, bool]:
	"""The field to sort by, and whether the last goes first: `promise_date`, or `promise_date desc`."""
	words = (text(order_by, "order_by") or SORTABLE[0]).lower().split()
	(field,) = choices(words[0], "order_by", SORTABLE)
	(direction,) = choices(" ".join(words[1:]) or "asc", "order_by", ("asc", "desc"))
	return field, direction == "desc"


@frappe.whitelist(methods=["POST"])
@json_errors
def sales_order(sales_order: Json = None) -> dict[str, Any] | None:
	"""A Sales Order with its lines, its present promise with pegs, and earlier promises (docs/api.md).

	Needs permission to read that Sales Order; names of other documents are left out for who may not read them.
	"""
	refuse_unknown_arguments({"sales_order"})
	return order_in_full(get_permitted("Sales Order", sales_order)) | {"request_id": request_id()}
