"""What a source tells the engine: dated supplies and commitments, and the facts around them.

Quantities are floats in the item's stock UOM. Dates are dates of the site's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

from otp_app.engine.capable.facts import Bom, Workstation
from otp_app.engine.lateness import DaysLate
from otp_app.engine.policy import BuildingRule, FulfilmentMode, Settings, Shipment


class SupplyKind(str, Enum):
	"""Where a supply comes from."""

	ON_HAND = "on_hand"
	PURCHASE_ORDER = "purchase_order"
	WORK_ORDER = "work_order"
	SUBCONTRACTING_ORDER = "subcontracting_order"
	TRANSFER = "transfer"
	MATERIAL_REQUEST = "material_request"
	REPLENISHMENT = "replenishment"


class CommitmentKind(str, Enum):
	"""To whom, or to what, a quantity is already owed."""

	SALES_ORDER = "sales_order"
	PACKED_ITEM = "packed_item"
	POS_INVOICE = "pos_invoice"
	RESERVATION = "reservation"
	PICK = "pick"
	WORK_ORDER_MATERIAL = "work_order_material"
	SUBCONTRACTING_MATERIAL = "subcontracting_material"
	PRODUCTION_PLAN = "production_plan"
	MATERIAL_ISSUE = "material_issue"
	# What an order's promise is to fetch from there into the warehouse that ships it.
	TRANSFER_OUT = "transfer_out"
	HOLD = "hold"
	SAFETY_STOCK = "safety_stock"
	# Kept for a group of customers by a Supply Protection.
	PROTECTED = "protected"


class Withheld(str, Enum):
	"""Why a quantity is read, so that the books reconcile, but never promised from or protected."""

	ON_HOLD = "on_hold"
	UNDATED = "undated"
	CLOSED = "closed"
	PROCESS_LOSS = "process_loss"
	EXPIRED = "expired"
	NOT_OPTED_IN = "not_opted_in"
	# ERPNext's own books hold a quantity here that nobody will ship (an over-delivered line, say).
	BOOKKEEPING = "bookkeeping"
	# A row of a Sales Order that gave up what it had in a backorder run: nothing is kept for it.
	UNCONFIRMED = "unconfirmed"


class WarehouseClass(str, Enum):
	"""What a warehouse's stock may be used for."""

	SELLABLE = "sellable"
	NEEDS_PROCESSING = "needs_processing"
	IN_TRANSIT = "in_transit"
	NOT_AVAILABLE = "not_available"
	GROUP = "group"


@dataclass(frozen=True, slots=True)
class Supply:
	"""A dated quantity of an item in a warehouse; stock on hand has no date and no document.

	`counted_in` names the warehouse in whose Bin ERPNext counts the quantity when that is another one (a
	transfer on its way lies in the transit warehouse). `party` is the supplier.
	"""

	item_code: str
	warehouse: str
	kind: SupplyKind
	qty: float
	due: date | None = None
	document: str | None = None
	party: str | None = None
	withheld: Withheld | None = None
	counted_in: str | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
	"""A dated quantity already owed; without a `document` it is the sum of one kind and day.

	`due` None means today (reserved stock is locked now). `counted_in` is the warehouse in whose Bin ERPNext counts it
	when that is another one, and `in_bin` False says that ERPNext does not count it at all.
	"""

	item_code: str
	warehouse: str
	kind: CommitmentKind
	qty: float
	due: date | None = None
	document: str | None = None
	withheld: Withheld | None = None
	counted_in: str | None = None
	in_bin: bool = True


@dataclass(frozen=True, slots=True)
class OpenLine:
	"""What a row of a Sales Order still owes of one item, beyond what is reserved or picked for it.

	Open lines are the commitments of kinds sales_order and packed_item, told apart. A bundle's row has a line for each
	component; `bundle` is the item that was sold. `row` names the row, `idx` is its number on the order. `requested` is the
	delivery date that was asked for, `confirmed` the one that the customer was told, None if there is none.
	`value` is what of the row is still to be delivered, in the company's currency; None where it is not known, and for
	all but the first line of a bundle. `shipment` None is the site's. A higher `priority` goes first.
	"""

	order: str
	row: str
	item_code: str
	warehouse: str
	qty: float
	ordered_on: date
	requested: date
	confirmed: date | None = None
	idx: int = 1
	bundle: str | None = None
	customer: str | None = None
	customer_group: str | None = None
	territory: str | None = None
	priority: int | None = None
	value: Decimal | None = None
	shipment: Shipment | None = None

	@property
	def kind(self) -> CommitmentKind:
		"""The kind of commitment that it is a part of."""
		return CommitmentKind.PACKED_ITEM if self.bundle else CommitmentKind.SALES_ORDER


