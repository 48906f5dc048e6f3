"""Real processes: starting, stopping, several workers, and a worker that dies. Every wait has a limit, no sleep is fixed."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from otp_app.cli.serve import serve
from otp_app.service.workers import DEATHS_SECONDS, MOST_DEATHS, Worker
from tests.service.conftest import PATIENCE, Running, until

Start = Callable[..., Running]
BIKES = {"items": [{"item_code": "City Bike 28", "qty": 1}]}
KEY, TOKEN = "a-key-of-a-caller-01", "a-token-for-metrics"
RATE, ASKED = 20, 28


def test_it_serves_the_demo_and_ends_well(start: Start):
	service = start()
	service.wait_until_it_serves()
	status, promise = service.ask("POST", "/otp/promise", BIKES)
	assert (status, promise["status"]) == (200, "OK")
	code, said = service.stop()
	assert code == 0
	lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
	(line,) = (line for line in lines if line.get("path") == "/otp/promise")
	assert line["request_id"] == promise["request_id"]
	assert line["promise_date"] == promise["promise_date"]


def test_it_is_not_ready_at_once_and_ends_what_is_under_way(start: Start):
	service = start(OTP_SHUTDOWN_SECONDS="60")
	service.wait_until_it_serves()
	body = json.dumps(BIKES).encode()
	with half_a_request(service, body) as under_way:
		service.process.send_signal(signal.SIGTERM)
		until(lambda: service.ask("GET", "/ready")[0] == 503, "it is not ready")
		assert service.ask("GET", "/ready")[1]["error"]["message"] == "The service is stopping."
		assert service.ask("GET", "/health")[0] == 200
		until(lambda: not _takes_connections(service), "it takes no connections any more")
		under_way.sendall(body[1:])
		answer = under_way.makefile("rb").read()
	assert answer.startswith(b"HTTP/1.1 200")
	assert b"connection: close" in answer.lower()
	assert service.ended()[0] == 0


def test_what_never_ends_is_given_up(start: Start):
	service = start(OTP_SHUTDOWN_SECONDS="0.1", REQUEST_TIMEOUT="600")
	service.wait_until_it_serves()
	with half_a_request(service, b"{}"):
		assert service.stop()[0] == 0


def test_a_head_that_does_not_come_is_not_waited_for(start: Start):
	program = "import otp_app.service.server as server; server.HEAD_SECONDS = 0.3; from otp_app.cli.main import main; main()"
	service = start(("-c", program, "serve", "--port", "0"), REQUEST_TIMEOUT="30")
	service.wait_until_it_serves()
	for sent in (b"", b"GET /health HTTP/1.1\r\nHost: 127"):
		with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as connection:
			connection.sendall(sent)
			assert connection.recv(1) == b""
	with half_a_request(service, b"{}") as connection:
		# The head has come, the body takes longer.
		connection.settimeout(0.6)
		with pytest.raises(TimeoutError):
			connection.recv(1)


def test_a_head_without_an_end_is_cut_off(start: Start):
	service = start()
	service.wait_until_it_serves()
	connection = socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE)
	with connection, pytest.raises(OSError):
		connection.sendall(b"GET /health HTTP/1.1\r\n")
		for number in range(10_000):
			connection.sendall(b"X-Header-%d: %s\r\n" % (number, b"x" * 1000))
	assert service.ask("GET", "/health")[0] == 200
	# What is a long body is none of it.
	status, _ = service.ask("POST", "/otp/promise", {**BIKES, "customer": "x" * 200_000})
	assert status == 422


def test_who_was_answered_before_its_body_came_does_not_hold_the_connection(start: Start):
	program = "import otp_app.service.server as server; server.HEAD_SECONDS = 0.3; from otp_app.cli.main import main; main()"
	service = start(("-c", program, "serve", "--port", "0"), OTP_API_KEYS=KEY)
	service.wait_until_it_serves()
	with half_a_request(service, b"x" * 1000) as connection:
		answer = connection.makefile("rb")
		assert answer.readline().startswith(b"HTTP/1.1 401")
		connection.sendall(b"x")
		assert answer.read().endswith(b"}")


def test_several_workers_count_together_and_share_a_rate(start: Start, tmp_path: Path):
	service = start(OTP_WORKERS="2", OTP_RATE_LIMIT=str(RATE), OTP_API_KEYS=KEY, OTP_METRICS_TOKEN=TOKEN)
	service.wait_until_it_serves(2)
	answered: list[int] = []

	def promises() -> None:
		for _ in range(ASKED // 4):
			answered.append(service.ask("POST", "/otp/promise", BIKES, X_API_Key=KEY)[0])

	threads = [threading.Thread(target=promises) for _ in range(4)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(PATIENCE)
	assert len(answered) == ASKED
	# Each by itself would have let all of them through.
	assert set(answered) == {200, 429}

	def counted() -> set[float]:
		status, text = service.ask("GET", "/metrics", X_API_Key=TOKEN)
		assert status == 200
		assert _value(text, "erpnext_connection_status") == 1
		requests = 'http_requests_total{method="POST",path="/otp/promise",status="200"}'
		return {_value(text, name) for name in (requests, "otp_promise_duration_seconds_count")}

	# A request is counted once it is answered: the other worker may be about to.
	until(lambda: counted() == {answered.count(200)}, "all promises are counted once")
	assert len(list(tmp_path.glob("otp-service-*"))) == 1
	assert service.stop()[0] == 0
	assert list(tmp_path.glob("otp-service-*")) == []


def test_a_worker_that_dies_is_replaced_and_none_outlives_the_parent(start: Start):
	service = start(OTP_WORKERS="2", OTP_SHUTDOWN_SECONDS="0.1")
	service.wait_until_it_serves(2)
	before = service.workers()
	os.kill(before["worker-1"], signal.SIGKILL)
	until(lambda: service.workers().get("worker-1") not in (None, before["worker-1"]), "it is replaced")
	now = service.workers()
	assert now["worker-2"] == before["worker-2"]
	assert service.ask("POST", "/otp/promise", BIKES)[0] == 200
	assert f"Worker {before['worker-1']} ended with -9" in service.said.read_text()
	service.process.kill()
	until(lambda: not any(_lives(pid) for pid in now.values()), "the workers end")


def test_a_worker_that_is_still_starting_does_not_outlive_its_parent(start: Start):
	service = start(OTP_WORKERS="2")
	until(lambda: len(_children(service)) >= 2, "workers are started")
	children = _children(service)
	service.process.kill()
	until(lambda: not any(_lives(pid) for pid in children), "the workers end")


@pytest.mark.parametrize(
	("work", "said"),
	[
		("fails", "It could not start: the lines above say why"),
		("serves_and_dies", "Workers die again and again"),
	],
)
def test_workers_that_die_again_and_again_are_not_replaced_for_ever(start: Start, work: str, said: str):
	program = f"""
