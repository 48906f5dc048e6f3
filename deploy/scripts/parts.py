"""The parts of pre_deploy.py: each runs something real, and says in one line what it saw."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from auditing import audited
from shared import CHECKOUT, Failed

PASSED, FAILED, NOT_RUN = "passed", "FAILED", "not run"
LEAST_COVERAGE = 80  # per cent


@dataclass
class Outcome:
	"""What became of a part; `seen` is one line."""

	state: str
	seen: str


@dataclass
class Work:
	"""What the parts share: the folder for coverage's files, and what was measured into it."""

	folder: Path
	least: float = LEAST_COVERAGE
	erpnext_tests: Sequence[str] = ()
	measured: list[str] = field(default_factory=list)

	@property
	def coverage_config(self) -> Path:
		"""Branches are not counted: the limit is about lines."""
		path = self.folder / "coveragerc"
		if not path.exists():
			lines = ["[run]", f"source = {CHECKOUT / 'otp_app'}", f"data_file = {self.folder / 'data'}"]
			lines += ["parallel = true", "sigterm = true", "patch = subprocess"]
			path.write_text("\n".join(lines) + "\n")
		return path

	def environment(self) -> dict[str, str]:
		return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def tool(module: str, *arguments: str) -> tuple[int, str]:
	"""Runs a module of this Python in the checkout; exit code and output."""
	done = subprocess.run(
		[sys.executable, "-m", module, *arguments], cwd=CHECKOUT, capture_output=True, text=True
	)
	return done.returncode, done.stdout + done.stderr


def missing(module: str, package: str) -> Outcome | None:
	"""Why a part cannot run: a tool that is not installed here."""
	if find_spec(module):
		return None
	return Outcome(NOT_RUN, f"{package} is not installed: pip install {package}")


def last(output: str) -> str:
	lines = [line for line in output.splitlines() if line.strip()]
	return lines[-1].strip() if lines else ""


def judged(code: int, output: str, seen: str | None = None) -> Outcome:
	"""An exit code as an outcome; what a part that failed has said is printed."""
	if code:
		print(output, flush=True)
	return Outcome(FAILED if code else PASSED, seen or last(output))


def ruff(_: Work) -> Outcome:
	return missing("ruff", "ruff") or judged(*tool("ruff", "check", "."))


def formatting(_: Work) -> Outcome:
	return missing("ruff", "ruff") or judged(*tool("ruff", "format", "--check", "."))


def mypy(_: Work) -> Outcome:
	return missing("mypy", "mypy") or judged(*tool("mypy"))


def bandit(_: Work) -> Outcome:
	"""Findings that are no mistake are told in pyproject.toml, or where they are, with the reason."""
	if reason := missing("bandit", "bandit[toml]"):
		return reason
	code, output = tool("bandit", "-q", "-r", "otp_app", "-c", "pyproject.toml", "-f", "json")
	try:
		results = json.loads(output[output.index("{") :])["results"]
	except ValueError:
		return judged(1, output)
	lines = [f"{found['filename']}:{found['line_number']}: {found['issue_text']}" for found in results]
	return judged(code, "\n".join(lines), f"{len(results)} findings")


def pip_audit(_: Work) -> Outcome:
	"""Known weaknesses of the packages installed here; needs the network."""
	if reason := missing("pip_audit", "pip-audit"):
		return reason
	audit = audited("--skip-editable")
	if not audit.known:
		return Outcome(NOT_RUN, "the database of weaknesses cannot be reached from here")
	lines = [f"{name}: {' '.join(ids)}" for name, ids in sorted(audit.weak.items())]
	unknown = f", {audit.unknown} could not be looked up" if audit.unknown else ""
	seen = f"{len(lines)} of {audit.known} packages have known weaknesses{unknown}"
	return judged(len(lines), "\n".join(lines), seen)


def unit_tests(work: Work) -> Outcome:
	"""The tests that need no ERPNext, under coverage."""
	if reason := missing("coverage", "coverage"):
		return reason
	arguments = ["-m", "coverage", "run", f"--rcfile={work.coverage_config}", "-m", "pytest", "-q"]
	arguments += ["tests", "--ignore=tests/erpnext"]
	done = subprocess.run(
		[sys.executable, *arguments], cwd=CHECKOUT, env=work.environment(), capture_output=True, text=True
	)
	work.measured.append("unit")
	return judged(done.returncode, done.stdout + done.stderr)


