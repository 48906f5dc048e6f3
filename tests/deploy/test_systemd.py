"""systemd accepts the units of deploy/systemd, and finds little to say against the rights of the service."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.names import default_of, variables
from tests.deploy.tools import DEPLOY, run, tool

FOLDER = DEPLOY / "systemd"
SERVICE = FOLDER / "otp-service.service"
# What `systemd-analyze security` calls OK; an ordinary daemon has 9.
MOST_EXPOSED = 2.0
# Programs that the units start, where they are installed; here, anything stands for them.
PROGRAMS = r"(?<==)(/opt/otp/venv/bin/otp|/home/frappe/frappe-bench/env/bin/\w+)"


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
	"""The units with programs that are there, since systemd looks for them. Instances have a name."""
	laid = []
	for file in sorted(FOLDER.rglob("*")):
		if file.suffix in {".service", ".target"}:
			copy = tmp_path / file.name.replace("@.", "@long-2.")
			copy.write_text(re.sub(PROGRAMS, "/bin/true", file.read_text()))
			laid.append(copy)
	shutil.copy(FOLDER / "bench/frappe-worker@.service", tmp_path / "frappe-worker@short.service")
	return laid


@pytest.mark.parametrize(
	"name",
	["otp-service.service", "frappe-web.service", "frappe-worker@long-2.service", "frappe-schedule.service"],
)
def test_systemd_accepts_the_unit(units: list[Path], name: str):
	unit = next(unit for unit in units if unit.name == name)
	printed = run([tool("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", unit])
	assert [line for line in printed.splitlines() if unit.name in line or str(unit) in line] == []


def test_the_service_is_little_exposed(units: list[Path]):
	unit = next(unit for unit in units if unit.name == SERVICE.name)
	threshold = f"--threshold={int(MOST_EXPOSED * 10)}"
	printed = run([tool("systemd-analyze"), "security", "--offline=true", threshold, "--no-pager", unit])
	assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", printed)[1]) <= MOST_EXPOSED


def test_systemd_waits_longer_than_the_service_takes_to_end():
	waits = re.search(r"^TimeoutStopSec=(\d+)$", SERVICE.read_text(), re.MULTILINE)
	assert int(waits[1]) > default_of("OTP_SHUTDOWN_SECONDS")


def test_the_example_of_the_environment_names_what_the_service_knows_and_no_secret():
	settings = dict(
		re.findall(r"^#?([A-Z_]+)=(.*)$", (FOLDER / "service.env.example").read_text(), re.MULTILINE)
	)
	assert set(settings) <= variables()
	assert {settings[name] for name in settings if name.endswith(("KEY", "KEYS", "SECRET", "TOKEN"))} == {""}


def test_a_numbered_worker_takes_its_queue(tmp_path: Path):
	command = re.search(
		r"^ExecStart=/bin/bash -c '(.*)'$", (FOLDER / "bench/frappe-worker@.service").read_text(), re.M
	)
	# systemd makes one of each doubled sign.
	script = command[1].replace("$$", "$").replace("%%", "%")
	script = re.sub(r"exec .* frappe worker", "echo", script)
	for instance, queues in (("long-2", "long,default"), ("short", "short,default")):
		assert run(["bash", "-c", script], WORKER=instance).strip() == f"--queue {queues}"
