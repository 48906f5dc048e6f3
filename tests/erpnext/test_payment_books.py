"""Money in the books, and what is due, in the cases that go wrong elsewhere: other people's entries, changes, currencies."""

import pytest

import frappe
from frappe.utils import add_days, nowdate

from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from otp_app.api.payments import cancel, refresh, refund, status
from otp_app.payments import jobs
from otp_app.payments.connection import companies
from otp_app.payments.due import amount_due
from otp_app.payments.exchange import adopt_refund
from otp_app.www.molam_pay import get_context
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import (
	advance_of,
	balance,
	ordered,
	paid,
	payment_of,
	requested,
	settings_of_company,
	usd_account,
)
from tests.erpnext.promising import answer, refusal, submit
from tests.factories.masters import CustomerFactory

LOOK_UP, REFUND = "GET /v1/connect/payment_intents/*", "POST /v1/connect/refunds"


def due(order) -> str:
	return answer(status, sales_order=order.name)["due_amount"]


def invoiced(order):
	invoice = make_sales_invoice(order.name, ignore_permissions=True)
	invoice.set_advances()
	invoice.insert()
	invoice.submit()
	return invoice


def by_bank(document, amount: float | None = None) -> None:
	entry = get_payment_entry(document.doctype, document.name, party_amount=amount)
	entry.update({"reference_no": "bank", "reference_date": nowdate()})
	entry.insert()
	entry.submit()


def test_what_was_paid_by_other_means_is_not_due(sandbox):
	order = ordered(qty=5, rate=100)
	by_bank(order, 120)
	assert due(order) == "380.00"
	by_bank(invoiced(order))
	assert due(order) == "0.00"


def test_what_molam_has_paid_and_an_invoice_has_used_is_not_due_again(sandbox):
	order = ordered(qty=5, rate=100)
	paid(sandbox, order, amount="300")
	invoice = invoiced(order)
	assert (invoice.outstanding_amount, due(order)) == (200, "200.00")
	paid(sandbox, order)
	assert due(order) == "0.00"


def test_an_invoice_for_two_orders_counts_for_each_by_its_share(sandbox):
	customer = CustomerFactory().name
	first, second = (ordered(qty=qty, rate=100, customer=customer) for qty in (1, 3))
	invoice = make_sales_invoice(first.name, ignore_permissions=True)
	invoice = make_sales_invoice(second.name, target_doc=invoice, ignore_permissions=True)
	invoice.insert()
	invoice.submit()
	by_bank(invoice, 200)
	assert (due(first), due(second)) == ("50.00", "150.00")


def test_an_entry_that_is_cancelled_is_told_and_the_amended_one_followed(sandbox):
	order = ordered(qty=5, rate=100)
	payment = paid(sandbox, order)["payment"]
	old = frappe.get_doc("Payment Entry", payment_of({"payment": payment}).payment_entry)
	old.cancel()
	jobs.reconcile()
	told = answer(status, payment=payment)
	assert f"To be seen to: {old.name} was cancelled: amend it" in told["message"]
	assert (told["indicator"], due(order)) == ("orange", "0.00")

	new = frappe.copy_doc(old)
	new.update({"amended_from": old.name, "docstatus": 0})
	new.insert()
	new.submit()
	jobs.reconcile()
	told = answer(status, payment=payment)
	assert (told["payment_entry"], told["message"]) == (new.name, "500.00 EUR: Paid.")
	answer(refund, payment=payment)
	assert (advance_of(order), balance(order.customer)) == (0, 0)


def test_what_was_refunded_can_be_asked_for_again(sandbox):
	order = ordered(qty=5, rate=100)
	first = paid(sandbox, order)
	answer(refund, payment=first["payment"], amount="100")
	assert frappe.db.get_value("Payment Request", first["payment_request"], "status") == "Paid"
	assert paid(sandbox, order)["amount"] == "100.00"
	assert (advance_of(order), balance(order.customer)) == (500, -500)


