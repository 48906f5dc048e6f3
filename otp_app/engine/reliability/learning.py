"""From deliveries of the past to the lateness to expect of those to come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from otp_app.engine.facts import Reliability
from otp_app.engine.reliability.history import Delivery, StockCount


def learn(
	deliveries: Iterable[Delivery], counts: Iterable[StockCount], as_of: date
) -> tuple[Reliability, ...]:
	"""One record for each kind, each party and each item group of a kind, and each party's item groups, in a fixed order.

	Nothing that happened after `as_of` is used. A delivery that is still awaited counts as at least as late as it is then.
	"""
	raise NotImplementedError
