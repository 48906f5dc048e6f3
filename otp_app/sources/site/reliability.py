"""The records of past deliveries (Supply Reliability) that bear on some supplies: one query."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import frappe

from otp_app.engine.facts import Reliability, Supply, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.sources.site.sql import Statement, placeholder, statement


def read_reliability(supplies: Iterable[Supply], item_groups: Collection[str]) -> tuple[Reliability, ...]:
	"""The records of the suppliers, warehouses and item groups of these supplies, and those of any, in a fixed order."""
	supplies = list(supplies)
	rows = _statement(frappe.db.db_type).rows(
		suppliers=tuple(sorted({supply.party for supply in supplies if supply.party})),
		warehouses=tuple(sorted({supply.warehouse for supply in supplies})),
		groups=tuple(sorted(group for group in item_groups if group)),
	)
	return in_order(map(_record, rows))


def in_order(records: Iterable[Reliability]) -> tuple[Reliability, ...]:
	"""The one order of records, whatever order they were read in."""
	return tuple(sorted(records, key=lambda r: (r.kind.value, r.party or "", r.item_group or "")))


@cache
def _statement(db_type: str) -> Statement:
	table = frappe.qb.DocType("Supply Reliability")
	fields = (table.supply_kind, table.supplier, table.warehouse, table.item_group)
	told = (table.distribution, table.deliveries, table.late_share, table.median_days_late)
	return statement(
		[
			frappe.qb.from_(table)
			.select(*fields, *told)
			# No COALESCE: it would keep the index on suppliers from being used.
			.where(table.supplier.isin(placeholder("suppliers")) | table.supplier.isnull())
			.where(table.warehouse.isin(placeholder("warehouses")) | table.warehouse.isnull())
			.where(table.item_group.isin(placeholder("groups")) | table.item_group.isnull())
		]
	)


def _record(row: tuple[Any, ...]) -> Reliability:
	kind, supplier, warehouse, group, distribution, deliveries, late, median = row
	told = json.loads(distribution)
	return Reliability(
		kind=SupplyKind(kind),
		party=supplier or warehouse or None,
		item_group=group or None,
		lateness=DaysLate(tuple(told["days"]), tuple(told["reached"])),
		deliveries=int(deliveries),
		late=float(late),
		median_late=int(median or 0) or None,  # a median of 0 is none: the late ones are a day late at least
	)
