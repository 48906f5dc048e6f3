"""What quotas and protected minimums do to a line, in typed messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otp_app.engine.facts import CommitmentKind, Item
from otp_app.engine.messages import Message, Value
from otp_app.engine.placing import Wait, landing
from otp_app.engine.policy import Shipment

if TYPE_CHECKING:
	from otp_app.engine.decision import Decision
	from otp_app.engine.planner import Planner
	from otp_app.engine.plans import LinePlan

# What a message names, in ERPNext's words.
ALLOCATION, PROTECTION = "Product Allocation", "Supply Protection"


def quota_reasons(plan: LinePlan) -> Iterator[Message]:
	"""Each quota that a part of a line has to wait for, and until when it waits; where no wait helps, the blockers name it."""
	for wait in plan.waits:
		if not plan.over_quota:
			yield _limit(plan, wait)
		for day, qty in wait.later:
			yield Message("QUOTA_MOVES", {**_what(wait.item, qty), "date": day}, plan.demand.index)


def quota_blockers(planner: Planner, plan: LinePlan) -> Iterator[Message]:
	"""What the quotas leave no day for, and the quota that is in its way first."""
	if not plan.over_quota:
		return
	for wait in plan.waits:
		yield _limit(plan, wait)
	values: dict[str, Value] = {
		**_what(plan.demand.item, plan.over_quota),
		"horizon": planner.books.terms.horizon,
	}
	yield Message("QUOTA_SPENT", values, plan.demand.index)


def _limit(plan: LinePlan, wait: Wait) -> Message:
	binding, values = wait.binding, _what(wait.item, wait.qty)
	if binding.allocation is None or binding.period is None:
		return Message("QUOTA_MISSING", {**values, "date": wait.start}, plan.demand.index)
	values |= {
		"period": f"{binding.period.start} - {binding.period.end}",
		"doctype": ALLOCATION,
		"document": binding.allocation.name,
		"free": binding.free,
		"total": binding.total,
	}
	return Message("QUOTA_LIMITS", values, plan.demand.index)


def _what(item: Item, qty: float) -> dict[str, Value]:
	return {"qty": qty, "uom": item.stock_uom, "item": item.item_code}


def joint_quota(decision: Decision) -> Iterator[Message]:
	"""That the lines of a complete shipment wait for a day on which the quotas have room for all of them."""
	planner, answer = decision.planner, decision.assembled
	raw, day = answer.promise_date_raw, answer.promise_date
	complete = planner.books.terms.shipment is Shipment.COMPLETE
	if planner.quotas is None or not complete or day is None or raw is None or answer.levelled:
		return
	desired = [plan.demand.desired for plan in decision.plans if plan.demand.desired]
	land = landing(planner, [peg for plan in decision.plans for peg in plan.pegs])
	if len(decision.plans) > 1 and day > land(max([raw, *desired])):
		yield Message("QUOTA_TOGETHER", {"date": day})


def protected_for(planner: Planner, item: Item, warehouse: str, index: int) -> Iterator[Message]:
	"""What is kept in a warehouse for other buyers."""
	for commitment in planner.books.commitments(item, warehouse):
		if commitment.kind is CommitmentKind.PROTECTED:
			values: dict[str, Value] = {
				"qty": commitment.qty,
				"uom": item.stock_uom,
				"item": item.item_code,
				"warehouse": warehouse,
				"date": commitment.due,
				"doctype": PROTECTION,
				"document": commitment.document,
			}
			yield Message("PROTECTED_FOR", values, index)
