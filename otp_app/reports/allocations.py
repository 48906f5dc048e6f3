"""Quotas and protected minimums with what is used of them, and by which orders and holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.utils import getdate, now_datetime, nowdate

from otp_app.engine.facts import Allocation, Protection
from otp_app.engine.quotas import free_and_over
from otp_app.reports.permitted import permitted_promises
from otp_app.sources.site.quota_queries import ALLOCATION, PROTECTION, consumption_statement
from otp_app.sources.site.quotas import consumed_of
from otp_app.sources.site.world import read_world

MOST_DOCUMENTS = 2000


@dataclass(frozen=True, slots=True)
class Usage:
	"""A period of a quota or of a protected minimum; `free` of the latter is what is still protected. Stock units."""

	fact: Allocation | Protection
	start: date
	end: date
	qty: float
	used: float
	free: float
	over: float


def usage(kind: str, filters: Mapping[str, Any], first: date, last: date) -> list[Usage]:
	"""The periods of all that the user may read, which have a day from `first` to `last`; two queries."""
	found = _quotas(filters) if kind == ALLOCATION else _protections(filters)
	return [row for row in found if row.start <= last and row.end >= first]


def _quotas(filters: Mapping[str, Any]) -> list[Usage]:
	names = _permitted(ALLOCATION, filters)
	known = [fact for fact in read_world(getdate(nowdate())).allocations if fact.name in names]
	rows = []
	for fact in consumed_of(known, ())[0]:
		for period, (free, over) in zip(fact.periods, free_and_over(fact), strict=True):
			rows.append(Usage(fact, period.start, period.end, period.qty, period.consumed, free, over))
	return rows


def _protections(filters: Mapping[str, Any]) -> list[Usage]:
	names = _permitted(PROTECTION, filters)
	known = [fact for fact in read_world(getdate(nowdate())).protections if fact.name in names]
	return [
		Usage(
			fact,
			fact.start,
			fact.end,
			fact.qty,
			fact.consumed,
			max(0.0, fact.qty - fact.consumed),
			max(0.0, fact.consumed - fact.qty),
		)
		for fact in consumed_of((), known)[1]
	]


def _permitted(doctype: str, filters: Mapping[str, Any]) -> set[str]:
	"""The names that the filters choose and the user may read. Raises PermissionError for who may read none."""
	fields = ("item_code", "item_group", "to_customer", "to_customer_group", "to_territory", "sales_channel")
	wanted = {field: filters[field] for field in fields if filters.get(field) and _has(doctype, field)}
	if filters.get("name"):
		wanted["name"] = filters["name"]
	return set(frappe.get_list(doctype, filters=wanted, pluck="name", limit_page_length=0))


def _has(doctype: str, field: str) -> bool:
	return bool(frappe.get_meta(doctype).has_field(field))


def documents(kind: str, name: str, first: date, last: date) -> list[dict[str, Any]]:
	"""Who uses one of them: orders and live holds that the user may read, by delivery date; at most MOST_DOCUMENTS."""
	if name not in _permitted(kind, {"name": name}):
		return []
	rows = consumption_statement(frappe.db.db_type, documents=True).rows(
		quotas=(name,) if kind == ALLOCATION else (),
		protections=(name,) if kind == PROTECTION else (),
		since=first,
		until=last,
		own="",
		own_holds=("",),
		now=now_datetime(),
	)
	fields = ("kind", "name", "due", "qty", "document_type", "document", "customer", "item_code")
	found = [dict(zip(fields, row, strict=True)) for row in rows]
	seen = _readable(found)
	kept = [row for row in found if row["document"] in seen and row["qty"]]
	return sorted(kept, key=lambda row: (row["due"], row["document"], row["item_code"]))[:MOST_DOCUMENTS]


def _readable(rows: list[dict[str, Any]]) -> set[str]:
	orders = sorted({row["document"] for row in rows if row["document_type"] == "Sales Order"})
	holds = {row["document"] for row in rows if row["document_type"] == "Order Promise"}
	readable: set[str] = set()
	if orders and frappe.has_permission("Sales Order", "read"):
		filters = {"name": ("in", orders)}
		readable |= set(frappe.get_list("Sales Order", filters=filters, pluck="name", limit_page_length=0))
	if holds and frappe.has_permission("Order Promise", "read"):
		readable |= permitted_promises(holds)
	return readable