def test_a_payment_request_that_was_deleted_keeps_no_money_from_being_booked(sandbox):
	order = ordered(qty=5, rate=100)
	payment = requested(order)
	request = frappe.get_doc("Payment Request", payment["payment_request"])
	request.cancel()
	frappe.delete_doc("Payment Request", request.name)
	sandbox.pay(payment["intent_id"])
	assert answer(refresh, payment=payment["payment"])["message"] == "500.00 EUR: Paid."
	assert (advance_of(order), balance(order.customer)) == (500, -500)


def test_no_discount_for_early_payment_is_taken_off_what_was_paid(sandbox):
	order = ordered(qty=5, rate=100, submit=False)
	term = {"due_date": add_days(nowdate(), 30), "invoice_portion": 100, "payment_amount": 500}
	term |= {"discount_type": "Percentage", "discount": 2, "discount_date": add_days(nowdate(), 5)}
	order.set("payment_schedule", [term])
	order.save()
	order.submit()
	entry = frappe.get_doc("Payment Entry", paid(sandbox, order)["payment_entry"])
	assert (entry.received_amount, entry.deductions, balance(order.customer)) == (500, [], -500)


def test_an_order_with_payment_terms_is_paid_in_part(sandbox):
	terms = []
	for name, days in (("Half now", 0), ("Half later", 30)):
		values = {"doctype": "Payment Term", "payment_term_name": name, "invoice_portion": 50}
		term = frappe.get_doc(values).insert().name
		terms.append({"payment_term": term, "invoice_portion": 50, "credit_days": days})
	template = {"doctype": "Payment Terms Template", "template_name": "Halves", "terms": terms}
	frappe.get_doc(template | {"allocate_payment_based_on_payment_terms": 1}).insert()
	order = ordered(qty=5, rate=100, payment_terms_template="Halves", delivery_date=add_days(nowdate(), 40))
	told = paid(sandbox, order, amount="300")
	answer(refund, payment=told["payment"], amount="100")
	assert (advance_of(order), due(order), balance(order.customer)) == (200, "300.00", -200)


@pytest.mark.parametrize(("amount", "rate"), ((33.35, 0.87), (99.95, 0.87), (1234.56, 0.0123)))
def test_an_account_in_the_currency_takes_the_very_amount_at_any_rate(sandbox, amount, rate):
	settings_of_company(currency_accounts=[{"account": usd_account()}])
	order = ordered(qty=1, rate=amount, currency="USD", conversion_rate=rate)
	entry = frappe.get_doc("Payment Entry", paid(sandbox, order)["payment_entry"])
	assert (entry.received_amount, entry.difference_amount) == (amount, 0)


def test_refunds_in_another_currency_leave_nothing(sandbox):
	order = ordered(qty=3, rate=33.33, currency="USD", conversion_rate=0.9)
	payment = paid(sandbox, order)["payment"]
	for _ in range(3):
		answer(refund, payment=payment, amount="33.33")
	assert (payment_of({"payment": payment}).status, balance(order.customer)) == ("Refunded", 0)


def test_a_draft_that_changes_its_currency_is_not_paid_by_the_other_one(sandbox):
	settings_of_company(submit_order=1)
	order = ordered(qty=5, rate=100, submit=False, currency="USD", conversion_rate=0.5)
	payment = requested(order)
	order.reload()
	order.update({"currency": "EUR", "conversion_rate": 1, "plc_conversion_rate": 1})
	order.save()
	sandbox.pay(payment["intent_id"])
	answer(refresh, payment=payment["payment"])
	order.reload()
	assert (order.docstatus, balance(order.customer), due(order)) == (0, -250, "500.00")


def test_a_draft_that_changes_its_customer_is_not_paid_by_the_other_one(sandbox):
	order = ordered(qty=5, rate=100, submit=False)
	payment = paid(sandbox, order)["payment"]
	order.reload()
	first = order.customer
	order.update({"customer": CustomerFactory().name, "customer_name": None})
	order.save()
	order = submit(order)
	assert (advance_of(order), balance(first), balance(order.customer)) == (0, -500, 0)
	assert amount_due(order) == 500
	assert answer(status, payment=payment)["status"] == "Paid"


