"""Each alert of deploy/prometheus made to fire, and to clear, on the real thing: python -m benchmarks.chaos.alerts SITE, in the sites folder.

Prometheus, with the rules in a hurry (intervals of a second, seconds for minutes, and a lower limit of memory; all else as it is), reads
the site behind gunicorn, a service that promises from that site over REST, and one over a snapshot. Ends with 1 where an alert does not
fire, or does not clear.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import frappe

from benchmarks.big_snapshot import big_snapshot
from benchmarks.chaos.callers import Callers
from benchmarks.chaos.relay import Mode, Relay
from benchmarks.chaos.site import Undo, prepared, refused, served
from benchmarks.serving import free_port, remote, service, wait_until_ready
from benchmarks.site import api_key
from benchmarks.table import table
from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.operations import gauges
from otp_app.promises.watching.judging import judge_what_moved
from otp_app.promises.watching.noting import NOTE
from tests.erpnext.remote import ROLES
from tests.erpnext.test_outcomes import broken
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

RULES = Path(__file__).parents[2] / "deploy/prometheus"
TOKEN = "token-of-the-drill"
PATIENCE = 60.0
# A service with the demo has half of this, with the book of 20,000 items twice as much.
MEMORY_LIMIT = "120e6"
HURRY = (
	(r"interval: 30s", "interval: 1s"),
	(r"for: \d+[mh]", "for: 2s"),
	(r"\[\d+m\]", "[15s]"),
	(r"600e6", MEMORY_LIMIT),
)
SITE, OVER_REST, OVER_SNAPSHOT = "otp-site", "otp-service-rest", "otp-service-snapshot"
PROMISES = 12


@dataclass
class Scene:
	"""All that is there, and can be broken: the ways from one to the other are relays."""

	site: str
	database: Relay
	to_site: Relay
	to_service: Relay
	to_book: Relay
	book: ExitStack
	folder: Path
	prometheus: int

	def firing(self) -> set[tuple[str, str]]:
		"""Alert and job of all that fire."""
		with urllib.request.urlopen(f"http://127.0.0.1:{self.prometheus}/api/v1/alerts", timeout=5) as answer:
			alerts = json.load(answer)["data"]["alerts"]
		return {(a["labels"]["alertname"], a["labels"]["job"]) for a in alerts if a["state"] == "firing"}

	def serve_book(self, snapshot: Path) -> None:
		"""A new process of the service over a snapshot, in the place of the one that is there."""
		self.book.close()
		self.to_book.lead_to(self.book.enter_context(service(snapshot, workers=1)).port)


@contextmanager
def on_site(site: str) -> Iterator[None]:
	"""In the site's database, committed at the end."""
	frappe.init(site, sites_path=".")
	frappe.connect()
	try:
		frappe.set_user("Administrator")
		yield
		frappe.db.commit()
		gauges.forget()
	finally:
		frappe.destroy()


def slow(relay: Relay) -> Undo:
	relay.set(Mode.SLOW)
	return lambda: relay.set(Mode.PASS)


def busy(scene: Scene) -> Undo:
	"""Callers without a pause."""
	stack = ExitStack()
	line = {"item_code": "City Bike 28", "qty": 10}
	body = json.dumps({"items": [line]}).encode()
	callers = Callers(
		scene.to_book.port, "/otp/promise", body, {"Content-Type": "application/json"}, pause=0.0
	)
	stack.enter_context(callers.asking())
	return stack.close


def bigger_book(scene: Scene) -> Undo:
	scene.serve_book(big_snapshot(scene.folder))
	return lambda: scene.serve_book(DEMO_SNAPSHOT)


def at_risk(scene: Scene, names: list[str]) -> Undo:
	def become(status: str) -> None:
		with on_site(scene.site):
			frappe.db.set_value("Order Promise", {"name": ("in", names)}, "status", status)

	become("At Risk")
	return lambda: become("Committed")


