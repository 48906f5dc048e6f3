#!/usr/bin/env python3
"""One archive for a bug report: what runs, how it is set, how it is, and what it said; without secrets and customers.

	diagnostics.py --site shop.example.com
	diagnostics.py --site shop.example.com --service http://127.0.0.1:8001 --items CITY-28 --items BELL-01
	diagnostics.py --service https://otp.example.com --log /var/log/otp/service.log --to report.tar.gz
	diagnostics.py --site shop.example.com --url https://shop.example.com --dry-run     # only names what would be in it

In it: versions, settings (not passwords), otp-doctor, otp-reconcile, queues, failed jobs, last lines of errors and of logs,
/health, /ready and /metrics, the service's environment (names, and values that are no secrets), and with --items a
snapshot of these items, so that an answer can be calculated again (`otp promise`). What looks like a secret, every secret of the
site's configuration and of this environment, and names of customers and users are masked. Look at it before you send it.
Keys for the calls: OTP_SMOKE_KEY, OTP_SMOKE_SITE_KEY and OTP_METRICS_TOKEN, as for smoke_test.py.

Exit codes: 0 written (what could not be asked is told in it); 1 nothing was written; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from http_calls import Caller
from masking import Masker, secrets_in
from shared import (
	CHECKOUT,
	SCRIPTS,
	WELL,
	Bench,
	CommandFailed,
	Failed,
	add_site,
	ended,
	parser,
	run,
	scratch_folder,
)

LINES = 400  # of each log
# Variables of the service, by how they begin (docs/service.md).
OURS = (
	"OTP_",
	"ERPNEXT_",
	"LOG_LEVEL",
	"REQUEST_TIMEOUT",
	"DEFAULT_WAREHOUSE",
	"NO_WEEKENDS",
	"CUTOFF_TIME",
	"TIMEZONE",
)
OURS += ("LEAD_TIME_BUFFER_DAYS", "PROCESSING_LEAD_TIME_DAYS_DEFAULT", "FRAPPE_")
Part = Callable[[], str]


def main() -> int:
	options = parse()
	bench = Bench.of(options.bench, options.site) if options.site else None
	masker = Masker(known_secrets(bench))
	with scratch_folder("diagnostics") as folder:
		wanted = dict(parts(options, bench, folder))
		if options.dry_run:
			print("\n".join(wanted))
			return WELL
		for name, part in wanted.items():
			write(folder / name, part, masker)
		if bench and options.items:
			write(
				folder / "items.txt", lambda: snapshot(bench, folder / "items.sqlite", options.items), masker
			)
		pack(folder, options.to)
	print(f"{options.to}: {len(wanted)} parts. Look at it before you send it.")
	return WELL


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	add_site(options, required=False)
	options.add_argument("--url", help="address of the site, for /health, /ready and /metrics")
	options.add_argument("--service", metavar="URL", help="address of a service (`otp serve`)")
	options.add_argument("--log", type=Path, action="append", default=[], help="more logs; may be repeated")
	options.add_argument(
		"--items", action="append", default=[], metavar="ITEM", help="an item; may be repeated"
	)
	stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
	options.add_argument(
		"--to", type=Path, default=Path(f"otp-diagnostics-{stamp}.tar.gz"), help="the archive"
	)
	options.add_argument("--dry-run", action="store_true", help="only name what would be in it")
	found = options.parse_args()
	if not (found.site or found.service):
		options.error("say what it is about: --site NAME, --service URL, or both")
	return found


def known_secrets(bench: Bench | None) -> list[str]:
	"""Every secret that this machine can know of."""
	config = bench.config() if bench else {}
	return [*secrets_in(config), *secrets_in(dict(os.environ))]


def parts(options: argparse.Namespace, bench: Bench | None, folder: Path) -> Iterator[tuple[str, Part]]:
	"""Name of each file of the archive, and what gives its text."""
	yield "machine.txt", machine
	yield "environment.json", environment
	if bench:
		yield "site_config.json", lambda: json.dumps(bench.config())
		yield "site.json", lambda: site_state(bench, folder)
		yield "packages.txt", lambda: bench.run("-m", "pip", "freeze")
		yield "doctor.txt", lambda: whole(bench, "otp-doctor")
		yield "reconcile.txt", lambda: whole(bench, "otp-reconcile")
		for place, log in logs(bench):
			yield f"logs/{place}/{log.name}", lambda log=log: tail(log)
	for number, log in enumerate(options.log, start=1):
		yield f"logs/given-{number}/{log.name}", lambda log=log: tail(log)
	for name, url, key in (
		("site", options.url, os.environ.get("OTP_SMOKE_SITE_KEY")),
		("service", options.service, os.environ.get("OTP_SMOKE_KEY")),
	):
		if url:
			yield from asked(name, url, f"{'token' if name == 'site' else 'Bearer'} {key}" if key else None)


def asked(name: str, url: str, authorization: str | None) -> Iterator[tuple[str, Part]]:
	"""What a service or a site says of itself."""
	for path in ("health", "ready", "metrics", "otp/health"):
		token = os.environ.get("OTP_METRICS_TOKEN")
		signed = f"Bearer {token}" if path == "metrics" and token else authorization
		yield f"{name}/{path.replace('/', '-')}.txt", lambda path=path, signed=signed: call(url, path, signed)


def call(url: str, path: str, authorization: str | None) -> str:
	answer = Caller(url, authorization).call("GET", f"/{path}")
	return f"HTTP {answer.status}, {answer.seconds * 1000:.0f} ms\n\n{answer.body.decode(errors='replace')}"


def machine() -> str:
	"""System, Python, processor time and memory, and the checkout that these scripts are of."""
	lines = [
		f"{platform.platform()}, Python {platform.python_version()}, {datetime.now(timezone.utc).isoformat()}"
	]
	lines.append(f"load {os.getloadavg()}, {os.cpu_count()} processors")
	for command in (
		["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty"],
		["df", "-h"],
		["free", "-m"],
	):
		try:
			lines.append(run(command))
		except Failed as failure:
			lines.append(str(failure))
	return "\n".join(lines)


def whole(bench: Bench, command: str) -> str:
	"""All that a command says which ends with an error where it has found one."""
	try:
		return bench.command(command)
	except CommandFailed as failure:
		return failure.output


def environment() -> str:
	return json.dumps({name: value for name, value in sorted(os.environ.items()) if name.startswith(OURS)})


def site_state(bench: Bench, folder: Path) -> str:
	file = folder / "state.json"
	try:
		bench.run(str(SCRIPTS / "site_state.py"), bench.site, str(file))
		return file.read_text()
	finally:
		file.unlink(missing_ok=True)


def logs(bench: Bench) -> list[tuple[str, Path]]:
	"""The app's log, and Frappe's and the workers' own, with where they are: some have one of a name in both places."""
	folders = {"bench": bench.sites.parent / "logs", "site": bench.site_folder / "logs"}
	return [
		(place, path)
		for place, folder in folders.items()
		for path in sorted(folder.glob("*.log"))
		if path.stat().st_size
	]


