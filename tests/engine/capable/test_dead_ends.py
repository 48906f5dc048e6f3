"""Where nothing can be made or bought: a clear reason, and never a date out of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from otp_app.engine.capable.facts import BomLine, Operation
from otp_app.engine.facts import Calendar, Snapshot
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.promise import Status
from tests.engine.asking import BARE, ask, codes, sentences
from tests.engine.capable.workshop import (
	BENCH,
	bench,
	bom,
	order,
	part,
	product,
	promised,
	stock,
	workshop,
)
from tests.values import TODAY, day

CHAIN = [part(f"P{n}", default_bom=f"BOM-P{n}-001") for n in range(40)]
LINKS = [bom(f"P{n}", (f"P{n + 1}", 1), minutes=1.0) for n in range(39)]
CLOSED = Calendar("Closed", frozenset(TODAY + timedelta(days=n) for n in range(-1, 3700)))
FRAME = bom("BIKE", ("FRAME", 1))

ENDS: dict[str, tuple[Snapshot, str, str]] = {
	"not bought and no BOM": (
		workshop(product(), part("FRAME", 5, is_purchase_item=False), FRAME),
		"CTP_NO_BOM",
		"FRAME cannot be made or bought: it has no BOM, and it is not bought.",
	),
	"BOM gone": (
		workshop(product()),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: BOM BOM-BIKE-001 is gone, cancelled or not active.",
	),
	"BOM empty": (
		workshop(product(), bom("BIKE")),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: BOM BOM-BIKE-001 has no items.",
	),
	"all is lost": (
		workshop(product(), bom("BIKE", ("FRAME", 1), loss=1.0), stock("FRAME", 99)),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: BOM BOM-BIKE-001 loses all that it makes.",
	),
	"BOM of nothing": (
		workshop(product(), bom("BIKE", ("FRAME", 1), quantity=0.0), stock("FRAME", 99)),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: BOM BOM-BIKE-001 makes nothing: its quantity is not positive.",
	),
	"component unknown": (
		workshop(product(), FRAME),
		"CTP_NO_BOM",
		"FRAME cannot be made or bought: it is not known.",
	),
	"component disabled": (
		workshop(product(), part("FRAME", 1, disabled=True), FRAME, stock("FRAME", 9)),
		"CTP_NO_BOM",
		"FRAME cannot be made or bought: it is disabled.",
	),
	"component is a template": (
		workshop(product(), part("FRAME", 1, is_template=True), FRAME),
		"CTP_NO_BOM",
		"FRAME cannot be made or bought: it is a template: name one of its variants in the BOM.",
	),
	"component at its end": (
		workshop(product(), part("FRAME", 1, end_of_life=TODAY), FRAME),
		"CTP_NO_BOM",
		"FRAME cannot be made or bought: it reached its end of life on 2026-03-09.",
	),
	"phantom without a BOM": (
		workshop(product(), part("KIT"), bom("BIKE", BomLine("KIT", 1, phantom=True))),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: KIT is a phantom without a BOM.",
	),
	"phantom of itself": (
		workshop(product(), bom("BIKE", BomLine("BIKE", 1, phantom=True))),
		"CTP_NO_BOM",
		"BIKE cannot be made or bought: BIKE is a phantom that contains itself.",
	),
	"no lead time to buy": (
		workshop(product(), part("FRAME"), FRAME),
		"CTP_NO_LEAD_TIME",
		"FRAME must be bought, and has no lead time: set one on the item.",
	),
	"no lead time to make": (
		workshop(product(), bom("BIKE", ("FRAME", 1), minutes=None), stock("FRAME", 9)),
		"CTP_NO_LEAD_TIME",
		"BIKE must be made, and has no lead time: set one on the item.",
	),
	"no lead time at the supplier": (
		workshop(product(), bom("BIKE", ("FRAME", 1), subcontracted=True), stock("FRAME", 9)),
		"CTP_NO_LEAD_TIME",
		"BIKE must be subcontracted, and has no lead time: set one on the item.",
	),
	"cycle": (
		workshop(product(), product("FRAME"), FRAME, bom("FRAME", ("BIKE", 1))),
		"CTP_CYCLE",
		"BIKE is needed to make itself (BIKE > FRAME > BIKE): mend BOM BOM-BIKE-001.",
	),
	"too deep": (
		workshop(product(), *CHAIN, *LINKS, bom("BIKE", ("P0", 1))),
		"CTP_TOO_DEEP",
		"P24 is needed more than 25 levels deep: mend the BOMs above it.",
	),
	"closed for ever": (
		workshop(product(), FRAME, bench(calendar="Closed"), stock("FRAME", 9), calendars=[CLOSED]),
		"CTP_NEVER_WORKS",
		f"Assemble for BIKE has no date: workstation {BENCH} never works. Give it working hours and working days.",
	),
	"no capacity": (
		workshop(product(), FRAME, bench(capacity=0), stock("FRAME", 9)),
		"CTP_NEVER_WORKS",
		f"Assemble for BIKE has no date: workstation {BENCH} never works. Give it working hours and working days.",
	),
	"workstation unknown": (
		workshop(product(), bom("BIKE", ("FRAME", 1), operations=(Operation("Saw", 1.0, "Saw"),)), stock("FRAME", 9)),
		"CTP_NEVER_WORKS",
		"Saw for BIKE has no date: workstation Saw never works. Give it working hours and working days.",
	),
	"no production hours": (
		workshop(
			product(),
			bom("BIKE", ("FRAME", 1), operations=(Operation("Dry", 1.0),)),
			stock("FRAME", 9),
			settings=replace(BARE, production_hours_per_day=0.0),
		),
		"CTP_NEVER_WORKS",
		"Dry for BIKE has no date: the factory never works. Give it working hours and working days.",
	),
	"bought too late": (
		workshop(product(), part("FRAME", 400), FRAME),
		"CTP_BEYOND_HORIZON",
		"FRAME could be there only after the last day promised (2027-03-09).",
	),
	"made too late": (
		workshop(product(), bom("BIKE", ("FRAME", 1), minutes=1e6), stock("FRAME", 9)),
		"CTP_BEYOND_HORIZON",
		"BIKE could be there only after the last day promised (2027-03-09).",
	),
	"received too late": (
		workshop(product(), part("FRAME", 365), FRAME, settings=replace(BARE, inbound_days=1)),
		"CTP_BEYOND_HORIZON",
		"FRAME could be there only after the last day promised (2027-03-09).",
	),
	"from stock only": (
		workshop(product(), part("FRAME", 5, mode=FulfilmentMode.ATP_ONLY), FRAME, stock("FRAME", 1)),
		"CTP_ATP_ONLY",
		"2 Nos of FRAME are missing in Stores - RS, and it is taken from stock and orders only.",
	),
	"lead time unknown": (
		workshop(product(), part("FRAME", mode=FulfilmentMode.ATP_THEN_LEAD_TIME), FRAME),
		"CTP_NO_LEAD_TIME",
		"FRAME must be bought, and has no lead time: set one on the item.",
	),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
def test_a_dead_end_is_told_and_there_is_no_date(case: str):
	facts, code, sentence = ENDS[case]
	promise = promised(facts, 3)
	assert (promise.status, promise.promise_date) == (Status.CANNOT_FULFILL, None)
	assert codes(promise.blockers) == ["SHORTAGE", code]
	assert sentences(promise.blockers)[0] == (
		"3 Nos of BIKE cannot be promised from Stores - RS: no more can be counted on, and it can neither be made nor "
		"bought in time."
	)
	assert sentences(promise.blockers)[1] == sentence
	assert promise.plan[0].shortage == 3


def test_all_dead_ends_are_told_at_once():
	facts = workshop(product(), part("FRAME"), part("WHEEL"), bom("BIKE", ("FRAME", 1), ("WHEEL", 2)))
	assert codes(promised(facts, 1).blockers) == ["SHORTAGE", "CTP_NO_LEAD_TIME", "CTP_NO_LEAD_TIME"]


def test_what_cannot_be_made_takes_nothing_from_other_lines():
	facts = workshop(
		product(), part("LAMP"), bom("BIKE", ("FRAME", 1), ("LAMP", 1)), part("FRAME"), stock("FRAME", 5)
	)
	promise = ask(facts, ("BIKE", 5), ("FRAME", 5), rules={"shipment": "per_line"})
	assert [line.shortage for line in promise.plan] == [5, 0]


def test_what_is_there_is_promised_though_the_rest_cannot_be_made():
	facts = workshop(product(), stock("BIKE", 2), order("BIKE", 1, 3))
	line = promised(facts, 5).plan[0]
	assert (line.shortage, [peg.qty for peg in line.fulfillment]) == (2, [2, 1])


def test_a_far_purchase_order_is_taken_where_the_rest_cannot_be_made():
	facts = workshop(product(), part("FRAME"), FRAME, order("FRAME", 5, 90))
	assert promised(facts, 5).promise_date == day(90)


def test_hours_that_end_at_midnight_end_with_the_day():
	late = bench(hours=((time(20), time(0)),))
	facts = workshop(product(), FRAME, late, stock("FRAME", 9))
	assert promised(facts, 4).promise_date == day(0)
	assert promised(facts, 5).promise_date == day(1)
