"""Options: each makes the order earlier, and making its change gives the date that it states."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from otp_app.engine.facts import Component, Snapshot, SupplyKind, UomConversion, WarehouseClass, Withheld
from otp_app.engine.options import MAX_CRITICAL_LINES, MAX_OPTIONS, MAX_ORDER_LINES, MAX_WAREHOUSES
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Option, Promise, Status
from tests.engine.asking import BARE, ask, option
from tests.values import (
	STORES,
	TODAY,
	CommitmentFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

SHED = "Shed - RS"
ATP_ONLY = FulfilmentMode.ATP_ONLY


def line(qty: float, code: str = "BIKE", **more: Any) -> dict[str, Any]:
	return {"item_code": code, "qty": qty, "warehouse": STORES, **more}


def stock(qty: float, code: str = "BIKE", **more: Any) -> Any:
	return SupplyFactory(item_code=code, qty=float(qty), **more)


def receipt(qty: float, due: int, code: str = "BIKE", **more: Any) -> Any:
	facts = {"item_code": code, "qty": float(qty), "due": day(due), "document": f"PUR-{due}", **more}
	return PurchaseOrderSupplyFactory(**facts)


def world(*supplies: Any, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	facts.setdefault("items", [ItemFactory(item_code="BIKE")])
	return SnapshotFactory(supplies=supplies, settings=settings, **facts)


def kinds(promise: Promise) -> list[str]:
	return [option.type for option in promise.options]


def with_change(snapshot: Snapshot, found: Option, *lines: dict[str, Any], **fields: Any) -> Promise:
	"""The order again, with an option's change made as a person would make it."""
	change = dict(found.change)
	asked = [dict(line) for line in lines]
	if "rules" in change:
		fields["rules"] = {**fields.get("rules", {}), **change["rules"]}
	elif "line" in change:
		asked[change.pop("line")].update(change)
	elif "mode" in change:
		item = replace(snapshot.items[change["item_code"]], mode=FulfilmentMode(change["mode"]))
		snapshot = replace(snapshot, items={**snapshot.items, item.item_code: item})
	else:
		due = {"due": date.fromisoformat(change["due"])} if "due" in change else {"withheld": None}
		supplies = tuple(
			replace(supply, **due) if supply.document == change["document"] else supply
			for supply in snapshot.supplies
		)
		snapshot = replace(snapshot, supplies=supplies)
	return ask(snapshot, *asked, **fields)


