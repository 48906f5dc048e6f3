"""Learning anew from all of the history: nightly, and when somebody asks for it. Only one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from otp_app.engine.reliability.learning import learn
from otp_app.operations.logs import logger
from otp_app.operations.tracing import enqueue
from otp_app.reliability.names import RECORD
from otp_app.reliability.records import replace_all
from otp_app.sources.site.history import read_counts, read_deliveries

JOB = "otp_app.reliability.refresh.refresh_for_user"
# What Desk hears when it is over.
EVENT = "otp_reliability_refreshed"
# Of the time that it takes: reading, before learning and writing.
READING = 80

Told = Callable[[int, str], None]


class AlreadyRunning(Exception):
	"""Somebody else is refreshing the records."""


def refresh(told: Told | None = None) -> int:
	"""Learns from the history as it is, and replaces all records in one commit; the number of records.

	`told` hears the percentage done and what is done next. Whatever fails, the old records stay. Raises AlreadyRunning.
	"""
	with _alone():
		try:
			count = learn_and_write(told)
			frappe.db.commit()
		except BaseException:
			frappe.db.rollback()
			raise
	return count


def learn_and_write(told: Told | None = None) -> int:
	"""As `refresh`, within the caller's transaction, which may not commit it."""
	told = told or _unheard
	today = getdate(nowdate())
	digits = cint(frappe.db.get_default("float_precision")) or 3
	told(0, _("Reading what came and when"))
	counts = read_counts(0.5 * 10.0**-digits)

	def reading(done: int, of: int) -> None:
		told(READING * done // of, _("Reading what came and when"))

	with closing(read_deliveries(today, reading)) as deliveries:
		found = learn(deliveries, counts, today)
	told(READING + 10, _("Writing what was learned"))
	return replace_all(found)


def refresh_nightly() -> None:
	"""The scheduled job; nothing to do while somebody else is at it."""
	try:
		refresh()
	except AlreadyRunning:
		logger().info("Supply Reliability is being refreshed already")


def enqueue_refresh() -> bool:
	"""Has a worker refresh the records for the present user; False where one is about to, or is at it."""
	queued = enqueue(JOB, queue="long", job_id=JOB, deduplicate=True, user=frappe.session.user)
	return queued is not None


def refresh_for_user(user: str) -> None:
	"""The job of enqueue_refresh: tells the user, and nobody else, how far it is and how it ended."""

	def told(percent: int, what: str) -> None:
		_tell(user, percent=percent, message=what)

	try:
		count = refresh(told)
	except AlreadyRunning:
		_tell(user, error=_("Somebody else is refreshing Supply Reliability. Try again in a few minutes."))
	except Exception:
		frappe.log_error(title=f"{RECORD} could not be refreshed")
		frappe.db.commit()
		_tell(user, error=_("Supply Reliability could not be refreshed and is as before: see the Error Log."))
		raise
	else:
		_tell(user, percent=100, message=_("{0} records").format(count), done=True)


def _tell(user: str, **message: object) -> None:
	frappe.publish_realtime(EVENT, message, user=user)


def _unheard(percent: int, what: str) -> None:
	"""Nobody waits for it."""


@contextmanager
def _alone() -> Iterator[None]:
	"""A lock of the database server: it goes with the connection, so that a killed job leaves none behind."""
	name = f"{frappe.conf.db_name}:otp_reliability"
	if not frappe.db.sql("select get_lock(%s, 0)", name)[0][0]:
		raise AlreadyRunning
	try:
		yield
	finally:
		frappe.db.sql("select release_lock(%s)", name)
