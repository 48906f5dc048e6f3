"""`otp serve`, started for a measurement and stopped after it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
	"""A server that answers on a port of this machine; `pid` is the process that it was started as."""

	port: int
	pid: int


@contextmanager
def service(
	facts: Path | Mapping[str, str], python: str = sys.executable, workers: int = WORKERS
) -> Iterator[Server]:
	"""The service as `python` has it, on a free port, with as many workers; it logs as in production, into nothing.

	`facts`: a snapshot, or the variables that name a remote ERPNext.
	"""
	port = free_port()
	told = {
		**({"OTP_SNAPSHOT": str(facts)} if isinstance(facts, Path) else facts),
		"OTP_SERVICE_HOST": "127.0.0.1",
		"OTP_SERVICE_PORT": str(port),
		"OTP_WORKERS": str(workers),
	}
	command = [python, "-m", "otp_app.cli", "serve"]
	process = subprocess.Popen(
		command, env={**os.environ, **told}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
	)
	try:
		wait_until_ready(f"http://127.0.0.1:{port}/ready", process)
		yield Server(port, process.pid)
	finally:
		process.terminate()
		process.wait(timeout=60)


def remote(port: int, site: str, key: str) -> dict[str, str]:
	"""The variables of a service that reads a site on a port of this machine by `key`, KEY:SECRET, and keeps no facts."""
	user, _colon, secret = key.partition(":")
	return {
		"ERPNEXT_BASE_URL": f"http://127.0.0.1:{port}",
		"ERPNEXT_API_KEY": user,
		"ERPNEXT_API_SECRET": secret,
		"ERPNEXT_SITE_NAME": site,
		"OTP_CACHE_SECONDS": "0",
	}


def free_port() -> int:
	"""A port that nobody listens on now."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port: int = probe.getsockname()[1]
		return port


def wait_until_ready(
	url: str, process: subprocess.Popen[bytes], headers: Mapping[str, str] | None = None
) -> None:
	"""Returns when `url` answers 200. Raises RuntimeError when the process ends first, or it takes too long."""
	until = time.monotonic() + START_SECONDS
	while time.monotonic() < until:
		if process.poll() is not None:
			raise RuntimeError(
				f"the server ended with exit code {process.returncode}: start it by hand to see why"
			)
		try:
			asked = urllib.request.Request(url, headers=dict(headers or {}))
			with urllib.request.urlopen(asked, timeout=5) as answer:
				if answer.status == 200:
					return
		except OSError:
			pass
		time.sleep(0.1)
	raise RuntimeError(f"{url} did not answer within {START_SECONDS} seconds")
