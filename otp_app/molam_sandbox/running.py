"""A sandbox for a test: in a thread of this process, or in a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from otp_app.molam_sandbox.server import Options, serve
from otp_app.molam_sandbox.webhooks import DEFAULT_KID, DEFAULT_SECRET

TIMEOUT = 30
CREATE = "POST /v1/connect/payment_intents"


class Sandbox:
	"""A running sandbox, spoken to over HTTP. Methods raise requests.RequestException where it cannot be reached."""

	url: str

	def fault(self, kind: str, match: str = CREATE, times: int | None = 1, **values: Any) -> None:
		"""Let requests go wrong: see `otp_app.molam_sandbox.faults.Fault`."""
		self._control("POST", "faults", {"kind": kind, "match": match, "times": times, **values})

	def clear_faults(self) -> None:
		"""Let nothing more go wrong."""
		self._control("DELETE", "faults")

	def state(self) -> dict[str, Any]:
		"""Intents, refunds, payouts, merchants (newest first); requests, events and webhooks sent (oldest first)."""
		found: dict[str, Any] = self._control("GET", "state")
		return found

	def pay(self, intent: str) -> dict[str, Any]:
		"""The customer pays; some amounts are declined."""
		return self._act("payment_intents", intent, "pay")

	def decline(self, intent: str) -> dict[str, Any]:
		"""The customer, or their bank, declines."""
		return self._act("payment_intents", intent, "decline")

	def expire(self, intent: str) -> dict[str, Any]:
		"""The customer stays away for too long."""
		return self._act("payment_intents", intent, "expire")

	def capture(self, intent: str) -> dict[str, Any]:
		"""A payment that is processing succeeds."""
		return self._act("payment_intents", intent, "capture")

	def settle_refund(self, refund: str, outcome: str = "succeeded") -> dict[str, Any]:
		"""A refund that is processing ends."""
		return self._act("refunds", refund, "settle", outcome=outcome)

	def settle_payout(self, payout: str, outcome: str = "settled") -> dict[str, Any]:
		"""A payout that is processing ends."""
		return self._act("payouts", payout, "settle", outcome=outcome)

	def send_webhook(self, event: str, how: str = "duplicate") -> list[dict[str, Any]]:
		"""Send an event again, as one of `otp_app.molam_sandbox.webhooks.WAYS`; gives each request's status."""
		sent: list[dict[str, Any]] = self._control("POST", "webhooks", {"event": event, "how": how})
		return sent

	def set(self, **settings: str | None) -> None:
		"""Change webhook_url, webhook_secret or webhook_kid."""
		self._control("POST", "settings", settings)

	def kill(self) -> None:
		"""SIGKILL the process."""
		raise RuntimeError("Only a sandbox with as_process=True can be killed.")

	def restart(self) -> None:
		"""Start the process again, on the same port and state."""
		raise RuntimeError("Only a sandbox with as_process=True can be restarted.")

	def _act(self, kind: str, name: str, act: str, **asked: str) -> dict[str, Any]:
		found: dict[str, Any] = self._control("POST", f"{kind}/{name}/{act}", asked)
		return found

	def _control(self, method: str, path: str, asked: object = None) -> Any:
		import requests  # not needed by the server, which starts sooner without it

		answer = requests.request(method, f"{self.url}/sandbox/{path}", json=asked, timeout=TIMEOUT)
		if answer.status_code >= 400 and answer.status_code != 402:
			raise ValueError(f"{method} /sandbox/{path}: {answer.text}")
		return answer.json()


class _InThread(Sandbox):
	def __init__(self, options: Options) -> None:
		self._listening: Future[str] = Future()
		self._thread = threading.Thread(target=self._run, args=(options,), name="molam-sandbox", daemon=True)
		self._thread.start()
		self.url = self._listening.result(TIMEOUT)

	def _run(self, options: Options) -> None:
		async def main() -> None:
			self._loop = asyncio.get_running_loop()
			self._stop = asyncio.Event()
			await serve(options, self._stop, self._listening.set_result)

		try:
			asyncio.run(main())
		except BaseException as error:
			if self._listening.done():
				raise
			self._listening.set_exception(error)

	def stop(self) -> None:
		self._loop.call_soon_threadsafe(self._stop.set)
		self._thread.join(TIMEOUT)


class _InProcess(Sandbox):
	def __init__(self, options: Options, state: Path) -> None:
		self._state = state
		self._process = self._start(options.port, options.webhook_settings())

	def kill(self) -> None:
		self._process.kill()
		self._end()

	def restart(self) -> None:
		self._end()
		self._process = self._start(int(self.url.rpartition(":")[2]), {})

	def stop(self) -> None:
		self._process.terminate()
		self._end()

	def _start(self, port: int, settings: dict[str, str | None]) -> subprocess.Popen[str]:
		given = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
		command = [
			sys.executable,
			"-m",
			"otp_app.cli",
			"molam-sandbox",
			f"--port={port}",
			f"--state={self._state}",
		]
		process = subprocess.Popen([*command, *given], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
		assert process.stdout is not None  # noqa: S101 - for the type checker
		first = process.stdout.readline().split()
		if not first:
			process.wait()
			process.stdout.close()
			raise RuntimeError(f"The sandbox did not start: it ended with {process.returncode}.")
		self.url = first[-1]
		return process

	def _end(self) -> None:
		"""Wait until the process is gone."""
		self._process.wait(TIMEOUT)
		if self._process.stdout is not None:
			self._process.stdout.close()


@contextmanager
def running(
	state: str | Path | None = None,
	webhook_url: str | None = None,
	webhook_secret: str = DEFAULT_SECRET,
	webhook_kid: str = DEFAULT_KID,
	port: int = 0,
	as_process: bool = False,
) -> Iterator[Sandbox]:
	"""A sandbox until the end of the block; in memory, or with a state file that outlives it.

	Raises OSError for a port that is taken, RuntimeError for a process that does not start.
	"""
	with tempfile.TemporaryDirectory(prefix="molam-sandbox-") as scratch:
		file = Path(state) if state else None
		options = Options(
			port=port,
			state=file,
			webhook_url=webhook_url,
			webhook_secret=webhook_secret,
			webhook_kid=webhook_kid,
		)
		sandbox = (
			_InProcess(options, file or Path(scratch) / "state.sqlite") if as_process else _InThread(options)
		)
		try:
			yield sandbox
		finally:
			sandbox.stop()
