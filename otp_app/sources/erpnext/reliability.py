"""Rows of Supply Reliability as records of past deliveries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate

# The fields of a record, in the order that `record_of` takes them.
FIELDS = (
	"supply_kind",
	"supplier",
	"warehouse",
	"item_group",
	"distribution",
	"deliveries",
	"late_share",
	"median_days_late",
)


def record_of(values: Iterable[Any]) -> Reliability:
	"""The record of a row's FIELDS."""
	kind, supplier, warehouse, group, distribution, deliveries, late, median = values
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


def in_order(records: Iterable[Reliability]) -> tuple[Reliability, ...]:
	"""The one order of records, whatever order they were read in."""
	return tuple(sorted(records, key=lambda r: (r.kind.value, r.party or "", r.item_group or "")))
