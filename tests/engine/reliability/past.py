"""Deliveries of the past in a few words: P is a supplier, day(0) the day of the question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.learning import learn

TODAY = date(2026, 3, 2)
KIND = SupplyKind.PURCHASE_ORDER


def day(number: int) -> date:
	"""The date `number` days after TODAY."""
	return TODAY + timedelta(days=number)


def came(
	promised: int, late: int, party: str | None = "P", group: str | None = "G", **more: object
) -> Delivery:
	"""Due on day(promised), and that many days late."""
	return Delivery(
		more.get("kind", KIND), party, group, day(promised), day(promised + late), more.get("count", 1.0)
	)


def awaited(promised: int, party: str | None = "P", group: str | None = "G") -> Delivery:
	"""Due on day(promised), and not yet there."""
	return Delivery(KIND, party, group, day(promised), None)


def record(
	deliveries: Iterable[Delivery],
	party: str | None = "P",
	group: str | None = None,
	kind: SupplyKind = KIND,
	as_of: date = TODAY,
) -> Reliability:
	"""What is learned of a party and item group."""
	records = learn(deliveries, (), as_of)
	return next(r for r in records if (r.kind, r.party, r.item_group) == (kind, party, group))


def on_time(deliveries: Iterable[Delivery], party: str | None = "P", group: str | None = None) -> float:
	"""The probability learned of coming on the day or before."""
	return record(deliveries, party, group).lateness.within(0)
