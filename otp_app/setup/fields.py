"""The custom fields of ERPNext's documents, added on install and taken away with their columns on uninstall."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import LEVELS

Field = dict[str, Any]
NO_COLUMN = ("Section Break", "Column Break")

# Written by the app only, also on submitted documents; a copy of a document has no promise yet.
_WRITTEN = {"read_only": 1, "allow_on_submit": 1, "no_copy": 1}


def _requested(after: str, description: str) -> Field:
	return {
		"fieldname": "otp_requested_date",
		"label": "Requested Date",
		"fieldtype": "Date",
		"insert_after": after,
		"description": description,
		"allow_on_submit": 1,
		"print_hide": 1,
	}


def _promised(after: str = "otp_requested_date", **more: Any) -> Field:
	return {
		"fieldname": "otp_promise_date",
		"label": "Promised Date",
		"fieldtype": "Date",
		"insert_after": after,
		**_WRITTEN,
		**more,
	}


def _confidence() -> Field:
	return {
		"fieldname": "otp_confidence",
		"label": "Confidence",
		"fieldtype": "Select",
		"options": "\n".join(("", *LEVELS.values())),
		"insert_after": "otp_promise_date",
		"print_hide": 1,
		**_WRITTEN,
	}


def _break(fieldname: str, after: str, fieldtype: str = "Column Break", **more: Any) -> Field:
	return {"fieldname": fieldname, "fieldtype": fieldtype, "insert_after": after, **more}


def _header() -> list[Field]:
	"""A section of its own, after the first one of the form."""
	return [
		_break("otp_section", "amended_from", "Section Break", label="Promise"),
		_requested("otp_section", "What the customer asked for; empty: the delivery date."),
		_break("otp_column_1", "otp_requested_date"),
		_promised("otp_column_1", in_list_view=1, in_standard_filter=1),
		_confidence(),
		_break("otp_column_2", "otp_confidence"),
		{
			"fieldname": "otp_promise_status",
			"label": "Promise Status",
			"fieldtype": "Select",
			"options": "\n".join(("", *(status.value for status in PromiseStatus))),
			"insert_after": "otp_column_2",
			"in_standard_filter": 1,
			"print_hide": 1,
			**_WRITTEN,
		},
		{
			"fieldname": "otp_promise",
			"label": "Order Promise",
			"fieldtype": "Link",
			"options": "Order Promise",
			"insert_after": "otp_promise_status",
			"print_hide": 1,
			# Orders are found by their promise; without an index that would lock all of them.
			"search_index": 1,
			**_WRITTEN,
		},
	]


def _line(after: str) -> list[Field]:
	return [
		_requested(after, "What the customer asked for; empty: the delivery date, or that of the document."),
		_promised(),
		_confidence(),
	]


def _customer() -> list[Field]:
	return [
		{
			"fieldname": "otp_accepts_alternatives",
			"label": "Accepts Alternatives",
			"fieldtype": "Select",
			"options": "\nYes\nNo",
			"insert_after": "dn_required",
			"description": "Another item in place of one that is late or short. Empty: as Order Promise Settings say.",
		}
	]


def _made_for() -> list[Field]:
	"""On what was made so that a promise can be kept."""
	return [
		{
			"fieldname": "otp_promise",
			"label": "Order Promise",
			"fieldtype": "Link",
			"options": "Order Promise",
			"insert_after": "amended_from",
			"depends_on": "otp_promise",
			"print_hide": 1,
			"search_index": 1,
			**_WRITTEN,
		}
	]


def _unconfirmed() -> Field:
	"""Beside the delivery date, which no row of a Sales Order can be without: it is the last one that was told."""
	return {
		"fieldname": "otp_unconfirmed",
		"label": "No Date Confirmed",
		"fieldtype": "Check",
		"insert_after": "otp_confidence",
		"description": "It gave up what it had in a backorder run: nothing is kept for it until it gets a new date.",
		"print_hide": 1,
		**_WRITTEN,
	}


CUSTOM_FIELDS: dict[str, list[Field]] = {
	"Customer": _customer(),
	"Sales Order": _header(),
	"Quotation": _header(),
	"Sales Order Item": [*_line("delivery_date"), _unconfirmed()],
	"Quotation Item": _line("warehouse"),
	"Work Order": _made_for(),
	"Purchase Order": _made_for(),
	"Material Request": _made_for(),
}


def add_fields() -> None:
	"""Adds the fields that are missing and brings the others up to date."""
	create_custom_fields(CUSTOM_FIELDS, ignore_validate=True)
	for doctype in CUSTOM_FIELDS:
		if missing_columns(doctype):  # of a field that is there: Frappe looks at fields only
			frappe.db.updatedb(doctype)


def missing_columns(doctype: str) -> list[str]:
	"""The columns of our fields that the table does not have; Frappe's own list of columns is a cached one."""
	fields = {field["fieldname"] for field in CUSTOM_FIELDS[doctype] if field["fieldtype"] not in NO_COLUMN}
	rows = frappe.db.sql(
		"select column_name from information_schema.columns where table_schema = database() and table_name = %s",
		f"tab{doctype}",
	)
	return sorted(fields - {name for (name,) in rows})


def remove_fields() -> None:
	"""Removes the fields, what users have customised of them, and their columns, which Frappe would leave."""
	for doctype, fields in CUSTOM_FIELDS.items():
		names = [field["fieldname"] for field in fields]
		for kind in ("Custom Field", "Property Setter"):
			parent, name = ("dt", "fieldname") if kind == "Custom Field" else ("doc_type", "field_name")
			frappe.db.delete(kind, {parent: doctype, name: ("in", names)})
		frappe.clear_cache(doctype=doctype)
		columns = set(frappe.db.get_table_columns(doctype)) & set(names)
		for column in sorted(columns):
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{column}`")
