#!/usr/bin/env python3
"""Known weaknesses and newer versions of the packages of a service or a bench; upgraded, if asked, in a copy first.

	security_updates.py --venv /opt/otp/venv                       # lists, changes nothing
	security_updates.py --venv /opt/otp/venv --apply --restart "systemctl restart otp"
	security_updates.py --bench ~/frappe-bench --site shop.example.com
	security_updates.py --bench ~/frappe-bench --site shop.example.com --apply --restart "supervisorctl restart all"

Only packages with a known weakness are upgraded (--all: every outdated one), each within the ranges that the packages
installed beside it ask for. What Frappe and ERPNext ask for is never upgraded here: their own releases do that. The copy
has to pass pip check and a smoke test (the service answers with its demo snapshot; in a bench otp-reconcile runs on the
site), then it takes the environment's place, which stays beside it as NAME.previous. Any failure leaves all as it was.
pip-audit is looked for beside this Python; without it, or without network, weaknesses are not known: use --all.

Exit codes: 0 nothing to do, or done; 1 something can be upgraded and was not (a list), or a step failed; 2 called wrongly.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from auditing import Audit, audited
from environments import Environment, held_back, upgrade
from http_calls import Caller
from shared import BAD, CHECKOUT, SCRIPTS, WELL, Bench, Failed, ended, parser, run, step, table

START_SECONDS = 30


def main() -> int:
	options = parse()
	environment = Environment((options.venv or options.bench / "env").expanduser().absolute())
	if not Path(environment.python).exists():
		raise Failed(f"{environment.folder} is no environment: there is no bin/python in it.")
	packages = environment.packages()
	found, outdated = audit(environment), environment.outdated()
	held = held_back(packages)
	wanted = sorted(
		name for name in (outdated if options.all else found.weak) if name in packages and name not in held
	)
	show(packages, found.weak, outdated, held)
	if not found.known:
		print("Weaknesses are not known: pip-audit is not installed here, or its database cannot be reached.")
	elif found.unknown:
		print(f"{found.unknown} packages could not be looked up.")
	names = [name for name in wanted if name in outdated]
	if not names:
		print("Nothing to upgrade.")
		return WELL
	print(f"To upgrade, as far as the ranges allow: {', '.join(names)}.")
	if not options.apply:
		print("Nothing was changed: --apply does it in a copy first.")
		return BAD
	return applied(environment, packages, names, options)


def parse() -> argparse.Namespace:
	options = parser(__doc__ or "")
	where = options.add_mutually_exclusive_group(required=True)
	where.add_argument("--venv", type=Path, help="environment of a service")
	where.add_argument("--bench", type=Path, help="folder of a bench")
	options.add_argument("--site", help="site of the bench that the copy is tried on")
	options.add_argument("--all", action="store_true", help="every outdated package, not only weak ones")
	options.add_argument("--apply", action="store_true", help="upgrade in a copy, try it, swap")
	options.add_argument(
		"--restart", metavar="COMMAND", help="restarts what uses the environment, after the swap"
	)
	found = options.parse_args()
	if found.bench and found.apply and not found.site:
		options.error("--site names the site that the copy is tried on")
	return found


def audit(environment: Environment) -> Audit:
	"""What is known of the packages of an environment."""
	where = "import sysconfig; print(sysconfig.get_path('purelib'))"
	return audited("--path", run([environment.python, "-c", where]).strip())


def show(packages: dict, weak: dict, outdated: dict, held: set[str]) -> None:
	rows = [
		(
			name,
			packages[name]["version"],
			outdated.get(name, ""),
			"held: Frappe's, or a checkout" if name in held else "",
			" ".join(weak.get(name, ())),
		)
		for name in sorted({*weak, *outdated} & packages.keys())
	]
	if rows:
		print(table(rows, ("package", "installed", "newest", "", "weaknesses")))


def applied(environment: Environment, packages: dict, names: list[str], options: argparse.Namespace) -> int:
	"""Upgrade a copy, try it, swap, restart; as it was after any failure."""
	try:
		with step("copy the environment"):
			copy = environment.make_copy()
		with step("upgrade the copy"):
			upgrade(copy, packages, names)
		with step("try the copy"):
			try_out(copy, options)
	except BaseException:
		shutil.rmtree(environment.copy, ignore_errors=True)
		print("Nothing was changed.", file=sys.stderr)
		raise
	environment.swap()
	try:
		if options.restart:
			with step("restart"):
				run(shlex.split(options.restart))
	except Failed:
		environment.swap_back()
		print("The environment is as it was; restart what uses it once more.", file=sys.stderr)
		raise
	now = environment.packages()
	for name in names:
		print(f"{name} {packages[name]['version']} -> {now[name]['version']}")
	print(f"Swapped. The one before is {environment.previous}.")
	return WELL


def try_out(copy: Environment, options: argparse.Namespace) -> None:
	"""Raises Failed where the copy does not work."""
	if options.bench:
		real = Bench.of(options.bench, options.site)
		run(
			[
				copy.python,
				"-m",
				"frappe.utils.bench_helper",
				"frappe",
				"--site",
				options.site,
				"otp-reconcile",
			],
			cwd=real.sites,
		)
	else:
		serve(copy)


def serve(copy: Environment) -> None:
	"""Starts the service of the copy with its demo snapshot on a free port, and asks it all that smoke_test.py does."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	ours = ("OTP_", "ERPNEXT_")
	environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
	environ |= {"OTP_SERVICE_HOST": "127.0.0.1", "OTP_SERVICE_PORT": str(port)}
	url = f"http://127.0.0.1:{port}"
	command = [copy.python, "-m", "otp_app.cli", "serve"]
	with subprocess.Popen(
		command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
	) as service:
		try:
			wait(service, url)
			run([sys.executable, str(SCRIPTS / "smoke_test.py"), "--service", url, "--slow-ms", "2000"])
		finally:
			service.terminate()


def wait(service: subprocess.Popen, url: str) -> None:
	deadline = time.monotonic() + START_SECONDS
	while Caller(url, timeout=2).call("GET", "/health").status != 200:
		if service.poll() is not None or time.monotonic() > deadline:
			raise Failed(f"the service of the copy did not start (see {CHECKOUT / 'docs/service.md'})")
		time.sleep(0.2)


if __name__ == "__main__":
	sys.exit(ended(main))
