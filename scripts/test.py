"""Run all checks and tests, one after the other, and say at the end what ran and how it went.

	python scripts/test.py

A failure stops nothing: what comes after it runs too, and the exit code is 1.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

CHECKOUT = Path(__file__).resolve().parent.parent
CHECKS = {
	"ruff check": ["ruff", "check", "."],
	"ruff format": ["ruff", "format", "--check", "."],
	"mypy": ["mypy"],
}
UNIT = ["pytest", "-q", "tests", "--ignore=tests/erpnext"]
ERPNEXT = "scripts/erpnext_tests.py"


def main() -> int:
	checks = {name: run(name, ["-m", *command]) for name, command in CHECKS.items()}
	unit_passed, unit = unit_tests()
	erpnext_passed, erpnext = erpnext_tests()
	heading("summary")
	print(
		"Checks: "
		+ ", ".join(f"{name} {'passed' if passed else 'FAILED'}" for name, passed in checks.items())
	)
	print(unit)
	print(erpnext)
	return 0 if all(checks.values()) and unit_passed and erpnext_passed else 1


def heading(title: str) -> None:
	print(f"\n--- {title}", flush=True)


def run(title: str, arguments: list[str]) -> bool:
	"""Run Python with these arguments; whether it ended well."""
	heading(title)
	return subprocess.run([sys.executable, *arguments], cwd=CHECKOUT).returncode == 0


def unit_tests() -> tuple[bool, str]:
	"""The tests that need no ERPNext, and their number."""
	with tempfile.TemporaryDirectory() as folder:
		report = Path(folder) / "junit.xml"
		passed = run("unit tests", ["-m", *UNIT, f"--junitxml={report}"])
		if not report.exists():
			return False, "Unit tests: FAILED: pytest wrote no report"
		return passed, f"Unit tests: {counted(report)}"


def counted(report: Path) -> str:
	"""The numbers in a JUnit report, as `312 passed, 0 failed`."""
	suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
	tests, failures, errors, skipped = (
		sum(int(suite.get(name, 0)) for suite in suites)
		for name in ("tests", "failures", "errors", "skipped")
	)
	failed = failures + errors
	told = f"{tests - failed - skipped} passed, {failed} failed"
	return f"{told}, {skipped} skipped" if skipped else told


def erpnext_tests() -> tuple[bool, str]:
	"""The tests that need a bench, and the last line that their script starts with `ERPNext:`."""
	heading("ERPNext tests")
	said = b""
	with subprocess.Popen(
		[sys.executable, ERPNEXT], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
	) as running:
		assert running.stdout is not None
		while part := running.stdout.read(4096):
			sys.stdout.buffer.write(part)
			sys.stdout.buffer.flush()
			said += part
	lines = [line for line in said.decode(errors="replace").splitlines() if line.startswith("ERPNext:")]
	if not lines:
		return False, f"ERPNext: FAILED: {ERPNEXT} ended with {running.returncode} and said nothing"
	return running.returncode == 0, lines[-1]


if __name__ == "__main__":
	sys.exit(main())
