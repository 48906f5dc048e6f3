"""Backorder runs in tests: made, and their jobs done here, one after the other, as workers would."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from otp_app.backorder import jobs
from otp_app.backorder.names import LINE, PART, RUN, Phase
from tests.erpnext.company import COMPANY
from tests.factories.base import days


def new_run(*segments: dict[str, Any] | str, **more: Any) -> str:
	"""A run of the test company; a segment of all lines may be its strategy alone."""
	given = [{"strategy": one} if isinstance(one, str) else one for one in segments]
	run = frappe.get_doc({"doctype": RUN, "company": COMPANY, "jobs": 1, "segments": given, **more})
	return run.insert().name


def only(strategy: str, *items: str, **more: Any) -> dict[str, Any]:
	"""A segment of some items' lines: what other tests have left in the book stays out of it."""
	return {"strategy": strategy, "items": "\n".join(items), **more}


def do(run: str, phase: Phase) -> Document:
	"""Does a phase from start to end; the run as it is then."""
	jobs.start(run, phase)
	frappe.db.commit()
	return work_off(run)


def work_off(run: str) -> Document:
	"""Does all jobs of a run that are left."""
	jobs.work(run, jobs.PLANNING)
	for number in frappe.get_all(PART, {"parent": run}, pluck="idx", order_by="idx"):
		jobs.work(run, number)
	return frappe.get_doc(RUN, run)


def simulated(*segments: dict[str, Any] | str, **more: Any) -> str:
	"""A run that has been simulated."""
	run = new_run(*segments, **more)
	frappe.db.commit()
	assert do(run, Phase.SIMULATE).status == "Simulated"
	return run


def line_of(run: str, order: str, idx: int = 1) -> Any:
	"""The line of a run for a row of an order."""
	(found,) = frappe.get_all(LINE, {"run": run, "sales_order": order, "row_idx": idx}, ["*"])
	return found


def date_of(order: str, idx: int = 1) -> date:
	"""The delivery date that a row of an order has now."""
	return getdate(frappe.db.get_value("Sales Order Item", {"parent": order, "idx": idx}, "delivery_date"))


def day(number: int) -> date:
	"""Days from the site's today."""
	return getdate(days(number))
