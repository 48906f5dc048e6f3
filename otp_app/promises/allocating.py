"""Quotas and protected minimums as documents: their periods, and which of two quotas is the wider one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, formatdate, get_first_day, getdate

MAX_PERIODS = 400
FREQUENCIES = ("Day", "Week", "Month")
# A group or territory holds for those below it; customers and channels are compared as they are.
TREES = {"to_customer_group": "Customer Group", "to_territory": "Territory"}
CHARACTERISTICS = ("to_customer", *TREES, "sales_channel")


def check_periods(document: Document) -> None:
	"""Each period ends when it begins or later, none has a quantity below zero, and no two share a day.

	They are put in order. Raises frappe.ValidationError.
	"""
	if len(document.periods) > MAX_PERIODS:
		frappe.throw(_("Give at most {0} periods.").format(MAX_PERIODS))
	for row in document.periods:
		if getdate(row.to_date) < getdate(row.from_date):
			frappe.throw(_("Row {0}: To is before From.").format(row.idx))
		if (row.qty or 0) < 0:
			frappe.throw(_("Row {0}: Quantity must not be negative.").format(row.idx))
	document.periods.sort(key=lambda row: getdate(row.from_date))
	for before, row in zip(document.periods, document.periods[1:], strict=False):
		if getdate(row.from_date) <= getdate(before.to_date):
			frappe.throw(
				_("Rows {0} and {1} share {2}: let periods begin after the one before has ended.").format(
					before.idx, row.idx, formatdate(row.from_date)
				)
			)
	for index, row in enumerate(document.periods, start=1):
		row.idx = index


def periods_between(frequency: str, first: date, last: date) -> Iterator[tuple[date, date]]:
	"""The days, weeks (from Monday) or months from one day to another; the first and the last may be cut."""
	day = first
	while day <= last:
		if frequency == "Day":
			end = day
		elif frequency == "Week":
			end = day + timedelta(days=6 - day.weekday())
		else:
			end = getdate(get_first_day(add_months(day, 1))) - timedelta(days=1)
		yield day, min(end, last)
		day = end + timedelta(days=1)


def narrower_in(parent: Document, child: Document) -> str | None:
	"""The field in which a parent quota is not for all that its child is for; None if it is for all of it."""
	if not _covers_items(parent, child):
		return "item_code" if parent.item_code else "item_group"
	of_customer = _of_customer(child)
	for field in CHARACTERISTICS:
		above, below = parent.get(field), child.get(field) or of_customer.get(field)
		if above and not (
			above == below or (field in TREES and below and _is_below(TREES[field], below, above))
		):
			return field
	return None


def _of_customer(child: Document) -> dict[str, str | None]:
	"""The group and territory of the customer that a quota is for."""
	if not child.to_customer:
		return {}
	group, territory = frappe.db.get_value("Customer", child.to_customer, ["customer_group", "territory"])
	return {"to_customer_group": group, "to_territory": territory}


def _covers_items(parent: Document, child: Document) -> bool:
	if parent.item_code:
		return parent.item_code == child.item_code
	group = child.item_group or frappe.db.get_value("Item", child.item_code, "item_group")
	return group == parent.item_group or _is_below("Item Group", group, parent.item_group)


def _is_below(doctype: str, name: str, above: str) -> bool:
	"""Whether a node of a tree is below another."""
	own, top = (frappe.db.get_value(doctype, node, ["lft", "rgt"]) for node in (name, above))
	return bool(own and top and top[0] < own[0] and own[1] < top[1])
