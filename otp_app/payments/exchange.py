"""The exchange with Molam. What is asked for has been committed before, so that no answer, or none, loses anything.

Every function may be called again at any time: requests are sent under the key that was written down first, and what
Molam says now replaces what it said before only where that may follow. All of them commit.
"""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, now_datetime

from otp_app.molam_sdk import PaymentIntent, PaymentIntentCreate, Refund, RefundCreate
from otp_app.payments import consequences
from otp_app.payments.connection import MolamRefused, MolamUnsure, ask
from otp_app.payments.due import KEY_AT_MOLAM, PAYMENT
from otp_app.payments.lifecycle import (
	OPEN,
	OPEN_REFUNDS,
	UNPAID,
	PaymentStatus,
	RefundStatus,
	after_intent,
	after_refund,
	after_refunds,
)
from otp_app.payments.money import exact, written

# How long Molam is sure to know an idempotency key; older requests are looked up instead of being sent again.
KEY_HOURS = 20
# After its time, a payment that Molam does not know is given up.
FORGOTTEN = timedelta(hours=24)
NOT_FOUND = 404
PAGE = 100


def refresh(name: str, *, send: bool = True) -> Document:
	"""Asks Molam how a payment and its refunds stand, and draws the consequences.

	A payment that Molam does not know of is made there with `send`, or when it may have been sent before.
	"""
	payment = frappe.get_doc(PAYMENT, name)
	try:
		_refresh_intent(payment, send)
	except MolamUnsure as unsure:
		_doubt(name, unsure)
	except MolamRefused as refused:
		_fail(name, str(refused))
	consequences.draw(name)
	payment = frappe.get_doc(PAYMENT, name)
	for row in payment.refunds:
		if RefundStatus(row.status) in OPEN_REFUNDS:
			_refresh_refund(payment, row)
	return frappe.get_doc(PAYMENT, name)


def confirm(name: str) -> Document:
	"""Confirms a payment at Molam, for a customer whose means of payment Molam already has, and refreshes it."""
	payment = refresh(name)
	if payment.status != PaymentStatus.PENDING.value:
		return payment
	key = f"{payment.idempotency_key}-confirm"
	try:
		intent = ask(
			payment,
			lambda molam: molam.confirm_payment_intent(payment.intent_id, idempotency_key=key),
		)
		_record(name, intent)
	except MolamUnsure as unsure:
		_doubt(name, unsure)
	except MolamRefused as refused:
		_explain(name, str(refused))
	return refresh(name)


def _refresh_intent(payment: Document, send: bool) -> None:
	"""Raises MolamUnsure, and MolamRefused only for a request that was never sent before."""
	status = PaymentStatus(payment.status)
	if status not in OPEN | UNPAID or (status in UNPAID and not payment.intent_id):
		return
	over = is_over(payment)
	if not payment.intent_id and not payment.sent_at and (over or not send):
		if over:
			_end_unknown(payment)
		return
	intent = _look_up(payment) if payment.intent_id else _make(payment)
	if intent is None:
		_end_unknown(payment)
		return
	_record(payment.name, intent)
	if over and intent.status == "requires_confirmation":
		_record(payment.name, _cancel(payment, intent.id))


def is_over(payment: Document) -> bool:
	"""Whether the customer shall not pay any more: this side has cancelled, or the time is over."""
	return bool(cint(payment.cancel_wanted)) or get_datetime(payment.expires_at) <= now_datetime()


def _look_up(payment: Document) -> PaymentIntent | None:
	"""The intent. None if Molam does not know it, and this side has cancelled, or its time was over long ago."""
	try:
		return ask(payment, lambda molam: molam.retrieve_payment_intent(payment.intent_id))
	except MolamRefused as refused:
		long_over = get_datetime(payment.expires_at) < now_datetime() - FORGOTTEN
		if refused.status_code == NOT_FOUND and (cint(payment.cancel_wanted) or long_over):
			return None
		# The key of another account, say; the customer may be paying all the same.
		raise MolamUnsure(
			_(
				"Molam does not show this payment. Check key and environment in Molam Settings; if they are right, "
				"cancel this payment and ask again."
			)
		) from refused


def _make(payment: Document) -> PaymentIntent | None:
	"""The intent, made now or found. None if Molam never had it and it is too late to ask under the same key."""
	sent_before = payment.sent_at
	if not sent_before:
		frappe.db.set_value(PAYMENT, payment.name, "sent_at", now_datetime())
	elif get_datetime(sent_before) < now_datetime() - timedelta(hours=KEY_HOURS):
		frappe.db.commit()
		return _find(payment)
	frappe.db.commit()
	body = PaymentIntentCreate(**json.loads(payment.request))
	try:
		return ask(
			payment, lambda molam: molam.create_payment_intent(body, idempotency_key=payment.idempotency_key)
		)
	except MolamRefused as refused:
		if sent_before:
			raise _still_unsure(refused) from refused
		raise


