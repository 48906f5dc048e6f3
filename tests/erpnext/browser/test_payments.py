"""Payments in Desk: asked for, paid by a customer in a browser of their own, refreshed, given back; and Molam away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import frappe
from frappe.model.document import Document

from otp_app.molam_sandbox import Sandbox, running
from otp_app.payments import connection
from otp_app.payments.exchange import refresh
from tests.erpnext.browser.conftest import OpenDesk
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import as_it_is, drop_refusals, open_form
from tests.erpnext.company import ABBR, COMPANY
from tests.erpnext.paying import SECRET, ordered, requested, take_payments
from tests.erpnext.promising import promise_of

GROUP = "Payment"
CALL = "otp_app.api.payments"
NOBODY = "http://127.0.0.1:9"  # the port that discards: nothing listens there


@contextmanager
def payments_through(url: str, **values: object) -> Iterator[None]:
	"""The company takes payments at this address, for the server's processes too, until the end of the block."""
	frappe.db.rollback()
	take_payments(url, **values)
	frappe.db.commit()
	connection.forget_companies()
	yield
	frappe.db.rollback()
	frappe.db.delete("Molam Refund")
	frappe.db.delete("Molam Payment")
	frappe.delete_doc("Molam Settings", COMPANY, force=True)
	frappe.db.commit()
	connection.forget_companies()


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
	with running(webhook_secret=SECRET) as sandbox:
		yield sandbox


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Iterator[Sandbox]:
	"""The sandbox, and the company connected to it."""
	with payments_through(one_sandbox.url):
		yield one_sandbox


@pytest.fixture
def unreachable() -> Iterator[None]:
	"""The company is connected to an address where nobody answers; its circuit stays closed, so that others may call."""
	with payments_through(NOBODY, failures_to_open=1000):
		yield


@pytest.fixture
def cashier(open_desk: OpenDesk) -> Desk:
	"""Desk of somebody who takes orders, and may book payments."""
	return open_desk("Sales User", "Accounts User")


@pytest.fixture
def customer(browser: Browser, cashier: Desk) -> Iterator[Page]:
	"""A window of somebody who has not signed in."""
	context = browser.new_context(locale="en-GB")
	yield context.new_page()
	context.close()


def committed(**values: object) -> Document:
	order = ordered(**values)
	frappe.db.commit()
	return order


def headlines(desk: Desk) -> Locator:
	return desk.page.locator(".otp-payment")


def group_entries(desk: Desk) -> list[str]:
	"""The labels below the group's button."""
	group = desk.page.get_by_role("button", name=GROUP, exact=True)
	expect(group).to_be_visible()
	group.click()
	return [label.strip() for label in desk.page.locator(".inner-group-button.show a").all_inner_texts()]


def request_payment(desk: Desk, order: Document) -> Locator:
	"""The dialog of Request Payment, on the order's form."""
	open_form(desk, order)
	expect(desk.page.get_by_role("button", name=GROUP, exact=True)).to_be_visible()
	desk.press("Request Payment", group=GROUP)
	dialog = desk.page.get_by_role("dialog", name=f"Request Payment for {order.name}")
	expect(dialog.get_by_label("Amount (EUR)")).to_be_visible()
	return dialog


def ask(dialog: Locator) -> str:
	"""Ask, as the dialog is filled in; the address at which the customer pays."""
	dialog.get_by_role("button", name="Request Payment", exact=True).click()
	address = dialog.get_by_label("Payment Address")
	expect(address).to_be_visible()
	return address.input_value()


def paid(sandbox: Sandbox, order: Document, **arguments: object) -> str:
	"""A payment for an order that its customer has made; its name."""
	payment = requested(order, **arguments)
	sandbox.pay(payment["intent_id"])
	return refresh(payment["payment"]).name


def calls_of(desk: Desk) -> list[str]:
	"""What the page asks of this module from now on."""
	calls: list[str] = []
	desk.page.on("request", lambda request: CALL in request.url and calls.append(request.url))
	return calls


