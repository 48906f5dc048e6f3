"""What an order has taken so far: of receipts, and of the hours of workstations."""

from __future__ import annotations

from datetime import date
from typing import Any

# (item, warehouse, index of the receipt), and (workstation, day).
Place = tuple[str, str, int]
Slot = tuple[str, date]
# Free times of one job after the other, in minutes of the day; a workstation has a lane for each job that it can do at once.
Lane = tuple[tuple[float, float], ...]
Lanes = tuple[Lane, ...]
# A book, a key, and the value that it is given; None: it has none.
Step = tuple[dict[Any, Any], Any, Any]


class Taken(dict[Place, float]):
	"""Stock units taken from each receipt, and in `free` what is left of the days of workstations that were touched.

	What `claim` and `occupy` do can be taken back and done again: making is tried in more than one way.
	"""

	def __init__(self) -> None:
		super().__init__()
		self.free: dict[Slot, Lanes] = {}
		self._before: list[Step] = []

	def copy(self) -> Taken:
		"""A copy that goes its own way."""
		other = Taken()
		other.update(self)
		other.free.update(self.free)
		return other

	def claim(self, place: Place, qty: float) -> None:
		"""Takes `qty` more of a receipt."""
		self._set(self, place, self.get(place, 0.0) + qty)

	def occupy(self, slot: Slot, lanes: Lanes) -> None:
		"""Leaves `lanes` free of a workstation's day."""
		self._set(self.free, slot, lanes)

	def mark(self) -> int:
		"""Where things stand, for `take_back`."""
		return len(self._before)

	def take_back(self, mark: int) -> list[Step]:
		"""Undoes all since `mark`; gives what `do_again` needs."""
		done: list[Step] = []
		while len(self._before) > mark:
			book, key, before = self._before.pop()
			done.append((book, key, book[key]))
			if before is None:
				del book[key]
			else:
				book[key] = before
		return done

	def do_again(self, done: list[Step]) -> None:
		"""Does again what was taken back, from where it was taken back to."""
		for book, key, value in reversed(done):
			self._set(book, key, value)

	def _set(self, book: dict[Any, Any], key: Any, value: Any) -> None:
		self._before.append((book, key, book.get(key)))
		book[key] = value
