"""Telling the customer, if the settings ask for it: one e-mail for each new date of an order, never two for the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from otp_app.promises.watching.attempts import one_that_fails_stops_no_other
from otp_app.promises.watching.events import EVENT

# What is sent unless the settings name an Email Template; docs/watching.md has what it may use.
SUBJECT = "Your order {{ order }}: new delivery date"
BODY = """<p>{{ _("Dear {0},").format(customer_name) }}</p>
<p>{{ _("your order {0} was promised for {1}.").format(order, promised) }}
{{ _("We now expect to deliver it on {0}.").format(expected) }}</p>
<p>{{ company }}</p>"""


def tell_customers(events: Sequence[Any]) -> None:
	"""An e-mail for each order whose date is not the one that the customer was told last."""
	for event in events:
		if event.expected_date and getdate(event.expected_date) != _told_last(event):
			with one_that_fails_stops_no_other(f"The customer of {event.reference_name}"):
				_tell(event)


def _tell(event: Any) -> None:
	order = frappe.get_doc(event.reference_doctype, event.reference_name)
	if address := _address(order):
		_send(order, event, address)
		frappe.db.set_value(EVENT, event.name, "customer_told", event.expected_date)


def _told_last(event: Any) -> date | None:
	"""The last date that was sent for this promise of the order; at first the promised one."""
	told = {"promise": event.promise, "customer_told": ("is", "set")}
	found = frappe.get_all(EVENT, told, pluck="customer_told", order_by="creation desc", limit=1)
	day = found[0] if found else event.promise_date
	return getdate(day) if day else None


def _address(order: Document) -> str | None:
	"""The contact of the order, else the customer's own address."""
	return order.contact_email or frappe.db.get_value("Customer", order.customer, "email_id")


def _send(order: Document, event: Any, address: str) -> None:
	subject, body = _written(_context(order, event), order.language)
	frappe.sendmail(
		recipients=[address],
		subject=subject,
		message=body,
		reference_doctype=order.doctype,
		reference_name=order.name,
	)


def _context(order: Document, event: Any) -> dict[str, Any]:
	return {
		"doc": order,
		"order": order.name,
		"customer_name": order.customer_name,
		"company": order.company,
		"promised": formatdate(event.promise_date),
		"expected": formatdate(event.expected_date),
		"days_late": event.days_late,
		"_": _,
	}


def _written(context: dict[str, Any], language: str | None) -> tuple[str, str]:
	"""Subject and body, in the language of the order."""
	template = frappe.get_cached_doc("Order Promise Settings").customer_template
	before = frappe.local.lang
	frappe.local.lang = language or before
	try:
		if template:
			written = frappe.get_doc("Email Template", template).get_formatted_email(context)
			return written["subject"], written["message"]
		return frappe.render_template(_(SUBJECT), context), frappe.render_template(BODY, context)
	finally:
		frappe.local.lang = before
