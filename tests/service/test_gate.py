"""Who is let in, how often, with how much, and what every answer has."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from otp_app.service.application import Application
from otp_app.service.config import Configuration
from otp_app.service.metrics import template
from otp_app.service.rates import SHARED_FILE, Rates
from otp_app.service.routes import ROUTES
from otp_app.service.snapshot_backend import SnapshotBackend
from otp_app.sources.snapshot import SnapshotFile
from tests.service.asking import KEY, application, ask

BIKES = {"items": [{"item_code": "City Bike 28", "qty": 1}]}
TOKEN = "a-token-for-metrics"


@pytest.fixture(scope="module")
def local() -> Any:
	return application()


@pytest.fixture(scope="module")
def keyed() -> Any:
	return application(api_keys=("another-key-of-one", KEY), metrics_token=TOKEN)


class Broken(SnapshotBackend):
	"""A backend that fails, or takes its time."""

	waits = True

	def promise(self, asked: Any, request_id: str) -> Any:
		if asked["customer"] == "slow":
			time.sleep(1.0)
		raise ZeroDivisionError("a secret of the inside")


def broken(**settings: Any) -> Application:
	known = Configuration(**settings)
	return Application(known, Broken(SnapshotFile(str(known.snapshot)), known))


@pytest.mark.parametrize(
	"header",
	[
		{"Authorization": f"Bearer {KEY}"},
		{"Authorization": f"token {KEY}"},
		{"authorization": f"BEARER {KEY}"},
		{"X-API-Key": KEY},
	],
)
def test_a_key_lets_in_however_it_is_sent(keyed: Any, header: dict[str, str]):
	assert ask(keyed, "POST", "/otp/promise", BIKES, headers=header).status == 200


@pytest.mark.parametrize(
	"header",
	[{}, {"X-API-Key": KEY[:-1]}, {"X-API-Key": ""}, {"Authorization": f"Basic {KEY}"}, {"X-API-Key": TOKEN}],
)
def test_without_a_key_nothing_is_told(keyed: Any, header: dict[str, str]):
	for method, path in (("POST", "/otp/promise"), ("GET", "/otp/health"), ("GET", "/nothing")):
		told = ask(keyed, method, path, headers=header)
		assert (told.status, told.code) == (401, "NOT_SIGNED_IN"), path
		assert told.headers["www-authenticate"] == "Bearer"


def test_probes_and_the_document_need_no_key(keyed: Any):
	for path in ("/health", "/ready", "/docs", "/openapi.json"):
		assert ask(keyed, "GET", path).status == 200, path


def test_a_stranger_is_not_told_why_it_is_not_ready(tmp_path: Any):
	app = application(api_keys=(KEY,), snapshot=tmp_path / "gone.sqlite")
	assert "gone" not in ask(app, "GET", "/ready").body.decode()
	assert "gone" in ask(app, "GET", "/ready", headers={"X-API-Key": KEY}).body.decode()


def test_metrics_need_their_token_or_a_key(keyed: Any, local: Any):
	assert ask(keyed, "GET", "/metrics").status == 401
	for header in ({"Authorization": f"Bearer {TOKEN}"}, {"X-API-Key": KEY}):
		assert ask(keyed, "GET", "/metrics", headers=header).status == 200
	assert ask(local, "GET", "/metrics").status == 200


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com:8001", "[::1"])
def test_a_name_that_is_made_to_point_here_is_refused(local: Any, host: str):
	told = ask(local, "GET", "/otp/health", headers={"host": host})
	assert (told.status, told.code) == (403, "WRONG_HOST")


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1", "[::1]:8001"])
def test_names_of_this_machine_are_answered(local: Any, host: str):
	assert ask(local, "GET", "/otp/health", headers={"host": host}).status == 200


def test_pages_of_other_sites_may_call_only_if_named(local: Any):
	page = {"Origin": "https://shop.example.com"}
	told = ask(local, "POST", "/otp/apply", {"sales_order": "S"}, headers=page)
	assert (told.status, told.code) == (403, "WRONG_ORIGIN")
	assert "access-control-allow-origin" not in told.headers
	app = application(cors_origins=("https://shop.example.com",))
	told = ask(app, "POST", "/otp/promise", BIKES, headers=page)
	assert told.status == 200
	assert told.headers["access-control-allow-origin"] == "https://shop.example.com"
	asking = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
	assert ask(app, "OPTIONS", "/otp/promise", headers=asking).status == 200


def test_more_requests_than_allowed_are_told_when_to_come_back():
	app = application(api_keys=(KEY, "another-key-of-one"), rate_limit=3)
	asked = [ask(app, "GET", "/otp/health", headers={"X-API-Key": KEY}) for _ in range(4)]
	assert [told.status for told in asked] == [200, 200, 200, 429]
	assert 1 <= int(asked[-1].headers["retry-after"]) <= 20
	assert ask(app, "GET", "/otp/health", headers={"X-API-Key": "another-key-of-one"}).status == 200
	assert ask(app, "GET", "/health").status == 200


def test_guessing_keys_is_limited_by_address():
	app = application(api_keys=(KEY,), rate_limit=2)
	asked = [ask(app, "GET", "/otp/health", client="10.0.0.9").status for _ in range(3)]
	assert asked == [401, 401, 429]
	assert ask(app, "GET", "/otp/health", client="10.0.0.10").status == 401
	assert ask(app, "GET", "/otp/health", headers={"X-API-Key": KEY}, client="10.0.0.9").status == 200


def test_a_bucket_fills_up_again_and_is_shared_by_processes(tmp_path: Any):
	now = [1000.0]
	Rates.prepare(tmp_path / SHARED_FILE, 1)
	one, other = (Rates(2, 1, tmp_path / SHARED_FILE, lambda: now[0]) for _ in range(2))
	assert [one.take_by_key(0), other.take_by_key(0)] == [0.0, 0.0]
	assert one.take_by_key(0) == other.take_by_key(0) == pytest.approx(30.0)
	now[0] += 30.0
	assert other.take_by_key(0) == 0.0
	assert one.take_by_key(0) == pytest.approx(30.0)


@pytest.mark.parametrize(
	("body", "headers", "chunks"),
	[
		(b"x" * 2000, {}, None),
		(b"", {"content-length": "9" * 30}, None),
		(None, {}, [b"x" * 600, b"x" * 600]),
	],
)
def test_a_body_that_is_too_large_is_not_read(body: Any, headers: dict[str, str], chunks: Any):
	app = application(max_body=1024)
	told = ask(app, "POST", "/otp/promise", body, headers=headers, chunks=chunks)
	assert (told.status, told.code) == (413, "TOO_LARGE")


@pytest.mark.parametrize(
	"body",
	[
		b"{",
		b"[]",
		b'"text"',
		b"\xff\xfe",
		b'{"items": NaN}',
		b'{"items": [{"item_code": "City Bike 28", "qty": Infinity}]}',
		b"[" * 100_000,
		b'{"items":' + b"[" * 100_000,
		b'{"items": ' + b"9" * 5000 + b"}",
	],
)
def test_what_is_no_json_object_is_malformed(local: Any, body: bytes):
	told = ask(local, "POST", "/otp/promise", body)
	assert (told.status, told.code) == (400, "MALFORMED")


@pytest.mark.parametrize(
	("body", "status"),
	[
		(b'{"items": [{"item_code": "City Bike 28", "qty": 1e999}]}', 422),
		(b'{"items": [{"item_code": "City Bike 28", "qty": ' + b"9" * 400 + b"}]}", 422),
		(b'{"items": [{"item_code": "\\ud800", "qty": 1}]}', 422),
		(b'{"\\ud800": 1}', 422),
		(b'{"items": [{"item_code": "City Bike 28", "qty": 1, "desired_date": "0001-01-01"}]}', 200),
		(b'{"items": [{"item_code": "City Bike 28", "qty": 1, "desired_date": "9999-12-31"}]}', 200),
		(b"", 422),
	],
)
def test_odd_values_are_answered(local: Any, body: bytes, status: int):
	assert ask(local, "POST", "/otp/promise", body).status == status


def test_a_path_that_is_not_there_and_a_method_that_is_not_taken(local: Any):
	told = ask(local, "GET", "/otp/promises")
	assert (told.status, told.code) == (404, "UNKNOWN_PATH")
	told = ask(local, "PUT", "/otp/promise")
	assert (told.status, told.code, told.headers["allow"]) == (405, "WRONG_METHOD", "POST")
	assert ask(local, "DELETE", "/otp/health").headers["allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(local: Any):
	told = ask(local, "HEAD", "/health")
	assert (told.status, told.body) == (200, b"")


def test_every_answer_has_the_headers_of_safety(local: Any):
	for method, path in (("GET", "/health"), ("GET", "/nothing"), ("PUT", "/ready"), ("GET", "/docs")):
		headers = ask(local, method, path).headers
		assert headers["x-content-type-options"] == "nosniff"
		assert "default-src 'none'" in headers["content-security-policy"]
		assert headers["cache-control"] == "no-store"
		assert "server" not in headers


@pytest.mark.parametrize("given", ["", "x" * 65, "tab\tin it", "caf\xe9", " blank first"])
def test_an_id_that_is_none_is_replaced(local: Any, given: str):
	told = ask(local, "GET", "/nothing", headers={"X-Request-Id": given})
	assert told.headers["x-request-id"] == told.json["request_id"]
	assert len(told.json["request_id"]) == 32


def test_what_fails_inside_is_logged_and_not_told(caplog: Any):
	told = ask(broken(), "POST", "/otp/promise", {"customer": "any"}, headers={"X-Request-Id": "id-1"})
	assert (told.status, told.code, told.json["request_id"]) == (500, "FAILED", "id-1")
	assert "secret" not in told.body.decode()
	assert "a secret of the inside" in caplog.text


def test_an_answer_that_takes_too_long_is_not_waited_for():
	began = time.monotonic()
	told = ask(broken(timeout=0.1), "POST", "/otp/promise", {"customer": "slow"})
	assert (told.status, told.code) == (503, "TIMED_OUT")
	assert "retry-after" in told.headers
	# asyncio.run itself waits for the thread.
	assert time.monotonic() - began < 3.0


def test_a_body_that_does_not_come_is_not_waited_for():
	app = application(timeout=0.1)
	told = ask(app, "POST", "/otp/promise", headers={"content-length": "10"}, chunks=[])
	assert (told.status, told.code) == (408, "BODY_TOO_SLOW")


def test_a_promise_is_logged_in_one_line(caplog: Any):
	app = application(slow_ms=0.001)
	with caplog.at_level(logging.INFO, "otp_app.service"):
		ask(app, "POST", "/otp/promise", {**BIKES, "customer": "Velo Nord"})
	(line,) = caplog.records
	assert line.levelname == "WARNING"
	assert (line.customer, line.status, line.method, line.path) == ("Velo Nord", "OK", "POST", "/otp/promise")
	assert line.confidence in ("HIGH", "MEDIUM", "LOW")
	assert line.duration_ms > 0


def test_what_was_counted_is_exposed_without_names():
	app = application()
	for _ in range(2):
		ask(app, "POST", "/otp/promise", BIKES)
	ask(app, "GET", "/otp/sales-orders/SAL-ORD-2026-00002")
	ask(app, "BREW", "/coffee/7")
	told = ask(app, "GET", "/metrics").body.decode().splitlines()
	assert 'http_requests_total{method="POST",path="/otp/promise",status="200"} 2.0' in told
	assert 'http_requests_total{method="GET",path="/otp/sales-orders/{name}",status="200"} 1.0' in told
	assert 'http_requests_total{method="other",path="other",status="404"} 1.0' in told
	assert "otp_promise_duration_seconds_count 2.0" in told
	assert "erpnext_connection_status 1.0" in told
	assert any(line.startswith('otp_process_memory_bytes{process="worker-1"}') for line in told)
	assert any(line.startswith('otp_process_cpu_seconds_total{process="worker-1"}') for line in told)


def test_the_document_names_every_path_and_the_page_shows_it(local: Any):
	document = json.loads(ask(local, "GET", "/openapi.json").body)
	page = ask(local, "GET", "/docs").body.decode()
	for path, methods in document["paths"].items():
		assert path in page
		for method in methods:
			asked = ask(local, method.upper(), path.replace("{name}", "SAL-ORD-2026-00002"))
			assert asked.status not in (404, 405), path
	example = document["paths"]["/otp/promise"]["post"]["requestBody"]["content"]["application/json"][
		"example"
	]
	assert ask(local, "POST", "/otp/promise", example).status == 200


def test_every_path_is_counted_by_its_name():
	assert {template(path) for _, path, _ in ROUTES} == {path.replace(":path", "") for _, path, _ in ROUTES}
