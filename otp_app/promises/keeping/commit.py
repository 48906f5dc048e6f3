"""Submitting a Sales Order, or changing a submitted one: promised again under lock, judged by the policy, committed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from otp_app.engine.messages import number
from otp_app.engine.problems import RequestRefused
from otp_app.engine.promise import PlanLine, Promise
from otp_app.operations.promises import observed
from otp_app.promises.documents import Asked, accepted_order, holds_of
from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.locking import locked
from otp_app.promises.keeping.record import record
from otp_app.promises.keeping.told import keep_what_was_told
from otp_app.promises.site import promise_from, shown
from otp_app.sources.site import SiteSource

IGNORE, WARN, BLOCK = "Ignore", "Warn", "Block"
# Why a date cannot be met, beside the date itself.
TELLING = (
	"STOCK_OWED",
	"STOCK_EXPIRED",
	"OVERDUE_SUPPLY",
	"OTHER_LINES",
	"FROM_REPLENISHMENT",
	"FROM_RECEIPT",
	"QUOTA_LIMITS",
	"QUOTA_MISSING",
	"QUOTA_MOVES",
	"PROTECTED_FOR",
	"TRANSFERRED",
)
MAX_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Commitment:
	"""A promise that is about to be committed, and what was asked for it."""

	asked: Asked
	promise: Promise


def check(order: Document) -> Commitment | None:
	"""Promises the order for good, its items locked until the end of the transaction; None where nothing asks for it.

	By policy, dates that cannot be met are told or stop the order (frappe.ValidationError).
	"""
	policy = _policy()
	if not _wanted(order, policy):
		return None
	try:
		asked = accepted_order(order)
		with locked(asked.item_codes):
			asked = asked.with_holds_of(order)
			promise = _promised(asked)
	except RequestRefused as refused:
		_tell_refusal(refused, policy)
		return None
	if not promise.plan:
		_tell([blocker.text(_) for blocker in promise.blockers], policy)
		return None
	if policy != IGNORE and (sentences := unmet(order, asked, promise)):
		_tell(sentences, policy)
	return Commitment(asked, promise)


def _promised(asked: Asked) -> Promise:
	"""Under an id of its own: several orders may be submitted in one request."""
	own_id = frappe.generate_hash(length=32)
	return observed(
		asked.payload.get("customer"), lambda: promise_from(SiteSource(), asked, request_id=own_id)
	)


def commit(order: Document, commitment: Commitment) -> Document:
	"""Writes the Order Promise of a checked order that has been saved."""
	doc = record(commitment.asked, commitment.promise, PromiseStatus.COMMITTED, agreed_in=order)
	keep_what_was_told(doc)
	mirror.write(doc)
	mirror.show(order, doc)
	return doc


def _policy() -> str:
	return frappe.get_cached_doc("Order Promise Settings").submit_policy or WARN


def _wanted(order: Document, policy: str) -> bool:
	"""An order that carries a promise, or takes up a hold, is committed whatever the policy; an import is not checked."""
	if order.otp_promise:
		return True
	in_bulk = any(frappe.flags.get(flag) for flag in ("in_import", "in_patch", "in_migrate", "in_install"))
	if policy != IGNORE and not in_bulk and not order.skip_delivery_note:
		return True
	return any(row.get("prevdoc_docname") for row in order.items) and bool(holds_of(order))


def unmet(order: Document, asked: Asked, promise: Promise) -> list[str]:
	"""A sentence for each line whose delivery date cannot be met, and the reasons; none if all can."""
	rows = {row.name: row for row in order.items}
	sentences, lines = [], set()
	for index, (name, line) in enumerate(zip(asked.rows, promise.plan, strict=True)):
		if sentence := _unmet(rows[name], line):
			sentences.append(sentence)
			lines.add(index)
	if not sentences:
		return []
	if _is_customer():
		return sentences
	answer = shown(promise)
	reasons = [
		reason["message"]
		for reason in answer["reasons"]
		if reason["code"] in TELLING and reason.get("line") in lines
	]
	blockers = [blocker["message"] for blocker in answer["blockers"]]
	return list(dict.fromkeys([*sentences, *blockers, *reasons]))


def _is_customer() -> bool:
	"""Whether it is a customer who orders, in a shop: what lies in the warehouse is not theirs to know."""
	return frappe.get_cached_value("User", frappe.session.user, "user_type") == "Website User"


def _unmet(row: Document, line: PlanLine) -> str | None:
	earliest = line.promise_date_raw
	if earliest is None or line.shortage:
		return _("Row {0}: {1} {2} of {3} cannot be promised; its delivery date is {4}.").format(
			row.idx, number(line.shortage), line.uom, row.item_code, formatdate(row.delivery_date)
		)
	if row.delivery_date and earliest > getdate(row.delivery_date):
		return _("Row {0}: {1} can be delivered on {2} at the earliest, not on {3}.").format(
			row.idx, row.item_code, formatdate(earliest), formatdate(row.delivery_date)
		)
	return None


def _tell(sentences: list[str], policy: str) -> None:
	if policy == IGNORE or (policy == WARN and _is_customer()):
		return
	more = len(sentences) - MAX_SENTENCES
	told = [_in_users_format(sentence) for sentence in sentences[:MAX_SENTENCES]]
	if more > 0:
		told.append(_("And {0} more.").format(more))
	title = _("Delivery dates cannot be met")
	if policy == BLOCK:
		told.append(_("Check Promise shows later dates and other options. Choose a later date, or less."))
		frappe.throw(told, title=title, as_list=True)
	frappe.msgprint(told, title=title, indicator="orange", as_list=True)


def _in_users_format(sentence: str) -> str:
	"""The engine writes dates as ISO 8601 has them."""
	return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: formatdate(found[0]), sentence)


def _tell_refusal(refused: RequestRefused, policy: str) -> None:
	"""An order that cannot be promised at all, though ERPNext takes it: a bundle that is disabled, say."""
	codes = {problem.code for problem in refused.problems}
	if codes == {"NOTHING_TO_PROMISE"}:
		return
	# More lines than are promised at once are no fault of the order.
	_tell([problem.message for problem in refused.problems], WARN if codes == {"TOO_MANY_LINES"} else policy)
