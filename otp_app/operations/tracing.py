"""One id through everything that a request does, also in the jobs that it starts."""

from __future__ import annotations

import uuid
from typing import Any

import frappe

REQUEST_ID_HEADER = "X-Request-Id"
MAX_REQUEST_ID = 64
# Beside the arguments of a job, until it starts.
CARRIED = "otp_request_id"


def request_id() -> str:
	"""The caller's own id for this request, else a new one; the same for the whole request, or job."""
	known: str | None = getattr(frappe.local, "otp_request_id", None)
	if known is None:
		given = frappe.get_request_header(REQUEST_ID_HEADER) if frappe.request else None
		known = frappe.local.otp_request_id = (given or uuid.uuid4().hex)[:MAX_REQUEST_ID]
	return known


def enqueue(method: str, **options: Any) -> Any:
	"""frappe.enqueue, for a job that belongs to this request: what it logs has the request's id."""
	return frappe.enqueue(method, **options, **{CARRIED: request_id()})


def before_job(kwargs: dict[str, Any] | None = None, **_about: Any) -> None:
	"""Takes the id out of the arguments of a job that is about to start; a hook of every job."""
	if given := (kwargs or {}).pop(CARRIED, None):
		frappe.local.otp_request_id = given
