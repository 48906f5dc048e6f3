"""What seldom changes: settings, warehouses, companies, holiday lists, lanes, sourcing rules and units, kept in Redis.

The key is dropped when one of these documents is saved (hooks.py lists them) and after five minutes at the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pypika.functions import Cast, Coalesce

import frappe
from frappe.utils import cint, get_system_timezone

from otp_app import __version__
from otp_app.engine.facts import Calendar, Company
from otp_app.sources.erpnext.settings import item_rule, settings_of
from otp_app.sources.erpnext.world import World, uom_factors
from otp_app.sources.site import quotas
from otp_app.sources.site.sql import constant, statement
from otp_app.sources.site.warehouses import read_warehouses
from otp_app.sources.site.ways import read_ways

# The version is in the key because another version cannot read what this one wrote.
CACHE_KEY = f"otp_app:world:{__version__}"
MARK_KEY = f"{CACHE_KEY}:mark"
CACHE_SECONDS = 300
# Days before today that a schedule may look back on (a transfer that was sent some time ago).
PAST_DAYS = 120

# Site -> the mark that Redis holds, and the World made under it: a process unpickles it only when it changed.
_in_this_process: dict[str, tuple[str, World]] = {}


def read_world(today: date) -> World:
	"""The site's World: from this process, else from Redis, else from the tables."""
	site, mark = frappe.local.site, frappe.cache.get_value(MARK_KEY, expires=True)
	held = _in_this_process.get(site)
	if mark is not None and held is not None and held[0] == mark:
		return held[1]
	kept = frappe.cache.get_value(CACHE_KEY, expires=True) if mark is not None else None
	if kept is None:
		kept = (frappe.generate_hash(length=16), _read(today))
		frappe.cache.set_value(CACHE_KEY, kept, expires_in_sec=CACHE_SECONDS)
		frappe.cache.set_value(MARK_KEY, kept[0], expires_in_sec=CACHE_SECONDS)
	_in_this_process[site] = kept
	return kept[1]


def forget_world(doc: Any = None, method: str | None = None, *args: Any) -> None:
	"""Drops the kept World; a handler for the events of the documents that it is made from."""
	frappe.cache.delete_value(MARK_KEY)
	# Another process may read and keep the old rows until this transaction ends.
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(MARK_KEY))
	# And this one may have kept what it now takes back.
	frappe.db.after_rollback.add(lambda: frappe.cache.delete_value(MARK_KEY))


# What _pairs() reads, each as (kind, name, other name, number).
COMPANY, HOLIDAY, GROUP, WHOLE, FACTOR = "company", "holiday", "group", "whole", "factor"
CUSTOMER_GROUP = "customer_group"
# Warehouses where material is being worked on, and those where products are put.
WORKED_IN, MADE_INTO = "worked_in", "made_into"
Pairs = Mapping[str, list[tuple[str, str | None, float]]]


def _read(today: date) -> World:
	"""Three queries, beside the cached settings."""
	settings = frappe.get_cached_doc("Order Promise Settings")
	pairs = _pairs(today - timedelta(days=PAST_DAYS))
	group_parents = {name: parent for name, parent, _ in pairs[GROUP] if parent}
	lanes, rules = read_ways()
	return World(
		timezone=get_system_timezone(),
		precision=cint(frappe.db.get_default("float_precision")) or 3,
		settings=settings_of(settings, frappe.db.get_default("company")),
		warehouses=read_warehouses(settings.warehouse_rules, _shop_floor(pairs)),
		companies={name: Company(name, calendar) for name, calendar, _ in pairs[COMPANY]},
		calendars=_calendars(pairs),
		lanes=lanes,
		sourcing_rules=rules,
		whole_uoms=frozenset(uom for uom, _, _ in pairs[WHOLE]),
		uom_factors=uom_factors((name, str(other), value) for name, other, value in pairs[FACTOR]),
		rules_by_item={row.item_code: item_rule(row) for row in settings.item_rules if row.item_code},
		rules_by_group={row.item_group: item_rule(row) for row in settings.item_rules if row.item_group},
		group_parents=group_parents,
		allocations=quotas.read_allocations(pairs, group_parents),
		protections=quotas.read_protections(pairs),
		customer_group_parents={name: parent for name, parent, _ in pairs[CUSTOMER_GROUP] if parent},
	)


