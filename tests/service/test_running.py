"""Real processes: starting, stopping, several workers, and a worker that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import ROOT, Running

Start = Callable[..., Running]
BIKES = {"items": [{"item_code": "City Bike 28", "qty": 1}]}


def test_it_serves_the_demo_and_ends_well(start: Start):
	service = start()
	status, promise = service.ask("POST", "/otp/promise", BIKES)
	assert (status, promise["status"]) == (200, "OK")
	code, log = service.stop()
	lines = [json.loads(line) for line in log.splitlines()]
	assert code == 0
	(line,) = (line for line in lines if line.get("path") == "/otp/promise")
	assert line["request_id"] == promise["request_id"]
	assert line["promise_date"] == promise["promise_date"]


def test_it_is_not_ready_at_once_and_ends_what_is_under_way(start: Start):
	service = start(OTP_SHUTDOWN_SECONDS="10")
	body = json.dumps(BIKES).encode()
	head = f"POST /otp/promise HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
	with socket.create_connection(("127.0.0.1", service.port), timeout=30) as under_way:
		under_way.sendall(head.encode() + body[:10])
		time.sleep(0.2)
		service.process.send_signal(signal.SIGTERM)
		time.sleep(0.1)
		status, told = service.ask("GET", "/ready")
		assert (status, told["error"]["message"]) == (503, "The service is stopping.")
		assert service.ask("GET", "/health")[0] == 200
		time.sleep(1.5)
		with pytest.raises(OSError):
			socket.create_connection(("127.0.0.1", service.port), timeout=5).close()
		under_way.sendall(body[10:])
		answer = under_way.makefile("rb").read()
	assert answer.startswith(b"HTTP/1.1 200")
	assert b"connection: close" in answer.lower()
	assert service.process.wait(timeout=20) == 0


def test_what_never_ends_is_given_up(start: Start):
	service = start(OTP_SHUTDOWN_SECONDS="1", REQUEST_TIMEOUT="600")
	with socket.create_connection(("127.0.0.1", service.port), timeout=30) as under_way:
		under_way.sendall(b"POST /otp/promise HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{")
		time.sleep(0.2)
		began = time.monotonic()
		assert service.stop()[0] == 0
		assert time.monotonic() - began < 8


def test_several_workers_count_together_and_share_a_rate(start: Start, tmp_path: Path):
	service = start(OTP_WORKERS="2", OTP_RATE_LIMIT="40", TMPDIR=str(tmp_path))
	_until(lambda: len(_workers(service)) == 2)
	answered: list[int] = []
	threads = [
		threading.Thread(
			target=lambda: answered.extend(service.ask("POST", "/otp/promise", BIKES)[0] for _ in range(12))
		)
		for _ in range(4)
	]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	# Starting and looking for the workers took some of the 40.
	assert set(answered) == {200, 429}
	assert len(list(tmp_path.glob("otp-service-*"))) == 1
	time.sleep(4)
	status, text = service.ask("GET", "/metrics")
	assert status == 200
	counted = _value(text, 'http_requests_total{method="POST",path="/otp/promise",status="200"}')
	assert counted == answered.count(200)
	assert _value(text, "otp_promise_duration_seconds_count") == answered.count(200)
	assert service.stop()[0] == 0
	assert list(tmp_path.glob("otp-service-*")) == []


def test_a_worker_that_dies_is_replaced(start: Start):
	service = start(OTP_WORKERS="2")
	_until(lambda: len(_workers(service)) == 2)
	before = _pids(service)
	time.sleep(3)
	os.kill(before[0], signal.SIGKILL)
	_until(lambda: len(set(_pids(service)) - set(before)) == 1)
	assert before[1] in _pids(service)
	assert service.ask("POST", "/otp/promise", BIKES)[0] == 200
	code, log = service.stop()
	assert code == 0
	assert f"Worker {before[0]} ended with -9" in log


def test_workers_do_not_outlive_their_parent(start: Start):
	service = start(OTP_WORKERS="2", OTP_SHUTDOWN_SECONDS="1")
	_until(lambda: len(_workers(service)) == 2)
	orphans = _pids(service)
	service.process.kill()
	service.process.wait()
	_until(lambda: not any(_lives(pid) for pid in orphans))


@pytest.mark.parametrize(
	("environ", "said"),
	[
		({"OTP_SERVICE_HOST": "0.0.0.0", "LOG_LEVEL": "loud"}, "set OTP_API_KEYS"),
		({"LOG_LEVEL": "loud", "OTP_WORKERS": "many"}, "OTP_WORKERS is 'many'"),
	],
)
def test_it_does_not_start_by_an_environment_that_is_wrong(start: Start, environ: dict[str, str], said: str):
	service = start(**environ)
	_, errors = service.process.communicate(timeout=60)
	assert service.process.returncode == 2
	assert said in errors
	assert "LOG_LEVEL is 'loud': use one of DEBUG, INFO, WARNING, ERROR." in errors


def test_a_port_that_is_taken_is_told(start: Start):
	service = start()
	program = [sys.executable, "-m", "otp_app.cli", "serve", "--port", str(service.port)]
	ran = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60)
	assert ran.returncode == 1
	assert f"Cannot listen on 127.0.0.1, port {service.port}" in ran.stderr


def test_without_its_extra_it_says_what_to_install():
	program = (
		"import sys, importlib.util as util\n"
		"import otp_app.cli.serve as serve\n"
		"serve.find_spec = lambda name: None\n"
		"serve.serve([])\n"
	)
	ran = subprocess.run(
		[sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
	)
	assert ran.returncode == 1
	assert ran.stderr == "Error: otp serve needs fastapi and uvicorn: pip install 'otp_app[service]'.\n"


def _until(true: Callable[[], bool]) -> None:
	deadline = time.monotonic() + 60
	while not true():
		assert time.monotonic() < deadline
		time.sleep(0.2)


def _workers(service: Running) -> list[str]:
	"""The workers whose memory is told: those that have started."""
	text = service.ask("GET", "/metrics")[1]
	return [line for line in text.splitlines() if line.startswith("otp_process_memory_bytes{")]


def _pids(service: Running) -> list[int]:
	"""The worker processes: children of the parent that serve."""
	children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
	found = [int(pid) for pid in children]
	return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _lives(pid: int) -> bool:
	try:
		# Of one that has ended, but nobody has asked how, it is empty.
		return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
	except OSError:
		return False


def _value(text: Any, name: str) -> float:
	(line,) = (line for line in text.splitlines() if line.startswith(f"{name} "))
	return float(line.rpartition(" ")[2])
