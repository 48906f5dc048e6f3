"""Workers that are killed while they apply a run, and others who buy meanwhile: nothing is half done, lost or promised twice.

OTP_KILL_ROUNDS sets how often; -s prints what happened.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

import frappe
from frappe.utils import getdate

from otp_app.backorder import jobs
from otp_app.backorder.names import LINE, PART, RUN, Phase
from tests.erpnext.company import STORES
from tests.erpnext.racing import GOT, Attempt, by_submit, race, set_policy
from tests.erpnext.rescheduling import date_of, do, only, simulated, work_off
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

ROUNDS = int(os.environ.get("OTP_KILL_ROUNDS", "4"))
ITEMS = 6
SOON, LATER = 5, 25
LONGEST = 0.5  # seconds from the line after which a worker is to be killed
# What a worker does, in a process of its own that can be killed.
WORKER = """
import sys, frappe
site, run, part = sys.argv[1:]
frappe.init(site=site); frappe.connect()
from otp_app.backorder import batches, jobs
batches.BATCH = 1
print("ready", flush=True)
jobs.work(run, int(part))
"""


def swaps(count: int, bought: float = 10) -> tuple[list[str], list[str], list[str]]:
	"""Items of which one order has the stock, and another, who goes first, wants it; so much comes later. Committed."""
	customer = CustomerFactory().name
	items = [ItemFactory(lead_time_days=0).name for _ in range(count)]
	StockEntryFactory(items=[{"item_code": item, "qty": 10} for item in items])
	lines = [{"item_code": item, "qty": bought} for item in items]
	PurchaseOrderFactory(items=lines, schedule_date=days(LATER - 5))
	old = [
		SalesOrderFactory(item_code=item, qty=10, customer=customer, delivery_date=days(SOON)).name
		for item in items
	]
	key = [
		SalesOrderFactory(item_code=item, qty=10, customer=customer, delivery_date=days(LATER)).name
		for item in items
	]
	for order in key:
		frappe.db.set_value("Sales Order Item", {"parent": order}, "otp_requested_date", days(SOON))
	frappe.db.commit()
	return items, old, key


def swap_run(items: list[str], key: list[str], **more: object) -> str:
	segments = (
		{"strategy": "Win", "segment_name": "Key", "orders": "\n".join(key)},
		only("Redistribute", *items, segment_name="Others"),
	)
	return simulated(*segments, **more)


def over_promised(items: list[str]) -> list[str]:
	"""Items of which more is confirmed by some day than is there by then; counted in ERPNext's tables, not by the engine."""
	found = []
	for item in items:
		stock = frappe.db.get_value("Bin", {"item_code": item, "warehouse": STORES}, "actual_qty") or 0
		bought = frappe.get_all(
			"Purchase Order Item", {"item_code": item, "docstatus": 1}, ["schedule_date", "qty"]
		)
		owed = frappe.get_all(
			"Sales Order Item",
			{"item_code": item, "docstatus": 1, "otp_unconfirmed": 0},
			["delivery_date", "stock_qty"],
		)
		for until in sorted({row.delivery_date for row in owed}):
			come = stock + sum(row.qty for row in bought if row.schedule_date <= until)
			if sum(row.stock_qty for row in owed if row.delivery_date <= until) > come:
				found.append(item)
	return found


def half_done(run: str) -> list[str]:
	"""Lines whose state does not agree with their order: what is applied has the new date, all else the old one."""
	rows = frappe.get_all(
		LINE, {"run": run, "state": ("is", "set")}, ["name", "state", "order_row", "confirmed", "after_date"]
	)
	wrong = []
	for row in rows:
		now = frappe.db.get_value("Sales Order Item", row.order_row, "delivery_date")
		expected = row.after_date if row.state == "Applied" else row.confirmed
		promised = frappe.db.get_value("Sales Order Item", row.order_row, "otp_promise_date")
		if getdate(now) != expected or (row.state == "Applied" and promised != expected):
			wrong.append(row.name)
	return wrong


def start_worker(run: str, part: int) -> subprocess.Popen[str]:
	worker = subprocess.Popen(
		[sys.executable, "-c", WORKER, frappe.local.site, run, str(part)], stdout=subprocess.PIPE, text=True
	)
	assert worker.stdout is not None and worker.stdout.readline().strip() == "ready"
	return worker


def applied(run: str) -> int:
	frappe.db.rollback()
	return frappe.db.count(LINE, {"run": run, "state": "Applied"})


def wait_for(worker: subprocess.Popen[str], run: str, lines: int) -> None:
	"""Waits until so many lines are applied, or the worker has ended."""
	while worker.poll() is None and applied(run) < lines:
		time.sleep(0.02)


