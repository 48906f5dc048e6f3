"""How far a run is, and what it comes to: for the document, and for whoever looks at it."""

from __future__ import annotations

from typing import Any

from pypika.functions import Count

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import flt

from otp_app.backorder.names import LINE, PART, RUN, LineState
from otp_app.engine.backorder.outcome import Change

EVENT = "otp_backorder_progress"
STATES = {
	LineState.TO_APPLY: "to_apply",
	LineState.APPLIED: "applied",
	LineState.NOT_APPLIED: "not_applied",
	LineState.UNDONE: "undone",
	LineState.NOT_UNDONE: "not_undone",
}


def tell(run: str) -> None:
	"""Notes how far a run is, and tells those who have it open. Commits."""
	percent = progress_of(run)
	frappe.db.set_value(RUN, run, "progress", percent, update_modified=False)
	frappe.db.commit()
	frappe.publish_realtime(EVENT, {"run": run, "progress": percent}, doctype=RUN, docname=run)


def progress_of(run: str) -> float:
	"""Per cent of what is to be done."""
	part = frappe.qb.DocType(PART)
	query = frappe.qb.from_(part).select(Sum(part.done), Sum(part.lines)).where(part.parent == run)
	((done, lines),) = query.run()
	return round(min(100.0, 100.0 * flt(done) / flt(lines)), 1) if flt(lines) else 0.0


def counts_of(run: str) -> dict[str, Any]:
	"""The figures of the document: lines by what becomes of them, and by what was applied."""
	line = frappe.qb.DocType(LINE)
	query = (
		frappe.qb.from_(line)
		.select(line.outcome, line.state, Count("*"), Sum(line.late), Sum(line.is_exception))
		.where(line.run == run)
		.groupby(line.outcome, line.state)
	)
	figures = dict.fromkeys(
		("lines", "late", "exceptions", *(kind.value for kind in Change), *STATES.values()), 0
	)
	for change, state, count, late, exceptions in query.run():
		figures["lines"] += count
		figures["late"] += int(late or 0)
		figures["exceptions"] += int(exceptions or 0)
		figures[change.lower()] += count
		if state:
			figures[STATES[LineState(state)]] += count
	return figures
