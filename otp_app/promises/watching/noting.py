"""Noting what moved, in the transaction that moves it, and waking the job that judges what depends on it.

A note is a row: it is there if and only if what it tells has been committed, and stays until promises were found for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import frappe
from frappe.utils import cint, now_datetime

from otp_app.operations.logs import logger
from otp_app.operations.tracing import enqueue
from otp_app.promises.watching.moves import Move

NOTE = "Order Promise Move"
JOB = "otp_app.promises.watching.judging.judge_what_moved"
# In Redis while a job is queued or at work: whoever finds it has no need to queue another.
AWAKE = "otp_watching_awake"
AWAKE_SECONDS = 120
COLUMNS = ("name", "creation", "modified", "owner", "modified_by", "document_type", "document", "move")


def note(moves: Iterable[Move]) -> None:
	"""Remembers moves until the transaction ends; all of one transaction are written in one statement."""
	moves = list(moves)
	if not moves or not is_watching():
		return
	waiting = _waiting()
	if not waiting:
		frappe.db.before_commit.add(write_notes)
		frappe.db.after_rollback.add(waiting.clear)
	waiting.update(dict.fromkeys(moves))


def is_watching() -> bool:
	"""Whether the settings ask for it: else the hourly review finds what has become late."""
	return bool(cint(frappe.get_cached_doc("Order Promise Settings").review_at_once))


def write_notes() -> None:
	"""Writes what was remembered; run as the transaction is about to be committed."""
	waiting = _waiting()
	if not waiting:
		return
	frappe.db.bulk_insert(NOTE, COLUMNS, [_row(move, index) for index, move in enumerate(waiting)])
	waiting.clear()
	frappe.db.after_commit.add(wake)


def _row(move: Move, index: int) -> tuple[object, ...]:
	"""As COLUMNS has it; a microsecond apart, so that they are read in the order in which they happened."""
	stamp = now_datetime() + timedelta(microseconds=index)
	name, user = frappe.generate_hash(length=10), frappe.session.user
	return (name, stamp, stamp, user, user, move.document_type, move.document, move.as_json())


def _waiting() -> dict[Move, None]:
	"""Each move once, in the order in which they happened."""
	if not hasattr(frappe.local, "otp_moves"):
		frappe.local.otp_moves = {}
	waiting: dict[Move, None] = frappe.local.otp_moves
	return waiting


def wake() -> None:
	"""Has a worker judge what was noted, unless one is about to. A queue that is down stops nobody: the scheduler comes."""
	try:
		if frappe.cache.set(frappe.cache.make_key(AWAKE), 1, nx=True, ex=AWAKE_SECONDS):
			enqueue(JOB, queue="long")
	except Exception:
		logger().warning("what moved waits for the scheduler", exc_info=True)


def wake_anew() -> None:
	"""As `wake`, whether or not somebody seems to be at it: a worker that was killed does not say so."""
	fall_asleep()
	wake()


def stay_awake() -> None:
	"""The job is at work: nobody else is needed for now."""
	frappe.cache.set(frappe.cache.make_key(AWAKE), 1, ex=AWAKE_SECONDS)


def fall_asleep() -> None:
	"""What is noted from now on needs another job."""
	frappe.cache.delete(frappe.cache.make_key(AWAKE))
