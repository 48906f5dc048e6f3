"""Everything that is looked at, in the order in which it is told; one that fails does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import frappe

from otp_app.operations import checks
from otp_app.operations.doctor import books, calendars, clock, jobs, molam, rules, schema
from otp_app.operations.doctor.finding import Finding, error

# In this order; `bins` reads every Bin of the site.
EXAMINATIONS: Mapping[str, Callable[[], Iterable[Finding]]] = {
	"schema": schema.look,
	"clock": clock.look,
	"queue": jobs.look_at_queue,
	"scheduler": jobs.look_at_scheduler,
	"settings": rules.look,
	"calendars": calendars.look,
	"supply": books.look_at_supply,
	"watching": books.look_at_watching,
	"molam": molam.look,
	"bins": books.look_at_bins,
}


def examine(*, bins: bool = True) -> list[Finding]:
	"""All findings. Without `bins`, the Bins are not reconciled, which takes minutes on a big site."""
	found = [
		error(f"{name.upper()}_UNAVAILABLE", check.problem, "See to it first, then run this again.")
		for name, check in checks.ready().items()
		if check.problem and name != "app"
	]
	if found:
		return found  # everything else needs them, and would wait for them
	names = [name for name in EXAMINATIONS if bins or name != "bins"]
	return [finding for name in names for finding in _look(name)]


def _look(name: str) -> Iterator[Finding]:
	try:
		yield from EXAMINATIONS[name]()
	except Exception as failure:
		frappe.db.rollback()
		why = f"{type(failure).__name__}: {failure}"
		yield error(
			"NOT_EXAMINED", f"{name} could not be looked at: {why}.", "Mend what it names, or report it."
		)
