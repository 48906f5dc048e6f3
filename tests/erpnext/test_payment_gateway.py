"""Molam as a gateway of the app `payments`: ERPNext's own Payment Requests lead to it."""

import pytest

import frappe

from erpnext.accounts.doctype.payment_request.payment_request import make_payment_request
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from otp_app.api.payments import refresh
from otp_app.payments.gateway import unregister_all
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import balance, ordered
from tests.erpnext.promising import answer

pytestmark = pytest.mark.skipif(
	"payments" not in frappe.get_installed_apps(), reason="the bench has no app payments"
)


@pytest.fixture
def gateway_account(sandbox, monkeypatch) -> str:
	"""What an accountant sets up once. ERPNext's email has the order as a PDF, for which a bench may lack the program."""
	monkeypatch.setattr(frappe, "attach_print", lambda *_, **__: {"fname": "order.pdf", "fcontent": b""})
	settings = frappe.get_doc("Molam Settings", COMPANY)
	account = {"doctype": "Payment Gateway Account", "payment_gateway": f"Molam-{COMPANY}"}
	account |= {"payment_account": settings.payment_account, "payment_channel": "Email"}
	return frappe.get_doc(account).insert().name


def requested_in_erpnext(document, gateway_account: str):
	"""As the button Payment Request of ERPNext does it."""
	return make_payment_request(
		dt=document.doctype,
		dn=document.name,
		party_type="Customer",
		party=document.customer,
		recipient_id="customer@example.com",
		payment_gateway_account=gateway_account,
		submit_doc=1,
		return_doc=1,
	)


def pay(sandbox, request) -> dict:
	"""The customer opens the address of the request, and pays."""
	name = frappe.db.get_value("Molam Payment", {"payment_request": request.name})
	assert frappe.get_doc("Molam Payment", name).payment_url == frappe.db.get_value(
		"Payment Request", request.name, "payment_url"
	)
	sandbox.pay(answer(refresh, payment=name)["intent_id"])
	return answer(refresh, payment=name)


def test_a_payment_request_of_erpnext_is_paid_through_molam(sandbox, gateway_account):
	order = ordered(qty=5, rate=100)
	request = requested_in_erpnext(order, gateway_account)
	told = pay(sandbox, request)
	assert (told["status"], told["sales_order"], told["amount"]) == ("Paid", order.name, "500.00")
	assert frappe.db.get_value("Sales Order", order.name, "advance_paid") == 500
	assert frappe.db.get_value("Payment Request", request.name, "status") == "Paid"


def test_an_invoice_is_paid_through_molam(sandbox, gateway_account):
	order = ordered(qty=5, rate=100)
	invoice = make_sales_invoice(order.name)
	invoice.insert()
	invoice.submit()
	told = pay(sandbox, requested_in_erpnext(invoice, gateway_account))
	assert (told["status"], told["sales_order"]) == ("Paid", None)
	assert (
		frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"),
		balance(order.customer),
	) == (
		0,
		0,
	)


def test_the_gateway_goes_with_the_app(sandbox, gateway_account):
	assert frappe.db.exists("Payment Gateway", f"Molam-{COMPANY}")
	unregister_all()
	assert not frappe.db.exists("Payment Gateway", f"Molam-{COMPANY}")