import otp_app.service.workers as workers
from otp_app.cli.main import main
from tests.service import failing
workers.work, workers.MOST_DEATHS, workers.LOOK_SECONDS = failing.{work}, 1, 0.05
main(["serve", "--port", "0"])
"""
	code, lines = start(("-c", program), OTP_WORKERS="2").ended()
	assert code == 1
	assert said in lines


def test_deaths_that_are_long_ago_do_not_count():
	worker = Worker(1, cast(Any, None))
	assert not any(worker.dies_often(now) for now in range(MOST_DEATHS))
	assert worker.dies_often(MOST_DEATHS)
	assert not worker.dies_often(MOST_DEATHS + DEATHS_SECONDS)


@pytest.mark.parametrize(
	("environ", "said"),
	[
		({"OTP_SERVICE_HOST": "0.0.0.0", "LOG_LEVEL": "loud"}, "set OTP_API_KEYS"),
		({"LOG_LEVEL": "loud", "OTP_WORKERS": "many"}, "OTP_WORKERS is 'many'"),
	],
)
def test_it_does_not_start_by_an_environment_that_is_wrong(environ: dict[str, str], said: str):
	ended = _served(environ)
	assert ended.exit_code == 2
	assert said in ended.output
	assert "LOG_LEVEL is 'loud': use one of DEBUG, INFO, WARNING, ERROR." in ended.output


def test_a_port_that_is_taken_is_told():
	with socket.create_server(("127.0.0.1", 0)) as taken:
		port = taken.getsockname()[1]
		ended = _served({"OTP_SERVICE_PORT": str(port)})
	assert ended.exit_code == 1
	assert f"Cannot listen on 127.0.0.1, port {port}" in ended.output


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr("otp_app.cli.serve.find_spec", lambda name: None)
	ended = _served({})
	assert ended.exit_code == 1
	assert ended.output == "Error: otp serve needs fastapi and uvicorn: pip install 'otp_app[service]'.\n"


def _served(environ: dict[str, str]) -> Result:
	"""How `otp serve` ends that cannot start; it runs in this process."""
	return CliRunner(env=environ).invoke(serve, [])


@contextmanager
def half_a_request(service: Running, body: bytes) -> Iterator[socket.socket]:
	"""A request for a promise of which the head and a byte were read."""
	head = f"POST /otp/promise HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
	with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as connection:
		connection.sendall(head.encode() + body[:1])
		# Connections are taken in their order: when this one was answered, the other has been read.
		assert service.ask("GET", "/health")[0] == 200
		yield connection


def _takes_connections(service: Running) -> bool:
	try:
		socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE).close()
	except OSError:
		return False
	return True


def _children(service: Running) -> list[int]:
	"""The worker processes, those that are still starting among them."""
	children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
	return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _lives(pid: int) -> bool:
	try:
		# Of one that has ended, but nobody has asked how, it is empty.
		return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
	except OSError:
		return False


def _value(text: Any, name: str) -> float:
	(line,) = (line for line in text.splitlines() if line.startswith(f"{name} "))
	return float(line.rpartition(" ")[2])
