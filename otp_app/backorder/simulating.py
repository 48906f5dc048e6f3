"""Simulating one part of a run: its items' facts are read, and what comes out is written as lines."""

from __future__ import annotations

import json

from frappe.model.document import Document

from otp_app.backorder import bulk
from otp_app.backorder.lines import Place, write_lines
from otp_app.backorder.names import LINE
from otp_app.backorder.rules import rules_of
from otp_app.engine.backorder.groups import units_of
from otp_app.engine.backorder.run import simulate
from otp_app.promises.site import site_now
from otp_app.sources.site.book import read_book


def simulate_part(run: Document, part: Document) -> int:
	"""Writes the lines of a part, in the caller's transaction; how many."""
	groups = {item: number for number, items in enumerate(json.loads(part.items)) for item in items}
	book = read_book(groups, run.company or None)
	bulk.delete(LINE, {"run": run.name, "part": part.idx})
	simulation = simulate(book, rules_of(run), site_now())
	place = Place(part.idx, groups, units_of(book))
	return write_lines(run.name, simulation.outcomes, book, place)
