"""A sandbox over real HTTP, and clients of it in all colours."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from otp_app.molam_sandbox import Sandbox, running
from otp_app.molam_sdk import ClientConfig, MolamClient, MolamSyncClient
from tests.watching import Watch

KEY = "sk_test_51KeyThatNobodyMaySee"
WATCH = Watch(KEY.removeprefix("sk_"))
KINDS = ("MolamClient", "MolamSyncClient", "MolamAsyncClient")

_numbers = count(1)


class Blocking:
	"""The asynchronous client, to be called as the others are: each call runs a loop of its own to the end."""

	def __init__(self, config: ClientConfig, **breaker: Any) -> None:
		from otp_app.molam_sdk import MolamAsyncClient

		self._loop = asyncio.new_event_loop()
		self._client = MolamAsyncClient(config, **breaker)

	def __getattr__(self, name: str) -> Any:
		found = getattr(self._client, name)
		return self._waiting(found) if inspect.isroutine(found) else found

	def _waiting(self, method: Callable[..., Any]) -> Callable[..., Any]:
		def call(*args: Any, **kwargs: Any) -> Any:
			came = method(*args, **kwargs)
			return self._loop.run_until_complete(came) if inspect.isawaitable(came) else came

		return call

	def close(self) -> None:
		if not self._loop.is_closed():
			self._loop.run_until_complete(self._client.close())
			self._loop.close()


def make_client(kind: str, config: ClientConfig, **breaker: Any) -> Any:
	if kind == "MolamClient":
		return MolamClient(config)
	return (Blocking if kind == "MolamAsyncClient" else MolamSyncClient)(config, **breaker)


def config_for(url: str, **settings: Any) -> ClientConfig:
	return ClientConfig(**{"api_key": KEY, "base_url": url, "retry_backoff_factor": 0.001, **settings})


@pytest.fixture(scope="package", autouse=True)
def no_secret_is_told() -> Iterator[None]:
	"""No log line of these tests shows the key."""
	with WATCH.watching():
		yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
	terminalreporter.write_line(
		f"Secrets: searched {WATCH.lines} log lines for the key of the tests; found {len(WATCH.found)}"
	)


@pytest.fixture(scope="session")
def whole_sandbox() -> Iterator[Sandbox]:
	with running() as sandbox:
		yield sandbox


@pytest.fixture
def sandbox(whole_sandbox: Sandbox) -> Iterator[Sandbox]:
	yield whole_sandbox
	whole_sandbox.clear_faults()


@pytest.fixture
def key() -> str:
	"""An idempotency key that no other test has."""
	return f"test-{next(_numbers)}"


@pytest.fixture
def open_client() -> Iterator[Callable[..., Any]]:
	"""`open_client(kind, url, **settings)`; closed at the end of the test."""
	opened: list[Any] = []

	def start(kind: str, url: str, breaker: dict[str, Any] | None = None, **settings: Any) -> Any:
		opened.append(make_client(kind, config_for(url, **settings), **(breaker or {})))
		return opened[-1]

	yield start
	for client in opened:
		client.close()


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, sandbox: Sandbox, open_client: Callable[..., Any]) -> Any:
	"""Each of the clients in turn."""
	return open_client(request.param, sandbox.url)
