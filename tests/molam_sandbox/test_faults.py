"""Each fault as the other side of the wire sees it, and what was done meanwhile."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.molam_sandbox.conftest import INTENTS, REFUNDS, Caller

GOOD = {"amount": 10, "currency": "USD"}


def intents(caller: Caller) -> int:
	return len(caller.sandbox.state()["intents"])


def last_request(caller: Caller) -> tuple[str, int | None, str | None]:
	last = caller.sandbox.state()["requests"][-1]
	return last["path"], last["status"], last["fault"]


def test_latency_comes_before_a_true_answer(caller: Caller):
	caller.sandbox.fault("latency", seconds=0.2)
	began = time.monotonic()
	assert caller.post(INTENTS, GOOD).status_code == 201
	assert time.monotonic() - began >= 0.2


def test_who_does_not_wait_for_a_slow_answer_finds_the_work_done_later(caller: Caller):
	caller.sandbox.fault("latency", seconds=0.3)
	headers = {"Authorization": f"Bearer {caller.key}", "Idempotency-Key": "k"}
	with pytest.raises(requests.ReadTimeout):
		requests.post(f"{caller.sandbox.url}{INTENTS}", json=GOOD, headers=headers, timeout=0.1)
	assert intents(caller) == 0
	time.sleep(0.3)
	assert intents(caller) == 1
	assert caller.post(INTENTS, GOOD, "k").headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_answers_nothing(caller: Caller, kind: str, done: int):
	caller.sandbox.fault(kind)
	with pytest.raises(requests.ConnectionError, match="without response"):
		caller.post(INTENTS, GOOD, "k")
	assert last_request(caller) == (INTENTS, None, kind)
	assert intents(caller) == done
	assert ("Idempotent-Replayed" in caller.post(INTENTS, GOOD, "k").headers) is bool(done)
	assert intents(caller) == 1


def test_not_one_byte_of_a_dropped_answer_arrives(caller: Caller):
	where = urlsplit(caller.sandbox.url)
	caller.sandbox.fault("drop_after", "GET /health")
	with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
		connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
		assert connection.recv(1) == b""


def test_a_status_comes_with_the_time_to_wait_and_nothing_is_done(caller: Caller):
	caller.sandbox.fault("status", code=429, retry_after=2)
	answer = caller.post(INTENTS, GOOD)
	assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
	assert answer.json()["error"]["code"] == "rate_limited"
	assert last_request(caller) == (INTENTS, 429, "status")
	assert intents(caller) == 0


def test_a_status_may_have_a_body_of_another_shape(caller: Caller):
	caller.sandbox.fault("status", code=500, body={"message": "odd"})
	answer = caller.post(INTENTS, GOOD)
	assert (answer.status_code, answer.json()) == (500, {"message": "odd"})
	assert "Retry-After" not in answer.headers


def test_an_html_page_of_a_proxy(caller: Caller):
	caller.sandbox.fault("html", status=503)
	answer = caller.post(INTENTS, GOOD)
	assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
	assert answer.text.startswith("<html>")
	assert intents(caller) == 0


def test_a_truncated_answer_is_half_of_a_true_one(caller: Caller):
	caller.sandbox.fault("truncated")
	headers = {"Authorization": f"Bearer {caller.key}", "Idempotency-Key": "k"}
	answer = requests.post(
		f"{caller.sandbox.url}{INTENTS}", json=GOOD, headers=headers, timeout=5, stream=True
	)
	half = b""
	with pytest.raises(requests.exceptions.ChunkedEncodingError):
		for chunk in answer.iter_content(1):
			half += chunk
	whole = caller.post(INTENTS, GOOD, "k")
	assert whole.headers["Idempotent-Replayed"] == "true"
	assert answer.headers["Content-Length"] == whole.headers["Content-Length"]
	assert half == whole.content[: len(whole.content) // 2]


def test_a_fault_comes_as_often_as_asked_and_only_where_it_matches(caller: Caller):
	name = caller.intent()["id"]
	caller.sandbox.fault("status", f"POST {INTENTS}/*/cancel", times=2)
	caller.sandbox.fault("status", f"GET {INTENTS}$", code=503)
	cancel = f"{INTENTS}/{name}/cancel"
	assert caller.post(f"{INTENTS}/{name}/confirm").status_code == 200
	assert caller.get(f"{INTENTS}/{name}").status_code == 200
	assert [caller.post(cancel).status_code for _ in range(3)] == [500, 500, 400]
	assert [caller.get(INTENTS).status_code for _ in range(2)] == [503, 200]


def test_a_path_stands_for_all_below_it_but_not_for_longer_names(caller: Caller):
	caller.sandbox.fault("status", "* /v1/connect/pay", times=None)
	assert caller.post(INTENTS, GOOD).status_code == 201
	caller.sandbox.fault("status", "* /v1", times=None, code=503)
	assert [caller.post(REFUNDS, {}).status_code for _ in range(3)] == [503] * 3
	assert caller.get("/health").status_code == 200
	caller.sandbox.clear_faults()
	assert caller.get(INTENTS).status_code == 200


def test_faults_that_wait_can_be_seen(caller: Caller):
	caller.sandbox.fault("latency", times=3, seconds=0)
	caller.post(INTENTS, GOOD)
	seen = requests.get(f"{caller.sandbox.url}/sandbox/faults", timeout=5).json()
	assert seen == [{"kind": "latency", "match": f"POST {INTENTS}", "times": 2, "seconds": 0}]


@pytest.mark.parametrize(
	("header", "status", "kind"),
	[("status=418", 418, "status"), ("html=504", 504, "html"), ("latency=0.01", 201, "latency")],
)
def test_a_header_asks_for_one_fault(caller: Caller, header: str, status: int, kind: str):
	answer = caller.post(INTENTS, GOOD, **{"Molam-Sandbox-Fault": header})
	assert answer.status_code == status
	assert last_request(caller) == (INTENTS, status, kind)


@pytest.mark.parametrize(
	("asked", "word"),
	[
		({"kind": "fire"}, "kind"),
		({"kind": "latency", "secs": 1}, "secs"),
		({"kind": "latency", "match": "/v1"}, "match"),
		({"kind": "latency", "times": 0}, "times"),
		({"kind": "status", "code": 200}, "code"),
		({"kind": "kill_before"}, "a process of its own"),
		({"kind": "kill_after"}, "a process of its own"),
	],
	ids=str,
)
def test_a_fault_that_makes_no_sense_is_refused(caller: Caller, asked: dict[str, object], word: str):
	with pytest.raises(ValueError, match=word):
		caller.sandbox.fault(**asked)
	assert requests.get(f"{caller.sandbox.url}/sandbox/faults", timeout=5).json() == []


def test_a_header_that_makes_no_sense_is_refused(caller: Caller):
	answer = caller.post(INTENTS, GOOD, **{"Molam-Sandbox-Fault": "fire=1"})
	assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_fault")
	assert intents(caller) == 0
