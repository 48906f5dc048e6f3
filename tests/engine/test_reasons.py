"""Every reason and blocker there is: reached by an order, and its sentence as a person reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otp_app.engine.decide import unanswered
from otp_app.engine.facts import (
	Allocation,
	Component,
	Protection,
	QuotaPeriod,
	Reliability,
	RuleSource,
	Snapshot,
	SourceKind,
	SourcingRule,
	SupplyKind,
	Withheld,
)
from otp_app.engine.lateness import DaysLate
from otp_app.engine.messages import SENTENCES, Message, number, percent
from otp_app.engine.policy import FulfilmentMode, Settings, WithoutQuota
from otp_app.engine.promise import Promise
from otp_app.engine.request import parse
from tests.engine.asking import BARE, ask, codes, payload, sentences
from tests.values import (
	NOW,
	STORES,
	CommitmentFactory,
	CustomerFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	WarehouseFactory,
	day,
)

BIKE = {"item_code": "BIKE", "warehouse": STORES}


def line(qty: float, **more: Any) -> dict[str, Any]:
	return {**BIKE, "qty": qty, **more}


def stock(qty: float = 10, **more: Any) -> Any:
	return SupplyFactory(**{"item_code": "BIKE", "qty": float(qty), **more})


def receipt(qty: float = 10, due: int = 7, **more: Any) -> Any:
	facts = {"item_code": "BIKE", "qty": float(qty), "due": day(due), "document": "PUR-ORD-7", **more}
	return PurchaseOrderSupplyFactory(**facts)


def world(*supplies: Any, **facts: Any) -> Snapshot:
	settings = replace(BARE, **facts.pop("settings", {}))
	facts.setdefault("items", [ItemFactory(item_code="BIKE")])
	return SnapshotFactory(supplies=supplies, settings=settings, **facts)


def item(**facts: Any) -> Any:
	return ItemFactory(item_code="BIKE", **facts)


def cannot_read() -> Promise:
	return unanswered(parse(payload(("BIKE", 1))), "the site is down", NOW, request_id="test")


# Of 50 deliveries 35 came on their day, 10 after six days, the others after twelve.
ACME = Reliability(
	SupplyKind.PURCHASE_ORDER,
	"Schrauben Meier",
	None,
	DaysLate.of({0: 35, 6: 10, 12: 5}),
	50,
	late=0.3,
	median_late=6,
)
# In 40 counts 2 % of the stock was not there.
COUNTED = Reliability(SupplyKind.ON_HAND, STORES, None, DaysLate((0,), (0.98,)), 40, late=0.02)

BLOCKED = WithoutQuota.BLOCKED


def weekly(*quantities: float) -> Allocation:
	"""A quota of BIKE with a period a week, from today on."""
	periods = [QuotaPeriod(day(7 * week), day(7 * week + 6), qty) for week, qty in enumerate(quantities)]
	return Allocation("DEALERS", tuple(periods), item_code="BIKE")


# Code -> an order that reaches it, and the one sentence that it gives.
SOUTH = "South - RS"


def elsewhere(*supplies: Any, others: bool = False, **facts: Any) -> Snapshot:
	"""A rule that has bikes come from the south, or with `others` preferably from there."""
	rule = SourcingRule("R", (RuleSource(SourceKind.WAREHOUSE, SOUTH),), others=others)
	warehouses = [WarehouseFactory(name=STORES), WarehouseFactory(name=SOUTH)]
	bike = item(mode=FulfilmentMode.ATP_ONLY)
	return world(*supplies, items=[bike], warehouses=warehouses, sourcing_rules=[rule], **facts)


def replaced(*supplies: Any) -> Promise:
	"""Five bikes for today, or tricycles, of which there are enough."""
	only = {"mode": FulfilmentMode.ATP_ONLY}
	items = [item(alternatives=("TRIKE",), **only), ItemFactory(item_code="TRIKE", **only)]
	facts = world(*supplies, stock(9, item_code="TRIKE"), items=items)
	return ask(facts, line(5), desired_date=day(0).isoformat(), rules={"substitution": True})


EXAMPLES: dict[str, tuple[Callable[[], Promise], str]] = {
	"FROM_STOCK": (
		lambda: ask(world(stock()), line(2.5)),
		"2.5 Nos of BIKE come from stock in Stores - RS.",
	),
	"FROM_RECEIPT": (
		lambda: ask(world(receipt(), settings={"inbound_days": 2}), line(3)),
		"3 Nos of BIKE wait for Purchase Order PUR-ORD-7, expected on 2026-03-16 and available on 2026-03-18.",
	),
	"ALWAYS_AVAILABLE": (
		lambda: ask(world(items=[item(mode=FulfilmentMode.ALWAYS_AVAILABLE)]), line(3)),
		"3 Nos of BIKE are taken as always available, because the settings say so.",
	),
	"FROM_REPLENISHMENT": (
		lambda: ask(world(items=[item(lead_time_days=5)]), line(3)),
		"3 Nos of BIKE must be bought: lead time 5 working day(s), so available on 2026-03-14.",
	),
	"SERVICE": (
		lambda: ask(world(items=[item(is_stock_item=False)]), line(1)),
		"BIKE needs no stock.",
	),
	"DROP_SHIP": (
		lambda: ask(world(items=[item(drop_ship=True, lead_time_days=4)]), line(1)),
		"BIKE is shipped by the supplier, 4 working day(s) after the order.",
	),
	"OVERDUE_SUPPLY": (
		lambda: ask(world(receipt(due=-4), settings={"overdue_supply_days": 2}), line(1)),
		"Purchase Order PUR-ORD-7 was due on 2026-03-05 and has not come; it is counted from 2026-03-11.",
	),
	"STOCK_OWED": (
		lambda: ask(
			world(stock(10), receipt(), commitments=[CommitmentFactory(item_code="BIKE", qty=8.0)]), line(3)
		),
		"2 of the 10 Nos of BIKE on hand in Stores - RS are free; the rest is owed to others.",
	),
	"STOCK_EXPIRED": (
		lambda: ask(world(stock(), stock(4, withheld=Withheld.EXPIRED)), line(1)),
		"4 Nos of BIKE in Stores - RS are in expired or disabled batches and are not counted.",
	),
	"OTHER_LINES": (
		lambda: ask(world(stock()), line(4), line(1)),
		"Other lines of this order take 4 Nos of BIKE.",
	),
	"SOURCED": (
		lambda: ask(world(stock()), ("BIKE", 1)),
		"BIKE is promised from Stores - RS.",
	),
	"AFTER_CUTOFF": (
		lambda: ask(
			world(stock(), settings={"cutoff": Settings().cutoff}),
			line(1),
			now=datetime(2026, 3, 9, 14, 30, tzinfo=ZoneInfo("Europe/Berlin")),
		),
		"The order came after the cutoff (14:00 Europe/Berlin); work on it starts on 2026-03-10.",
	),
	"GOODS_RECEIPT": (
		lambda: ask(world(receipt(), settings={"inbound_days": 2}), line(1)),
		"Goods receipt and inspection in Stores - RS take 2 working day(s).",
	),
	"PROCESSING": (
		lambda: ask(world(stock(), settings={"processing_days": 2}), line(1)),
		"Picking and packing in Stores - RS take 2 working day(s).",
	),
	"TRANSIT": (
		lambda: ask(world(stock(), lanes=[TransitLaneFactory(days=3)]), line(1)),
		"Transit from Stores - RS takes 3 working day(s).",
	),
	"BUFFER": (
		lambda: ask(world(stock()), line(1), rules={"lead_time_buffer_days": 2}),
		"A safety buffer of 2 working day(s) is added.",
	),
	"NO_EARLY_DELIVERY": (
		lambda: ask(
			world(stock()),
			line(1),
			desired_date="2026-03-20",
			rules={"desired_date_mode": "NO_EARLY_DELIVERY"},
		),
		"BIKE could be delivered on 2026-03-09; it is kept back to the desired date 2026-03-20.",
	),
	"TOGETHER": (
		lambda: ask(world(stock(item_code="LOCK"), receipt()), ("LOCK", 1), line(1)),
		"All lines are delivered together; BIKE comes last, on 2026-03-16.",
	),
	"LATE": (
		lambda: ask(world(receipt()), line(1), desired_date="2026-03-13"),
		"BIKE is promised 3 day(s) after the desired date 2026-03-13.",
	),
	"SCHEDULE_LINES": (
		lambda: ask(world(stock(), receipt()), line(12), rules={"shipment": "partial"}),
		"BIKE is delivered in 2 parts, the first on 2026-03-09.",
	),
	"LATE_BEFORE": (
		lambda: ask(world(stock(), receipt(), reliability=[ACME]), line(12)),
		"2 of 12 Nos of BIKE wait for PUR-ORD-7 from Schrauben Meier, late in 30 % of 50 deliveries, by 6 day(s) in the median: "
		"70 % that it comes in time.",
	),
	"LATE_NOW": (
		lambda: ask(world(receipt(), reliability=[replace(ACME, median_late=None)]), line(3)),
		"3 of 3 Nos of BIKE wait for PUR-ORD-7 from Schrauben Meier, late in 30 % of 50 deliveries, all of them still awaited: "
		"70 % that it comes in time.",
	),
	"NEVER_LATE": (
		lambda: ask(world(receipt(), reliability=[replace(ACME, late=0.0, median_late=None)]), line(3)),
		"3 of 3 Nos of BIKE wait for PUR-ORD-7 from Schrauben Meier, late in none of 50 deliveries: 70 % that it comes in time.",
	),
	"OTHERS_LATE": (
		lambda: ask(world(receipt(), reliability=[replace(ACME, party=None)]), line(3)),
		"3 of 3 Nos of BIKE wait for PUR-ORD-7; others like it were late in 30 % of 50 cases: "
		"70 % that it comes in time.",
	),
	"NO_HISTORY": (
		lambda: ask(world(receipt()), line(3)),
		"No delivery like PUR-ORD-7 is on record: that it comes in time is guessed at 80 %.",
	),
	"NOT_ORDERED": (
		lambda: ask(world(items=[item(lead_time_days=5)]), line(3)),
		"BIKE is not ordered yet: that it comes in time is guessed at 65 %.",
	),
	"STOCK_COUNTS": (
		lambda: ask(world(stock(), reliability=[COUNTED]), line(3)),
		"40 stock counts in Stores - RS found 2 % less than the books.",
	),
	"PROBABILITY": (
		lambda: ask(world(stock(), receipt(), reliability=[ACME, COUNTED]), line(12)),
		"The dates hold with a probability of 68.6 %.",
	),
	"SERVICE_LEVEL": (
		lambda: ask(world(receipt(), reliability=[ACME]), line(1), rules={"service_level": 0.9}),
		"90 % was asked for; without that, 2026-03-16 would be promised.",
	),
	"CUSTOMERS_LEFT_OUT": (
		lambda: ask(
			world(stock(), customers=None, lanes=[TransitLaneFactory(customer="Velo Nord")]), line(1)
		),
		"The snapshot has no customers: transit lanes to a customer or a region are not used.",
	),
	"SHORTAGE": (
		lambda: ask(world(stock()), line(12.5)),
		"2.5 Nos of BIKE cannot be promised from Stores - RS: "
		"no more can be counted on, and it has no lead time: set one on the item.",
	),
	"SUPPLY_ON_HOLD": (
		lambda: ask(world(receipt(withheld=Withheld.ON_HOLD)), line(1)),
		"Purchase Order PUR-ORD-7 would bring 10 Nos of BIKE, but it is on hold.",
	),
	"SUPPLY_UNDATED": (
		lambda: ask(world(replace(receipt(), due=None)), line(1)),
		"Purchase Order PUR-ORD-7 will bring 10 Nos of BIKE, but it has no date.",
	),
	"SUPPLY_BEYOND_HORIZON": (
		lambda: ask(world(receipt(due=40), settings={"horizon_days": 30}), line(1)),
		"Purchase Order PUR-ORD-7 brings 10 Nos of BIKE on 2026-04-18, "
		"after the last day promised (2026-04-08).",
	),
	"DESIRED_DATE_MISSED": (
		lambda: ask(
			world(receipt()), line(1), desired_date="2026-03-13", rules={"desired_date_mode": "STRICT_FAIL"}
		),
		"BIKE can be there on 2026-03-16 at the earliest; the desired date 2026-03-13 may not be missed.",
	),
	"SERVICE_LEVEL_UNREACHABLE": (
		lambda: ask(world(stock(), reliability=[COUNTED]), line(1), rules={"service_level": 0.99}),
		"No date holds with the 99 % asked for: at most 98 % can be had. Ask for less.",
	),
	"QUOTA_LIMITS": (
		lambda: ask(world(stock(), allocations=[weekly(2, 5)]), line(3)),
		"3 Nos of BIKE in 2026-03-09 - 2026-03-15: quota DEALERS has 2 of 2 left.",
	),
	"QUOTA_MOVES": (
		lambda: ask(world(stock(), allocations=[weekly(2, 5)]), line(3)),
		"3 Nos of BIKE wait until 2026-03-16 for a quota that has room.",
	),
	"QUOTA_MISSING": (
		lambda: ask(
			world(
				stock(), allocations=[replace(weekly(2), channel="Web")], settings={"without_quota": BLOCKED}
			),
			line(3),
		),
		"BIKE has quotas, and none is for this customer on 2026-03-09: nothing more is promised for that day.",
	),
	"QUOTA_SPENT": (
		lambda: ask(world(stock(), allocations=[replace(weekly(2), forward=0)]), line(3)),
		"1 Nos of BIKE find no room in the quotas on any day up to 2027-03-09.",
	),
	"QUOTA_TOGETHER": (
		lambda: ask(world(stock(), allocations=[weekly(3, 4, 5)]), line(2), line(3)),
		"The quotas have room for all lines on one day from 2026-03-23 on only.",
	),
	"QUOTA_NEVER_TOGETHER": (
		lambda: ask(
			world(stock(), allocations=[weekly(3, 4)], settings={"without_quota": BLOCKED}), line(2), line(3)
		),
		"The quotas never have room for all of the order on one day: ship it line by line, or in parts.",
	),
	"PROTECTED_FOR": (
		lambda: ask(
			world(
				stock(), protections=[Protection("KEY", "BIKE", STORES, day(0), day(9), 8.0, channel="Web")]
			),
			line(3),
		),
		"8 Nos of BIKE in Stores - RS are protected from 2026-03-09 on for KEY.",
	),
	"SOURCED_BY_RULE": (
		lambda: ask(elsewhere(stock(9, warehouse=SOUTH)), ("BIKE", 5)),
		"Sourcing Rule R says where BIKE comes from.",
	),
	"PASSED_OVER_LATER": (
		lambda: ask(elsewhere(stock(9), receipt(9, warehouse=SOUTH), others=True), ("BIKE", 5)),
		"By itself, South - RS could deliver BIKE on 2026-03-16.",
	),
	"PASSED_OVER_SHORT": (
		lambda: ask(elsewhere(stock(9), stock(2, warehouse=SOUTH), others=True), ("BIKE", 5)),
		"By itself, South - RS could not deliver all of BIKE.",
	),
	"RULE_LEAVES": (
		lambda: ask(elsewhere(stock(9)), ("BIKE", 5)),
		"Sourcing Rule R lets BIKE come from South - RS only.",
	),
	"TRANSFERRED": (
		lambda: ask(
			world(
				stock(9, warehouse=SOUTH),
				warehouses=[WarehouseFactory(name=STORES)],
				settings={"transfers": True, "transfer_days": 2},
			),
			line(5),
		),
		"5 Nos of BIKE are to be transferred from South - RS to Stores - RS: 2 working day(s), so there on 2026-03-11.",
	),
	"SUBSTITUTED": (
		lambda: replaced(receipt()),
		"5 Nos of TRIKE are sent in place of BIKE, which could be there on 2026-03-16.",
	),
	"SUBSTITUTED_SHORT": (
		lambda: replaced(stock(2)),
		"5 Nos of TRIKE are sent in place of BIKE, of which 3 Nos cannot be promised.",
	),
	"SOURCE_UNAVAILABLE": (
		cannot_read,
		"The stock data cannot be read at the moment: the site is down. Try again later.",
	),
}


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_is_reached_by_an_order_and_says_its_sentence(code: str):
	order, sentence = EXAMPLES[code]
	promise = order()
	assert sentences([*promise.reasons, *promise.blockers], code) == [sentence]


def test_there_is_no_example_of_a_code_that_is_gone():
	assert EXAMPLES.keys() == SENTENCES.keys()


class TestWhenReasonsAreGiven:
	def test_an_order_from_stock_says_little(self):
		assert codes(ask(world(stock()), line(1)).reasons) == ["FROM_STOCK", "PROBABILITY"]

	def test_what_is_owed_is_told_only_when_the_line_has_to_wait(self):
		owed = [CommitmentFactory(item_code="BIKE", qty=8.0)]
		assert sentences(ask(world(stock(10), commitments=owed), line(2)).reasons, "STOCK_OWED") == []
		short = ask(world(stock(10), commitments=owed), line(3))
		assert len(sentences(short.reasons, "STOCK_OWED")) == 1

	def test_a_line_from_the_warehouse_it_names_is_not_sourced(self):
		assert "SOURCED" not in codes(ask(world(stock()), line(1)).reasons)

	def test_what_a_warehouse_takes_is_told_once_and_for_its_slowest_item(self):
		slow = ItemFactory(item_code="SLOW", processing_days=4)
		snapshot = world(
			stock(), stock(item_code="SLOW"), items=[item(), slow], settings={"processing_days": 1}
		)
		reasons = ask(snapshot, line(1), ("SLOW", 1)).reasons
		assert sentences(reasons, "PROCESSING") == [
			"Picking and packing in Stores - RS take 4 working day(s)."
		]

	def test_goods_receipt_is_told_for_the_slowest_item_that_comes_from_outside(self):
		inspected = ItemFactory(item_code="OIL", inspect_on_receipt=True)
		settings = {"inbound_days": 1, "inspection_days": 3}
		snapshot = world(receipt(), receipt(item_code="OIL"), items=[item(), inspected], settings=settings)
		oil = {"item_code": "OIL", "qty": 1, "warehouse": STORES}
		assert sentences(ask(snapshot, line(1)).reasons, "GOODS_RECEIPT") == [
			"Goods receipt and inspection in Stores - RS take 1 working day(s)."
		]
		assert sentences(ask(snapshot, line(1), oil).reasons, "GOODS_RECEIPT") == [
			"Goods receipt and inspection in Stores - RS take 4 working day(s)."
		]

	@pytest.mark.parametrize(
		("facts", "told"),
		[
			({"lead_time_days": 3}, True),
			({"lead_time_days": 3, "default_bom": "BOM-1"}, False),
			({"lead_time_days": 3, "drop_ship": True}, False),
			({"mode": FulfilmentMode.ALWAYS_AVAILABLE}, False),
		],
		ids=["bought", "made", "drop-shipped", "always available"],
	)
	def test_goods_receipt_is_told_only_for_what_is_received(self, facts: Any, told: bool):
		snapshot = world(items=[item(**facts)], settings={"inbound_days": 1})
		assert ("GOODS_RECEIPT" in codes(ask(snapshot, line(1)).reasons)) is told

	def test_goods_receipt_is_not_told_of_stock(self):
		snapshot = world(stock(), receipt(), settings={"inbound_days": 1})
		assert "GOODS_RECEIPT" not in codes(ask(snapshot, line(1)).reasons)

	def test_services_and_drop_shipments_have_no_way_out_of_a_warehouse(self):
		items = [
			ItemFactory(item_code="FITTING", is_stock_item=False),
			ItemFactory(item_code="CRATE", drop_ship=True, lead_time_days=3),
		]
		snapshot = world(items=items, settings=vars_of(Settings()), lanes=[TransitLaneFactory(days=2)])
		now = NOW.replace(hour=20)
		reasons = codes(ask(snapshot, ("FITTING", 1), ("CRATE", 1), now=now).reasons)
		assert not {"AFTER_CUTOFF", "PROCESSING", "TRANSIT"} & set(reasons)

	def test_the_cutoff_is_not_told_on_a_free_day(self):
		saturday = datetime(2026, 3, 14, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))
		snapshot = world(stock(), settings={"cutoff": Settings().cutoff, "no_weekends": True})
		assert "AFTER_CUTOFF" not in codes(ask(snapshot, line(1), now=saturday).reasons)

	def test_lanes_for_anybody_need_no_customers(self):
		snapshot = world(stock(), customers=None, lanes=[TransitLaneFactory()])
		assert "CUSTOMERS_LEFT_OUT" not in codes(ask(snapshot, line(1)).reasons)

	def test_the_reasons_of_a_line_name_it_and_those_of_the_order_do_not(self):
		snapshot = world(stock(), stock(item_code="LOCK"), customers=[CustomerFactory(name="Velo Nord")])
		promise = ask(snapshot, line(1), ("LOCK", 1), customer="Velo Nord")
		lines = {message.code: message.line for message in promise.reasons}
		assert lines == {"FROM_STOCK": 1, "SOURCED": 1, "PROBABILITY": None}

	def test_what_is_made_is_said_to_be_made(self):
		snapshot = world(items=[item(lead_time_days=1, default_bom="BOM-1")])
		assert "3 Nos of BIKE must be made:" in sentences(ask(snapshot, line(3)).reasons)[0]


class TestWhyThereIsAShortage:
	@pytest.mark.parametrize(
		("facts", "settings", "why"),
		[
			({}, {}, "no more can be counted on, and it has no lead time: set one on the item"),
			(
				{"is_purchase_item": False},
				{},
				"no more can be counted on, and it is neither bought nor made",
			),
			({"lead_time_days": 50}, {"horizon_days": 30}, "its lead time goes beyond the last day promised"),
			(
				{"default_bom": "BOM-1", "production_minutes": (0.0, 9e5)},
				{"horizon_days": 30},
				"its lead time goes beyond the last day promised",
			),
			(
				{"default_bom": "BOM-1"},
				{},
				"no more can be counted on, and it has no lead time: set one on the item",
			),
			(
				{"drop_ship": True, "lead_time_days": 50},
				{"horizon_days": 30},
				"its lead time goes beyond the last day promised",
			),
			(
				{"drop_ship": True, "default_bom": "BOM-1", "production_minutes": (1.0, 1.0)},
				{},
				"no more can be counted on, and it has no lead time: set one on the item",
			),
		],
	)
	def test_it_says_what_to_do_about_it(self, facts: Any, settings: Any, why: str):
		promise = ask(world(items=[item(**facts)], settings=settings), line(2))
		assert sentences(promise.blockers) == [f"2 Nos of BIKE cannot be promised from Stores - RS: {why}."]

	def test_an_item_promised_from_stock_and_orders_only_says_so(self):
		snapshot = world(items=[item(mode=FulfilmentMode.ATP_ONLY, lead_time_days=5)])
		(message,) = ask(snapshot, line(2)).blockers
		assert (
			message.values["why"]
			== "it is promised from stock and orders only, and no more can be counted on"
		)

	def test_a_bundle_names_the_component_that_is_short(self):
		bundle = ItemFactory(
			item_code="SET", is_stock_item=False, components=(Component("BIKE", 1.0), Component("LOCK", 2.0))
		)
		snapshot = world(stock(), stock(3, item_code="LOCK"), items=[bundle])
		assert sentences(ask(snapshot, ("SET", 3)).blockers) == [
			"3 Nos of LOCK cannot be promised from Stores - RS: "
			"no more can be counted on, and it has no lead time: set one on the item."
		]

	def test_all_warehouses_that_were_looked_at_are_named(self):
		snapshot = world(
			stock(), stock(warehouse="Shed - RS"), warehouses=[WarehouseFactory(name="Shed - RS")]
		)
		(message,) = ask(snapshot, ("BIKE", 21)).blockers
		assert (message.values["warehouse"], message.values["qty"]) == ("Shed - RS, Stores - RS", 1)


class TestMessages:
	@pytest.mark.parametrize(
		("qty", "written"),
		[
			(5.0, "5"),
			(100.0, "100"),
			(0.1 + 0.2, "0.3"),
			(2.50, "2.5"),
			(1e9, "1000000000"),
			(0.0, "0"),
			(1e-9, "0"),
		],
	)
	def test_a_quantity_is_written_as_a_person_writes_it(self, qty: float, written: str):
		assert number(qty) == written

	def test_a_sentence_is_translated_before_its_values_are_put_in(self):
		message = Message("TRANSIT", {"days": 3, "warehouse": "Stores - {RS}"})
		german = {SENTENCES["TRANSIT"]: "Der Transport ab {warehouse} dauert {days} Arbeitstag(e)."}
		assert message.text(german.__getitem__) == "Der Transport ab Stores - {RS} dauert 3 Arbeitstag(e)."

	def test_its_json_has_plain_values_and_the_line_if_it_has_one(self):
		message = Message("LATE", {"item": "BIKE", "days": 1, "desired": day(0)}, 2)
		assert message.as_dict() == {
			"code": "LATE",
			"message": "BIKE is promised 1 day(s) after the desired date 2026-03-09.",
			"values": {"item": "BIKE", "days": 1, "desired": "2026-03-09"},
			"line": 2,
		}
		assert "line" not in Message("SERVICE", {"item": "BIKE"}).as_dict()


def vars_of(settings: Settings) -> dict[str, Any]:
	"""The fields of some settings, to lay over those of a bare world."""
	return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


@pytest.mark.parametrize(
	("share", "told"),
	[(0.0, 0.0), (0.0001, 0.1), (0.18499, 18.5), (0.9996, 99.9), (0.99999, 99.9), (1.0, 100.0)],
)
def test_what_is_not_certain_is_not_told_as_if_it_were(share: float, told: float):
	assert percent(share) == told
