"""Supply Reliability records: written all at once, and what each of their fields says."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import frappe
from frappe.utils import now_datetime

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.reliability.names import KINDS, RECORD

# The shares of deliveries whose day is shown.
SHOWN = {"days_80": 0.80, "days_90": 0.90, "days_95": 0.95}
STAMPS = ("name", "creation", "modified", "owner", "modified_by")
# A row may have some thousand characters, and MariaDB takes 16 MB in one statement.
ROWS_AT_ONCE = 1_000
LINKS = ("Supplier", "Warehouse", "Item Group")
LEARNED = frozenset(kind.value for kind in KINDS)


def replace_all(found: Iterable[Reliability]) -> int:
	"""Puts `found` in the place of all records; the number of the new ones. Nobody sees it before the commit.

	What is learned of suppliers, warehouses and item groups that were deleted meanwhile is left out.
	"""
	there = {doctype: frozenset(frappe.get_all(doctype, pluck="name")) for doctype in LINKS}
	rows = [row for row in map(_row, found) if _known(row, there)]
	frappe.db.delete(RECORD)
	if rows:
		frappe.db.bulk_insert(RECORD, [*STAMPS, *rows[0]], _stamped(rows), chunk_size=ROWS_AT_ONCE)
	return len(rows)


def _row(found: Reliability) -> dict[str, Any]:
	"""The fields of a record."""
	on_hand = found.kind is SupplyKind.ON_HAND
	lateness = found.lateness
	return {
		"supply_kind": found.kind.value,
		"supplier": None if on_hand else found.party,
		"warehouse": found.party if on_hand else None,
		"item_group": found.item_group,
		"deliveries": found.deliveries,
		"late_share": found.late,
		# Late ones are late by a day at least, so that 0 can say that there was none.
		"median_days_late": found.median_late or 0,
		**{field: _text(lateness.quantile(share)) for field, share in SHOWN.items()},
		"refreshed_on": now_datetime(),
		"distribution": json.dumps({"days": lateness.days, "reached": lateness.reached}),
	}


def _text(days: int | None) -> str | None:
	"""Days as a Data field has them: an empty one is not zero."""
	return None if days is None else str(days)


def _known(row: dict[str, Any], there: dict[str, Collection[str]]) -> bool:
	values = ((doctype, row[frappe.scrub(doctype)]) for doctype in LINKS)
	return row["supply_kind"] in LEARNED and all(
		value is None or value in there[doctype] for doctype, value in values
	)


def _stamped(rows: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
	moment, user = now_datetime(), frappe.session.user
	for row in rows:
		name = frappe.generate_hash(length=10)
		yield [name, moment, moment, user, user, *row.values()]
