"""The demo is what a real site gives: Rhine Cycles, built through ERPNext's own code and exported.

OTP_WRITE_DEMO=otp_app/demo/demo.sqlite in the environment writes the file anew (docs/development.md).
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import frappe

from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.engine.explain import explain
from otp_app.engine.facts import (
	Calendar,
	Commitment,
	CommitmentKind,
	Item,
	OpenLine,
	Snapshot,
	Supply,
	SupplyKind,
	UomConversion,
	WarehouseClass,
	Withheld,
)
from otp_app.sources.site.export import whole_site
from otp_app.sources.site.reconcile import Difference, reconcile
from otp_app.sources.snapshot import write_snapshot
from tests.erpnext import demo_company
from tests.erpnext.demo_masters import CALENDAR, CARRIERS, COMPANY, VELO_NORD, monday

# The Monday of the written demo; the company's holidays are those of its weeks.
DEMO_DAY = date(2026, 5, 4)
DEMO_ZONE = "Europe/Amsterdam"  # the test site's changes with the hour of the day (company.py)
CHECKOUT = Path(__file__).parent.parent.parent
# How ERPNext names the documents that a snapshot names.
SERIES = {
	"Sales Order": "SAL-ORD",
	"Purchase Order": "PUR-ORD",
	"Work Order": "MFG-WO",
	"Production Plan": "MFG-PP",
	"Subcontracting Order": "SC-ORD",
	"Material Request": "MAT-MR",
	"Stock Entry": "MAT-STE",
}


@dataclass(frozen=True)
class Built:
	snapshot: Snapshot
	bins: int
	differences: list[Difference]


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
	"""The company on the site, read once for all tests here, and gone again."""
	frappe.db.begin()
	try:
		demo_company.build()
		codes = demo_company.item_codes()
		snapshot = as_written(whole_site(codes, customers=True))
		yield Built(snapshot, *reconcile(codes))
	finally:
		frappe.db.rollback()


def as_written(snapshot: Snapshot) -> Snapshot:
	"""The company alone, its week moved to that of DEMO_DAY, its documents numbered from 1."""
	own = {name: at for name, at in snapshot.warehouses.items() if at.company == COMPANY}
	names = document_names()
	moved = DEMO_DAY - monday()
	calendars = (CALENDAR, CARRIERS)
	customers = frappe.get_all("Sales Order", {"company": COMPANY}, pluck="customer")
	customers = {*customers, VELO_NORD}
	assert snapshot.customers is not None
	return replace(
		snapshot,
		items={code: replace(item, uoms=own_uoms(item)) for code, item in snapshot.items.items()},
		taken_at=datetime.combine(DEMO_DAY, time(10), ZoneInfo(DEMO_ZONE)),
		timezone=DEMO_ZONE,
		warehouses=own,
		companies={COMPANY: snapshot.companies[COMPANY]},
		calendars={name: later(snapshot.calendars[name], moved) for name in calendars},
		customers={name: known for name, known in snapshot.customers.items() if name in customers},
		lanes=tuple(sorted(snapshot.lanes, key=lambda lane: (lane.days, str(lane)))),
		supplies=moved_facts(snapshot.supplies, moved, names),
		commitments=moved_facts(snapshot.commitments, moved, names),
		open_lines=tuple(
			sorted((moved_line(line, moved, names) for line in snapshot.open_lines), key=_place)
		),
	)


def own_uoms(item: Item) -> tuple[UomConversion, ...]:
	"""Without the general conversions (of kilograms, say), which change with ERPNext's version."""
	return tuple(uom for uom in item.uoms if uom.uom == "Box")


def document_names() -> dict[str, str]:
	"""The site's names of documents -> those of the written demo, in the order of their making."""
	held = frappe.get_all(
		"Order Promise", {"company": COMPANY, "status": "Held"}, pluck="name", order_by="name"
	)
	return {name: f"PROMISE-{number:06}" for number, name in enumerate(held, start=1)} | {
		name: f"{series}-{DEMO_DAY.year}-{number:05}"
		for doctype, series in SERIES.items()
		for number, name in enumerate(
			frappe.get_all(doctype, {"company": COMPANY}, pluck="name", order_by="creation, name"),
			start=1,
		)
	}


