"""Prometheus, with the real rules, reads the real service: what the dashboard asks is answered, and an alert comes and goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.names import paths
from tests.deploy.test_grafana import expressions
from tests.deploy.test_nginx import free_port, wait_for
from tests.deploy.test_prometheus import FOLDER, RULES, asked_for
from tests.deploy.tools import CHECKOUT, tool

TOKEN = "a-token-of-prometheus"
ORDER = json.loads((CHECKOUT / "otp_app/demo/order.json").read_text())
PROMISES = 5
# Seconds for what takes a scrape, an evaluation, or the start of a program.
PATIENCE = 40
# What only a site has, and what only a remote ERPNext or a fault brings about.
NOT_OF_A_SERVICE_ON_A_SNAPSHOT = {
	"ALERTS",
	"circuit_breaker_state",
	"job:otp_committed_promises_at_risk:share",
	"job_status:otp_open_promises:max",
	"otp_calibration_drift",
	"otp_calibration_gap",
	"otp_watching_backlog",
	"otp_watching_oldest_seconds",
}


@dataclass
class Live:
	"""A running Prometheus, and the service that it reads."""

	prometheus: int
	service: int

	def ask(self, query: str) -> list[dict[str, Any]]:
		answer = requests.get(
			f"http://127.0.0.1:{self.prometheus}/api/v1/query", params={"query": query}, timeout=5
		)
		assert answer.status_code == 200, answer.text
		result: list[dict[str, Any]] = answer.json()["data"]["result"]
		return result

	def promise(self) -> int:
		url = f"http://127.0.0.1:{self.service}/otp/promise"
		return requests.post(
			url, json=ORDER, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
		).status_code

	def firing(self) -> set[str]:
		return {sample["metric"]["alertname"] for sample in self.ask('ALERTS{alertstate="firing"}')}


def until(holds: Callable[[], bool], what: str) -> None:
	end = time.monotonic() + PATIENCE
	while not holds():
		assert time.monotonic() < end, f"in vain: {what}"
		time.sleep(0.3)


@contextmanager
def running(command: list[str], log: Path, port: int, **environment: str) -> Iterator[None]:
	"""The program, listening on the port; ended afterwards."""
	with log.open("w") as lines:
		process = subprocess.Popen(command, stdout=lines, stderr=lines, env={**os.environ, **environment})
		try:
			wait_for(port)
			yield
		finally:
			process.terminate()
			process.wait(PATIENCE)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
	environment = {"OTP_SERVICE_PORT": str(port), "OTP_API_KEYS": TOKEN, "PYTHONPATH": str(CHECKOUT)}
	command = [sys.executable, "-m", "otp_app.cli", "serve"]
	with running(command, folder / "service.log", port, **environment):
		yield


def configured(folder: Path, service: int) -> Path:
	"""The configuration of deploy/prometheus for this service, in a great hurry."""
	for name in RULES:
		text = (
			(FOLDER / name).read_text().replace("interval: 30s", "interval: 1s").replace("for: 2m", "for: 2s")
		)
		(folder / name).write_text(text)
	text = (FOLDER / "prometheus.yml").read_text()
	for told, here in (
		("127.0.0.1:8001", f"127.0.0.1:{service}"),
		("scrape_interval: 15s", "scrape_interval: 1s"),
		("scrape_timeout: 10s", "scrape_timeout: 1s"),
		("/etc/prometheus/", f"{folder}/"),
	):
		assert told in text
		text = text.replace(told, here)
	(folder / "otp-service.token").write_text(TOKEN)
	file = folder / "prometheus.yml"
	file.write_text(text.split("  # The site; the token")[0])
	return file


def unanswered(live: Live) -> list[str]:
	"""The queries of the dashboard that this service should have an answer to, and has none."""
	return [
		text
		for text in expressions()
		if not asked_for(text) & NOT_OF_A_SERVICE_ON_A_SNAPSHOT and not live.ask(text)
	]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
	paths()  # skips without a service
	here = Live(free_port(), free_port())
	command = [
		tool("prometheus"),
		f"--config.file={configured(tmp_path, here.service)}",
		f"--storage.tsdb.path={tmp_path / 'data'}",
		f"--web.listen-address=127.0.0.1:{here.prometheus}",
	]
	with running(command, tmp_path / "prometheus.log", here.prometheus):
		yield here


def test_what_the_dashboard_asks_is_answered_and_a_service_that_is_gone_is_told(live: Live, tmp_path: Path):
	def is_up(value: str) -> bool:
		return [sample["value"][1] for sample in live.ask("up")] == [value]

	with serving(tmp_path, live.service):
		until(lambda: is_up("1"), "it is scraped")
		assert not live.ask("erpnext_connection_status == 0")
		assert [live.promise() for _ in range(PROMISES)] == [200] * PROMISES
		until(lambda: bool(live.ask("otp_promises_total")), "the promises are counted")
		assert [live.promise() for _ in range(PROMISES)] == [200] * PROMISES
		until(lambda: not unanswered(live), "what is recorded is there")
	until(lambda: "OtpTargetDown" in live.firing(), "the alert fires when the service is gone")
	with serving(tmp_path, live.service):
		until(lambda: is_up("1") and not live.firing(), "the alert clears when it is back")