class TestPartialShipment:
	def test_what_is_there_may_be_shipped_first(self):
		snapshot = world(stock(4), receipt(20, 7), lanes=[TransitLaneFactory(days=1)])
		promise = ask(snapshot, line(10))
		found = option(promise, "partial_shipment")
		assert found.as_dict() == {
			"type": "partial_shipment",
			"description": "Ship 4 Nos of BIKE first.",
			"impact": "a first part 7 days earlier, the rest on 2026-03-17",
			"promise_date": day(1).isoformat(),
			"days_earlier": 7,
			"change": {"rules": {"shipment": "partial"}},
			"po_id": None,
		}
		again = with_change(snapshot, found, line(10))
		assert min(peg.delivery_date for peg in again.plan[0].fulfillment) == found.promise_date
		assert again.promise_date == promise.promise_date

	def test_what_an_option_says_can_be_translated(self):
		found = option(ask(world(stock(4), receipt(20, 7)), line(10)), "partial_shipment")
		german = {
			"Ship {parts} first.": "Zuerst {parts} liefern.",
			"{qty} {uom} of {item}": "{qty} {uom} {item}",
		}
		told = found.as_dict(lambda sentence: german.get(sentence, sentence))
		assert told["description"] == "Zuerst 4 Nos BIKE liefern."

	def test_up_to_three_parts_are_named_and_the_others_counted(self):
		codes = ["A", "B", "C", "D", "E"]
		snapshot = world(*[stock(2, code) for code in codes], receipt(5, 7))
		found = option(ask(snapshot, *[(code, 2) for code in codes], line(1)), "partial_shipment")
		assert found.description == "Ship 2 Nos of A, 2 Nos of B, 2 Nos of C and 2 more first."

	def test_an_order_without_a_date_may_ship_what_there_is(self):
		found = option(ask(world(stock(4)), line(10)), "partial_shipment")
		assert (found.promise_date, found.days_earlier) == (TODAY, None)
		assert found.impact == "a first part, and the rest when there is supply"

	def test_it_keeps_to_the_minimum_split(self):
		snapshot = world(stock(1), receipt(4, 3), receipt(20, 7), settings={"minimum_split": 5})
		found = option(ask(snapshot, line(10)), "partial_shipment")
		assert (found.promise_date, found.description) == (day(3), "Ship 5 Nos of BIKE first.")

	def test_a_split_that_the_minimum_forbids_is_no_option(self):
		snapshot = world(stock(1), receipt(20, 7), settings={"minimum_split": 50})
		assert "partial_shipment" not in kinds(ask(snapshot, line(10)))

	@pytest.mark.parametrize("desired", ["2026-03-12", "2026-03-30"])
	def test_it_ships_nothing_before_a_date_that_is_not_to_be_early(self, desired: str):
		snapshot = world(stock(4), receipt(20, 7))
		fields = {"desired_date": desired, "rules": {"desired_date_mode": "NO_EARLY_DELIVERY"}}
		found = [o for o in ask(snapshot, line(10), **fields).options if o.type == "partial_shipment"]
		assert [o.promise_date for o in found] == ([day(3)] if desired == "2026-03-12" else [])

	def test_it_is_no_option_for_an_order_in_parts_already(self):
		snapshot = world(stock(4), receipt(20, 7))
		assert "partial_shipment" not in kinds(ask(snapshot, line(10), rules={"shipment": "partial"}))

	def test_it_is_no_option_where_everything_is_there_at_once(self):
		assert kinds(ask(world(stock(20)), line(10))) == []

	def test_services_and_bundles_are_not_shipped_ahead(self):
		items = [
			ItemFactory(item_code="FITTING", is_stock_item=False),
			ItemFactory(item_code="SET", is_stock_item=False, components=(Component("LOCK", 1.0),)),
		]
		snapshot = world(receipt(5, 7), stock(5, "LOCK"), items=items)
		assert "partial_shipment" not in kinds(ask(snapshot, line(1), ("FITTING", 1), ("SET", 1)))


class TestOtherWarehouse:
	def test_another_warehouse_that_delivers_earlier_is_an_option(self):
		snapshot = world(receipt(10, 7), stock(10, warehouse=SHED))
		found = option(ask(snapshot, line(5)), "other_warehouse")
		assert (found.description, found.impact) == (
			"Deliver BIKE from Shed - RS.",
			"order complete 7 days earlier",
		)
		assert found.change == {"line": 0, "warehouse": SHED}
		assert with_change(snapshot, found, line(5)).promise_date == found.promise_date == TODAY

	def test_the_best_of_several_is_named(self):
		names = ["A - RS", "B - RS", "C - RS"]
		later = [receipt(10, due, warehouse=name) for name, due in zip(names, (4, 2, 3), strict=True)]
		found = option(ask(world(receipt(10, 7), *later), line(5)), "other_warehouse")
		assert (found.change["warehouse"], found.promise_date) == ("B - RS", day(2))

	@pytest.mark.parametrize(
		"facts",
		[{"disabled": True}, {"kind": WarehouseClass.IN_TRANSIT}, {"company": "Other GmbH"}],
		ids=repr,
	)
	def test_a_warehouse_that_may_not_sell_it_is_no_option(self, facts: Any):
		snapshot = world(
			receipt(10, 7), stock(10, warehouse=SHED), warehouses=[WarehouseFactory(name=SHED, **facts)]
		)
		assert "other_warehouse" not in kinds(ask(snapshot, line(5)))

	def test_a_line_without_a_warehouse_has_looked_everywhere_already(self):
		snapshot = world(receipt(10, 7), stock(3, warehouse=SHED))
		assert "other_warehouse" not in kinds(ask(snapshot, ("BIKE", 5)))

	def test_the_warehouse_of_the_highest_priority_is_tried_though_many_names_come_before_it(self):
		names = [f"{number:02d} - RS" for number in range(MAX_WAREHOUSES + 2)]
		later = [receipt(10, 5, warehouse=name) for name in names]
		supplies = [receipt(10, 7), *later, stock(10, warehouse="Zoo - RS")]
		last = ask(world(*supplies), line(5))
		assert option(last, "other_warehouse").promise_date == day(5)
		first = ask(world(*supplies, warehouses=[WarehouseFactory(name="Zoo - RS", priority=1)]), line(5))
		found = option(first, "other_warehouse")
		assert (found.change["warehouse"], found.promise_date) == ("Zoo - RS", TODAY)

	def test_one_day_is_said_as_one_day(self):
		snapshot = world(receipt(10, 1), stock(10, warehouse=SHED))
		assert option(ask(snapshot, line(5)), "other_warehouse").impact == "order complete 1 day earlier"

	def test_it_makes_an_order_possible_that_has_no_date(self):
		snapshot = world(stock(10, warehouse=SHED))
		found = option(ask(snapshot, line(5)), "other_warehouse")
		assert (found.impact, found.days_earlier) == ("order complete on 2026-03-09", None)


