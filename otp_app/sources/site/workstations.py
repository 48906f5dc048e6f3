"""Workstations: their capacity, hours and holidays, and by day the minutes that they still have to work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import frappe
from frappe.utils import cint, flt

from otp_app.engine.capable.facts import Workstation
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.workstation_queries import HOURS, LOAD, WORKSTATION, workstation_statement

# (kind, workstation, name, other, from, to, day, number); see workstation_queries.
Row = tuple[Any, ...]


def read_workstations(
	names: Collection[str], types: Collection[str], world: World, today: date
) -> tuple[dict[str, Workstation], dict[str, str]]:
	"""The workstations of these names and types, one query; and for each type the workstation that has least to do.

	ERPNext's operations may name a type only, and any workstation of it may do them.
	"""
	if not names and not types:
		return {}, {}
	rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
	for row in workstation_statement(frappe.db.db_type).rows(names=tuple(names), types=tuple(types)):
		rows[row[0], row[1]].append(row)
	stations = sorted(row for (kind, _), found in rows.items() if kind == WORKSTATION for row in found)
	known = {row[1]: _workstation(row, rows, world, today) for row in stations}
	by_type: dict[str, str] = {}
	for _, name, _, kind, *_ in stations:
		if kind in types and (kind not in by_type or _work(known[name]) < _work(known[by_type[kind]])):
			by_type[kind] = name
	return known, by_type


def _work(station: Workstation) -> float:
	"""How long it takes to do all that there is to do."""
	return sum(station.load.values()) / station.capacity


def _workstation(
	row: Row, rows: Mapping[tuple[str, str], list[Row]], world: World, today: date
) -> Workstation:
	_kind, name, holidays, *_others, capacity = row
	allowed = cint(frappe.get_cached_doc("Manufacturing Settings").allow_production_on_holidays)
	calendar = holidays if holidays in world.calendars and not allowed else None
	hours = tuple(sorted((_time(r[4]), _time(r[5])) for r in rows.get((HOURS, name), ())))
	load: dict[date, float] = {}
	for *_, planned, minutes in rows.get((LOAD, name), ()):
		if flt(minutes) > 0:
			day = max(today, planned) if planned else today
			load[day] = load.get(day, 0.0) + flt(minutes)
	return Workstation(name, max(1, cint(capacity)), hours, calendar, dict(sorted(load.items())))


def _time(value: Any) -> time:
	"""A time of day as the database gives it: a span since midnight."""
	return (datetime.min + value).time() if isinstance(value, timedelta) else time.fromisoformat(str(value))
