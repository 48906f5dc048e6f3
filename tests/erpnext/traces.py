"""What an app can leave behind on a site, as a sorted list of readable strings in a JSON file.

python -m tests.erpnext.traces SITE FILE (in the sites folder)
"""

import json
import sys
from pathlib import Path

import frappe

# DocType -> the field that names a row for good (row names of some are random)
CUSTOMISATIONS = {
	"Assignment Rule": "name",
	"Client Script": "name",
	"Custom DocPerm": "concat(parent, '/', role)",
	"Custom Field": "name",
	"Custom HTML Block": "name",
	"Custom Role": "name",
	"Dashboard": "name",
	"Dashboard Chart": "name",
	"Dashboard Chart Source": "name",
	"DocType": "name",
	"DocType Link": "concat(parent, '/', link_doctype)",
	"Document Naming Rule": "name",
	"Email Template": "name",
	"Form Tour": "name",
	"Installed Application": "app_name",
	"Module Def": "name",
	"Module Onboarding": "name",
	"Notification": "name",
	"Number Card": "name",
	"Onboarding Step": "name",
	"Page": "name",
	"Patch Log": "patch",
	"Print Format": "name",
	"Property Setter": "name",
	"Report": "name",
	"Role": "name",
	"Role Profile": "name",
	"Scheduled Job Type": "method",
	"Server Script": "name",
	"User Type": "name",
	"Web Form": "name",
	"Web Page": "name",
	"Workflow": "name",
	"Workflow Action Master": "name",
	"Workflow State": "name",
	"Workspace": "name",
}


def traces() -> list[str]:
	found = {f"table {table}" for table in frappe.db.get_tables(cached=False)}
	indexes = frappe.db.sql(
		"select distinct table_name, index_name from information_schema.statistics where table_schema = database()"
	)
	found |= {f"index {table}.{index}" for table, index in indexes}
	singles = frappe.db.sql("select distinct doctype from tabSingles", pluck=True)
	found |= {f"settings of {doctype}" for doctype in singles}
	for doctype, label in CUSTOMISATIONS.items():
		names = frappe.db.sql(f"select {label} from `tab{doctype}`", pluck=True)
		found |= {f"{doctype} {name}" for name in names}
	return sorted(found)


def main(site: str, file: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	Path(file).write_text(json.dumps(traces(), indent=1))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
