"""Writing what a run has found into orders, batch by batch, and putting it back.

Each batch is one transaction, and the state of each line is written in it: a job that is killed leaves nothing half
done, and starting again goes on where it stopped. The orders and items of a batch are locked; under the locks a line is
moved only if it is as the simulation saw it, and if its new date still stands by the books of this moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from otp_app.backorder.batches import Batch, batches, dates_of
from otp_app.backorder.lines import RunLine, lines_in_state, parts_of, still_in_state, write_states
from otp_app.backorder.names import PART, RUN, LineState
from otp_app.engine.backorder.standing import Move, Standing, standing
from otp_app.engine.facts import Customer, OpenLine, Snapshot
from otp_app.engine.messages import Message
from otp_app.engine.problems import RequestRefused
from otp_app.promises.keeping.locking import lock_first
from otp_app.promises.keeping.moving import move
from otp_app.promises.site import site_now
from otp_app.sources.site.book import read_book
from otp_app.sources.site.customers import read_customers
from otp_app.sources.site.world import read_world

ATTEMPTS = 8
PAUSE = 0.05  # seconds before the second attempt, twice as many before the third, and so on
REFUSALS = (RequestRefused, frappe.ValidationError, frappe.PermissionError)

Rows = dict[tuple[str, str], list[OpenLine]]
States = dict[str, tuple[LineState, Sequence[Message]]]


@dataclass
class Mover:
	"""Moves the lines of one part of a run; `undo` puts them back."""

	run: str
	part: Document
	undo: bool
	told: Callable[[], None]
	customers: Mapping[str, Customer] = field(default_factory=dict)

	@property
	def states(self) -> tuple[LineState, LineState, LineState]:
		"""Those that are to be moved, that were, and that could not be."""
		if self.undo:
			return LineState.APPLIED, LineState.UNDONE, LineState.NOT_UNDONE
		return LineState.TO_APPLY, LineState.APPLIED, LineState.NOT_APPLIED

	def all(self) -> None:
		"""Moves all that is still to be moved, and commits batch by batch."""
		self.customers = read_customers(read_world(getdate()))
		lines = lines_in_state(self.run, self.part.idx, self.states[0])
		for batch in batches(lines, undo=self.undo):
			self._batch(batch)
			self.told()

	def _batch(self, batch: Batch) -> None:
		"""Does a batch, and again without what could not be saved, or when others were in the way."""
		refused: dict[int, Message] = {}
		failures = 0
		while True:
			try:
				if self._once(batch, refused):
					return
			except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
				failures += 1
				if failures == ATTEMPTS:
					raise
				time.sleep(PAUSE * 2**failures)
			finally:
				# Whatever was not committed is taken back.
				frappe.db.rollback()

	def _once(self, batch: Batch, refused: dict[int, Message]) -> bool:
		"""One attempt; False where an order could not be saved, which is in `refused` by then."""
		lock_first(batch.orders, batch.items)
		left = still_in_state([line.name for line in batch.lines], self.states[0])
		units = _by_unit(line for line in batch.lines if line.name in left)
		book = read_book(batch.items, customers=self.customers)
		states, moving = self._judge(units, book, refused, batch.whole)
		for order, lines in moving.items():
			if why := self._save(order, lines):
				refused |= dict.fromkeys({line.unit for line in lines}, why)
				return False
		write_states(states)
		self._count(len(states))
		frappe.db.commit()
		return True

	def _judge(
		self, units: Mapping[int, list[RunLine]], book: Snapshot, refused: Mapping[int, Message], whole: bool
	) -> tuple[States, dict[str, list[RunLine]]]:
		"""What becomes of each line, and the lines that move, by order."""
		rows = _by_row(book.open_lines)
		reasons = {
			unit: refused.get(unit) or self._stale(lines, rows) for unit, lines in sorted(units.items())
		}
		asked = [unit for unit in _in_order(units) if reasons[unit] is None]
		moves = [self._move(units[unit]) for unit in asked]
		spares, others_stay = whole and not self.undo, len(asked) < len(units)
		found = standing(book, moves, site_now(), whole=spares, others_stay=others_stay)
		for unit, one, state in zip(asked, moves, found, strict=True):
			reasons[unit] = _why_not(state, one.date)
		_from, done, not_done = self.states
		states: States = {}
		moving: dict[str, list[RunLine]] = {}
		for unit, lines in units.items():
			why = reasons[unit]
			for line in lines:
				states[line.name] = (not_done, [why]) if why else (done, [])
				if why is None:
					moving.setdefault(line.order, []).append(line)
		return states, dict(sorted(moving.items()))

	def _stale(self, lines: Sequence[RunLine], rows: Rows) -> Message | None:
		"""Why lines are no longer what the run has them for; None if they are."""
		for line in lines:
			now = rows.get((line.order, line.row))
			if now is None:
				return Message("NOT_OPEN")
			if not self.undo and parts_of(now) != line.open_parts:
				return Message("CHANGED")
			seen, _new = dates_of(line, undo=self.undo)
			if now[0].confirmed != seen:
				return Message("DATE_CHANGED", {"found": _day(now[0].confirmed), "seen": _day(seen)})
		return None

	def _move(self, lines: Sequence[RunLine]) -> Move:
		first = lines[0]
		dates = [dates_of(line, undo=self.undo)[1] for line in lines]
		# What an order that is shipped complete had is one date for each row: the last one is that of the order.
		last = None if None in dates else max(day for day in dates if day)
		rows = frozenset(line.row for line in lines)
		return Move(first.order, rows, last, gives_up=first.gives_up and not self.undo)

	def _save(self, order: str, lines: Sequence[RunLine]) -> Message | None:
		"""Moves the rows of one order; why it could not be saved, None if it was."""
		try:
			doc = frappe.get_doc("Sales Order", order, for_update=True)
			doc.check_permission("write")
			dates = {line.row: dates_of(line, undo=self.undo)[1] for line in lines}
			move(doc, dates, self._comment())
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			raise
		except REFUSALS as error:
			frappe.clear_messages()
			return Message("NOT_SAVED", {"why": frappe.utils.strip_html(str(error))})
		return None

	def _comment(self) -> str:
		link = frappe.utils.get_link_to_form(RUN, self.run)
		if self.undo:
			return _("{0} was undone:").format(link)
		return _("{0} was applied:").format(link)

	def _count(self, lines: int) -> None:
		part = frappe.qb.DocType(PART)
		frappe.qb.update(part).set(part.done, part.done + lines).where(part.name == self.part.name).run()


def _by_unit(lines: Iterable[RunLine]) -> dict[int, list[RunLine]]:
	units: dict[int, list[RunLine]] = {}
	for line in lines:
		units.setdefault(line.unit, []).append(line)
	return units


def _in_order(units: Mapping[int, list[RunLine]]) -> list[int]:
	return sorted(units, key=lambda unit: (units[unit][0].group, units[unit][0].position))


def _by_row(lines: Iterable[OpenLine]) -> Rows:
	rows: Rows = {}
	for line in lines:
		rows.setdefault((line.order, line.row), []).append(line)
	return rows


def _why_not(state: Standing, new: date | None) -> Message | None:
	if state is Standing.STANDS:
		return None
	if state is Standing.NOT_NEEDED:
		return Message("NOT_NEEDED")
	return Message("DOES_NOT_HOLD", {"date": _day(new)})


def _day(day: date | None) -> str:
	return day.isoformat() if day else "-"
