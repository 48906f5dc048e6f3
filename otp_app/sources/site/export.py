"""A whole site, or some of its items, as one Snapshot: what `bench otp-snapshot` writes to a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import frappe

from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.sources.site.customers import read_customers
from otp_app.sources.site.open_lines import read_open_lines
from otp_app.sources.site.reliability import in_order
from otp_app.sources.site.source import SiteSource
from otp_app.sources.site.world import read_world

BATCH = 500


def whole_site(
	items: Collection[str] | None = None, *, customers: bool = False, documents: bool = True
) -> Snapshot:
	"""Every fact about `items` (all items of the site by default), and open order lines.

	Each commitment has its document, or with `documents` False is a sum by kind and day. Customers are left out unless
	asked for. Raises ValueError naming the items that do not exist.
	"""
	codes = sorted(items) if items else frappe.get_all("Item", pluck="name", order_by="name")
	parts = list(_parts(codes, documents)) or [SiteSource().snapshot([])]
	known = {code: item for part in parts for code, item in part.items.items()}
	if missing := [code for code in codes if code not in known]:
		raise ValueError(f"There is no item {', '.join(missing)}.")
	# A component of two bundles may have been read in two batches, and the records of a supplier too.
	return replace(
		parts[0],
		items=dict(sorted(known.items())),
		reliability=in_order({record for part in parts for record in part.reliability}),
		supplies=tuple(dict.fromkeys(s for part in parts for s in part.supplies)),
		commitments=tuple(dict.fromkeys(c for part in parts for c in part.commitments)),
		allocations=tuple(sorted({a for part in parts for a in part.allocations}, key=lambda a: a.name)),
		protections=tuple(dict.fromkeys(each for part in parts for each in part.protections)),
		customers=read_customers(read_world(parts[0].taken_at.date())) if customers else None,
		open_lines=_valued_once(sorted((line for part in parts for line in part.open_lines), key=_place)),
	)


def _parts(codes: list[str], documents: bool) -> Iterator[Snapshot]:
	for start in range(0, len(codes), BATCH):
		batch = codes[start : start + BATCH]
		facts = SiteSource().snapshot(batch, documents=documents)
		stocked = [code for code in batch if code in facts.items and facts.items[code].is_stock_item]
		yield replace(facts, open_lines=read_open_lines(stocked))


def _place(line: OpenLine) -> tuple[str, int, str, str]:
	return (line.order, line.idx, line.row, line.item_code)


def _valued_once(lines: list[OpenLine]) -> tuple[OpenLine, ...]:
	"""Components of a bundle that were read in several batches have its value in each: it stands with the first of all."""
	rows: set[str] = set()
	answer = []
	for line in lines:
		answer.append(replace(line, value=None) if line.row in rows else line)
		rows.add(line.row)
	return tuple(answer)
