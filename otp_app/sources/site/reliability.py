"""The records of past deliveries (Supply Reliability) that bear on some supplies: one query."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from pypika.functions import Coalesce

import frappe

from otp_app.engine.facts import Reliability, Supply, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.sources.site.sql import Statement, placeholder, statement


def read_reliability(supplies: Iterable[Supply], item_groups: Collection[str]) -> tuple[Reliability, ...]:
	"""The records of the suppliers, warehouses and item groups of these supplies, and those of any, in a fixed order."""
	supplies = list(supplies)
	rows = _statement(frappe.db.db_type).rows(
		suppliers=("", *sorted({supply.party for supply in supplies if supply.party})),
		warehouses=("", *sorted({supply.warehouse for supply in supplies})),
		groups=("", *sorted(group for group in item_groups if group)),
	)
	records = map(_record, rows)
	return tuple(sorted(records, key=lambda r: (r.kind.value, r.party or "", r.item_group or "")))


@cache
def _statement(db_type: str) -> Statement:
	table = frappe.qb.DocType("Supply Reliability")
	supplier, warehouse = Coalesce(table.supplier, ""), Coalesce(table.warehouse, "")
	group = Coalesce(table.item_group, "")
	query = (
		frappe.qb.from_(table)
		.select(
			table.supply_kind,
			supplier,
			warehouse,
			group,
			table.distribution,
			table.deliveries,
			table.late_share,
			table.median_days_late,
		)
		.where(
			supplier.isin(placeholder("suppliers"))
			& warehouse.isin(placeholder("warehouses"))
			& group.isin(placeholder("groups"))
		)
	)
	return statement([query])


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
		median_late=int(median) if late and median is not None else None,
	)
