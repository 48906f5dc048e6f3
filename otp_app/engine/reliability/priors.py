"""What to expect of a supply before there is any history: stated guesses, one for each kind."""

from __future__ import annotations

from functools import cache
from itertools import chain
from types import MappingProxyType

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate

# Nothing is learned from a delivery that is more days early or late than this: its date was mistyped (1970, say).
FURTHEST = 366

# The share that is there on its date. Nobody measured these; a site's own history replaces them within a few dozen
# deliveries (docs/how-sure.md shows how fast).
ON_TIME = MappingProxyType(
	{
		SupplyKind.ON_HAND: 0.995,
		SupplyKind.PURCHASE_ORDER: 0.80,
		SupplyKind.WORK_ORDER: 0.80,
		SupplyKind.SUBCONTRACTING_ORDER: 0.78,
		SupplyKind.TRANSFER: 0.92,
		SupplyKind.MATERIAL_REQUEST: 0.65,
		SupplyKind.REPLENISHMENT: 0.65,
	}
)
# Of those that are late, the share that is later still after d days is (1 + d / SCALE) ^ -POWER, the tail of a Lomax
# distribution: half of the late ones take more than ten days, and the longer one is overdue, the longer it still takes.
_SCALE, _POWER = 40.0, 3.0
_LATE_DAYS = tuple(chain(range(1, 31), range(35, 92, 7), range(106, FURTHEST, 20), (FURTHEST,)))


@cache
def prior(kind: SupplyKind) -> DaysLate:
	"""The lateness to expect of a kind without history; what is missing of stock never comes."""
	on_time = ON_TIME[kind]
	if kind is SupplyKind.ON_HAND:
		return DaysLate((0,), (on_time,))
	reached = (1.0 - (1.0 - on_time) * (1.0 + day / _SCALE) ** -_POWER for day in _LATE_DAYS[:-1])
	return DaysLate((0, *_LATE_DAYS), (on_time, *reached, 1.0))
