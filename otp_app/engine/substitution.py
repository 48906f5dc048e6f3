"""Another item in place of one that is late or short, where the customer and the item allow it (docs/sourcing.md).

By full confirmation an alternative replaces the whole line or nothing of it; by the other building rules the ordered item keeps
what it can deliver by the desired date, and alternatives give of the rest what they can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from otp_app.engine.building import confirmation, rule_of
from otp_app.engine.capable.claims import Taken
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan
from otp_app.engine.policy import BuildingRule
from otp_app.engine.resolve import Demand

Covered = tuple[LinePlan, Taken]
# The best plan of a line from its own item.
Best = Callable[[Planner, Demand, Taken], Covered]


def substituted(planner: Planner, demand: Demand, own: Covered, best: Best) -> Covered:
	"""The line with alternatives in place of its item, where that is late or short and they make it better; else its `own`."""
	plan, desired = own[0], demand.desired
	late = plan.delivery is None or (desired is not None and plan.delivery > desired)
	if not late:
		return own
	trials: list[Covered] = [own, *_whole(planner, demand, best)]
	# That of the ordered item; a rule for an alternative says where it comes from.
	rule = rule_of(planner, demand)
	if rule is not BuildingRule.FULL and (mixed := _rest(planner, demand, plan, best)):
		trials.append(mixed)
	# Of equals the first: the ordered item.
	found, with_it = min(trials, key=lambda trial: confirmation(planner, trial[0], rule))
	return own if found is plan else (replace(found, replaced=plan), with_it)


def _whole(planner: Planner, ordered: Demand, best: Best) -> Iterator[Covered]:
	"""All of the line from one alternative, for each that has all of it."""
	for demand in ordered.substitutes:
		found, taken = best(planner, demand, planner.taken)
		if found.delivery is not None:
			yield replace(found, demand=_as_ordered(ordered, found.demand)), taken


def _as_ordered(ordered: Demand, demand: Demand) -> Demand:
	"""The alternative's needs and sources, under the name of the item that was ordered."""
	return replace(demand, item=ordered.item, substitutes=ordered.substitutes)


def _rest(planner: Planner, ordered: Demand, plan: LinePlan, best: Best) -> Covered | None:
	"""What the ordered item lacks on the desired date from alternatives, one after the other; None if they give nothing."""
	taken = planner.taken
	missing = round(ordered.qty - _in_time(plan, ordered.desired), NOISE_DIGITS)
	parts: list[LinePlan] = []
	for demand in ordered.substitutes:
		found, _ = best(planner, _of(demand, missing), taken)
		share = _in_time(found, ordered.desired)
		share = float(math.floor(share + planner.books.snapshot.tolerance)) if ordered.item.whole else share
		if share <= max(planner.books.snapshot.tolerance, _least(ordered)):
			continue
		found, taken = best(planner, _of(demand, share), taken)
		parts.append(found)
		missing = round(missing - share, NOISE_DIGITS)
		if missing <= planner.books.snapshot.tolerance:
			break
	if not parts:
		return None
	own = round(ordered.qty - sum(part.demand.qty for part in parts), NOISE_DIGITS)
	if own > planner.books.snapshot.tolerance:
		kept, taken = best(planner, _of(ordered, own), taken)
		parts.insert(0, kept)
	return _mixed(ordered, parts), taken


def _least(demand: Demand) -> float:
	"""Less than this of another item is not sent: a part below the minimum split of the rule."""
	rule = demand.sources.rule
	return rule.minimum_split - 1e-9 if rule else 0.0


def _in_time(plan: LinePlan, desired: date | None) -> float:
	"""What a plan delivers by the desired date, without one at all, in stock units."""
	in_time = (peg.qty for peg in plan.pegs if desired is None or peg.offer.delivery <= desired)
	return round(math.fsum(in_time), NOISE_DIGITS)


def _of(demand: Demand, qty: float) -> Demand:
	"""The same line of another quantity; it has one part."""
	return replace(demand, qty=qty, parts=(replace(demand.parts[0], qty=qty),))


def _mixed(ordered: Demand, plans: list[LinePlan]) -> LinePlan:
	"""Parts of a line from several items as one plan."""
	return LinePlan(
		demand=replace(ordered, parts=tuple(part for plan in plans for part in plan.demand.parts)),
		pegs=tuple(peg for plan in plans for peg in plan.pegs),
		shortage=round(math.fsum(plan.shortage for plan in plans), NOISE_DIGITS),
		short_parts=tuple(short for plan in plans for short in plan.short_parts),
		warehouses=tuple(dict.fromkeys(name for plan in plans for name in plan.warehouses)),
		dead_ends=tuple(end for plan in plans for end in plan.dead_ends),
		other_lines=tuple(dict.fromkeys(other for plan in plans for other in plan.other_lines)),
	)