def erpnext_tests(work: Work) -> Outcome:
	"""The tests on a site, under coverage, in the bench's own Python.

	Nothing is installed in the bench: the folder of this Python's coverage is put on PYTHONPATH, and its start-up hook
	(a .pth file, which only counts in a folder of packages) is called by a sitecustomize beside it.
	"""
	if reason := missing("coverage", "coverage"):
		return reason
	path = os.pathsep.join((str(site_hook(work)), os.environ.get("PYTHONPATH", "")))
	environment = {**os.environ, "PYTHONPATH": path, "COVERAGE_PROCESS_START": str(work.coverage_config)}
	command = [sys.executable, "scripts/erpnext_tests.py", *work.erpnext_tests]
	done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
	output = done.stdout + done.stderr
	found = [line for line in output.splitlines() if line.startswith("ERPNext:")]
	if found and "did not run" in found[-1]:
		return Outcome(NOT_RUN, found[-1])
	work.measured.append("ERPNext")
	return judged(done.returncode, output, found[-1] if found else None)


def site_hook(work: Work) -> Path:
	"""A folder with coverage, as far as it is pure Python, and what starts it in every process."""
	folder = work.folder / "hook"
	folder.mkdir(exist_ok=True)
	package = Path(find_spec("coverage").origin).parent  # type: ignore[union-attr]
	if not (folder / "coverage").exists():
		(folder / "coverage").symlink_to(package)
	(folder / "sitecustomize.py").write_text("import coverage\ncoverage.process_startup()\n")
	return folder


def coverage(work: Work) -> Outcome:
	"""Of all that was run before, together."""
	if not work.measured:
		return Outcome(NOT_RUN, "no tests ran")
	config = f"--rcfile={work.coverage_config}"
	code, output = tool("coverage", "combine", "-q", config)
	if code:
		return judged(code, output)
	_, report = tool("coverage", "report", config, "--format=total", "--precision=1")
	share = float(last(report))
	seen = f"{share} % of lines, by {' and '.join(work.measured)} tests; at least {work.least:g} %"
	if share < work.least:
		_, told = tool("coverage", "report", config, "--sort=cover")
		return judged(1, told, seen)
	return Outcome(PASSED, seen)


def versions(_: Work) -> Outcome:
	"""The version of the code, its entry in CHANGELOG.md, and its file of the schema."""
	version = re.search(
		r'^__version__ = "(.+)"', (CHECKOUT / "otp_app/__init__.py").read_text(), re.MULTILINE
	)
	if not version:
		return Outcome(FAILED, "otp_app/__init__.py has no __version__")
	problems = []
	changes = CHECKOUT / "CHANGELOG.md"
	heading = re.search(r"^## (\S+)", changes.read_text() if changes.exists() else "", re.MULTILINE)
	if not heading or heading[1] != version[1]:
		told = heading[1] if heading else "nothing"
		problems.append(f"CHANGELOG.md begins with {told}, the version is {version[1]}")
	if not (CHECKOUT / f"otp_app/setup/releases/{version[1]}.json").exists():
		problems.append(f"otp_app/setup/releases has no {version[1]}.json (docs/upgrading.md)")
	return Outcome(FAILED if problems else PASSED, "; ".join(problems) or f"{version[1]} everywhere")


def image(_: Work) -> Outcome:
	"""The container image, where an engine runs."""
	file = CHECKOUT / "deploy/docker/Dockerfile"
	if not file.exists():
		return Outcome(NOT_RUN, f"there is no {file.relative_to(CHECKOUT)}")
	for engine in ("docker", "podman"):
		if shutil.which(engine) and not subprocess.run([engine, "info"], capture_output=True).returncode:
			command = [engine, "build", "-q", "-f", str(file), str(CHECKOUT)]
			done = subprocess.run(command, capture_output=True, text=True)
			return judged(done.returncode, done.stdout + done.stderr)
	return Outcome(NOT_RUN, "no container engine runs here (docker info, podman info)")


PARTS = {
	"versions": versions,
	"ruff": ruff,
	"format": formatting,
	"mypy": mypy,
	"bandit": bandit,
	"pip-audit": pip_audit,
	"unit": unit_tests,
	"erpnext": erpnext_tests,
	"coverage": coverage,
	"image": image,
}


def chosen(only: Sequence[str], skip: Sequence[str]) -> list[str]:
	"""The parts to run, in their order. Raises Failed for a name that there is not."""
	unknown = sorted({*only, *skip} - PARTS.keys())
	if unknown:
		raise Failed(f"There is no part {', '.join(unknown)}: the parts are {', '.join(PARTS)}.")
	return [name for name in PARTS if (not only or name in only) and name not in skip]
