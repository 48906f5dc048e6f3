"""Settings that contradict each other, or name what cannot be used any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
from frappe.utils import cint, flt

from otp_app.operations.doctor.finding import Finding, error, named, note, warning

SETTINGS = "Order Promise Settings"
HOURS_A_DAY = 24
DEFAULT_HIGH, DEFAULT_MEDIUM = 90.0, 70.0
DAYS = ("processing_days", "buffer_days", "inbound_days", "inspection_days", "transfer_days", "horizon_days")


def look() -> Iterator[Finding]:
	"""Order Promise Settings, as they are in the table."""
	settings = frappe.get_doc(SETTINGS)
	yield from _numbers(settings)
	yield from _holds(settings)
	yield from _warehouses(settings)
	if settings.submit_policy == "Ignore":
		told = "Sales Orders are submitted without a check: dates that cannot be met are told to nobody."
		yield note("ORDERS_UNCHECKED", told, _at("When a Sales Order Is Submitted"))
	if not cint(settings.review_at_once):
		told = "Promises are judged again once an hour only."
		yield note("REVIEWED_HOURLY", told, _at("Review at Once"))


def _numbers(settings: Any) -> Iterator[Finding]:
	for field in DAYS:
		if cint(settings.get(field)) < 0:
			label = settings.meta.get_label(field)
			yield error(
				"NEGATIVE_DAYS", f"{label} is {settings.get(field)}: days cannot be negative.", _at(label)
			)
	if not 0 <= flt(settings.production_hours_per_day) <= HOURS_A_DAY:
		told = f"Production Hours a Day is {settings.production_hours_per_day:g}: a day has {HOURS_A_DAY}."
		yield error("IMPOSSIBLE_HOURS", told, _at("Production Hours a Day"))
	high, medium = flt(settings.high_from) or DEFAULT_HIGH, flt(settings.medium_from) or DEFAULT_MEDIUM
	if high < medium:
		told = f"High From {high:g} % is below Medium From {medium:g} %: nothing is MEDIUM."
		yield error("THRESHOLDS_CROSSED", told, _at("High From"))


def _holds(settings: Any) -> Iterator[Finding]:
	usual, longest = cint(settings.hold_minutes), cint(settings.max_hold_minutes)
	if longest and usual > longest:
		told = f"Hold Time of {usual} minutes is longer than the Longest Hold, {longest}: holds are refused."
		yield error("HOLD_TOO_LONG", told, _at("Hold Time (Minutes)"))
	enabled = frappe.db.get_single_value("Stock Settings", "enable_stock_reservation", cache=False)
	if cint(settings.reserve_stock) and not cint(enabled):
		told = "Reserve Stock is on, and ERPNext does not reserve: nothing is reserved."
		yield warning("RESERVATION_OFF", told, "Desk: Stock Settings > Enable Stock Reservation")


def _warehouses(settings: Any) -> Iterator[Finding]:
	named_there = {row.warehouse for row in settings.warehouse_rules} | {settings.default_warehouse}
	unusable = frappe.get_all(
		"Warehouse", {"name": ("in", sorted(filter(None, named_there)) or [""]), "disabled": 1}, pluck="name"
	)
	if unusable:
		told = f"Disabled warehouses are in the settings: {named(sorted(unusable))}."
		yield warning("WAREHOUSE_DISABLED", told, _at("Default Warehouse, Warehouse Rules"))


def _at(field: str) -> str:
	return f"Desk: {SETTINGS} > {field}"