def kept_less_often_than_told(scene: Scene) -> Undo:
	with on_site(scene.site):
		before = set(frappe.get_all("Order Promise", pluck="name"))
		broken(60)
		made = set(frappe.get_all("Order Promise", pluck="name")) - before

	def undo() -> None:
		with on_site(scene.site):
			frappe.db.delete("Order Promise Line", {"parent": ("in", list(made))})
			frappe.db.delete("Order Promise", {"name": ("in", list(made))})

	return undo


def nobody_judges(scene: Scene) -> Undo:
	"""Goods were ordered an hour and a half ago, and no worker runs; in the end the job does its work."""
	with on_site(scene.site):
		PurchaseOrderFactory(item_code=ItemFactory().name, qty=1)
		frappe.db.commit()
		notes = frappe.get_all(NOTE, pluck="name")
		old = frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-90)
		frappe.db.set_value(NOTE, {"name": ("in", notes)}, "creation", old, update_modified=False)
		if not notes:
			raise RuntimeError("a Purchase Order was submitted, and nothing waits to be judged")
	return partial(judge, scene.site)


def judge(site: str) -> None:
	"""What waits is judged now, in this process."""
	with on_site(site):
		judge_what_moved(linger=0.0)


Case = tuple[tuple[str, ...], str, str, Callable[[], Undo]]


def cases(scene: Scene, promises: list[str]) -> Iterator[Case]:
	"""Alerts, the job that they are about, the cause in words, and what brings it about."""
	gone = ("OtpErpnextUnavailable", "OtpCircuitOpen", "OtpServerErrors")
	yield ("OtpTargetDown",), OVER_REST, "the service is cut off", partial(refused, scene.to_service)
	yield gone, OVER_REST, "the site is cut off", partial(refused, scene.to_site)
	yield ("OtpErpnextUnavailable",), SITE, "MariaDB is cut off", partial(refused, scene.database)
	yield ("OtpSlowPromises",), SITE, "MariaDB answers late", partial(slow, scene.database)
	yield ("OtpHighCpu",), OVER_SNAPSHOT, "callers without a pause", partial(busy, scene)
	yield ("OtpHighMemory",), OVER_SNAPSHOT, "a book of 20,000 items", partial(bigger_book, scene)
	yield ("OtpPromisesAtRisk",), SITE, f"{PROMISES} promises at risk", partial(at_risk, scene, promises)
	late = "60 promises told 95 %, all late"
	yield ("OtpCalibrationDrift",), SITE, late, partial(kept_less_often_than_told, scene)
	yield ("OtpWatchingBehind",), SITE, "a change waits, no worker", partial(nobody_judges, scene)


def main() -> int:
	(site,) = sys.argv[1:]
	if shutil.which("prometheus") is None:
		print("Not run: there is no prometheus on this machine.")
		return 0
	body, key = prepared(site)
	with on_site(site):
		item = ItemFactory().name
		StockEntryFactory(item_code=item, qty=100)
		promises = [SalesOrderFactory(item_code=item, qty=1).otp_promise for _ in range(PROMISES)]
		reader = api_key(*ROLES)
	judge(site)  # nothing waits but what the drill lets wait
	rows = []
	with on_stage(site, body, key, reader) as scene:
		for alerts, job, cause, breaks in cases(scene, promises):
			row = drilled(scene, {(alert, job) for alert in alerts}, breaks)
			for alert in alerts:
				rows.append({"alert": alert, "of": job, "cause": cause, **row})
				print(f"  {alert}: fired {row['fired_s']}, cleared {row['cleared_s']}", flush=True)
	print(
		f"\nSeconds from the cause to the alert, and from its end until it cleared (memory: over {MEMORY_LIMIT} B)"
	)
	table(rows)
	return 1 if any("never" in row.values() for row in rows) else 0


