"""What a payment does to its order, its hold and the ledger. Each step is done once, however often it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import strip_html

from otp_app.payments import booking, holding, requesting
from otp_app.payments.connection import SETTINGS
from otp_app.payments.due import PAYMENT, is_paid
from otp_app.payments.lifecycle import RECEIVED, UNPAID, PaymentStatus, RefundStatus

SAVEPOINT = "otp_payment"
SESSION = ("session", "user_perms", "role_permissions")
CANCELLED = 2
ATTEMPTS, PAUSE = 3, 0.2  # seconds before the second attempt, twice as many before the third
BUSY = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)


def draw(name: str) -> None:
	"""Brings order, hold and ledger up to date with a payment, and commits.

	What ERPNext refuses is written at the payment for the order desk, and tried again by the job; so is all of it when
	others keep the order or its items busy.
	"""
	with _as_the_system():
		for attempt in range(1, ATTEMPTS + 1):
			try:
				_draw(frappe.get_doc(PAYMENT, name))
				break
			except BUSY:
				# The transaction is gone, and what was locked with it.
				frappe.db.rollback()
				if attempt == ATTEMPTS:
					_tell(name, [_("Others are working on the order at this moment.")])
				time.sleep(PAUSE * attempt)
	frappe.db.commit()


def _draw(payment: Document) -> None:
	status = PaymentStatus(payment.status)
	if status in RECEIVED and is_unfinished(payment):
		_tell(payment.name, _received(payment))
	elif status in UNPAID:
		problems = [*_attempt(payment, holding.release_unpaid), *_attempt(payment, booking.withdraw)]
		if problems or payment.needs_attention:
			_tell(payment.name, problems)


def is_unfinished(payment: Document) -> bool:
	"""Whether something is left to do for money that has moved."""
	return bool(not payment.payment_entry or payment.needs_attention or _refunds_to_book(payment))


def _refunds_to_book(payment: Document) -> list[Document]:
	return [
		row for row in payment.refunds if row.status == RefundStatus.REFUNDED.value and not row.payment_entry
	]


def _received(payment: Document) -> list[str]:
	"""What stands against each step; nothing if all are done."""
	# The order first, as whoever submits or delivers it does: two who lock the other way round wait for each other.
	order = payment.sales_order and frappe.get_doc("Sales Order", payment.sales_order, for_update=True)
	problems = []
	if order and order.docstatus == 0:
		problems += _attempt(payment, holding.keep_paid)
	problems += _attempt(payment, booking.receive)
	if order and order.docstatus == 0:
		problems += _attempt(payment, _submit)
	problems += _attempt(payment, booking.advance)
	problems += _attempt(payment, booking.check_entry)
	if order and order.docstatus == CANCELLED:
		problems += _attempt(payment, requesting.refund_cancelled)
	for row in _refunds_to_book(payment):
		problems += _attempt(payment, lambda payment, row=row: booking.give_back(payment, row.name))
	return problems


def _submit(payment: Document) -> None:
	"""Submits a draft that is paid in full, if the company wants that."""
	order = frappe.get_doc("Sales Order", payment.sales_order)
	if frappe.get_cached_doc(SETTINGS, payment.company).submit_order and is_paid(order):
		order.flags.ignore_permissions = True
		order.submit()


def _attempt(payment: Document, step: Callable[[Document], object]) -> list[str]:
	"""One step, all or nothing; what stands against it does not stop the others. Raises what is in BUSY."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		step(payment)
	except BUSY:
		raise
	except Exception as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		if not isinstance(error, frappe.ValidationError):
			frappe.log_error(title=f"Molam Payment {payment.name}", reference_doctype=PAYMENT)
		return [strip_html(str(error)) or _("ERPNext does not accept this.")]
	finally:
		frappe.clear_messages()
	return []


def _tell(name: str, problems: list[str]) -> None:
	"""What the order desk is to see to."""
	told = [_("To be seen to: {0}").format(problem) for problem in dict.fromkeys(problems)]
	values = {"needs_attention": int(bool(told)), "status_reason": " ".join(told) or None}
	frappe.db.set_value(PAYMENT, name, values)


@contextmanager
def _as_the_system() -> Iterator[None]:
	"""It is not the user who presses Refresh, nor a customer on the payment page, who books the money.

	frappe.set_user would overwrite the session of the request itself.
	"""
	before = {name: getattr(frappe.local, name) for name in SESSION}
	system = frappe._dict(user="Administrator", sid="Administrator", data=frappe._dict())
	frappe.local.session, frappe.local.user_perms, frappe.local.role_permissions = system, None, {}
	try:
		yield
	finally:
		for name, value in before.items():
			setattr(frappe.local, name, value)
