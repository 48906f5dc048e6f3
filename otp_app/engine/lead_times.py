"""How long buying or making takes by lead time alone, without a look at materials and capacity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from otp_app.engine.facts import Item, Warehouse
from otp_app.engine.schedule import Terms


@dataclass(frozen=True, slots=True)
class Replenishment:
	"""What is bought or made now: after how many working days, when it arrives, when it can be picked."""

	days: int
	arrives: date
	material: date


def replenishment(terms: Terms, item: Item, qty: float, at: Warehouse) -> Replenishment | None:
	"""When `qty` stock units that are bought or made now can be picked; None where nothing tells, or after the horizon."""
	days = lead_time(item, qty, terms.snapshot.settings.production_hours_per_day)
	if days is None or days > terms.snapshot.settings.horizon_days:
		return None
	arrives = material = terms.work(at).add(terms.today, days)
	if item.default_bom is None:
		material = terms.work(at).add(arrives, terms.inbound_days(item, at))
	return None if material > terms.horizon else Replenishment(days, arrives, material)


def lead_time(item: Item, qty: float, hours_per_day: float) -> int | None:
	"""Working days to buy or make `qty` stock units; None where nothing says, which is never zero.

	The item's own lead time, else the time of its default BOM's operations: fixed plus per unit, in working hours.
	"""
	if not item.is_purchase_item and item.default_bom is None:
		return None
	if item.lead_time_days is not None:
		return item.lead_time_days
	if item.default_bom is None or item.production_minutes is None:
		return None
	fixed, each = item.production_minutes
	return max(1, math.ceil((fixed + each * qty) / (60.0 * hours_per_day)))
