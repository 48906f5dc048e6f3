"""One id through everything that a request does, also in the jobs that it starts."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

import frappe

REQUEST_ID_HEADER = "X-Request-Id"
MAX_REQUEST_ID = 64
# In Redis, by the id of a job: which request it belongs to. Not among its arguments: a worker that has not been started
# anew since an upgrade, or other apps' code, would give what it does not know to the job's function.
CARRIED = "otp_request_of:{}"
CARRIED_SECONDS = 24 * 60 * 60


def request_id() -> str:
	"""The caller's own id for this request, else a new one; the same for the whole request, or job."""
	known: str | None = getattr(frappe.local, "otp_request_id", None)
	if known is None:
		given = frappe.get_request_header(REQUEST_ID_HEADER) if frappe.request else None
		known = frappe.local.otp_request_id = (given or uuid.uuid4().hex)[:MAX_REQUEST_ID]
	return known


def enqueue(method: str, *, job_id: str | None = None, **options: Any) -> Any:
	"""frappe.enqueue, for a job that belongs to this request: what it logs has the request's id."""
	from frappe.utils.background_jobs import create_job_id  # which imports rq

	job_id = job_id or uuid.uuid4().hex
	with suppress(RedisError, OSError):
		frappe.cache.set(_key(create_job_id(job_id)), request_id(), ex=CARRIED_SECONDS)
	return frappe.enqueue(method, job_id=job_id, **options)


def before_job(method: str = "", **_about: Any) -> None:
	"""Takes up the id of the request that a job of ours belongs to; a hook of every job."""
	from rq import get_current_job

	job = get_current_job() if str(method).startswith("otp_app.") else None
	if job is None:
		return
	with suppress(RedisError, OSError):
		if given := frappe.cache.get(_key(job.id)):
			frappe.local.otp_request_id = given.decode()


def _key(job_id: str) -> bytes:
	key: bytes = frappe.cache.make_key(CARRIED.format(job_id))
	return key
