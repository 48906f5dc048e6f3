#!/usr/bin/env python3
"""Run the ERPNext tests (tests/erpnext) in a Frappe bench, and leave that bench as it was.

	python3 scripts/erpnext_tests.py [--keep] [--drop] [pytest arguments]

The bench is the folder in FRAPPE_BENCH, by default ~/frappe-bench; without one, one line says so. A kept site
(--keep) makes the next run start at the tests; --drop removes it.
The root login of MariaDB: FRAPPE_DB_ROOT_USER and FRAPPE_DB_ROOT_PASSWORD, else the bench's
common_site_config.json (root_login, root_password), else root and root.
"""

import argparse
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from bench_services import Failed
from scratch import APP, CHECKOUT, Scratch, drop_kept_site, find_bench, scratch_site, why_not_a_bench


def main() -> int:
	options, pytest_args = parse_arguments()
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"ERPNext: the tests did not run: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	try:
		if options.drop:
			drop_kept_site(bench)
			print("ERPNext: the kept site was dropped.")
			return 0
		with scratch_site(bench, keep=options.keep) as scratch:
			exit_code = run_pytest(scratch, pytest_args)
			if not options.keep:
				check_uninstall(scratch)
			result = summary(scratch)
		print(result)
		return exit_code
	except Failed as failure:
		print(f"ERPNext: FAILED: {failure}", file=sys.stderr)
	except KeyboardInterrupt:
		print("ERPNext: interrupted; the site was dropped unless it is a kept one.", file=sys.stderr)
	return 1


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
	parser = argparse.ArgumentParser(
		description=__doc__.splitlines()[0], epilog="Other arguments go to pytest.", allow_abbrev=False
	)
	parser.add_argument("--keep", action="store_true", help="keep the site and use it again the next time")
	parser.add_argument("--drop", action="store_true", help="only drop a kept site")
	return parser.parse_known_args()


def junit(scratch: Scratch) -> Path:
	"""Where pytest writes its result."""
	return scratch.folder / "junit.xml"


def check_uninstall(scratch: Scratch) -> None:
	"""Uninstalling brings back the site of before, and installing again works."""
	scratch.bench_command("uninstall-app", APP, "--yes", "--no-backup")
	left = sorted(scratch.traces("after.json") ^ scratch.traces("before.json"))
	if left:
		raise Failed(f"uninstall-app {APP} left or took along:\n  " + "\n  ".join(left))
	scratch.bench_command("install-app", APP)


def run_pytest(scratch: Scratch, arguments: list[str]) -> int:
	arguments = [from_checkout(argument) for argument in arguments]
	if not any(argument.startswith("/") for argument in arguments):
		arguments.append(str(CHECKOUT / "tests/erpnext"))
	junit(scratch).unlink(missing_ok=True)
	command = [str(scratch.python), "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q"]
	command += ["-W", "ignore::DeprecationWarning", f"--junitxml={junit(scratch)}", *arguments]
	return subprocess.run(command, cwd=scratch.sites, env=scratch.environment()).returncode


def summary(scratch: Scratch) -> str:
	if not junit(scratch).exists():
		raise Failed("pytest wrote no result")
	suite = ElementTree.parse(junit(scratch)).getroot().find("testsuite")
	tests, failures, errors, skipped = (
		int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
	)
	failed = failures + errors
	versions = ", ".join(f"{name} {version(scratch.bench, name.lower())}" for name in ("ERPNext", "Frappe"))
	return f"ERPNext: {tests - failed - skipped} passed, {failed} failed, {skipped} skipped ({versions})"


def from_checkout(argument: str) -> str:
	"""A test's path, given from the checkout, made absolute (pytest runs in the sites folder)."""
	path, separator, test = argument.partition("::")
	if argument.startswith("-") or not (CHECKOUT / path).exists():
		return argument
	return f"{CHECKOUT / path}{separator}{test}"


def version(bench: Path, app: str) -> str:
	source = (bench / "apps" / app / app / "__init__.py").read_text()
	found = re.search(r'^__version__ = "(.+)"', source, re.MULTILINE)
	return found[1] if found else "?"


if __name__ == "__main__":
	sys.exit(main())
