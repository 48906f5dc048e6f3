"""Holds: a promise that keeps its supply for a customer until it expires or becomes an order."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, format_datetime, get_datetime, now_datetime

from otp_app.engine.problems import CONFLICT, Problem, RequestRefused
from otp_app.engine.promise import Promise, Status
from otp_app.promises.documents import Asked
from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.locking import locked
from otp_app.promises.keeping.record import DOCTYPE, end, record
from otp_app.promises.repeat import Request
from otp_app.promises.site import promise_for_user, shown

USUAL, LONGEST = 1440, 10080  # minutes


def hold(
	asked: Asked,
	request: Request,
	*,
	document: Document | None = None,
	minutes: int | None,
	expected_date: str | None,
) -> Document:
	"""Promises what is asked, of a document or not, and keeps it for `minutes` or as long as the settings say.

	Raises RequestRefused: NOT_AVAILABLE when it cannot be promised, STALE when the date is later than `expected_date`,
	REQUEST_ID_USED.
	"""
	until = _until(minutes)
	with locked(asked.item_codes):
		if done := request.done():
			return done
		asked = asked.with_holds_of(document)
		promise = promise_for_user(asked, request_id=request.id, with_options=False)
	refuse_unpromised(promise)
	refuse_later(promise, expected_date)
	doc = record(asked, promise, PromiseStatus.HELD, held_until=until, **request.marks)
	mirror.write(doc)
	return doc


def _until(minutes: int | None) -> datetime:
	settings = frappe.get_cached_doc("Order Promise Settings")
	# A site whose settings were saved before there were holds has neither.
	longest = cint(settings.max_hold_minutes) or LONGEST
	wanted = (cint(settings.hold_minutes) or USUAL) if minutes is None else minutes
	if not 1 <= wanted <= longest:
		message = _("hold_minutes must be from 1 to {0} (Longest Hold in Order Promise Settings).").format(
			longest
		)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "hold_minutes")])
	return now_datetime().replace(microsecond=0) + timedelta(minutes=wanted)


def refuse_unpromised(promise: Promise) -> None:
	"""Raises RequestRefused (409 NOT_AVAILABLE), saying what stands in the way, unless there is a promise."""
	if promise.status is not Status.OK:
		why = " ".join(blocker["message"] for blocker in shown(promise)["blockers"])
		message = _("This cannot be promised. {0}").format(why).strip()
		raise RequestRefused([Problem("NOT_AVAILABLE", message, "items", CONFLICT)])


def refuse_later(promise: Promise, expected_date: str | None) -> None:
	"""Raises RequestRefused (409 STALE) when the date is later than the one that the caller has seen."""
	if expected_date and promise.promise_date and promise.promise_date.isoformat() > expected_date:
		message = _("It was {0} when you looked and is {1} now: check the promise again.").format(
			expected_date, promise.promise_date
		)
		raise RequestRefused([Problem("STALE", message, "expected_date", CONFLICT)])


def extend(name: str, minutes: int | None) -> Document:
	"""Keeps a live hold until `minutes` from now. Raises RequestRefused (409 NOT_HELD) for one that has ended."""
	until = _until(minutes)
	items = frappe.get_all("Order Promise Peg", {"parent": name}, pluck="item_code")
	# Nobody may promise what ends to be held at this moment.
	with locked(items):
		doc = _held(name)
	doc.db_set("held_until", until)
	peg = frappe.qb.DocType("Order Promise Peg")
	held = (peg.parent == name) & peg.held_until.isnotnull()
	frappe.qb.update(peg).set(peg.held_until, until).where(held).run()
	return doc


def _held(name: str) -> Document:
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status != PromiseStatus.HELD.value or get_datetime(doc.held_until) <= now_datetime():
		message = _("{0} is not held any more: hold the order again.").format(name)
		raise RequestRefused([Problem("NOT_HELD", message, "promise", CONFLICT)])
	return doc


def release(name: str) -> Document:
	"""Gives up a hold; one that has ended stays as it ended. Raises RequestRefused for a promise that is no hold."""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status == PromiseStatus.HELD.value:
		reason = _("Released by {0}.").format(frappe.session.user)
		end([name], PromiseStatus.CANCELLED, status_reason=reason)
		doc.reload()
	elif doc.status in (PromiseStatus.COMMITTED.value, PromiseStatus.AT_RISK.value):
		message = _("{0} is no hold but the promise of {1}: cancel or close that order instead.").format(
			name, doc.reference_name
		)
		raise RequestRefused([Problem("NOT_HELD", message, "promise", CONFLICT)])
	return doc


def expire_holds() -> None:
	"""Gives holds whose time is over the status Expired, and ends those of quotations that have expired; a scheduled job.

	ERPNext lets quotations expire without an event.
	"""
	promise, quotation = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Quotation")
	held = promise.status == PromiseStatus.HELD.value
	query = frappe.qb.from_(promise).select(promise.name)
	for (name,) in query.where(held & (promise.held_until <= now_datetime())).run():
		_expire(name)
		frappe.db.commit()
	query = query.join(quotation).on(promise.reference_name == quotation.name)
	of_quotation = held & (promise.reference_doctype == "Quotation")
	for (name,) in query.where(of_quotation & quotation.status.isin(("Expired", "Lost"))).run():
		end([name], PromiseStatus.EXPIRED, status_reason=_("The quotation has ended."))
		frappe.db.commit()


def _expire(name: str) -> None:
	"""Looks again under the row's lock: it may have been extended, or become an order, in this moment."""
	until = frappe.db.get_value(DOCTYPE, {"name": name, "status": "Held"}, "held_until", for_update=True)
	if until and until <= now_datetime():
		reason = _("Held until {0}.").format(format_datetime(until))
		end([name], PromiseStatus.EXPIRED, status_reason=reason)
