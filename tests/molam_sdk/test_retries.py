"""What is tried again, how long it takes, and what is raised in the end; for all clients, over the wire."""

from __future__ import annotations

import json
import pickle
import socket
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import APIError, ConfigurationError, IdempotencyError, MolamTimeoutError, NetworkError
from otp_app.molam_sdk._life import LONGEST_BODY, LONGEST_WAIT, seconds_of, wait_before

from .between import Canned, between
from .conftest import KEY, KINDS

INTENT = {"amount": 5, "currency": "USD"}
OK = {"id": "pi_1", "status": "brand_new", "amount": 5, "currency": "USD", "colour": "blue"}

BEYOND = b'{"amount": 1e99999999999999999999}'  # more than any Decimal can be

Open = Callable[..., Any]


def seen_by(sandbox: Sandbox, key: str) -> list[int | None]:
	"""The statuses of the requests with that idempotency key."""
	return [each["status"] for each in sandbox.state()["requests"] if each["idempotency_key"] == key]


@pytest.mark.parametrize(
	"fault",
	[
		{"kind": "drop_before"},
		{"kind": "drop_after"},
		{"kind": "status", "code": 500},
		{"kind": "status", "code": 503},
		{"kind": "status", "code": 429},
		{"kind": "html"},
		{"kind": "truncated"},
	],
	ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_what_may_have_gone_wrong_on_the_way_is_tried_again_and_done_once(
	client: Any, sandbox: Sandbox, key: str, fault: dict[str, Any]
):
	sandbox.fault(times=2, **fault)
	intent = client.create_payment_intent(INTENT, idempotency_key=key)
	assert intent.amount == 5
	assert len(seen_by(sandbox, key)) == 3
	assert [each["id"] for each in sandbox.state()["intents"]].count(intent.id) == 1
	assert client.create_payment_intent(INTENT, idempotency_key=key).id == intent.id


def test_without_a_key_the_client_makes_one_and_keeps_it_on_every_retry(client: Any, sandbox: Sandbox):
	sandbox.fault("status", times=2, code=500)
	client.create_payment_intent(INTENT)
	keys = [each["idempotency_key"] for each in sandbox.state()["requests"][-3:]]
	assert keys[0] and len(set(keys)) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_a_refusal_is_final(client: Any, sandbox: Sandbox, key: str, status: int):
	sandbox.fault("status", times=2, code=status)
	with pytest.raises(APIError) as caught:
		client.create_payment_intent(INTENT, idempotency_key=key)
	assert caught.value.status_code == status and caught.value.request_id
	assert len(seen_by(sandbox, key)) == 1


def test_a_key_with_another_body_is_an_idempotency_error(client: Any, key: str):
	client.create_payment_intent(INTENT, idempotency_key=key)
	with pytest.raises(IdempotencyError) as caught:
		client.create_payment_intent(INTENT | {"amount": 6}, idempotency_key=key)
	assert (caught.value.status_code, caught.value.code) == (409, "idempotency_conflict")


def test_after_the_last_retry_the_real_error_is_raised(client: Any, sandbox: Sandbox, key: str):
	sandbox.fault("html", times=None, status=502)
	with pytest.raises(APIError) as caught:
		client.create_payment_intent(INTENT, idempotency_key=key)
	assert caught.value.status_code == 502 and caught.value.request_id
	assert "<html>" in caught.value.body["raw"]
	assert len(seen_by(sandbox, key)) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_is_waited_for_as_long_as_it_asks(
	kind: str, sandbox: Sandbox, open_client: Open, key: str
):
	sandbox.fault("status", times=1, code=429, retry_after=0.4)
	start = time.monotonic()
	open_client(kind, sandbox.url).create_payment_intent(INTENT, idempotency_key=key)
	assert 0.4 <= time.monotonic() - start < 1.4


@pytest.mark.parametrize("kind", KINDS)
def test_a_wait_beyond_the_time_budget_is_not_begun(kind: str, sandbox: Sandbox, open_client: Open, key: str):
	sandbox.fault("status", times=1, code=503, retry_after=60)
	start = time.monotonic()
	with pytest.raises(APIError) as caught:
		open_client(kind, sandbox.url, timeout_total=5).create_payment_intent(INTENT, idempotency_key=key)
	assert caught.value.status_code == 503 and time.monotonic() - start < 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_budget_bounds_all_attempts_together(
	kind: str, sandbox: Sandbox, open_client: Open, key: str
):
	sandbox.fault("latency", times=None, seconds=2)
	client = open_client(kind, sandbox.url, timeout_read=0.2, timeout_total=0.5, max_retries=10)
	start = time.monotonic()
	with pytest.raises(MolamTimeoutError):
		client.create_payment_intent(INTENT, idempotency_key=key)
	assert 0.35 <= time.monotonic() - start < 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_drips_in_is_given_up_in_time(kind: str, open_client: Open):
	with between() as server:
		server.answers = [Canned(body=OK, drip=0.05)]
		client = open_client(kind, server.url, timeout_read=0.3, timeout_total=0.5)
		start = time.monotonic()
		with pytest.raises(MolamTimeoutError):
			client.retrieve_payment_intent("pi_1")
		assert time.monotonic() - start < 1


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_at_home_is_a_network_error(kind: str, open_client: Open):
	with socket.socket() as taken:
		taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
		client = open_client(kind, f"http://127.0.0.1:{taken.getsockname()[1]}", max_retries=1)
		with pytest.raises(NetworkError):
			client.health()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
	("canned", "message", "code"),
	[
		(Canned(400, {"error": {"code": "bad", "message": "No good"}}), "No good", "bad"),
		(Canned(400, {"message": "No good"}), "No good", None),
		(Canned(400, {"error": "No good"}), "No good", None),
		(Canned(400, [1, 2]), "HTTP 400 Bad Request", None),
		(Canned(400, b""), "HTTP 400 Bad Request", None),
		(Canned(403, b"<html>\xff</html>"), "HTTP 403 Forbidden", None),
		(Canned(422, b'{"error": {"mess'), "HTTP 422 ", None),
		(Canned(499, {"error": {"message": 7}}), "HTTP 499", None),
	],
)
def test_any_shape_of_refusal_is_an_api_error(
	kind: str, open_client: Open, canned: Canned, message: str, code: str | None
):
	canned.headers = {"X-Request-ID": "req_7"}
	with between() as server:
		server.answers = [canned]
		with pytest.raises(APIError) as caught:
			open_client(kind, server.url).retrieve_payment_intent("pi_1")
	error = caught.value
	assert error.message.startswith(message) and error.code == code
	assert (error.status_code, error.request_id) == (canned.status, "req_7")
	assert isinstance(error.body, dict) and "req_7" in str(error)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": "pi_1"', b'{"amount": NaN}', BEYOND])
