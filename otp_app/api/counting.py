"""Every request under /otp/ and of a whitelisted method of the app, counted by what it was for: two hooks of every request."""

import re
import sys
import time
from types import FunctionType
from typing import Any, NoReturn

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

import frappe

from otp_app.api.paths import ROOT, asked_path, is_ours, template
from otp_app.operations import counters
from otp_app.telemetry.names import HTTP_REQUESTS, HTTP_SECONDS

TOO_LARGE, FAILED = 413, 500
# What stands for a method or path that is not there: those that people make up are without number.
UNKNOWN = "{unknown}"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Where the status is noted of what is answered before Frappe looks for a page.
ANSWERED = "otp_app.answered"
_CALL = re.compile(r"/api/(?:v[12]/)?method/(?P<name>otp_app\.[^/]*)/?")


def before_request() -> None:
	"""Looks at the clock, once Frappe knows who asks."""
	frappe.local.otp_started = time.perf_counter()


def after_request(response: Response | None = None, request: Any = None) -> None:
	"""Counts a request of ours by method, path and status. Without a response, its error is answered further up."""
	path = path_of(request) if request is not None else None
	if path is None:
		return
	method = request.method if request.method in METHODS else UNKNOWN
	status = (
		response.status_code if response is not None else request.environ.get(ANSWERED, _unanswered(request))
	)
	counters.count(HTTP_REQUESTS, method, path, str(status))
	if started := getattr(frappe.local, "otp_started", None):
		counters.observe(HTTP_SECONDS, time.perf_counter() - started, method, path)
	if response is None:
		counters.write()  # there may be nothing that is done after the response
	else:
		counters.write_soon()


def _unanswered(request: Any) -> int:
	"""The status of a request without a response: of one that is too large Frappe leaves the answer to werkzeug."""
	most = request.max_content_length
	return TOO_LARGE if most and (request.content_length or 0) > most else FAILED


def answer_now(response: Response) -> NoReturn:
	"""Answers a request in a hook that comes before it, and notes the status for the one that comes after."""
	frappe.local.request.environ[ANSWERED] = response.status_code
	raise HTTPException(response=response)


def path_of(request: Any) -> str | None:
	"""What a request is for, without names of documents; None for one that is not ours."""
	path = asked_path(request)
	if is_ours(path):
		return template(path) or f"/{ROOT}/{UNKNOWN}"
	if called := _CALL.fullmatch(request.path):
		name = called["name"]
	else:
		name = str(getattr(frappe.local, "form_dict", {}).get("cmd") or "")
	if not name.startswith("otp_app."):
		return None
	return f"/api/method/{name if _is_a_call(name) else UNKNOWN}"


def _is_a_call(name: str) -> bool:
	"""Whether it is a whitelisted method; one that was answered in this process has been imported."""
	module, _dot, function = name.rpartition(".")
	found = getattr(sys.modules.get(module), function, None)
	return isinstance(found, FunctionType) and found in frappe.whitelisted
