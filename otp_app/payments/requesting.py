"""What the order desk asks for: a payment for an order, its cancellation, a refund. Written down, not sent yet."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_url, now_datetime

from otp_app.engine.problems import CONFLICT, Problem, RequestRefused
from otp_app.payments import holding
from otp_app.payments.booking import request_of_erpnext
from otp_app.payments.connection import settings_of
from otp_app.payments.due import KEY_AT_MOLAM, PAYMENT, amount_due
from otp_app.payments.lifecycle import OPEN, RECEIVED, PaymentStatus, RefundStatus
from otp_app.payments.money import asked, exact, written
from otp_app.promises.keeping import hold as holds
from otp_app.promises.repeat import Request, id_used

USUAL_MINUTES, MOST_MINUTES = 1440, 60 * 24 * 90
MAX_REASON = 140


def request_payment(
	sales_order: str,
	request: Request,
	*,
	amount: Decimal | None = None,
	minutes: int | None = None,
	hold: bool = False,
) -> Document:
	"""A payment of what is due on an order, or `amount` of it, that the customer can pay for `minutes`.

	With `hold`, what a draft promises is held until it has been paid. Raises RequestRefused (409 NOTHING_DUE) when all of
	it is paid or asked for.
	"""
	# One at a time: two who ask for the same money at once would both get it.
	order = frappe.get_doc("Sales Order", sales_order, for_update=True)
	if done := _done(request, order, amount):
		return done
	_refuse_ended(order)
	settings = settings_of(order.company)
	due = amount_due(order)
	wanted = due if amount is None else asked(amount, order.currency)
	_check_amount(order, wanted, due)
	expires_at = _expiry(settings, minutes)
	holds_it = hold and not order.docstatus
	if holds_it:
		_refuse_longer_than_a_hold(expires_at)
	payment = _new(settings, order.currency, wanted, expires_at, request)
	payment.update(
		{
			"conversion_rate": order.conversion_rate,
			"customer": order.customer,
			"customer_name": order.customer_name,
			"sales_order": order.name,
			"description": _("Sales Order {0}").format(order.name),
		}
	)
	payment.insert(ignore_permissions=True)
	if order.docstatus:
		payment.payment_request = request_of_erpnext(order, payment, settings)
	elif holds_it:
		payment.promise = holding.hold_for(payment, order)
	return _ready(payment)


def for_payment_request(settings: Document, erpnext_request: Document) -> Document:
	"""A payment for a Payment Request that was made in ERPNext with Molam as its gateway."""
	order = erpnext_request.reference_name if erpnext_request.reference_doctype == "Sales Order" else None
	amount = exact(erpnext_request.grand_total, erpnext_request.currency)
	payment = _new(settings, erpnext_request.currency, amount, _expiry(settings, None), Request(""))
	payment.update(
		{
			"customer": erpnext_request.party,
			"customer_name": erpnext_request.party_name,
			"sales_order": order,
			"payment_request": erpnext_request.name,
			"description": erpnext_request.subject,
		}
	)
	payment.insert(ignore_permissions=True)
	return _ready(payment)


def _new(
	settings: Document, currency: str, amount: Decimal, expires_at: datetime, request: Request
) -> Document:
	payment = frappe.new_doc(PAYMENT)
	payment.update(
		{
			"status": PaymentStatus.REQUESTED.value,
			"company": settings.company,
			"environment": settings.environment,
			"currency": currency,
			"amount": float(amount),
			"expires_at": expires_at,
			"idempotency_key": _key(request),
			"pay_token": frappe.generate_hash(length=32),
		}
	)
	return payment


def _ready(payment: Document) -> Document:
	"""With the request as it will be sent: the same each time, for Molam refuses a key that comes with another body."""
	page = page_of(payment)
	payment.request = json.dumps(
		{
			"amount": str(exact(payment.amount, payment.currency)),
			"currency": payment.currency,
			"capture": True,
			"description": payment.description,
			"customer_id": payment.customer,
			# Another site, or this one restored, may have a payment of the same name.
			"metadata": {
				"molam_payment": payment.name,
				"sales_order": payment.sales_order or "",
				KEY_AT_MOLAM: payment.idempotency_key,
			},
			"return_url": page,
			"cancel_url": page,
		}
	)
	payment.save(ignore_permissions=True)
	return payment


def page_of(payment: Document) -> str:
	"""Where the customer pays: a page of this site, which leads on to Molam's, and is there when Molam is not."""
	return get_url(f"/molam-pay?token={payment.pay_token}")


def _key(request: Request) -> str:
	"""A key that no other request has, on any site; the same for a request that is repeated."""
	if not request.key:
		return f"otp-{frappe.generate_hash(length=32)}"
	return f"otp-{hashlib.sha256(f'{frappe.local.site} {request.key}'.encode()).hexdigest()[:40]}"