def test_a_payment_is_asked_for_paid_by_the_customer_and_shown_on_the_order(
	cashier: Desk, customer: Page, sandbox: Sandbox
):
	order = committed(qty=5, rate=100)
	dialog = request_payment(cashier, order)
	expect(dialog.get_by_label("Amount (EUR)")).to_have_value("500.00")
	expect(dialog.get_by_label("Hold until paid")).to_be_hidden()
	address = ask(dialog)
	cashier.page.wait_for_timeout(500)  # the dialog has come to rest
	cashier.screenshot("payment-address")
	dialog.get_by_role("button", name="Copy").click()
	expect(cashier.page.get_by_text("Copied to clipboard")).to_be_visible()
	dialog.get_by_role("button", name="Done").click()
	expect(headlines(cashier)).to_contain_text("500.00 EUR: Pending.")
	search = cashier.page.locator("#navbar-search")
	search.press("Control+V")
	assert search.input_value() == address

	customer.goto(address)
	assert customer.url.startswith(f"{sandbox.url}/pay/"), customer.url
	customer.get_by_role("button", name="Pay", exact=True).click()
	expect(customer.get_by_role("heading", name="Thank you")).to_be_visible()

	open_form(cashier, order)
	cashier.press("Refresh", group=GROUP)
	expect(headlines(cashier)).to_contain_text("500.00 EUR: Paid.")
	expect(cashier.page.get_by_text("Asking Molam")).to_have_count(0)
	assert as_it_is(order).advance_paid == 500
	expect(cashier.page.locator(".otp-indicator")).to_contain_text("Promise: Committed")
	cashier.screenshot("payment-order")
	assert group_entries(cashier) == ["Refresh", "Refund"]


def test_a_draft_is_held_until_it_is_paid_and_asked_for_once_whoever_clicks_twice(
	cashier: Desk, sandbox: Sandbox
):
	order = committed(qty=5, rate=100, submit=False)
	dialog = request_payment(cashier, order)
	expect(dialog.get_by_label("Hold until paid")).to_be_checked()
	dialog.get_by_label("Amount (EUR)").fill("120.10")
	dialog.get_by_label("Time to Pay (Minutes)").fill("90")
	dialog.get_by_role("button", name="Request Payment", exact=True).dblclick()
	expect(dialog.get_by_label("Payment Address")).to_be_visible()
	expect(dialog).to_contain_text("waits for it")
	dialog.get_by_role("button", name="Done").click()
	expect(headlines(cashier)).to_contain_text("120.10 EUR: Pending.")
	expect(cashier.page.locator(".otp-indicator")).to_contain_text("Promise: Held")

	held = promise_of(as_it_is(order))
	(payment,) = frappe.get_all("Molam Payment", fields=["name", "amount", "expires_at", "creation"])
	assert (held.status, held.awaits_payment, payment.amount) == ("Held", payment.name, 120.1)
	assert round((payment.expires_at - payment.creation).total_seconds() / 60) == 90
	open_form(cashier, held)
	expect(cashier.page.get_by_role("link", name=payment.name)).to_be_visible()


def test_what_is_refused_is_said_in_the_dialog(cashier: Desk, sandbox: Sandbox):
	order = committed(qty=5, rate=100)
	dialog = request_payment(cashier, order)
	dialog.get_by_label("Amount (EUR)").fill("500.01")
	dialog.get_by_role("button", name="Request Payment", exact=True).click()
	expect(dialog.get_by_role("alert")).to_contain_text("at most 500.00 EUR, what is due")
	expect(cashier.page.locator(".modal.show")).to_have_count(1)
	drop_refusals(cashier, 422)
	dialog.get_by_label("Amount (EUR)").fill("500")
	ask(dialog)
	frappe.db.rollback()
	assert frappe.get_all("Molam Payment", pluck="amount") == [500]


def test_on_a_telephone_a_payment_is_asked_for_too(cashier: Desk, sandbox: Sandbox):
	order = committed(qty=5, rate=100, submit=False)
	cashier.narrow()
	open_form(cashier, order)
	cashier.page.wait_for_function("cur_frm.otp_payments?.then((state) => Boolean(state))")
	cashier.press("Request Payment", group=GROUP)
	dialog = cashier.page.get_by_role("dialog", name=f"Request Payment for {order.name}")
	ask(dialog)
	assert cashier.too_wide() == []


