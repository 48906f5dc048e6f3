"""A service that runs in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass
class Running:
	"""A service in a process, and where it listens."""

	process: subprocess.Popen[str]
	port: int

	def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
		"""Status and JSON of an answer, over a connection of its own."""
		connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
		try:
			data = None if body is None else json.dumps(body)
			connection.request(method, path, data, headers)
			answer = connection.getresponse()
			text = answer.read()
			is_json = answer.headers.get_content_type() == "application/json"
			return answer.status, json.loads(text) if is_json else text.decode()
		finally:
			connection.close()

	def wait_until_alive(self) -> None:
		"""Returns when it answers."""
		deadline = time.monotonic() + START_SECONDS
		while time.monotonic() < deadline and self.process.poll() is None:
			try:
				if self.ask("GET", "/health")[0] == 200:
					return
			except OSError:
				time.sleep(0.05)
		raise AssertionError("the service did not start")

	def stop(self, sig: int = signal.SIGTERM) -> tuple[int, str]:
		"""Its exit code, and all that it logged."""
		self.process.send_signal(sig)
		_, errors = self.process.communicate(timeout=60)
		return self.process.returncode, errors


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
	"""Starts services by `start(VARIABLE=value)`; those that still run at the end are killed."""
	running: list[Running] = []

	def run(**environ: str) -> Running:
		known = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
		process = subprocess.Popen(
			[sys.executable, "-m", "otp_app.cli", "serve", "--port", "0"],
			cwd=ROOT,
			env={**known, **environ, "PYTHONPATH": str(ROOT)},
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		assert process.stdout is not None
		first = process.stdout.readline()
		port = int(first.split("http://127.0.0.1:")[1].split(":")[0]) if "http" in first else 0
		running.append(Running(process, port))
		if port:
			running[-1].wait_until_alive()
		return running[-1]

	yield run
	for each in running:
		if each.process.poll() is None:
			each.process.kill()
		each.process.communicate()
