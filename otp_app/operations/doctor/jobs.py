"""The queue, its workers, and the scheduler: who watches promises, expires holds and settles payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rq import Queue, Worker
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job

import frappe
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import generate_qname, get_redis_conn
from frappe.utils.scheduler import is_scheduler_inactive

from otp_app.operations.doctor.finding import Finding, command, error, named, warning

# Queues that the app's jobs are in, and what does not happen without a worker.
QUEUES = {
	"short": "payments and webhooks wait",
	"default": "e-mails wait",
	"long": "promises are not judged again, and backorder runs wait",
}
APP = "otp_app."
# Two of the scheduler's ticks of five minutes, and some more.
SILENT = timedelta(minutes=15)
MAX_FAILED = 1000


def look_at_queue() -> Iterator[Finding]:
	"""A worker for each queue, and jobs of ours that have failed."""
	connection = get_redis_conn()
	served = {name for worker in Worker.all(connection=connection) for name in worker.queue_names()}
	for queue, missed in QUEUES.items():
		if generate_qname(queue) not in served:
			fix = f"bench worker --queue {queue}, or bench setup supervisor"
			yield error("NO_WORKER", f"No worker takes jobs of the queue {queue}: {missed}.", fix)
	if failed := sorted(set(_failed(connection))):
		fix = "Desk: RQ Job, Status failed; read why, then delete them"
		yield warning("JOBS_FAILED", f"Jobs have failed: {named(failed)}.", fix)


def _failed(connection: object) -> Iterator[str]:
	"""The methods of this site's failed jobs that are ours."""
	for queue in QUEUES:
		registry = Queue(generate_qname(queue), connection=connection).failed_job_registry
		for job_id in registry.get_job_ids(0, MAX_FAILED):
			try:
				about = Job.fetch(job_id, connection=connection).kwargs
			except (NoSuchJobError, DeserializationError, ImportError):
				continue
			if about.get("site") == frappe.local.site and str(about.get("method")).startswith(APP):
				yield str(about["method"])


def look_at_scheduler() -> Iterator[Finding]:
	"""Enabled, ticking, and none of our jobs stopped."""
	if is_scheduler_inactive(verbose=False):
		told = "The scheduler is off: holds do not expire, and promises are not reviewed."
		yield error(
			"SCHEDULER_OFF", told, command("scheduler resume") + ", then " + command("enable-scheduler")
		)
		return
	ours = {"method": ("like", f"{APP}%")}
	jobs = frappe.get_all("Scheduled Job Type", ours, ["method", "stopped", "last_execution", "creation"])
	if stopped := sorted(job.method for job in jobs if job.stopped):
		fix = "Desk: Scheduled Job Type, take the tick off Stopped"
		yield error("JOBS_STOPPED", f"Scheduled jobs are stopped: {named(stopped)}.", fix)
	last = max((get_datetime(job.last_execution or job.creation) for job in jobs), default=None)
	if last is None:
		yield error("NO_JOBS", "The app's scheduled jobs are missing.", command("migrate"))
	elif now_datetime() - last > SILENT:
		told = f"No scheduled job has run since {last:%Y-%m-%d %H:%M}."
		yield error(
			"SCHEDULER_SILENT", told, "bench schedule, or a worker of Frappe 15, which has one inside"
		)
