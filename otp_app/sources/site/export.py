"""A whole site, or some of its items, as one Snapshot: what `bench otp-snapshot` writes to a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import frappe

from otp_app.engine.collector import paused
from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.sources.erpnext.reliability import in_order
from otp_app.sources.site.customers import read_customers
from otp_app.sources.site.open_lines import read_open_lines
from otp_app.sources.site.source import SiteSource
from otp_app.sources.site.world import read_world

BATCH = 500

Fact = TypeVar("Fact")


def whole_site(
	items: Collection[str] | None = None, *, customers: bool = False, documents: bool = True
) -> Snapshot:
	"""Every fact about `items` (all items of the site by default), and open order lines.

	Each commitment has its document, and how items are made is told whatever their mode is: a file can be asked what another
	mode would promise. With `documents` False a commitment is a sum by kind and day, and only what the modes need of that is
	told. Customers are left out unless asked for. Raises ValueError naming the items that do not exist.
	"""
	codes = sorted(items) if items else frappe.get_all("Item", pluck="name", order_by="name")
	with paused():
		parts = list(_parts(codes, documents)) or [SiteSource().snapshot([])]
	known = {code: item for part in parts for code, item in part.items.items()}
	if missing := [code for code in codes if code not in known]:
		raise ValueError(f"There is no item {', '.join(missing)}.")
	# A component of two bundles may have been read in two batches, and the records of a supplier too. Holds expire meanwhile:
	# what is consumed of a quota may differ between two batches, and the quota is one all the same.
	return replace(
		parts[0],
		items=dict(sorted(known.items())),
		reliability=in_order({record for part in parts for record in part.reliability}),
		supplies=tuple(dict.fromkeys(s for part in parts for s in part.supplies)),
		commitments=tuple(dict.fromkeys(c for part in parts for c in part.commitments)),
		allocations=tuple(
			a for _, a in sorted({a.name: a for part in parts for a in part.allocations}.items())
		),
		protections=tuple({(p.name, p.start): p for part in parts for p in part.protections}.values()),
		customers=read_customers(read_world(parts[0].taken_at.date())) if customers else None,
		open_lines=_valued_once(sorted((line for part in parts for line in part.open_lines), key=_place)),
		boms=_together(part.boms for part in parts),
		workstations=_together(part.workstations for part in parts),
	)


def _parts(codes: list[str], documents: bool) -> Iterator[Snapshot]:
	for start in range(0, len(codes), BATCH):
		batch = codes[start : start + BATCH]
		facts = SiteSource(all_boms=documents).snapshot(batch, documents=documents)
		stocked = [code for code in batch if code in facts.items and facts.items[code].is_stock_item]
		yield replace(facts, open_lines=read_open_lines(stocked))


def _together(parts: Iterable[Mapping[str, Fact]]) -> dict[str, Fact]:
	return dict(sorted((name, fact) for part in parts for name, fact in part.items()))


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
