"""Plain paths on the site, /otp/..., for programs: JSON in, JSON out, the calls of this package behind.

A hook of every request leads them to `answer`, a whitelisted method: signing in, API keys, the CSRF check, and what is kept or
rolled back are Frappe's, as for /api/method. Frappe's website would look for a page first, which takes it longer than a promise.
"""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

import frappe
from frappe import _
from frappe.utils import strip_html
from frappe.utils.error import log_error_snapshot
from frappe.utils.response import json_handler

from otp_app.api.http import FRAPPE_ARGUMENTS, REQUEST_ID_HEADER, refuse_unknown, request_id
from otp_app.engine.problems import MALFORMED, UNKNOWN, Problem, RequestRefused

ROOT = "otp"
HEALTH = "otp/health"  # answered by probes.py
NOT_SIGNED_IN, WRONG_METHOD, FAILED = 401, 405, 500


@dataclass(frozen=True, slots=True)
class Path:
	"""What answers a method on a path. The rest of the path goes to `rest`; `lists` may be given several times.

	`signed`: no user signs in, the function itself reads the request and its signature.
	"""

	function: str
	rest: str | None = None
	lists: tuple[str, ...] = ()
	signed: bool = False


# (method, path) -> the whitelisted function. A path that ends in / has a name after it.
PATHS: Mapping[tuple[str, str], Path] = {
	("POST", "otp/promise"): Path("otp_app.api.promise.calculate"),
	("POST", "otp/apply"): Path("otp_app.api.promise.apply"),
	("POST", "otp/hold"): Path("otp_app.api.promise.hold"),
	("POST", "otp/extend"): Path("otp_app.api.promise.extend"),
	("POST", "otp/release"): Path("otp_app.api.promise.release"),
	("POST", "otp/procurement-suggest"): Path("otp_app.api.procurement.procurement_suggest"),
	("GET", "otp/sales-orders"): Path("otp_app.api.orders.sales_orders", lists=("status", "promise_status")),
	("GET", "otp/sales-orders/"): Path("otp_app.api.orders.sales_order", rest="sales_order"),
	("GET", "otp/items/stock"): Path("otp_app.api.stock.item_stock", lists=("item_code", "items")),
	("POST", "otp/molam/webhook"): Path("otp_app.api.payments.webhook", signed=True),
}


# Where a request keeps the path that it was sent to.
_ASKED = "otp_app.asked_path"


def lead(request: Request) -> None:
	"""Leads a request under /otp/ to `answer`. Its body stays its own: a field of it is no argument of Frappe's."""
	if is_ours(asked_path(request)):
		request.environ[_ASKED] = request.path
		request.path = request.environ["PATH_INFO"] = f"/api/method/{__name__}.{answer.__name__}"
		frappe.local.form_dict = frappe._dict()


def asked_path(request: Request) -> str:
	"""The path that a request was sent to, without slashes at its ends."""
	return str(request.environ.get(_ASKED, request.path)).strip("/")


def is_ours(path: str) -> bool:
	"""Whether a path is /otp or below it."""
	return path == ROOT or path.startswith(f"{ROOT}/")