def test_amounts_are_written_as_the_user_does_and_stay_exact(cashier: Desk, sandbox: Sandbox):
	open_form(cashier, committed(qty=1, rate=100))
	expect(cashier.page.get_by_role("button", name=GROUP, exact=True)).to_be_visible()
	written = """([format, amount]) => {
		frappe.boot.sysdefaults.number_format = format;
		const { typed, amount: read, money } = otp_app.payment;
		return [typed(amount, "EUR"), money(amount, "EUR"), read(typed(amount, "EUR"), "EUR")];
	}"""
	for format, amount, typed, money in (
		("#,###.##", "1234567.10", "1234567.10", "1,234,567.10 EUR"),
		("#.###,##", "9007199254740993.01", "9007199254740993,01", "9.007.199.254.740.993,01 EUR"),
		("# ###,##", "1234.50", "1234,50", "1 234,50 EUR"),
		("#,###", "1234", "1234", "1,234 EUR"),
	):
		assert cashier.page.evaluate(written, [format, amount]) == [typed, money, amount]


def test_a_refund_says_how_much_goes_to_whom_before_it_is_made(cashier: Desk, sandbox: Sandbox):
	order = committed(qty=5, rate=100)
	first, second = paid(sandbox, order, amount="300"), paid(sandbox, order, amount="200")
	open_form(cashier, order)
	expect(headlines(cashier)).to_have_text([re.compile("200.00 EUR"), re.compile("300.00 EUR")])
	cashier.press("Refund", group=GROUP)
	dialog = cashier.page.get_by_role("dialog", name="Refund")
	expect(dialog.get_by_label("Amount (EUR)")).to_have_value("200.00")
	dialog.get_by_label("Payment").select_option(first)
	expect(dialog.get_by_label("Amount (EUR)")).to_have_value("300.00")
	dialog.get_by_label("Amount (EUR)").fill("120.50")
	dialog.get_by_label("Reason").fill("Scratched")
	dialog.get_by_role("button", name="Refund", exact=True).click()
	question = cashier.page.locator(".modal.show", has_text="cannot be undone")
	expect(question).to_contain_text(f"120.50 EUR of {first} goes back to {order.customer_name}")
	question.get_by_role("button", name="Yes, Refund").click()
	expect(dialog.get_by_role("status")).to_contain_text("120.50 EUR has been refunded.")
	dialog.get_by_role("button", name="Done").click()
	expect(headlines(cashier).last).to_contain_text("120.50 EUR of 300.00 EUR refunded.")

	assert as_it_is(order).advance_paid == 379.5
	(refund,) = frappe.get_doc("Molam Payment", first).refunds
	assert (refund.amount, refund.reason) == (120.5, "Scratched")
	assert frappe.get_doc("Molam Payment", second).refunds == []


def test_while_molam_is_away_the_order_says_so_nothing_blocks_and_nothing_is_lost(
	cashier: Desk, customer: Page, unreachable: None, one_sandbox: Sandbox
):
	order = committed(qty=5, rate=100)
	dialog = request_payment(cashier, order)
	address = ask(dialog)
	expect(dialog).to_contain_text("payment pending, Molam unreachable.")
	expect(dialog).to_contain_text("Nothing needs to be done again")
	dialog.get_by_role("button", name="Done").click()
	headline = cashier.page.locator(".form-message.orange", has=headlines(cashier))
	expect(headline).to_contain_text("500.00 EUR: payment pending, Molam unreachable.")
	cashier.screenshot("payment-unreachable")
	cashier.page.evaluate("cur_frm.set_value('po_no', 'P-17')")
	cashier.press("Update")
	assert as_it_is(order).po_no == "P-17"

	customer.goto(address)
	expect(customer.get_by_role("heading", name="Payments cannot be taken at the moment")).to_be_visible()
	expect(customer.get_by_role("link", name="Try Again")).to_be_visible()

	take_payments(one_sandbox.url)
	frappe.db.commit()
	cashier.press("Refresh", group=GROUP)
	expect(headlines(cashier)).to_contain_text("500.00 EUR: Pending.")
	frappe.db.rollback()
	assert frappe.db.count("Molam Payment") == 1


def test_without_molam_an_order_has_no_buttons_and_asks_nothing(cashier: Desk):
	order = committed(qty=1, rate=100)
	calls = calls_of(cashier)
	open_form(cashier, order)
	expect(cashier.page.get_by_role("button", name="Promise", exact=True)).to_be_visible()
	expect(cashier.page.get_by_role("button", name=GROUP, exact=True)).to_have_count(0)
	with payments_through(NOBODY):
		open_form(cashier, order)
		expect(cashier.page.get_by_role("button", name=GROUP, exact=True)).to_be_visible()
	assert len(calls) == 1 and calls[0].endswith(f"{CALL}.status"), calls