def _still_unsure(refused: MolamRefused) -> MolamUnsure:
	"""What was sent before, and not answered, may have been done, whatever is said of it now."""
	return MolamUnsure(_("Molam has not said what became of the first request: {0}").format(refused))


def _find(payment: Document) -> PaymentIntent | None:
	"""The intent at Molam that carries the payment's key. Raises MolamUnsure where there may be more than were listed."""
	mark = {KEY_AT_MOLAM: payment.idempotency_key}
	found = ask(payment, lambda molam: molam.list_payment_intents(limit=PAGE, metadata=mark))
	ours = next((one for one in found if mark.items() <= (one.metadata or {}).items()), None)
	if ours is None and len(found) >= PAGE:
		# A server that does not know the filter lists the newest ones of everybody.
		raise MolamUnsure(_("Molam lists too many payments to find this one: look it up there."))
	return ours


def _cancel(payment: Document, intent_id: str) -> PaymentIntent:
	key = f"{payment.idempotency_key}-cancel"
	try:
		return ask(
			payment,
			lambda molam: molam.cancel_payment_intent(intent_id, idempotency_key=key),
		)
	except MolamRefused:
		# It may have been paid in this moment.
		return ask(payment, lambda molam: molam.retrieve_payment_intent(intent_id))


def _record(name: str, intent: PaymentIntent) -> None:
	"""Writes down what Molam says of a payment."""
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	before = PaymentStatus(payment.status)
	values = {"intent_id": intent.id, "intent_status": intent.status, "redirect_url": intent.redirect_url}
	payment.update({field: value for field, value in values.items() if value})
	if other := _difference(payment, intent):
		_save(payment, in_doubt=1, status_reason=other)
		return
	timed_out = not cint(payment.cancel_wanted) and is_over(payment)
	status = after_intent(before, intent.status, expired=timed_out)
	if status is PaymentStatus.PAID and status is not before:
		payment.paid_on = now_datetime()
	reason = payment.status_reason if status is before and not payment.in_doubt else None
	_save(payment, status=status.value, in_doubt=0, status_reason=reason)


def _save(payment: Document, **values: object) -> None:
	"""Saves and commits; the payment's history has what has changed, not each time that Molam was asked."""
	values = {"waiting": 0, **values}
	same = all(payment.get(field) == value for field, value in values.items())
	payment.update({**values, "checked_at": now_datetime()})
	payment.save(ignore_permissions=True, ignore_version=same or None)
	frappe.db.commit()


def _difference(payment: Document, intent: PaymentIntent) -> str | None:
	"""What Molam has is not what was asked for: nothing is booked by it."""
	asked = exact(payment.amount, payment.currency)
	if intent.amount == asked and intent.currency == payment.currency:
		return None
	return _("Molam says {0}, not {1}: nothing was booked. Compare the payment there with this one.").format(
		written(exact(intent.amount, intent.currency), intent.currency), written(asked, payment.currency)
	)


def _end_unknown(payment: Document) -> None:
	"""Molam does not know of it, and shall not."""
	doc = frappe.get_doc(PAYMENT, payment.name, for_update=True)
	if PaymentStatus(doc.status) in OPEN and doc.intent_id == payment.intent_id:
		ended = PaymentStatus.CANCELLED if cint(doc.cancel_wanted) else PaymentStatus.EXPIRED
		_save(doc, status=ended.value, in_doubt=0, status_reason=None)
	else:
		_save(doc, in_doubt=0)


def _fail(name: str, why: str) -> None:
	"""Molam has refused the very first request: there is nothing there."""
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	failed = payment.status == PaymentStatus.REQUESTED.value and not payment.intent_id
	status = PaymentStatus.FAILED.value if failed else payment.status
	_save(payment, status=status, in_doubt=0, status_reason=why)


def _doubt(name: str, unsure: MolamUnsure) -> None:
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	_save(payment, in_doubt=1, waiting=int(unsure.passing), status_reason=str(unsure))


def _explain(name: str, why: str) -> None:
	_save(frappe.get_doc(PAYMENT, name, for_update=True), status_reason=why)


