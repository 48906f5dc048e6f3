"""The operations of one lot, one after the other from the moment all material is there, and what that loses time to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from otp_app.engine.capable import constraints
from otp_app.engine.capable.bills import Task
from otp_app.engine.capable.claims import Taken
from otp_app.engine.capable.shop import MINUTES, NeverWorks, Run, Shop, day_of, last_day
from otp_app.engine.capable.tree import Work
from otp_app.engine.facts import Item, Warehouse
from otp_app.engine.ledger import NOISE_DIGITS
from otp_app.engine.messages import Message


@dataclass(frozen=True, slots=True)
class Scheduled:
	"""When a lot is finished whose material is there from `ready` on; by operation, minutes lost to other work (`full`) and
	to closed hours and days (`closed`)."""

	ready: float
	end: float
	finished: date
	works: tuple[Work, ...]
	full: tuple[float, ...]
	closed: tuple[float, ...]

	def delay(self, item: Item, waited: float, waits: Message | None) -> Message | None:
		"""What costs most of the time: material that was `waited` for (`waits` says so), other work, or closed hours."""
		full, closed = sum(self.full), sum(self.closed)
		if waits is not None and waited >= max(full, closed):
			return waits
		if full > 0 and full >= closed:
			days = max(1, round(full / MINUTES))
			return constraints.capacity(item, self._worst(self.full), days)
		if closed > 0 and self.finished > day_of(self.ready):
			return constraints.calendar(item, self._worst(self.closed))
		return waits

	def _worst(self, lost: Sequence[float]) -> Work:
		return self.works[max(range(len(lost)), key=lost.__getitem__)]


def schedule(
	shop: Shop, item: Item, tasks: Sequence[Task], started: float, ready: float, at: Warehouse, taken: Taken
) -> Scheduled | Message:
	"""The operations of `started` units from `ready` on; where they have no end, the constraint that says why."""
	finite = shop.terms.snapshot.settings.finite_capacity
	works: list[Work] = []
	full: list[float] = []
	closed: list[float] = []
	moment = ready
	for task in tasks:
		operation, minutes = task.operation, round(task.minutes_for(started), NOISE_DIGITS)
		name = operation.workstation
		try:
			alone = shop.run(name, minutes, moment, at, None)
			run = shop.run(name, minutes, moment, at, taken) if finite else alone
		except NeverWorks:
			return constraints.never_works(item, operation.name, name)
		if run is None or alone is None:
			return constraints.beyond_horizon(item, shop.terms.horizon)
		works.append(_work(task, minutes, run))
		full.append(run.end - alone.end)
		closed.append(alone.end - moment - minutes)
		moment = run.end
	return Scheduled(ready, moment, works[-1].end_date, tuple(works), tuple(full), tuple(closed))


def _work(task: Task, minutes: float, run: Run) -> Work:
	start = day_of(run.start)
	operation = task.operation
	return Work(operation.name, operation.workstation, minutes, start, max(start, last_day(run.end)))
