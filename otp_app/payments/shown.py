"""How payments are told to the order desk and to programs."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime

from otp_app.payments.connection import companies
from otp_app.payments.due import PAYMENT, amount_due
from otp_app.payments.lifecycle import OPEN, RECEIVED, UNPAID, PaymentStatus, RefundStatus
from otp_app.payments.money import exact, written
from otp_app.payments.requesting import refundable

SHOWN = 20
COLOURS = {**dict.fromkeys(OPEN, "blue"), **dict.fromkeys(RECEIVED, "green"), **dict.fromkeys(UNPAID, "gray")}


def tell_desk(bootinfo: frappe._dict) -> None:
	"""Desk shows the buttons for payments on orders of these companies only."""
	bootinfo.otp_molam_companies = companies()


def of_payment(payment: Document) -> dict[str, Any]:
	"""One payment in JSON values; amounts are texts, for they are exact."""
	currency = payment.currency
	return {
		"payment": payment.name,
		"status": payment.status,
		"in_doubt": bool(payment.in_doubt),
		"waiting": bool(payment.waiting),
		"message": sentence(payment),
		"indicator": indicator(payment),
		"amount": str(exact(payment.amount, currency)),
		"currency": currency,
		"refunded_amount": str(exact(payment.refunded_amount, currency)),
		"refundable_amount": str(refundable(payment)),
		"payment_url": payment.payment_url if PaymentStatus(payment.status) in OPEN else None,
		"expires_at": _moment(payment.expires_at),
		"paid_on": _moment(payment.paid_on),
		"sales_order": payment.sales_order,
		"promise": payment.promise,
		"payment_request": payment.payment_request,
		"payment_entry": payment.payment_entry,
		"intent_id": payment.intent_id,
		"refunds": [_refund(row, currency) for row in payment.refunds],
	}


def _refund(row: Document, currency: str) -> dict[str, Any]:
	return {
		"amount": str(exact(row.amount, currency)),
		"status": row.status,
		"in_doubt": bool(row.in_doubt),
		"reason": row.reason or None,
		"refund_id": row.refund_id,
		"payment_entry": row.payment_entry,
		"message": row.status_reason or None,
	}


def of_order(order: Document) -> dict[str, Any]:
	"""What is due on an order, and its payments, newest first."""
	names = frappe.get_all(
		PAYMENT, {"sales_order": order.name}, pluck="name", order_by="creation desc", limit=SHOWN
	)
	payments = [of_payment(frappe.get_doc(PAYMENT, name)) for name in names]
	return {
		"sales_order": order.name,
		"currency": order.currency,
		"due_amount": str(amount_due(order, lock=False)),
		"payments": payments,
	}


def indicator(payment: Document) -> str:
	"""The colour of a payment: orange asks for attention."""
	doubt = payment.in_doubt or any(cint(row.in_doubt) for row in payment.refunds)
	if doubt or (payment.status_reason and PaymentStatus(payment.status) in RECEIVED):
		return "orange"
	return COLOURS[PaymentStatus(payment.status)]


def sentence(payment: Document) -> str:
	"""How the payment stands, such as: 500.00 EUR: payment pending, Molam unreachable. It is asked again by itself."""
	amount = written(exact(payment.amount, payment.currency), payment.currency)
	reason = payment.status_reason
	if payment.status == PaymentStatus.PARTLY_REFUNDED.value:
		back = written(exact(payment.refunded_amount, payment.currency), payment.currency)
		parts = [_("{0} of {1} refunded.").format(back, amount), reason]
	elif not (payment.in_doubt and PaymentStatus(payment.status) in OPEN):
		parts = [_("{0}: {1}.").format(amount, _(payment.status)), reason]
	elif payment.waiting:
		parts = [_("{0}: payment pending, Molam unreachable. It is asked again by itself.").format(amount)]
	else:
		parts = [_("{0}: payment pending.").format(amount), reason]
	return " ".join(filter(None, [*parts, *map(_about_refund, payment.refunds)]))


def _about_refund(row: Document) -> str | None:
	amount = written(exact(row.amount, row.currency), row.currency)
	if row.status == RefundStatus.FAILED.value:
		return _("The refund of {0} failed. {1}").format(amount, row.status_reason or "").strip()
	if not row.in_doubt:
		return None
	if row.waiting:
		return _("The refund of {0} is pending, Molam unreachable.").format(amount)
	return _("The refund of {0} is pending. {1}").format(amount, row.status_reason or "").strip()


def _moment(value: Any) -> str | None:
	return get_datetime(value).isoformat(sep=" ", timespec="seconds") if value else None
