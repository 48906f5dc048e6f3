"""The staged load against gunicorn with two workers on a site: python -m benchmarks.staged.site SITE, in the sites folder.

	python3 scripts/big_site.py --run benchmarks.staged.site --locust PATH [--scale 0.1] [--rate 25]

runs it on the big site. MariaDB and Redis are sampled where they run on this machine.
"""

from __future__ import annotations

import sys

import psutil

import frappe

from benchmarks.big_snapshot import orders
from benchmarks.load import server
from benchmarks.site import api_key
from benchmarks.staged.__main__ import parser, show
from benchmarks.staged.stages import Target

METHOD = "otp_app.api.promise.calculate"


def main(site: str, arguments: list[str]) -> None:
	given = parser(25).parse_args(arguments)
	frappe.init(site=site)
	frappe.connect()
	items = frappe.get_all("Item", {"is_sales_item": 1, "disabled": 0, "has_variants": 0}, pluck="name")
	bodies = orders(items, None, frappe.get_all("Customer", {"disabled": 0}, pluck="name"))
	key = api_key("Sales User")
	headers = {"Authorization": f"token {key}", "X-Frappe-Site-Name": site}
	frappe.destroy()
	with server() as running:
		watched = {"gunicorn": running.pid} | {
			process.info["name"]: process.pid
			for process in psutil.process_iter(["name"])
			if process.info["name"] in ("mariadbd", "redis-server")
		}
		url = f"http://127.0.0.1:{running.port}"
		show(Target(url, f"/api/method/{METHOD}", headers, bodies, watched), given)


if __name__ == "__main__":
	main(sys.argv[1], sys.argv[2:])
