"""Supply protection by hand: what is kept for some buyers, as the others see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from otp_app.engine.explain import explain
from otp_app.engine.facts import Protection, Snapshot
from otp_app.engine.promise import Status
from tests.engine.asking import BARE, ask, sentences
from tests.values import (
	NOW,
	STORES,
	CustomerFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	day,
)

KEY = CustomerFactory(name="Velo Nord")
OTHER = CustomerFactory(name="Radhaus")


def protection(qty: float, start: int = 0, end: int = 30, **more: Any) -> Protection:
	facts = {"customer": "Velo Nord", "name": "KEY ACCOUNTS", **more}
	return Protection(item_code="BIKE", warehouse=STORES, start=day(start), end=day(end), qty=qty, **facts)


def world(*protections: Protection, stock: float = 100.0, **facts: Any) -> Snapshot:
	supplies = [SupplyFactory(item_code="BIKE", qty=stock), *facts.pop("supplies", ())]
	settings = replace(BARE, **facts.pop("settings", {}))
	return SnapshotFactory(
		protections=protections, supplies=supplies, settings=settings, customers=[KEY, OTHER], **facts
	)


def test_others_may_not_use_it_and_the_group_may():
	facts = world(protection(60))
	assert ask(facts, ("BIKE", 40), customer="Radhaus").status is Status.OK
	refused = ask(facts, ("BIKE", 41), customer="Radhaus")
	assert (refused.status, refused.plan[0].shortage) == (Status.CANNOT_FULFILL, 1)
	assert sentences(refused.reasons, "PROTECTED_FOR") == [
		"60 Nos of BIKE in Stores - RS are protected from 2026-03-09 on for KEY ACCOUNTS."
	]
	assert ask(facts, ("BIKE", 100), customer="Velo Nord").status is Status.OK


def test_a_buyer_that_nobody_knows_is_another():
	assert ask(world(protection(60)), ("BIKE", 41)).status is Status.CANNOT_FULFILL


def test_what_the_group_has_ordered_is_protected_no_more():
	assert ask(world(protection(60, consumed=45)), ("BIKE", 85)).status is Status.OK
	assert ask(world(protection(60, consumed=75)), ("BIKE", 100)).status is Status.OK


def test_two_groups_are_protected_against_each_other():
	facts = world(protection(60), protection(30, name="RADHAUS", customer="Radhaus"))
	assert ask(facts, ("BIKE", 70), customer="Velo Nord").status is Status.OK
	assert ask(facts, ("BIKE", 71), customer="Velo Nord").status is Status.CANNOT_FULFILL
	assert ask(facts, ("BIKE", 40), customer="Radhaus").status is Status.OK
	assert ask(facts, ("BIKE", 41), customer="Radhaus").status is Status.CANNOT_FULFILL
	assert ask(facts, ("BIKE", 11)).status is Status.CANNOT_FULFILL


def test_a_period_that_is_over_protects_nothing():
	assert ask(world(protection(60, start=-30, end=-1)), ("BIKE", 100)).status is Status.OK


def test_it_is_there_when_the_period_begins_and_what_comes_later_is_not_touched():
	receipt = PurchaseOrderSupplyFactory(item_code="BIKE", qty=50, due=day(20))
	facts = world(protection(60, start=10), stock=70, supplies=[receipt])
	assert ask(facts, ("BIKE", 10)).promise_date == day(0)
	assert ask(facts, ("BIKE", 60)).promise_date == day(20)
	assert ask(facts, ("BIKE", 61)).status is Status.CANNOT_FULFILL


def test_the_ledger_shows_it_as_somebody_else_sees_it():
	ledger = explain(world(protection(60, start=10)), "BIKE", STORES, NOW)
	(entry,) = (entry for entry in ledger.entries if entry.kind == "protected")
	assert (entry.day, entry.qty, entry.document) == (day(10), -60, "KEY ACCOUNTS")
	assert ledger.levels[-1].atp == 40
