"""What breaks a site in the chaos measurement, and how answers are told."""

import socket
import threading

import pytest

from benchmarks.chaos.callers import Callers, Got, summed, told
from benchmarks.chaos.relay import Mode, Relay


@pytest.fixture
def relay():
	"""In front of a server that says everything twice."""
	with socket.create_server(("127.0.0.1", 0)) as server:

		def serve() -> None:
			while True:
				try:
					one, _ = server.accept()
				except OSError:
					return
				threading.Thread(target=say_twice, args=(one,), daemon=True).start()

		threading.Thread(target=serve, daemon=True).start()
		relay = Relay(server.getsockname()[1])
		yield relay
		relay.close()


def say_twice(one: socket.socket) -> None:
	while heard := one.recv(100):
		one.sendall(heard * 2)


def said(relay: Relay, timeout: float = 5.0) -> bytes:
	with socket.create_connection(("127.0.0.1", relay.port), timeout=timeout) as one:
		one.sendall(b"ab")
		return one.recv(100)


def test_a_relay_passes_on_refuses_and_passes_on_again(relay: Relay):
	assert said(relay) == b"abab"
	with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as before:
		before.sendall(b"ab")
		assert before.recv(100) == b"abab"
		relay.set(Mode.REFUSE)
		assert before.recv(1) == b""
	with pytest.raises(ConnectionRefusedError):
		said(relay)
	relay.set(Mode.PASS)
	assert said(relay) == b"abab"


def test_what_a_silent_relay_held_back_is_sent_after(relay: Relay):
	relay.set(Mode.SILENT)
	with pytest.raises(TimeoutError):
		said(relay, timeout=0.2)
	with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as one:
		one.sendall(b"ab")
		relay.set(Mode.PASS)
		assert one.recv(100) == b"abab"


@pytest.mark.parametrize(
	("status", "body", "what", "date"),
	[
		(200, b'{"status": "OK", "promise_date": "2026-05-21"}', "200 with the promise", "2026-05-21"),
		(200, b'{"status": "CANNOT_FULFILL", "promise_date": null}', "200 CANNOT_FULFILL", None),
		(503, b'{"error": {"code": "UNAVAILABLE"}}', "503 UNAVAILABLE", None),
		(500, b"<html>", "500 that is no JSON", None),
		(500, b"[]", "500 that is no object", None),
		(500, b"{}", "500 without a code", None),
	],
)
def test_an_answer_is_told_in_a_few_words(status: int, body: bytes, what: str, date: str | None):
	assert told(status, body) == (what, date)


def test_well_again_is_the_first_of_ten_promises_in_a_row_asked_for_after_the_mend():
	callers = Callers(0, "/", b"", {})
	callers.got += [Got(at, at + 0.5, "", None if at == 13 else "2026-05-21") for at in range(10, 30)]
	assert callers.wait_until_well(since=12, patience=1e9) == 2.5


def test_answers_are_counted():
	assert summed([Got(0, 1, "a"), Got(0, 1, "b"), Got(0, 1, "a")]) == "a: 2, b: 1"
