"""SAP's building rules: what makes one confirmation of a line better than another (docs/sourcing.md).

A plan is compared by what it would deliver when, as its shipment policy delivers it: a line that is shipped as a whole arrives
on its last day, whatever is there before.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from otp_app.engine.assemble import schedule_lines
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan
from otp_app.engine.policy import BuildingRule, Shipment
from otp_app.engine.resolve import Demand

# (day, stock units delivered up to then, negative so that more sorts first)
Profile = tuple[tuple[date, float], ...]


def rule_of(planner: Planner, demand: Demand) -> BuildingRule:
	"""The building rule of a line: that of its Sourcing Rule where it has one, unless the request says; else the setting."""
	terms, rule = planner.books.terms, demand.sources.rule
	if terms.rules.building_rule is None and rule is not None and rule.building_rule is not None:
		return rule.building_rule
	return terms.building_rule


def confirmation(planner: Planner, plan: LinePlan, rule: BuildingRule) -> tuple[Any, ...]:
	"""What confirmations of one line are compared by, all of them by one rule; the least is the best.

	Full: all of it, the earliest (else what lacks least). Maximum earlier: the most of it, and of equal quantities the one that
	has more of it first. On time: the most of it by the desired date; without one, as full.
	"""
	whole = (plan.shortage, plan.delivery or date.max)
	if rule is BuildingRule.MAXIMUM_EARLIER:
		return (plan.shortage, profile(planner, plan))
	if rule is BuildingRule.ON_TIME and plan.demand.desired is not None:
		return (-by(profile(planner, plan), plan.demand.desired), *whole)
	return whole


def profile(planner: Planner, plan: LinePlan) -> Profile:
	"""How much of a line is delivered by when."""
	terms, parts = planner.books.terms, [(peg.offer.delivery, peg.qty) for peg in plan.pegs]
	if not parts:
		return ()
	if terms.shipment is not Shipment.PARTIAL or plan.demand.item.components:
		return ((max(day for day, _ in parts), plan.shortage - plan.demand.qty),)
	days = schedule_lines(parts, terms.minimum_split)
	by_day: dict[date, float] = {}
	for day, qty in parts:
		by_day[days[day]] = by_day.get(days[day], 0.0) + qty
	steps, sofar = [], 0.0
	for day in sorted(by_day):
		sofar = round(sofar - by_day[day], 9)
		steps.append((day, sofar))
	return tuple(steps)


def by(steps: Profile, day: date) -> float:
	"""What is delivered up to a day."""
	return -min((qty for when, qty in steps if when <= day), default=0.0)
