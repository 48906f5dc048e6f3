"""Having something done by a worker, once what it is about has been committed."""

from __future__ import annotations

import frappe

from otp_app.operations.logs import logger
from otp_app.operations.tracing import enqueue


def later(method: str, name: str) -> None:
	"""Has `method`, a dotted path, called with `name`. A queue that is down stops nobody: the job finds it later."""
	frappe.db.after_commit.add(lambda: _enqueue(method, name))


def _enqueue(method: str, name: str) -> None:
	try:
		enqueue(method, queue="short", job_id=f"{method}:{name}", deduplicate=True, name=name)
	except Exception:
		logger().warning("%s of %s waits for the scheduler", method, name, exc_info=True)
