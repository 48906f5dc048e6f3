"""What the tests of payments share: a sandbox, a company that takes payments through it, and committing as a request does."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from otp_app.api.payments import create, refresh
from otp_app.molam_sandbox import running
from otp_app.payments import connection
from tests.erpnext.company import COMPANY
from tests.erpnext.promising import answer
from tests.erpnext.secrets import KEY, SECRET
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory


def take_payments(url: str, **values):
	"""The company's Molam Settings, with a sandbox at `url`."""
	cash = frappe.get_all(
		"Account", {"company": COMPANY, "account_type": "Cash", "is_group": 0}, pluck="name"
	)
	there = frappe.db.exists("Molam Settings", COMPANY)
	settings = frappe.get_doc("Molam Settings", COMPANY) if there else frappe.new_doc("Molam Settings")
	settings.update(
		{
			"company": COMPANY,
			"enabled": 1,
			"environment": "Sandbox",
			"base_url": url,
			"api_key": KEY,
			"payment_account": cash[0],
			"webhook_secrets": [{"kid": "v1", "secret": SECRET}],
			"failures_to_open": 1000,  # the circuit outlives a test
			**values,
		}
	)
	return settings.save()


@contextmanager
def committed(url: str) -> Iterator:
	"""What `take_payments` does, for tests whose other side is another process; afterwards the company takes none."""
	settings = take_payments(url)
	frappe.db.commit()
	try:
		yield settings
	finally:
		settings.reload()
		settings.enabled = 0
		settings.save()
		frappe.db.commit()


@contextmanager
def connected(monkeypatch) -> Iterator:
	"""A sandbox that the company is connected to; what is committed is rolled back with the test all the same."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	with running(webhook_secret=SECRET) as server:
		take_payments(server.url)
		yield server
	connection.forget_companies()


def ordered(qty: float = 5, rate: float = 100, stock: float | None = None, **values):
	"""An order of an item, of which `stock` (by default as many) are there."""
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=qty if stock is None else stock)
	return SalesOrderFactory(item_code=item, qty=qty, rate=rate, **values)


def requested(order, **arguments) -> dict:
	"""A payment for an order, as the button asks for it."""
	return answer(create, sales_order=order.name, **arguments)


def balance(customer: str) -> float:
	"""What a customer owes by the general ledger, in the company's currency; less than nothing for an advance."""
	entries = frappe.get_all("GL Entry", {"party": customer, "is_cancelled": 0}, ["debit", "credit"])
	return round(sum(entry.debit - entry.credit for entry in entries), 2)


def payment_of(told: dict):
	"""The document that a call has told of."""
	return frappe.get_doc("Molam Payment", told["payment"])


def paid(sandbox, order, **arguments) -> dict:
	"""A payment that the customer has made."""
	payment = requested(order, **arguments)
	sandbox.pay(payment["intent_id"])
	return answer(refresh, payment=payment["payment"])


def advance_of(order) -> float:
	"""What ERPNext counts as paid in advance for an order."""
	return frappe.db.get_value("Sales Order", order.name, "advance_paid")


def settings_of_company(**values) -> None:
	"""Changes the company's Molam Settings."""
	doc = frappe.get_doc("Molam Settings", COMPANY)
	doc.update(values)
	doc.save()


def usd_account() -> str:
	"""An account of the company in dollars."""
	parent = frappe.db.get_value("Account", {"company": COMPANY, "account_type": "Cash"}, "parent_account")
	account = {"doctype": "Account", "account_name": "Molam USD", "parent_account": parent}
	account |= {"company": COMPANY, "account_type": "Bank", "account_currency": "USD"}
	return frappe.get_doc(account).insert().name