def test_each_sees_the_buttons_that_they_may_use(open_desk: OpenDesk, sandbox: Sandbox):
	order = committed(qty=5, rate=100)
	paid(sandbox, order, amount="300")
	seller, stock = open_desk("Sales User"), open_desk("Stock User")
	open_form(seller, order)
	expect(headlines(seller).get_by_role("link")).to_be_visible()
	assert group_entries(seller) == ["Request Payment", "Refresh"]
	open_form(stock, order)
	expect(headlines(stock)).to_contain_text("300.00 EUR: Paid.")
	expect(headlines(stock).get_by_role("link")).to_have_count(0)
	expect(stock.page.get_by_role("button", name=GROUP, exact=True)).to_have_count(0)


def test_a_payment_is_cancelled_from_its_own_form(cashier: Desk, customer: Page, sandbox: Sandbox):
	order = committed(qty=5, rate=100)
	payment = frappe._dict(requested(order))
	cashier.open(f"/app/molam-payment/{payment.payment}")
	expect(cashier.button("Copy Payment Address")).to_be_visible()
	expect(cashier.button("Save")).to_have_count(0)
	expect(cashier.button("Refund")).to_have_count(0)
	cashier.press("Cancel")
	cashier.button("Yes").click()
	expect(headlines(cashier)).to_contain_text("500.00 EUR: Cancelled.")
	expect(cashier.button("Cancel")).to_have_count(0)
	token = payment.payment_url.partition("?")[2]
	customer.goto(f"{cashier.base}/molam-pay?{token}")
	expect(customer.get_by_role("heading", name="This payment is not open any more")).to_be_visible()
	expect(customer.get_by_role("link", name="Try Again")).to_have_count(0)
	assert customer.goto(f"{cashier.base}/molam-pay?{token}x").status == 404
	expect(customer.get_by_text("Uncaught Server Exception")).to_have_count(0)
	cashier.press("Open Sales Order")
	assert cashier.page.evaluate("cur_frm.docname") == order.name


def test_the_list_shows_each_payment_in_the_colour_of_its_state(cashier: Desk, sandbox: Sandbox):
	order = committed(qty=5, rate=100)
	colors = {paid(sandbox, order, amount="300"): "green"}
	colors[requested(order, amount="100")["payment"]] = "blue"
	doubtful = requested(order, amount="100")["payment"]
	frappe.db.set_value("Molam Payment", doubtful, "in_doubt", 1)
	frappe.db.commit()
	colors[doubtful] = "orange"
	cashier.open("/app/molam-payment")
	for payment, color in colors.items():
		row = cashier.page.locator(".list-row", has=cashier.page.locator(f"[data-name='{payment}']"))
		expect(row.locator(f".indicator-pill.{color}").first).to_be_visible()


def test_settings_warn_of_real_money_copy_their_address_and_offer_own_accounts(
	open_desk: OpenDesk, sandbox: Sandbox
):
	desk = open_desk("Accounts Manager")
	desk.open(f"/app/molam-settings/{COMPANY}")
	warning = desk.page.locator(".form-message.red")
	expect(warning).to_have_count(0)
	desk.press("Copy Webhook Address")
	expect(desk.page.get_by_text("Copied to clipboard")).to_be_visible()
	desk.page.evaluate("cur_frm.set_value('environment', 'Live')")
	expect(warning).to_contain_text("real money")
	desk.page.evaluate("cur_frm.set_value('environment', 'Sandbox')")
	expect(warning).to_have_count(0)
	account = desk.page.locator("[data-fieldname=payment_account] input")
	account.fill("")
	account.click()
	offered = desk.page.locator("[data-fieldname=payment_account] [role=listbox] [role=option]")
	expect(offered.first).to_be_visible()
	own = {
		"company": COMPANY,
		"is_group": 0,
		"account_type": ("in", ("Bank", "Cash")),
	}
	names = {name.split("\n")[0].strip() for name in offered.all_inner_texts()}
	assert {name for name in names if name.endswith(ABBR)} == set(
		frappe.get_all("Account", own, pluck="name")
	)
