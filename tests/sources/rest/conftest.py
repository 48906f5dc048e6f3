"""A fake ERPNext, and a client of it that does not sleep between attempts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otp_app.molam_sdk.cb import create_circuit_breaker
from otp_app.sources.rest.client import Client
from tests.sources.rest.fake_erpnext import FakeErpnext, fake_erpnext


@pytest.fixture
def fake() -> Iterator[FakeErpnext]:
	with fake_erpnext() as running:
		yield running


@pytest.fixture
def slept() -> list[float]:
	return []


@pytest.fixture
def new_client(fake: FakeErpnext, slept: list[float]) -> Iterator[Callable[..., Client]]:
	made: list[Client] = []

	def make(*, fail_max: int = 50, reset: float = 60.0, **changes: Any) -> Client:
		breaker = create_circuit_breaker(f"test-{uuid.uuid4().hex}", fail_max, reset)
		made.append(Client(fake.connection(**changes), breaker=breaker, sleep=slept.append))
		return made[-1]

	yield make
	for client in made:
		client.close()


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
	return new_client()
