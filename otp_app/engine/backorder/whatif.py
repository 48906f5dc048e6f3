"""What if: the order book promised again with something changed, against the same book as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from otp_app.engine.backorder.outcome import Outcome
from otp_app.engine.backorder.rules import BackorderRules, Segment, Strategy, everything
from otp_app.engine.backorder.run import simulate
from otp_app.engine.decision import plan_order
from otp_app.engine.facts import Commitment, OpenLine, Snapshot, Supply, SupplyKind, Withheld
from otp_app.engine.plans import LinePlan
from otp_app.engine.problems import INVALID, UNKNOWN, Problem, RequestRefused, hint
from otp_app.engine.request import MAX_QTY, PromiseRequest

# The order that is taken on trial, and what is added on trial.
NEW_ORDER = "NEW-ORDER"
ADDED = "WHAT-IF-{}"


@dataclass(frozen=True, slots=True)
class Delay:
	"""All that a document brings comes on another day, later or earlier."""

	document: str
	due: date


@dataclass(frozen=True, slots=True)
class Added:
	"""`qty` stock units more of an item, bought for a day, or on hand where there is none."""

	item_code: str
	qty: float
	warehouse: str
	due: date | None = None


@dataclass(frozen=True, slots=True)
class Changes:
	"""What is supposed; `lost` are warehouses, or groups of them, from which nothing comes any more.

	`released` is what is held for the order that is taken: the order takes it up.
	"""

	delays: tuple[Delay, ...] = ()
	added: tuple[Added, ...] = ()
	lost: tuple[str, ...] = ()
	taken: PromiseRequest | None = None
	released: tuple[Commitment, ...] = ()


@dataclass
class _Change:
	snapshot: Snapshot
	now: datetime
	problems: list[Problem] = field(default_factory=list)

	def all(self, changes: Changes) -> Snapshot:
		for number, delay in enumerate(changes.delays):
			self._delay(delay, f"delay[{number}]")
		for number, added in enumerate(changes.added):
			self._add(added, f"add[{number}]", ADDED.format(number + 1))
		for number, name in enumerate(changes.lost):
			self._lose(name, f"lose[{number}]")
		if self.problems:
			raise RequestRefused(self.problems)
		if changes.taken is not None:
			self._release(changes.released)
			self._take(changes.taken)
		return self.snapshot

	def _refuse(self, code: str, message: str, field: str, status: int = INVALID) -> None:
		self.problems.append(Problem(code, message, field, status))

	def _delay(self, delay: Delay, field: str) -> None:
		known = sorted({supply.document for supply in self.snapshot.supplies if supply.document})
		if delay.document not in known:
			message = f"No supply comes from {delay.document}{hint(delay.document, known)}"
			self._refuse("UNKNOWN_DOCUMENT", message, f"{field}.document", UNKNOWN)
		self._not_before_today(delay.due, f"{field}.due")
		changed = (
			_moved(supply, delay.due) if supply.document == delay.document else supply
			for supply in self.snapshot.supplies
		)
		self.snapshot = replace(self.snapshot, supplies=tuple(changed))

	def _add(self, added: Added, field: str, name: str) -> None:
		if added.item_code not in self.snapshot.items:
			message = f"There is no item {added.item_code}{hint(added.item_code, self.snapshot.items)}"
			self._refuse("UNKNOWN_ITEM", message, f"{field}.item_code", UNKNOWN)
		elif not self.snapshot.items[added.item_code].is_stock_item:
			message = f"{added.item_code} is not kept in stock: name an item that is, a component of it, say."
			self._refuse("NO_STOCK_ITEM", message, f"{field}.item_code")
		self._known_warehouse(added.warehouse, f"{field}.warehouse")
		if not 0 < added.qty <= MAX_QTY:
			message = f"add: the quantity must be more than 0 and at most {MAX_QTY:.0f}, not {added.qty:g}."
			self._refuse("OUT_OF_RANGE", message, f"{field}.qty")
		if added.due is not None:
			self._not_before_today(added.due, f"{field}.due")
		kind = SupplyKind.ON_HAND if added.due is None else SupplyKind.PURCHASE_ORDER
		document = None if added.due is None else name
		supply = Supply(added.item_code, added.warehouse, kind, added.qty, added.due, document)
		self.snapshot = replace(self.snapshot, supplies=(*self.snapshot.supplies, supply))

	def _not_before_today(self, due: date, field: str) -> None:
		"""What was due yesterday is overdue, and would not be there any sooner."""
		today = self.now.astimezone(ZoneInfo(self.snapshot.timezone)).date()
		if due < today:
			message = f"Nothing can come on {due} any more: give today ({today}) or a later day."
			self._refuse("OUT_OF_RANGE", message, field)

	def _lose(self, name: str, field: str) -> None:
		if not self._known_warehouse(name, field):
			return
		gone = set(self.snapshot.leaves(name))
		warehouses = {
			known: replace(at, disabled=at.disabled or known in gone)
			for known, at in self.snapshot.warehouses.items()
		}
		left = tuple(supply for supply in self.snapshot.supplies if supply.warehouse not in gone)
		self.snapshot = replace(self.snapshot, warehouses=warehouses, supplies=left)

	def _known_warehouse(self, name: str, field: str) -> bool:
		if name in self.snapshot.warehouses:
			return True
		message = f"There is no warehouse {name}{hint(name, self.snapshot.warehouses)}"
		self._refuse("UNKNOWN_WAREHOUSE", message, field, UNKNOWN)
		return False

	def _release(self, held: Iterable[Commitment]) -> None:
		"""Takes holds out of the commitments, which may be sums by day."""
		freed: dict[tuple[object, ...], float] = {}
		for hold in held:
			freed[_day_of(hold)] = freed.get(_day_of(hold), 0.0) + hold.qty
		left = []
		for owed in self.snapshot.commitments:
			part = min(owed.qty, freed.get(_day_of(owed), 0.0))
			if part > 0:
				freed[_day_of(owed)] -= part
			left.append(replace(owed, qty=owed.qty - part))
		self.snapshot = replace(self.snapshot, commitments=tuple(left))

	def _take(self, request: PromiseRequest) -> None:
		"""Adds the order's lines, from the warehouses that a promise would take them from."""
		decision = plan_order(self.snapshot, request, self.now)
		today = decision.planner.books.terms.today
		customer = decision.order.customer
		lines = (
			OpenLine(
				order=NEW_ORDER,
				row=f"{NEW_ORDER}-{plan.demand.index + 1}",
				item_code=item_code,
				warehouse=warehouse,
				qty=qty,
				ordered_on=today,
				requested=plan.demand.desired or today,
				idx=plan.demand.index + 1,
				bundle=plan.demand.item.item_code if plan.demand.item.components else None,
				customer=request.customer,
				territory=next(iter(customer.territories), None) if customer else None,
				shipment=request.rules.shipment,
			)
			for plan in decision.plans
			for (item_code, warehouse), qty in _taken(plan).items()
		)
		self.snapshot = replace(self.snapshot, open_lines=(*self.snapshot.open_lines, *lines))


