"""From where each line of an order comes: all its alternatives are tried, and one is taken (docs/sourcing.md).

The best is the one whose confirmation the building rule prefers; of equals, the one from the fewest warehouses, then that of the
highest priority, where the warehouse that the line names, or its item's default, goes before others of the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from otp_app.engine.building import confirmation, rule_of
from otp_app.engine.capable.claims import Taken
from otp_app.engine.covering import covered_before, remember
from otp_app.engine.facts import RuleSource
from otp_app.engine.placing import in_turn, placed
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.policy import FulfilmentMode
from otp_app.engine.resolve import Demand, Part
from otp_app.engine.substitution import substituted

# A line is split over some of the first so many sources of its rule.
MAX_SHARING = 6


@dataclass(frozen=True, slots=True)
class Trial:
	"""One way to cover a line; `key` is what it is compared by, `taken` what is gone if it is chosen."""

	key: tuple[Any, ...]
	plan: LinePlan
	taken: Taken


def plan_demands(planner: Planner, demands: Iterable[Demand]) -> list[LinePlan]:
	"""Each line in turn takes what delivers it best; a later line gets what is left.

	Lines that have no choice of warehouse go first, so that one that has leaves them theirs.
	"""
	first_fixed = sorted(demands, key=in_turn)
	plans = [placed(planner, _take_best(planner, demand)) for demand in first_fixed]
	return sorted(plans, key=lambda plan: plan.demand.index)


def _take_best(planner: Planner, demand: Demand) -> LinePlan:
	known = covered_before(planner, demand, None, planner.taken)
	if known is None:
		found, known = planner.taken, best(planner, demand, planner.taken)
		if demand.substitutes:
			known = substituted(planner, demand, known, best)
		remember(planner, demand, None, found, known)
	plan, planner.taken = known
	return plan


def best(planner: Planner, demand: Demand, taken: Taken) -> tuple[LinePlan, Taken]:
	"""The best plan of a line from its item, and what is taken with it."""
	trials = _trials(planner, demand, taken)
	chosen, first = min(trials, key=lambda trial: trial.key), trials[0]
	told = demand.sources.rule is not None or demand.warehouse is not None
	passed = told and not demand.sources.fixed and chosen.plan.warehouses != first.plan.warehouses
	plan = replace(chosen.plan, passed=first.plan) if passed else chosen.plan
	return plan, chosen.taken


def _trials(planner: Planner, demand: Demand, taken: Taken) -> list[Trial]:
	"""Each source by itself, in their order, then several together."""
	if demand.sources.rule is None or demand.sources.fixed:
		covers = (_cover(planner, demand, names, taken) for names in demand.choices)
		return [_trial(planner, rank, *cover) for rank, cover in enumerate(covers) if cover]
	trials: list[Trial] = []
	for source in _in_order(demand):
		alone = (
			_cover(planner, demand, (source,), taken)
			if isinstance(source, str)
			else _drop_shipped(planner, demand, source, taken)
		)
		if alone:
			trials.append(_trial(planner, len(trials), *alone))
	return trials + _shared(planner, demand, taken, trials)


def _trial(planner: Planner, rank: int, plan: LinePlan, taken: Taken) -> Trial:
	key = (*_confirmation(planner, plan), len(plan.warehouses), rank)
	return Trial(key, plan, taken)


def _confirmation(planner: Planner, plan: LinePlan) -> tuple[Any, ...]:
	return confirmation(planner, plan, rule_of(planner, plan.demand))


def _cover(
	planner: Planner, demand: Demand, names: tuple[str, ...], taken: Taken, least: float = 0.0
) -> tuple[LinePlan, Taken] | None:
	if not least and (known := covered_before(planner, demand, names, taken)) is not None:
		return known
	with_it = taken.copy()
	plan = planner.cover(demand, names, with_it, least)
	if plan is None:
		return None
	if not least:
		remember(planner, demand, names, taken, (plan, with_it))
	return plan, with_it


def _in_order(demand: Demand) -> Iterator[str | RuleSource]:
	"""Warehouses and drop-ships, the preferred one first."""
	drop_ships = demand.sources.drop_ships
	for place, name in enumerate((*demand.sources.warehouses, None)):
		yield from (source for at, source in drop_ships if at == place)
		if name is not None:
			yield name


def _drop_shipped(
	planner: Planner, demand: Demand, source: RuleSource, taken: Taken
) -> tuple[LinePlan, Taken] | None:
	"""The line as a supplier would ship it, within its lead time, else the item's."""
	days = demand.item.lead_time_days if source.days is None else source.days
	item = replace(demand.item, drop_ship=True, lead_time_days=days)
	part = Part(item, demand.qty, FulfilmentMode.ALWAYS_AVAILABLE)
	found = _cover(planner, replace(demand, item=item, parts=(part,)), demand.choices[0], taken)
	if found is None:
		return None
	plan, with_it = found
	return replace(plan, pegs=tuple(_of_supplier(peg, source.supplier) for peg in plan.pegs)), with_it


def _of_supplier(peg: Peg, supplier: str | None) -> Peg:
	return replace(peg, offer=replace(peg.offer, supply=replace(peg.offer.supply, party=supplier)))


def _shared(planner: Planner, demand: Demand, taken: Taken, alone: list[Trial]) -> list[Trial]:
	"""The line split over two sources, three and so on, until more could not make it better.

	No split is better than all sources together without a minimum, so that where one is as good the search ends.
	"""
	rule, names = demand.sources.rule, demand.sources.warehouses[:MAX_SHARING]
	most = min((rule.most_sources if rule else 0) or len(names), len(names))
	together = _cover(planner, demand, names, taken)
	if most < 2 or together is None:
		return []
	goal, found = _confirmation(planner, together[0]), list(alone)
	least = _least_share(demand)
	for size in range(2, most + 1):
		if any(trial.key[: len(goal)] <= goal for trial in found):
			break
		for shares in combinations(names, size):
			cover = _cover(planner, demand, shares, taken, least)
			if cover and len(cover[0].warehouses) == size:
				found.append(_trial(planner, len(found), *cover))
	return found[len(alone) :]


def _least_share(demand: Demand) -> float:
	"""The least that one warehouse may ship of a line that several share, in stock units; bundles have none."""
	rule = demand.sources.rule
	if rule is None or demand.item.components:
		return 0.0
	return float(math.ceil(rule.minimum_split)) if demand.item.whole else rule.minimum_split
