"""What of a run is written in one transaction: whole groups where they are small, else lines that make room first.

In between, nothing may be promised that is not there. A line that moves to a later date, or gives up its date, breaks
nobody; one that moves to an earlier date fits only when others have made room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from otp_app.backorder.lines import RunLine
from otp_app.engine.backorder.outcome import Change

# Lines: a transaction has about so many, and a group of more than the second is applied in several.
BATCH, SMALL_GROUP = 40, 200


@dataclass(frozen=True, slots=True)
class Batch:
	"""Lines of one transaction; `whole`: all that moves of their groups."""

	lines: tuple[RunLine, ...]
	whole: bool

	@property
	def orders(self) -> list[str]:
		"""Their Sales Orders."""
		return sorted({line.order for line in self.lines})

	@property
	def items(self) -> list[str]:
		"""Their items."""
		return sorted({item for line in self.lines for item in line.items})


def batches(lines: Sequence[RunLine], *, undo: bool) -> Iterator[Batch]:
	"""All lines, which come group by group in the order in which they are served. What gets one date stays together."""
	waiting: list[RunLine] = []
	for _group, found in groupby(lines, key=lambda line: line.group):
		of_group = list(found)
		if len(of_group) > SMALL_GROUP:
			yield from _in_steps(of_group, undo)
			continue
		waiting += of_group
		if len(waiting) >= BATCH:
			yield Batch(tuple(waiting), whole=True)
			waiting = []
	if waiting:
		yield Batch(tuple(waiting), whole=True)


def _in_steps(lines: Iterable[RunLine], undo: bool) -> Iterator[Batch]:
	units: dict[int, list[RunLine]] = {}
	for line in lines:
		units.setdefault(line.unit, []).append(line)
	# Sorting is stable: within both, they stay in the order in which they are served.
	ordered = sorted(units.values(), key=lambda unit: not makes_room(unit[0], undo=undo))
	for _room, found in groupby(ordered, key=lambda unit: makes_room(unit[0], undo=undo)):
		waiting: list[RunLine] = []
		for unit in found:
			waiting += unit
			if len(waiting) >= BATCH:
				yield Batch(tuple(waiting), whole=False)
				waiting = []
		if waiting:
			yield Batch(tuple(waiting), whole=False)


def makes_room(line: RunLine, *, undo: bool) -> bool:
	"""Whether a line moves to a later date, or gives its date up."""
	return (line.change in (Change.WORSE, Change.LOST)) is not undo


def dates_of(line: RunLine, *, undo: bool) -> tuple[date | None, date | None]:
	"""The date that a line must still have, and the one that it gets."""
	return (line.after, line.confirmed) if undo else (line.confirmed, line.after)
