"""The job that judges what depends on what moved. One at a time for a site, and a crash at any point loses nothing.

Notes become a list of promises in one transaction; each promise is judged, and taken off the list, in another. Whoever
is killed leaves notes or the list behind, and the next one, at the latest the scheduler's, goes on with them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import now

from otp_app.promises.keeping.follow import review
from otp_app.promises.names import DOCTYPE
from otp_app.promises.watching import noting, webhook
from otp_app.promises.watching.finding import Found, promises_that_depend_on
from otp_app.promises.watching.moves import as_list, move_of, moves_of
from otp_app.promises.watching.telling import tell

NOTE = noting.NOTE
# The list: one row a promise, by its name.
RECHECK = "Order Promise Recheck"
COLUMNS = ("name", "creation", "modified", "owner", "modified_by", "promise_date", "moves")
NOTES_AT_ONCE = 500
PROMISES_AT_ONCE = 50
# A job waits so long for more to be noted before it ends: documents saved one after the other make one job.
LINGER_SECONDS = 2.0
POLL_SECONDS = 0.5
# Then it makes room for other jobs of the queue, and leaves the rest to another one.
LONGEST_SECONDS = 15 * 60


def judge_what_moved(linger: float = LINGER_SECONDS) -> None:
	"""Judges all that was noted, and tells what came of it; a background job.

	Who notes something while it runs need not wake another: it looks once more after it has let go of the lock.
	"""
	frappe.set_user("Administrator")
	until = time.monotonic() + LONGEST_SECONDS
	while True:
		with _alone() as mine:
			if not mine:
				return
			_work_until_quiet(linger, until)
		if time.monotonic() > until:
			noting.wake()
			return
		if not is_anything_left():
			return


def judge_what_is_left() -> None:
	"""What a job that was killed has left, and what a queue that was down has not heard of; a scheduled job."""
	if is_anything_left() or _is_anything_untold():
		noting.wake_anew()


def is_anything_left() -> bool:
	"""Whether there are notes, or promises on the list."""
	return any(frappe.get_all(doctype, limit=1) for doctype in (NOTE, RECHECK))


def _is_anything_untold() -> bool:
	return bool(
		frappe.get_all("Order Promise Event", or_filters={"tell_owner": 1, "tell_customer": 1}, limit=1)
	)


def _work_until_quiet(linger: float, until: float) -> None:
	quiet_since = time.monotonic()
	while time.monotonic() < until:
		noting.stay_awake()
		if judge_next():
			quiet_since = time.monotonic()
			continue
		tell()
		if time.monotonic() - quiet_since >= linger:
			break
		time.sleep(POLL_SECONDS)
		frappe.db.rollback()  # a new view of the tables
	noting.fall_asleep()
	judge_next()
	tell()
	webhook.deliver_soon()


def judge_next() -> bool:
	"""Lists what depends on the notes there are, and judges the most urgent of the list; False if there is nothing."""
	noted = list_what_depends()
	names = frappe.get_all(RECHECK, order_by="promise_date, name", limit=PROMISES_AT_ONCE, pluck="name")
	frappe.db.commit()
	for name in names:
		_judge(name)
	return bool(noted or names)


def list_what_depends() -> bool:
	"""Puts the promises that depend on what was noted on the list, and takes the notes away, in one transaction."""
	notes = frappe.get_all(NOTE, ["name", "move"], order_by="creation, name", limit=NOTES_AT_ONCE)
	if not notes:
		return False
	moves = list(dict.fromkeys(move_of(row.move) for row in notes))
	_list(promises_that_depend_on(moves))
	frappe.db.delete(NOTE, {"name": ("in", [row.name for row in notes])})
	frappe.db.commit()
	return True


def _list(found: list[Found]) -> None:
	names = [here.promise.name for here in found]
	listed = dict(frappe.get_all(RECHECK, {"name": ("in", names or [""])}, ["name", "moves"], as_list=True))
	stamp = now()
	rows = []
	for here in found:
		moves = [*moves_of(listed.get(here.promise.name)), *here.moves]
		values = (here.promise.promise_date, as_list(list(dict.fromkeys(moves))))
		rows.append((here.promise.name, stamp, stamp, "Administrator", "Administrator", *values))
	frappe.db.delete(RECHECK, {"name": ("in", list(listed) or [""])})
	if rows:
		frappe.db.bulk_insert(RECHECK, list(COLUMNS), rows)


def _judge(name: str) -> None:
	"""Judges one promise and takes it off the list; one that is busy, or cannot be judged, does not stop the others."""
	try:
		moves = moves_of(frappe.db.get_value(RECHECK, name, "moves"))
		frappe.db.commit()  # the review must not look at anything that is older than the moves
		if frappe.db.exists(DOCTYPE, name):
			review(name, moves)
		frappe.db.delete(RECHECK, {"name": name})
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		frappe.db.rollback()  # it stays on the list
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Order Promise {name} could not be judged again", reference_doctype=DOCTYPE)
		frappe.db.delete(RECHECK, {"name": name})
	frappe.db.commit()


@contextmanager
def _alone() -> Iterator[bool]:
	"""A lock of the database server: it goes with the connection, so that a killed job leaves none behind."""
	name = f"{frappe.conf.db_name}:otp_watching"
	mine = bool(frappe.db.sql("select get_lock(%s, 0)", name)[0][0])
	try:
		yield mine
	finally:
		if mine:
			frappe.db.sql("select release_lock(%s)", name)