@dataclass(frozen=True, slots=True)
class UomConversion:
	"""One unit of `uom` is `factor` stock units."""

	uom: str
	factor: float
	whole: bool = False


@dataclass(frozen=True, slots=True)
class Component:
	"""`qty` stock units of `item_code` in one bundle."""

	item_code: str
	qty: float


@dataclass(frozen=True, slots=True)
class Item:
	"""An item as order promising sees it.

	`lead_time_days` are working days; None means unknown, never zero. `processing_days` is what the item's own rule,
	else its group's, asks for. `production_minutes` is (fixed, per stock unit) from the default BOM's operations.
	"""

	item_code: str
	stock_uom: str = "Nos"
	item_group: str = ""
	# its group and those above it, the nearest first
	groups: tuple[str, ...] = ()
	is_stock_item: bool = True
	is_sales_item: bool = True
	is_purchase_item: bool = True
	is_template: bool = False
	disabled: bool = False
	end_of_life: date | None = None
	whole: bool = False
	mode: FulfilmentMode | None = None
	lead_time_days: int | None = None
	min_order_qty: float = 0.0
	safety_stock: float = 0.0
	processing_days: int | None = None
	inspect_on_receipt: bool = False
	drop_ship: bool = False
	default_bom: str | None = None
	production_minutes: tuple[float, float] | None = None
	# company -> warehouse
	default_warehouses: tuple[tuple[str, str], ...] = ()
	uoms: tuple[UomConversion, ...] = ()
	components: tuple[Component, ...] = ()
	alternatives: tuple[str, ...] = ()

	def default_warehouse(self, company: str) -> str | None:
		"""The item's default warehouse in a company, or None."""
		return next((warehouse for owner, warehouse in self.default_warehouses if owner == company), None)


@dataclass(frozen=True, slots=True)
class Warehouse:
	"""A warehouse and the rule that applies to it; None in a rule's field means that the rule is silent.

	`processing_days` replaces the default; `extra_days` (class needs_processing) come on top; all working days.
	"""

	name: str
	company: str
	kind: WarehouseClass = WarehouseClass.SELLABLE
	parent: str | None = None
	disabled: bool = False
	processing_days: int | None = None
	extra_days: int = 0
	inbound_days: int | None = None
	cutoff: time | None = None
	timezone: str | None = None
	calendar: str | None = None
	priority: int = 0

	@property
	def sells(self) -> bool:
		"""Whether anything is promised from it."""
		return self.kind in (WarehouseClass.SELLABLE, WarehouseClass.NEEDS_PROCESSING) and not self.disabled


@dataclass(frozen=True, slots=True)
class Calendar:
	"""A Holiday List: the days on which nobody works."""

	name: str
	holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Company:
	"""A company and its default Holiday List."""

	name: str
	calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
	"""A customer; `territories` and `groups` run from its own up to the root of the tree.

	`accepts_alternatives`: whether another item may be sent in place of one that is late or short; None: as the settings say.
	"""

	name: str
	territories: tuple[str, ...] = ()
	country: str | None = None
	disabled: bool = False
	groups: tuple[str, ...] = ()
	accepts_alternatives: bool | None = None


@dataclass(frozen=True, slots=True)
class TransitLane:
	"""Working days from a warehouse to a customer, territory or country; None matches any.

	With `to_warehouse` it is the way of a transfer, and no customer's.
	"""

	days: int
	warehouse: str | None = None
	customer: str | None = None
	territory: str | None = None
	country: str | None = None
	calendar: str | None = None
	to_warehouse: str | None = None


class SourceKind(str, Enum):
	"""How a source of a Sourcing Rule delivers."""

	WAREHOUSE = "warehouse"
	TRANSFER = "transfer"
	DROP_SHIP = "drop_ship"


@dataclass(frozen=True, slots=True)
class RuleSource:
	"""A source of a Sourcing Rule; of those that deliver on one day, the one with the highest `priority` is taken.

	`warehouse` ships, or for a transfer sends what lies there `into` the one that ships (None: whichever does); a group
	means those below it. A drop-ship is the `supplier`'s. `days` are working days of the transfer, or the supplier's lead time;
	None: those of the lane or the settings, or the item's.
	"""

	kind: SourceKind
	warehouse: str | None = None
	into: str | None = None
	supplier: str | None = None
	days: int | None = None
	priority: int = 0


