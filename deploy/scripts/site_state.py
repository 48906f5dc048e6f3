"""What a site is set to and how its work goes, as JSON, without passwords: env/bin/python site_state.py SITE FILE (in the sites folder)"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import frappe
from frappe.utils import get_system_timezone, now_datetime
from frappe.utils.background_jobs import get_queues
from frappe.utils.scheduler import is_scheduler_inactive

SETTINGS = ("Order Promise Settings",)
SECRET_TYPES = ("Password", "Attach")
ERRORS = 30


def state() -> dict[str, Any]:
	"""All of it, of the site that is connected."""
	return {
		"versions": {app: frappe.get_attr(f"{app}.__version__") for app in frappe.get_installed_apps()},
		"database": frappe.db.sql("select version(), @@session.time_zone, now(6)")[0],
		"time": {"site": str(now_datetime()), "zone": get_system_timezone()},
		"settings": {doctype: settings(frappe.get_single(doctype)) for doctype in SETTINGS},
		"molam": [
			settings(frappe.get_doc("Molam Settings", name))
			for name in frappe.get_all("Molam Settings", pluck="name")
		],
		"scheduler_inactive": bool(is_scheduler_inactive()),
		"queues": queues(),
		"promises": counted("Order Promise", "status"),
		"failed_jobs": frappe.get_all(
			"Scheduled Job Log",
			{"status": "Failed", "scheduled_job_type": ("like", "%")},
			["scheduled_job_type", "creation"],
			limit=ERRORS,
		),
		"errors": [told(row) for row in errors()],
	}


def settings(document: Any) -> dict[str, Any]:
	"""A document's fields; of its passwords only whether there is one."""
	found = document.as_dict(no_nulls=True, no_default_fields=True)
	for field in document.meta.fields:
		if field.fieldtype in SECRET_TYPES and found.get(field.fieldname):
			found[field.fieldname] = "is set"
	return found


def queues() -> dict[str, Any]:
	"""Queue -> jobs that wait, and that failed; the reason where Redis does not answer."""
	try:
		return {
			queue.name: {"waiting": queue.count, "failed": queue.failed_job_registry.count}
			for queue in get_queues()
		}
	except Exception as error:  # of Redis, of the network: told, and the rest goes on
		return {"error": repr(error)}


def counted(doctype: str, field: str) -> dict[str, int]:
	rows = frappe.get_all(doctype, fields=[field, "count(name) as n"], group_by=field, order_by=None)
	return {row[field] or "": row.n for row in rows}


def errors() -> list[Any]:
	return frappe.get_all(
		"Error Log", fields=["creation", "method", "error"], order_by="creation desc", limit=ERRORS
	)


def told(row: Any) -> dict[str, str]:
	"""An error by its title and its last line: variables in a traceback may be anybody's."""
	lines = (row.error or "").strip().splitlines()
	return {
		"creation": str(row.creation),
		"method": row.method or "",
		"last_line": lines[-1] if lines else "",
	}


if __name__ == "__main__":
	frappe.init(site=sys.argv[1])
	frappe.connect()
	Path(sys.argv[2]).write_text(json.dumps(state(), default=str, indent=1))
	frappe.destroy()
