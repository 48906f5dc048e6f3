"""What is known of deliveries and stock counts of the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from otp_app.engine.facts import SupplyKind


@dataclass(frozen=True, slots=True)
class Delivery:
	"""`count` alike deliveries that were due on `promised` and came on `arrived`; None: they are still awaited.

	`party` is the supplier, None for what is made or moved by the company itself. A part of an order line that came
	apart from the rest counts as its share of the line, so that `count` need not be whole.
	"""

	kind: SupplyKind
	party: str | None
	item_group: str | None
	promised: date
	arrived: date | None
	count: float = 1.0


@dataclass(frozen=True, slots=True)
class StockCount:
	"""`count` items counted in a warehouse on one day.

	`short` is the sum of the shares of each that were not there: two items of which a tenth is missing are 0.2.
	"""

	warehouse: str
	counted_on: date
	count: float
	short: float
