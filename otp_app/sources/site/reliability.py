"""The records of past deliveries (Supply Reliability) that bear on some supplies: one query."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

import frappe

from otp_app.engine.facts import Reliability, Supply
from otp_app.sources.erpnext.reliability import FIELDS, in_order, record_of
from otp_app.sources.site.sql import Statement, placeholder, statement


def read_reliability(supplies: Iterable[Supply], item_groups: Collection[str]) -> tuple[Reliability, ...]:
	"""The records of the suppliers, warehouses and item groups of these supplies, and those of any, in a fixed order."""
	supplies = list(supplies)
	rows = _statement(frappe.db.db_type).rows(
		suppliers=tuple(sorted({supply.party for supply in supplies if supply.party})),
		warehouses=tuple(sorted({supply.warehouse for supply in supplies})),
		groups=tuple(sorted(group for group in item_groups if group)),
	)
	return in_order(map(record_of, rows))


@cache
def _statement(db_type: str) -> Statement:
	table = frappe.qb.DocType("Supply Reliability")
	return statement(
		[
			frappe.qb.from_(table)
			.select(*(table[name] for name in FIELDS))
			# No COALESCE: it would keep the index on suppliers from being used.
			.where(table.supplier.isin(placeholder("suppliers")) | table.supplier.isnull())
			.where(table.warehouse.isin(placeholder("warehouses")) | table.warehouse.isnull())
			.where(table.item_group.isin(placeholder("groups")) | table.item_group.isnull())
		]
	)
