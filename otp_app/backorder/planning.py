"""Splitting a run into jobs: independent groups of items, packed into as many parts as the run asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import frappe
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from otp_app.backorder import bulk
from otp_app.backorder.names import LINE, PART, RUN, PartStatus, RunStatus
from otp_app.engine.backorder.groups import Group, independent_groups, packed
from otp_app.engine.facts import OpenLine
from otp_app.sources.site.book import owed_items
from otp_app.sources.site.open_lines import read_open_lines
from otp_app.sources.site.source import SiteSource

BATCH = 500
MOST_JOBS = 64


def plan(run: Document) -> int:
	"""Reads which lines are open, and writes the parts of the run, in the caller's transaction; their number.

	What an earlier simulation has found goes.
	"""
	site = SiteSource().snapshot([])
	own = {name for name, at in site.warehouses.items() if run.company in (None, "", at.company)}
	lines = tuple(line for line in _open_lines() if line.warehouse in own)
	packets = packed(independent_groups(replace(site, open_lines=lines)), jobs_of(run))
	bulk.delete(LINE, {"run": run.name})
	bulk.delete(PART, {"parent": run.name})
	for number, packet in enumerate(packets, start=1):
		_write(run, number, packet)
	values = {"status": RunStatus.SIMULATING.value, "simulated_on": now_datetime()}
	frappe.db.set_value(RUN, run.name, values)
	return len(packets)


def jobs_of(run: Document) -> int:
	"""Into how many jobs a run is split."""
	return min(max(1, cint(run.jobs)), MOST_JOBS)


def _open_lines() -> Iterator[OpenLine]:
	items = owed_items()
	for start in range(0, len(items), BATCH):
		yield from read_open_lines(items[start : start + BATCH])


def _write(run: Document, number: int, packet: Sequence[Group]) -> None:
	part = frappe.new_doc(PART)
	part.update(
		{
			"parent": run.name,
			"parenttype": RUN,
			"parentfield": "parts",
			"idx": number,
			"status": PartStatus.QUEUED.value,
			"item_groups": len(packet),
			"lines": sum(group.lines for group in packet),
			"items": json.dumps([group.items for group in packet]),
		}
	)
	part.db_insert()
