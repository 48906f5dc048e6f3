"""What is known of deliveries and stock counts of the past on a site (docs/supply-history.md), in eleven queries.

Rows are streamed: a million receipts take no more memory than a batch of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from typing import Any

import frappe

from otp_app.engine.calendars import NoWorkingDay, WorkingDays
from otp_app.engine.facts import Calendar, SupplyKind
from otp_app.engine.reliability.history import Delivery, StockCount
from otp_app.sources.site.history_queries import (
	count_statement,
	delivery_statements,
	stocked_statement,
	transfer_statement,
)
from otp_app.sources.site.sql import Statement
from otp_app.sources.site.world import read_world

Told = Callable[[int, int], None]


def read_deliveries(today: date, told: Told | None = None) -> Iterator[Delivery]:
	"""What came, and what is awaited, in no promised order; `told` hears how many of how many queries have been read.

	Nothing else may ask the database until the iterator is at its end or closed.
	"""
	transfer_days, work = _calendars(today)
	statements = delivery_statements(frappe.db.db_type)
	for index, found in enumerate(statements):
		for kind, party, group, promised, arrived, share in _streamed(found):
			yield Delivery(SupplyKind(kind), party, group, promised, arrived, float(share))
		if told:
			told(index + 1, len(statements) + 1)
	for _kind, target, group, sent, arrived, share in transfer_statement(frappe.db.db_type).rows():
		if promised := _due(work.get(target), sent, transfer_days):
			yield Delivery(SupplyKind.TRANSFER, None, group, promised, arrived, float(share))
	if told:
		told(len(statements) + 1, len(statements) + 1)


def read_counts(tolerance: float) -> list[StockCount]:
	"""Stock counts by warehouse and day; quantities that differ by less than `tolerance` are equal.

	ERPNext drops the lines that agree with the books when a Stock Reconciliation is saved. So each is taken for a count
	of all that the warehouse has in stock: without that, every count would seem to find nothing but differences.
	"""
	stocked: Mapping[str, int] = dict(stocked_statement(frappe.db.db_type).rows())
	return [
		StockCount(warehouse, day, float(max(counted, stocked.get(warehouse, 0))), float(short))
		for warehouse, day, counted, short in count_statement(frappe.db.db_type).rows(tolerance=tolerance)
	]


def _streamed(found: Statement) -> Iterator[tuple[Any, ...]]:
	with frappe.db.unbuffered_cursor(), closing(found.stream()) as rows:
		yield from rows


def _calendars(today: date) -> tuple[int, Mapping[str, WorkingDays]]:
	"""The transfer days of the settings, and each warehouse's working days with all holidays of the past."""
	world = read_world(today)
	holidays: dict[str, set[date]] = {}
	for name, day in frappe.get_all("Holiday", fields=["parent", "holiday_date"], as_list=True):
		holidays.setdefault(name, set()).add(day)
	calendars = {name: Calendar(name, frozenset(days)) for name, days in holidays.items()}
	return world.settings.transfer_days, replace(world, calendars=calendars).work()


def _due(calendar: WorkingDays | None, sent: date, days: int) -> date | None:
	"""When what was sent on a day was due; unknown in a warehouse that is gone, or where nobody ever works."""
	if calendar is None:
		return None
	with suppress(NoWorkingDay, OverflowError):
		return calendar.add(sent, days)
	return None