def later(calendar: Calendar, moved: timedelta) -> Calendar:
	return replace(calendar, holidays=frozenset(day + moved for day in calendar.holidays))


def moved_facts(facts: tuple, moved: timedelta, names: dict[str, str]) -> tuple:
	"""In an order that no name of the site has a say in."""
	answer = [
		replace(
			fact,
			due=fact.due + moved if fact.due else None,
			document=names[fact.document] if fact.document else None,
		)
		for fact in facts
	]
	return tuple(sorted(answer, key=_order))


def moved_line(line: OpenLine, moved: timedelta, names: dict[str, str]) -> OpenLine:
	"""A line whose row is named after its order: ERPNext names rows at random."""
	order = names[line.order]
	return replace(
		line,
		order=order,
		row=f"{order}-{line.idx}",
		ordered_on=line.ordered_on + moved,
		requested=line.requested + moved,
		confirmed=line.confirmed + moved if line.confirmed else None,
	)


def _place(line: OpenLine) -> tuple[str, int, str]:
	return (line.order, line.idx, line.item_code)


def _order(fact: Supply | Commitment) -> tuple[str, ...]:
	return (
		fact.item_code,
		fact.warehouse,
		fact.kind.value,
		str(fact.due or ""),
		fact.document or "",
		str(fact.withheld),
	)


def dump(path: Path) -> list[str]:
	"""All that a snapshot file holds, as text: a difference can be read."""
	with closing(sqlite3.connect(path)) as connection:
		return list(connection.iterdump())


def test_the_written_demo_holds_what_the_site_gives(built: Built, tmp_path: Path):
	fresh = tmp_path / "demo.sqlite"
	write_snapshot(built.snapshot, fresh, customers=True, values=True)
	if wanted := os.environ.get("OTP_WRITE_DEMO"):
		write_snapshot(built.snapshot, CHECKOUT / wanted, customers=True, values=True)
	assert dump(DEMO_SNAPSHOT) == dump(fresh), "the demo has drifted: write it anew (docs/development.md)"


def test_the_written_demo_is_small():
	assert DEMO_SNAPSHOT.stat().st_size < 300_000


def test_every_bin_of_the_demo_reconciles(built: Built):
	assert built.bins > 25
	assert built.differences == []


def test_the_demo_has_every_kind_of_supply_and_why_some_are_not_promised(built: Built):
	never_read = {SupplyKind.REPLENISHMENT}  # the engine makes these
	assert {supply.kind for supply in built.snapshot.supplies} == set(SupplyKind) - never_read
	withheld = Counter(supply.withheld for supply in built.snapshot.supplies)
	assert withheld[Withheld.ON_HOLD] and withheld[Withheld.EXPIRED] and withheld[Withheld.NOT_OPTED_IN]
	orders = [s for s in built.snapshot.supplies if s.kind is SupplyKind.PURCHASE_ORDER]
	assert {order.due < DEMO_DAY for order in orders if order.due} == {True, False}


def test_the_demo_has_every_kind_of_commitment(built: Built):
	snapshot = built.snapshot
	places = {(fact.item_code, fact.warehouse) for fact in (*snapshot.supplies, *snapshot.commitments)}
	kinds = {
		entry.kind
		for code, warehouse in places
		for entry in explain(snapshot, code, warehouse, snapshot.taken_at).entries
		if entry.qty < 0
	}
	not_there = {CommitmentKind.POS_INVOICE, CommitmentKind.PROTECTED, CommitmentKind.TRANSFER_OUT}
	assert kinds == {kind.value for kind in set(CommitmentKind) - not_there}


def test_the_demo_has_every_kind_of_item_and_warehouse(built: Built):
	items = built.snapshot.items.values()
	assert any(item.is_template for item in items)
	assert any(item.components for item in items)
	assert any(item.alternatives for item in items)
	assert any(item.drop_ship for item in items)
	assert any(item.disabled for item in items)
	assert any(item.production_minutes for item in items)
	assert any(not item.whole for item in items)
	assert any(not item.is_stock_item and not item.components for item in items)
	assert {mode for item in items if (mode := item.mode)} != set()
	boxes = [uom for item in items for uom in item.uoms if uom.uom == "Box"]
	assert {uom.factor for uom in boxes} == {10, 100}
	assert {at.kind for at in built.snapshot.warehouses.values()} == set(WarehouseClass)