@frappe.whitelist(allow_guest=True, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def answer() -> Response:
	"""The answer to a request under /otp/. One that tells of an error leaves nothing written."""
	try:
		body, status = _answer()
	except RequestRefused as refused:
		body, status = refused.as_dict(request_id()), refused.status
	except Exception as error:
		body, status = _failure(error)
	if status >= MALFORMED:
		frappe.db.rollback()
	return json_response(body, status)


def json_response(body: Mapping[str, Any], status: int) -> Response:
	"""An answer that no cache keeps, with the id of the request."""
	response = Response(
		json.dumps(body, default=json_handler, separators=(",", ":")), status, mimetype="application/json"
	)
	response.headers["Cache-Control"] = "no-store"
	response.headers[REQUEST_ID_HEADER] = request_id()
	if status == WRONG_METHOD:
		response.headers["Allow"] = ", ".join(allowed(asked_path(frappe.local.request)))
	if status == NOT_SIGNED_IN:
		response.headers["WWW-Authenticate"] = "token"
	return response


def allowed(path: str) -> tuple[str, ...]:
	"""The methods that a path takes; none for one that is not there."""
	methods = [method for method, known in PATHS if _fits(known, path)]
	extra = ("HEAD",) if "GET" in methods else ()
	return (*methods, *extra, "OPTIONS") if methods else ()


def _fits(known: str, path: str) -> bool:
	return path == known or (known.endswith("/") and path.startswith(known) and path != known)


def template(path: str) -> str | None:
	"""A path without the name at its end, /otp/sales-orders/{name}; None for one that is not there."""
	for _method, known in PATHS:
		if _fits(known, path):
			return f"/{known}{{name}}" if known.endswith("/") else f"/{known}"
	return "/otp/health" if path == HEALTH else None


def find(method: str, path: str) -> tuple[Path, str]:
	"""What answers, and the name at the end of the path. Raises RequestRefused for no such path, or method (405)."""
	method = "GET" if method == "HEAD" else method
	for (known_method, known), found in PATHS.items():
		if known_method == method and _fits(known, path):
			return found, path.removeprefix(known)
	if methods := allowed(path):
		message = _("/{0} does not take {1}: use {2}.").format(path, method, methods[0])
		raise RequestRefused([Problem("WRONG_METHOD", message, None, WRONG_METHOD)])
	message = _("There is no path /{0}: docs/api.md lists them.").format(path)
	raise RequestRefused([Problem("UNKNOWN_PATH", message, None, UNKNOWN)])


def _answer() -> tuple[Any, int]:
	"""Body and status of the call that the request is for."""
	request = frappe.local.request
	found, rest = find(request.method, asked_path(request))
	if found.signed:
		return frappe.get_attr(found.function)(), 200
	if frappe.session.user == "Guest":
		message = _("Sign in, or send an API key: Authorization: token KEY:SECRET.")
		raise RequestRefused([Problem("NOT_SIGNED_IN", message, None, NOT_SIGNED_IN)])
	arguments = _body() if request.method == "POST" else _query(found)
	if found.rest:
		arguments[found.rest] = rest
	return call(found.function, arguments)


def call(function: str, arguments: dict[str, Any]) -> tuple[Any, int]:
	"""Body and status of a whitelisted function, called as /api/method would."""
	method = frappe.get_attr(frappe.override_whitelisted_method(function))
	frappe.is_whitelisted(method)
	refuse_unknown(arguments, inspect.signature(method).parameters)
	frappe.local.form_dict = frappe._dict(arguments)
	answer = method(**arguments)
	status = frappe.local.response.pop("http_status_code", None) or 200
	if answer is None:
		answer = {key: frappe.local.response[key] for key in ("error", "request_id")}
	return answer, status


def _body() -> dict[str, Any]:
	"""The fields of a JSON object, whatever type the request says it has; an empty body has none."""
	text = frappe.local.request.get_data(as_text=True)
	try:
		fields = json.loads(text) if text.strip() else {}
	except (ValueError, RecursionError) as error:
		raise not_json() from error
	if not isinstance(fields, dict):
		raise not_json()
	return {name: value for name, value in fields.items() if name not in FRAPPE_ARGUMENTS}


def not_json() -> RequestRefused:
	"""What is raised for a body that is no JSON object."""
	message = _("The body must be a JSON object, such as {0}.").format(
		'{"sales_order": "SAL-ORD-2026-00001"}'
	)
	return RequestRefused([Problem("MALFORMED", message, None, MALFORMED)])


def _query(found: Path) -> dict[str, Any]:
	"""The parameters of the address; one that is given several times is a list where the call takes one."""
	given = frappe.local.request.args
	fields: dict[str, Any] = {}
	for name in given:
		values = given.getlist(name)
		if len(values) > 1 and name not in found.lists:
			message = _("{0} is given {1} times: give it once.").format(name, len(values))
			raise RequestRefused([Problem("INVALID_VALUE", message, name)])
		fields[name] = values if len(values) > 1 else values[0]
	return {name: value for name, value in fields.items() if name not in FRAPPE_ARGUMENTS}


# What Frappe's own errors are called here, by the status that Frappe gives them.
CODES: Mapping[int, str] = {
	400: "CSRF_TOKEN",
	401: "NOT_SIGNED_IN",
	403: "FORBIDDEN",
	404: "NOT_FOUND",
	409: "STALE",
	413: "TOO_LARGE",
	417: "NOT_VALID",
	429: "TOO_MANY_REQUESTS",
	503: "UNAVAILABLE",
}


def _failure(error: Exception) -> tuple[dict[str, Any], int]:
	"""Body and status of an error that no call has expected; what is our fault is logged, and not told."""
	status = getattr(error, "http_status_code", FAILED)
	if status not in CODES:
		# Logged in a transaction of its own.
		frappe.db.rollback()
		log_error_snapshot(error)
	return told(status, strip_html(str(error))), status if status in CODES else FAILED


def told(status: int, why: str = "") -> dict[str, Any]:
	"""The body for a status that Frappe has found."""
	message = why if status in CODES else ""
	message = message or _("The server could not answer: its Error Log says more.")
	return RequestRefused([Problem(CODES.get(status, "FAILED"), message, None, status)]).as_dict(request_id())
