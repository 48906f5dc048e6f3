"""Stock that lies elsewhere: when it is in the warehouse that ships, and how sure that is (docs/sourcing.md).

Only what is on hand at the sender and free today is fetched. It leaves on the sender's next day of work, is on its way for the
transfer days, and from its arrival on goes the way of anything else in the warehouse that ships.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from otp_app.engine.calendars import WorkingDays
from otp_app.engine.facts import SupplyKind, TransitLane
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.priors import prior
from otp_app.engine.schedule import Terms
from otp_app.engine.sourcing import Sender


@dataclass(frozen=True, slots=True)
class Transfer:
	"""Stock that is fetched from `sender`: `days` working days on its way, there on `arrives`."""

	sender: str
	days: int
	arrives: date


def transfers_into(terms: Terms, senders: tuple[Sender, ...], warehouse: str) -> Iterator[Transfer]:
	"""The ways into a warehouse, at most one from each sender: the quickest."""
	best: dict[str, Transfer] = {}
	for sender in senders:
		if sender.warehouse == warehouse or (sender.into is not None and warehouse not in sender.into):
			continue
		found = _way(terms, sender, warehouse)
		known = best.get(sender.warehouse)
		if known is None or found.arrives < known.arrives:
			best[sender.warehouse] = found
	yield from (way for way in best.values() if way.arrives <= terms.horizon)


def _way(terms: Terms, sender: Sender, warehouse: str) -> Transfer:
	at = terms.snapshot.warehouses[sender.warehouse]
	lane = lane_between(terms.snapshot.lanes, sender.warehouse, warehouse)
	days, work = sender.days, terms.work(at)
	if days is None:
		days = terms.snapshot.settings.transfer_days if lane is None else lane.days
		work = _carrier(terms, lane) or work
	return Transfer(sender.warehouse, days, work.add(terms.start(at), days))


def _carrier(terms: Terms, lane: TransitLane | None) -> WorkingDays | None:
	return terms.calendar(lane.calendar) if lane and lane.calendar else None


def lane_between(lanes: tuple[TransitLane, ...], sender: str, warehouse: str) -> TransitLane | None:
	"""The lane of a transfer; of two, the one that names the sender, then the quicker."""
	fit = [lane for lane in lanes if lane.to_warehouse == warehouse and lane.warehouse in (sender, None)]
	return min(fit, key=lambda lane: (lane.warehouse is None, lane.days), default=None)


def chance_of_arrival(terms: Terms, transfer: Transfer, latest: date) -> float:
	"""The probability that a transfer, which nobody has sent yet, is there on `latest`: as late as transfers are here."""
	return _lateness(terms).within((latest - transfer.arrives).days)


def late_by(terms: Terms, transfer: Transfer, chance: float) -> date | None:
	"""The day by which a transfer is there with a chance; None if that is beyond the last day promised."""
	late = _lateness(terms).quantile(chance)
	day = None if late is None else transfer.arrives + timedelta(days=late)
	return day if day is not None and day <= terms.horizon else None


def _lateness(terms: Terms) -> DaysLate:
	record = terms.record_of(SupplyKind.TRANSFER)
	return prior(SupplyKind.TRANSFER) if record is None else record.lateness
