"""All that is in a site's database, row for row, as a JSON file: what tables look like and what is in them.

python -m tests.erpnext.rows SITE FILE (in the sites folder)

For each table its structure (columns, indexes, and sequences, which are tables here) and its rows: key -> [hash of all
columns, what the row is about, whether it speaks of the app].
"""

import json
import sys
from pathlib import Path
from typing import Any

import frappe

# How one knows the row again where that is not by its name.
KEYS = {
	"tabSingles": ("doctype", "field"),
	"__UserSettings": ("user", "doctype"),
	"__Auth": ("doctype", "name", "fieldname"),
	"__global_search": ("doctype", "name"),
	# Rows that Frappe writes anew, under other names, whenever an app is installed.
	"tabDefaultValue": ("parent", "defkey", "defvalue"),
	"tabDocField": ("parent", "fieldname"),
	"tabDocPerm": ("parent", "role", "permlevel", "if_owner"),
	"tabInstalled Application": ("app_name",),
	"tabPortal Menu Item": ("parent", "title", "route"),
}
# What such rows are not the same in.
STAMPS = ("name", "creation", "modified", "modified_by", "owner")
# Columns that say what a row is about; the first that a table has.
ABOUT = (
	"deleted_doctype",
	"ref_doctype",
	"reference_doctype",
	"reference_type",
	"document_type",
	"share_doctype",
	"attached_to_doctype",
	"scheduled_job_type",
	"parenttype",
	"doctype",
)
# What only the app's own words contain, as patterns of SQL.
WORDS = (
	r"%otp\\_%",
	"%Molam%",
	"%OTP App%",
	"%Order Promis%",
	"%PROMISE-%",
	"%Transit Lane%",
	"%romises at Risk%",
	"%romise Accuracy%",
	"%Available to Promise%",
	"%Supply Reliability%",
	"%Supplier Reliability%",
	"%Promises as Told%",
	"%Told and Kept%",
)


def read() -> dict[str, Any]:
	"""Table -> its type, columns, indexes and rows."""
	tables = frappe.db.sql(
		"select table_name, table_type from information_schema.tables where table_schema = database()"
	)
	found = {name: {"type": kind, "columns": {}, "indexes": {}, "rows": {}} for name, kind in tables}
	for table, *column in frappe.db.sql(
		"select table_name, column_name, column_type, is_nullable, column_default"
		" from information_schema.columns where table_schema = database() order by ordinal_position"
	):
		found[table]["columns"][column[0]] = [str(value) for value in column[1:]]
	for table, index, column in frappe.db.sql(
		"select table_name, index_name, column_name from information_schema.statistics"
		" where table_schema = database() order by table_name, index_name, seq_in_index"
	):
		found[table]["indexes"].setdefault(index, []).append(column)
	for name, table in found.items():
		if table["type"] == "BASE TABLE":
			table["rows"] = rows(name, list(table["columns"]))
	return found


def rows(table: str, columns: list[str]) -> dict[str, tuple[str, str, int]]:
	"""The rows of one table."""
	key = [column for column in KEYS.get(table, ("name",)) if column in columns] or columns
	about = next((column for column in ABOUT if column in columns), None)
	told = [column for column in columns if table not in KEYS or column not in STAMPS]
	filled = ", ".join(f"ifnull(`{column}`, '')" for column in told)
	spoken = " or ".join(f"concat_ws('\\n', {filled}) like '{word}'" for word in WORDS).replace("%", "%%")
	query = (
		f"select concat_ws(' ', {', '.join(f'`{column}`' for column in key)}),"
		f" md5(concat_ws('\\n', {filled})), {f'`{about}`' if about else 'null'}, {spoken} from `{table}`"
	)
	return {
		str(name): (digest, subject or "", int(speaks))
		for name, digest, subject, speaks in frappe.db.sql(query, ())
	}


def main(site: str, file: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	Path(file).write_text(json.dumps(read(), sort_keys=True))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
