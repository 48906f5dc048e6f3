"""Where a line may come from: the most specific Sourcing Rule that fits it, and what that allows (docs/sourcing.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from otp_app.engine.facts import Customer, Item, RuleSource, Snapshot, SourceKind, SourcingRule
from otp_app.engine.policy import Sourcing
from otp_app.engine.request import OrderLine
from otp_app.engine.schedule import Terms

Rank = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sender:
	"""A warehouse that stock may be fetched from, and into which (None: any that ships).

	`days` are working days of the sender; None: those of a lane, else of the settings.
	"""

	warehouse: str
	into: tuple[str, ...] | None = None
	days: int | None = None


@dataclass(frozen=True, slots=True)
class Sources:
	"""What one line may come from. `warehouses` may ship it, the preferred one first.

	`drop_ships` are suppliers that may, each with its place among the sources. `rule` is None where no rule fits, `listed` are
	the warehouses that it names. A line that is `fixed` keeps its own warehouse, whatever the rule lists.
	"""

	rule: SourcingRule | None = None
	warehouses: tuple[str, ...] = ()
	drop_ships: tuple[tuple[int, RuleSource], ...] = ()
	senders: tuple[Sender, ...] = ()
	fixed: bool = True
	listed: tuple[str, ...] = ()

	@property
	def lets_others(self) -> bool:
		"""Whether warehouses that no rule names may ship the line, too."""
		return self.rule is None or _lets_others(self.rule)

	def allows(self, warehouse: str) -> bool:
		"""Whether a warehouse may ship the line, if it has what is asked for."""
		return self.lets_others or warehouse in self.listed


@dataclass(frozen=True, slots=True)
class Candidates:
	"""What is known of a line before rules: its own warehouses, if it names one, and those that a line without one is
	tried from, the default one first."""

	own: tuple[str, ...] | None
	usual: tuple[str, ...]


def best_rule(
	rules: Iterable[SourcingRule], item: Item, customer: Customer | None, company: str
) -> SourcingRule | None:
	"""The most specific rule that fits: by item, then customer, then company (docs/sourcing.md); None if none fits."""
	ranked = [
		(rank, rule.name, rule)
		for rule in rules
		if (rank := _rank(rule, item, customer, company)) is not None
	]
	return min(ranked, key=lambda found: found[:2])[2] if ranked else None


def _rank(rule: SourcingRule, item: Item, customer: Customer | None, company: str) -> Rank | None:
	"""Lower is more specific; None where the rule does not fit."""
	of_item = _nearest(
		((rule.item_code, (item.item_code,)), (rule.item_group, item.groups or (item.item_group,)))
	)
	of_customer = _nearest(
		(
			(rule.customer, (customer.name,) if customer else ()),
			(rule.customer_group, customer.groups if customer else ()),
			(rule.territory, customer.territories if customer else ()),
		)
	)
	if of_item is None or of_customer is None or rule.company not in (None, company):
		return None
	return (*of_item, *of_customer, int(rule.company is None))


def _nearest(criteria: Sequence[tuple[str | None, Sequence[str]]]) -> tuple[int, int] | None:
	"""Which of the criteria a rule names, and how near what it names is; None if that is not met.

	A rule names at most one; one that names none comes last.
	"""
	for place, (wanted, names) in enumerate(criteria):
		if wanted is not None:
			return (place, names.index(wanted)) if wanted in names else None
	return (len(criteria), 0)


def sources_of(
	terms: Terms, line: OrderLine, item: Item, customer: Customer | None, company: str, known: Candidates
) -> Sources:
	"""The sources of a line. Without warehouses and drop-ships the rule leaves it none."""
	snapshot = terms.snapshot
	rules = () if _needs_no_source(item) else snapshot.sourcing_rules
	rule = best_rule(rules, item, customer, company)
	listed = tuple(_listed(snapshot, rule, company)) if rule else ()
	senders = tuple(_senders(terms, rule, company, listed, known.usual))
	own = known.own or ()
	if known.own is not None and not _is_preference(terms, rule):
		return Sources(rule, own, senders=senders, listed=listed)
	if rule is None:
		either = tuple(dict.fromkeys((*own, *known.usual)))
		return Sources(None, either, senders=senders, fixed=False)
	warehouses, drop_ships = _by_rule(snapshot, rule, company, own or known.usual[:1], known.usual)
	if line.delivered_by_supplier is False or not item.is_stock_item:
		drop_ships = ()
	return Sources(rule, warehouses, drop_ships, senders, fixed=False, listed=listed)


def _needs_no_source(item: Item) -> bool:
	"""A service, or what the supplier ships anyway."""
	return item.drop_ship or (not item.is_stock_item and not item.components)


def _listed(snapshot: Snapshot, rule: SourcingRule, company: str) -> Iterator[str]:
	for source in rule.sources:
		if source.kind is SourceKind.WAREHOUSE:
			yield from _leaves(snapshot, source.warehouse, company)


def _is_preference(terms: Terms, rule: SourcingRule | None) -> bool:
	asked = terms.rules.sourcing
	if asked is None:
		return rule is not None and rule.preferred
	return asked is Sourcing.PREFERRED


def _lets_others(rule: SourcingRule) -> bool:
	"""A rule that only says where stock is fetched from leaves open who ships."""
	return rule.others or all(source.kind is SourceKind.TRANSFER for source in rule.sources)


def _by_rule(
	snapshot: Snapshot,
	rule: SourcingRule,
	company: str,
	preferred: Sequence[str],
	usual: Sequence[str],
) -> tuple[tuple[str, ...], tuple[tuple[int, RuleSource], ...]]:
	"""Warehouses and drop-ships in order: by priority, then the preferred warehouse, then as the rule lists them."""
	listed: list[tuple[int, bool, int, str | None, RuleSource]] = []
	for place, source in enumerate(rule.sources):
		if source.kind is SourceKind.DROP_SHIP:
			listed.append((-source.priority, True, place, None, source))
		elif source.kind is SourceKind.WAREHOUSE:
			for name in _leaves(snapshot, source.warehouse, company):
				listed.append((-source.priority, name not in preferred, place, name, source))
	listed.sort(key=lambda entry: (*entry[:3], entry[3] or ""))
	warehouses = dict.fromkeys(name for *_, name, _ in listed if name is not None)
	if _lets_others(rule):
		warehouses |= dict.fromkeys((*preferred, *usual))
	# How many warehouses go before each drop-ship.
	drop_ships = tuple(
		(len({entry[3] for entry in listed[:place]} - {None}), source)
		for place, (*_, source) in enumerate(listed)
		if source.kind is SourceKind.DROP_SHIP
	)
	return tuple(warehouses), drop_ships


def _leaves(snapshot: Snapshot, name: str | None, company: str) -> Iterator[str]:
	"""The warehouses of the company that a rule means by a name, and that sell."""
	at = snapshot.warehouses.get(name or "")
	if at is None or at.disabled:
		return
	for leaf in snapshot.leaves(at.name):
		if snapshot.warehouses[leaf].sells and snapshot.warehouses[leaf].company == company:
			yield leaf


def _senders(
	terms: Terms, rule: SourcingRule | None, company: str, listed: Sequence[str], usual: Sequence[str]
) -> Iterator[Sender]:
	"""Those of the rule, and with transfers allowed every warehouse that holds the item and that the rule lets ship."""
	named: set[str] = set()
	for source in rule.sources if rule else ():
		if source.kind is SourceKind.TRANSFER:
			into = tuple(_leaves(terms.snapshot, source.into, company)) if source.into else None
			for name in _leaves(terms.snapshot, source.warehouse, company):
				named.add(name)
				yield Sender(name, into, source.days)
	if terms.transfers:
		others = usual if rule is None or _lets_others(rule) else listed
		yield from (Sender(name) for name in others if name not in named)
