"""Suppliers whose true days late are known: what is learned against the truth, and what learning costs.

python -m benchmarks.reliability [--receipts 1000000] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from statistics import mean

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.history import Delivery
from otp_app.engine.reliability.learning import learn
from otp_app.engine.reliability.priors import prior
from otp_app.engine.reliability.scoring import LEVELS, date_for

TODAY = date(2026, 3, 2)
YEARS = 2
KIND = SupplyKind.PURCHASE_ORDER
HISTORIES = (0, 1, 5, 20, 100, 500)
SUPPLIERS = 40
SEED = 5
# Of the receipts whose learning is timed.
PARTIES, GROUPS = 2_000, 100
FURTHEST = 366


@dataclass(frozen=True)
class Truth:
	"""On time with a probability, of which some early by up to two weeks; else late by a geometric number of days."""

	on_time: float
	early: float
	mean_late: float

	def draw(self, dice: random.Random) -> int:
		"""Days late of one delivery."""
		if dice.random() < self.on_time:
			return -dice.randint(1, 14) if dice.random() < self.early else 0
		return min(FURTHEST, 1 + int(dice.expovariate(1 / self.mean_late)))

	def within(self, days: int) -> float:
		"""The true probability of at most so many days late."""
		if days < 0:
			return self.on_time * self.early * max(0, min(14, 15 + days)) / 14
		# 1 + int(x) is at most d exactly where x is below d.
		tail = (1 - self.on_time) * 2.718281828459045 ** (-days / self.mean_late)
		return 1 - tail if days else self.on_time

	def date_for(self, level: float) -> int:
		"""The least days late that hold with a probability."""
		return next(day for day in range(-14, FURTHEST) if self.within(day) >= level)


def truths(dice: random.Random) -> list[Truth]:
	"""Suppliers from nearly always on time to late every other time; the mean of them is not that of the prior."""
	return [
		Truth(dice.betavariate(9, 1.2), dice.random() * 0.4, dice.choice((3, 8, 20)))
		for _ in range(SUPPLIERS)
	]


def deliveries(name: str, truth: Truth, count: int, dice: random.Random) -> Iterator[Delivery]:
	"""So many deliveries over the last two years; those that would come after today are still awaited."""
	for _ in range(count):
		promised = TODAY - timedelta(days=dice.randint(1, 365 * YEARS))
		arrived = promised + timedelta(days=truth.draw(dice))
		yield Delivery(KIND, name, "Parts", promised, arrived if arrived < TODAY else None)


@dataclass(frozen=True)
class Against:
	"""What was said against the truth, over all suppliers with one amount of history.

	Errors are of the probability of being on time: its mean size, its mean (too high or too low), and that of the prior alone.
	`covers` is the true probability of the 80, 90 and 95 % dates; `day_before` that of the day before each.
	"""

	history: int
	error: float
	bias: float
	error_of_prior: float
	covers: tuple[float, ...]
	day_before: tuple[float, ...]


def against_truth() -> Iterator[Against]:
	"""One row for each amount of history: all suppliers of a site have as much, beside twenty that it has known for long."""
	for history in HISTORIES:
		dice = random.Random(SEED)
		known, looked_at = truths(dice)[: SUPPLIERS // 2], truths(dice)
		site = [d for n, truth in enumerate(known) for d in deliveries(f"Known {n}", truth, 100, dice)]
		for n, truth in enumerate(looked_at):
			site.extend(deliveries(f"Supplier {n}", truth, history, dice))
		records = {(r.party, r.item_group): r.lateness for r in learn(site, (), TODAY)}
		in_general = records[None, None]
		said = [records.get((f"Supplier {n}", None), in_general) for n in range(SUPPLIERS)]
		yield _compared(history, looked_at, said)


def _compared(history: int, truths: list[Truth], said: list[DaysLate]) -> Against:
	pairs = list(zip(truths, said, strict=True))
	errors = [one.within(0) - truth.within(0) for truth, one in pairs]
	of_prior = [prior(KIND).within(0) - truth.within(0) for truth in truths]
	return Against(
		history=history,
		error=mean(map(abs, errors)),
		bias=mean(errors),
		error_of_prior=mean(map(abs, of_prior)),
		covers=tuple(mean(truth.within(date_for(one, level)) for truth, one in pairs) for level in LEVELS),
		day_before=tuple(
			mean(truth.within(date_for(one, level) - 1) for truth, one in pairs) for level in LEVELS
		),
	)


def receipts(count: int) -> Iterator[Delivery]:
	"""So many receipts of five years, mostly of large suppliers, one in ten late."""
	dice = random.Random(SEED)
	for _ in range(count):
		party = int(PARTIES * dice.random() ** 2)
		promised = TODAY - timedelta(days=dice.randint(1, 365 * 5))
		late = int(3 * dice.paretovariate(1.2)) if dice.random() < 0.1 else dice.choice((0, 0, 0, 0, -1, -3))
		yield Delivery(
			KIND,
			f"S{party}",
			f"G{(party + dice.randint(0, 3)) % GROUPS}",
			promised,
			promised + timedelta(days=late),
		)


def cost(count: int) -> dict[str, float]:
	"""Seconds and peak megabytes of learning from so many receipts that come one by one, in a process of its own."""
	with multiprocessing.get_context("spawn").Pool(1) as pool:
		return pool.apply(_cost, (count,))


def _cost(count: int) -> dict[str, float]:
	start = time.perf_counter()
	for _ in receipts(count):
		pass
	making = time.perf_counter() - start
	start = time.perf_counter()
	records = learn(receipts(count), (), TODAY)
	return {
		"receipts": count,
		"seconds": round(time.perf_counter() - start - making, 1),
		"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
		"records": len(records),
		"days_a_record": round(mean(len(record.lateness.days) for record in records), 1),
	}


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--receipts", type=int, default=1_000_000, help="how many to time; 0 leaves it out")
	parser.add_argument("--json", action="store_true")
	asked = parser.parse_args()
	rows = list(against_truth())
	costs = cost(asked.receipts) if asked.receipts else None
	if asked.json:
		print(json.dumps({"against_truth": [asdict(row) for row in rows], "cost": costs}, indent=2))
		return
	print(
		f"{SUPPLIERS} suppliers with known truth, beside {SUPPLIERS // 2} with 100 deliveries each; in points of probability"
	)
	print("history  error   bias  error of the prior  80/90/95 % dates truly hold with  the day before each")
	for row in rows:
		covers, before = (
			" ".join(f"{100 * share:4.1f}" for share in of) for of in (row.covers, row.day_before)
		)
		print(
			f"{row.history:7}  {100 * row.error:5.1f}  {100 * row.bias:+5.1f}  {100 * row.error_of_prior:18.1f}"
			f"  {covers:>31}  {before:>19}"
		)
	if costs:
		print(
			"Learning from {receipts:,} receipts: {seconds} s, peak {peak_mb} MB, {records:,} records.".format(
				**costs
			)
		)


if __name__ == "__main__":
	main()
