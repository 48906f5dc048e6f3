"""Who may ask, and what is refused in which words."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.molam_sandbox.conftest import INTENTS, PAYOUTS, REFUNDS, Caller

GOOD = {"amount": 10, "currency": "USD"}


@pytest.mark.parametrize("key", ["", "pk_live_1", "sk_", "jwt_", "sk_a b"])
def test_a_wrong_key_is_refused(caller: Caller, key: str):
	caller.key = key
	for answer in (caller.post(INTENTS, GOOD), caller.get(INTENTS), caller.get(f"{INTENTS}/pi_1")):
		assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
	assert caller.sandbox.state()["intents"] == []


@pytest.mark.parametrize("key", ["sk_test_1", "jwt_abc.def.ghi"])
def test_both_kinds_of_key_are_served(caller: Caller, key: str):
	caller.key = key
	assert caller.post(INTENTS, GOOD).status_code == 201


@pytest.mark.parametrize(
	("body", "status", "word"),
	[
		(b"{", 400, "not JSON"),
		(b"[]", 400, "JSON object"),
		(b"\xff", 400, "not JSON"),
		(b'{"amount": NaN, "currency": "USD"}', 400, "NaN"),
		(b'{"amount": 1e999999999, "currency": "USD"}', 400, "out of bounds"),
		(b"[" * 100_000, 400, "not JSON"),
		(b"", 422, "amount"),
		(b'{"amount": 1e20, "currency": "USD"}', 422, "amount"),
		({"amount": 0, "currency": "USD"}, 422, "amount"),
		({"amount": -1, "currency": "USD"}, 422, "amount"),
		({"amount": True, "currency": "USD"}, 422, "amount"),
		({"amount": "10", "currency": "USD"}, 422, "JSON number"),
		({"amount": 1234567890123456, "currency": "USD"}, 422, "amount"),
		({"amount": 10}, 422, "currency"),
		({"amount": 10, "currency": "US"}, 422, "currency"),
		({"amount": 10, "currency": 840}, 422, "currency"),
		({"amount": 10.001, "currency": "USD"}, 422, "USD has 2 decimals"),
		({"amount": 10.5, "currency": "JPY"}, 422, "JPY has 0 decimals"),
		({"amount": 1.2345, "currency": "KWD"}, 422, "KWD has 3 decimals"),
		({**GOOD, "metadata": "x"}, 422, "metadata"),
		({**GOOD, "capture": "maybe"}, 422, "capture"),
	],
	ids=str,
)
def test_a_bad_intent_is_refused_in_words(caller: Caller, body, status: int, word: str):
	answer = caller.post(INTENTS, body)
	assert answer.status_code == status, answer.text
	assert word in answer.json()["error"]["message"]
	assert caller.sandbox.state()["intents"] == []


@pytest.mark.parametrize(
	("path", "body", "word"),
	[
		(REFUNDS, {}, "payment_id"),
		(PAYOUTS, GOOD, "beneficiary"),
		(PAYOUTS, {"beneficiary": "ben_1", "currency": "USD"}, "amount"),
		("/v1/connect/merchants/onboard", {"business_name": ""}, "business_name"),
	],
)
def test_other_bad_bodies_are_refused_in_words(caller: Caller, path: str, body, word: str):
	answer = caller.post(path, body)
	assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
	assert word in answer.json()["error"]["message"]


@pytest.mark.parametrize(
	("amount", "currency"),
	[(100.1, "USD"), (1000, "JPY"), (1000.0, "XOF"), (1.234, "KWD"), (9999999999999.99, "EUR"), (1, "usd")],
)
def test_amounts_come_back_as_they_were(caller: Caller, amount: float, currency: str):
	intent = caller.intent(amount, currency)
	assert (intent["amount"], intent["currency"]) == (amount, currency.upper())
	assert caller.now(intent)["amount"] == amount


def test_unknown_fields_are_passed_over(caller: Caller):
	assert caller.intent(of_the_future={"a": [1]})["status"] == "requires_confirmation"


@pytest.mark.parametrize(
	"path", [f"{INTENTS}/pi_0", f"{REFUNDS}/re_0", f"{PAYOUTS}/po_0", "/nowhere", "/pay/pi_0"]
)
def test_what_is_not_there_is_not_found(caller: Caller, path: str):
	answer = caller.get(path)
	assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_id_of_another_kind_is_not_found(caller: Caller):
	assert caller.get(f"{REFUNDS}/{caller.intent()['id']}").status_code == 404


def test_a_post_needs_an_idempotency_key(caller: Caller):
	headers = {"Authorization": f"Bearer {caller.key}"}
	answer = requests.post(f"{caller.sandbox.url}{INTENTS}", json=GOOD, headers=headers, timeout=10)
	assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_missing")


def test_a_method_that_is_not_there_is_told_with_those_that_are(caller: Caller):
	answer = requests.put(f"{caller.sandbox.url}{INTENTS}", timeout=10)
	assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
	assert answer.headers["Allow"] == "GET,POST"


def test_a_body_above_one_megabyte_is_refused(caller: Caller):
	answer = caller.post(INTENTS, {**GOOD, "description": "x" * 1024 * 1024})
	assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_every_answer_has_a_request_id_of_its_own(caller: Caller):
	answers = [
		caller.get("/health"),
		caller.get("/nowhere"),
		caller.post(INTENTS, GOOD),
		caller.post(INTENTS, {}),
		caller.post(INTENTS, b"x" * 2_000_000),
		requests.get(f"{caller.sandbox.url}{INTENTS}", timeout=10),
	]
	ids = [answer.headers["X-Molam-Request-Id"] for answer in answers]
	assert all(found.startswith("req_") for found in ids)
	assert len(set(ids)) == len(answers)


def test_health_needs_no_key(caller: Caller):
	answer = requests.get(f"{caller.sandbox.url}/health", timeout=10)
	assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
	"request_line",
	[
		b"GET /v1/connect/refunds/\xff\xfe HTTP/1.1",
		b"GET /v1/connect/refunds/%ff%00 HTTP/1.1",
		b"GET /pay/%ED%A0%80 HTTP/1.1",
	],
)
def test_bytes_that_are_no_text_are_refused_too(caller: Caller, request_line: bytes):
	where = urlsplit(caller.sandbox.url)
	with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
		lines = [
			request_line,
			b"Host: x",
			f"Authorization: Bearer {caller.key}".encode(),
			b"Idempotency-Key: \xff",
		]
		connection.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
		answer = b"".join(iter(lambda: connection.recv(65536), b""))
	assert answer.split()[1] in (b"400", b"404"), answer


def test_the_list_is_newest_first_and_can_be_narrowed(caller: Caller):
	names = [
		caller.intent(amount, metadata={"order": f"SO-{amount}", "n": amount})["id"]
		for amount in (10, 20, 30)
	]
	caller.post(f"{INTENTS}/{names[1]}/confirm")

	def listed(**query: object) -> list[str]:
		return [intent["id"] for intent in caller.get(INTENTS, **query).json()["data"]]

	assert listed() == names[::-1]
	assert listed(limit=2) == [names[2], names[1]]
	assert caller.get(INTENTS, limit=2).json()["has_more"] is True
	assert caller.get(INTENTS, limit=3).json()["has_more"] is False
	assert listed(status="succeeded") == [names[1]]
	assert listed(**{"metadata[order]": "SO-10"}) == [names[0]]
	assert listed(**{"metadata[n]": 30, "status": "requires_confirmation"}) == [names[2]]
	assert listed(**{"metadata[order]": "SO-10", "metadata[n]": 30}) == []
	assert listed(**{"metadata[']": "x"}) == []
	assert [caller.get(INTENTS, limit=wrong).status_code for wrong in (0, 101, "x", "²")] == [422] * 4


def test_who_hangs_up_in_the_middle_of_a_request_does_no_harm(caller: Caller, caplog):
	where = urlsplit(caller.sandbox.url)
	with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
		lines = [f"POST {INTENTS} HTTP/1.1", "Host: x", "Content-Length: 100", "Idempotency-Key: k"]
		connection.sendall("\r\n".join([*lines, f"Authorization: Bearer {caller.key}", "", "{"]).encode())
	assert caller.post(INTENTS, GOOD, "k").status_code == 201
	assert caplog.records == []
