"""From the request's words to demands in stock units, or to every problem that stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from otp_app.engine.facts import Customer, Item, Snapshot, Warehouse
from otp_app.engine.messages import number
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.problems import INVALID, UNKNOWN, Problem, RequestRefused
from otp_app.engine.request import OrderLine, PromiseRequest
from otp_app.engine.schedule import Terms
from otp_app.engine.sourcing import Candidates, Sender, Sources, sources_of


@dataclass(frozen=True, slots=True)
class Part:
	"""What one demand needs of one item, in stock units; a bundle has a part for each component.

	`senders` are the warehouses that its stock may be fetched from.
	"""

	item: Item
	qty: float
	mode: FulfilmentMode
	senders: tuple[Sender, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
	"""A line in stock units. `choices` are the sets of warehouses it may come from, the preferred one first.

	`sources` says more of them. `substitutes` are the same line for each item that may be sent in its place.
	"""

	index: int
	item: Item
	qty: float
	parts: tuple[Part, ...]
	choices: tuple[tuple[str, ...], ...]
	desired: date | None
	warehouse: str | None
	sources: Sources = field(default_factory=Sources)
	substitutes: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
	"""A request that makes sense on a snapshot."""

	demands: tuple[Demand, ...]
	customer: Customer | None
	company: str


@dataclass(slots=True)
class _Resolver:
	snapshot: Snapshot
	request: PromiseRequest
	terms: Terms
	problems: list[Problem] = field(default_factory=list)
	stocked: dict[str, set[str]] = field(default_factory=dict)
	customer: Customer | None = None

	def __post_init__(self) -> None:
		for supply in self.snapshot.supplies:
			self.stocked.setdefault(supply.item_code, set()).add(supply.warehouse)

	def order(self) -> Order:
		customer = self.customer = self._customer()
		company = self._company()
		demands = tuple(
			demand
			for index, line in enumerate(self.request.items)
			if (demand := self._demand(index, line, company)) is not None
		)
		if self.problems:
			raise RequestRefused(self.problems)
		return Order(demands, customer, company)

	def _refuse(self, code: str, message: str, field: str, status: int = INVALID) -> None:
		self.problems.append(Problem(code, message, field, status))

	def _customer(self) -> Customer | None:
		name, known = self.request.customer, self.snapshot.customers
		if name is None or known is None:
			return None
		customer = known.get(name)
		if customer is None:
			self._refuse("UNKNOWN_CUSTOMER", f"There is no customer {name}.", "customer", UNKNOWN)
		elif customer.disabled:
			self._refuse("CUSTOMER_DISABLED", f"Customer {name} is disabled: enable it first.", "customer")
		return customer

	def _company(self) -> str:
		"""The order's company; empty where it cannot be told, so that no line is measured against it."""
		asked = self.request.company
		if asked is not None:
			if asked in self.snapshot.companies:
				return asked
			self._refuse("UNKNOWN_COMPANY", f"There is no company {asked}.", "company", UNKNOWN)
			return ""
		for line in self.request.items:
			if line.warehouse is not None and line.warehouse in self.snapshot.warehouses:
				return self.snapshot.warehouses[line.warehouse].company
		if self.snapshot.settings.default_company:
			return self.snapshot.settings.default_company
		if len(self.snapshot.companies) == 1:
			return next(iter(self.snapshot.companies))
		self._refuse("MISSING_FIELD", "Give a company, or a warehouse on a line.", "company")
		return ""

	def _demand(self, index: int, line: OrderLine, company: str) -> Demand | None:
		before = len(self.problems)
		path = f"items[{index}]"
		item = self._item(line.item_code, f"{path}.item_code")
		if item is not None and line.delivered_by_supplier is not None:
			item = replace(item, drop_ship=line.delivered_by_supplier)
		known = self._candidates(line, item, company, f"{path}.warehouse")
		if item is None or len(self.problems) > before:
			return None
		qty = self._stock_qty(line, item, path)
		parts = self._parts(item, qty, f"{path}.item_code")
		demand = self._sourced(index, line, item, qty, parts, company, known)
		if company and not (demand.sources.warehouses or demand.sources.drop_ships):
			rule = demand.sources.rule
			self._refuse(
				"NO_SOURCE",
				f"Sourcing Rule {rule.name if rule else ''} leaves no warehouse of {company} that {item.item_code} may be sold "
				"from: add a source to it.",
				f"{path}.warehouse",
			)
		substitutes = tuple(self._substitutes(demand, line, company)) if len(self.problems) == before else ()
		return replace(demand, substitutes=substitutes) if substitutes else demand

	def _sourced(
		self,
		index: int,
		line: OrderLine,
		item: Item,
		qty: float,
		parts: tuple[Part, ...],
		company: str,
		known: Candidates,
	) -> Demand:
		sources = sources_of(self.terms, line, item, self.customer, company, known)
		if sources.senders:
			parts = tuple(replace(part, senders=sources.senders) for part in parts)
		# What a supplier ships itself is noted in the warehouse that would ship it.
		choices = _singles_then_all(sources.warehouses or known.usual[:1])
		desired = self.request.desired_for(line)
		return Demand(index, item, qty, parts, choices, desired, line.warehouse, sources)

	def _substitutes(self, demand: Demand, line: OrderLine, company: str) -> Iterator[Demand]:
		"""The line for each alternative of its item, if the customer and the item let one be sent in its place."""
		item = demand.item
		if item.components or demand.parts[0].mode is FulfilmentMode.ALWAYS_AVAILABLE:
			return
		if not item.alternatives or not self.terms.substitution(self.customer):
			return
		for code in item.alternatives:
			other = self.snapshot.items.get(code)
			if other is None or other.stock_uom != item.stock_uom or not self._may_replace(other, demand.qty):
				continue
			usual = tuple(self._preferred(other, company))
			known = Candidates(demand.sources.warehouses if demand.sources.fixed else None, usual)
			parts = (Part(other, demand.qty, self._mode(other)),)
			found = self._sourced(demand.index, line, other, demand.qty, parts, company, known)
			if found.sources.warehouses:
				yield found

	def _may_replace(self, item: Item, qty: float) -> bool:
		gone = item.end_of_life is not None and item.end_of_life <= self.terms.today
		sold = item.is_sales_item and item.is_stock_item and not (item.disabled or item.is_template or gone)
		return sold and not item.components and not item.drop_ship and (self._is_whole(qty) or not item.whole)

	def _item(self, code: str, path: str) -> Item | None:
		item = self.snapshot.items.get(code)
		if item is None:
			self._refuse("UNKNOWN_ITEM", f"There is no item {code}.", path, UNKNOWN)
			return None
		end = item.end_of_life
		if item.is_template:
			self._refuse("ITEM_IS_TEMPLATE", f"{code} is a template: order one of its variants.", path)
		elif item.disabled:
			self._refuse("ITEM_DISABLED", f"Item {code} is disabled: choose another.", path)
		elif end is not None and end <= self.terms.today:
			self._refuse("ITEM_END_OF_LIFE", f"Item {code} reached its end of life on {end}.", path)
		elif not item.is_sales_item:
			self._refuse("ITEM_NOT_FOR_SALE", f"Item {code} is not a sales item.", path)
		return item

	def _parts(self, item: Item, qty: float, path: str) -> tuple[Part, ...]:
		if not item.components:
			return (Part(item, qty, self._mode(item)),)
		parts = []
		for component in item.components:
			part = self.snapshot.items.get(component.item_code)
			if part is None or part.disabled:
				self._refuse(
					"COMPONENT_UNAVAILABLE",
					f"{item.item_code} contains {component.item_code}, which is disabled or gone.",
					path,
				)
			else:
				parts.append(Part(part, qty * component.qty, self._mode(part)))
		return tuple(parts)

	def _mode(self, item: Item) -> FulfilmentMode:
		if not item.is_stock_item or item.drop_ship:
			return FulfilmentMode.ALWAYS_AVAILABLE
		return item.mode or self.snapshot.settings.mode

	def _stock_qty(self, line: OrderLine, item: Item, path: str) -> float:
		factor, whole = 1.0, item.whole
		if line.uom is not None and line.uom != item.stock_uom:
			conversion = next((uom for uom in item.uoms if uom.uom == line.uom), None)
			if conversion is None:
				known = ", ".join([item.stock_uom, *(uom.uom for uom in item.uoms)])
				self._refuse(
					"UNKNOWN_UOM", f"{item.item_code} is not sold in {line.uom}; use {known}.", f"{path}.uom"
				)
				return line.qty
			factor, whole = conversion.factor, conversion.whole
		qty = line.qty * factor
		if (whole and not self._is_whole(line.qty)) or (item.whole and not self._is_whole(qty)):
			unit = line.uom or item.stock_uom
			self._refuse(
				"WHOLE_NUMBER",
				f"{item.item_code} comes in whole {unit} only, not {number(line.qty)}.",
				f"{path}.qty",
			)
		elif qty <= self.snapshot.tolerance:
			self._refuse("QTY_TOO_SMALL", f"{line.qty:g} is less than the site can count.", f"{path}.qty")
		return float(round(qty)) if item.whole else qty

	def _is_whole(self, qty: float) -> bool:
		return abs(qty - round(qty)) <= self.snapshot.tolerance

	def _candidates(self, line: OrderLine, item: Item | None, company: str, path: str) -> Candidates:
		own = None if line.warehouse is None else self._leaves(line.warehouse, company, path)
		usual = tuple(self._preferred(item, company)) if item is not None else ()
		if item is not None and own is None and company and not usual:
			self._refuse(
				"NO_WAREHOUSE", f"Company {company} has no warehouse to sell {item.item_code} from.", path
			)
		return Candidates(own, usual)

	def _leaves(self, name: str, company: str, path: str) -> tuple[str, ...]:
		warehouse = self.snapshot.warehouses.get(name)
		if warehouse is None:
			self._refuse("UNKNOWN_WAREHOUSE", f"There is no warehouse {name}.", path, UNKNOWN)
		elif company and warehouse.company != company:
			self._refuse(
				"OTHER_COMPANY",
				f"Warehouse {name} belongs to {warehouse.company}, the order to {company}.",
				path,
			)
		else:
			leaves = self._open_leaves(warehouse)
			if not leaves:
				self._refuse(
					"WAREHOUSE_NOT_SELLABLE",
					f"Nothing is sold from warehouse {name}: it is disabled, in transit or kept out of sale.",
					path,
				)
			return leaves
		return ()

	def _open_leaves(self, warehouse: Warehouse) -> tuple[str, ...]:
		if warehouse.disabled:
			return ()
		return tuple(leaf for leaf in self.snapshot.leaves(warehouse.name) if self._sells(leaf))

	def _sells(self, name: str) -> bool:
		return self.snapshot.warehouses[name].sells

	def _sells_for(self, name: str, company: str) -> bool:
		warehouse = self.snapshot.warehouses.get(name)
		return warehouse is not None and warehouse.company == company and self._sells(name)

	def _preferred(self, item: Item, company: str) -> Iterator[str]:
		"""The default warehouse first, then those of the company that hold or await the item, by priority."""
		settings = self.snapshot.settings
		default = item.default_warehouse(company) or settings.default_warehouse
		known = self.snapshot.warehouses
		if default is not None and self._sells_for(default, company):
			yield default
		else:
			default = None
		codes = {component.item_code for component in item.components} or {item.item_code}
		stocked = {name for code in codes for name in self.stocked.get(code, ())} - {default}
		others: list[Warehouse] = [known[name] for name in stocked if self._sells_for(name, company)]
		yield from (w.name for w in sorted(others, key=lambda w: (-w.priority, w.name)))
		if default is None and not others:
			yield from sorted(name for name in known if self._sells_for(name, company))[:1]


def _singles_then_all(warehouses: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
	singles = tuple((name,) for name in warehouses)
	return (*singles, warehouses) if len(warehouses) > 1 else singles


def resolve(snapshot: Snapshot, request: PromiseRequest, terms: Terms) -> Order:
	"""The request in stock units. Raises RequestRefused with every problem of every line."""
	return _Resolver(snapshot, request, terms).order()
