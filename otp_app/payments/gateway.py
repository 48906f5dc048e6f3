"""Molam as a gateway of the app `payments`, where a site has it: ERPNext's Payment Request then offers Molam."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from otp_app.engine.problems import RequestRefused
from otp_app.payments import requesting
from otp_app.payments.due import PAYMENT
from otp_app.payments.lifecycle import OPEN, RECEIVED

GATEWAY = "Payment Gateway"


def name_of(settings: Document) -> str:
	"""What the gateway of a company is called."""
	return f"Molam-{settings.company}"


def register(settings: Document) -> None:
	"""Adds the gateway of a company, if the site has the app `payments`."""
	if not frappe.db.exists("DocType", GATEWAY) or frappe.db.exists(GATEWAY, name_of(settings)):
		return
	doc = {"gateway": name_of(settings), "gateway_settings": settings.doctype}
	frappe.get_doc({"doctype": GATEWAY, **doc, "gateway_controller": settings.name}).insert(
		ignore_permissions=True
	)


def unregister(settings: Document) -> None:
	"""Takes the gateway away again; Frappe refuses if it is used."""
	if frappe.db.exists("DocType", GATEWAY) and frappe.db.exists(GATEWAY, name_of(settings)):
		frappe.delete_doc(GATEWAY, name_of(settings), ignore_permissions=True)


def unregister_all() -> None:
	"""Takes all gateways away, when the app goes: Frappe would leave them, for they are documents of another app."""
	if frappe.db.exists("DocType", GATEWAY):
		frappe.db.delete(GATEWAY, {"gateway_settings": "Molam Settings"})


def payment_url(settings: Document, details: frappe._dict) -> str:
	"""Where a Payment Request is paid. Nothing is sent here: Molam hears of it when the customer opens the page."""
	if details.reference_doctype != "Payment Request":
		frappe.throw(_("Molam takes payments for Payment Requests only."))
	erpnext_request = frappe.get_doc("Payment Request", details.reference_docname, for_update=True)
	live = [status.value for status in OPEN | RECEIVED]
	filters = {"payment_request": erpnext_request.name, "status": ("in", live)}
	if known := frappe.db.get_value(PAYMENT, filters, for_update=True):
		return requesting.page_of(frappe.get_doc(PAYMENT, known))
	try:
		return requesting.page_of(requesting.for_payment_request(settings, erpnext_request))
	except RequestRefused as refused:
		frappe.throw(str(refused))
