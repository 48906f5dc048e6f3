"""Holds that wait for a payment: kept until it is made or its time is over, and a while longer once it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, now_datetime

from otp_app.payments.connection import SETTINGS
from otp_app.payments.due import PAYMENT
from otp_app.payments.lifecycle import OPEN, RECEIVED, PaymentStatus
from otp_app.promises.documents import order_of, rules_of
from otp_app.promises.keeping import hold as holds
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import DOCTYPE
from otp_app.promises.repeat import Request

# After the time to pay, for a customer who paid in the last minute and a Molam that does not answer at once.
GRACE = timedelta(minutes=30)
# How long what may have been paid is kept while Molam cannot be asked.
LONGEST_DOUBT = timedelta(hours=24)


def hold_for(payment: Document, order: Document) -> str:
	"""Holds a draft order until it is paid; a hold that it has already is kept as long. The name of the Order Promise.

	Raises RequestRefused (409 NOT_AVAILABLE) when it cannot be promised.
	"""
	until = get_datetime(payment.expires_at) + GRACE
	own = _held(order.otp_promise)
	if own:
		holds.keep_until(own.name, max(until, get_datetime(own.held_until)))
		name = own.name
	else:
		request = Request(frappe.generate_hash(length=32))
		asked = order_of(order)
		asked.payload["rules"] = rules_of(order) or None
		name = holds.hold(asked, request, document=order, until=until, expected_date=None).name
	frappe.db.set_value(DOCTYPE, name, "awaits_payment", payment.name)
	return name


def _held(name: str | None) -> Document | None:
	"""A hold that has not ended. Not locked: whoever changes holds locks their items first."""
	if not name or not frappe.db.exists(DOCTYPE, name):
		return None
	doc = frappe.get_doc(DOCTYPE, name)
	live = doc.status == PromiseStatus.HELD.value and get_datetime(doc.held_until) > now_datetime()
	return doc if live else None


def keep_paid(payment: Document) -> None:
	"""What is paid is kept for the days that the settings say, for somebody to submit the order."""
	settings = frappe.get_cached_doc(SETTINGS, payment.company)
	held = _held(payment.promise)
	if held is None:
		return
	until = get_datetime(payment.paid_on or now_datetime()) + timedelta(days=cint(settings.paid_hold_days))
	if until > get_datetime(held.held_until):
		holds.keep_until(held.name, until)


def keep_doubtful(payment: Document) -> None:
	"""What may have been paid is kept a while longer: Molam cannot be asked, or is not certain yet."""
	held = _held(payment.promise)
	last = get_datetime(payment.expires_at) + GRACE + LONGEST_DOUBT
	until: datetime = min(now_datetime() + GRACE, last)
	if held and until > get_datetime(held.held_until):
		holds.keep_until(held.name, until)


def release_unpaid(payment: Document) -> None:
	"""Gives up the hold of a payment that will not come, unless another one is waited for, or has been made."""
	held = _held(payment.promise)
	if held is None:
		return
	wanted = [status.value for status in OPEN | RECEIVED if status is not PaymentStatus.REFUNDED]
	others = frappe.get_all(PAYMENT, {"promise": held.name, "status": ("in", wanted)}, pluck="name", limit=1)
	if others:
		frappe.db.set_value(DOCTYPE, held.name, "awaits_payment", others[0])
	else:
		holds.release(held.name, _("It was not paid: {0} is {1}.").format(payment.name, _(payment.status)))
