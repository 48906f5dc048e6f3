"""What an order for supplies brings, and how that differs from what it brought before. No frappe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from otp_app.promises.watching.moves import Move, Pool

NOISE = 1e-6
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Coming:
	"""A row: `qty` in stock UOM, whether or not it has come already."""

	item_code: str
	warehouse: str
	day: date | None
	qty: float

	@property
	def pool(self) -> Pool:
		"""Where it is supply."""
		return (self.item_code, self.warehouse)


@dataclass(frozen=True, slots=True)
class Order:
	"""A document's rows by name. `ended` is the kind of move that has ended it, with its `values`; None while it is open."""

	document_type: str
	document: str
	rows: Mapping[str, Coming] = field(default_factory=dict)
	ended: str | None = None
	values: tuple[Any, ...] = ()

	@property
	def pools(self) -> frozenset[Pool]:
		"""Where it is supply."""
		return frozenset(row.pool for row in self.rows.values() if row.warehouse)

	def move(
		self, kind: str, worse: bool, values: tuple[Any, ...] = (), pools: frozenset[Pool] | None = None
	) -> Move:
		"""Something that has happened to it; about all that it brings unless `pools` are given."""
		about = self.pools if pools is None else pools
		return Move(self.document_type, self.document, kind, worse, values, about)


def compare(before: Order, after: Order) -> list[Move]:
	"""What happened to the order between two states of it."""
	if before.ended and after.ended:
		return []
	if before.ended:
		return [after.move("opened", False)]
	if after.ended:
		return [before.move(after.ended, True, after.values)]
	return [*_gone(before, after), *_new(before, after), *_dates(before, after), *_quantities(before, after)]


def _kept(before: Order, after: Order) -> Iterator[tuple[Coming, Coming]]:
	for name, row in after.rows.items():
		if (was := before.rows.get(name)) and was.pool == row.pool:
			yield was, row


def _gone(before: Order, after: Order) -> Iterator[Move]:
	for name, row in before.rows.items():
		now = after.rows.get(name)
		if now is None or now.pool != row.pool:
			yield after.move("removed", True, (row.item_code,), frozenset((row.pool,)))


def _new(before: Order, after: Order) -> Iterator[Move]:
	pools = set()
	for name, row in after.rows.items():
		was = before.rows.get(name)
		if was is None or was.pool != row.pool or row.qty > was.qty + NOISE:
			pools.add(row.pool)
	if pools:
		yield after.move("opened", False, pools=frozenset(pools))


def _dates(before: Order, after: Order) -> Iterator[Move]:
	"""One move for all rows that went from one day to the same other one."""
	moved: dict[tuple[date | None, date | None], set[Pool]] = defaultdict(set)
	for was, row in _kept(before, after):
		if was.day != row.day:
			moved[was.day, row.day].add(row.pool)
	for (old, new), pools in moved.items():
		worse = new is None or (old is not None and new > old)
		dates = tuple(day and day.isoformat() for day in (old, new))
		yield after.move("later" if worse else "earlier", worse, dates, frozenset(pools))


def _quantities(before: Order, after: Order) -> Iterator[Move]:
	for was, row in _kept(before, after):
		if row.qty < was.qty - NOISE:
			yield after.move("less", True, (row.qty, was.qty), frozenset((row.pool,)))
