"""Sending events to another system: signed, from the queue, again after a pause until it has answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime

from otp_app.operations.tracing import enqueue
from otp_app.promises.watching.events import AT_RISK, BROKEN, EVENT, NEW_DATE, PENDING, RECOVERED
from otp_app.promises.watching.sentences import sentence, stored_move

SETTINGS = "Order Promise Settings"
JOB = "otp_app.promises.watching.webhook.deliver"
SENT, FAILED = "Sent", "Failed"
TYPES = {
	AT_RISK: "promise.at_risk",
	NEW_DATE: "promise.date_changed",
	RECOVERED: "promise.recovered",
	BROKEN: "promise.broken",
}
LOCAL = ("localhost", "127.0.0.1", "::1")
# Hosts that may be reached without TLS: a list in the site's configuration, which no user can change.
ALLOWED = "otp_webhook_http_hosts"
TIMEOUT_SECONDS = (5, 10)
# After each attempt that fails, in minutes; with the last one about three days have gone by.
PAUSES = (1, 5, 30, 120, 360, 720, 1440, 1440)
AT_ONCE = 200


def problem_of(url: str) -> str | None:
	"""Why nothing is sent to an address; None if it is in order."""
	try:
		parts = urlsplit(url)
		host = parts.hostname
	except ValueError:
		host = None
	if not host or parts.scheme not in ("http", "https"):
		return _("Webhook URL {0} is no address: write it as https://example.com/path.").format(url)
	if parts.username or parts.password:
		return _("Webhook URL holds a password: leave it out, the signature takes its place.")
	if parts.scheme == "http" and host not in (*LOCAL, *(frappe.conf.get(ALLOWED) or ())):
		return _("Webhook URL {0} is not encrypted: use https.").format(url)
	return None


def signature(body: bytes, secret: str, moment: int) -> str:
	"""The header X-OTP-Signature: HMAC-SHA256 of `moment` (seconds since 1970), a full stop and the body, in hex."""
	signed = hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()
	return f"t={moment},v1={signed}"


def deliver_soon() -> None:
	"""Has a worker send what is due; the scheduler comes in any case."""
	if frappe.db.exists(EVENT, {"webhook_status": PENDING}):
		with suppress(Exception):
			enqueue(JOB, queue="short", job_id=JOB, deduplicate=True, enqueue_after_commit=True)


def deliver() -> None:
	"""Sends what is due, the oldest first; a background and a scheduled job, one at a time.

	Each attempt is written down and committed. After one that fails the others wait for the next run: they go to the
	same address.
	"""
	if not frappe.db.exists(EVENT, {"webhook_status": PENDING}):
		return
	name = f"{frappe.conf.db_name}:otp_webhook"
	if not frappe.db.sql("select get_lock(%s, 0)", name)[0][0]:
		return
	try:
		for event in _due():
			answer = _send(event)
			_write(event, answer)
			frappe.db.commit()
			if answer is not None:
				return
	finally:
		frappe.db.sql("select release_lock(%s)", name)


def _due() -> list[Any]:
	event = frappe.qb.DocType(EVENT)
	due = event.webhook_next.isnull() | (event.webhook_next <= now_datetime())
	query = (
		frappe.qb.from_(event)
		.select("*")
		.where((event.webhook_status == PENDING) & due)
		.orderby(event.creation, event.name)
		.limit(AT_ONCE)
	)
	rows: list[Any] = query.run(as_dict=True)
	return rows


def _send(event: Any) -> str | None:
	"""Sends one event; what went wrong, None if it was taken."""
	settings = frappe.get_cached_doc(SETTINGS)
	url, secret = settings.webhook_url, settings.get_password("webhook_secret", raise_exception=False)
	if not (url and secret):
		return _("There is no Webhook URL or no secret in the settings.")
	if problem := problem_of(url):
		return problem
	body = json.dumps(payload(event), default=str).encode()
	try:
		answer = requests.post(
			url,
			data=body,
			headers=headers(event, body, secret, int(time.time())),
			timeout=TIMEOUT_SECONDS,
			allow_redirects=False,
		)
	except requests.RequestException as error:
		return type(error).__name__
	return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"


def headers(event: Any, body: bytes, secret: str, moment: int) -> dict[str, str]:
	"""What goes with the body."""
	return {
		"Content-Type": "application/json",
		"User-Agent": "otp_app",
		"X-OTP-Event": TYPES[event.event],
		"X-OTP-Delivery": event.name,
		"X-OTP-Timestamp": str(moment),
		"X-OTP-Signature": signature(body, secret, moment),
	}


def payload(event: Any) -> Mapping[str, Any]:
	"""The body: the same for each attempt, so that `id` tells a repetition."""
	move = stored_move(event.moved)
	return {
		"id": event.name,
		"type": TYPES[event.event],
		"created": event.creation.isoformat(),
		"promise": event.promise,
		"document": {"doctype": event.reference_doctype, "name": event.reference_name},
		"company": event.company,
		"customer": event.customer,
		"promise_date": event.promise_date,
		"expected_date": event.expected_date,
		"expected_before": event.expected_before,
		"days_late": event.days_late,
		"reason": event.status_reason,
		"moved": move
		and {
			"doctype": move.document_type,
			"name": move.document,
			"what": move.kind,
			"text": sentence(move, named=True),
		},
	}


def _write(event: Any, failed: str | None) -> None:
	attempts = event.webhook_attempts + 1
	values: dict[str, Any] = {"webhook_attempts": attempts, "webhook_answer": failed, "webhook_next": None}
	if failed is None:
		values["webhook_status"] = SENT
	elif attempts > len(PAUSES):
		values["webhook_status"] = FAILED
	else:
		values["webhook_next"] = add_to_date(now_datetime(), minutes=PAUSES[attempts - 1])
	frappe.db.set_value(EVENT, event.name, values, update_modified=False)
