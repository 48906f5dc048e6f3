"""The job that settles what is in doubt: payments, refunds, bookings and events that are not finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import frappe
from frappe.query_builder.functions import Coalesce
from frappe.utils import now_datetime

from otp_app.payments import consequences, exchange, holding, webhooks
from otp_app.payments.connection import companies
from otp_app.payments.due import PAYMENT
from otp_app.payments.lifecycle import OPEN, OPEN_REFUNDS, RECEIVED, PaymentStatus, RefundStatus

# A webhook that was lost is found out about after so long.
UNHEARD = timedelta(minutes=10)
AT_ONCE = 500


def reconcile() -> None:
	"""Asks Molam about every payment that is not settled; a scheduled job. Each one in transactions of its own."""
	if not companies():
		return
	for name in _events():
		_try(webhooks.process, name)
	for name in _unsettled():
		_try(settle, name)
	for name in _unbooked():
		_try(consequences.draw, name)


def settle(name: str) -> None:
	"""Brings one payment up to date; keeps its hold while Molam cannot be asked."""
	payment = exchange.refresh(name, send=False)
	may_be_paid = payment.in_doubt or payment.status == PaymentStatus.PROCESSING.value
	if may_be_paid and payment.promise:
		holding.keep_doubtful(payment)
		frappe.db.commit()


def _try(step: Callable[[str], None], name: str) -> None:
	"""One that fails is logged and does not stop the others."""
	try:
		step(name)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Molam: {name} could not be settled", reference_doctype=PAYMENT)
		frappe.db.commit()


def _events() -> list[str]:
	filters = {"status": webhooks.RECEIVED}
	return frappe.get_all(webhooks.EVENT, filters, pluck="name", order_by="creation", limit=AT_ONCE)


def _unsettled() -> Iterator[str]:
	"""Payments in doubt, over or unheard of, and those with a refund on its way; asked about longest ago first."""
	payment, refund = frappe.qb.DocType(PAYMENT), frappe.qb.DocType("Molam Refund")
	now = now_datetime()
	ours = payment.company.isin(companies())
	is_open = payment.status.isin([status.value for status in OPEN])
	unheard = payment.sent_at.isnotnull() & (Coalesce(payment.checked_at, payment.sent_at) < now - UNHEARD)
	over = (payment.expires_at <= now) | (payment.cancel_wanted == 1)
	giving_back = (
		frappe.qb.from_(refund)
		.select(refund.parent)
		.where(refund.status.isin([status.value for status in OPEN_REFUNDS]))
	)
	query = (
		frappe.qb.from_(payment)
		.select(payment.name)
		.where(
			ours & ((payment.in_doubt == 1) | (is_open & (unheard | over)) | payment.name.isin(giving_back))
		)
		.orderby(payment.checked_at, payment.name)
		.limit(AT_ONCE)
	)
	yield from (name for (name,) in query.run())


def _unbooked() -> Iterator[str]:
	"""What Molam has moved and the books do not have yet."""
	payment, refund = frappe.qb.DocType(PAYMENT), frappe.qb.DocType("Molam Refund")
	received = payment.status.isin([status.value for status in RECEIVED])
	given_back = (
		frappe.qb.from_(refund)
		.select(refund.parent)
		.where((refund.status == RefundStatus.REFUNDED.value) & refund.payment_entry.isnull())
	)
	query = (
		frappe.qb.from_(payment)
		.select(payment.name)
		.where(
			received
			& (
				payment.payment_entry.isnull()
				| (payment.needs_attention == 1)
				| payment.name.isin(given_back)
			)
		)
		.limit(AT_ONCE)
	)
	yield from (name for (name,) in query.run())
