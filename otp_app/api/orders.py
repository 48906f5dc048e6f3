"""Sales Orders with their promises; nothing is written."""

from typing import Any

import frappe
from frappe import _

from otp_app.api.asking import Json
from otp_app.api.http import get_permitted, json_errors, refuse_unknown_arguments, request_id
from otp_app.promises.looking.orders import list_orders, order_in_full
from otp_app.promises.looking.questions import FILTERS, order_question


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
	given = dict(locals())
	refuse_unknown_arguments(set(FILTERS))
	question = order_question(given, _)
	return list_orders(question) | {"request_id": request_id()}


@frappe.whitelist(methods=["POST"])
@json_errors
def sales_order(sales_order: Json = None) -> dict[str, Any] | None:
	"""A Sales Order with its lines, its present promise with pegs, and earlier promises (docs/api.md).

	Needs permission to read that Sales Order; names of other documents are left out for who may not read them.
	"""
	refuse_unknown_arguments({"sales_order"})
	return order_in_full(get_permitted("Sales Order", sales_order)) | {"request_id": request_id()}
