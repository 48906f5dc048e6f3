"""What has become of a promise, written down in the transaction in which it happens: telling people comes after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate

from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.watching.noting import wake

EVENT = "Order Promise Event"
AT_RISK, NEW_DATE, RECOVERED, BROKEN = "At Risk", "New Date", "Recovered", "Broken"
# Those that are about the future: the owner and the customer can still do something.
TOLD = (AT_RISK, NEW_DATE, RECOVERED)
FINE = (PromiseStatus.COMMITTED.value, PromiseStatus.KEPT.value)
MISSED = (PromiseStatus.AT_RISK.value, PromiseStatus.BROKEN.value)
PENDING = "Pending"


def kind_of(before: str, after: str, has_new_date: bool) -> str | None:
	"""The kind of event that a change of a promise is; None where there is nothing to tell."""
	if after == PromiseStatus.BROKEN.value:
		return BROKEN if before != after else None
	if after == PromiseStatus.AT_RISK.value:
		if before != after:
			return AT_RISK
		return NEW_DATE if has_new_date else None
	return RECOVERED if before in MISSED and after in FINE else None


def record_event(doc: Document, changed: Mapping[str, Any]) -> None:
	"""Writes down what has happened to a promise whose fields `changed`; `doc` has them as they were."""
	after = {**doc.as_dict(no_child_table_fields=True), **changed}
	kind = kind_of(doc.status, after["status"], "expected_date" in changed)
	if kind is None:
		return
	settings = frappe.get_cached_doc("Order Promise Settings")
	event = frappe.new_doc(EVENT)
	event.update({field: after[field] for field in COPIED})
	event.update(
		{
			"event": kind,
			"promise": doc.name,
			"expected_before": doc.expected_date,
			"days_late": days_late(after),
			"caused_by": frappe.session.user if getattr(frappe.local, "request", None) else None,
			"tell_owner": cint(kind in TOLD and settings.notify_owner),
			"tell_customer": cint(kind in TOLD and settings.notify_customer),
			"webhook_status": PENDING if settings.webhook_url else "",
		}
	)
	event.flags.ignore_links = True
	event.insert(ignore_permissions=True)
	frappe.db.after_commit.add(wake)


COPIED = (
	"company",
	"customer",
	"customer_name",
	"reference_doctype",
	"reference_name",
	"promise_date",
	"expected_date",
	"status_reason",
	"moved_document_type",
	"moved_document",
	"moved",
)


def days_late(values: Mapping[str, Any]) -> int:
	"""Calendar days from the promised to the expected date; 0 where it is not late, or not expected any more."""
	promised, expected = values["promise_date"], values["expected_date"]
	if not (promised and expected):
		return 0
	return max(0, (getdate(expected) - getdate(promised)).days)
