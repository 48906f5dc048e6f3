"""Users who do things at the same moment, each with a database connection and transaction of their own."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any

import frappe

from otp_app.api.promise import hold
from tests.erpnext.company import STORES

GOT, NO = "got it", "told no"
START_SECONDS = 60


@dataclass(frozen=True)
class Attempt:
	"""What one user does; `do` answers GOT or NO, and whatever it raises has reached a person."""

	user: str
	do: Callable[[], str]


def race(attempts: Sequence[Attempt]) -> list[str]:
	"""All attempts at once; the outcome of each, an error as its text."""
	outcomes = ["did not end"] * len(attempts)
	gate = Barrier(len(attempts))
	threads = [
		Thread(target=_run, args=(frappe.local.site, attempt, gate, outcomes, index))
		for index, attempt in enumerate(attempts)
	]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	return outcomes


def set_policy(policy: str) -> None:
	"""What submitting does with an order that cannot be met; committed, as those who race are other transactions."""
	settings = frappe.get_doc("Order Promise Settings")
	settings.submit_policy = policy
	settings.save()
	frappe.db.commit()


def count_anew(items: Collection[str]) -> None:
	"""Counts the Bins of items anew: two who submit at once each leave the other's order out of ERPNext's sums."""
	frappe.db.rollback()
	for name in frappe.get_all("Bin", {"item_code": ("in", sorted(items))}, pluck="name"):
		frappe.get_doc("Bin", name).recalculate_qty()
	frappe.db.commit()


def _run(site: str, attempt: Attempt, gate: Barrier, outcomes: list[str], index: int) -> None:
	frappe.init(site=site)
	frappe.connect()
	try:
		frappe.set_user(attempt.user)
		# The request has read something before it comes to promising: its view of the tables is from before the race.
		frappe.db.get_value("User", attempt.user, "modified")
		gate.wait(START_SECONDS)
		outcomes[index] = attempt.do()
		frappe.db.commit() if outcomes[index] == GOT else frappe.db.rollback()
	except Exception as error:
		frappe.db.rollback()
		outcomes[index] = f"{type(error).__name__}: {error}"
	finally:
		frappe.destroy()


def by_api(user: str, item: str, customer: str, qty: float = 1) -> Attempt:
	"""Holds an item through the API."""

	def do() -> str:
		lines = [{"item_code": item, "qty": qty, "warehouse": STORES}]
		if hold(items=lines, customer=customer):
			return GOT
		code = frappe.local.response["error"]["code"]
		return NO if code == "NOT_AVAILABLE" else code

	return Attempt(user, do)


def by_submit(user: str, order: str) -> Attempt:
	"""Submits a Sales Order, with policy Block."""

	def do() -> str:
		doc: Any = frappe.get_doc("Sales Order", order)
		try:
			doc.submit()
		except frappe.ValidationError as error:
			if "cannot be promised" not in str(error):
				raise
			return NO
		return GOT

	return Attempt(user, do)


def promised(item: str) -> float:
	"""What is promised of an item by now, counted in the tables and not by the engine: held, and on submitted orders."""
	held = frappe.db.sql(
		"select sum(qty) from `tabOrder Promise Peg` where item_code = %s and held_until is not null", item
	)
	sold = frappe.db.sql(
		"select sum(stock_qty) from `tabSales Order Item` where item_code = %s and docstatus = 1", item
	)
	return float(held[0][0] or 0) + float(sold[0][0] or 0)
