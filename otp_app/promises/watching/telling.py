"""Telling the people of an order what has become of its promise: by Notification Log, once a change, and collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils import escape_html, formatdate, get_url, get_url_to_form

from otp_app.promises.names import DOCTYPE
from otp_app.promises.site import reads
from otp_app.promises.watching import customers
from otp_app.promises.watching.attempts import one_that_fails_stops_no_other
from otp_app.promises.watching.events import AT_RISK, EVENT, RECOVERED
from otp_app.promises.watching.sentences import sentence, stored_move

REPORT = "Promises at Risk"
FIELDS = (
	"name",
	"event",
	"promise",
	"company",
	"customer",
	"customer_name",
	"reference_doctype",
	"reference_name",
	"promise_date",
	"expected_date",
	"days_late",
	"status_reason",
	"moved_document_type",
	"moved_document",
	"moved",
	"caused_by",
)


def tell() -> None:
	"""Tells what was not told yet; each kind of telling in a transaction of its own with the mark that it was told."""
	for field, send in (("tell_owner", _tell_owners), ("tell_customer", customers.tell_customers)):
		events = frappe.get_all(EVENT, {field: 1}, list(FIELDS), order_by="creation, name")
		if events:
			if to_tell := latest(events):
				send(to_tell)
			frappe.db.set_value(EVENT, {"name": ("in", [event.name for event in events])}, field, 0)
			frappe.db.commit()


def latest(events: Iterable[Any]) -> list[Any]:
	"""The last event of each promise; none of one that was late for a moment, between two tellings."""
	of_promise: dict[str, list[Any]] = defaultdict(list)
	for event in events:
		of_promise[event.promise].append(event)
	return [
		history[-1]
		for history in of_promise.values()
		if not (history[0].event == AT_RISK and history[-1].event == RECOVERED)
	]


def _tell_owners(events: Sequence[Any]) -> None:
	for user, own in _by_user(events).items():
		with one_that_fails_stops_no_other(user), as_user(user):
			visible = _visible([event.reference_name for event in own])
			for group in _groups([event for event in own if event.reference_name in visible]):
				_notify(user, group)


def _by_user(events: Sequence[Any]) -> dict[str, list[Any]]:
	"""Who has entered an order, and its sales persons, but not who has made the change."""
	orders = [event.reference_name for event in events]
	people = _people(orders)
	answer: dict[str, list[Any]] = defaultdict(list)
	for event in events:
		for user in sorted(people.get(event.reference_name, set()) - {event.caused_by}):
			answer[user].append(event)
	return answer


def _people(orders: Sequence[str]) -> dict[str, set[str]]:
	"""The enabled users of each order; not a customer who has ordered on the website."""
	answer: dict[str, set[str]] = defaultdict(set)
	for order, owner in frappe.get_all(
		"Sales Order", {"name": ("in", orders)}, ["name", "owner"], as_list=True
	):
		answer[order].add(owner)
	team, person, employee = (frappe.qb.DocType(name) for name in ("Sales Team", "Sales Person", "Employee"))
	query = (
		frappe.qb.from_(team)
		.join(person)
		.on(person.name == team.sales_person)
		.join(employee)
		.on(employee.name == person.employee)
		.select(team.parent, employee.user_id)
		.where((team.parenttype == "Sales Order") & team.parent.isin(orders) & employee.user_id.isnotnull())
	)
	for order, user in query.run():
		answer[order].add(user)
	users = {user for found in answer.values() for user in found}
	in_desk = {"name": ("in", list(users)), "enabled": 1, "user_type": "System User"}
	enabled = frappe.get_all("User", in_desk, pluck="name")
	return {order: found & set(enabled) for order, found in answer.items()}


@contextmanager
def as_user(user: str) -> Iterator[None]:
	"""What is told may be seen by the user, and is in its language."""
	before, language = frappe.session.user, frappe.local.lang
	frappe.set_user(user)
	frappe.local.lang = frappe.db.get_value("User", user, "language") or language
	try:
		yield
	finally:
		frappe.set_user(before)
		frappe.local.lang = language


def _visible(orders: Sequence[str]) -> set[str]:
	try:
		return set(frappe.get_list("Sales Order", {"name": ("in", orders)}, pluck="name", limit=0))
	except frappe.PermissionError:
		frappe.clear_last_message()
		return set()


def _groups(events: Sequence[Any]) -> list[list[Any]]:
	"""What one document has done to several orders is told once; else each order by itself, or all that came back."""
	groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
	for event in events:
		late = event.event != RECOVERED
		what = (event.moved_document_type, event.moved_document) if late else ()
		alone = event.reference_name if late and not event.moved_document else None
		groups[late, event.company, what, alone].append(event)
	return list(groups.values())


def _notify(user: str, events: Sequence[Any]) -> None:
	first = events[0]
	subject = _of_one(first) if len(events) == 1 else _of_several(events)
	# Without a type, it is also sent by e-mail to those who have notifications sent to them. It is about our doctype, so
	# that it goes when the app goes; the link leads to where something can be done.
	told = frappe._dict(
		document_type=DOCTYPE,
		document_name=first.promise if len(events) == 1 else None,
		subject=subject,
		email_content=_list_of(events),
		from_user="Administrator",
		link=_form(first) if len(events) == 1 else _report(events),
	)
	_log(user, told)


def _log(user: str, told: Any) -> None:
	with as_user("Administrator"):
		make_notification_logs(told, [frappe.db.get_value("User", user, "email")])


def _of_one(event: Any) -> str:
	order, customer = frappe.bold(event.reference_name), escape_html(event.customer_name or event.customer)
	if event.event == RECOVERED:
		return _("{0} for {1} can be delivered by {2} again.").format(
			order, customer, formatdate(event.promise_date)
		)
	what = _what_moved(event)
	text = _("{0} for {1} is late.") if event.event == AT_RISK else _("{0} for {1} has another date.")
	return " ".join(filter(None, (what, text.format(order, customer), _dates(event))))


def _dates(event: Any) -> str:
	promised = formatdate(event.promise_date)
	if not event.expected_date:
		return _("Promised for {0}, it has no date any more.").format(promised)
	return _("Promised for {0}, it is expected on {1}.").format(promised, formatdate(event.expected_date))


def _of_several(events: Sequence[Any]) -> str:
	if events[0].event == RECOVERED:
		return _("{0} of your orders can be delivered as promised again.").format(len(events))
	undated = sum(1 for event in events if not event.expected_date)
	told = [_what_moved(events[0]), _("{0} of your orders are late.").format(len(events))]
	if undated:
		told.append(_("{0} of them have no date any more.").format(undated))
	if worst := max(event.days_late for event in events):
		told.append(_("The worst by {0} days.").format(worst))
	return " ".join(filter(None, told))


def _what_moved(event: Any) -> str:
	move = stored_move(event.moved)
	return escape_html(sentence(move, named=reads(move.document_type))) if move else ""


def _list_of(events: Sequence[Any]) -> str:
	shown = sorted(events, key=lambda event: (bool(event.expected_date), -event.days_late))[:20]
	rows = "".join(
		f"<li>{escape_html(event.reference_name)}, {escape_html(event.customer_name or event.customer or '')}: "
		f"{_dates(event)}</li>"
		for event in shown
	)
	more = len(events) - len(shown)
	rest = f"<p>{_('and {0} more').format(more)}</p>" if more else ""
	return f"<ul>{rows}</ul>{rest}"


def _report(events: Sequence[Any]) -> str:
	"""The report, with the lines that wait for the document where the user may see it."""
	first = events[0]
	filters = {"company": first.company}
	if first.moved_document and reads(first.moved_document_type):
		filters["document"] = first.moved_document
	return get_url(f"/app/query-report/{quote(REPORT)}?{urlencode(filters)}")


def _form(event: Any) -> str:
	return get_url_to_form(event.reference_doctype, event.reference_name)
