"""/health, /ready and /metrics of a site, and /otp/health: for what watches it.

Answered before Frappe looks for a page, and before it takes a bearer token for one of OAuth: a hook of every request.
"""

import hmac
import json

from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.wrappers import Response

import frappe
from frappe.auth import validate_auth

from otp_app.api.counting import answer_now
from otp_app.operations import checks, exposition

TOKEN = "otp_metrics_token"  # of site_config.json # noqa: S105
OK, UNAVAILABLE, NOT_SIGNED_IN, FORBIDDEN, WRONG_METHOD = 200, 503, 401, 403, 405
METHODS = ("GET", "HEAD", "OPTIONS")
HOW_TO_SET = "Set a token: bench --site SITE set-config otp_metrics_token TOKEN, then send Authorization: Bearer TOKEN."


def before_request() -> None:
	"""Answers what is asked under one of PROBES."""
	request = frappe.local.request
	if probe := PROBES.get(request.path.rstrip("/")):
		answer_now(probe() if request.method in METHODS[:2] else _no_such_method())


def health() -> Response:
	"""The site's processes are alive; the database is not asked."""
	return _json({"status": "ok"}, OK)


def ready() -> Response:
	"""Whether promises can be made now; what is wrong is told to whoever has the token, and to System Managers."""
	found = checks.ready()
	well = all(check.problem is None for check in found.values())
	body: dict[str, object] = {"status": "ok" if well else "unavailable"}
	if _may_know():
		body["checks"] = {name: check.as_dict() for name, check in found.items()}
	return _json(body, OK if well else UNAVAILABLE)


def metrics() -> Response:
	"""The metrics, for whoever has the token."""
	if not frappe.conf.get(TOKEN):
		return Response(f"No metrics without a token. {HOW_TO_SET}\n", FORBIDDEN, mimetype="text/plain")
	if not _has_token():
		answer = Response("Send the token of the site: Authorization: Bearer TOKEN.\n", NOT_SIGNED_IN)
		answer.headers["WWW-Authenticate"] = "Bearer"
		return answer
	return Response(exposition.text(), OK, content_type=CONTENT_TYPE_LATEST)


PROBES = {"/health": health, "/ready": ready, "/otp/health": ready, "/metrics": metrics}


def _has_token() -> bool:
	"""Compared in a time that does not tell how much of it is right."""
	kind, _space, given = frappe.get_request_header("Authorization", "").partition(" ")
	token = str(frappe.conf.get(TOKEN) or "")
	return bool(token) and kind.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def _may_know() -> bool:
	if _has_token():
		return True
	try:
		validate_auth()  # Frappe does it after this hook only
		return "System Manager" in frappe.get_roles()
	except Exception:
		return False  # a wrong key, or nothing to look it up in: a stranger


def _json(body: dict[str, object], status: int) -> Response:
	answer = Response(json.dumps(body), status, mimetype="application/json")
	answer.headers["Cache-Control"] = "no-store"
	return answer


def _no_such_method() -> Response:
	answer = Response(status=OK if frappe.local.request.method == "OPTIONS" else WRONG_METHOD)
	answer.headers["Allow"] = ", ".join(METHODS)
	return answer
