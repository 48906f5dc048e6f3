"""The OpenAPI document against the service itself, by schemathesis with every check on (docs/service.md has the long run)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service.conftest import Running

EXAMPLES, SECONDS = 3, 240


def test_the_service_does_what_its_document_says(start: Callable[..., Running], tmp_path: Path):
	beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
	program = shutil.which("schemathesis", path=beside)
	if program is None:
		pytest.skip("schemathesis is not on this machine: pip install 'otp_app[fuzz]'")
	service = start(LOG_LEVEL="ERROR")
	service.wait_until_it_serves()
	document = f"http://127.0.0.1:{service.port}/openapi.json"
	options = ["--checks", "all", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"]
	ran = subprocess.run(
		[program, "run", document, *options], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS
	)
	assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-1000:]
	assert "No issues found" in ran.stdout
	# Where it listens; an error would be another line.
	assert len(service.said.read_text().splitlines()) == 1
