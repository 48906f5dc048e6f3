"""The requests of the fuzzer: the same for the same seed, of many kinds, and what counts as a failure."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks.fuzzing.asgi import Answer, Broken, ask
from benchmarks.fuzzing.findings import Findings
from benchmarks.fuzzing.requests import PATHS, Request, made

GOOD = Request("POST", b"/otp/promise", b"", (), b'{"items": []}', parts=3)


def test_the_same_seed_and_number_make_the_same_request():
	assert [made(1, number) for number in range(300)] == [made(1, number) for number in range(300)]
	assert [made(2, number) for number in range(50)] != [made(1, number) for number in range(50)]


def test_every_path_is_asked_as_it_is_and_changed_and_by_many_methods():
	found = [made(3, number) for number in range(3_000)]
	asked = Counter(request.path.decode("latin-1") for request in found)
	assert set(PATHS) <= set(asked)
	assert len(asked) > 100
	assert len({request.method for request in found}) > 8
	assert any(len(request.body) > 65_536 for request in found)


def test_a_request_over_a_socket_tells_its_length_once():
	request = made(1, 0)
	assert request.as_bytes().count(b"content-length") == 1
	told = Request("POST", b"/x", b"a=b", ((b"content-length", b"-1"),), b"{}").as_bytes()
	assert told.startswith(b"POST /x?a=b HTTP/1.1\r\n")
	assert told.count(b"content-length") == 1
	assert told.endswith(b"\r\n\r\n{}")


def test_the_application_gets_the_whole_body_in_parts():
	parts: list[bytes] = []

	async def application(scope, receive, send):
		more = True
		while more:
			message = await receive()
			parts.append(message["body"])
			more = message["more_body"]
		await send({"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]})
		await send({"type": "http.response.body", "body": b"ok"})

	answer = asyncio.run(ask(application, GOOD))
	assert answer == Answer(200, {b"x-a": b"1"}, b"ok")
	assert len(parts) == 3
	assert b"".join(parts) == GOOD.body


def test_an_application_that_raises_or_says_nothing_is_broken():
	async def raising(scope, receive, send):
		raise KeyError("x")

	async def silent(scope, receive, send):
		return

	for application, why in ((raising, "KeyError"), (silent, "no answer was sent")):
		with pytest.raises(Broken, match=why):
			asyncio.run(ask(application, GOOD))


def test_server_errors_and_errors_without_their_form_are_failures_and_503_is_not():
	told = b'{"error": {"code": "A", "message": "b"}, "request_id": "c"}'
	answers = [
		(200, b"no JSON at all"),
		(422, told),
		(503, told),
		(500, told),
		(404, b"<html>"),
		(422, b"{}"),
	]
	findings = Findings()
	for number, (status, body) in enumerate(answers):
		findings.note(number, GOOD, Answer(status, {}, body))
	assert findings.failures == {
		3: "status 500",
		4: "status 404: the body is no error in JSON (JSONDecodeError)",
		5: "status 422: the body is no error in JSON (KeyError)",
	}
	assert findings.as_dict()["application"] == {"200": 1, "404": 1, "422": 2, "500": 1, "503": 1}


def test_over_a_socket_a_closed_connection_is_counted_and_a_server_error_is_a_failure():
	findings = Findings()
	for number, data in enumerate((b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"HTTP/1.1 500 Oops\r\n\r\n")):
		findings.note_socket(number, GOOD, data)
	assert findings.as_dict()["socket"] == {"400": 1, "500": 1, "closed": 1}
	assert list(findings.failures) == [2]