def tail(path: Path) -> str:
	"""The last lines of a log; no more of it is read than they can be."""
	with path.open("rb") as file:
		file.seek(max(path.stat().st_size - LINES * 2000, 0))
		return "\n".join(file.read().decode(errors="replace").splitlines()[-LINES:])


def write(path: Path, part: Part, masker: Masker) -> None:
	"""A part without secrets; one that failed says why."""
	try:
		text = masked(part(), masker, path.suffix)
	except (Failed, OSError) as failure:
		text = f"Not here: {masker.text(str(failure))}"
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text(text + "\n")


def masked(text: str, masker: Masker, suffix: str) -> str:
	if suffix == ".json":
		return json.dumps(masker.values(json.loads(text)), indent=1, ensure_ascii=False)
	return "\n".join(masker.log_line(line) for line in masker.text(text).splitlines())


def snapshot(bench: Bench, file: Path, items: list[str]) -> str:
	"""Writes what promises of these items depend on; without customers, and without what orders are worth."""
	chosen = [word for item in items for word in ("--items", item)]
	return bench.command("otp-snapshot", str(file), *chosen)


def pack(folder: Path, to: Path) -> None:
	"""The archive; only its owner can read it."""
	to.touch(mode=0o600)
	with tarfile.open(to, "w:gz") as archive:
		for path in sorted(folder.rglob("*")):
			if path.is_file():
				archive.add(path, f"{to.name.removesuffix('.tar.gz')}/{path.relative_to(folder)}")


if __name__ == "__main__":
	sys.exit(ended(main))
