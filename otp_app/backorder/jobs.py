"""The jobs of a run: started, found alive or dead, resumed, and what is written when the last one is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pypika.functions import Count
from rq.job import JobStatus

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime
from frappe.utils.background_jobs import get_job

from otp_app.backorder.applying import Mover
from otp_app.backorder.names import BUSY, LINE, PART, RUN, LineState, PartStatus, Phase, RunStatus
from otp_app.backorder.planning import plan
from otp_app.backorder.progress import counts_of, tell
from otp_app.backorder.simulating import simulate_part
from otp_app.engine.problems import CONFLICT, Problem, RequestRefused
from otp_app.operations.logs import logger
from otp_app.operations.tracing import enqueue as enqueue_job

JOB = "otp_app.backorder.jobs.work"
# Seconds that a job may take: applying a big book takes long.
TIMEOUT = 12 * 3600
# The job that splits a run has this number.
PLANNING = 0
STARTING = {Phase.APPLY: LineState.TO_APPLY, Phase.UNDO: LineState.APPLIED}
WAITING = (JobStatus.QUEUED, JobStatus.SCHEDULED, JobStatus.DEFERRED)


def start(run: str, phase: Phase) -> Document:
	"""Has workers do a phase of a run, for the present user. Raises RequestRefused (409 NOT_NOW) where it cannot be."""
	doc = frappe.get_doc(RUN, run, for_update=True)
	again = phase is Phase.SIMULATE and doc.status == RunStatus.FAILED.value and doc.phase == phase.value
	if doc.status not in phase.starts_from and not again:
		raise _not_now(
			_("{0} is {1}: this can be done only when it is {2}.").format(
				run, _(doc.status), _(" / ").join(sorted(map(_, phase.starts_from)))
			)
		)
	status = RunStatus.QUEUED if phase is Phase.SIMULATE else phase.doing
	doc.db_set(
		{
			"status": status.value,
			"phase": phase.value,
			"run_by": frappe.session.user,
			"message": None,
			"progress": 0,
		}
	)
	if phase is Phase.SIMULATE:
		_enqueue(doc, PLANNING)
	else:
		_reset_parts(doc)
		for part in doc.parts:
			_enqueue(doc, part.idx)
		if not doc.parts:
			finish(run)
	return doc


def _not_now(message: str) -> RequestRefused:
	return RequestRefused([Problem("NOT_NOW", message, "run", CONFLICT)])


def _reset_parts(doc: Document) -> None:
	"""Each part has to do with the lines that are in the state which the phase starts from."""
	line, state = frappe.qb.DocType(LINE), STARTING[Phase(doc.phase)].value
	query = frappe.qb.from_(line).select(line.part, Count("*")).where(line.run == doc.name)
	lines = dict(query.where(line.state == state).groupby(line.part).run())
	values = {"status": PartStatus.QUEUED.value, "started_on": None, "finished_on": None, "error": None}
	for part in doc.parts:
		frappe.db.set_value(PART, part.name, {**values, "done": 0, "lines": lines.get(part.idx, 0)})


def _enqueue(doc: Document, part: int) -> None:
	"""Has a worker do a part once this transaction is committed; a queue that is down is noticed by the scheduler."""
	job_id = f"{doc.name}:{part}:{frappe.generate_hash(length=8)}"
	if part == PLANNING:
		frappe.db.set_value(RUN, doc.name, "job_id", job_id, update_modified=False)
	else:
		frappe.db.set_value(PART, {"parent": doc.name, "idx": part}, "job_id", job_id)

	def enqueue() -> None:
		try:
			enqueue_job(JOB, queue="long", timeout=TIMEOUT, job_id=job_id, run=doc.name, part=part)
		except Exception:
			logger().warning("%s waits for the scheduler", job_id, exc_info=True)

	frappe.db.after_commit.add(enqueue)


def work(run: str, part: int) -> None:
	"""The job: does one part of what the run is at, or splits it. Nothing where another job is at it, or it is done."""
	with _alone(run, part) as mine:
		if not mine:
			return
		try:
			_split(run) if part == PLANNING else _do(run, part)
		except Exception as error:
			frappe.db.rollback()
			frappe.log_error(
				title=f"{run} failed",
				reference_doctype=RUN,
				reference_name=run,
				message=frappe.get_traceback(),
			)
			_fail(run, part, str(error) or type(error).__name__)
	finish(run)


def _split(run: str) -> None:
	doc = frappe.get_doc(RUN, run)
	if doc.status != RunStatus.QUEUED.value:
		return
	plan(doc)
	doc.reload()
	for part in doc.parts:
		_enqueue(doc, part.idx)
	frappe.db.commit()
	tell(run)


def _do(run: str, number: int) -> None:
	doc = frappe.get_doc(RUN, run)
	part = next((part for part in doc.parts if part.idx == number), None)
	if part is None or part.status == PartStatus.DONE.value or doc.status != Phase(doc.phase).doing.value:
		return
	started = {
		"status": PartStatus.RUNNING.value,
		"started_on": part.started_on or now_datetime(),
		"error": None,
	}
	frappe.db.set_value(PART, part.name, started)
	frappe.db.commit()
	phase, lines = Phase(doc.phase), None
	if phase is Phase.SIMULATE:
		lines = simulate_part(doc, part)
	else:
		Mover(run, part, phase is Phase.UNDO, lambda: tell(run)).all()
	done = {"status": PartStatus.DONE.value, "finished_on": now_datetime()}
	if lines is not None:
		done |= {"lines": lines, "done": lines}
	frappe.db.set_value(PART, part.name, done)
	frappe.db.commit()
	tell(run)


def _fail(run: str, part: int, why: str) -> None:
	if part == PLANNING:
		frappe.db.set_value(RUN, run, {"status": RunStatus.FAILED.value, "message": why})
	else:
		values = {"status": PartStatus.FAILED.value, "error": why, "finished_on": now_datetime()}
		frappe.db.set_value(PART, {"parent": run, "idx": part}, values)
	frappe.db.commit()


def finish(run: str) -> None:
	"""Once no part is left to be done: the run says what has become of it. Commits."""
	doc = frappe.get_doc(RUN, run, for_update=True)
	open_parts = [p for p in doc.parts if p.status in (PartStatus.QUEUED.value, PartStatus.RUNNING.value)]
	if doc.status in BUSY and doc.status != RunStatus.QUEUED.value and not open_parts:
		failed = [part for part in doc.parts if part.status == PartStatus.FAILED.value]
		values = {"status": Phase(doc.phase).done.value, "progress": 100, "message": None, **counts_of(run)}
		if failed:
			values |= {"status": RunStatus.FAILED.value, "message": failed[0].error}
		doc.db_set(values, notify=True)
	frappe.db.commit()


def resume(run: str) -> int:
	"""Has what a dead or failed job has left done by new jobs; how many. None where all are alive or waiting."""
	doc = frappe.get_doc(RUN, run, for_update=True)
	if doc.status == RunStatus.FAILED.value:
		_try_again(doc)
	if doc.status not in BUSY:
		raise _not_now(_("{0} is {1}: there is nothing to resume.").format(run, _(doc.status)))
	if doc.status == RunStatus.QUEUED.value:
		dead = [PLANNING] if _is_dead(run, PLANNING, doc.job_id) else []
	else:
		left = [part for part in doc.parts if part.status != PartStatus.DONE.value]
		dead = [part.idx for part in left if _is_dead(run, part.idx, part.job_id)]
		if not left:
			finish(run)
	for part in dead:
		_enqueue(doc, part)
	return len(dead)


def _try_again(doc: Document) -> None:
	"""Puts a failed run where it was."""
	phase = Phase(doc.phase)
	failed = [part for part in doc.parts if part.status == PartStatus.FAILED.value]
	for part in failed:
		frappe.db.set_value(PART, part.name, {"status": PartStatus.QUEUED.value, "error": None})
	status = phase.doing if failed or phase is not Phase.SIMULATE else RunStatus.QUEUED
	doc.db_set({"status": status.value, "message": None})
	doc.reload()


def resume_dead() -> None:
	"""Resumes every run whose jobs have died, as whoever started it; a scheduled job."""
	scheduler = frappe.session.user
	for name, user in frappe.get_all(RUN, {"status": ("in", sorted(BUSY))}, ["name", "run_by"], as_list=True):
		try:
			frappe.set_user(user or scheduler)
			resume(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"{name} could not be resumed", reference_doctype=RUN, reference_name=name)
			frappe.db.commit()
		finally:
			frappe.set_user(scheduler)


def _is_dead(run: str, part: int, job_id: str | None) -> bool:
	"""Whether no job is at a part, and none waits for a worker."""
	if frappe.db.sql("select is_used_lock(%s)", _lock(run, part))[0][0]:
		return False
	job = get_job(job_id) if job_id else None
	return job is None or job.get_status() not in WAITING


@contextmanager
def _alone(run: str, part: int) -> Iterator[bool]:
	"""Whether this is the only job at a part: a lock of the database server, which goes with the connection, so that a
	killed job leaves none behind."""
	name = _lock(run, part)
	if not frappe.db.sql("select get_lock(%s, 0)", name)[0][0]:
		yield False
		return
	# Asking has read something: what others have done since must be seen.
	frappe.db.commit()
	try:
		yield True
	finally:
		frappe.db.sql("select release_lock(%s)", name)


def _lock(run: str, part: int) -> str:
	return f"{frappe.conf.db_name}:{run}:{part}"