class TestExpedite:
	def test_the_document_that_the_order_waits_for_may_come_earlier(self):
		snapshot = world(stock(4), receipt(20, 7))
		found = option(ask(snapshot, line(10)), "expedite")
		assert found.description == "Get Purchase Order PUR-7 by 2026-03-10 instead of 2026-03-16."
		assert (found.po_id, found.promise_date, found.days_earlier) == ("PUR-7", day(1), 6)
		assert with_change(snapshot, found, line(10)).promise_date == found.promise_date

	def test_it_asks_no_more_of_the_supplier_than_helps(self):
		# The locks come on day 5 whatever the bikes do.
		snapshot = world(receipt(20, 9), receipt(20, 5, "LOCK"))
		found = option(ask(snapshot, line(1), line(1, "LOCK")), "expedite")
		assert found.change["due"] == day(5).isoformat()
		assert (
			with_change(snapshot, found, line(1), line(1, "LOCK")).promise_date
			== found.promise_date
			== day(5)
		)
		later = replace(found, change={**found.change, "due": day(6).isoformat()})
		assert with_change(snapshot, later, line(1), line(1, "LOCK")).promise_date == day(6)

	def test_weekends_between_are_used(self):
		snapshot = world(
			receipt(20, 8), settings={"no_weekends": True, "inbound_days": 1, "processing_days": 1}
		)
		found = option(ask(snapshot, line(1)), "expedite")
		again = with_change(snapshot, found, line(1))
		assert again.promise_date == found.promise_date
		assert found.promise_date < ask(snapshot, line(1)).promise_date

	def test_an_overdue_document_is_expedited_against_the_day_it_is_expected(self):
		snapshot = world(receipt(20, -3), settings={"overdue_supply_days": 6})
		found = option(ask(snapshot, line(1)), "expedite")
		assert found.description == "Get Purchase Order PUR--3 by 2026-03-10 instead of 2026-03-15."

	def test_what_comes_tomorrow_cannot_come_earlier(self):
		assert "expedite" not in kinds(ask(world(receipt(20, 1)), line(1)))

	def test_work_orders_may_be_expedited_and_have_no_purchase_order(self):
		work_order = stock(9, kind=SupplyKind.WORK_ORDER, due=day(9), document="MFG-WO-1")
		found = option(ask(world(work_order), line(1)), "expedite")
		assert (found.change["doctype"], found.po_id) == ("Work Order", None)

	def test_a_commitment_that_is_due_before_takes_what_comes_earlier(self):
		owed = CommitmentFactory(item_code="BIKE", qty=20.0, due=day(2))
		snapshot = world(receipt(20, 7), receipt(20, 9), commitments=[owed])
		promise = ask(snapshot, line(1))
		assert promise.promise_date == day(9)
		for found in promise.options:
			assert with_change(snapshot, found, line(1)).promise_date == found.promise_date

	def test_two_lines_that_wait_for_one_document_have_one_option(self):
		snapshot = world(receipt(20, 7))
		assert kinds(ask(snapshot, line(1), line(2))) == ["expedite"]

	def test_a_document_that_holds_up_lines_of_several_items_comes_earlier_with_all_of_them(self):
		# One purchase order, two items: the order is earlier only when both come earlier.
		snapshot = world(
			receipt(20, 7),
			receipt(20, 7, "LOCK"),
			items=[ItemFactory(item_code=code) for code in ("BIKE", "LOCK")],
		)
		found = option(ask(snapshot, line(1), line(1, "LOCK")), "expedite")
		assert (found.po_id, found.promise_date) == ("PUR-7", day(1))

	def test_what_a_document_brings_sooner_than_that_stays_as_it_is(self):
		late = receipt(20, 9, document="PUR-1")
		snapshot = world(
			receipt(20, 3, "LOCK", document="PUR-1"),
			late,
			items=[ItemFactory(item_code=code) for code in ("BIKE", "LOCK")],
		)
		found = option(ask(snapshot, line(1), line(1, "LOCK")), "expedite")
		assert (found.change["due"], found.promise_date) == (day(1).isoformat(), day(1))


