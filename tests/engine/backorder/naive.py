"""Backorder processing once more, as slowly and plainly as it can be written, to compare the engine with.

Nothing is shared with it but facts and rules: stock is an array of numbers, one a day; a day is tried after the other. It
knows a site where nothing takes time, every day is a working day, and items that are had from stock and orders only
or, from a day on, in any quantity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from otp_app.engine.backorder.rules import BackorderRules, Segment, Strategy
from otp_app.engine.facts import OpenLine, Snapshot, Supply, SupplyKind
from otp_app.engine.policy import Shipment
from tests.values import day

DAYS = 70
STRENGTH = (Strategy.WIN, Strategy.GAIN, Strategy.REDISTRIBUTE, Strategy.FILL, Strategy.LOSE)
Stock = dict[tuple[str, str], list[float]]


@dataclass
class Job:
	"""Lines with one date; days are counted from today."""

	lines: list[OpenLine]
	segment: Segment | None
	requested: int
	confirmed: int | None
	day: int | None = None

	@property
	def strategy(self) -> Strategy:
		return self.segment.strategy if self.segment else Strategy.SKIP

	@property
	def keeps(self) -> int | None:
		"""The day that it has, today for one that has passed."""
		return None if self.confirmed is None else max(self.confirmed, 0)

	@property
	def wish(self) -> int:
		"""What it may get at best."""
		best = max(self.requested, 0)
		return best if self.keeps is None else min(best, self.keeps)

	def needs(self) -> dict[tuple[str, str], float]:
		found: dict[tuple[str, str], float] = {}
		for line in self.lines:
			key = (line.item_code, line.warehouse)
			found[key] = found.get(key, 0.0) + line.qty
		return found


@dataclass
class Naive:
	"""`orderable`: from which day on an item is there in any quantity."""

	snapshot: Snapshot
	rules: BackorderRules
	orderable: Mapping[str, int] = field(default_factory=dict)
	stock: Stock = field(default_factory=dict)

	def run(self) -> dict[tuple[str, str], int | None]:
		"""(order, row) -> its new day."""
		jobs = self.jobs()
		self.stock = {key: stock_of(self.snapshot, key) for job in jobs for key in job.needs()}
		for job in jobs:
			if job.strategy is Strategy.SKIP:
				job.day = job.confirmed
				if job.day is not None:
					self.move(job, max(job.day, 0), -1, always=True)
		served = self.in_order([job for job in jobs if job.strategy is not Strategy.SKIP])
		for job in served:
			if job.strategy in (Strategy.WIN, Strategy.GAIN) and job.keeps is not None:
				self.put_if_it_fits(job, job.keeps)
		for job in served:
			self.serve(job)
		return {(line.order, line.row): job.day for job in jobs for line in job.lines}

	def serve(self, job: Job) -> None:
		if job.strategy is Strategy.LOSE:
			return
		if job.strategy is Strategy.FILL:
			if job.keeps is not None and not self.put_if_it_fits(job, job.keeps):
				self.promise(job, job.keeps)
			return
		if job.day is not None:
			if job.day <= job.wish:
				return
			self.move(job, job.day, +1)
			job.day = None
		self.promise(job, job.wish)

	def promise(self, job: Job, wish: int) -> None:
		"""The first day from the wish on, unless the one that it has is hardly worse."""
		found = next((today for today in range(wish, DAYS) if self.fits(job, today)), None)
		if job.keeps is not None and found != job.keeps and self.fits(job, job.keeps):
			on_time = job.strategy is Strategy.WIN and found is not None and found <= job.requested
			gained = None if found is None else job.keeps - found
			if gained is None or gained < 0 or not (on_time or gained >= self.rules.least_gain_days):
				found = job.keeps
		if found is not None:
			self.move(job, found, -1)
			job.day = found

	def put_if_it_fits(self, job: Job, today: int) -> bool:
		if not self.fits(job, today):
			return False
		self.move(job, today, -1)
		job.day = today
		return True

	def can_be_ordered(self, key: tuple[str, str], today: int) -> bool:
		return key[0] in self.orderable and today >= self.orderable[key[0]]

	def fits(self, job: Job, today: int) -> bool:
		"""Whether on no later day anything would be short."""
		return all(
			self.can_be_ordered(key, today) or all(left >= qty - 5e-4 for left in self.stock[key][today:])
			for key, qty in job.needs().items()
		)

	def move(self, job: Job, today: int, sign: int, *, always: bool = False) -> None:
		for key, qty in job.needs().items():
			if always or not self.can_be_ordered(key, today):
				for later in range(today, DAYS):
					self.stock[key][later] += sign * qty

	def jobs(self) -> list[Job]:
		orders: dict[str, list[OpenLine]] = {}
		for line in sorted(self.snapshot.open_lines, key=lambda line: (line.order, line.idx, line.row)):
			orders.setdefault(line.order, []).append(line)
		found = []
		for lines in orders.values():
			policy = lines[0].shipment or self.snapshot.settings.shipment
			together = policy is Shipment.COMPLETE and len({line.requested for line in lines}) == 1
			for part in [lines] if together else rows_of(lines):
				job = self.job(part)
				# What stays as it is has no date in common.
				found += (
					[job]
					if job.strategy is not Strategy.SKIP
					else [self.job(row, job.segment) for row in rows_of(part)]
				)
		return found

	def job(self, lines: list[OpenLine], segment: Segment | None = None) -> Job:
		days = [number(line.confirmed) for line in lines if line.confirmed]
		return Job(
			lines,
			segment or self.segment_of(lines),
			max(number(line.requested) for line in lines),
			max(days) if len(days) == len(lines) else None,
		)

	def segment_of(self, lines: list[OpenLine]) -> Segment | None:
		for segment in self.rules.segments:
			if any(segment.customers is None or line.customer in segment.customers for line in lines):
				return segment
		return None

	def in_order(self, jobs: list[Job]) -> list[Job]:
		answer = []
		for strategy in STRENGTH:
			for segment in self.rules.segments:
				mine = [job for job in jobs if job.segment is segment and segment.strategy is strategy]
				for key in reversed(segment.sort):
					mine.sort(key=SORTS[key.removeprefix("-")], reverse=key.startswith("-"))
				answer += mine
		assert len(answer) == len(jobs)
		return answer


# Priority and value with the highest first.
SORTS = {
	"priority": lambda job: -max(line.priority or 0 for line in job.lines),
	"customer": lambda job: job.lines[0].customer or "",
	"requested": lambda job: job.requested,
	"ordered_on": lambda job: job.lines[0].ordered_on,
	"value": lambda job: -sum(line.value or 0 for line in job.lines),
}


def rows_of(lines: list[OpenLine]) -> list[list[OpenLine]]:
	rows: dict[str, list[OpenLine]] = {}
	for line in lines:
		rows.setdefault(line.row, []).append(line)
	return list(rows.values())


def number(found: date) -> int:
	return (found - day(0)).days


def stock_of(snapshot: Snapshot, key: tuple[str, str]) -> list[float]:
	"""What is there at the end of each day, less what is owed to others than customers."""
	answer = []
	for today in range(DAYS):
		come = sum(
			s.qty for s in snapshot.supplies if (s.item_code, s.warehouse) == key and comes(s) <= today
		)
		gone = sum(
			c.qty
			for c in snapshot.commitments
			if (c.item_code, c.warehouse) == key and (c.due is None or number(c.due) <= today)
		)
		answer.append(come - gone)
	return answer


def comes(supply: Supply) -> int:
	"""The day of a supply; what is overdue comes tomorrow."""
	if supply.kind is SupplyKind.ON_HAND or supply.due is None:
		return 0
	return number(supply.due) if number(supply.due) >= 0 else 1
