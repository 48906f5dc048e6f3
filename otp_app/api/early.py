"""What Frappe refuses before it looks for a page, told as JSON under /otp/, too: two hooks of every request.

A wrong API key, a missing CSRF token, a body that is no JSON and methods other than GET and POST never come to a page.
"""

import json
from typing import Any

from werkzeug.wrappers import Response

import frappe
from frappe import _

from otp_app.api.counting import answer_now
from otp_app.api.http import REQUEST_ID_HEADER, request_id
from otp_app.api.paths import ROOT, allowed, asked_path, find, json_response, not_json, told
from otp_app.engine.problems import MALFORMED, RequestRefused

PAGE_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
COPIED = ("Cache-Control", REQUEST_ID_HEADER, "WWW-Authenticate")


def before_request() -> None:
	"""Frappe gives up on other methods than GET and POST before it looks for a page: they are answered here."""
	request = frappe.local.request
	if not _is_ours(request) or request.method in PAGE_METHODS:
		return
	try:
		find(request.method, asked_path())
	except RequestRefused as refused:
		answer_now(json_response(refused.as_dict(request_id()), refused.status))


def after_request(response: Response | None = None, request: Any = None) -> None:
	"""What Frappe refuses before it comes to a page (a wrong key, a body that is no JSON) is told as JSON, too."""
	if response is None or not _is_ours(request):
		return
	if request.method == "OPTIONS":
		if methods := allowed(asked_path()):
			response.headers["Allow"] = ", ".join(methods)
	elif response.mimetype != "application/json" or REQUEST_ID_HEADER not in response.headers:
		_tell(response, request)


def _is_ours(request: Any) -> bool:
	return request is not None and (request.path == f"/{ROOT}" or request.path.startswith(f"/{ROOT}/"))


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
