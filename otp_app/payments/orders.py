"""What becomes of an order's payments when it is submitted or cancelled. Costs nothing without Molam."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.payments import booking, requesting
from otp_app.payments.connection import companies
from otp_app.payments.due import PAYMENT
from otp_app.payments.later import later
from otp_app.payments.lifecycle import OPEN, RECEIVED, PaymentStatus


def submitted(order: Document) -> None:
	"""What was paid while it was a draft becomes its advance."""
	if order.company not in companies():
		return
	for payment in booking.allocate(order):
		# Done by a worker, or the job, right after.
		frappe.db.set_value(PAYMENT, payment, "needs_attention", 1)
		later("otp_app.payments.consequences.draw", payment)


def cancelled(order: Document) -> None:
	"""Payments that are still open are cancelled, and what was paid is refunded if the company wants that."""
	if order.company not in companies():
		return
	for payment in _payments(order):
		if PaymentStatus(payment.status) in OPEN:
			requesting.want_cancelled(payment.name)
		else:
			requesting.refund_cancelled(payment)
		# ERPNext cancels no order that has a Payment Request.
		booking.withdraw(payment)
		later("otp_app.payments.jobs.settle", payment.name)


def deleted(order: Document) -> None:
	"""An order that somebody pays, or has paid, is not deleted; what was not paid forgets it."""
	if paid := [payment for payment in _payments(order) if payment.status != PaymentStatus.REFUNDED.value]:
		frappe.throw(
			_("{0} has the payment {1}: cancel or refund it first.").format(order.name, paid[0].name)
		)
	for name in frappe.get_all(PAYMENT, {"sales_order": order.name}, pluck="name"):
		frappe.db.set_value(PAYMENT, name, "sales_order", None)


def _payments(order: Document) -> list[Document]:
	statuses = [status.value for status in OPEN | RECEIVED]
	names = frappe.get_all(PAYMENT, {"sales_order": order.name, "status": ("in", statuses)}, pluck="name")
	# Locked, as they are now: one may have been paid since this transaction began.
	return [frappe.get_doc(PAYMENT, name, for_update=True) for name in names]