class TestReleaseHold:
	def test_a_document_on_hold_may_be_released(self):
		snapshot = world(receipt(20, 3, withheld=Withheld.ON_HOLD), receipt(20, 9))
		found = option(ask(snapshot, line(5)), "release_hold")
		assert (found.description, found.po_id) == ("Release Purchase Order PUR-3 from hold.", "PUR-3")
		assert with_change(snapshot, found, line(5)).promise_date == found.promise_date == day(3)

	def test_it_makes_an_order_possible_that_has_no_date(self):
		promise = ask(world(receipt(20, 3, withheld=Withheld.ON_HOLD)), line(5))
		assert promise.status is Status.CANNOT_PROMISE_RELIABLY
		assert option(promise, "release_hold").promise_date == day(3)

	@pytest.mark.parametrize("why", [Withheld.CLOSED, Withheld.UNDATED, Withheld.EXPIRED])
	def test_what_is_withheld_for_another_reason_cannot_be_released(self, why: Withheld):
		assert kinds(ask(world(receipt(20, 3, withheld=why)), line(5))) == []

	def test_a_document_on_hold_without_a_date_is_no_option(self):
		held = replace(receipt(20, 3, withheld=Withheld.ON_HOLD), due=None)
		assert kinds(ask(world(held), line(5))) == []


class TestAlternativeItem:
	BIKE = ItemFactory(item_code="BIKE", alternatives=("TOURER", "GONE", "OLD", "LITRES"))

	def snapshot(self, **facts: Any) -> Snapshot:
		items = [
			replace(self.BIKE, uoms=(UomConversion("Dozen", 12.0),)),
			ItemFactory(item_code="TOURER"),
			ItemFactory(item_code="OLD", disabled=True),
			ItemFactory(item_code="LITRES", stock_uom="Litre"),
		]
		return world(
			receipt(200, 7), stock(50, "TOURER"), stock(50, "OLD"), stock(50, "LITRES"), items=items, **facts
		)

	def test_an_alternative_that_is_there_earlier_is_an_option(self):
		found = option(ask(self.snapshot(), line(5)), "alternative_item")
		assert found.description == "Deliver TOURER in place of BIKE."
		assert with_change(self.snapshot(), found, line(5)).promise_date == found.promise_date == TODAY

	def test_the_quantity_is_that_of_the_order_whatever_its_unit(self):
		assert "alternative_item" in kinds(ask(self.snapshot(), line(4, uom="Dozen")))
		assert "alternative_item" not in kinds(ask(self.snapshot(), line(5, uom="Dozen")))

	def test_a_quantity_beyond_what_may_be_asked_for_is_no_error(self):
		promise = ask(self.snapshot(), line(1e9, uom="Dozen"))
		assert (promise.status, kinds(promise)) == (Status.CANNOT_FULFILL, ["partial_shipment"])


class TestPurchase:
	@pytest.mark.parametrize(("bom", "verb"), [(None, "Buy"), ("BOM-1", "Make")])
	def test_an_item_of_stock_and_orders_only_may_be_bought_or_made(self, bom: str | None, verb: str):
		item = ItemFactory(item_code="BIKE", mode=ATP_ONLY, lead_time_days=3, default_bom=bom)
		snapshot = world(receipt(20, 9), items=[item])
		found = option(ask(snapshot, line(5)), "purchase")
		assert found.description == f"{verb} BIKE within its lead time."
		assert with_change(snapshot, found, line(5)).promise_date == found.promise_date == day(3)

	def test_it_is_no_option_without_a_lead_time_or_with_one_too_long(self):
		for days in (None, 9, 20):
			item = ItemFactory(item_code="BIKE", mode=ATP_ONLY, lead_time_days=days)
			assert "purchase" not in kinds(ask(world(receipt(20, 9), items=[item]), line(5)))

	def test_the_mode_of_the_settings_counts_too(self):
		item = ItemFactory(item_code="BIKE", lead_time_days=3)
		snapshot = world(receipt(20, 9), items=[item], settings={"mode": ATP_ONLY})
		assert option(ask(snapshot, line(5)), "purchase").promise_date == day(3)


