"""Sales Order: checked and committed when submitted, followed afterwards. Saving a draft costs no query."""

from __future__ import annotations

from frappe.model.document import Document

from otp_app.promises.keeping.changes import changed_since_promised, forget_outdated, forget_promises
from otp_app.promises.keeping.commit import check, commit
from otp_app.promises.keeping.follow import follow
from otp_app.promises.keeping.reserve import reserve

SUBMITTED = 1


def validate(order: Document, method: str | None = None) -> None:
	"""A draft whose lines were changed is not promised any more."""
	if not order.docstatus and not order.flags.otp_applied:
		forget_outdated(order)


def before_submit(order: Document, method: str | None = None) -> None:
	"""Before ERPNext locks Bins, so that all who promise wait at the same door."""
	order.flags.otp_commitment = check(order)


def on_submit(order: Document, method: str | None = None) -> None:
	"""Commits what was checked, and reserves the stock it was promised from."""
	if commitment := order.flags.pop("otp_commitment", None):
		reserve(order, commit(order, commitment))
		order.flags.otp_committed = True


def before_update_after_submit(order: Document, method: str | None = None) -> None:
	"""Update Items and new delivery dates are promised like a new order."""
	if not order.flags.otp_applied and changed_since_promised(order):
		order.flags.otp_commitment = check(order)


def on_update_after_submit(order: Document, method: str | None = None) -> None:
	"""Commits what was checked."""
	if commitment := order.flags.pop("otp_commitment", None):
		commit(order, commitment)
		order.flags.otp_committed = True


def on_change(order: Document, method: str | None = None) -> None:
	"""Deliveries, returns, hold, close and cancel all end here: ERPNext writes the order's status each time."""
	just_committed = order.flags.pop("otp_committed", False)
	if (
		order.docstatus >= SUBMITTED
		and order.get("otp_promise")
		and not (just_committed or order.flags.in_delete)
	):
		follow(order)


def on_trash(order: Document, method: str | None = None) -> None:
	"""Its promises go with it."""
	forget_promises(order)
