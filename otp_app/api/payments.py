"""Payments of Sales Orders through Molam: create, confirm, cancel, refund, refresh, status; and what Molam sends."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.api.arguments import minutes, text, truth
from otp_app.api.asking import Json
from otp_app.api.http import get_permitted, json_errors, refuse_unknown_arguments, request_id, this_request
from otp_app.api.writing import all_or_nothing
from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused
from otp_app.payments import exchange, requesting, shown, webhooks
from otp_app.payments.connection import MolamRefused, MolamUnsure
from otp_app.payments.due import PAYMENT


@frappe.whitelist(methods=["POST"])
@json_errors
def create(
	sales_order: Json = None,
	amount: Json = None,
	pay_minutes: Json = None,
	hold: Json = None,
) -> dict[str, Any]:
	"""Asks for a payment of what is due on a Sales Order, or of `amount`, in the order's currency.

	`hold`: what a draft order promises is held until it is paid, cancelled or over. The answer says where the customer
	pays. When Molam cannot be reached, it says so (`in_doubt`), and the payment is made there as soon as it can be; with
	the same X-Request-Id it is never asked for twice. Needs permission to write the order.
	"""
	arguments = dict(locals())
	refuse_unknown_arguments(set(arguments))
	payment = _written_down(_create, arguments)
	return _told(exchange.refresh(payment.name))


def _create(arguments: dict[str, Json]) -> Document:
	order = get_permitted("Sales Order", arguments["sales_order"], "write")
	return requesting.request_payment(
		order.name,
		this_request("payment", arguments),
		amount=_amount(arguments["amount"]),
		minutes=minutes(arguments["pay_minutes"], "pay_minutes"),
		hold=bool(truth(arguments["hold"], "hold")),
	)


@frappe.whitelist(methods=["POST"])
@json_errors
def confirm(payment: Json = None) -> dict[str, Any]:
	"""Confirms a pending payment at Molam, for a customer whose means of payment Molam has. Needs permission to write
	the order."""
	refuse_unknown_arguments({"payment"})
	return _told(exchange.confirm(_writable(payment).name))


@frappe.whitelist(methods=["POST"])
@json_errors
def cancel(payment: Json = None) -> dict[str, Any]:
	"""Cancels a payment that has not been made (409 ALREADY_PAID otherwise). Needs permission to write the order."""
	refuse_unknown_arguments({"payment"})
	name = _written_down(requesting.want_cancelled, _writable(payment).name).name
	return _told(exchange.refresh(name, send=False))


@frappe.whitelist(methods=["POST"])
@json_errors
def refund(payment: Json = None, amount: Json = None, reason: Json = None) -> dict[str, Any]:
	"""Gives back what a customer has paid, all that is left or `amount`.

	Needs permission to read the payment, and to create Payment Entries.
	"""
	arguments = dict(locals())
	refuse_unknown_arguments(set(arguments))
	name = get_permitted(PAYMENT, payment, field="payment").name
	frappe.has_permission("Payment Entry", "create", throw=True)
	_written_down(_refund, name, arguments)
	return _told(exchange.refresh(name, send=False))


def _refund(name: str, arguments: dict[str, Json]) -> Document:
	return requesting.request_refund(
		name,
		this_request("refund", arguments),
		amount=_amount(arguments["amount"]),
		reason=text(arguments["reason"], "reason"),
	)


@frappe.whitelist(methods=["POST"])
@json_errors
def refresh(payment: Json = None, refund_id: Json = None) -> dict[str, Any]:
	"""Asks Molam how a payment stands, at once instead of with the next job. Needs permission to read the payment.

	`refund_id`: a refund to be taken over, by its id at Molam.
	"""
	refuse_unknown_arguments({"payment", "refund_id"})
	name = get_permitted(PAYMENT, payment, field="payment").name
	if known := text(refund_id, "refund_id"):
		try:
			exchange.adopt_refund(name, known)
		except (MolamUnsure, MolamRefused) as error:
			raise RequestRefused([Problem("UNKNOWN_REFUND", str(error), "refund_id", UNKNOWN)]) from error
	return _told(exchange.refresh(name))


@frappe.whitelist(methods=["GET", "POST"])
@json_errors
def status(sales_order: Json = None, payment: Json = None) -> dict[str, Any]:
	"""How a payment stands, or what is due on a Sales Order and its payments, as last heard; Molam is not asked.

	Needs permission to read it.
	"""
	refuse_unknown_arguments({"sales_order", "payment"})
	if payment:
		return _told(get_permitted(PAYMENT, payment, field="payment"))
	order = get_permitted("Sales Order", sales_order)
	return shown.of_order(order) | {"request_id": request_id()}


def webhook() -> dict[str, Any]:
	"""What Molam sends to /otp/molam/webhook: nobody is signed in there, the body itself is signed.

	Not whitelisted: under /api/method Frappe would read the body before its signature is checked.
	"""
	request = frappe.local.request
	header, company = request.headers.get(webhooks.HEADER), request.args.get("company")
	return webhooks.receive(request.get_data(), header, company) | {"request_id": request_id()}


@all_or_nothing
def _in_one_piece(step: Callable[..., Document], *values: Any) -> Document:
	return step(*values)


def _written_down(step: Callable[..., Document], *values: Any) -> Document:
	"""What is asked for is committed before Molam hears of it: whatever happens then, it can be found out."""
	payment = _in_one_piece(step, *values)
	frappe.db.commit()
	return payment


def _writable(payment: Json) -> Document:
	"""A payment whose order, or else whose Payment Request, the user may write."""
	doc = get_permitted(PAYMENT, payment, field="payment")
	doctype, name = (
		("Sales Order", doc.sales_order) if doc.sales_order else ("Payment Request", doc.payment_request)
	)
	# Where both are gone, nobody may write the payment itself.
	about = frappe.get_doc(doctype, name) if name else doc
	about.check_permission("write")
	return doc


def _amount(value: Json) -> Decimal | None:
	"""An amount as text or number; None for none."""
	if value in (None, ""):
		return None
	try:
		found = None if isinstance(value, bool) else Decimal(str(value))
	except InvalidOperation:
		found = None
	if found is None or not found.is_finite():
		message = _("amount must be a number such as 100.10.")
		raise RequestRefused([Problem("NOT_A_NUMBER", message, "amount")])
	return found


def _told(payment: Document) -> dict[str, Any]:
	return shown.of_payment(payment) | {"request_id": request_id()}