@dataclass(frozen=True, slots=True)
class SourcingRule:
	"""Where lines come from, for those that it fits (None fits any); `sources` in the order of the rule.

	`others` says whether warehouses that are not listed may ship, too. `minimum_split` (stock units) is the least that one
	warehouse ships of a line that several share, `most_sources` how many may share one; 0: any. `preferred`: a line's own
	warehouse is only a preference. `building_rule` None: the request's or the site's.
	"""

	name: str
	sources: tuple[RuleSource, ...] = ()
	customer: str | None = None
	customer_group: str | None = None
	territory: str | None = None
	item_code: str | None = None
	item_group: str | None = None
	company: str | None = None
	others: bool = False
	minimum_split: float = 0.0
	most_sources: int = 0
	preferred: bool = False
	building_rule: BuildingRule | None = None


@dataclass(frozen=True, slots=True)
class Reliability:
	"""How late one kind of supply has come: of a party, of an item group, of both, or (None) of any.

	`party` is the supplier, and for stock the warehouse. `deliveries` counts what was learned from it alone, `late` is
	the share of them that came after their date, `median_late` the median days of those. `lateness` is what to expect: where
	the history is short, it leans on that of the kind.
	"""

	kind: SupplyKind
	party: str | None
	item_group: str | None
	lateness: DaysLate
	deliveries: int
	late: float
	median_late: int | None = None


@dataclass(frozen=True, slots=True)
class QuotaPeriod:
	"""What may be delivered from `start` to `end`, both included, and what of it is consumed; in stock units."""

	start: date
	end: date
	qty: float
	consumed: float = 0.0


@dataclass(frozen=True, slots=True)
class Allocation:
	"""A quota: the most of an item, or of the items of a group, that buyers with its characteristics get, by period.

	`item_groups` are an item group and all below it. A characteristic that is None is any; a group or territory holds for
	those below it. A delivery may use what is left of the `backward` periods before its own, and may be put off by at
	most `forward` periods (None: by any number). What consumes a quota consumes its `parent`, too.
	"""

	name: str
	periods: tuple[QuotaPeriod, ...] = ()
	item_code: str | None = None
	item_groups: tuple[str, ...] = ()
	customer: str | None = None
	customer_group: str | None = None
	territory: str | None = None
	channel: str | None = None
	backward: int = 0
	forward: int | None = None
	parent: str | None = None


@dataclass(frozen=True, slots=True)
class Protection:
	"""A protected minimum: of an item in a warehouse, `qty` is for buyers with its characteristics, from `start` to `end`.

	`consumed` is what they have ordered of it for delivery in that period; in stock units.
	"""

	name: str
	item_code: str
	warehouse: str
	start: date
	end: date
	qty: float
	consumed: float = 0.0
	customer: str | None = None
	customer_group: str | None = None
	territory: str | None = None
	channel: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
	"""Everything that a promise depends on, read at one moment (`taken_at` is aware).

	`precision` is the site's float precision: quantities closer than half its last digit are equal.
	"""

	taken_at: datetime
	timezone: str = "UTC"
	precision: int = 3
	settings: Settings = field(default_factory=Settings)
	items: Mapping[str, Item] = field(default_factory=dict)
	warehouses: Mapping[str, Warehouse] = field(default_factory=dict)
	companies: Mapping[str, Company] = field(default_factory=dict)
	calendars: Mapping[str, Calendar] = field(default_factory=dict)
	# None: the source does not know its customers (a snapshot that left their names out)
	customers: Mapping[str, Customer] | None = None
	lanes: tuple[TransitLane, ...] = ()
	sourcing_rules: tuple[SourcingRule, ...] = ()
	reliability: tuple[Reliability, ...] = ()
	supplies: tuple[Supply, ...] = ()
	commitments: tuple[Commitment, ...] = ()
	allocations: tuple[Allocation, ...] = ()
	protections: tuple[Protection, ...] = ()
	# Only where the whole order book was asked for: a promise does without.
	open_lines: tuple[OpenLine, ...] = ()
	# By name; only of what may be made: the items whose mode is ATP then CTP, and all below them.
	boms: Mapping[str, Bom] = field(default_factory=dict)
	workstations: Mapping[str, Workstation] = field(default_factory=dict)

	@property
	def tolerance(self) -> float:
		"""Quantities that differ by less are equal, in stock units."""
		return 0.5 * 10.0**-self.precision

	def leaves(self, warehouse: str) -> tuple[str, ...]:
		"""The warehouses below a group, itself if it is none, in a fixed order."""
		if self.warehouses[warehouse].kind is not WarehouseClass.GROUP:
			return (warehouse,)
		children = sorted(name for name, w in self.warehouses.items() if w.parent == warehouse)
		return tuple(leaf for child in children for leaf in self.leaves(child))


@dataclass(frozen=True, slots=True)
class Excluded:
	"""A document whose own commitments do not count, because it is the one being promised.

	`holds` are the holds (Order Promises) that become part of it, and so do not count either.
	"""

	doctype: str
	name: str
	holds: frozenset[str] = frozenset()
