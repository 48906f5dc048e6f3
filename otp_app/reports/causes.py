"""Why a promised line is late: what moved, else what has become of the supplies that it is pegged to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate

from otp_app.engine.facts import Snapshot
from otp_app.engine.promise import DOCTYPES
from otp_app.engine.request import Rules
from otp_app.engine.schedule import Terms
from otp_app.promises.site import reads
from otp_app.promises.watching.moves import Move
from otp_app.promises.watching.sentences import sentence, stored_move
from otp_app.reports.permitted import PROMISE
from otp_app.sources.site import SiteSource

PEG = "Order Promise Peg"

# (document type, document, item)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cause:
	"""One sentence, and the document that it is about where the user may see it."""

	text: str
	document_type: str | None = None
	document: str | None = None


class Causes:
	"""The pegs of some lines and when their documents are expected as of now: two reads for any number of lines."""

	def __init__(self, lines: Collection[Any]) -> None:
		self._pegs: dict[tuple[str, int], list[Any]] = {}
		self._items: dict[tuple[str, int], set[str]] = {}
		for peg in _pegs({line.promise for line in lines}):
			self._items.setdefault((peg.parent, peg.line), set()).add(peg.item_code)
			if peg.document:
				self._pegs.setdefault((peg.parent, peg.line), []).append(peg)
		pegs = [peg for line in lines for peg in self._pegs.get((line.promise, line.idx), ())]
		self._expected = _expected_now({peg.item_code for peg in pegs}) if pegs else {}
		self._moves = {text: stored_move(text) for text in {line.moved for line in lines}}
		moved = {move.document_type for move in self._moves.values() if move}
		self._readable = {doctype: reads(doctype) for doctype in {peg.document_type for peg in pegs} | moved}

	def of(self, line: Any, today: date) -> Cause:
		"""What moved, else the document that slipped furthest, else one that is gone, else what the line itself tells."""
		if (move := self._moves[line.moved]) and self._concerns(move, line):
			return self._moved(move)
		pegs = self._pegs.get((line.promise, line.idx), ())
		slipped = [(now, peg) for peg in pegs if (now := self._now(peg)) and now > peg.expected_date]
		if slipped:
			now, peg = max(slipped, key=lambda pair: (pair[0], pair[1].document))
			return self._slipped(peg, now)
		gone = next((peg for peg in pegs if self._key(peg) not in self._expected), None)
		if gone is not None and (line.expected_date is None or _later(line)):
			return self._gone(gone)
		return _plain(line, today)

	def _concerns(self, move: Move, line: Any) -> bool:
		late = line.expected_date is None or _later(line)
		return late and move.about({line.item_code} | self._items.get((line.promise, line.idx), set()))

	def _moved(self, move: Move) -> Cause:
		if self._readable[move.document_type]:
			return Cause(sentence(move, named=True), move.document_type, move.document)
		return Cause(sentence(move, named=False))

	def _now(self, peg: Any) -> date | None:
		return self._expected.get(self._key(peg)) if peg.expected_date else None

	@staticmethod
	def _key(peg: Any) -> Key:
		return (peg.document_type, peg.document, peg.item_code)

	def _slipped(self, peg: Any, now: date) -> Cause:
		dates = (formatdate(now), formatdate(peg.expected_date))
		if self._readable[peg.document_type]:
			text = _("{0} {1} is expected on {2}, not {3}.").format(
				_(peg.document_type), peg.document, *dates
			)
			return Cause(text, peg.document_type, peg.document)
		return Cause(_("A {0} is expected on {1}, not {2}.").format(_(peg.document_type), *dates))

	def _gone(self, peg: Any) -> Cause:
		kind = _(peg.document_type)
		if self._readable[peg.document_type]:
			text = _("{0} {1} no longer covers it: received, closed, cancelled or on hold.")
			return Cause(text.format(kind, peg.document), peg.document_type, peg.document)
		return Cause(_("A {0} no longer covers it: received, closed, cancelled or on hold.").format(kind))


def _later(line: Any) -> bool:
	return bool(line.expected_date and line.promise_date and line.expected_date > line.promise_date)


def _plain(line: Any, today: date) -> Cause:
	if line.expected_date is None and line.shortage > 0:
		qty = f"{line.shortage:g}"
		return Cause(_("No supply covers {0} {1} of it.").format(qty, _(line.uom or "")))
	if line.expected_date is None:
		return Cause(_("No supply is expected for it any more."))
	if line.promise_date and line.promise_date < today:
		return Cause(_("It was not delivered by {0}.").format(formatdate(line.promise_date)))
	return Cause(_("The last review expects it on {0}.").format(formatdate(line.expected_date)))


def _pegs(promises: Collection[str]) -> list[Any]:
	"""The pegs of all lines."""
	return frappe.get_all(
		PEG,
		{"parent": ("in", sorted(promises) or [""]), "parenttype": PROMISE},
		["parent", "line", "item_code", "document_type", "document", "expected_date"],
		order_by="parent, idx",
	)


def _expected_now(items: Collection[str]) -> Mapping[Key, date]:
	"""When each open document is expected to deliver each item, the latest of its dates."""
	snapshot = SiteSource().snapshot(items)
	terms = Terms(snapshot, Rules(), snapshot.taken_at)
	answer: dict[Key, date] = {}
	for key, day in _open_documents(snapshot, terms):
		answer[key] = max(day, answer.get(key, day))
	return answer


def _open_documents(snapshot: Snapshot, terms: Terms) -> Iterable[tuple[Key, date]]:
	for supply in snapshot.supplies:
		doctype = DOCTYPES.get(supply.kind)
		if doctype and supply.document and supply.withheld is None:
			day = terms.expected(supply, snapshot.warehouses[supply.warehouse])
			yield (doctype, supply.document, supply.item_code), day