def _moved(supply: Supply, due: date) -> Supply:
	"""A supply on another day; one that had none counts then, one that is on hold stays so."""
	withheld = None if supply.withheld is Withheld.UNDATED else supply.withheld
	return replace(supply, due=due, withheld=withheld)


def _day_of(owed: Commitment) -> tuple[object, ...]:
	"""What a sum of commitments has in common."""
	return (owed.kind, owed.item_code, owed.warehouse, owed.due)


def _taken(plan: LinePlan) -> dict[tuple[str, str], float]:
	"""What a line takes of each item and warehouse, in stock units; what is short, of the first one."""
	found: dict[tuple[str, str], float] = {}
	pegs = ((peg.item, peg.offer.warehouse, peg.qty) for peg in plan.pegs)
	short = ((item, plan.warehouses[0], qty) for item, qty in plan.short_parts)
	for item, warehouse, qty in (*pegs, *short):
		if item.is_stock_item:
			found[item.item_code, warehouse] = found.get((item.item_code, warehouse), 0.0) + qty
	return found


def what_if(
	snapshot: Snapshot, changes: Changes, now: datetime, rules: BackorderRules | None = None
) -> tuple[Outcome, ...]:
	"""What becomes of every open line if something changed: `before` is its date as things are, `after` with the changes.

	Without `rules`, all lines may keep and gain (Gain); with a new order to take, it is served first (Win) and all others
	keep what they can (Fill). Raises RequestRefused with all that is wrong with the changes.
	"""
	changed = _Change(snapshot, now).all(changes)
	known = rules or everything(Strategy.FILL if changes.taken else Strategy.GAIN, name="all lines")
	if changes.taken:
		mine = Segment(name="new order", strategy=Strategy.WIN, orders=frozenset({NEW_ORDER}))
		known = known.model_copy(update={"segments": (mine, *known.segments)})
	before = {
		(outcome.line.order, outcome.line.row): outcome.after
		for outcome in simulate(snapshot, known, now).outcomes
	}
	return tuple(
		replace(outcome, before=before.get((outcome.line.order, outcome.line.row)))
		for outcome in simulate(changed, known, now).outcomes
	)
