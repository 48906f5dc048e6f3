"""Another item in place of the ordered one: when, how much of it, and that it is always told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from otp_app.engine.facts import Component, Snapshot
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Promise, Status, Substitute
from tests.engine.asking import BARE, ask, codes, option, sentences
from tests.values import (
	STORES,
	TODAY,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

ATP_ONLY = FulfilmentMode.ATP_ONLY
SOON = day(2).isoformat()


def stock(qty: float, code: str) -> Any:
	return SupplyFactory(item_code=code, qty=float(qty))


def receipt(qty: float, due: int, code: str = "P1") -> Any:
	return PurchaseOrderSupplyFactory(item_code=code, qty=float(qty), due=day(due))


def world(*supplies: Any, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	facts.setdefault("items", [p1(), ItemFactory(item_code="P2", mode=ATP_ONLY)])
	return SnapshotFactory(supplies=supplies, settings=settings, **facts)


def p1(*alternatives: str, **facts: Any) -> Any:
	return ItemFactory(item_code="P1", mode=ATP_ONLY, alternatives=alternatives or ("P2",), **facts)


def order(snapshot: Snapshot, qty: float, rule: str | None = None, **fields: Any) -> Promise:
	fields.setdefault("desired_date", SOON)
	rules = {"substitution": True, **fields.pop("rules", {})}
	if rule:
		rules["building_rule"] = rule
	return ask(snapshot, {"item_code": "P1", "qty": qty, "warehouse": STORES}, rules=rules, **fields)


def items(promise: Promise) -> list[tuple[str, float]]:
	return [(peg.item_code, peg.qty) for peg in promise.plan[0].fulfillment]


MAX = "maximum_earlier_confirmation"
ON_TIME = "on_time_confirmation"


class TestTheWhole:
	def test_an_alternative_that_has_all_of_it_replaces_a_late_line(self):
		promise = order(world(receipt(10, 9), stock(10, "P2")), 5)
		(line,) = promise.plan
		assert (promise.promise_date, items(promise)) == (TODAY, [("P2", 5)])
		assert (line.item_code, line.substitutes) == ("P1", (Substitute("P2", 5),))
		assert sentences(promise.reasons, "SUBSTITUTED") == [
			"5 Nos of P2 are sent in place of P1, which could be there on 2026-03-18."
		]

	def test_and_a_line_that_is_short(self):
		promise = order(world(stock(2, "P1"), stock(10, "P2")), 5, desired_date=None)
		assert (promise.status, items(promise)) == (Status.OK, [("P2", 5)])
		assert sentences(promise.reasons, "SUBSTITUTED_SHORT") == [
			"5 Nos of P2 are sent in place of P1, of which 3 Nos cannot be promised."
		]

	def test_by_full_confirmation_nothing_less_than_all_of_it(self):
		promise = order(world(stock(4, "P1"), receipt(10, 9), stock(4, "P2")), 5)
		assert {code for code, _ in items(promise)} == {"P1"}

	def test_a_line_that_is_in_time_is_left_alone(self):
		promise = order(world(receipt(10, 2), stock(10, "P2")), 5)
		assert items(promise) == [("P1", 5)]
		assert "SUBSTITUTED" not in codes(promise.reasons)

	def test_so_is_one_that_no_alternative_makes_better(self):
		assert items(order(world(receipt(10, 9), receipt(10, 9, "P2")), 5)) == [("P1", 5)]

	def test_the_best_of_several_is_sent(self):
		others = [ItemFactory(item_code=code, mode=ATP_ONLY) for code in ("P2", "P3")]
		snapshot = world(
			receipt(10, 9), receipt(10, 5, "P2"), stock(10, "P3"), items=[p1("P2", "P3"), *others]
		)
		assert items(order(snapshot, 5)) == [("P3", 5)]


class TestTheRest:
	@pytest.mark.parametrize("rule", [MAX, ON_TIME])
	def test_the_ordered_item_gives_what_it_has_in_time_and_the_alternative_the_rest(self, rule: str):
		promise = order(world(stock(4, "P1"), receipt(10, 9), stock(4, "P2")), 5, rule)
		assert (promise.promise_date, items(promise)) == (TODAY, [("P1", 4), ("P2", 1)])
		assert promise.plan[0].substitutes == (Substitute("P2", 1),)

	def test_what_neither_has_in_time_stays_with_the_ordered_item(self):
		promise = order(
			world(stock(6, "P1"), receipt(10, 9), stock(2, "P2")), 10, MAX, rules={"shipment": "partial"}
		)
		assert items(promise) == [("P1", 6), ("P1", 2), ("P2", 2)]
		assert [peg.delivery_date for peg in promise.plan[0].fulfillment] == [TODAY, day(9), TODAY]

	def test_but_a_line_that_is_shipped_as_a_whole_would_gain_nothing_by_that(self):
		promise = order(world(stock(6, "P1"), receipt(10, 9), stock(2, "P2")), 10, MAX)
		assert {code for code, _ in items(promise)} == {"P1"}

	def test_several_alternatives_give_one_after_the_other(self):
		others = [ItemFactory(item_code=code, mode=ATP_ONLY) for code in ("P2", "P3")]
		snapshot = world(stock(4, "P1"), stock(4, "P2"), stock(4, "P3"), items=[p1("P2", "P3"), *others])
		assert items(order(snapshot, 10, MAX)) == [("P1", 4), ("P2", 4), ("P3", 2)]

	def test_a_whole_item_is_replaced_by_whole_ones(self):
		others = [p1(whole=True), ItemFactory(item_code="P2", mode=ATP_ONLY)]
		snapshot = world(stock(3, "P1"), receipt(9, 9), stock(2.5, "P2"), items=others)
		promise = order(snapshot, 5, MAX)
		assert items(promise) == [("P1", 3), ("P2", 2)]

	def test_two_lines_do_not_get_the_same_alternative(self):
		snapshot = world(stock(4, "P1"), stock(4, "P2"))
		line = {"item_code": "P1", "qty": 4, "warehouse": STORES}
		promise = ask(snapshot, line, line, line, desired_date=SOON, rules={"substitution": True})
		assert [promise.plan[n].shortage for n in range(3)] == [0, 0, 4]


class TestWhoAllowsIt:
	SUPPLIES = (receipt(10, 9), stock(10, "P2"))

	def sent(self, *, asked: bool | None, customer: bool | None, setting: bool) -> str:
		snapshot = world(
			*self.SUPPLIES,
			settings={"substitution": setting},
			customers=[CustomerFactory(name="Velo", accepts_alternatives=customer)],
		)
		promise = order(snapshot, 5, rules={"substitution": asked}, customer="Velo")
		return promise.plan[0].fulfillment[0].item_code

	@pytest.mark.parametrize(
		("asked", "customer", "setting", "sent"),
		[
			(None, None, False, "P1"),
			(None, None, True, "P2"),
			(None, True, False, "P2"),
			(None, False, True, "P1"),
			(True, False, False, "P2"),
			(False, True, True, "P1"),
		],
	)
	def test_the_request_goes_before_the_customer_and_that_before_the_settings(
		self, asked: bool | None, customer: bool | None, setting: bool, sent: str
	):
		assert self.sent(asked=asked, customer=customer, setting=setting) == sent

	def test_otherwise_it_is_an_option(self):
		promise = order(world(*self.SUPPLIES), 5, rules={"substitution": False})
		assert option(promise, "alternative_item").change == {"line": 0, "item_code": "P2"}

	def test_but_not_for_a_customer_who_takes_none(self):
		snapshot = world(*self.SUPPLIES, customers=[CustomerFactory(name="Velo", accepts_alternatives=False)])
		promise = order(snapshot, 5, rules={"substitution": False}, customer="Velo")
		assert "alternative_item" not in [found.type for found in promise.options]

	@pytest.mark.parametrize(
		"facts",
		[
			{"disabled": True},
			{"is_template": True},
			{"is_sales_item": False},
			{"end_of_life": TODAY},
			{"stock_uom": "Box"},
			{"components": (Component("P1", 1.0),)},
		],
		ids=repr,
	)
	def test_an_item_that_could_not_be_ordered_itself_is_not_sent(self, facts: Any):
		other = ItemFactory(**{"item_code": "P2", "mode": ATP_ONLY, **facts})
		assert {code for code, _ in items(order(world(*self.SUPPLIES, items=[p1(), other]), 5))} == {"P1"}