class TestAllOptions:
	def test_they_come_earliest_first_and_only_those_that_help(self):
		item = ItemFactory(item_code="BIKE", mode=ATP_ONLY, lead_time_days=6, alternatives=("TOURER",))
		snapshot = world(
			receipt(20, 9),
			receipt(20, 4, warehouse=SHED),
			receipt(20, 3, withheld=Withheld.ON_HOLD),
			receipt(20, 5, "TOURER"),
			items=[item],
		)
		promise = ask(snapshot, line(5))
		assert [(o.type, o.promise_date) for o in promise.options] == [
			("expedite", day(1)),
			("release_hold", day(3)),
			("other_warehouse", day(4)),
			("alternative_item", day(5)),
			("purchase", day(6)),
		]
		for found in promise.options:
			assert with_change(snapshot, found, line(5)).promise_date == found.promise_date

	def test_they_are_about_the_lines_that_hold_the_order_up(self):
		snapshot = world(receipt(20, 5), receipt(20, 9, "LOCK"))
		assert [o.po_id for o in ask(snapshot, line(1), line(1, "LOCK")).options if o.type == "expedite"] == [
			"PUR-9"
		]

	def test_there_are_none_if_they_are_not_asked_for(self):
		assert ask(world(receipt(20, 7)), line(1), with_options=False).options == ()

	def test_a_large_order_has_none(self):
		snapshot = world(receipt(1e6, 7))
		assert kinds(ask(snapshot, *[line(1)] * MAX_ORDER_LINES)) == ["expedite"]
		assert kinds(ask(snapshot, *[line(1)] * (MAX_ORDER_LINES + 1))) == []

	def test_there_are_never_more_than_a_person_reads(self):
		held = [
			receipt(9, 3, warehouse=STORES, document=f"PUR-{n}", withheld=Withheld.ON_HOLD) for n in range(40)
		]
		promise = ask(world(*held), line(9))
		assert len(promise.options) == MAX_OPTIONS

	def test_only_some_of_many_short_lines_are_looked_at(self):
		codes = [f"I{n}" for n in range(MAX_CRITICAL_LINES + 3)]
		snapshot = world(*[receipt(9, 3, code, document=code, withheld=Withheld.ON_HOLD) for code in codes])
		# Releasing one leaves the others short: no single change helps.
		assert kinds(ask(snapshot, *[line(1, code) for code in codes])) == []

	def test_with_a_date_that_may_not_be_missed_no_option_promises_a_first_part(self):
		fields = {"desired_date": "2026-03-12", "rules": {"desired_date_mode": "STRICT_FAIL"}}
		promise = ask(world(stock(1), receipt(20, 7)), line(5), **fields)
		assert promise.status is Status.CANNOT_FULFILL
		assert kinds(promise) == ["expedite"]

	def test_with_a_date_that_may_not_be_missed_every_option_meets_it(self):
		fields = {"desired_date": "2026-03-12", "rules": {"desired_date_mode": "STRICT_FAIL"}}
		snapshot = world(
			receipt(20, 9), receipt(20, 5, warehouse=SHED), receipt(20, 2, withheld=Withheld.ON_HOLD)
		)
		promise = ask(snapshot, line(5), **fields)
		assert kinds(promise) == ["expedite", "release_hold"]
		for found in promise.options:
			again = with_change(snapshot, found, line(5), **fields)
			assert (again.status, again.promise_date) == (Status.OK, found.promise_date)

	def test_an_order_kept_back_to_its_date_needs_no_option(self):
		fields = {"desired_date": "2026-03-30", "rules": {"desired_date_mode": "NO_EARLY_DELIVERY"}}
		assert kinds(ask(world(receipt(20, 7)), line(5), **fields)) == []

	def test_a_days_work_is_measured_in_calendar_days(self):
		snapshot = world(receipt(10, 7), stock(10, warehouse=SHED), settings={"no_weekends": True})
		found = option(ask(snapshot, line(5)), "other_warehouse")
		assert found.days_earlier == (day(7) - TODAY) // timedelta(days=1)
