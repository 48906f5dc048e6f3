"""Calls that write: all or nothing, and patient with the database."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from otp_app.engine.problems import CONFLICT, INVALID, UNAVAILABLE, Problem, RequestRefused
from otp_app.promises.repeat import id_used

SAVEPOINT = "otp_call"
ATTEMPTS = 4
PAUSE = 0.02  # seconds before the second attempt, twice as many before the third, and so on


def all_or_nothing(method: Callable[..., Any]) -> Callable[..., Any]:
	"""Takes back what a refused call has written, and tries again after a deadlock. Belongs below `json_errors`.

	What ERPNext itself refuses (frappe.ValidationError) becomes 422 with its message, or 409 for a document that somebody
	else has changed; a database that stays busy, 503.
	"""

	@wraps(method)
	def call(*args: Any, **kwargs: Any) -> Any:
		for attempt in range(1, ATTEMPTS):
			try:
				return _in_one_piece(method, args, kwargs)
			except frappe.QueryDeadlockError:
				# The database has ended the transaction; nothing was written before this call.
				frappe.db.rollback()
				frappe.clear_messages()
				time.sleep(PAUSE * attempt)
			except frappe.QueryTimeoutError as error:
				raise _busy() from error
		return _last_attempt(method, args, kwargs)

	return call


def _last_attempt(method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
	try:
		return _in_one_piece(method, args, kwargs)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError) as error:
		raise _busy() from error


def _busy() -> RequestRefused:
	frappe.db.rollback()
	frappe.clear_messages()
	message = _("Others are promising the same items at this moment: try again.")
	return RequestRefused([Problem("BUSY", message, None, UNAVAILABLE)])


def _in_one_piece(method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
	frappe.db.savepoint(SAVEPOINT)
	try:
		return method(*args, **kwargs)
	except (RequestRefused, frappe.PermissionError):
		frappe.db.rollback(save_point=SAVEPOINT)
		raise
	except frappe.ValidationError as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		raise _refused(error) from error


def _refused(error: frappe.ValidationError) -> RequestRefused:
	frappe.clear_messages()
	if isinstance(error, frappe.UniqueValidationError):
		return id_used()
	message = strip_html(str(error)) or _("ERPNext does not accept this.")
	if isinstance(error, frappe.TimestampMismatchError):
		return RequestRefused([Problem("STALE", message, None, CONFLICT)])
	return RequestRefused([Problem("NOT_VALID", message, None, INVALID)])
