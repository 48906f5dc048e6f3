"""Holds: a promise that keeps its supply for a customer until it expires or becomes an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, format_datetime, get_datetime, now_datetime

from otp_app.engine.problems import CONFLICT, Problem, RequestRefused
from otp_app.engine.promise import Promise, Status
from otp_app.promises.documents import Asked
from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.ending import end
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.locking import locked
from otp_app.promises.keeping.record import record
from otp_app.promises.names import DOCTYPE
from otp_app.promises.repeat import Request
from otp_app.promises.site import promise_for_user, shown

USUAL, LONGEST = 1440, 10080  # minutes
ENDED_QUOTATION = ("Expired", "Lost")


def hold(
	asked: Asked,
	request: Request,
	*,
	document: Document | None = None,
	until: datetime,
	expected_date: str | None,
) -> Document:
	"""Promises what is asked, of a document or not, and keeps it until then.

	Raises RequestRefused: NOT_AVAILABLE when it cannot be promised, STALE when the date is later than `expected_date`,
	REQUEST_ID_USED.
	"""
	# Without a document, another item may be sent in place of one that is asked for.
	with locked(asked.item_codes, alternatives=asked.excluding is None):
		if done := request.done():
			return done
		asked = asked.with_holds_of(document)
		promise = promise_for_user(asked, request_id=request.id, with_options=False)
	refuse_unpromised(promise)
	refuse_later(promise, expected_date)
	doc = record(asked, promise, PromiseStatus.HELD, held_until=until, **request.marks)
	mirror.write(doc)
	return doc


def end_of(minutes: int | None) -> datetime:
	"""When a hold of so many minutes ends, or one as long as the settings say. Raises RequestRefused (OUT_OF_RANGE)."""
	settings, longest = frappe.get_cached_doc("Order Promise Settings"), longest_minutes()
	wanted = (cint(settings.hold_minutes) or USUAL) if minutes is None else minutes
	if not 1 <= wanted <= longest:
		message = _("hold_minutes must be from 1 to {0} (Longest Hold in Order Promise Settings).").format(
			longest
		)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "hold_minutes")])
	return now_datetime().replace(microsecond=0) + timedelta(minutes=wanted)


def longest_minutes() -> int:
	"""How long a hold may be. A site whose settings were saved before there were holds has no limit of its own."""
	return cint(frappe.get_cached_doc("Order Promise Settings").max_hold_minutes) or LONGEST


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


def keep_until(name: str, until: datetime) -> Document:
	"""Keeps a live hold until then. Raises RequestRefused (409 NOT_HELD) for one that has ended."""
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


def release(name: str, why: str | None = None) -> Document:
	"""Gives up a hold; one that has ended stays as it ended. Raises RequestRefused for a promise that is no hold."""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.status == PromiseStatus.HELD.value:
		reason = why or _("Released by {0}.").format(frappe.session.user)
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
	of_quotation = (promise.reference_doctype == "Quotation") & (promise.reference_name == quotation.name)
	over = (promise.held_until <= now_datetime()) | quotation.status.isin(ENDED_QUOTATION)
	query = frappe.qb.from_(promise).left_join(quotation).on(of_quotation).select(promise.name)
	for (name,) in query.where((promise.status == PromiseStatus.HELD.value) & over).run():
		_expire(name)
		frappe.db.commit()


def _expire(name: str) -> None:
	"""Looks again under the row's lock: it may have been extended, or become an order, in this moment."""
	fields = ["held_until", "reference_doctype", "reference_name"]
	filters = {"name": name, "status": PromiseStatus.HELD.value}
	held = frappe.db.get_value(DOCTYPE, filters, fields, as_dict=True, for_update=True)
	if held and (reason := _why_over(held)):
		end([name], PromiseStatus.EXPIRED, status_reason=reason)


def _why_over(held: Any) -> str | None:
	if held.held_until <= now_datetime():
		return _("Held until {0}.").format(format_datetime(held.held_until))
	if held.reference_doctype != "Quotation":
		return None
	status = frappe.db.get_value("Quotation", held.reference_name, "status")
	return _("The quotation has ended.") if status in ENDED_QUOTATION else None