def drilled(scene: Scene, wanted: set[tuple[str, str]], breaks: Callable[[], Undo]) -> dict[str, Any]:
	"""How long until all that is wanted fired, and until none of it did any more."""
	if wait(lambda: not wanted & scene.firing()) is None:
		raise RuntimeError(f"{wanted} fires before anything is broken")
	began = time.monotonic()
	undo = breaks()
	try:
		fired = wait(lambda: wanted <= scene.firing())
	finally:
		broken_for = time.monotonic() - began
		undo()
	cleared = wait(lambda: not wanted & scene.firing())
	return {
		"fired_s": "never" if fired is None else round(broken_for, 1),
		"cleared_s": "never" if cleared is None else round(cleared, 1),
	}


def wait(holds: Callable[[], bool]) -> float | None:
	"""Seconds until it holds; None if it takes longer than PATIENCE."""
	began = time.monotonic()
	while not holds():
		if time.monotonic() - began > PATIENCE:
			return None
		time.sleep(0.5)
	return time.monotonic() - began


@contextmanager
def on_stage(name: str, body: bytes, key: str, reader: str) -> Iterator[Scene]:
	"""Everything is running, and asked for a promise a few times a second."""
	with ExitStack() as cleanup:
		folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
		site, port = cleanup.enter_context(served(name, otp_metrics_token=TOKEN))
		to_site = Relay(port)
		read = remote(to_site.port, name, reader) | {"OTP_METRICS_TOKEN": TOKEN}
		to_service = Relay(cleanup.enter_context(service(read, workers=1)).port)
		book = cleanup.enter_context(ExitStack())
		to_book = Relay(book.enter_context(service(DEMO_SNAPSHOT, workers=1)).port)
		for relay in (to_site, to_service, to_book):
			cleanup.callback(relay.close)
		prometheus = cleanup.enter_context(
			prometheus_of(
				folder, name, {"site": port, OVER_REST: to_service.port, OVER_SNAPSHOT: to_book.port}
			)
		)
		for at, headers in (
			(port, {"X-Frappe-Site-Name": name, "Authorization": f"token {key}"}),
			(to_service.port, {}),
		):
			sent = {"Content-Type": "application/json", **headers}
			cleanup.enter_context(Callers(at, "/otp/promise", body, sent, pause=0.5).asking())
		yield Scene(name, site.database, to_site, to_service, to_book, book, folder, prometheus)


@contextmanager
def prometheus_of(folder: Path, site: str, ports: dict[str, int]) -> Iterator[int]:
	"""A Prometheus with the rules in a hurry; the port that it answers on."""
	for rules in ("otp-recording.rules.yml", "otp-alerts.rules.yml"):
		text = (RULES / rules).read_text()
		for told, here in HURRY:
			text = re.sub(told, here, text)
		(folder / rules).write_text(text)
	gunicorn = ports.pop("site")
	scraped: list[dict[str, Any]] = [
		{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
		for job, port in ports.items()
	]
	# Frappe finds a site by the name in the address, which no machine here answers to: gunicorn is asked as a proxy would be.
	proxy = f"http://127.0.0.1:{gunicorn}"
	scraped.append({"job_name": SITE, "proxy_url": proxy, "static_configs": [{"targets": [site]}]})
	config = {
		"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
		"rule_files": ["otp-recording.rules.yml", "otp-alerts.rules.yml"],
		"scrape_configs": [
			{**one, "authorization": {"type": "Bearer", "credentials": TOKEN}} for one in scraped
		],
	}
	(folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
	port = free_port()
	command = [
		"prometheus",
		f"--config.file={folder}/prometheus.yml",
		f"--storage.tsdb.path={folder}/data",
		f"--web.listen-address=127.0.0.1:{port}",
	]
	process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	try:
		wait_until_ready(f"http://127.0.0.1:{port}/-/ready", process)
		yield port
	finally:
		process.terminate()
		process.wait(timeout=30)


if __name__ == "__main__":
	sys.exit(main())
