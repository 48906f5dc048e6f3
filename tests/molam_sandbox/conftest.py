"""A sandbox for each test, spoken to with plain `requests`, and somebody who receives its webhooks."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from otp_app.molam_sandbox import Sandbox, running
from tests.cli.conftest import bare_otp  # noqa: F401 - a fixture

KEY = "sk_test_1"
INTENTS = "/v1/connect/payment_intents"
REFUNDS = "/v1/connect/refunds"
PAYOUTS = "/v1/connect/payouts"


@dataclass
class Caller:
	"""Calls the sandbox as a shop would; a new idempotency key for each POST that names none."""

	sandbox: Sandbox
	key: str = KEY

	def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> requests.Response:
		sent = {
			"Authorization": f"Bearer {self.key}",
			"Idempotency-Key": key or uuid.uuid4().hex,
			**headers,
		}
		data = body if isinstance(body, bytes) else None
		json = None if isinstance(body, bytes) else body
		return requests.post(f"{self.sandbox.url}{path}", data=data, json=json, headers=sent, timeout=10)

	def get(self, path: str, **query: Any) -> requests.Response:
		headers = {"Authorization": f"Bearer {self.key}"}
		return requests.get(f"{self.sandbox.url}{path}", params=query, headers=headers, timeout=10)

	def intent(self, amount: float = 100.1, currency: str = "USD", **more: Any) -> dict[str, Any]:
		answer = self.post(INTENTS, {"amount": amount, "currency": currency, "capture": True, **more})
		assert answer.status_code == 201, answer.text
		return answer.json()

	def paid(self, amount: float = 100.1, currency: str = "USD", **more: Any) -> dict[str, Any]:
		answer = self.post(f"{INTENTS}/{self.intent(amount, currency, **more)['id']}/confirm")
		assert answer.status_code == 200, answer.text
		return answer.json()

	def now(self, intent: dict[str, Any]) -> dict[str, Any]:
		return self.get(f"{INTENTS}/{intent['id']}").json()


@dataclass
class Receiver:
	"""What a webhook URL got: headers and raw body, in order. `answers` are its next statuses."""

	url: str = ""
	got: list[tuple[Any, bytes]] = field(default_factory=list)
	answers: list[int] = field(default_factory=list)

	def wait_for(self, count: int) -> list[tuple[Any, bytes]]:
		wait_until(lambda: len(self.got) >= count)
		return self.got


def wait_until(true: Callable[[], bool], seconds: float = 5) -> None:
	deadline = time.monotonic() + seconds
	while not true():
		assert time.monotonic() < deadline, "it never came true"
		time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
	received = Receiver()

	class Handler(BaseHTTPRequestHandler):
		def do_POST(self) -> None:
			body = self.rfile.read(int(self.headers["Content-Length"]))
			status = received.answers.pop(0) if received.answers else 200
			received.got.append((self.headers, body))
			self.send_response(status)
			self.send_header("Content-Length", "0")
			self.end_headers()

		def log_message(self, *_: object) -> None:
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	server.daemon_threads = True
	thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
	thread.start()
	received.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
	yield received
	server.shutdown()
	server.server_close()
	thread.join()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
	with running() as sandbox:
		yield sandbox


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
	return Caller(sandbox)
