"""What a trial takes over from the order that it tries in another way, and what it has to cover anew."""

from __future__ import annotations

from typing import Any

import pytest

from otp_app.engine.facts import Commitment, CommitmentKind, Snapshot
from otp_app.engine.planner import Planner
from otp_app.engine.policy import FulfilmentMode
from tests.engine.asking import BARE, ask, option
from tests.values import (
	STORES,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	WarehouseFactory,
	day,
)

SHED = "Shed - RS"
ATP_ONLY = FulfilmentMode.ATP_ONLY


@pytest.fixture
def covered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
	"""Each item that is covered from now on, and from which warehouses."""
	seen: list[tuple[str, tuple[str, ...]]] = []
	cover = Planner.cover

	def noted(self: Planner, demand: Any, warehouses: tuple[str, ...], *more: Any) -> Any:
		seen.append((demand.item.item_code, warehouses))
		return cover(self, demand, warehouses, *more)

	monkeypatch.setattr(Planner, "cover", noted)
	return seen


def awaited(code: str, due: int, warehouse: str = STORES) -> Any:
	document = f"PO-{code}-{due}"
	return PurchaseOrderSupplyFactory(
		item_code=code, qty=10.0, due=day(due), document=document, warehouse=warehouse
	)


def world(*supplies: Any, **facts: Any) -> Snapshot:
	items = [ItemFactory(item_code=code, mode=ATP_ONLY) for code in ("BIKE", "LOCK")]
	warehouses = [WarehouseFactory(name=STORES), WarehouseFactory(name=SHED)]
	return SnapshotFactory(
		supplies=supplies, settings=BARE, **{"items": items, "warehouses": warehouses, **facts}
	)


def line(code: str, qty: float = 5) -> dict[str, Any]:
	return {"item_code": code, "qty": qty, "warehouse": STORES}


def test_a_line_that_no_trial_changes_is_covered_once(covered: list[tuple[str, tuple[str, ...]]]):
	promise = ask(
		world(awaited("BIKE", 20), SupplyFactory(item_code="LOCK", qty=9.0)), line("LOCK"), line("BIKE")
	)
	assert option(promise, "expedite").change["document"] == "PO-BIKE-20"
	assert [code for code, _ in covered].count("LOCK") == 1
	assert [code for code, _ in covered].count("BIKE") > 2


def test_a_line_of_the_same_item_is_covered_anew_where_the_one_before_it_takes_something_else(covered):
	facts = world(
		SupplyFactory(item_code="BIKE", qty=5.0, warehouse=SHED), awaited("BIKE", 8), awaited("BIKE", 20)
	)
	promise = ask(facts, line("BIKE", 8), line("BIKE", 8))
	# With the first line from elsewhere, the second one gets what the first one had.
	assert option(promise, "expedite").days_earlier == 12
	assert len(covered) > 2


def test_warehouses_of_which_a_trial_says_nothing_are_covered_once(
	covered: list[tuple[str, tuple[str, ...]]],
):
	bike = ItemFactory(item_code="BIKE")
	facts = world(awaited("BIKE", 20), awaited("BIKE", 30, SHED), items=[bike])
	promise = ask(facts, {"item_code": "BIKE", "qty": 5})
	assert promise.promise_date == day(20)
	assert option(promise, "expedite").change["document"] == "PO-BIKE-20"
	# The second time, it may fetch what the other one has.
	assert covered.count(("BIKE", (SHED,))) == 2
	assert covered.count(("BIKE", (STORES,))) > 4


def test_an_order_without_options_remembers_nothing(covered: list[tuple[str, tuple[str, ...]]]):
	owed = Commitment("BIKE", STORES, CommitmentKind.SALES_ORDER, 2.0, day(1))
	facts = world(awaited("BIKE", 20), commitments=[owed])
	assert ask(facts, line("BIKE"), with_options=False).promise_date == day(20)
	assert covered == [("BIKE", (STORES,))]