def _pairs(since: date) -> Pairs:
	"""Companies' holiday lists, holidays from `since` on, parents of item and customer groups, and units."""
	company, holiday = frappe.qb.DocType("Company"), frappe.qb.DocType("Holiday")
	group, uom = frappe.qb.DocType("Item Group"), frappe.qb.DocType("UOM")
	customers = frappe.qb.DocType("Customer Group")
	factor = frappe.qb.DocType("UOM Conversion Factor")
	queries = [
		_pair(COMPANY, company, company.name, company.default_holiday_list),
		_pair(HOLIDAY, holiday, holiday.parent, holiday.holiday_date).where(holiday.holiday_date >= since),
		_pair(GROUP, group, group.name, group.parent_item_group),
		_pair(CUSTOMER_GROUP, customers, customers.name, customers.parent_customer_group),
		_pair(WHOLE, uom, uom.name, uom.name).where(uom.must_be_whole_number == 1),
		_pair(FACTOR, factor, factor.from_uom, factor.to_uom, factor.value).where(factor.value > 0),
	]
	kinds = (
		*(COMPANY, HOLIDAY, GROUP, CUSTOMER_GROUP, WHOLE, FACTOR, WORKED_IN, MADE_INTO),
		*(quotas.QUOTA, quotas.PROTECTED, quotas.PERIOD),
	)
	answer: dict[str, list[tuple[str, str | None, float]]] = {kind: [] for kind in kinds}
	queries += _places_of_work()
	queries += [_pair(*row) for row in quotas.definitions()]
	for kind, name, other, number in sorted(statement(queries).rows(), key=str):
		answer[kind].append((name, other or None, float(number)))
	return answer


def _places_of_work() -> list[Any]:
	"""The warehouses of Work Orders and of subcontractors, as documents name them."""
	work, sent = frappe.qb.DocType("Work Order"), frappe.qb.DocType("Subcontracting Order")
	old = frappe.qb.DocType("Purchase Order")
	fields = [
		(WORKED_IN, work, work.wip_warehouse),
		(WORKED_IN, work, work.scrap_warehouse),
		(WORKED_IN, sent, sent.supplier_warehouse),
		(WORKED_IN, old, old.supplier_warehouse),
		(MADE_INTO, work, work.fg_warehouse),
	]
	return [
		_pair(kind, table, field, field)
		.distinct()
		.where((table.docstatus == 1) & (Coalesce(field, "") != ""))
		for kind, table, field in fields
	]


def _shop_floor(pairs: Pairs) -> set[str]:
	"""Where material is in process or with a subcontractor: not for sale, though it is in the books.

	A warehouse that products are put into is no such place, whatever else it is used for.
	"""
	making = frappe.get_cached_doc("Manufacturing Settings")
	places = {name for name, _, _ in pairs[WORKED_IN]} - {name for name, _, _ in pairs[MADE_INTO]}
	return places | {making.default_wip_warehouse, making.default_scrap_warehouse} - {None, ""}


def _pair(kind: str, table: Any, name: Any, other: Any, number: Any = 0) -> Any:
	return frappe.qb.from_(table).select(constant(kind, "kind"), name, Cast(other, "char"), number)


def _calendars(pairs: Pairs) -> dict[str, Calendar]:
	"""Every Holiday List that has a day off still to come, and those of companies, empty or not."""
	holidays: dict[str, set[date]] = {str(name): set() for _, name, _ in pairs[COMPANY] if name}
	for name, day, _ in pairs[HOLIDAY]:
		holidays.setdefault(name, set()).add(date.fromisoformat(str(day)))
	return {name: Calendar(name, frozenset(days)) for name, days in sorted(holidays.items())}
