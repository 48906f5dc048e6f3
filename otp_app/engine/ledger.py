"""Cumulative ATP with look-ahead, per item and warehouse, and the pegs that promises take from it.

With supplies and commitments ordered by date, `net(t)` is all supplies up to `t` less all commitments up to `t`, and
`ATP(t) = max(0, min of net(s) for all s >= t)` (cumulative ATP with look-ahead: docs/how-a-promise-is-made.md; Oracle ASCP and
Dynamics 365 manuals give the known answers in tests/engine/test_known_answers.py). ATP never falls with time, so it
is a list of *receipts*: what each date adds, `ATP(t) - ATP(the date before)`. Taking a quantity out of one receipt
leaves every other receipt as it was, so promises consume receipts, earliest first, and that is the peg.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from otp_app.engine.facts import Supply

# Sums of floats are rounded to this many digits, far below any float precision that a site can set.
NOISE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Arrival:
	"""A supply and the day from which it can be picked; a negative stock level has a negative quantity."""

	day: date
	supply: Supply


@dataclass(frozen=True, slots=True)
class Owed:
	"""A committed quantity, in stock units, and the day on which it leaves."""

	day: date
	qty: float


@dataclass(slots=True)
class Receipt:
	"""What `supply` adds to ATP on `day`, in stock units, less what has been promised from it."""

	day: date
	qty: float
	supply: Supply


@dataclass(frozen=True, slots=True)
class Level:
	"""The ledger at the end of one day, in stock units; `arriving` and `leaving` are that day's own."""

	day: date
	arriving: float
	leaving: float
	net: float
	atp: float


def levels(arrivals: Iterable[Arrival], owed: Iterable[Owed]) -> list[Level]:
	"""Net and ATP by date, one row for each day on which something arrives or leaves."""
	arriving: dict[date, float] = {}
	leaving: dict[date, float] = {}
	for arrival in arrivals:
		arriving[arrival.day] = arriving.get(arrival.day, 0.0) + arrival.supply.qty
	for debt in owed:
		leaving[debt.day] = leaving.get(debt.day, 0.0) + debt.qty
	net = 0.0
	rows: list[tuple[date, float, float, float]] = []
	for day in sorted(arriving.keys() | leaving.keys()):
		come = round(arriving.get(day, 0.0), NOISE_DIGITS)
		go = round(leaving.get(day, 0.0), NOISE_DIGITS)
		net = round(net + come - go, NOISE_DIGITS)
		rows.append((day, come, go, net))
	lowest = float("inf")
	answer: list[Level] = []
	for day, come, go, net in reversed(rows):
		lowest = min(lowest, net)
		answer.append(Level(day, come, go, net, max(0.0, lowest)))
	return answer[::-1]


def receipts(arrivals: Iterable[Arrival], owed: Iterable[Owed], tolerance: float) -> list[Receipt]:
	"""What each supply adds to ATP, by date; amounts below `tolerance` (stock units) are dropped.

	Where several documents arrive on one day, commitments take from the first of them, by kind and name, so that
	what is free is pegged to the last.
	"""
	arrivals = list(arrivals)
	by_day: dict[date, list[Supply]] = {}
	for arrival in arrivals:
		by_day.setdefault(arrival.day, []).append(arrival.supply)
	answer: list[Receipt] = []
	before = 0.0
	for level in levels(arrivals, owed):
		free, before = level.atp - before, level.atp
		if free > tolerance:
			answer.extend(_peg(level.day, free, by_day[level.day], tolerance))
	return answer


def _peg(day: date, free: float, supplies: list[Supply], tolerance: float) -> list[Receipt]:
	answer: list[Receipt] = []
	for supply in sorted(supplies, key=document_order, reverse=True):
		qty = round(min(free, supply.qty), NOISE_DIGITS)
		if qty > tolerance:
			answer.append(Receipt(day, qty, supply))
			free -= qty
	return answer[::-1]


def document_order(supply: Supply) -> tuple[str, str, str, float]:
	"""The one order of supplies, whatever order they were read in."""
	return (supply.kind.value, supply.document or "", str(supply.due or ""), supply.qty)
