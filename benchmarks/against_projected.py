"""ERPNext's projected quantity against promises of the app, on a big site: python -m benchmarks.against_projected SITE,
in its sites folder, or `python scripts/big_site.py --run benchmarks.against_projected`.

The same new lines are asked one after another of each order desk, and of the app. Then their days come
(benchmarks.coming_due), with all that was ordered on its day, and with days late drawn from real deliveries. Nothing is
written.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import mean

import frappe

from benchmarks.coming_due import Coming, Due
from benchmarks.desks import DESKS, Desk, Told, Wish
from benchmarks.lateness import Lateness
from benchmarks.otp_desk import Facts, promises
from benchmarks.site_books import SiteBooks, read_books, wishes

LINES, DRAWS, SEED = 2_000, 20, 7
SERVICE_LEVEL = 0.9

Answers = Mapping[str, Told | None]


@dataclass(frozen=True)
class Judge:
	"""Decides which promises hold; `others` are the commitments that there were before."""

	books: SiteBooks
	wishes: Sequence[Wish]
	# What breaks anyway, in each course of events.
	before: dict[Lateness | None, set[str]] = field(default_factory=dict)

	def broken(self, answers: Answers, lateness: Lateness | None) -> tuple[int, int]:
		"""How many new promises break, and how many of other customers that would have held without them."""
		arrives = self._arrives(lateness)
		shelves = self.books.shelves
		if lateness not in self.before:
			self.before[lateness] = shelves.broken(self.books.others, arrives)
		before = self.before[lateness]
		after = shelves.broken([*self.books.others, *self._due(answers)], arrives)
		customers = {due.name for due in self.books.others if due.name in self.books.customers}
		mine = {name for name in after if name in answers} | self._bought_late(answers, lateness)
		return len(mine), len((after - before) & customers)

	def _arrives(self, lateness: Lateness | None) -> Callable[[Coming], date]:
		"""What is overdue comes on the next working day, when all else comes on its day."""
		tomorrow = self.books.tomorrow
		if lateness is None:
			return lambda coming: max(coming.day, tomorrow)
		late = self.books.purchases
		return lambda coming: (
			lateness.arrival(coming.document, coming.day, tomorrow)
			if coming.document in late
			else max(coming.day, tomorrow)
		)

	def _due(self, answers: Answers) -> list[Due]:
		"""What of the new lines leaves the shelf: all but what is bought for them."""
		rank = len(self.books.others)
		return [
			Due(wish.name, wish.place, wish.qty - told.bought, told.day, rank + number)
			for number, wish in enumerate(self.wishes)
			if (told := answers[wish.name]) is not None and wish.qty - told.bought > 1e-6
		]

	def _bought_late(self, answers: Answers, lateness: Lateness | None) -> set[str]:
		if lateness is None:
			return set()
		tomorrow = self.books.tomorrow
		return {
			name
			for name, told in answers.items()
			if told is not None and told.comes and lateness.arrival(name, told.comes, tomorrow) > told.day
		}


def ask(desk: Desk, wanted: Sequence[Wish], books: SiteBooks) -> Answers:
	"""What a desk tells, line after line; it has the Bins to itself."""
	bins, told = books.figures(), dict[str, float]()
	return {
		wish.name: desk.tell(wish, bins[wish.place], books.lead_times[wish.place], told) for wish in wanted
	}


def row(name: str, answers: Answers, judge: Judge, draws: Sequence[Lateness]) -> dict[str, object]:
	"""A line of the table."""
	days = {wish.name: wish.day for wish in judge.wishes}
	dated = {name: told.day for name, told in answers.items() if told is not None}
	mine, others = judge.broken(answers, None)
	late = [judge.broken(answers, draw) for draw in draws]
	return {
		"desk": name,
		"on the wished day": sum(day <= days[name] for name, day in dated.items()),
		"no date": len(answers) - len(dated),
		"mean days": round(mean((day - judge.books.today).days for day in dated.values()), 1),
		"broken": mine,
		"others broken": others,
		"broken, late": round(mean(mine for mine, _ in late)),
		"others broken, late": round(mean(others for _, others in late)),
	}


def measure(lines: int, draws: int, seed: int) -> list[dict[str, object]]:
	"""The table, a row for each desk."""
	wanted = wishes(lines, seed)
	books = read_books(wanted)
	judge, facts = Judge(books, wanted), Facts.read(wanted)
	drawn = [Lateness(random.Random(f"{seed}-{number}").random()) for number in range(draws)]
	rows = [row(desk.name, ask(desk, wanted, books), judge, drawn) for desk in DESKS]
	for name, level in (("otp_app", None), (f"otp_app, service level {SERVICE_LEVEL:.0%}", SERVICE_LEVEL)):
		rows.append(row(name, promises(facts, wanted, level), judge, drawn))
	return rows


def show(rows: Sequence[Mapping[str, object]], lines: int, source: str) -> None:
	print(f"\n{lines:,} new lines; days late drawn from {source}")
	width = max(len(str(one["desk"])) for one in rows)
	names = list(rows[0])[1:]
	print("  ".join(["".ljust(width), *names]))
	for one in rows:
		print(
			"  ".join([str(one["desk"]).ljust(width), *(str(one[name]).rjust(len(name)) for name in names)])
		)


def main(arguments: Sequence[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("--lines", type=int, default=LINES, help="new lines that are asked")
	parser.add_argument(
		"--draws", type=int, default=DRAWS, help="how often lateness is drawn; the mean is told"
	)
	parser.add_argument("--seed", type=int, default=SEED)
	options = parser.parse_args(arguments)
	frappe.init(site=options.site)
	frappe.connect()
	show(measure(options.lines, options.draws, options.seed), options.lines, Lateness.source())
	frappe.destroy()


if __name__ == "__main__":
	main()
