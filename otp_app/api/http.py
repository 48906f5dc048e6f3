"""How the API speaks HTTP: request ids, permission, and every error as JSON with its own status."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.engine.calendars import NoWorkingDay
from otp_app.engine.problems import (
	FORBIDDEN,
	INVALID,
	MALFORMED,
	UNKNOWN,
	Problem,
	RequestRefused,
)
from otp_app.operations.tracing import MAX_REQUEST_ID, REQUEST_ID_HEADER, request_id
from otp_app.promises import arguments
from otp_app.promises.repeat import Request, repeatable

# What Frappe itself puts among the arguments of a call.
FRAPPE_ARGUMENTS = frozenset({"cmd", "csrf_token", "data", "_"})


def json_errors(method: Callable[..., Any]) -> Callable[..., Any]:
	"""Answers refusals as `{error: {code, message, field?}, request_id}` with their own HTTP status."""

	@wraps(method)
	def answer(*args: Any, **kwargs: Any) -> Any:
		try:
			return method(*args, **kwargs)
		except RequestRefused as refused:
			return _refuse(refused)
		except NoWorkingDay as error:
			return _refuse(RequestRefused([Problem("NO_WORKING_DAY", str(error), "rules", INVALID)]))
		except UnicodeError:
			message = _("The request has text that is no valid Unicode.")
			return _refuse(RequestRefused([Problem("MALFORMED", message, None, MALFORMED)]))
		except frappe.PermissionError as error:
			frappe.clear_last_message()
			message = str(error) or _("You are not allowed to do this.")
			return _refuse(RequestRefused([Problem("FORBIDDEN", message, None, FORBIDDEN)]))

	return answer


def _refuse(refused: RequestRefused) -> None:
	frappe.local.response["http_status_code"] = refused.status
	frappe.local.response.update(refused.as_dict(request_id()))


def get_permitted(doctype: str, name: Any, permission: str = "read", field: str | None = None) -> Document:
	"""A document that the user may read, or `permission`. Raises RequestRefused for none or one that is not there, or
	PermissionError."""
	field, kind = field or frappe.scrub(doctype), frappe.scrub(doctype).upper()
	if name in (None, ""):
		message = _("{0} is missing: it names the {1}.").format(field, _(doctype))
		raise RequestRefused([Problem("MISSING_FIELD", message, field)])
	if not isinstance(name, str):
		message = _("{0} must be a text, the name of the {1}.").format(field, _(doctype))
		raise RequestRefused([Problem("INVALID_VALUE", message, field)])
	if not frappe.db.exists(doctype, name):
		message = _("There is no {0} {1}.").format(_(doctype), name)
		raise RequestRefused([Problem(f"UNKNOWN_{kind}", message, field, UNKNOWN)])
	document = frappe.get_doc(doctype, name)
	document.check_permission(permission)
	return document


def this_request(verb: str, arguments: Mapping[str, Any]) -> Request:
	"""This request, for a call that writes: it may be repeated if the caller gave it an id of its own."""
	given = frappe.get_request_header(REQUEST_ID_HEADER) if frappe.request else None
	if given and len(given) > MAX_REQUEST_ID:
		message = _("{0} has more than {1} characters: shorten it.").format(REQUEST_ID_HEADER, MAX_REQUEST_ID)
		raise RequestRefused([Problem("INVALID_VALUE", message, REQUEST_ID_HEADER)])
	return repeatable(request_id(), verb, arguments) if given else Request(request_id())


def from_json(value: Any, field: str) -> Any:
	"""A list or object, which a form sends as JSON text. Raises RequestRefused for text that is none."""
	return arguments.from_json(value, field, _)


def refuse_unknown_arguments(known: set[str]) -> None:
	"""Frappe drops arguments that a method does not have; a misspelt one must not go unnoticed."""
	if frappe.request:
		refuse_unknown(set(frappe.form_dict) - FRAPPE_ARGUMENTS, known)


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
	"""Raises RequestRefused, naming each of the fields given that is not known."""
	if unknown := sorted(set(given) - set(known)):
		message = _("{0} is not a field of this call: check its spelling.")
		raise RequestRefused([Problem("UNKNOWN_FIELD", message.format(name), name) for name in unknown])
