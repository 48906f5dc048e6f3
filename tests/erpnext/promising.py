"""What the tests of promises, holds and submitted orders share: the calls as a user makes them, and settings."""

from collections.abc import Callable
from typing import Any

import frappe

from tests.factories.base import new_request


def answer(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
	"""What a call answers; fails with the refusal if there is one."""
	frappe.local.response = frappe._dict()
	frappe.local.otp_request_id = None
	found = call(**arguments)
	assert found is not None, frappe.local.response
	return found


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
	"""HTTP status, code and message of a call that is refused."""
	frappe.local.response = frappe._dict()
	frappe.local.otp_request_id = None
	found = call(**arguments)
	assert found is None, found
	error = frappe.local.response["error"]
	return frappe.local.response["http_status_code"], error["code"], error["message"]


def settings(**values: Any) -> None:
	"""Order Promise Settings, until the test is rolled back."""
	doc = frappe.get_doc("Order Promise Settings")
	doc.update(values)
	doc.save()


def submit(order: Any) -> Any:
	"""Submits a draft as a request of its own would; the messages that a person sees are in frappe.message_log."""
	new_request()
	frappe.clear_messages()
	doc = frappe.get_doc(order.doctype, order.name)
	doc.submit()
	return frappe.get_doc(order.doctype, order.name)


def told() -> str:
	"""All messages that a person sees, as one text."""
	return " ".join(str(message.get("message")) for message in frappe.get_message_log())


def promise_of(document: Any) -> Any:
	"""The Order Promise that a document has now."""
	name = frappe.db.get_value(document.doctype, document.name, "otp_promise")
	return frappe.get_doc("Order Promise", name)


def promises_of(document: Any) -> list[str]:
	"""The statuses of all promises of a document, oldest first."""
	filters = {"reference_doctype": document.doctype, "reference_name": document.name}
	return frappe.get_all("Order Promise", filters, pluck="status", order_by="name")
