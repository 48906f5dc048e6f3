#!/usr/bin/env python3
"""Run ERPNext's own tests of the documents that the app touches, first without the app and then with it.

	python3 scripts/erpnext_suites.py [--suite DOCTYPE]... [--logs FOLDER]

Both rounds start from the same site, new and with the company that ERPNext's own CI makes. What counts is the
difference: a test that fails in both rounds is ERPNext's own affair. Exit code 1: a test passes only without the app.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from bench_services import Failed, step
from scratch import APP, FRAPPE, Scratch, bare_site, find_bench, why_not_a_bench

SUITES = (
	"Sales Order",
	"Quotation",
	"Purchase Order",
	"Delivery Note",
	"Stock Reservation Entry",
	"Pick List",
)
# ERPNext's tests use the app payments where there is one.
WANTED_APPS = ("payments", "erpnext")
# Frappe's test runner writes its report with it; the version is that of Frappe's own tools for developers.
REPORTER = "unittest-xml-reporting~=3.2.0"
PASSED, SKIPPED, FAILED, ABSENT = "passed", "skipped", "failed", "did not run"


@dataclass(frozen=True)
class Outcome:
	"""How one test ended, and what its failure said last."""

	result: str
	said: str = ""


Outcomes = dict[str, Outcome]  # by the name of the test


def main() -> int:
	options = parse_arguments()
	bench = find_bench()
	if reason := why_not_a_bench(bench):
		print(f"ERPNext's suites did not run: {reason}. FRAPPE_BENCH names the folder of a bench.")
		return 0
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	try:
		without, with_app = both_rounds(bench, options.suite or SUITES, options.logs)
	except Failed as failure:
		print(f"ERPNext's suites: FAILED: {failure}", file=sys.stderr)
		return 1
	except KeyboardInterrupt:
		print("ERPNext's suites: interrupted; the site was dropped.", file=sys.stderr)
		return 1
	print()
	print_table(without, with_app)
	lost = tell_differences(without, with_app)
	return 1 if lost else 0


def parse_arguments() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument(
		"--suite",
		action="append",
		metavar="DOCTYPE",
		help=f"one of these (default: all of {', '.join(SUITES)})",
	)
	parser.add_argument(
		"--logs", type=Path, metavar="FOLDER", help="keep reports and output of the suites there"
	)
	return parser.parse_args()


def both_rounds(
	bench: Path, suites: Sequence[str], logs: Path | None
) -> tuple[dict[str, Outcomes], dict[str, Outcomes]]:
	"""The outcomes by suite, without the app and with it."""
	there = (bench / "sites/apps.txt").read_text().split()
	with bare_site(bench, *(app for app in WANTED_APPS if app in there), packages=[REPORTER]) as scratch:
		logs = logs.absolute() if logs else scratch.folder / "suites"
		dump = scratch.folder / "fresh.sql.gz"
		scratch.command("set up a company", "-m", "tests.erpnext.suite_site", scratch.site)
		scratch.bench_command("backup", "--backup-path-db", str(dump))
		without = play(scratch, suites, logs / "without")
		restore(scratch, dump)
		scratch.bench_command("install-app", APP)
		return without, play(scratch, suites, logs / "with")


def restore(scratch: Scratch, dump: Path) -> None:
	"""The site as it was dumped; Frappe's list of the test records it has made goes with them."""
	scratch.bench_command("restore", str(dump), "--force")
	(scratch.sites / scratch.site / ".test_log").unlink(missing_ok=True)
	scratch.bench_command("clear-cache")


def play(scratch: Scratch, suites: Sequence[str], logs: Path) -> dict[str, Outcomes]:
	"""One round."""
	logs.mkdir(parents=True, exist_ok=True)
	return {suite: run_suite(scratch, suite, logs) for suite in suites}


def run_suite(scratch: Scratch, doctype: str, logs: Path) -> Outcomes:
	name = doctype.lower().replace(" ", "_")
	report, log = logs / f"{name}.xml", logs / f"{name}.log"
	# By its DocType, not by its module: only so are the records made that the tests stand on.
	chosen = ["run-tests", "--app", "erpnext", "--doctype", doctype, "--junit-xml-output", str(report)]
	command = [str(scratch.python), *FRAPPE, "--site", scratch.site, *chosen]
	with step(f"{doctype}, {logs.name} the app"), log.open("wb") as output:
		subprocess.run(
			command,
			cwd=scratch.sites,
			env=scratch.environment(),
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
		)
	if not report.exists() or not report.stat().st_size:
		last = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
		raise Failed(f"the tests of {doctype} broke down {logs.name} the app; the last lines were\n{last}")
	return outcomes(report)


def outcomes(report: Path) -> Outcomes:
	"""What a JUnit report tells."""
	found: Outcomes = {}
	for case in ElementTree.parse(report).getroot().iter("testcase"):
		name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
		found[name] = outcome(case)
	return found


def outcome(case: ElementTree.Element) -> Outcome:
	for tag in ("error", "failure"):
		if (node := case.find(tag)) is not None:
			lines = (node.text or node.get("message") or "").strip().splitlines()
			return Outcome(FAILED, lines[-1] if lines else "")
	return Outcome(SKIPPED if case.find("skipped") is not None else PASSED)


def print_table(without: dict[str, Outcomes], with_app: dict[str, Outcomes]) -> None:
	layout = "{:<24}{:>6}{:>16}{:>13}"
	print(layout.format("suite", "tests", "passed without", "passed with"))
	for suite in without:
		tests = len(without[suite].keys() | with_app[suite].keys())
		print(layout.format(suite, tests, passed(without[suite]), passed(with_app[suite])))


def passed(found: Outcomes) -> int:
	return sum(outcome.result == PASSED for outcome in found.values())


def tell_differences(without: dict[str, Outcomes], with_app: dict[str, Outcomes]) -> int:
	"""Print the tests whose outcome differs; how many of them pass only without the app."""
	lost = 0
	for suite in without:
		for test in sorted(without[suite].keys() | with_app[suite].keys()):
			before = without[suite].get(test, Outcome(ABSENT))
			after = with_app[suite].get(test, Outcome(ABSENT))
			if before.result != after.result:
				lost += before.result == PASSED
				said = f": {after.said or before.said}" if after.said or before.said else ""
				print(f"{suite}: {test} {before.result} without, {after.result} with the app{said}")
	print(f"{lost} passed only without the app")
	return lost


if __name__ == "__main__":
	sys.exit(main())
