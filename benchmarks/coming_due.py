"""What becomes of promises when their days come: a company's shelves, day by day. It shares no code with the engine.

On each day what arrives is put on the shelf, then what is due is shipped, that of the earliest date first, of one date
that which was ordered first. A line takes what there is and waits for the rest; it is broken if its last piece is not
there on its day. Goods that arrive on a day can leave on that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

Place = tuple[str, str]  # item code and warehouse


@dataclass(frozen=True, slots=True)
class Due:
	"""A quantity that is to leave a place on a day; `rank` is its turn among those of one day, `name` is unique."""

	name: str
	place: Place
	qty: float
	day: date
	rank: int


@dataclass(frozen=True, slots=True)
class Coming:
	"""A quantity that is to come on a day by a document; `arrives` of Shelves tells when it does."""

	document: str
	place: Place
	qty: float
	day: date


@dataclass(frozen=True)
class Shelves:
	"""What is there today, and what is to come."""

	today: date
	on_hand: dict[Place, float]
	coming: dict[Place, list[Coming]]

	def broken(self, due: Iterable[Due], arrives: Callable[[Coming], date]) -> set[str]:
		"""The names of those that do not leave in full on their day."""
		places: dict[Place, list[Due]] = {}
		for one in due:
			places.setdefault(one.place, []).append(one)
		return {name for place, rows in places.items() for name in self._at(place, rows, arrives)}

	def _at(self, place: Place, due: list[Due], arrives: Callable[[Coming], date]) -> set[str]:
		days: dict[date, tuple[float, list[Due]]] = {}
		for coming in self.coming.get(place, ()):
			day = max(arrives(coming), self.today)
			qty, rows = days.get(day, (0.0, []))
			days[day] = (qty + coming.qty, rows)
		for one in due:
			day = max(one.day, self.today)
			days.setdefault(day, (0.0, []))[1].append(one)
		shelf, waiting, broken = self.on_hand.get(place, 0.0), [], set()
		for day in sorted(days):
			arrived, rows = days[day]
			shelf += arrived
			waiting += [[one, one.qty] for one in sorted(rows, key=lambda one: (one.day, one.rank))]
			for entry in waiting:
				given = min(shelf, entry[1])
				shelf, entry[1] = shelf - given, entry[1] - given
			waiting = [entry for entry in waiting if entry[1] > 1e-6]
			broken |= {one.name for one, _ in waiting}
		return broken
