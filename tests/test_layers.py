"""What must run without ERPNext never imports frappe: neither in its text nor when it runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent / "otp_app"
FREE = (
	*(APP / "engine").rglob("*.py"),
	*(APP / "sources" / "snapshot").rglob("*.py"),
	*(APP / "sources" / "erpnext").rglob("*.py"),
	APP / "sources" / "__init__.py",
	APP / "promises" / "arguments.py",
	APP / "promises" / "calculate.py",
	APP / "promises" / "keeping" / "lifecycle.py",
	APP / "promises" / "looking" / "entries.py",
	APP / "promises" / "looking" / "questions.py",
	APP / "promises" / "looking" / "shown.py",
	APP / "promises" / "names.py",
	APP / "promises" / "procuring" / "needs.py",
	APP / "payments" / "lifecycle.py",
	*(APP / "cli").rglob("*.py"),
	*(APP / "molam_sandbox").rglob("*.py"),
	*(APP / "molam_sdk").rglob("*.py"),
	*(APP / "service").rglob("*.py"),
	*(APP / "sources" / "rest").rglob("*.py"),
	*(APP / "telemetry").rglob("*.py"),
)
# The engine needs no I/O and no clock either.
NOT_FOR_THE_ENGINE = {
	"os",
	"pathlib",
	"socket",
	"sqlite3",
	"subprocess",
	"sys",
	"requests",
	"urllib",
	"io",
	"random",
}


def imported(path: Path) -> set[str]:
	"""The top-level packages that a file imports anywhere, in functions too."""
	names: set[str] = set()
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if isinstance(node, ast.Import):
			names |= {alias.name.split(".")[0] for alias in node.names}
		elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
			names.add(node.module.split(".")[0])
	return names


@pytest.mark.parametrize("path", FREE, ids=lambda path: str(path.relative_to(APP)))
def test_no_file_outside_the_site_imports_frappe(path: Path):
	assert not imported(path) & {"frappe", "erpnext"}


@pytest.mark.parametrize("path", (APP / "engine").rglob("*.py"), ids=lambda path: path.name)
def test_the_engine_has_no_input_output_and_no_clock(path: Path):
	text = path.read_text(encoding="utf-8")
	assert not imported(path) & NOT_FOR_THE_ENGINE
	assert not any(clock in text for clock in (".now(", ".today(", "time.time(", "open("))


def test_a_promise_needs_no_frappe_at_run_time():
	program = (
		"import sys\n"
		"class Blocked:\n"
		"\tdef find_spec(self, name, path=None, target=None):\n"
		"\t\tif name.split('.')[0] in ('frappe', 'erpnext'):\n"
		"\t\t\traise AssertionError(f'{name} is imported')\n"
		"sys.meta_path.insert(0, Blocked())\n"
		"from otp_app.cli.main import main\n"
		"main(['demo'])\n"
	)
	ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
	assert ran.returncode == 0, ran.stderr
	assert "Promised for " in ran.stdout