def test_an_answer_that_cannot_be_read_is_tried_again(kind: str, open_client: Open, body: Any):
	with between() as server:
		server.answers = [Canned(200, body), Canned(201, OK)]
		intent = open_client(kind, server.url).create_payment_intent(INTENT)
		assert len(server.seen) == 2
		assert server.seen[0].headers["Idempotency-Key"] == server.seen[1].headers["Idempotency-Key"]
	assert (intent.status, intent.colour) == ("brand_new", "blue")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [{"status": "succeeded", "amount": 5, "currency": "USD"}, [], "paid", None])
def test_a_whole_answer_that_is_none_to_the_call_is_raised_once(kind: str, open_client: Open, body: Any):
	with between() as server:
		server.answers = [Canned(201, json.dumps(body).encode()), Canned(201, OK)]
		client = open_client(
			kind, server.url, {"cb_name": f"whole-{kind}"} if kind != "MolamClient" else None
		)
		with pytest.raises(NetworkError, match="not what was asked for"):
			client.create_payment_intent(INTENT)
		assert len(server.seen) == 1
		assert kind == "MolamClient" or client.cb.fail_counter == 0


CUT_OFF = b'HTTP/1.1 402 No\r\nX-Request-ID: req_7\r\nContent-Length: 90\r\n\r\n{"error": '
NO_GZIP = (
	b"HTTP/1.1 402 No\r\nX-Request-ID: req_7\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip"
)
DEEP = b"[" * 400 + b"]" * 400


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
	"canned",
	[
		Canned(wire=CUT_OFF),
		Canned(wire=NO_GZIP),
		Canned(402, BEYOND, {"X-Request-ID": "req_7"}),
		Canned(402, b'{"error": ' + DEEP + b"}", {"X-Request-ID": "req_7"}),
		Canned(402, b" " * (LONGEST_BODY + 1), {"X-Request-ID": "req_7"}),
	],
	ids=["cut off", "no gzip", "huge number", "deep", "too long"],
)
def test_a_refusal_keeps_its_status_whatever_its_body_is(kind: str, open_client: Open, canned: Canned):
	with between() as server:
		server.answers = [canned]
		with pytest.raises(APIError) as caught:
			open_client(kind, server.url).retrieve_payment_intent("pi_1")
		assert (caught.value.status_code, caught.value.request_id) == (402, "req_7")
		assert len(server.seen) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_without_end_is_not_read(kind: str, open_client: Open):
	with between() as server:
		server.answers = [Canned(200, b" " * (LONGEST_BODY + 1))]
		with pytest.raises(NetworkError, match="longer than 10000000 bytes") as caught:
			open_client(kind, server.url, max_retries=0).health()
	assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
	"start", [b"HTTP/1.1 200 OK" + b"K" * 60, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 60]
)
def test_a_head_that_drips_in_is_given_up_in_time(kind: str, start: bytes, open_client: Open):
	with between() as server:
		server.answers = [Canned(wire=start, drip=0.03)]
		client = open_client(kind, server.url, timeout_read=0.2, timeout_total=0.4)
		begun = time.monotonic()
		with pytest.raises(MolamTimeoutError):
			client.health()
		assert time.monotonic() - begun < 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_a_budget_that_nobody_set_is_long_enough_for_one_attempt(kind: str, open_client: Open):
	def total(timeout: float | None = None, **settings: float) -> float:
		return open_client(kind, "http://127.0.0.1:1", **settings)._patience(timeout).total

	assert (total(), total(timeout_read=60), total(timeout=90)) == (30, 61, 91)
	assert total(timeout_read=60, timeout_total=5) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_is_quoted(kind: str, open_client: Open):
	with between() as server:
		server.answers = [Canned(200, {})]
		open_client(kind, server.url).get("/a b/\u00e9%/<x>", params={"q": "\u00e9 x"})
		assert server.seen[0].path == "/a%20b/%C3%A9%25/%3Cx%3E?q=%C3%A9+x"


