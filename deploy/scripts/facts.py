"""What a site is made of, as JSON: tables, rows, checksums, files, the oracle, and promises at one moment.

	env/bin/python facts.py SITE FILE [--like FILE]    (in the sites folder of a bench)

`--like` calculates the promises of the same orders at the same moment as in an earlier output.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import frappe
from frappe.utils.password import decrypt

from otp_app.engine.problems import RequestRefused
from otp_app.promises.calculate import promise_order
from otp_app.promises.documents import order_of
from otp_app.promises.site import site_now
from otp_app.sources.site import SiteSource
from otp_app.sources.site.reconcile import reconcile

ORDERS = 5
# What is another in every answer.
OWN = ("request_id", "calculated_at")


def facts(like: Mapping[str, Any] | None = None) -> dict[str, Any]:
	"""All of it, of the site that is connected."""
	checked, differences = reconcile()
	stale = sorted(f"{found.item_code} in {found.warehouse}" for found in differences if found.explained)
	unexplained = sorted(
		f"{found.item_code} in {found.warehouse}" for found in differences if not found.explained
	)
	moment = datetime.fromisoformat(like["moment"]) if like else site_now()
	return {
		"site": frappe.local.site,
		"moment": moment.isoformat(),
		"versions": {app: frappe.get_attr(f"{app}.__version__") for app in frappe.get_installed_apps()},
		"tables": tables(),
		"sequences": sequences(),
		"settings": settings(),
		"files": files(),
		"secrets": secrets(),
		"oracle": {"bins": checked, "stale": stale, "unexplained": unexplained},
		"promises": promises(list(like["promises"]) if like else orders(), moment),
	}


def tables() -> dict[str, list[int]]:
	"""Table -> [rows, checksum of them]; MariaDB's checksum does not depend on their order."""
	names = frappe.db.sql_list(
		"select table_name from information_schema.tables"
		" where table_schema = database() and table_type = 'BASE TABLE' order by table_name"
	)
	return {
		name: [
			frappe.db.sql(f"select count(*) from `{name}`")[0][0],
			frappe.db.sql(f"checksum table `{name}`")[0][1],
		]
		for name in names
	}


def sequences() -> dict[str, int]:
	"""Sequence -> the number that comes next."""
	names = frappe.db.sql_list(
		"select table_name from information_schema.tables"
		" where table_schema = database() and table_type = 'SEQUENCE'"
	)
	return {name: frappe.db.sql(f"select next_not_cached_value from `{name}`")[0][0] for name in names}


def settings() -> str:
	"""A digest of our settings: they lie in a table in which restoring writes, too."""
	doctypes = frappe.get_all("DocType", {"module": "OTP App", "issingle": 1}, pluck="name")
	rows = frappe.db.sql(
		"select doctype, field, value from tabSingles where doctype in %s order by doctype, field",
		(doctypes,),
	)
	return digest(rows)


def files() -> dict[str, int]:
	"""File that was attached -> its bytes."""
	site = Path(frappe.get_site_path())
	return {
		str(path.relative_to(site)): path.stat().st_size
		for folder in ("public/files", "private/files")
		for path in sorted((site / folder).rglob("*"))
		if path.is_file()
	}


def secrets() -> dict[str, int]:
	"""How many stored passwords can be decrypted with the key of the site's configuration, and how many cannot."""
	counts = {"readable": 0, "lost": 0}
	rows = frappe.db.sql("select password from `__Auth` where encrypted = 1")
	for (password,) in rows:
		try:
			decrypt(password)
			counts["readable"] += 1
		except frappe.ValidationError:
			counts["lost"] += 1
	return counts


def orders() -> list[str]:
	"""The newest open Sales Orders."""
	open_orders = {"docstatus": 1, "status": ("not in", ("Closed", "Completed", "On Hold"))}
	return frappe.get_all("Sales Order", open_orders, order_by="creation desc", limit=ORDERS, pluck="name")


def promises(names: list[str], moment: datetime) -> dict[str, str]:
	"""Order -> digest of its promise as of a moment, but for what is another in every answer."""
	stop_the_clock(moment)
	return {name: promised(name, moment) for name in names}


def promised(name: str, moment: datetime) -> str:
	"""A digest, or why there is none."""
	if not frappe.db.exists("Sales Order", name):
		return "there is no such order"
	try:
		asked = order_of(frappe.get_doc("Sales Order", name))
		answer = promise_order(
			SiteSource(), asked.payload, now=moment, request_id="facts", excluding=asked.excluding
		).as_dict()
	except RequestRefused as refused:
		return f"refused: {refused}"
	return digest({key: value for key, value in answer.items() if key not in OWN})


def stop_the_clock(moment: datetime) -> None:
	"""Lets what reads the site read it as of a moment: which holds have ended, which quotas count."""
	for name, module in list(sys.modules.items()):
		if name.startswith("otp_app.sources.site") and hasattr(module, "now_datetime"):
			module.now_datetime = lambda: moment.replace(tzinfo=None)


def digest(value: Any) -> str:
	return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("site")
	parser.add_argument("file", type=Path)
	parser.add_argument("--like", type=Path)
	options = parser.parse_args()
	frappe.init(site=options.site)
	frappe.connect()
	like = json.loads(options.like.read_text()) if options.like else None
	options.file.write_text(json.dumps(facts(like), indent=1, sort_keys=True))
	frappe.destroy()


if __name__ == "__main__":
	main()
