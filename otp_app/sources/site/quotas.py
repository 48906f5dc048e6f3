"""Quotas and protected minimums: defined with what seldom changes, and consumed as orders and holds say, one query.

Nothing is kept of what is consumed: it is counted from submitted orders and live holds, so that it is given back when they
are cancelled, closed, put off or expire.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pypika.functions import Cast, Coalesce

import frappe
from frappe.query_builder.functions import Concat
from frappe.utils import cint, now_datetime

from otp_app.engine.facts import Allocation, Excluded, Item, Protection, QuotaPeriod
from otp_app.engine.quotas import covers
from otp_app.sources.site.quota_queries import ALLOCATION, PROTECTION, consumption_statement

# Kinds of rows among those that world.py reads in one statement.
QUOTA, PROTECTED, PERIOD = "quota", "protected", "quota_period"
_SEPARATOR = "\n"
_BUYERS = ("to_customer", "to_customer_group", "to_territory", "sales_channel")
_QUOTA_FIELDS = (
	"item_code",
	"item_group",
	*_BUYERS,
	"backward_periods",
	"limit_forward",
	"forward_periods",
	"parent_quota",
)
_PROTECTION_FIELDS = ("item_code", "warehouse", *_BUYERS)

# (name, other text, number), as world.py has them.
Row = tuple[str, str | None, float]


def definitions() -> list[tuple[str, Any, Any, Any, Any]]:
	"""(kind, table, name, other, number) of the rows that define quotas and protected minimums."""
	quota, protection = frappe.qb.DocType(ALLOCATION), frappe.qb.DocType(PROTECTION)
	period = frappe.qb.DocType("Product Allocation Period")
	return [
		(QUOTA, quota, quota.name, _joined(quota, _QUOTA_FIELDS), quota.disabled),
		(
			PROTECTED,
			protection,
			protection.name,
			_joined(protection, _PROTECTION_FIELDS),
			protection.disabled,
		),
		(PERIOD, period, period.parent, _joined(period, ("parenttype", "from_date", "to_date")), period.qty),
	]


def _joined(table: Any, fields: Iterable[str]) -> Any:
	parts: list[Any] = []
	for field in fields:
		parts += [Coalesce(Cast(table[field], "char"), ""), _SEPARATOR]
	return Concat(*parts[:-1])


def read_allocations(
	rows: Mapping[str, list[Row]], group_parents: Mapping[str, str]
) -> tuple[Allocation, ...]:
	"""The quotas in force, nothing consumed yet."""
	periods = _periods(rows, ALLOCATION)
	answer = []
	for name, text, disabled in rows[QUOTA]:
		if disabled or name not in periods:
			continue
		item, group, *buyers, backward, limited, forward, parent = str(text).split(_SEPARATOR)
		customer, customer_group, territory, channel = (value or None for value in buyers)
		answer.append(
			Allocation(
				name,
				periods[name],
				item_code=item or None,
				item_groups=_group_and_below(group, group_parents) if group else (),
				customer=customer,
				customer_group=customer_group,
				territory=territory,
				channel=channel,
				backward=cint(backward),
				forward=cint(forward) if cint(limited) else None,
				parent=parent or None,
			)
		)
	return tuple(answer)


def read_protections(rows: Mapping[str, list[Row]]) -> tuple[Protection, ...]:
	"""The protected minimums in force, one for each period, nothing consumed yet."""
	periods = _periods(rows, PROTECTION)
	answer = []
	for name, text, disabled in rows[PROTECTED]:
		item, warehouse, *buyers = str(text).split(_SEPARATOR)
		characteristics = [value or None for value in buyers]
		for period in () if disabled else periods.get(name, ()):
			days = (period.start, period.end, period.qty, 0.0)
			answer.append(Protection(name, item, warehouse, *days, *characteristics))
	return tuple(answer)


def _periods(rows: Mapping[str, list[Row]], doctype: str) -> dict[str, tuple[QuotaPeriod, ...]]:
	found: dict[str, list[QuotaPeriod]] = {}
	for name, text, qty in rows[PERIOD]:
		owner, first, last = str(text).split(_SEPARATOR)
		if owner == doctype:
			period = QuotaPeriod(date.fromisoformat(first), date.fromisoformat(last), qty)
			found.setdefault(name, []).append(period)
	return {name: tuple(sorted(periods, key=lambda p: p.start)) for name, periods in found.items()}


def _group_and_below(group: str, parents: Mapping[str, str]) -> tuple[str, ...]:
	below = [group]
	for name in sorted(parents):
		at: str | None = name
		while at is not None and at != group:
			at = parents.get(at)
		if at == group and name != group:
			below.append(name)
	return tuple(below)


def with_consumption(
	allocations: Iterable[Allocation],
	protections: Iterable[Protection],
	items: Collection[Item],
	today: date,
	excluding: Excluded | None,
) -> tuple[tuple[Allocation, ...], tuple[Protection, ...]]:
	"""Those that are for the items, with what is consumed of them; no query where there are none.

	Orders and holds of `excluding` consume nothing. A quota whose last period is over is left out.
	"""
	codes = {item.item_code for item in items}
	quotas = _with_parents([a for a in allocations if any(covers(a, item) for item in items)], allocations)
	quotas = [quota for quota in quotas if quota.periods[-1].end >= today]
	kept = [each for each in protections if each.item_code in codes and each.end >= today]
	return consumed_of(quotas, kept, excluding)


def consumed_of(
	quotas: Collection[Allocation], kept: Collection[Protection], excluding: Excluded | None = None
) -> tuple[tuple[Allocation, ...], tuple[Protection, ...]]:
	"""These quotas and protected minimums with what is consumed of them; no query for none."""
	if not quotas and not kept:
		return (), ()
	used = _consumed(quotas, kept, excluding)
	return (
		tuple(replace(quota, periods=_used(quota, used)) for quota in quotas),
		tuple(replace(each, consumed=_between(used, PROTECTION, each.name, each)) for each in kept),
	)


def _with_parents(own: list[Allocation], known: Iterable[Allocation]) -> list[Allocation]:
	by_name = {allocation.name: allocation for allocation in known}
	found = {allocation.name: allocation for allocation in own}
	waiting = list(own)
	while waiting:
		parent = by_name.get(waiting.pop().parent or "")
		if parent is not None and parent.name not in found:
			found[parent.name] = parent
			waiting.append(parent)
	return [found[name] for name in sorted(found)]


# (doctype, name) -> day -> stock units.
Used = Mapping[tuple[str, str], Mapping[date, float]]


def _consumed(
	quotas: Collection[Allocation], protections: Collection[Protection], excluding: Excluded | None
) -> Used:
	starts = [quota.periods[0].start for quota in quotas] + [each.start for each in protections]
	ends = [quota.periods[-1].end for quota in quotas] + [each.end for each in protections]
	own = excluding.name if excluding and excluding.doctype == "Sales Order" else ""
	rows = consumption_statement(frappe.db.db_type).rows(
		quotas=tuple(quota.name for quota in quotas),
		protections=tuple({each.name for each in protections}),
		since=min(starts),
		until=max(ends),
		own=own,
		own_holds=(tuple(excluding.holds) if excluding else ()) or ("",),
		now=now_datetime(),
	)
	used: dict[tuple[str, str], dict[date, float]] = {}
	for doctype, name, day, qty in rows:
		by_day = used.setdefault((doctype, name), {})
		by_day[day] = by_day.get(day, 0.0) + float(qty or 0)
	return used


def _used(quota: Allocation, used: Used) -> tuple[QuotaPeriod, ...]:
	return tuple(replace(p, consumed=_between(used, ALLOCATION, quota.name, p)) for p in quota.periods)


def _between(used: Used, doctype: str, name: str, period: QuotaPeriod | Protection) -> float:
	by_day = used.get((doctype, name), {})
	return round(sum(qty for day, qty in sorted(by_day.items()) if period.start <= day <= period.end), 9)