@pytest.mark.parametrize("kind", KINDS)
def test_an_idempotency_key_may_be_a_uuid(kind: str, open_client: Open):
	given = uuid.uuid4()
	with between() as server:
		server.answers = [Canned(201, OK)]
		open_client(kind, server.url).create_payment_intent(INTENT, idempotency_key=given)
		assert server.seen[0].headers["Idempotency-Key"] == str(given)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [[OK], {"data": [OK]}])
def test_a_list_comes_bare_or_as_data(kind: str, open_client: Open, body: Any):
	with between() as server:
		server.answers = [Canned(200, body)]
		found = open_client(kind, server.url).list_payment_intents(
			limit=1, status="paid", metadata={"a": "b c"}
		)
		assert server.seen[0].path == "/v1/connect/payment_intents?limit=1&status=paid&metadata%5Ba%5D=b+c"
	assert [each.id for each in found] == ["pi_1"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_follows_no_redirect(kind: str, open_client: Open):
	with between() as server, between() as other:
		server.answers = [Canned(307, b"", {"Location": f"{other.url}/v1/connect/payment_intents"})]
		with pytest.raises(APIError) as caught:
			open_client(kind, server.url).create_payment_intent(INTENT)
		assert caught.value.status_code == 307
		assert server.seen[0].headers["Authorization"] == f"Bearer {KEY}"
		assert not other.seen


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_cannot_leave_its_place_in_the_path(kind: str, open_client: Open):
	with between() as server:
		server.answers = [Canned(200, OK)]
		client = open_client(kind, server.url)
		client.retrieve_payment_intent("../refunds/x?a=b#c d%2F")
		assert server.seen[0].path == "/v1/connect/payment_intents/..%2Frefunds%2Fx%3Fa%3Db%23c%20d%252F"
		for wrong in ("", ".", "..", None):
			with pytest.raises(ValueError, match="is no id"):
				client.cancel_payment_intent(wrong)
		for wrong in ("", "a\nb", "é", "x" * 256):
			with pytest.raises(ValueError, match="idempotency key"):
				client.create_payment_intent(INTENT, idempotency_key=wrong)
		with pytest.raises(ValueError, match="starts with /"):
			client.get("@elsewhere.example/")
		assert len(server.seen) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_url_that_is_none_is_a_configuration_error(kind: str, open_client: Open):
	with pytest.raises(ConfigurationError):
		open_client(kind, "http://[nowhere").health()


def test_waits_have_full_jitter_and_double():
	for retry, longest in ((1, 0.3), (2, 0.6), (4, 2.4)):
		waits = [wait_before(retry, 0.3, None) for _ in range(2000)]
		assert 0 <= min(waits) < longest * 0.02 and longest * 0.98 < max(waits) <= longest
	assert wait_before(1, 0.3, 5) == 5


def test_retry_after_is_seconds_or_a_date():
	assert (seconds_of("7"), seconds_of("0.5")) == (7, 0.5)
	assert seconds_of(formatdate(time.time() + 30, usegmt=True)) == pytest.approx(30, abs=1.5)
	assert seconds_of(formatdate(time.time() - 30, usegmt=True)) == 0
	assert seconds_of("9" * 400) == LONGEST_WAIT
	for nonsense in (None, "", "soon", "-5", "nan", "²"):
		assert seconds_of(nonsense) is None
