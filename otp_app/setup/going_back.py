"""Taking a site back to an earlier version of the app, and forward again, without losing what the newer one keeps.

What the older version does not know is written to a file, then taken away; the file is read when the site is forward again.
New fields of doctypes that both have stay in their tables, and so do settings: the older version does not look at them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import frappe

import otp_app
from otp_app.setup.fields import CUSTOM_FIELDS
from otp_app.setup.indexes import INDEXES
from otp_app.setup.schema import Difference, Schema, newer, schema_of

# Older than every file: Frappe reads the older version's own file again.
LONG_AGO = "2000-01-01 00:00:00"
# How rows are known again, where that is not by their name.
KEYS = {"tabSingles": ("doctype", "field"), "__Auth": ("doctype", "name", "fieldname")}


def present_schema() -> Schema:
	"""The schema of the code that runs."""
	package = Path(otp_app.__file__).parent
	return schema_of(package / "otp_app", otp_app.__version__, CUSTOM_FIELDS, INDEXES)


def in_the_way(difference: Difference) -> list[str]:
	"""What has to be changed by hand before: documents with a value that the older version does not know."""
	found = []
	for where, choices in difference.choices.items():
		doctype, fieldname = where.split(".")
		if frappe.get_meta(doctype).issingle:
			value = frappe.db.get_single_value(doctype, fieldname)
			count = int(value in choices)
		else:
			count = frappe.db.count(doctype, {fieldname: ("in", choices)})
		if count:
			words = ", ".join(choices)
			found.append(
				f"{count} documents of {doctype} have {fieldname} {words}: change or delete them first."
			)
	return found


def go_back(then: Schema, file: Path) -> Difference:
	"""Writes what `then` does not know to a file (gzipped JSON lines), and takes it away; commits.

	Raises ValueError where something is in the way; then nothing was changed.
	"""
	difference = newer(present_schema(), then)
	if problems := in_the_way(difference):
		raise ValueError(" ".join(problems))
	export(difference, file)
	frappe.flags.in_migrate = (
		True  # Frappe guards standard documents, and in developer mode deletes their files
	)
	_remove_doctypes(difference)
	_remove_documents(difference, then)
	frappe.flags.in_migrate = False
	_remove_fields(difference.custom_fields)
	_remove_indexes(difference.indexes)
	frappe.clear_cache()
	frappe.db.commit()
	return difference


def export(difference: Difference, file: Path) -> None:
	"""The rows of newer doctypes, and the values of newer fields of ERPNext's documents, as they are in the tables.

	Only its owner can read the file: passwords are in it as the site has encrypted them.
	"""
	file.touch(mode=0o600)
	with gzip.open(file, "wt", encoding="utf-8") as lines:
		for table, row in _rows(difference):
			lines.write(json.dumps({"table": table, "row": row}, default=str, ensure_ascii=False) + "\n")
		lines.write(json.dumps({"end": True}) + "\n")


def _rows(difference: Difference) -> Iterator[tuple[str, Mapping[str, Any]]]:
	"""(table, row)."""
	for doctype in difference.doctypes:
		if frappe.get_meta(doctype).issingle:
			yield from _read("tabSingles", "`doctype` = %s", doctype)
		else:
			yield from _read(f"tab{doctype}")
		yield from _read("__Auth", "`doctype` = %s", doctype)  # passwords, encrypted as they are
	for doctype, fields in difference.custom_fields.items():
		columns = [f"`{name}`" for name in fields if frappe.db.has_column(doctype, name)]
		if columns:
			filled = " or ".join(f"ifnull({column}, '') not in ('', '0')" for column in columns)
			yield from _read(f"tab{doctype}", filled, columns=", ".join(("`name`", *columns)))


def _read(
	table: str, condition: str = "1 = 1", *values: str, columns: str = "*"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
	query = f"select {columns} from `{table}` where {condition}"  # noqa: S608 names are the app's own
	yield from ((table, row) for row in frappe.db.sql(query, values, as_dict=True))


def _remove_doctypes(difference: Difference) -> None:
	singles = [name for name in difference.doctypes if frappe.get_meta(name).issingle]
	for doctype in difference.doctypes:
		frappe.delete_doc("DocType", doctype, force=True, ignore_missing=True)
		frappe.db.sql_ddl(f"drop table if exists `tab{doctype}`")
	if singles:
		frappe.db.delete("Singles", {"doctype": ("in", singles)})


def _remove_documents(difference: Difference, then: Schema) -> None:
	"""Newer reports, charts and so on; those that both have are read from the older version's files again."""
	for kind, names in difference.documents.items():
		for name in names:
			frappe.delete_doc(kind, name, force=True, ignore_missing=True)
	for kind, names in then.documents.items():
		frappe.db.set_value(kind, {"name": ("in", names)}, "modified", LONG_AGO, update_modified=False)


def _remove_fields(custom_fields: Mapping[str, Any]) -> None:
	for doctype, fields in custom_fields.items():
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", fields)})
		frappe.clear_cache(doctype=doctype)
		for name in fields:
			if frappe.db.has_column(doctype, name):
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{name}`")


def _remove_indexes(indexes: Mapping[str, Any]) -> None:
	for doctype, names in indexes.items():
		for name in names:
			if frappe.db.has_index(f"tab{doctype}", name):
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop index `{name}`")


def go_forward(file: Path) -> dict[str, int]:
	"""Reads what `go_back` wrote, once the newer version is migrated; doctype -> rows put back. Commits.

	Rows that are there already stay as they are, so that it may be repeated. Raises ValueError for a file that is not whole.
	"""
	with gzip.open(file, "rt", encoding="utf-8") as lines:
		found = [json.loads(line) for line in lines]
	if not found or not found.pop().get("end"):
		raise ValueError(f"{file} is not whole: its last line is missing. Nothing was changed.")
	counts: dict[str, int] = {}
	for line in found:
		counts[line["table"]] = counts.get(line["table"], 0) + _put_back(line["table"], line["row"])
	frappe.clear_cache()
	frappe.db.commit()
	return counts


def _put_back(table: str, row: Mapping[str, Any]) -> bool:
	"""Whether it was missing."""
	added = {field["fieldname"] for field in CUSTOM_FIELDS.get(table.removeprefix("tab"), ())}
	if added:
		return _put_values_back(table, row)
	key = KEYS.get(table, ("name",))
	same = " and ".join(f"`{name}` = %s" for name in key)
	names, places = ", ".join(f"`{name}`" for name in row), ", ".join(["%s"] * len(row))
	if frappe.db.sql(f"select 1 from `{table}` where {same}", tuple(row[name] for name in key)):  # noqa: S608
		return False
	frappe.db.sql(f"insert into `{table}` ({names}) values ({places})", tuple(row.values()))  # noqa: S608
	return True


def _put_values_back(table: str, row: Mapping[str, Any]) -> bool:
	"""Fields that were added to a document of ERPNext's, where it is still there and has no value of its own yet."""
	doctype, name = table.removeprefix("tab"), row["name"]
	values = {field: value for field, value in row.items() if field != "name"}
	has = frappe.db.get_value(doctype, name, list(values), as_dict=True)
	if has is None or any(has.values()):
		return False
	frappe.db.set_value(doctype, name, values, update_modified=False)
	return True
