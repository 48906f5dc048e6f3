"""A site that is watched: its metrics as a program reads them, and a worker of the queue."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families
from rq import Queue

import frappe
from frappe.installer import update_site_config
from frappe.utils.background_jobs import generate_qname, get_redis_conn

from otp_app.operations import exposition, gauges

Labels = frozenset[tuple[str, str]]


def metrics(text: bytes | str | None = None) -> dict[tuple[str, Labels], float]:
	"""(sample, its labels) -> value, of what the site tells now, or of `text`."""
	gauges.forget()
	text = exposition.text() if text is None else text
	text = text.decode() if isinstance(text, bytes) else text
	return {
		(sample.name, frozenset(sample.labels.items())): sample.value
		for family in text_string_to_metric_families(text)
		for sample in family.samples
	}


def value(found: dict[tuple[str, Labels], float], name: str, **labels: str) -> float:
	"""Of one sample; 0 if it is not there."""
	return found.get((name, frozenset(labels.items())), 0.0)


def empty(queue: str) -> None:
	"""Forgets the jobs that other tests have left in a queue."""
	Queue(generate_qname(queue), connection=get_redis_conn()).empty()


def work_off(*queues: str) -> None:
	"""Has a real worker do all jobs that are queued; it ends when there are none."""
	command = [sys.executable, "-W", "ignore", "-m", "frappe.utils.bench_helper", "frappe"]
	command += ["worker", "--burst", "--quiet", "--queue", ",".join(queues)]
	subprocess.run(command, check=True, capture_output=True, timeout=240, env={**os.environ, "CI": ""})


@contextmanager
def configured(**values: object) -> Iterator[None]:
	"""The site's configuration with these values, for other processes, too."""
	try:
		for name, given in values.items():
			update_site_config(name, given)
			frappe.conf[name] = given
		yield
	finally:
		for name in values:
			update_site_config(name, "None")
			frappe.conf.pop(name, None)
