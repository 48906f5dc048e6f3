"""A site while something it rests on is broken: python -m benchmarks.chaos.site SITE, in the sites folder.

MariaDB and Redis are reached through relays, which refuse connections or are silent; log files are /dev/full; a worker of
gunicorn is killed each second; the clock jumps (clock.c, where there is a C compiler). Ends with 1 where the site was not well again, where a caller
waited longer than PATIENCE, or where one got a date that differs from the one before.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

import frappe

from benchmarks.chaos.callers import PATIENCE, Callers, summed
from benchmarks.chaos.relay import Mode, Relay
from benchmarks.serving import free_port, wait_until_ready
from benchmarks.site import api_key
from benchmarks.table import table
from tests.erpnext.company import STORES
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.stock import StockEntryFactory

QUIET_SECONDS, BROKEN_SECONDS = 2.0, 10.0
Undo = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Site:
	"""What can be broken: the relays, the processes of gunicorn, its logs, and the file that tells its time."""

	database: Relay
	redis: Relay
	gunicorn: int
	logs: tuple[Path, ...]
	clock: Path


def refused(relay: Relay) -> Undo:
	relay.set(Mode.REFUSE)
	return lambda: relay.set(Mode.PASS)


def silent(relay: Relay) -> Undo:
	relay.set(Mode.SILENT)
	return lambda: relay.set(Mode.PASS)


def disk_full(site: Site) -> Undo:
	"""Each log file is /dev/full: what is written to it fails as on a full disk."""
	moved = []
	for folder in site.logs:
		for log in folder.glob("*.log"):
			kept = log.with_suffix(".kept")
			log.rename(kept)
			log.symlink_to("/dev/full")
			moved.append((log, kept))
	# Open files are those from before: workers that start now open the full disk.
	os.kill(site.gunicorn, signal.SIGHUP)

	def undo() -> None:
		for log, kept in moved:
			log.unlink()
			kept.rename(log)
		os.kill(site.gunicorn, signal.SIGHUP)

	return undo


def workers_killed(site: Site) -> Undo:
	"""A worker each second."""
	done = threading.Event()

	def kill() -> None:
		while not done.wait(1.0):
			for worker in psutil.Process(site.gunicorn).children()[:1]:
				worker.kill()

	killer = threading.Thread(target=kill)
	killer.start()

	def undo() -> None:
		done.set()
		killer.join()

	return undo


def clock_jump(site: Site, seconds: int) -> Undo:
	set_clock(site.clock, seconds)
	return lambda: set_clock(site.clock, 0)


def set_clock(file: Path, seconds: int) -> None:
	"""In place: the processes have the file mapped."""
	with file.open("r+b" if file.exists() else "wb") as clock:
		clock.write(struct.pack("=q", seconds))


def cases(site: Site, faked: bool) -> Iterator[tuple[str, float, Callable[[], Undo]]]:
	"""Name, seconds that it stays broken, and what breaks it."""
	yield "MariaDB stopped", BROKEN_SECONDS, lambda: refused(site.database)
	yield "MariaDB silent", BROKEN_SECONDS, lambda: silent(site.database)
	yield "Redis stopped", BROKEN_SECONDS, lambda: refused(site.redis)
	yield "Redis silent", BROKEN_SECONDS, lambda: silent(site.redis)
	yield "disk full for logs", BROKEN_SECONDS, lambda: disk_full(site)
	yield "a worker killed each second", BROKEN_SECONDS, lambda: workers_killed(site)
	if faked:
		yield "clock an hour ahead", BROKEN_SECONDS, lambda: clock_jump(site, 3600)
		yield "clock an hour back", BROKEN_SECONDS, lambda: clock_jump(site, -3600)


def main() -> int:
	(name,) = sys.argv[1:]
	body, key = prepared(name)
	compiler = shutil.which("cc")
	rows = []
	with served(name, compiler) as (site, port):
		headers = {
			"Content-Type": "application/json",
			"Accept": "application/json",
			"X-Frappe-Site-Name": name,
			"Authorization": f"token {key}",
		}
		for case, seconds, breaks in cases(site, compiler is not None):
			row = measured(case, seconds, breaks, Callers(port, "/otp/promise", body, headers))
			rows.append(row)
			print(f"  {case}: {row['answers']}", flush=True)
	print("\nWhat callers got, and seconds from the mend until the site was well again")
	table([{column: value for column, value in row.items() if column != "answers"} for row in rows])
	if compiler is None:
		print("The clock did not jump: there is no C compiler (cc) for benchmarks/chaos/clock.c.")
	return 0 if all(is_well(row) for row in rows) else 1


def is_well(row: Mapping[str, Any]) -> bool:
	"""Whether the site came back, nobody got another date, and nobody waited in vain."""
	return row["well_again_s"] != "never" and not row["other_dates"] and row["slowest_s"] < PATIENCE


def measured(case: str, seconds: float, breaks: Callable[[], Undo], callers: Callers) -> dict[str, Any]:
	"""One row: what came while it was broken, the slowest answer, and when all was well again."""
	with callers.asking():
		time.sleep(QUIET_SECONDS)
		before = {one.date for one in callers.got}
		broken = time.monotonic()
		undo = breaks()
		try:
			time.sleep(seconds)
		finally:
			undo()
		mended = time.monotonic()
		well = callers.wait_until_well(mended)
	during = [one for one in callers.got if one.came >= broken and one.asked <= mended]
	return {
		"case": case,
		"answers": summed(during),
		"asked": len(during),
		"promises": sum(one.is_promise for one in during),
		"refused": sum(not one.is_promise for one in during),
		"other_dates": len({one.date for one in callers.got if one.is_promise} - before),
		"slowest_s": round(max((one.came - one.asked for one in during), default=0.0), 1),
		"well_again_s": "never" if well is None else round(well, 1),
	}


def prepared(site: str) -> tuple[bytes, str]:
	"""An order to promise, committed, and the key of somebody who may."""
	frappe.init(site, sites_path=".")
	frappe.connect()
	try:
		frappe.set_user("Administrator")
		item = ItemFactory().name
		StockEntryFactory(item_code=item, qty=4)
		PurchaseOrderFactory(item_code=item, qty=20, schedule_date=days(9))
		customer = CustomerFactory().name
		key = api_key("Sales User", "Stock User", "Purchase User")
	finally:
		frappe.destroy()
	line = {"item_code": item, "qty": 10, "warehouse": STORES}
	return json.dumps({"items": [line], "customer": customer}).encode(), key


@contextmanager
def served(name: str, compiler: str | None = None, **config: Any) -> Iterator[tuple[Site, int]]:
	"""The site behind gunicorn with two workers, through relays, with more `config`; as it was configured in the end."""
	place = Path(name) / "site_config.json"
	known = json.loads(Path("common_site_config.json").read_text()) | json.loads(place.read_text())
	with ExitStack() as cleanup:
		database = Relay(int(known.get("db_port") or 3306))
		redis = Relay(urlsplit(known["redis_cache"]).port or 6379)
		for relay in (database, redis):
			cleanup.callback(relay.close)
		text = place.read_text()
		cleanup.callback(place.write_text, text)
		through = f"redis://127.0.0.1:{redis.port}"
		more = {
			"db_host": "127.0.0.1",
			"db_port": database.port,
			"redis_cache": through,
			"redis_queue": through,
		}
		place.write_text(json.dumps(json.loads(text) | more | config))
		folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
		clock = folder / "clock"
		set_clock(clock, 0)
		port = free_port()
		process = gunicorn(port, preloaded(folder, clock, compiler) if compiler else {})
		cleanup.callback(process.wait, 30)
		cleanup.callback(process.terminate)
		wait_until_ready(f"http://127.0.0.1:{port}/ready", process, {"X-Frappe-Site-Name": name})
		logs = (Path("../logs").resolve(), (Path(name) / "logs").resolve())
		yield Site(database, redis, process.pid, logs, clock), port


def preloaded(folder: Path, clock: Path, compiler: str) -> dict[str, str]:
	"""The environment of processes whose time is what the file `clock` says."""
	library = folder / "clock.so"
	source = Path(__file__).with_name("clock.c")
	subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
	return {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(clock)}


def gunicorn(port: int, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
	"""Two workers, as many as a small site has."""
	return subprocess.Popen(
		[sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "frappe.app:application"],
		env={**os.environ, **more},
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
	)


if __name__ == "__main__":
	sys.exit(main())
