"""The answer: status, what may be shown to whom, and its JSON form to the letter of the contract."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest

from otp_app.engine.calendars import NoWorkingDay
from otp_app.engine.capable.facts import Bom, BomLine
from otp_app.engine.decide import unanswered
from otp_app.engine.facts import Component, Snapshot, SupplyKind, Withheld
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Promise, Status, redacted
from otp_app.engine.request import parse
from tests.engine.asking import BARE, ask, codes, payload, sentences
from tests.values import (
	NOW,
	STORES,
	CalendarFactory,
	CompanyFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	WarehouseFactory,
	bike_company,
	day,
)


def receipt(qty: float = 10, **more: Any) -> Any:
	return PurchaseOrderSupplyFactory(
		**{"item_code": "BIKE", "qty": float(qty), "document": "PUR-ORD-7", **more}
	)


def undated(qty: float = 10, code: str = "BIKE") -> Any:
	return replace(receipt(qty, item_code=code), due=None)


def world(*supplies: Any, **facts: Any) -> Snapshot:
	return SnapshotFactory(supplies=supplies, **{"settings": BARE} | facts)


class TestStatus:
	def test_an_order_with_a_date_is_ok(self):
		promise = ask(world(receipt()), ("BIKE", 10))
		assert (promise.status, promise.can_fulfill, promise.blockers) == (Status.OK, True, ())

	def test_a_late_order_is_ok_unless_its_date_may_not_be_missed(self):
		assert ask(world(receipt()), ("BIKE", 1), desired_date="2026-03-10").status is Status.OK

	def test_an_order_whose_supply_is_missing_cannot_be_fulfilled(self):
		promise = ask(world(receipt()), ("BIKE", 11))
		assert (promise.status, promise.can_fulfill) == (Status.CANNOT_FULFILL, False)
		assert (promise.promise_date, promise.confidence, promise.on_time) == (None, None, None)

	@pytest.mark.parametrize(
		"supply", [undated(), receipt(withheld=Withheld.ON_HOLD), receipt(withheld=Withheld.UNDATED)]
	)
	def test_supply_whose_date_nobody_knows_is_no_promise_and_no_refusal(self, supply: Any):
		promise = ask(world(supply), ("BIKE", 10))
		assert (promise.status, promise.promise_date) == (Status.CANNOT_PROMISE_RELIABLY, None)
		assert promise.can_fulfill is False

	@pytest.mark.parametrize(
		"why", [Withheld.CLOSED, Withheld.EXPIRED, Withheld.PROCESS_LOSS, Withheld.BOOKKEEPING]
	)
	def test_supply_that_will_never_be_promised_is_missing(self, why: Withheld):
		assert ask(world(receipt(withheld=why)), ("BIKE", 1)).status is Status.CANNOT_FULFILL

	def test_unknown_supply_that_would_not_be_enough_leaves_the_order_unfulfilled(self):
		assert ask(world(undated(10)), ("BIKE", 11)).status is Status.CANNOT_FULFILL

	def test_unknown_supply_is_not_counted_for_two_lines(self):
		assert ask(world(undated(10)), ("BIKE", 5), ("BIKE", 5)).status is Status.CANNOT_PROMISE_RELIABLY
		assert ask(world(undated(10)), ("BIKE", 6), ("BIKE", 6)).status is Status.CANNOT_FULFILL

	def test_every_shortage_has_to_be_covered_by_unknown_supply(self):
		snapshot = world(undated(10), items=[ItemFactory(item_code="LOCK")])
		assert ask(snapshot, ("BIKE", 5), ("LOCK", 1)).status is Status.CANNOT_FULFILL

	def test_a_strict_date_does_not_hide_that_supply_is_unknown(self):
		promise = ask(
			world(undated()),
			("BIKE", 1),
			desired_date="2026-12-31",
			rules={"desired_date_mode": "STRICT_FAIL"},
		)
		assert promise.status is Status.CANNOT_PROMISE_RELIABLY

	def test_a_source_that_cannot_answer_gives_no_date(self):
		request = parse(
			payload(("BIKE", 1), desired_date="2026-03-20", rules={"desired_date_mode": "NO_EARLY_DELIVERY"})
		)
		promise = unanswered(request, "the site is down", NOW, request_id="r-1")
		assert (promise.status, promise.promise_date, promise.plan) == (
			Status.CANNOT_PROMISE_RELIABLY,
			None,
			(),
		)
		assert (promise.desired_date, promise.on_time, promise.request_id) == (date(2026, 3, 20), None, "r-1")
		assert promise.desired_date_mode.value == "NO_EARLY_DELIVERY"
		assert codes(promise.blockers) == ["SOURCE_UNAVAILABLE"]

	def test_a_calendar_without_working_days_is_told_by_name(self):
		never = CalendarFactory(name="Never", holidays=frozenset(day(n) for n in range(4000)))
		snapshot = world(receipt(), calendars=[never], companies=[CompanyFactory(calendar="Never")])
		with pytest.raises(NoWorkingDay, match="Holiday list Never leaves no working day near 2026-03-09"):
			ask(snapshot, ("BIKE", 1))


ANSWER = [
	"status",
	"promise_date",
	"promise_date_raw",
	"desired_date",
	"desired_date_mode",
	"on_time",
	"adjusted_due_to_no_early_delivery",
	"can_fulfill",
	"confidence",
	"probability",
	"on_time_probability",
	"plan",
	"reasons",
	"blockers",
	"options",
	"request_id",
	"calculated_at",
]
# What a line, a peg and an option have at the least.
LINE = {"item_code", "qty_required", "promise_date", "probability", "fulfillment", "shortage", "substitutes"}
PEG = {
	"source",
	"qty",
	"available_date",
	"ship_ready_date",
	"warehouse",
	"po_id",
	"expected_date",
	"document",
}
OPTION = {"type", "description", "impact", "po_id", "promise_date"}


def rich() -> Promise:
	"""An order that uses every part of the answer."""
	snapshot = bike_company()
	return ask(
		snapshot,
		("COMMUTER-SET", 5),
		{"item_code": "LOCK", "qty": 14, "warehouse": STORES},
		customer="Velo Nord",
		desired_date="2026-03-12",
	)


class TestJson:
	def test_the_fields_of_an_answer_are_those_of_the_contract_in_its_order(self):
		assert list(rich().as_dict()) == ANSWER

	def test_lines_pegs_and_options_have_the_fields_of_the_contract(self):
		answer = rich().as_dict()
		assert set(answer["plan"][0]) >= LINE
		assert set(answer["plan"][0]["fulfillment"][0]) >= PEG
		assert answer["options"]
		assert all(set(option) >= OPTION for option in answer["options"])

	def test_the_whole_form_of_a_small_answer(self):
		promise = ask(world(receipt(party="Meier")), {"item_code": "BIKE", "qty": 2, "warehouse": STORES})
		assert promise.as_dict() == {
			"status": "OK",
			"promise_date": "2026-03-16",
			"promise_date_raw": "2026-03-16",
			"desired_date": None,
			"desired_date_mode": "LATEST_ACCEPTABLE",
			"on_time": None,
			"adjusted_due_to_no_early_delivery": False,
			"can_fulfill": True,
			"confidence": "MEDIUM",
			"probability": 0.8,
			"on_time_probability": None,
			"plan": [
				{
					"item_code": "BIKE",
					"qty_required": 2.0,
					"uom": "Nos",
					"warehouse": "Stores - RS",
					"desired_date": None,
					"promise_date_raw": "2026-03-16",
					"promise_date": "2026-03-16",
					"ship_date": "2026-03-16",
					"on_time": None,
					"confidence": "MEDIUM",
					"probability": 0.8,
					"on_time_probability": None,
					"fulfillment": [
						{
							"source": "purchase_order",
							"item_code": "BIKE",
							"qty": 2.0,
							"warehouse": "Stores - RS",
							"available_date": "2026-03-16",
							"ship_ready_date": "2026-03-16",
							"delivery_date": "2026-03-16",
							"probability": 0.8,
							"expected_date": "2026-03-16",
							"po_id": "PUR-ORD-7",
							"supplier": "Meier",
							"document": {"doctype": "Purchase Order", "name": "PUR-ORD-7"},
							"suggestion": None,
							"tree": None,
						}
					],
					"shortage": 0.0,
					"substitutes": [],
				}
			],
			"reasons": [
				{
					"code": "FROM_RECEIPT",
					"message": (
						"2 Nos of BIKE wait for Purchase Order PUR-ORD-7, "
						"expected on 2026-03-16 and available on 2026-03-16."
					),
					"values": {
						"qty": 2.0,
						"uom": "Nos",
						"item": "BIKE",
						"doctype": "Purchase Order",
						"document": "PUR-ORD-7",
						"expected": "2026-03-16",
						"available": "2026-03-16",
					},
					"line": 0,
				},
				{
					"code": "NO_HISTORY",
					"message": (
						"No delivery like PUR-ORD-7 is on record: that it comes in time is guessed at 80 %."
					),
					"values": {
						"qty": 2.0,
						"of": 2.0,
						"uom": "Nos",
						"item": "BIKE",
						"probability": 80.0,
						"doctype": "Purchase Order",
						"document": "PUR-ORD-7",
					},
					"line": 0,
				},
				{
					"code": "PROBABILITY",
					"message": "The dates hold with a probability of 80 %.",
					"values": {"probability": 80.0},
				},
			],
			"blockers": [],
			"options": [
				{
					"type": "expedite",
					"description": "Get Purchase Order PUR-ORD-7 by 2026-03-10 instead of 2026-03-16.",
					"impact": "order complete 6 days earlier",
					"promise_date": "2026-03-10",
					"days_earlier": 6,
					"change": {"doctype": "Purchase Order", "document": "PUR-ORD-7", "due": "2026-03-10"},
					"po_id": "PUR-ORD-7",
				}
			],
			"request_id": "test",
			"calculated_at": "2026-03-09T10:00:00+01:00",
		}

	def test_it_is_json_without_loss(self):
		answer = rich().as_dict()
		assert json.loads(json.dumps(answer, allow_nan=False)) == answer

	def test_a_suggested_purchase_is_told_in_full(self):
		item = ItemFactory(item_code="BIKE", lead_time_days=3)
		answer = ask(world(items=[item]), ("BIKE", 2)).as_dict()
		assert answer["plan"][0]["fulfillment"][0]["suggestion"] == {
			"doctype": "Material Request",
			"material_request_type": "Purchase",
			"item_code": "BIKE",
			"qty": 2.0,
			"uom": "Nos",
			"warehouse": "Stores - RS",
			"schedule_date": "2026-03-12",
			"from_warehouse": None,
		}

	def test_sentences_are_in_the_callers_language_and_codes_are_not(self):
		answer = ask(world(receipt()), ("BIKE", 11)).as_dict(lambda sentence: "¡" + sentence)
		(blocker,) = answer["blockers"]
		assert (blocker["code"], blocker["message"][:3]) == ("SHORTAGE", "¡1 ")

	def test_a_promise_is_frozen(self):
		with pytest.raises(FrozenInstanceError):
			ask(world(receipt()), ("BIKE", 1)).promise_date = None


class TestRedaction:
	HIDDEN = frozenset({"Purchase Order"})

	def order(self) -> Promise:
		"""Stock, an overdue purchase order, one on hold, and a work order."""
		bundle = ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 1.0))
		)
		snapshot = world(
			receipt(document="PUR-ORD-1", due=day(-3), party="Meier"),
			receipt(document="PUR-ORD-2", due=day(2), party="Meier", withheld=Withheld.ON_HOLD),
			receipt(document="PUR-ORD-3", due=day(25), party="Meier", qty=2),
			SupplyFactory(item_code="LOCK", kind=SupplyKind.WORK_ORDER, due=day(20), document="MFG-WO-1"),
			items=[bundle],
		)
		return ask(snapshot, ("SET", 10), ("BIKE", 1))

	def test_documents_that_the_caller_may_not_see_are_named_nowhere(self):
		seen = self.order()
		assert "PUR-ORD-1" in json.dumps(seen.as_dict())
		text = json.dumps(redacted(seen, self.HIDDEN).as_dict())
		assert "PUR-ORD" not in text
		assert "Meier" not in text
		assert "MFG-WO-1" in text

	def test_dates_and_quantities_stay(self):
		seen = self.order()
		hidden = redacted(seen, self.HIDDEN)
		assert (hidden.promise_date, hidden.status) == (seen.promise_date, seen.status)
		pegs = [(peg.qty, peg.delivery_date, peg.source) for line in hidden.plan for peg in line.fulfillment]
		assert pegs == [
			(peg.qty, peg.delivery_date, peg.source) for line in seen.plan for peg in line.fulfillment
		]

	def test_reasons_and_blockers_say_that_a_name_is_not_shown(self):
		hidden = redacted(self.order(), self.HIDDEN)
		assert (
			"10 Nos of BIKE wait for Purchase Order (not shown), "
			"expected on 2026-03-10 and available on 2026-03-10."
		) in sentences(hidden.reasons)
		short = ask(world(receipt(withheld=Withheld.ON_HOLD)), ("BIKE", 1))
		assert sentences(redacted(short, self.HIDDEN).blockers, "SUPPLY_ON_HOLD") == [
			"Purchase Order (not shown) would bring 10 Nos of BIKE, but it is on hold."
		]

	def test_options_that_name_a_hidden_document_are_left_out_and_others_stay(self):
		item = ItemFactory(item_code="BIKE", lead_time_days=2, mode=FulfilmentMode.ATP_ONLY)
		promise = ask(world(receipt(), items=[item]), ("BIKE", 1))
		assert {option.type for option in promise.options} == {"expedite", "purchase"}
		assert {option.type for option in redacted(promise, self.HIDDEN).options} == {"purchase"}

	def test_an_answer_knows_which_kinds_of_document_it_names_wherever_it_names_them(self):
		held = world(receipt(withheld=Withheld.ON_HOLD))
		assert self.order().doctypes() == {"Purchase Order", "Work Order"}
		assert ask(held, ("BIKE", 1)).doctypes() == {"Purchase Order"}
		assert ask(held, ("BIKE", 1), with_options=False).doctypes() == {"Purchase Order"}
		assert ask(world(SupplyFactory(item_code="BIKE")), ("BIKE", 1)).doctypes() == frozenset()

	def test_hiding_what_an_answer_names_hides_it_all(self):
		seen = self.order()
		text = json.dumps(redacted(seen, seen.doctypes()).as_dict())
		assert not any(name in text for name in ("PUR-ORD", "MFG-WO", "Meier"))

	def test_documents_in_a_tree_are_hidden_with_the_sentence_that_names_them(self):
		made = ItemFactory(
			item_code="CAR", mode=FulfilmentMode.ATP_THEN_CTP, default_bom="BOM-CAR-001", lead_time_days=1
		)
		snapshot = world(receipt(document="PUR-ORD-1", due=day(9), party="Meier"), items=[made])
		snapshot = replace(
			snapshot, boms={"BOM-CAR-001": Bom("BOM-CAR-001", "CAR", lines=(BomLine("BIKE", 2.0),))}
		)
		seen = ask(snapshot, ("CAR", 1))
		assert seen.doctypes() == {"Purchase Order"}
		assert "PUR-ORD-1" in json.dumps(seen.as_dict())
		hidden = redacted(seen, self.HIDDEN)
		assert "PUR-ORD-1" not in json.dumps(hidden.as_dict())
		(peg,) = hidden.plan[0].fulfillment
		assert peg.tree is not None and peg.tree.constraint is not None
		assert "(not shown)" in peg.tree.constraint.text()

	def test_warehouses_that_components_are_taken_from_can_be_hidden(self):
		made = ItemFactory(
			item_code="CAR", mode=FulfilmentMode.ATP_THEN_CTP, default_bom="BOM-CAR-001", lead_time_days=1
		)
		snapshot = replace(
			world(SupplyFactory(item_code="BIKE", qty=5), items=[made]),
			boms={"BOM-CAR-001": Bom("BOM-CAR-001", "CAR", lines=(BomLine("BIKE", 2.0),))},
		)
		seen = ask(snapshot, ("CAR", 1))
		(top, below) = redacted(seen, frozenset(), frozenset({STORES})).nodes()
		assert (top.warehouse, below.warehouse, below.qty) == ("(not shown)", "(not shown)", 2)
		assert redacted(seen, frozenset()) == seen

	def test_who_may_see_everything_sees_the_same_answer(self):
		seen = self.order()
		assert redacted(seen, frozenset()) == seen


def test_the_same_order_gives_the_same_bytes_again():
	assert json.dumps(rich().as_dict()) == json.dumps(rich().as_dict())


def test_every_warehouse_of_the_bike_company_answers():
	snapshot = bike_company()
	for name in snapshot.warehouses:
		if snapshot.warehouses[name].kind.value in ("sellable", "group"):
			promise = ask(snapshot, {"item_code": "CITY-BIKE", "qty": 1, "warehouse": name})
			assert promise.status is Status.OK
	assert WarehouseFactory().name == STORES
