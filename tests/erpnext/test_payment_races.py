"""Users, the customer and the job at the same moment, each with a connection of its own: asked once, booked once."""

import threading
import time
from collections.abc import Iterator

import pytest

import frappe
from frappe.utils import get_datetime, now_datetime

from otp_app.api.payments import create, status
from otp_app.molam_sandbox import running
from otp_app.payments import jobs
from otp_app.payments.exchange import refresh
from otp_app.promises.keeping.locking import locked
from tests.erpnext.paying import advance_of, balance, committed, ordered, payment_of, settings_of_company
from tests.erpnext.promising import answer, promise_of
from tests.erpnext.racing import GOT, Attempt, race
from tests.erpnext.secrets import SECRET

WHO = "Administrator"
WAIT = 10  # seconds


@pytest.fixture
def live() -> Iterator:
	"""A sandbox, and a company that takes payments through it; committed, as the racers are other transactions."""
	with running(webhook_secret=SECRET) as sandbox, committed(sandbox.url):
		yield sandbox
	settings_of_company(submit_order=0)
	frappe.db.commit()


def committed_order(**values):
	order = ordered(qty=5, rate=100, **values)
	frappe.db.commit()
	return order


def paid_at_molam(live, order, **arguments) -> dict:
	"""The customer has paid, and the site does not know yet."""
	payment = answer(create, sales_order=order.name, **arguments)
	live.pay(payment["intent_id"])
	frappe.db.commit()
	return payment


def due(order) -> str:
	frappe.db.commit()
	return answer(status, sales_order=order.name)["due_amount"]


@pytest.mark.parametrize("draft", (True, False), ids=("draft", "submitted"))
def test_two_who_ask_for_the_same_money_get_it_once(live, draft):
	order = committed_order(submit=not draft)

	def ask() -> str:
		return GOT if create(sales_order=order.name) else frappe.local.response["error"]["code"]

	assert sorted(race([Attempt(WHO, ask)] * 2)) == ["NOTHING_DUE", GOT]
	frappe.db.commit()
	assert frappe.get_all("Molam Payment", {"sales_order": order.name}, pluck="amount") == [500]


def test_an_order_that_is_submitted_while_its_payment_is_booked_has_its_advance(live):
	for first in ("submit", "book"):
		order = committed_order(submit=False)
		payment = paid_at_molam(live, order)
		ready = threading.Event()

		def submitting(order=order, first=first, ready=ready) -> str:
			doc = frappe.get_doc("Sales Order", order.name)
			if first == "book":
				ready.wait(WAIT)
				time.sleep(0.15)
				doc = frappe.get_doc("Sales Order", order.name)
			doc.submit()
			ready.set()
			time.sleep(0.5)
			return GOT

		def booking(payment=payment, first=first, ready=ready) -> str:
			ready.set() if first == "book" else ready.wait(WAIT)
			refresh(payment["payment"])
			return GOT

		outcome = race([Attempt(WHO, submitting), Attempt(WHO, booking)])
		assert outcome == [GOT, GOT] or "has been modified" in str(outcome), outcome
		frappe.db.commit()
		if outcome[0] != GOT:
			# Who submits what has just been paid by somebody else is told to look again, as in all of ERPNext.
			frappe.get_doc("Sales Order", order.name).submit()
		jobs.reconcile()  # what a worker does as soon as it is committed
		assert (due(order), advance_of(order), balance(order.customer)) == ("0.00", 500, -500)


def test_a_busy_item_costs_a_paid_order_neither_its_hold_nor_its_submission(live):
	settings_of_company(submit_order=1)
	order = committed_order(submit=False)
	payment = paid_at_molam(live, order, hold=1, pay_minutes=30)
	busy, item = threading.Event(), order.items[0].item_code

	def keep_busy() -> str:
		with locked([item]):
			busy.set()
			time.sleep(6)
		return GOT

	def book() -> str:
		busy.wait(WAIT)
		frappe.db.sql("set session innodb_lock_wait_timeout = 1")
		refresh(payment["payment"])
		return GOT

	assert race([Attempt(WHO, keep_busy), Attempt(WHO, book)]) == [GOT, GOT]
	frappe.db.commit()
	assert "Others are working on the order" in payment_of(payment).status_reason
	jobs.reconcile()
	frappe.db.commit()
	order.reload()
	assert (order.docstatus, promise_of(order).status, payment_of(payment).needs_attention) == (
		1,
		"Committed",
		0,
	)


def test_two_who_refresh_a_payment_book_it_once(live):
	order = committed_order()
	payment = paid_at_molam(live, order, hold=1)

	def look() -> str:
		refresh(payment["payment"])
		return GOT

	assert race([Attempt(WHO, look)] * 4) == [GOT] * 4
	frappe.db.commit()
	assert frappe.db.count("Payment Entry", {"party": order.customer}) == 1
	assert get_datetime(payment_of(payment).paid_on) <= now_datetime()
