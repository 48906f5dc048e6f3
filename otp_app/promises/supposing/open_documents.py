"""Documents that still bring supply, with their days: what a planner picks one from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate

from otp_app.engine.backorder.supposed import DocumentType


@dataclass(frozen=True, slots=True)
class _Kind:
	"""`rows` is the table that has the days, where the document itself has not; the first date that is set counts."""

	party: str
	ended: tuple[str, ...]
	dates: tuple[str, ...]
	rows: str | None = None


KINDS: Mapping[str, _Kind] = {
	DocumentType.PURCHASE_ORDER.value: _Kind(
		"supplier_name",
		("Closed", "Delivered", "Completed", "To Bill"),
		("expected_delivery_date", "schedule_date"),
		"Purchase Order Item",
	),
	DocumentType.SUBCONTRACTING_ORDER.value: _Kind(
		"supplier_name",
		("Closed", "Completed"),
		("expected_delivery_date", "schedule_date"),
		"Subcontracting Order Item",
	),
	DocumentType.WORK_ORDER.value: _Kind(
		"production_item",
		("Stopped", "Completed", "Closed"),
		("expected_delivery_date", "planned_end_date"),
	),
}


def open_documents(
	doctype: str, text: str, company: str, start: int, count: int
) -> list[tuple[str, str, str]]:
	"""Names, parties and days of documents that the user may read, the newest first; of one company, if it is named.

	Raises PermissionError.
	"""
	kind = KINDS[doctype]
	filters: list[list[Any]] = [["docstatus", "=", 1], ["status", "not in", kind.ended]]
	if company:
		filters.append(["company", "=", company])
	rows = frappe.get_list(
		doctype,
		filters=filters,
		or_filters=[["name", "like", f"%{text}%"], [kind.party, "like", f"%{text}%"]] if text else None,
		fields=["name", f"{kind.party} as party", *([] if kind.rows else kind.dates)],
		order_by="creation desc",
		limit_start=start,
		limit_page_length=count,
	)
	days = _days_of_rows(kind, [row.name for row in rows]) if kind.rows else _own_days(kind, rows)
	return [(row.name, row.party or "", _span(days.get(row.name, []))) for row in rows]


def _own_days(kind: _Kind, rows: list[Any]) -> dict[str, list[Any]]:
	return {row.name: [_first(kind, row)] for row in rows}


def _days_of_rows(kind: _Kind, names: list[str]) -> dict[str, list[Any]]:
	found: dict[str, list[Any]] = {}
	filters = {"parent": ("in", names or [""])}
	for row in frappe.get_all(kind.rows, filters, ["parent", *kind.dates], order_by=None):
		found.setdefault(row.parent, []).append(_first(kind, row))
	return found


def _first(kind: _Kind, row: Any) -> Any:
	return next((row[name] for name in kind.dates if row[name]), None)


def _span(days: list[Any]) -> str:
	"""A day, or the first and the last, as the user writes dates."""
	known = sorted({frappe.utils.getdate(day) for day in days if day})
	if not known:
		return _("no date")
	if len(known) == 1:
		return formatdate(known[0])
	return _("{0} to {1}").format(formatdate(known[0]), formatdate(known[-1]))
