"""Factories for the engine's plain values, and one small company made of them.

	SupplyFactory(kind=SupplyKind.ON_HAND, qty=5)
	SnapshotFactory(items=[ItemFactory(item_code="BIKE")], supplies=[...])

`SnapshotFactory` takes lists and names them, and adds the warehouses, companies and items that are missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import factory

from otp_app.engine.capable.facts import Bom, Workstation
from otp_app.engine.facts import (
	Allocation,
	Calendar,
	Commitment,
	CommitmentKind,
	Company,
	Component,
	Customer,
	Item,
	OpenLine,
	Protection,
	QuotaPeriod,
	Reliability,
	RuleSource,
	Snapshot,
	SourceKind,
	SourcingRule,
	Supply,
	SupplyKind,
	TransitLane,
	UomConversion,
	Warehouse,
	WarehouseClass,
	Withheld,
)
from otp_app.engine.lateness import DaysLate
from otp_app.engine.policy import BuildingRule, FulfilmentMode, Settings

COMPANY = "Rad & Sohn GmbH"
STORES = "Stores - RS"
FINISHED = "Finished Goods - RS"
ZONE = "Europe/Berlin"
TODAY = date(2026, 3, 9)  # a Monday
NOW = datetime(2026, 3, 9, 10, 0, tzinfo=ZoneInfo(ZONE))


def day(number: int) -> date:
	"""The date `number` calendar days after TODAY."""
	return TODAY + timedelta(days=number)


class ItemFactory(factory.Factory):
	class Meta:
		model = Item

	item_code = factory.Sequence("ITEM-{:03d}".format)
	item_group = "Products"


class WarehouseFactory(factory.Factory):
	class Meta:
		model = Warehouse

	name = STORES
	company = COMPANY


class CompanyFactory(factory.Factory):
	class Meta:
		model = Company

	name = COMPANY


class CalendarFactory(factory.Factory):
	class Meta:
		model = Calendar

	name = "Feiertage 2026"
	holidays = frozenset({date(2026, 4, 3), date(2026, 4, 6)})


class CustomerFactory(factory.Factory):
	class Meta:
		model = Customer

	name = factory.Sequence("Customer {}".format)
	territories = ("Germany", "All Territories")
	country = "Germany"


class TransitLaneFactory(factory.Factory):
	class Meta:
		model = TransitLane

	days = 1


class BomFactory(factory.Factory):
	class Meta:
		model = Bom

	name = factory.LazyAttribute(lambda bom: f"BOM-{bom.item_code}-001")


class WorkstationFactory(factory.Factory):
	class Meta:
		model = Workstation

	name = "Montage 1"
	hours = ((time(8), time(16)),)


class SupplyFactory(factory.Factory):
	class Meta:
		model = Supply

	item_code = "ITEM-001"
	warehouse = STORES
	kind = SupplyKind.ON_HAND
	qty = 10.0


class PurchaseOrderSupplyFactory(SupplyFactory):
	kind = SupplyKind.PURCHASE_ORDER
	due = day(7)
	document = factory.Sequence("PUR-ORD-2026-{:05d}".format)
	party = "Schrauben Meier"


class CommitmentFactory(factory.Factory):
	class Meta:
		model = Commitment

	item_code = "ITEM-001"
	warehouse = STORES
	kind = CommitmentKind.SALES_ORDER
	qty = 4.0
	due = day(3)
	document = factory.Sequence("SAL-ORD-2026-{:05d}".format)


class OpenLineFactory(factory.Factory):
	class Meta:
		model = OpenLine

	order = factory.Sequence("SAL-ORD-2026-{:05d}".format)
	idx = 1
	row = factory.LazyAttribute(lambda line: f"{line.order}-{line.idx}")
	item_code = "ITEM-001"
	warehouse = STORES
	qty = 4.0
	ordered_on = day(-7)
	requested = day(3)
	confirmed = factory.SelfAttribute("requested")


def make_snapshot(
	*,
	items: Iterable[Item] = (),
	warehouses: Iterable[Warehouse] = (),
	companies: Iterable[Company] | None = None,
	calendars: Iterable[Calendar] = (),
	customers: Iterable[Customer] | None = (),
	lanes: Iterable[TransitLane] = (),
	sourcing_rules: Iterable[SourcingRule] = (),
	reliability: Iterable[Reliability] = (),
	supplies: Iterable[Supply] = (),
	commitments: Iterable[Commitment] = (),
	open_lines: Iterable[OpenLine] = (),
	boms: Iterable[Bom] = (),
	workstations: Iterable[Workstation] = (),
	allocations: Iterable[Allocation] = (),
	protections: Iterable[Protection] = (),
	**values: Any,
) -> Snapshot:
	"""A snapshot of lists of facts; items and warehouses that the others only name are added."""
	supplies, commitments, open_lines = tuple(supplies), tuple(commitments), tuple(open_lines)
	named: list[Any] = [*supplies, *commitments, *open_lines]
	by_code = {fact.item_code: ItemFactory(item_code=fact.item_code) for fact in named}
	by_name = {name: WarehouseFactory(name=name) for name in (STORES, *(fact.warehouse for fact in named))}
	by_code |= {item.item_code: item for item in items}
	by_name |= {warehouse.name: warehouse for warehouse in warehouses}
	if companies is None:
		companies = [CompanyFactory(name=name) for name in sorted({w.company for w in by_name.values()})]
	return Snapshot(
		items=by_code,
		warehouses=by_name,
		companies={company.name: company for company in companies},
		calendars={calendar.name: calendar for calendar in calendars},
		customers=None if customers is None else {customer.name: customer for customer in customers},
		lanes=tuple(lanes),
		sourcing_rules=tuple(sourcing_rules),
		reliability=tuple(reliability),
		supplies=supplies,
		commitments=commitments,
		open_lines=open_lines,
		boms={bom.name: bom for bom in boms},
		workstations={station.name: station for station in workstations},
		allocations=tuple(allocations),
		protections=tuple(protections),
		**values,
	)


class SnapshotFactory(factory.Factory):
	class Meta:
		model = make_snapshot

	taken_at = NOW
	timezone = ZONE


def bike_company() -> Snapshot:
	"""A bicycle maker with every kind of supply and commitment, known on Monday 9 March 2026 at 10:00."""
	return SnapshotFactory(
		settings=Settings(protect_safety_stock=True),
		items=_bike_items(),
		warehouses=_bike_warehouses(),
		companies=[CompanyFactory(calendar="Feiertage 2026")],
		calendars=[CalendarFactory()],
		customers=[
			CustomerFactory(name="Velo Nord"),
			CustomerFactory(
				name="Cycles du Rhône", territories=("France", "All Territories"), country="France"
			),
		],
		lanes=[
			TransitLaneFactory(days=2),
			TransitLaneFactory(days=1, warehouse=FINISHED, customer="Velo Nord"),
			TransitLaneFactory(days=4, country="France"),
			TransitLaneFactory(days=1, warehouse=FINISHED, to_warehouse=STORES),
		],
		sourcing_rules=_bike_sourcing_rules(),
		reliability=_bike_reliability(),
		supplies=_bike_supplies(),
		commitments=_bike_commitments(),
		allocations=_bike_allocations(),
		protections=_bike_protections(),
		open_lines=_bike_open_lines(),
	)


def _bike_items() -> list[Item]:
	whole: dict[str, Any] = {
		"whole": True,
		"uoms": (UomConversion("Nos", 1.0, True), UomConversion("Box", 12.0, True)),
	}
	return [
		ItemFactory(item_code="CITY-BIKE", **whole, lead_time_days=10, default_bom="BOM-CITY-BIKE-001", alternatives=("TOUR-BIKE",)),
		ItemFactory(item_code="TOUR-BIKE", **whole, lead_time_days=15, default_bom="BOM-TOUR-BIKE-001"),
		ItemFactory(item_code="HELMET", **whole, lead_time_days=8, safety_stock=5.0),
		ItemFactory(item_code="LOCK", **whole, mode=FulfilmentMode.ATP_ONLY, alternatives=("LOCK-PRO",)),
		ItemFactory(item_code="LOCK-PRO", **whole, lead_time_days=5),
		ItemFactory(
			item_code="COMMUTER-SET",
			is_stock_item=False,
			components=(Component("CITY-BIKE", 1.0), Component("HELMET", 1.0), Component("LOCK", 2.0)),
		),
		ItemFactory(item_code="STARTER-SET", is_stock_item=False, components=(Component("HELMET", 1.0), Component("CHAIN-OIL", 0.25))),
		ItemFactory(item_code="ASSEMBLY", is_stock_item=False, item_group="Services", mode=FulfilmentMode.ALWAYS_AVAILABLE),
		ItemFactory(item_code="CHAIN-OIL", stock_uom="Litre", inspect_on_receipt=True),
		ItemFactory(item_code="OLD-BIKE", disabled=True),
	]  # fmt: skip


def _bike_warehouses() -> list[Warehouse]:
	return [
		WarehouseFactory(name="All Warehouses - RS", kind=WarehouseClass.GROUP),
		WarehouseFactory(name=STORES, parent="All Warehouses - RS", inbound_days=1),
		WarehouseFactory(name=FINISHED, parent="All Warehouses - RS", priority=1),
		WarehouseFactory(
			name="Goods In Transit - RS", parent="All Warehouses - RS", kind=WarehouseClass.IN_TRANSIT
		),
	]


def _bike_sourcing_rules() -> list[SourcingRule]:
	return [
		SourcingRule(
			"SRC-00001",
			(
				RuleSource(SourceKind.WAREHOUSE, FINISHED, priority=1),
				RuleSource(SourceKind.TRANSFER, STORES, FINISHED, days=2),
				RuleSource(SourceKind.DROP_SHIP, supplier="Kopf AG", days=6),
			),
			customer="Velo Nord",
			item_group="Products",
			company=COMPANY,
			others=True,
			minimum_split=2.0,
			most_sources=2,
			building_rule=BuildingRule.ON_TIME,
		),
		SourcingRule("SRC-00002", (RuleSource(SourceKind.WAREHOUSE, STORES),), territory="France"),
	]


def _bike_supplies() -> list[Supply]:
	in_stock = {
		"CITY-BIKE": (FINISHED, 6),
		"HELMET": (STORES, 30),
		"LOCK": (STORES, 12),
		"CHAIN-OIL": (STORES, 2.5),
	}
	on_hand = [
		SupplyFactory(item_code=item, warehouse=warehouse, qty=float(qty))
		for item, (warehouse, qty) in in_stock.items()
	]
	return [
		*on_hand,
		SupplyFactory(item_code="CHAIN-OIL", qty=1.0, withheld=Withheld.EXPIRED),
		_dated("CITY-BIKE", SupplyKind.WORK_ORDER, 20, 4, "MFG-WO-2026-00007", FINISHED),
		_dated("HELMET", SupplyKind.PURCHASE_ORDER, 40, -3, "PUR-ORD-2026-00011", party="Kopf AG"),
		_dated("HELMET", SupplyKind.PURCHASE_ORDER, 60, 10, "PUR-ORD-2026-00014", party="Kopf AG", withheld=Withheld.ON_HOLD),
		_dated("LOCK", SupplyKind.PURCHASE_ORDER, 24, 8, "PUR-ORD-2026-00012", party="Schloss & Riegel"),
		_dated("LOCK-PRO", SupplyKind.SUBCONTRACTING_ORDER, 10, 6, "SC-ORD-2026-00002", party="Dreher KG"),
		_dated("HELMET", SupplyKind.TRANSFER, 8, 1, "MAT-STE-2026-00031", FINISHED, counted_in="Goods In Transit - RS"),
		_dated("LOCK-PRO", SupplyKind.MATERIAL_REQUEST, 15, 20, "MAT-MR-2026-00005", withheld=Withheld.NOT_OPTED_IN),
	]  # fmt: skip


def _dated(item: str, kind: SupplyKind, qty: float, due: int, document: str, warehouse: str = STORES, **more: Any) -> Supply:  # fmt: skip
	return SupplyFactory(
		item_code=item,
		kind=kind,
		qty=float(qty),
		due=day(due),
		document=document,
		warehouse=warehouse,
		**more,
	)


def _bike_reliability() -> list[Reliability]:
	late = DaysLate.of({-1: 4, 0: 30, 2: 10, 7: 6})
	return [
		Reliability(SupplyKind.ON_HAND, STORES, None, DaysLate((0,), (0.99,)), 120, late=0.01),
		Reliability(SupplyKind.PURCHASE_ORDER, None, None, late, 300, late=0.32, median_late=2),
		Reliability(SupplyKind.PURCHASE_ORDER, "Kopf AG", None, late, 50, late=0.32, median_late=2),
		Reliability(SupplyKind.PURCHASE_ORDER, "Schloss & Riegel", "Products", late, 12, late=0.0),
	]


def _bike_commitments() -> list[Commitment]:
	def owed(item: str, kind: CommitmentKind, qty: float, due: int | None, document: str | None, **more: Any) -> Commitment:  # fmt: skip
		when = None if due is None else day(due)
		return CommitmentFactory(
			item_code=item, kind=kind, qty=float(qty), due=when, document=document, **more
		)

	kinds = CommitmentKind
	return [
		owed("CITY-BIKE", kinds.SALES_ORDER, 4, 2, "SAL-ORD-2026-00021", warehouse=FINISHED),
		owed("CITY-BIKE", kinds.RESERVATION, 1, None, "SAL-ORD-2026-00021", warehouse=FINISHED),
		owed("CITY-BIKE", kinds.SALES_ORDER, 3, 9, "SAL-ORD-2026-00023", warehouse=FINISHED),
		owed("HELMET", kinds.PACKED_ITEM, 2, 5, "SAL-ORD-2026-00022"),
		owed("HELMET", kinds.PICK, 3, None, "SAL-ORD-2026-00021"),
		owed("HELMET", kinds.SAFETY_STOCK, 5, None, None, in_bin=False),
		owed("LOCK", kinds.SALES_ORDER, 10, -5, "SAL-ORD-2026-00019"),
		owed("LOCK", kinds.HOLD, 1, 3, "OTP-HOLD-00004", in_bin=False),
		owed("LOCK", kinds.WORK_ORDER_MATERIAL, 1, 4, "MFG-WO-2026-00009"),
		owed("LOCK", kinds.SUBCONTRACTING_MATERIAL, 2, 11, "SC-ORD-2026-00003"),
		owed("LOCK", kinds.PRODUCTION_PLAN, 2, 14, "MFG-PP-2026-00001"),
		owed("CHAIN-OIL", kinds.MATERIAL_ISSUE, 0.5, 6, "MAT-MR-2026-00006"),
		owed("HELMET", kinds.SALES_ORDER, 7, 20, "SAL-ORD-2026-00025", withheld=Withheld.ON_HOLD),
	]


def _bike_allocations() -> list[Allocation]:
	"""Quotas of pumps, which nobody has: what is promised of other items stays as it is."""
	month = QuotaPeriod(day(0), day(30), 50.0, 12.0)
	return [
		Allocation(
			"PUMPS", (month, QuotaPeriod(day(31), day(60), 40.0)), item_groups=("Pumps", "Foot Pumps")
		),
		Allocation(
			"PUMPS NORD", (month,), "PUMP", customer="Velo Nord", backward=1, forward=2, parent="PUMPS"
		),
	]


def _bike_protections() -> list[Protection]:
	return [
		Protection("FRANCE", "LOCK-PRO", STORES, day(0), day(30), 2.0, 1.5, territory="France"),
		Protection("VELO NORD", "LOCK-PRO", STORES, day(0), day(30), 2.0, customer="Velo Nord"),
	]


def _bike_open_lines() -> list[OpenLine]:
	"""The commitments to customers of _bike_commitments(), told apart."""

	def line(order: int, item: str, qty: float, due: int, ordered: int, **more: Any) -> OpenLine:
		return OpenLineFactory(
			order=f"SAL-ORD-2026-{order:05}",
			item_code=item,
			qty=float(qty),
			ordered_on=day(ordered),
			**{"requested": day(due), "confirmed": day(due), **more},
		)

	nord: dict[str, Any] = {"customer": "Velo Nord", "customer_group": "Dealers", "territory": "Germany"}
	south: dict[str, Any] = {"customer": "Cycles du Rhône", "customer_group": "Export", "territory": "France"}
	return [
		line(21, "CITY-BIKE", 4, 2, -9, warehouse=FINISHED, value=Decimal("3200.00"), **nord),
		line(23, "CITY-BIKE", 3, 9, -4, warehouse=FINISHED, value=Decimal("2400.00"), **south),
		line(22, "HELMET", 2, 5, -6, bundle="STARTER-SET", value=Decimal("99.90"), **nord),
		line(19, "LOCK", 10, -5, -20, requested=day(-9), value=Decimal("250.00"), **south),
	]
