"""A workshop to promise from, in few words: what an item is made of, and the trees of answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
from otp_app.engine.capable.tree import Requirement, walk
from otp_app.engine.facts import Item, Snapshot, Supply, SupplyKind
from otp_app.engine.policy import FulfilmentMode, Settings
from otp_app.engine.promise import Promise
from tests.engine.asking import BARE, ask
from tests.values import (
	NOW,
	STORES,
	BomFactory,
	ItemFactory,
	PurchaseOrderSupplyFactory,
	SnapshotFactory,
	SupplyFactory,
	WorkstationFactory,
	day,
)

CTP = FulfilmentMode.ATP_THEN_CTP
# Before work begins: today has all of its hours.
EARLY = NOW.replace(hour=0)
ON_HAND, BENCH = SupplyKind.ON_HAND, "Montage 1"


def product(code: str = "BIKE", **more: Any) -> Item:
	"""An item that is made by its own BOM."""
	return ItemFactory(item_code=code, **{"mode": CTP, "default_bom": f"BOM-{code}-001", **more})


def part(code: str, days: int | None = None, **more: Any) -> Item:
	"""An item that is bought, in so many working days."""
	return ItemFactory(item_code=code, lead_time_days=days, **more)


def bom(code: str, *lines: tuple[str, float] | BomLine, minutes: float | None = 60.0, **more: Any) -> Bom:
	"""How an item is made; `minutes` on the bench for each, None: without operations."""
	parts = tuple(line if isinstance(line, BomLine) else BomLine(*line) for line in lines)
	tasks = () if minutes is None else (Operation("Assemble", minutes, BENCH),)
	return BomFactory(item_code=code, lines=parts, **{"operations": tasks, **more})


def bench(**more: Any) -> Workstation:
	"""A workstation that works eight hours, from 8:00 on."""
	return WorkstationFactory(**more)


def stock(code: str, qty: float, warehouse: str = STORES) -> Supply:
	return SupplyFactory(item_code=code, qty=qty, warehouse=warehouse)


def order(code: str, qty: float, due: int, document: str = "PO-1") -> Supply:
	"""A purchase order that comes in so many days."""
	return PurchaseOrderSupplyFactory(item_code=code, qty=qty, due=day(due), document=document)


def workshop(*facts: Item | Bom | Workstation | Supply, settings: Settings = BARE, **more: Any) -> Snapshot:
	"""A snapshot of these facts; a bench is there unless another one is."""
	kinds: dict[type, list[Any]] = {Item: [], Bom: [], Workstation: [], Supply: []}
	for fact in facts:
		kinds[type(fact)].append(fact)
	stations = kinds[Workstation]
	if BENCH not in {station.name for station in stations}:
		stations = [*stations, bench()]
	return SnapshotFactory(
		settings=settings,
		items=kinds[Item],
		boms=kinds[Bom],
		workstations=stations,
		supplies=kinds[Supply],
		**more,
	)


def promised(
	snapshot: Snapshot, qty: float, code: str = "BIKE", now: datetime = EARLY, **more: Any
) -> Promise:
	"""The promise for one line, without options."""
	return ask(
		snapshot, {"item_code": code, "qty": qty, "warehouse": STORES}, now=now, with_options=False, **more
	)


def tree(promise: Promise) -> Requirement:
	"""The one tree of an answer."""
	(found,) = trees(promise)
	return found


def trees(promise: Promise) -> list[Requirement]:
	return [peg.tree for line in promise.plan for peg in line.fulfillment if peg.tree is not None]


def nodes(of: Promise | Requirement, code: str | None = None) -> list[Requirement]:
	"""All nodes, or those of one item."""
	roots = [of] if isinstance(of, Requirement) else trees(of)
	return [node for root in roots for node in walk(root) if code in (None, node.item_code)]


def node(of: Promise | Requirement, code: str) -> Requirement:
	"""The one node of an item."""
	(found,) = nodes(of, code)
	return found


def number_of(when: date | None) -> int | None:
	"""The number of a day, as `day` counts them."""
	return None if when is None else (when - day(0)).days


def brief(of: Promise | Requirement) -> list[tuple[str, float, str, int | None]]:
	"""Item, quantity, how, and the number of the day, node by node."""
	return [(n.item_code, n.qty, n.how.value, number_of(n.available_date)) for n in nodes(of)]


def with_settings(snapshot: Snapshot, **changes: Any) -> Snapshot:
	return replace(snapshot, settings=replace(snapshot.settings, **changes))


def with_supplies(snapshot: Snapshot, supplies: Iterable[Supply]) -> Snapshot:
	return replace(snapshot, supplies=(*snapshot.supplies, *supplies))
