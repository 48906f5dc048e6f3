"""The last unit is promised once: two users at the same moment, by any mix of API and Sales Order.

OTP_RACE_ROUNDS sets how often (`make races`: 200 rounds each); -s prints the table.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest

import frappe

from tests.erpnext.company import STORES
from tests.erpnext.racing import GOT, NO, Attempt, by_api, by_submit, promised, race, set_policy
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

ROUNDS = int(os.environ.get("OTP_RACE_ROUNDS", "6"))
BUYERS, UNITS = 50, 30
AT_ONCE = 50  # rows of a stock entry


@pytest.fixture(scope="module")
def users() -> Iterator[tuple[str, str]]:
	"""Two sales users; policy Block, committed, as the racers are other transactions."""
	before = frappe.db.get_single_value("Order Promise Settings", "submit_policy")
	pair = new_user("Sales User"), new_user("Sales User")
	set_policy("Block")
	yield pair
	set_policy(before)


def items_with(qty: float, count: int) -> list[str]:
	items = [ItemFactory(lead_time_days=0).name for _ in range(count)]
	for start in range(0, count, AT_ONCE):
		StockEntryFactory(items=[{"item_code": item, "qty": qty} for item in items[start : start + AT_ONCE]])
	return items


def draft(item: str, customer: str) -> str:
	return SalesOrderFactory(
		item_code=item, qty=1, customer=customer, delivery_date=days(10), submit=False
	).name


@pytest.mark.parametrize("kinds", [("API", "API"), ("API", "submit"), ("submit", "submit")], ids="+".join)
def test_two_users_race_for_the_last_unit_and_one_gets_it(kinds: tuple[str, str], users: tuple[str, str]):
	customer = CustomerFactory().name
	items = items_with(1, ROUNDS)
	entries = [
		[entry(kind, user, item, customer) for kind, user in zip(kinds, users, strict=True)] for item in items
	]
	frappe.db.commit()

	outcomes, over = Counter(), 0
	start = time.monotonic()
	for item, attempts in zip(items, entries, strict=True):
		outcomes.update(race(attempts))
		frappe.db.rollback()
		over += promised(item) > 1
	print(
		f"\n{' + '.join(kinds)}: {ROUNDS} rounds in {time.monotonic() - start:.1f} s, {dict(outcomes)}; "
		f"promised over available in {over}"
	)
	assert (outcomes, over) == ({GOT: ROUNDS, NO: ROUNDS}, 0)


def entry(kind: str, user: str, item: str, customer: str) -> Attempt:
	return by_api(user, item, customer) if kind == "API" else by_submit(user, draft(item, customer))


def test_fifty_buyers_of_thirty_units(users: tuple[str, str]):
	customer = CustomerFactory().name
	(item,) = items_with(UNITS, 1)
	frappe.db.commit()
	start = time.monotonic()
	outcomes = Counter(race([by_api(users[0], item, customer) for _ in range(BUYERS)]))
	frappe.db.rollback()
	print(f"\n{BUYERS} buyers, {UNITS} units: {dict(outcomes)} in {time.monotonic() - start:.1f} s")
	assert outcomes == {GOT: UNITS, NO: BUYERS - UNITS}
	assert promised(item) == UNITS


def test_orders_of_two_items_in_opposite_order_do_not_wait_for_each_other_for_ever(users: tuple[str, str]):
	customer = CustomerFactory().name
	for _ in range(ROUNDS):
		items = items_with(10, 2)
		orders = [
			SalesOrderFactory(
				items=[
					{"item_code": item, "qty": 1, "delivery_date": days(10), "warehouse": STORES}
					for item in row
				],
				customer=customer,
				submit=False,
			).name
			for row in (items, items[::-1])
		]
		frappe.db.commit()
		attempts = [by_submit(user, order) for user, order in zip(users, orders, strict=True)]
		assert race(attempts) == [GOT, GOT]