def _done(request: Request, order: Document, amount: Decimal | None) -> Document | None:
	"""What this request has made before. Raises RequestRefused (409 REQUEST_ID_USED) for another one of the same id."""
	name = request.key and frappe.db.get_value(PAYMENT, {"idempotency_key": _key(request)})
	if not name:
		return None
	payment = frappe.get_doc(PAYMENT, name)
	other_amount = amount is not None and exact(amount, order.currency) != exact(
		payment.amount, payment.currency
	)
	if payment.sales_order != order.name or other_amount:
		raise id_used()
	return payment


def _refuse_ended(order: Document) -> None:
	if order.docstatus > 1 or order.status == "Closed":
		message = _("{0} is {1}: nothing is to be paid for it.").format(order.name, _(order.status))
		raise RequestRefused([Problem("ORDER_ENDED", message, "sales_order", CONFLICT)])


def _expiry(settings: Document, minutes: int | None) -> datetime:
	wanted = (cint(settings.payment_minutes) or USUAL_MINUTES) if minutes is None else minutes
	if not 1 <= wanted <= MOST_MINUTES:
		message = _("pay_minutes must be from 1 to {0}.").format(MOST_MINUTES)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "pay_minutes")])
	return now_datetime().replace(microsecond=0) + timedelta(minutes=wanted)


def _refuse_longer_than_a_hold(expires_at: datetime) -> None:
	longest = holds.longest_minutes()
	if expires_at > now_datetime() + timedelta(minutes=longest):
		message = _(
			"pay_minutes must be at most {0} for what is held (Longest Hold in Order Promise Settings)."
		).format(longest)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "pay_minutes")])


def _check_amount(order: Document, wanted: Decimal, due: Decimal) -> None:
	if due <= 0:
		message = _("All of {0} is paid, or was asked for already.").format(order.name)
		raise RequestRefused([Problem("NOTHING_DUE", message, "sales_order", CONFLICT)])
	if not 0 < wanted <= due:
		message = _("amount must be more than 0 and at most {0}, what is due.").format(
			written(due, order.currency)
		)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "amount")])


def want_cancelled(name: str) -> Document:
	"""Notes that a payment is not wanted any more; the customer may still be paying at this moment."""
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	if PaymentStatus(payment.status) in RECEIVED:
		message = _("{0} is paid: refund it instead.").format(name)
		raise RequestRefused([Problem("ALREADY_PAID", message, "payment", CONFLICT)])
	if PaymentStatus(payment.status) in OPEN:
		payment.cancel_wanted = 1
		payment.save(ignore_permissions=True)
	return payment


def request_refund(name: str, request: Request, *, amount: Decimal | None, reason: str | None) -> Document:
	"""A refund of a paid payment, of all that is left or of `amount`. Raises RequestRefused (409 NOT_REFUNDABLE)."""
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	key = _key(request)
	if row := next((row for row in payment.refunds if row.idempotency_key == key), None):
		if amount is not None and exact(amount, payment.currency) != exact(row.amount, payment.currency):
			raise id_used()
		return payment
	left = refundable(payment)
	if left <= 0:
		message = _("{0} is {1}: there is nothing to refund.").format(name, _(payment.status))
		raise RequestRefused([Problem("NOT_REFUNDABLE", message, "payment", CONFLICT)])
	wanted = left if amount is None else asked(amount, payment.currency)
	if not 0 < wanted <= left:
		message = _("amount must be more than 0 and at most {0}, what is left of the payment.").format(
			written(left, payment.currency)
		)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "amount")])
	row: dict[str, Any] = {"amount": float(wanted), "currency": payment.currency}
	row |= {"status": RefundStatus.REQUESTED.value, "idempotency_key": key}
	payment.append("refunds", row | {"reason": (reason or "")[:MAX_REASON]})
	payment.save(ignore_permissions=True)
	return payment


def refund_cancelled(payment: Document) -> None:
	"""Asks for the refund of what was paid for a cancelled order, once, if the company wants that."""
	if settings_of(payment.company).refund_cancelled_orders and refundable(payment) > 0:
		request = Request("", f"cancelled:{payment.idempotency_key}")
		request_refund(payment.name, request, amount=None, reason=payment.sales_order)


def refundable(payment: Document) -> Decimal:
	"""What has been received, and is neither given back nor on its way back."""
	if PaymentStatus(payment.status) not in RECEIVED:
		return Decimal(0)
	given = [
		exact(row.amount, payment.currency)
		for row in payment.refunds
		if row.status != RefundStatus.FAILED.value
	]
	return exact(payment.amount, payment.currency) - sum(given, Decimal(0))
