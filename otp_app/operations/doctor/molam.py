"""Payments through Molam, of each company that takes them: the key, the way there, the circuit, events that wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import requests

import frappe
from frappe.utils import now_datetime

from otp_app.operations.doctor.finding import Finding, command, error, warning
from otp_app.payments.connection import SETTINGS, address_of, circuits, companies
from otp_app.payments.webhooks import EVENT, RECEIVED

TIMEOUT = 3.0  # seconds
# The job that looks into events comes every five minutes.
WAITED = timedelta(minutes=15)


def look() -> Iterator[Finding]:
	"""Nothing where no company takes payments through Molam."""
	for company in companies():
		yield from _look_at(company)
	for name, state in circuits():
		if state != "closed":
			told = f"The circuit {name} is {state}: Molam did not answer, and is not asked for now."
			yield error(
				"CIRCUIT_OPEN", told, "Wait until Molam answers; the next payment after its pause tries"
			)
	waiting = frappe.db.count(EVENT, {"status": RECEIVED, "creation": ("<", now_datetime() - WAITED)})
	if waiting:
		told = f"{waiting} events of Molam wait for longer than {WAITED.seconds // 60} minutes."
		fix = command("execute otp_app.payments.jobs.reconcile") + ", then see to the scheduler"
		yield error("EVENTS_WAIT", told, fix)


def _look_at(company: str) -> Iterator[Finding]:
	settings = frappe.get_doc(SETTINGS, company)
	place = f"Desk: {SETTINGS} {company}"
	if not settings.get_password("api_key", raise_exception=False):
		yield error("NO_API_KEY", f"{company} takes payments without an API key.", f"{place} > API Key")
	if not settings.webhook_secrets:
		told = f"{company} has no webhook secret: payments are found out about after ten minutes."
		yield warning("NO_WEBHOOK_SECRET", told, f"{place} > Webhook Secrets")
	address = address_of(settings)
	try:
		requests.get(address, timeout=TIMEOUT, allow_redirects=False)
	except requests.RequestException as failure:
		told = f"Molam cannot be reached at {address}: {type(failure).__name__}."
		yield error("MOLAM_UNREACHABLE", told, f"Open the way to it in the firewall, or {place} > Base URL")
