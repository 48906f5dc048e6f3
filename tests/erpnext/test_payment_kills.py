"""Molam is killed between request and answer, at every step: no payment is made twice, and the books agree with Molam.

OTP_KILL_ROUNDS sets how often (`make molam-kills`: 500 times); -s prints the table.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, islice, product
from pathlib import Path

import pytest

import frappe

from otp_app.api.payments import cancel, confirm, create, refresh, refund
from otp_app.molam_sandbox import running
from otp_app.payments import connection, jobs
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import balance, committed
from tests.erpnext.promising import answer
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory

ROUNDS = int(os.environ.get("OTP_KILL_ROUNDS", "10"))
INTENTS = "/v1/connect/payment_intents"
KILLS = ("kill_before", "kill_after")


@dataclass(frozen=True)
class Step:
	"""Something that is asked of Molam: the request that is not answered, what comes before it, and the call."""

	name: str
	request: str
	before: Callable
	do: Callable


def asked_for(sandbox, order) -> dict:
	return answer(create, sales_order=order.name)


def paid(sandbox, order) -> dict:
	payment = asked_for(sandbox, order)
	sandbox.pay(payment["intent_id"])
	return payment


def paid_and_booked(sandbox, order) -> dict:
	return answer(refresh, payment=paid(sandbox, order)["payment"])


STEPS = (
	Step("create", f"POST {INTENTS}$", lambda *_: {}, lambda order, _: create(sales_order=order.name)),
	Step("look up", f"GET {INTENTS}/*", paid, lambda _, payment: refresh(payment=payment["payment"])),
	Step(
		"confirm",
		f"POST {INTENTS}/*/confirm",
		asked_for,
		lambda _, payment: confirm(payment=payment["payment"]),
	),
	Step(
		"cancel", f"POST {INTENTS}/*/cancel", asked_for, lambda _, payment: cancel(payment=payment["payment"])
	),
	Step(
		"refund",
		"POST /v1/connect/refunds",
		paid_and_booked,
		lambda _, payment: refund(payment=payment["payment"], amount="3.33"),
	),
)


@pytest.fixture
def killable(tmp_path: Path) -> Iterator:
	"""A sandbox in a process of its own; what is here is committed, as what is in doubt must be."""
	with running(as_process=True, state=tmp_path / "molam.sqlite") as sandbox, committed(sandbox.url):
		yield sandbox


def test_a_molam_that_is_killed_at_any_step_takes_and_gives_every_cent_once(killable):
	item, seen, customers = ItemFactory().name, Counter(), []
	for index, (step, kill) in enumerate(islice(cycle(product(STEPS, KILLS)), ROUNDS)):
		customers.append(CustomerFactory().name)
		order = SalesOrderFactory(item_code=item, customer=customers[-1], qty=1, rate=10 + index % 90 + 0.37)
		frappe.db.commit()
		payment = step.before(killable, order)
		killable.fault(kill, match=step.request)
		frappe.local.response = frappe._dict()
		told = step.do(order, payment)
		doubtful = told["in_doubt"] or any(row["in_doubt"] for row in told["refunds"])
		seen[step.name, kill, "in doubt" if doubtful else told["status"]] += 1
		killable.restart()
		jobs.reconcile()
	finish(killable)

	at_molam = killable.state()
	intents = Counter(one["metadata"]["molam_payment"] for one in at_molam["intents"])
	refunds = Counter(one["metadata"]["molam_refund"] for one in at_molam["refunds"])
	money = sum(
		(Decimal(str(one["amount"])) - Decimal(str(one["amount_refunded"])))
		for one in at_molam["intents"]
		if one["status"] == "succeeded"
	)
	books = -sum(Decimal(str(balance(customer))) for customer in customers)
	for (name, kill, outcome), times in sorted(seen.items()):
		print(f"{name:8} {kill:12} {times:4} times: {outcome}")
	twice = sum(times - 1 for times in (intents + refunds).values())
	print(f"{ROUNDS} kills: {len(intents)} intents, {len(refunds)} refunds, made twice {twice};", end=" ")
	print(f"money at Molam {money}, in ERPNext {books}")
	assert len(intents) == ROUNDS
	assert (twice, books) == (0, money)
	assert not frappe.db.exists("Molam Payment", {"in_doubt": 1, "company": COMPANY})


def finish(sandbox) -> None:
	"""Customers pay what is still open at Molam, so that there is money to compare, and the job runs once more."""
	for intent in sandbox.state()["intents"]:
		if intent["status"] == "requires_confirmation":
			sandbox.pay(intent["id"])
			answer(refresh, payment=intent["metadata"]["molam_payment"])
	jobs.reconcile()
	assert connection.companies() == [COMPANY]
