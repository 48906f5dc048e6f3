"""The daily digest: what is at risk, what is new since the last one, what has cleared, and what it is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import frappe
from frappe import _
from frappe.utils import add_days, fmt_money, formatdate, get_datetime, get_url, now_datetime
from frappe.utils.user import get_users_with_role

from otp_app.promises.names import DOCTYPE
from otp_app.promises.watching.attempts import one_that_fails_stops_no_other
from otp_app.promises.watching.events import AT_RISK, EVENT, RECOVERED
from otp_app.promises.watching.telling import REPORT, as_user
from otp_app.reports.at_risk import LineAtRisk, lines_at_risk, orders_of

SETTINGS = "Order Promise Settings"
TEMPLATE = "otp_app/templates/emails/promise_digest.html"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Digest:
	"""What one user is told of one company; orders by name."""

	company: str
	lines: Sequence[LineAtRisk]
	new: Sequence[str]
	cleared: Sequence[str]

	@property
	def is_empty(self) -> bool:
		"""Nothing to tell: then nothing is sent."""
		return not (self.lines or self.cleared)


def send_digests() -> None:
	"""An e-mail to each of the recipients in the settings who has something to be told; a scheduled job."""
	settings = frappe.get_cached_doc(SETTINGS)
	users = recipients(settings)
	if not users:
		return
	now = now_datetime()
	since = get_datetime(settings.digest_sent_at) if settings.digest_sent_at else add_days(now, -1)
	for user in users:
		with one_that_fails_stops_no_other(user):
			_send(user, since)
	frappe.db.set_single_value(SETTINGS, "digest_sent_at", now, update_modified=False)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


def _send(user: str, since: datetime) -> None:
	with as_user(user):
		digests = [digest for digest in digests_for_user(since) if not digest.is_empty]
		subject, message = _("Promises at risk"), written(digests) if digests else None
	if message:
		address = frappe.db.get_value("User", user, "email")
		frappe.sendmail(recipients=[address], subject=subject, message=message)


def recipients(settings: Any) -> list[str]:
	"""The enabled users that are named, and those with the roles that are."""
	users = {row.user for row in settings.digest_recipients if row.user}
	for row in settings.digest_recipients:
		users |= set(get_users_with_role(row.role)) if row.role else set()
	return frappe.get_all("User", {"name": ("in", list(users) or [""]), "enabled": 1}, pluck="name")


def digests_for_user(since: datetime) -> list[Digest]:
	"""One a company that the user may see, of the promises that it may see."""
	if not frappe.has_permission(DOCTYPE, "read"):
		return []
	events = _events(since)
	return [
		Digest(company, lines, _new(lines, events), _cleared(company, lines, events))
		for company in frappe.get_list("Company", pluck="name", order_by="name", limit=0)
		for lines in [lines_at_risk(company, {})]
	]


def _events(since: datetime) -> dict[str, list[Any]]:
	"""What has happened since, by the name of the promise; only of promises that the user may see."""
	answer: dict[str, list[Any]] = defaultdict(list)
	fields = ["promise", "event", "company", "reference_name"]
	rows = frappe.get_all(EVENT, {"creation": (">=", since)}, fields, order_by="creation, name")
	names = list({row.promise for row in rows})
	visible = frappe.get_list(DOCTYPE, {"name": ("in", names or [""])}, pluck="name", limit=0)
	for row in rows:
		if row.promise in set(visible):
			answer[row.promise].append(row)
	return answer


def _new(lines: Sequence[LineAtRisk], events: dict[str, list[Any]]) -> list[str]:
	became = {name for name, rows in events.items() if any(row.event == AT_RISK for row in rows)}
	return sorted({line.row.reference_name for line in lines if line.row.promise in became})


def _cleared(company: str, lines: Sequence[LineAtRisk], events: dict[str, list[Any]]) -> list[str]:
	late = {line.row.promise for line in lines}
	return sorted(
		rows[-1].reference_name
		for name, rows in events.items()
		if rows[-1].event == RECOVERED and rows[-1].company == company and name not in late
	)


def written(digests: Sequence[Digest]) -> str:
	"""The e-mail's body."""
	return frappe.render_template(TEMPLATE, {"companies": [_section(digest) for digest in digests]})


def _section(digest: Digest) -> dict[str, Any]:
	currency = frappe.get_cached_value("Company", digest.company, "default_currency")
	return {
		"company": digest.company,
		"orders": orders_of(digest.lines),
		"value": _money(sum(line.value or 0.0 for line in digest.lines), currency),
		"new": digest.new,
		"cleared": digest.cleared,
		"lines": [_row(line, digest, currency) for line in digest.lines[:SHOWN]],
		"more": max(0, len(digest.lines) - SHOWN),
		"link": get_url(f"/app/query-report/{quote(REPORT)}?{urlencode({'company': digest.company})}"),
	}


def _row(line: LineAtRisk, digest: Digest, currency: str) -> dict[str, Any]:
	row = line.row
	return {
		"order": row.reference_name or row.promise,
		"is_new": row.reference_name in digest.new,
		"customer": row.customer_name or row.customer or "",
		"item": row.item_code,
		"promised": formatdate(row.promise_date) if row.promise_date else "",
		"expected": formatdate(row.expected_date) if row.expected_date else _("no date"),
		"cause": line.cause.text,
		"value": "" if line.value is None else _money(line.value, currency),
	}


def _money(value: float, currency: str) -> str:
	return str(fmt_money(value, currency=currency))