def test_a_worker_that_is_killed_while_it_applies_leaves_nothing_half_done():
	"""Killed by SIGKILL at random moments, and resumed by the scheduled job, as often as it takes."""
	items, old, key = swaps(ITEMS)
	run = swap_run(items, key)
	jobs.start(run, Phase.APPLY)
	frappe.db.commit()
	chance, kills = random.Random(ROUNDS), Counter()
	for number in range(ROUNDS):
		worker = start_worker(run, 1)
		wait_for(worker, run, chance.randint(0, 2 * ITEMS * (number + 1) // ROUNDS))
		time.sleep(chance.uniform(0.0, LONGEST))
		before = worker.poll()
		worker.send_signal(signal.SIGKILL)
		worker.wait()
		done = applied(run)
		kills["after its end" if before is not None else f"{done} of {2 * ITEMS} applied"] += 1
		assert not half_done(run)
		assert not over_promised(items)
		if before is None and done < 2 * ITEMS:
			assert frappe.db.get_value(RUN, run, "status") == "Applying"
			jobs.resume_dead()
	work_off(run)
	frappe.db.rollback()
	doc = frappe.get_doc(RUN, run)
	print(f"\n{ROUNDS} kills: {dict(kills)}; {doc.applied} applied, {doc.not_applied} not")
	assert (doc.status, doc.applied, doc.not_applied) == ("Applied", 2 * ITEMS, 0)
	assert not half_done(run) and not over_promised(items)
	for order in (*old, *key):
		promises = frappe.get_all("Order Promise", {"reference_name": order}, pluck="status")
		assert promises.count("Committed") == 1


@pytest.fixture
def blocked() -> Iterator[str]:
	"""A sales user, where orders whose dates cannot be met are not submitted; committed."""
	before = frappe.db.get_single_value("Order Promise Settings", "submit_policy")
	user = new_user("Sales User")
	set_policy("Block")
	yield user
	set_policy(before)


def new_order(item: str) -> str:
	"""A draft that wants the stock."""
	name = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(SOON), submit=False).name
	frappe.db.commit()
	return name


def test_who_buys_the_freed_stock_between_two_batches_has_it(blocked: str, monkeypatch: pytest.MonkeyPatch):
	"""A group that is too large for one transaction: OLD has made room for KEY, and somebody else is quicker."""
	items, old, key = swaps(1, bought=20)
	run, order = swap_run(items, key), new_order(items[0])
	monkeypatch.setattr("otp_app.backorder.batches.SMALL_GROUP", 0)
	bought: list[str] = []

	def buy(_run: str) -> None:
		if not bought:
			bought.extend(race([by_submit(blocked, order)]))

	monkeypatch.setattr("otp_app.backorder.jobs.tell", buy)
	doc = do(run, Phase.APPLY)
	frappe.db.rollback()
	assert bought == [GOT]
	assert (doc.applied, doc.not_applied) == (1, 1)
	reasons = frappe.db.get_value(LINE, {"run": run, "sales_order": key[0]}, "state_reasons")
	assert "DOES_NOT_HOLD" in reasons
	assert date_of(old[0]) > getdate(days(SOON)) and not over_promised(items)


def test_buyers_race_with_a_run_for_the_stock_that_is_freed(blocked: str):
	items, _old, key = swaps(ROUNDS, bought=20)
	run = swap_run(items, key)
	orders = [new_order(item) for item in items]
	jobs.start(run, Phase.APPLY)
	frappe.db.commit()

	def apply() -> str:
		jobs.work(run, 1)
		return GOT

	buyers = [by_submit(blocked, order) for order in orders]
	outcomes = race([Attempt("Administrator", apply), *buyers])
	frappe.db.rollback()
	doc = frappe.get_doc(RUN, run)
	print(f"\n{ROUNDS} buyers against a run: {outcomes[1:].count(GOT)} got it, {doc.applied} applied")
	assert doc.status == "Applied" and outcomes[0] == GOT
	assert not over_promised(items)


def test_two_workers_do_the_parts_of_a_run(blocked: str):
	"""The same book applied by one worker and by two; the figures are printed, and what comes out is the same."""
	found = {}
	for workers in (1, 2):
		items, _old, key = swaps(4 * ITEMS)
		run = swap_run(items, key, jobs=workers)
		jobs.start(run, Phase.APPLY)
		frappe.db.commit()
		start = time.monotonic()
		running = [start_worker(run, number + 1) for number in range(workers)]
		for worker in running:
			worker.wait()
		seconds = time.monotonic() - start
		frappe.db.rollback()
		doc = frappe.get_doc(RUN, run)
		found[workers] = (doc.status, doc.applied, doc.not_applied)
		print(
			f"\n{workers} workers: {doc.applied} lines applied in {seconds:.1f} s, {doc.applied / seconds:.0f} a second"
		)
		assert not over_promised(items) and not half_done(run)
	assert found[1] == found[2] == ("Applied", 8 * ITEMS, 0)


def test_only_one_job_is_at_a_part_and_a_living_one_is_not_resumed():
	items, _old, key = swaps(1)
	run = swap_run(items, key)
	jobs.start(run, Phase.APPLY)
	frappe.db.commit()
	with jobs._alone(run, 1) as mine:
		assert mine
		outcomes = race([Attempt("Administrator", lambda: str(jobs.resume(run)))])
		assert outcomes == ["0"]
		race([Attempt("Administrator", lambda: jobs.work(run, 1) or GOT)])
	frappe.db.rollback()
	assert frappe.db.get_value(PART, {"parent": run}, "status") == "Queued"
	assert work_off(run).status == "Applied"


def test_a_simulation_that_was_killed_is_done_again_from_the_start_of_its_part():
	items, _old, key = swaps(2)
	run = swap_run(items, key)
	jobs.start(run, Phase.SIMULATE)
	frappe.db.commit()
	jobs.work(run, jobs.PLANNING)
	worker = start_worker(run, 1)
	worker.send_signal(signal.SIGKILL)
	worker.wait()
	jobs.resume_dead()
	doc = work_off(run)
	frappe.db.rollback()
	assert doc.status == "Simulated"
	rows = frappe.get_all(LINE, {"run": run, "item_code": ("in", items)}, pluck="order_row")
	assert len(rows) == len(set(rows)) == 4
