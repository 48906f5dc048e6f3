"""Keys and secrets are shown to nobody: not in answers, documents, messages, logs or errors, whatever goes wrong.

tests/erpnext/conftest.py searches the log lines and error logs of the whole run for them, too.
"""

import json
import time
import traceback

import pytest

import frappe
from frappe.client import get as client_get
from frappe.desk.form.load import getdoc

from otp_app.api.payments import cancel, create, refresh, refund, status
from otp_app.engine.problems import RequestRefused
from otp_app.payments import connection, jobs, webhooks
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import ordered, requested
from tests.erpnext.secrets import KEY, MARK, SECRET

FAULTS = (
	("drop_before", {}),
	("drop_after", {}),
	("truncated", {}),
	("html", {"status": 502}),
	("status", {"code": 401, "body": {"error": {"message": f"Bad key {KEY}"}}}),
	("status", {"code": 422, "body": {"error": {"message": f"Bad key {KEY}, secret {SECRET}"}}}),
	("status", {"code": 500, "body": {"message": f"Authorization: Bearer {KEY}"}}),
)


def said(function, **arguments) -> str:
	"""Everything that a call answers, and everything that it raises, with its traceback and its locals."""
	frappe.local.response = frappe._dict()
	frappe.clear_messages()
	try:
		answer = function(**arguments)
		told = f"{answer!r} {json.dumps(answer, default=str)}"
	except Exception as error:
		told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
	return f"{told} {frappe.local.response!r} {frappe.get_message_log()!r}"


@pytest.mark.parametrize(("kind", "values"), FAULTS, ids=lambda value: str(value)[:30])
def test_no_answer_shows_a_key_whatever_molam_says(sandbox, kind, values):
	order = ordered()
	sandbox.fault(kind, match="* /v1", times=None, **values)
	told = said(create, sales_order=order.name, amount="50")
	sandbox.clear_faults()
	payment = frappe.get_last_doc("Molam Payment", {"sales_order": order.name}).name
	told += said(refresh, payment=payment)
	sandbox.fault(kind, match="* /v1", times=None, **values)
	for call in (refresh, cancel, refund, status):
		told += said(call, payment=payment)
	jobs.reconcile()
	told += json.dumps(frappe.get_doc("Molam Payment", payment).as_dict(), default=str)
	assert MARK not in told


def test_no_document_shows_a_key(sandbox):
	settings = frappe.get_doc("Molam Settings", COMPANY)
	told = repr(settings) + settings.as_json() + repr(vars(settings))
	told += said(client_get, doctype="Molam Settings", name=COMPANY)
	told += said(getdoc, doctype="Molam Settings", name=COMPANY)
	told += json.dumps(frappe.get_all("Molam Settings", fields=["*"]), default=str)
	told += json.dumps(frappe.get_all("Molam Webhook Secret", fields=["*"]), default=str)
	told += json.dumps(frappe.get_all("Version", {"ref_doctype": "Molam Settings"}, ["data"]), default=str)
	assert COMPANY in told and MARK not in told
	assert (settings.get_password("api_key"), settings.webhook_secrets[0].get_password("secret")) == (
		KEY,
		SECRET,
	)


def test_no_client_shows_a_key(sandbox):
	requested(ordered())
	client = connection._client(COMPANY)
	told = f"{client!r} {client} {client.config!r} {client.config} {client.headers!r} {client.headers}"
	assert MARK not in told


def test_a_setting_that_is_refused_does_not_repeat_the_key(sandbox):
	settings = frappe.get_doc("Molam Settings", COMPANY)
	settings.api_key = f"pk_{MARK}"
	with pytest.raises(frappe.ValidationError) as refused:
		settings.save()
	assert MARK not in f"{refused.value!r} {frappe.get_message_log()!r}"


def test_no_webhook_answer_shows_a_secret(sandbox):
	for header in (None, "x", f"t=1,v1={SECRET},kid=v1", f"t={int(time.time() * 1000)},v1=aa,kid={SECRET}"):
		with pytest.raises(RequestRefused) as refused:
			webhooks.receive(b"{}", header)
		assert MARK not in f"{refused.value!r} {refused.value.as_dict('id')}"