def _refresh_refund(payment: Document, row: Document) -> None:
	try:
		refund = _look_up_refund(payment, row.refund_id) if row.refund_id else _make_refund(payment, row)
	except MolamUnsure as unsure:
		waiting = int(unsure.passing)
		_write_refund(payment.name, row.name, in_doubt=1, waiting=waiting, status_reason=str(unsure))
	except MolamRefused as refused:
		_write_refund(
			payment.name,
			row.name,
			status=RefundStatus.FAILED.value,
			in_doubt=0,
			status_reason=str(refused),
		)
	else:
		_record_refund(payment, row, refund)
	consequences.draw(payment.name)


def _look_up_refund(payment: Document, refund_id: str) -> Refund:
	try:
		return ask(payment, lambda molam: molam.retrieve_refund(refund_id))
	except MolamRefused as refused:
		raise MolamUnsure(_("Molam does not show this refund: {0}").format(refused)) from refused


def _make_refund(payment: Document, row: Document) -> Refund:
	"""Raises MolamUnsure when it was sent so long ago that sending it again could refund twice."""
	sent_before = row.sent_at
	if not sent_before:
		frappe.db.set_value("Molam Refund", row.name, "sent_at", now_datetime())
	elif get_datetime(sent_before) < now_datetime() - timedelta(hours=KEY_HOURS):
		raise MolamUnsure(_("It is not known whether this was refunded: look it up at Molam."))
	frappe.db.commit()
	body = RefundCreate(
		payment_id=payment.intent_id,
		amount=exact(row.amount, payment.currency),
		reason=row.reason or None,
		metadata={"molam_payment": payment.name, "molam_refund": row.name},
	)
	try:
		return ask(payment, lambda molam: molam.create_refund(body, idempotency_key=row.idempotency_key))
	except MolamRefused as refused:
		if sent_before:
			raise _still_unsure(refused) from refused
		raise


def _record_refund(payment: Document, row: Document, refund: Refund) -> None:
	asked = exact(row.amount, payment.currency)
	if refund.amount is not None and refund.amount != asked:
		why = _("Molam says {0}, not {1}: nothing was booked.").format(
			written(exact(refund.amount, payment.currency), payment.currency),
			written(asked, payment.currency),
		)
		_write_refund(payment.name, row.name, refund_id=refund.id, in_doubt=1, status_reason=why)
		return
	_write_refund(
		payment.name,
		row.name,
		refund_id=refund.id,
		in_doubt=0,
		status=after_refund(RefundStatus(row.status), refund.status).value,
		status_reason=None,
	)


def adopt_refund(name: str, refund_id: str) -> None:
	"""Takes over a refund by its id at Molam: one that was made there, or one that was asked for here and is in doubt.

	Raises MolamUnsure when Molam does not show it, MolamRefused for a refund of another payment.
	"""
	payment = frappe.get_doc(PAYMENT, name)
	if any(row.refund_id == refund_id for row in payment.refunds):
		return
	refund = _look_up_refund(payment, refund_id)
	if refund.payment_id != payment.intent_id:
		raise MolamRefused(_("{0} is a refund of another payment.").format(refund_id), NOT_FOUND)
	payment = frappe.get_doc(PAYMENT, name, for_update=True)
	if any(row.refund_id == refund_id for row in payment.refunds):
		return
	asked_for = (refund.metadata or {}).get("molam_refund")
	row = next((row for row in payment.refunds if row.name == asked_for and not row.refund_id), None)
	if row is None:
		row = _append(payment, refund)
	_record_refund(payment, row, refund)
	consequences.draw(name)


def _append(payment: Document, refund: Refund) -> Document:
	amount = refund.amount if refund.amount is not None else payment.amount
	values = {
		"amount": float(amount),
		"currency": payment.currency,
		"status": RefundStatus.REQUESTED.value,
		"refund_id": refund.id,
		"idempotency_key": f"otp-{refund.id}"[:140],
		"reason": _("Refunded at Molam"),
	}
	row = payment.append("refunds", values)
	payment.save(ignore_permissions=True)
	return row


def _write_refund(payment: str, name: str, **values: object) -> None:
	"""Writes into a refund and brings its payment up to date with all of them."""
	doc = frappe.get_doc(PAYMENT, payment, for_update=True)
	row = next(row for row in doc.refunds if row.name == name)
	row.update({"waiting": 0, **values})
	done = [
		exact(row.amount, doc.currency) for row in doc.refunds if row.status == RefundStatus.REFUNDED.value
	]
	refunded = sum(done, exact(0, doc.currency))
	status = after_refunds(PaymentStatus(doc.status), exact(doc.amount, doc.currency), refunded)
	doc.update({"refunded_amount": float(refunded), "status": status.value})
	doc.save(ignore_permissions=True)
	frappe.db.commit()
