"""The last of a quota is promised once: two users at the same moment, of two items of the group that it is for.

OTP_RACE_ROUNDS sets how often; -s prints the table.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

import frappe

from tests.erpnext.company import STORES
from tests.erpnext.racing import GOT, NO, Attempt, by_api, by_submit, count_anew, promised, race, set_policy
from tests.erpnext.serving import new_user
from tests.factories.allocating import ProductAllocationFactory, weeks
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

ROUNDS = int(os.environ.get("OTP_RACE_ROUNDS", "4"))


@pytest.fixture(scope="module")
def users() -> Iterator[tuple[str, str]]:
	"""Two sales users; policy Block, committed, as the racers are other transactions."""
	before = frappe.db.get_single_value("Order Promise Settings", "submit_policy")
	pair = new_user("Sales User"), new_user("Sales User")
	set_policy("Block")
	yield pair
	set_policy(before)


def pair_under_a_quota(qty: float) -> tuple[str, str]:
	"""Two items with plenty of stock, and a quota over both that is not put off."""
	group = ItemGroupFactory().name
	items = [ItemFactory(lead_time_days=0, item_group=group).name for _ in range(2)]
	StockEntryFactory(items=[{"item_code": item, "qty": 100} for item in items])
	ProductAllocationFactory(
		item_group=group, periods=weeks(qty, length=60), limit_forward=1, forward_periods=0
	)
	return items[0], items[1]


def order_of(customer: str, *items: str) -> str:
	rows = [{"item_code": item, "qty": 1, "delivery_date": days(10), "warehouse": STORES} for item in items]
	return SalesOrderFactory(items=rows, customer=customer, submit=False).name


@pytest.mark.parametrize("kinds", [("API", "API"), ("API", "submit"), ("submit", "submit")], ids="+".join)
def test_two_users_race_for_the_last_of_a_group_s_quota_and_one_gets_it(
	kinds: tuple[str, str], users: tuple[str, str]
):
	customer = CustomerFactory().name
	pairs = [pair_under_a_quota(1) for _ in range(ROUNDS)]
	entries = [
		[entry(kind, user, item, customer) for kind, user, item in zip(kinds, users, pair, strict=True)]
		for pair in pairs
	]
	frappe.db.commit()

	outcomes, over = Counter(), 0
	for pair, attempts in zip(pairs, entries, strict=True):
		outcomes.update(race(attempts))
		frappe.db.rollback()
		over += sum(promised(item) for item in pair) > 1
	print(f"\n{' + '.join(kinds)}: {ROUNDS} rounds, {dict(outcomes)}; over the quota in {over}")
	assert (outcomes, over) == ({GOT: ROUNDS, NO: ROUNDS}, 0)


def entry(kind: str, user: str, item: str, customer: str) -> Attempt:
	return by_api(user, item, customer) if kind == "API" else by_submit(user, order_of(customer, item))


def test_orders_of_two_items_in_opposite_order_do_not_wait_for_each_other_for_ever(users: tuple[str, str]):
	customer = CustomerFactory().name
	for _ in range(ROUNDS):
		one, other = pair_under_a_quota(10)
		orders = [order_of(customer, one, other), order_of(customer, other, one)]
		frappe.db.commit()
		attempts = [by_submit(user, order) for user, order in zip(users, orders, strict=True)]
		assert race(attempts) == [GOT, GOT]
		count_anew([one, other])
