"""A service that runs in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# No wait is longer, however busy the machine.
PATIENCE = 60


def until(true: Callable[[], bool], what: str) -> None:
	"""Returns when it is true."""
	deadline = time.monotonic() + PATIENCE
	while not true():
		assert time.monotonic() < deadline, f"in vain: {what}"
		time.sleep(0.05)


@dataclass
class Running:
	"""A service in a process, where it listens, and the file of what it says; `folder` is its TMPDIR."""

	process: subprocess.Popen[bytes]
	said: Path
	folder: Path
	port: int = 0

	def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
		"""Status and JSON of an answer, over a connection of its own."""
		connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
		try:
			data = None if body is None else json.dumps(body)
			connection.request(
				method, path, data, {name.replace("_", "-"): headers[name] for name in headers}
			)
			answer = connection.getresponse()
			text = answer.read()
			is_json = answer.headers.get_content_type() == "application/json"
			return answer.status, json.loads(text) if is_json else text.decode()
		finally:
			connection.close()

	def wait_until_it_serves(self, workers: int = 1) -> None:
		"""Returns when it answers, and all its workers take connections."""
		until(lambda: self._address() or self.process.poll() is not None, "it says where it listens")
		assert self._address(), self.said.read_text()
		self.port = int(self._address()[0])
		until(lambda: workers == 1 or len(self.workers()) == workers, "all workers serve")
		assert self.ask("GET", "/health")[0] == 200

	def _address(self) -> list[str]:
		return re.findall(r"^otp on http://127\.0\.0\.1:(\d+): ", self.said.read_text(), re.MULTILINE)

	def workers(self) -> dict[str, int]:
		"""The worker processes that take connections, by name."""
		files = list(self.folder.glob("otp-service-*/worker-*.pid"))
		return {file.stem: int(file.read_text()) for file in files if file.read_text()}

	def stop(self, sig: int = signal.SIGTERM) -> tuple[int, str]:
		"""Its exit code, and all that it said."""
		self.process.send_signal(sig)
		return self.ended()

	def ended(self) -> tuple[int, str]:
		"""The same of one that ends by itself."""
		return self.process.wait(PATIENCE), self.said.read_text()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
	"""Starts services by `start(VARIABLE=value)`; those that still run at the end are killed, workers and all."""
	running: list[Running] = []

	def run(
		program: Sequence[str] = ("-m", "otp_app.cli", "serve", "--port", "0"), **environ: str
	) -> Running:
		known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
		said = tmp_path / f"said-{len(running)}.log"
		# A file, not a pipe: whoever outlives the service would hold a pipe open, and its reader up.
		with said.open("wb") as lines:
			process = subprocess.Popen(
				[sys.executable, "-u", *program],
				cwd=ROOT,
				env={**known, **environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
				stdout=lines,
				stderr=lines,
				start_new_session=True,
			)
		running.append(Running(process, said, tmp_path))
		return running[-1]

	yield run
	for each in running:
		with suppress(ProcessLookupError):
			os.killpg(each.process.pid, signal.SIGKILL)
		each.process.wait(PATIENCE)