def test_a_refund_whose_answer_was_lost_is_not_given_up_for_one_refusal(sandbox):
	order = ordered(qty=5, rate=100)
	payment = paid(sandbox, order)["payment"]
	sandbox.fault("drop_after", match=REFUND, times=3)
	answer(refund, payment=payment, amount="100")
	sandbox.fault("status", match=REFUND, times=1, code=404)
	jobs.reconcile()
	told = answer(status, payment=payment)
	assert (told["refunds"][0]["in_doubt"], told["refundable_amount"]) == (True, "400.00")
	jobs.reconcile()
	assert (payment_of({"payment": payment}).refunded_amount, balance(order.customer)) == (100, -400)


def test_a_refund_that_is_too_old_to_be_sent_again_is_taken_over_by_its_id(sandbox):
	order = ordered(qty=5, rate=100)
	payment = paid(sandbox, order)["payment"]
	sandbox.fault("drop_after", match=REFUND, times=3)
	answer(refund, payment=payment, amount="100")
	row = payment_of({"payment": payment}).refunds[0]
	row.db_set("sent_at", add_days(nowdate(), -2))
	jobs.reconcile()
	assert "look it up at Molam" in payment_of({"payment": payment}).refunds[0].status_reason
	known = sandbox.state()["refunds"][0]["id"]
	told = answer(refresh, payment=payment, refund_id=known)
	assert (told["status"], len(told["refunds"]), balance(order.customer)) == ("Partly Refunded", 1, -400)
	adopt_refund(payment, known)
	assert len(payment_of({"payment": payment}).refunds) == 1

	other = paid(sandbox, ordered())["payment"]
	assert refusal(refresh, payment=other, refund_id=known) == (
		404,
		"UNKNOWN_REFUND",
		f"{known} is a refund of another payment.",
	)


def test_a_payment_that_molam_does_not_show_is_in_doubt_until_it_is_cancelled_or_long_over(sandbox):
	"""The key of another account, say."""
	order = ordered()
	first, second = requested(order, amount="100"), requested(order)
	sandbox.fault("status", match=LOOK_UP, times=None, code=404)
	told = answer(refresh, payment=first["payment"])
	assert (told["status"], told["in_doubt"], told["waiting"]) == ("Pending", True, False)
	assert "Check key and environment in Molam Settings" in told["message"]
	frappe.local.form_dict = frappe._dict(token=payment_of(first).pay_token)
	page = frappe._dict()
	get_context(page)
	assert page.heading == "We cannot see your payment at the moment"
	assert page.text.startswith("If you have paid, you need not do anything.")
	assert answer(cancel, payment=first["payment"])["status"] == "Cancelled"

	payment_of(second).db_set("expires_at", add_days(nowdate(), -2))
	jobs.reconcile()
	assert (payment_of(second).status, payment_of(second).in_doubt) == ("Expired", 0)


def test_the_history_of_a_payment_has_what_changed_and_not_each_look(sandbox, monkeypatch):
	monkeypatch.setattr(frappe.flags, "in_test", False)
	payment = requested(ordered())["payment"]
	versions = frappe.db.count("Version", {"docname": payment})
	for _ in range(3):
		answer(refresh, payment=payment)
	assert frappe.db.count("Version", {"docname": payment}) == versions


def test_a_key_is_not_sent_to_another_address_than_it_was_entered_for(sandbox):
	settings_of_company(environment="Live", api_key="sk_live_abcdefgh12345678")
	with pytest.raises(frappe.ValidationError, match="API Key: enter it again"):
		settings_of_company(environment="Sandbox")
	assert frappe.db.get_value("Molam Settings", COMPANY, "environment") == "Live"


def test_a_company_that_is_renamed_goes_on_taking_payments(sandbox):
	order = ordered(qty=5, rate=100)
	payment = requested(order)
	frappe.rename_doc("Company", COMPANY, "Renamed Cycles", rebuild_search=False)
	frappe.clear_messages()
	order.reload()
	sandbox.pay(payment["intent_id"])
	assert answer(refresh, payment=payment["payment"])["status"] == "Paid"
	assert (order.company, advance_of(order)) == ("Renamed Cycles", 500)
	assert companies() == ["Renamed Cycles"]
