"""Why a line comes from where it comes from: its rule, what was passed over, what is fetched, what is sent in its place."""

from __future__ import annotations

from collections.abc import Iterator

from otp_app.engine.messages import Message, Value
from otp_app.engine.planner import Planner
from otp_app.engine.plans import LinePlan, Peg
from otp_app.engine.promise import PlanLine


def why_this_source(planner: Planner, plan: LinePlan, line: PlanLine) -> Iterator[Message]:
	"""The rule that was used, the source that it was better than, and each item that replaces the ordered one."""
	sources, index = plan.demand.sources, plan.demand.index
	if sources.rule is not None and not sources.fixed:
		yield Message("SOURCED_BY_RULE", {"rule": sources.rule.name, "item": line.item_code}, index)
	if plan.passed is not None and plan.delivery is not None:
		values: dict[str, Value] = {
			"other": ", ".join(plan.passed.warehouses),
			"item": line.item_code,
		}
		if plan.passed.delivery is None:
			yield Message("PASSED_OVER_SHORT", values, index)
		elif plan.passed.delivery > plan.delivery:
			yield Message("PASSED_OVER_LATER", {**values, "date": plan.passed.delivery}, index)
	yield from _substituted(plan, line)


def _substituted(plan: LinePlan, line: PlanLine) -> Iterator[Message]:
	if plan.replaced is None:
		return
	for substitute in line.substitutes:
		values: dict[str, Value] = {
			"qty": substitute.qty,
			"uom": line.uom,
			"other": substitute.item_code,
			"item": line.item_code,
		}
		if plan.replaced.delivery is None:
			missing = {"missing": plan.replaced.shortage}
			yield Message("SUBSTITUTED_SHORT", {**values, **missing}, plan.demand.index)
		else:
			yield Message("SUBSTITUTED", {**values, "date": plan.replaced.delivery}, plan.demand.index)


def way_of(peg: Peg) -> dict[str, Value]:
	"""The values that name a transfer."""
	transfer = peg.offer.transfer
	if transfer is None:
		return {}
	return {
		"sender": transfer.sender,
		"warehouse": peg.offer.warehouse,
		"days": transfer.days,
		"arrives": transfer.arrives,
	}


def what_the_rule_leaves(plan: LinePlan) -> Iterator[Message]:
	"""For a line that is short: the sources that its rule keeps it to."""
	sources = plan.demand.sources
	if sources.rule is None or sources.fixed or sources.lets_others:
		return
	suppliers = [source.supplier or "a supplier" for _, source in sources.drop_ships]
	names = ", ".join((*sources.warehouses, *suppliers))
	values: dict[str, Value] = {
		"rule": sources.rule.name,
		"item": plan.demand.item.item_code,
		"warehouses": names,
	}
	yield Message("RULE_LEAVES", values, plan.demand.index)
