"""What /metrics tells of the source when nobody has asked it for a while."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from otp_app.engine.problems import SourceUnavailable
from otp_app.service import contact
from otp_app.service.application import Application
from otp_app.service.config import Configuration
from otp_app.service.contact import OLD_SECONDS, Contact
from otp_app.service.metrics import Metrics
from otp_app.service.snapshot_backend import SnapshotBackend
from otp_app.sources.snapshot import SnapshotMemory
from tests.service.asking import application, ask

UP, DOWN = "erpnext_connection_status 1.0", "erpnext_connection_status 0.0"


class Source(SnapshotBackend):
	"""A source that is asked whether it answers: it counts that, and does as it is told."""

	def __init__(self, known: Configuration) -> None:
		super().__init__(SnapshotMemory(str(known.snapshot)), known)
		self.asked = 0
		self.fails: Exception | None = None
		self.goes_on = Event()
		self.goes_on.set()

	def check(self) -> None:
		self.asked += 1
		assert self.goes_on.wait(20)
		if self.fails:
			raise self.fails


@pytest.fixture
def source() -> Source:
	return Source(Configuration())


@pytest.fixture
def app(source: Source) -> Application:
	return Application(Configuration(), source)


def told(app: Application) -> list[str]:
	"""The line of the status, if there is one."""
	lines = ask(app, "GET", "/metrics").body.decode().splitlines()
	return [line for line in lines if line.startswith("erpnext_connection_status")]


def test_a_service_that_nobody_asks_is_not_taken_to_be_cut_off():
	assert told(application()) == [UP]


def test_a_snapshot_that_is_gone_is_told_without_a_call(tmp_path: Path):
	assert told(application(snapshot=tmp_path / "gone.sqlite")) == [DOWN]


def test_an_outage_ends_without_a_call(app: Application, source: Source, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr(contact, "OLD_SECONDS", 0.0)
	source.fails = SourceUnavailable("ERPNext is away")
	assert told(app) == [DOWN]
	source.fails = None
	assert told(app) == [UP]


def test_a_source_that_answered_lately_is_not_asked(app: Application, source: Source):
	assert ask(app, "GET", "/ready").status == 200
	source.fails = SourceUnavailable("ERPNext is away")
	assert told(app) == told(app) == [UP]
	assert source.asked == 1


def test_what_fails_inside_costs_no_scrape(app: Application, source: Source, caplog: Any):
	source.fails = ZeroDivisionError("of the inside")
	assert told(app) == [DOWN]
	assert "The source could not be asked" in caplog.text


def test_who_asks_while_the_source_is_asked_shares_the_answer(source: Source):
	asking = Contact(source, Metrics())
	source.goes_on.clear()
	source.fails = SourceUnavailable("ERPNext is away")

	async def probes() -> list[str | None]:
		asked = [asyncio.create_task(asking.why_not()) for _ in range(50)]
		while not source.asked:
			await asyncio.sleep(0.01)
		asked[0].cancel()
		source.goes_on.set()
		return await asyncio.gather(*asked[1:])

	assert asyncio.run(probes()) == ["ERPNext is away"] * 49
	assert source.asked == 1


def test_a_source_that_hangs_is_asked_once_and_holds_no_scrape_up(
	source: Source, monkeypatch: pytest.MonkeyPatch
):
	monkeypatch.setattr(contact, "SCRAPE_SECONDS", 0.05)
	metrics, now = Metrics(), [0.0]
	asking = Contact(source, metrics, lambda: now[0])
	source.goes_on.clear()

	async def scrapes() -> None:
		began = time.monotonic()
		for _ in range(3):
			await asking.refresh()
		assert time.monotonic() - began < 10
		assert source.asked == 1
		# Nothing is known yet, so nothing is told.
		assert b"erpnext_connection_status 0" not in metrics.exposed(source)
		source.goes_on.set()
		monkeypatch.setattr(contact, "SCRAPE_SECONDS", 20.0)
		await asking.refresh()
		assert UP.encode() in metrics.exposed(source)
		now[0] += OLD_SECONDS
		await asking.refresh()

	asyncio.run(scrapes())
	assert source.asked == 2
