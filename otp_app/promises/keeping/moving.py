"""A backorder run gives rows of a submitted order other dates: written and promised as applying a promise does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from otp_app.promises.documents import accepted_order
from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.record import record
from otp_app.promises.keeping.told import keep_what_was_told
from otp_app.promises.site import promise_from
from otp_app.sources.site import SiteSource

MAX_TOLD = 10


def move(order: Document, dates: Mapping[str, date | None], why: str) -> Document:
	"""Gives rows their new delivery dates, and the order a new Order Promise; items and order are locked by the caller.

	A row whose date is None keeps the last one that was told, is marked as unconfirmed, and nothing is kept for it any
	more: its promise is At Risk. `why` names the run in the order's timeline. Raises RequestRefused where the order cannot
	be promised, and frappe.ValidationError where ERPNext does not save it.
	"""
	told = _write(order, dates)
	asked = accepted_order(order)
	promise = promise_from(SiteSource(quotas=False), asked, request_id=frappe.generate_hash(length=32))
	if not promise.plan:
		frappe.throw(" ".join(blocker.text(_) for blocker in promise.blockers))
	doc = record(asked, promise, PromiseStatus.COMMITTED, agreed_in=order)
	keep_what_was_told(doc)
	mirror.show(order, doc)
	order.flags.otp_applied = True
	order.save(ignore_permissions=True)
	order.add_comment("Info", _comment(told, why))
	return doc


def _write(order: Document, dates: Mapping[str, date | None]) -> list[str]:
	"""Writes the dates into the order; what that is, in words."""
	told = []
	for row in order.items:
		if row.name not in dates:
			continue
		new, old = dates[row.name], None if row.otp_unconfirmed else row.delivery_date
		row.otp_requested_date = row.otp_requested_date or order.otp_requested_date or row.delivery_date
		row.otp_unconfirmed = 0 if new else 1
		row.delivery_date = new or row.delivery_date
		told.append(f"{row.idx} {row.item_code}: {_shown(old)} → {_shown(new)}")
	order.otp_requested_date = order.otp_requested_date or order.delivery_date
	order.delivery_date = max(getdate(row.delivery_date) for row in order.items if row.delivery_date)
	return told


def _shown(day: date | None) -> str:
	return formatdate(day) if day else _("no date")


def _comment(told: list[str], why: str) -> str:
	more = len(told) - MAX_TOLD
	rows = [*told[:MAX_TOLD], *([_("And {0} more.").format(more)] if more > 0 else [])]
	return "<br>".join([why, *map(frappe.utils.escape_html, rows)])
