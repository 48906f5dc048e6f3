"""What Molam sends by itself: verified, stored once by its id, answered at once, and looked into by a job.

An event is a hint, not a truth: the job asks Molam how the payment stands. So an event that comes late, twice or out of
order, or a true one that is sent again by somebody else, changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import convert_utc_to_system_timezone

from otp_app.engine.problems import MALFORMED, Problem, RequestRefused
from otp_app.molam_sdk import WebhookVerificationError
from otp_app.molam_sdk.webhooks import construct_event
from otp_app.payments import exchange
from otp_app.payments.connection import SETTINGS, MolamRefused, MolamUnsure, companies
from otp_app.payments.due import KEY_AT_MOLAM, PAYMENT
from otp_app.payments.later import later

EVENT = "Molam Webhook Event"
HEADER = "Molam-Signature"
RECEIVED, PROCESSED, IGNORED, FAILED = "Received", "Processed", "Ignored", "Failed"
MAX_BYTES, MAX_ID, TOO_LARGE = 256 * 1024, 140, 413
# With one every five minutes: two days.
MAX_ATTEMPTS = 576


def receive(body: bytes, header: str | None, company: str | None = None) -> dict[str, Any]:
	"""Stores an event that is signed by a secret of `company`, or of any that takes payments, and has it looked into.

	Raises RequestRefused (400 NOT_SIGNED, 400 MALFORMED, 413 TOO_LARGE); then nothing is stored.
	"""
	if len(body) > MAX_BYTES:
		raise _refused("TOO_LARGE", _("The event is too large."), TOO_LARGE)
	event, signed_for = _verified(body, header, company)
	event_id, kind = event.get("id"), event.get("type")
	if not _is_name(event_id) or not _is_name(kind):
		raise _refused("MALFORMED", _("An event has an id and a type, texts of at most 140 characters."))
	stored = _store(event, signed_for, body)
	return {"received": True, "event": event_id, "duplicate": not stored}


def _refused(code: str, message: str, status: int = MALFORMED) -> RequestRefused:
	return RequestRefused([Problem(code, message, None, status)])


def _is_name(value: Any) -> bool:
	return isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()


def _verified(body: bytes, header: str | None, company: str | None) -> tuple[dict[str, Any], str]:
	"""The event, and the company whose secret it is signed with."""
	why = _("No company here takes payments through Molam.")
	for name in companies():
		if company and name != company:
			continue
		settings = frappe.get_cached_doc(SETTINGS, name)
		try:
			event = construct_event(body, header or "", _secrets_of(settings))
		except WebhookVerificationError as error:
			why = str(error)
			continue
		if isinstance(event, dict):
			return event, name
		why = _("Invalid JSON payload")
	raise _refused("NOT_SIGNED", why)


def _secrets_of(settings: Document) -> Any:
	def secret(kid: str) -> str | None:
		row = next((row for row in settings.webhook_secrets if row.kid == kid), None)
		return row.get_password("secret", raise_exception=False) if row else None

	return secret


def _store(event: dict[str, Any], company: str, body: bytes) -> bool:
	"""Whether the event is new."""
	name = hashlib.sha256(f"{company}\n{event['id']}".encode()).hexdigest()[:40]
	if frappe.db.exists(EVENT, name):
		return False
	doc = frappe.new_doc(EVENT)
	doc.update(
		{
			"name": name,
			"event_id": event["id"],
			"event_type": event["type"],
			"company": company,
			"status": RECEIVED,
			"created_at": _moment(event.get("created")),
			"livemode": int(event.get("livemode") is True),
			"payload": body.decode("utf-8", errors="replace"),
		}
	)
	try:
		frappe.db.savepoint("otp_event")
		doc.insert(ignore_permissions=True)
	except frappe.DuplicateEntryError:
		# The same event at the same moment, to another worker.
		frappe.db.rollback(save_point="otp_event")
		frappe.clear_messages()
		return False
	later("otp_app.payments.webhooks.process", name)
	return True


def _moment(seconds: Any) -> datetime | None:
	"""A time of Molam's clock, in the site's zone."""
	try:
		found = datetime.fromtimestamp(int(seconds), timezone.utc)
		return convert_utc_to_system_timezone(found).replace(tzinfo=None)
	except (TypeError, ValueError, OverflowError, OSError):
		return None


def process(name: str) -> None:
	"""Asks Molam about the payment that an event is about. May be repeated."""
	doc = frappe.get_doc(EVENT, name, for_update=True)
	if doc.status != RECEIVED:
		frappe.db.rollback()
		return
	subject = _subject(doc.payload)
	payment = _payment_of(subject, doc.company)
	if payment is None:
		_conclude(doc, IGNORED, _("It is about no payment of this site."))
		return
	if doc.attempts >= MAX_ATTEMPTS:
		_conclude(doc, FAILED, _("Given up after {0} attempts.").format(doc.attempts))
		return
	# The exchange commits: nobody else waits for Molam's answer.
	doc.db_set({"molam_payment": payment, "attempts": doc.attempts + 1}, update_modified=False)
	frappe.db.commit()
	after = exchange.refresh(payment)
	if not after.in_doubt and _refund_is_known(doc.event_type, subject, payment):
		after = frappe.get_doc(PAYMENT, payment)
		_conclude(doc, PROCESSED, _("{0} is {1}.").format(payment, _(after.status)))


def _refund_is_known(event_type: str, subject: dict[str, Any], payment: str) -> bool:
	"""Takes over the refund that an event is about; whether Molam has shown it."""
	if event_type.startswith("refund.") and subject.get("id"):
		try:
			exchange.adopt_refund(payment, str(subject["id"]))
		except MolamUnsure:
			return False
		except MolamRefused:
			pass  # of another payment
	return True


def _subject(payload: str) -> dict[str, Any]:
	"""What the event is about: an intent, a refund or a payout."""
	data = json.loads(payload).get("data")
	inner = data.get("object") if isinstance(data, dict) else None
	found = inner if isinstance(inner, dict) else data
	return found if isinstance(found, dict) else {}


def _payment_of(subject: dict[str, Any], company: str) -> str | None:
	"""A payment of the company whose secret the event was signed with, by its intent, else by its key."""
	for field in ("payment_id", "payment_intent", "id"):
		value = subject.get(field)
		known = isinstance(value, str) and value and {"intent_id": value, "company": company}
		if known and (found := frappe.db.get_value(PAYMENT, known)):
			return str(found)
	metadata = subject.get("metadata")
	key = metadata.get(KEY_AT_MOLAM) if isinstance(metadata, dict) else None
	if not isinstance(key, str):
		return None
	found = frappe.db.get_value(PAYMENT, {"idempotency_key": key, "company": company})
	return str(found) if found else None


def _conclude(doc: Document, status: str, outcome: str | None) -> None:
	doc.db_set({"status": status, "outcome": outcome})
	frappe.db.commit()
