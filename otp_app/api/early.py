"""Requests under /otp/ find their way, and what Frappe refuses before is told as JSON, too: two hooks of every request.

A wrong API key, a missing CSRF token or a body that is no JSON never come to `paths.answer`.
"""

import json
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe import _

from otp_app.api.http import REQUEST_ID_HEADER, request_id
from otp_app.api.paths import allowed, asked_path, is_ours, json_response, lead, not_json, told
from otp_app.engine.problems import MALFORMED

COPIED = ("Cache-Control", REQUEST_ID_HEADER, "WWW-Authenticate")


def before_request() -> None:
	"""Leads a request under /otp/ to what answers it."""
	lead(frappe.local.request)


def after_request(response: Response | None = None, request: Any = None) -> None:
	"""What Frappe refuses before it comes to us is told as JSON; OPTIONS, which Frappe answers, tells the methods."""
	if response is None or request is None or not is_ours(path := asked_path(request)):
		return
	if request.method == "OPTIONS":
		if methods := allowed(path):
			response.headers["Allow"] = ", ".join(methods)
	elif response.mimetype != "application/json" or REQUEST_ID_HEADER not in response.headers:
		_tell(response, request)


def _tell(response: Response, request: Any) -> None:
	status = response.status_code
	if status < MALFORMED:
		return
	if _is_no_json(request):
		refused = not_json()
		body, status = refused.as_dict(request_id()), refused.status
	else:
		body = told(status, _said(status))
	answer = json_response(body, status)
	response.status_code = answer.status_code
	response.data, response.mimetype = answer.data, answer.mimetype
	for name in COPIED:
		if name in answer.headers:
			response.headers[name] = answer.headers[name]


def _is_no_json(request: Any) -> bool:
	if not request.is_json:
		return False
	try:
		return not isinstance(json.loads(request.get_data(as_text=True) or "{}"), dict)
	except (ValueError, RecursionError):
		return True


def _said(status: int) -> str:
	sentences = {
		400: _("The request was refused: send the header X-Frappe-CSRF-Token of the session, or an API key."),
		401: _("The API key or session is not valid: sign in again, or send another key."),
		403: _("You are not allowed to do this."),
		413: _("The request is too large: split it."),
		429: _("There were too many requests: wait, then try again."),
		503: _("The site does not answer at the moment: try again later."),
	}
	return sentences.get(status, "")
