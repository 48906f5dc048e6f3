"""Available to Promise: what can be promised of each item in each warehouse, by day, week or month (docs/reports.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, formatdate, getdate, nowdate, parse_json

from otp_app.reports.available import Place, available
from otp_app.reports.buckets import SIZES, Bucket, buckets
from otp_app.reports.columns import column
from otp_app.reports.items import names_of
from otp_app.reports.permitted import check_company

USUAL_BUCKETS = 14
MOST_BUCKETS = 60
LABELS = {"Day": "d MMM", "Week": "d MMM", "Month": "MMM yyyy"}

Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, rows and chart; quantities in stock UOM. Raises ValidationError for filters that cannot be answered."""
	asked = frappe._dict(filters or {})
	company = check_company(asked.company)
	size = asked.bucket or SIZES[0]
	spans = _spans(asked, size)
	places = available(
		company,
		spans,
		items=parse_json(asked.get("items")) or (),  # a dict has a method of that name
		item_group=asked.item_group or None,
		warehouse=asked.warehouse or None,
	)
	names = names_of({place.item_code for place in places})
	rows = [_row(place, names, spans) for place in places]
	return _columns(spans, size), rows, None, _chart(places, names, spans, size)


def _spans(asked: Mapping[str, Any], size: str) -> tuple[Bucket, ...]:
	if size not in SIZES:
		frappe.throw(_("Bucket is {0}: choose Day, Week or Month.").format(size))
	count = cint(asked.get("buckets")) or USUAL_BUCKETS
	if not 0 < count <= MOST_BUCKETS:
		frappe.throw(_("Number of Buckets is {0}: choose 1 to {1}.").format(count, MOST_BUCKETS))
	# Nothing can be promised for yesterday; a saved report's date may have passed.
	start = max(getdate(asked.get("from_date") or nowdate()), getdate(nowdate()))
	return buckets(start, size, count)


def _row(place: Place, names: Mapping[str, str], spans: Sequence[Bucket]) -> Row:
	facts = {
		"item_code": place.item_code,
		"item_name": names.get(place.item_code),
		"warehouse": place.warehouse,
		"uom": place.uom,
		"on_hand": place.on_hand,
	}
	return facts | {span.key: qty for span, qty in zip(spans, place.atp, strict=True)}


def _columns(spans: Sequence[Bucket], size: str) -> list[Row]:
	fixed = [
		column("item_code", _("Item"), "Link", 120, "Item"),
		column("item_name", _("Item Name"), "Data", 150),
		column("warehouse", _("Warehouse"), "Link", 130, "Warehouse"),
		column("uom", _("UOM"), "Data", 60),
		column("on_hand", _("On Hand"), "Float", 92),
	]
	dated = [column(span.key, _label(span, size), "Float", 84) | {"atp_on": str(span.end)} for span in spans]
	return fixed + dated


def _label(span: Bucket, size: str) -> str:
	day = formatdate(span.end, LABELS[size])
	return _("to {0}", context="a week that ends on a date").format(day) if size == "Week" else day


def _chart(
	places: Sequence[Place], names: Mapping[str, str], spans: Sequence[Bucket], size: str
) -> Row | None:
	"""The ATP of the first row; the report's script draws the rows that are ticked instead."""
	if not places:
		return None
	first = places[0]
	name = f"{_titled(first.item_code, names.get(first.item_code))} · {first.warehouse}"
	return {
		"data": {
			"labels": [_label(span, size) for span in spans],
			"datasets": [{"name": name, "values": list(first.atp)}],
		},
		"title": _("ATP of {0}").format(name),
		"type": "bar",
		"colors": ["#2490ef"],
		"height": 200,
		"fieldtype": "Float",
	}


def _titled(code: str, name: str | None) -> str:
	"""The item's code, and its name if that is another word."""
	return f"{code}: {name}" if name and name != code else code
