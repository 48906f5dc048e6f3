"""Sales Order: checked and committed when submitted, followed afterwards. Saving a draft costs no query."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.payments import orders as payments
from otp_app.promises.keeping.changes import changed_since_promised, forget_promises, guard
from otp_app.promises.keeping.commit import check, commit
from otp_app.promises.keeping.ending import end, own_holds
from otp_app.promises.keeping.follow import follow
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.record import is_late
from otp_app.promises.keeping.reserve import reserve
from otp_app.promises.watching.noting import note
from otp_app.promises.watching.stock import order_changed, ordered

SUBMITTED = 1


def validate(order: Document, method: str | None = None) -> None:
	"""What the app wrote stays; a draft whose lines were changed is not promised any more."""
	guard(order)


def before_submit(order: Document, method: str | None = None) -> None:
	"""Before ERPNext locks Bins, so that all who promise wait at the same door."""
	order.flags.otp_commitment = check(order)


def on_submit(order: Document, method: str | None = None) -> None:
	"""Commits what was checked, reserves the stock it was promised from, and takes up what was paid before."""
	if commitment := order.flags.pop("otp_commitment", None):
		doc = commit(order, commitment)
		reserve(order, doc)
		order.flags.otp_committed = not is_late(doc)
	elif order.otp_promise:
		# It could not be promised, and was submitted all the same: now it is its own commitment.
		end(own_holds(order), PromiseStatus.SUPERSEDED)
	if not order.flags.otp_committed:
		note(ordered(order))
	payments.submitted(order)


def before_update_after_submit(order: Document, method: str | None = None) -> None:
	"""Update Items and new delivery dates are promised like a new order."""
	guard(order)
	if not order.flags.otp_applied and changed_since_promised(order):
		order.flags.otp_commitment = check(order)


def on_update_after_submit(order: Document, method: str | None = None) -> None:
	"""Commits what was checked."""
	if commitment := order.flags.pop("otp_commitment", None):
		order.flags.otp_committed = not is_late(commit(order, commitment))
		if not order.flags.otp_committed:
			note(ordered(order))


def on_cancel(order: Document, method: str | None = None) -> None:
	"""What is still to be paid is not any more, and what was paid goes back."""
	payments.cancelled(order)


def on_change(order: Document, method: str | None = None) -> None:
	"""Deliveries, returns, hold, close and cancel all end here: ERPNext writes the order's status each time."""
	just_committed = order.flags.pop("otp_committed", False)
	note(order_changed(order))
	if (
		order.docstatus >= SUBMITTED
		and order.get("otp_promise")
		and not (just_committed or order.flags.in_delete)
	):
		follow(order)


def on_trash(order: Document, method: str | None = None) -> None:
	"""Its promises go with it; money does not."""
	payments.deleted(order)
	forget_promises(order)
