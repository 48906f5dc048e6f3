"""Which of the moves is behind a promise that is at risk: what is kept with it, and what its reason begins with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from frappe import _

from otp_app.promises.keeping.lifecycle import ON_HOLD, LineState, PromiseStatus, Verdict
from otp_app.promises.watching.moves import Move
from otp_app.promises.watching.sentences import sentence, stored_move

MISSED = (PromiseStatus.AT_RISK, PromiseStatus.BROKEN)


def move_behind(
	doc: Any, verdict: Verdict, lines: Sequence[LineState], moves: Collection[Move]
) -> Move | None:
	"""What the promise waits for; what was told before, unless it got another date since.

	A document that a late line is pegged to goes before what took its stock; of several the last.
	"""
	if verdict.status not in MISSED or verdict.reason == ON_HOLD:
		return None
	before = stored_move(doc.moved)
	items = _late_items(doc, lines)
	worse = [move for move in moves if move.worse and move.about(items)]
	if not worse or (before is not None and not _has_other_dates(doc, lines)):
		return before
	pegged = {(peg.document_type, peg.document) for peg in doc.pegs}
	of_pegs = [move for move in worse if (move.document_type, move.document) in pegged]
	return (of_pegs or worse)[-1]


def _late_items(doc: Any, lines: Sequence[LineState]) -> set[str]:
	"""The items of late lines, and of their components."""
	late = {line.item_code for line in lines if line.open_qty > 0 and _is_late(line)}
	rows = {line.idx for line in doc.lines if line.item_code in late}
	return late | {peg.item_code for peg in doc.pegs if peg.line in rows}


def _is_late(line: LineState) -> bool:
	return line.expected is None or line.promised is None or line.expected > line.promised


def _has_other_dates(doc: Any, lines: Sequence[LineState]) -> bool:
	expected = sorted(str(line.expected) for line in lines)
	return expected != sorted(str(line.expected_date) for line in doc.lines)


def reason_of(verdict: Verdict, told: Sequence[object], move: Move | None) -> str | None:
	"""The sentences of a status: what moved, without its name (that is at permission level 1), and what follows.

	`told` are the verdict's values as a person reads them.
	"""
	if not verdict.reason:
		return None
	follows = _(verdict.reason).format(*told)
	return f"{sentence(move, named=False)} {follows}" if move else follows
