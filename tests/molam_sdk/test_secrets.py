"""No key, token, secret or card number in anything that people read."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from otp_app.molam_sandbox import Sandbox
from otp_app.molam_sdk import (
	APIError,
	ClientConfig,
	ConfigurationError,
	IdempotencyError,
	MolamError,
	MolamTimeoutError,
	PaymentIntentCreate,
	RefundCreate,
	check_key_format,
)
from otp_app.molam_sdk._masking import mask, mask_text
from otp_app.molam_sdk.logging_setup import JsonFormatter, get_logger

from .between import Canned, between
from .conftest import KEY, KINDS

CARD = "4111 1111 1111 1111"
SECRETS = {
	"key": KEY,
	"jwt": "jwt_eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl",
	"bare jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
	"bearer": "Bearer abcdefgh12345678",
	"webhook": "whsec_abcdef123456",
	"card": CARD,
	"card, dashes": "5500-0000-0000-0004",
	"card, plain": "378282246310005",
	"pem": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END PRIVATE KEY-----",
	"pem, cut off": "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBg",
}
# The part of each that must not be seen.
TELLING = {
	name: secret.removeprefix("Bearer ").split("\n")[-2 if "END" in secret else -1]
	for name, secret in SECRETS.items()
}


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_masked_wherever_they_are(name: str):
	secret, telling = SECRETS[name], TELLING[name]
	places: list[Any] = [
		mask_text(f"before {secret} after"),
		mask_text(f"url?x={secret}&y=1"),
		mask({"a": [{"b": (secret, {secret: 1})}], "c": secret.encode()}),
		MolamError(f"went wrong with {secret}", {"x": secret}),
		ConfigurationError(f"mTLS key file not found: {secret}"),
		APIError(400, f"no {secret}", {"error": {"message": secret, "deep": [secret]}}),
		IdempotencyError(f"no {secret}", 409, {"x": secret}),
	]
	for place in places:
		again = pickle.loads(pickle.dumps(place))
		for text in (str(place), repr(place), str(getattr(place, "body", "")), str(again), repr(again)):
			assert telling not in text


@pytest.mark.parametrize(
	"value",
	[
		{"password": "hunter22"},
		{"API-Key": "hunter22"},
		{"a": [{"client_secret": "hunter22"}]},
		{"cvv": "hunter22"},
	],
)
def test_what_goes_by_the_name_of_a_secret_is_masked(value: dict[str, Any]):
	assert "hunter22" not in str(mask(value))
	assert "hunter22" not in mask_text("password=hunter22, 'api_key': 'hunter22' \"token\": \"hunter22\"")


def test_what_is_no_secret_stays_readable():
	for text in (
		"task_list of order SO-1",
		"4111 1111 1111 1112 is no card number",
		"1795316730290 milliseconds",
		"pi_7d250bb8bfa885946902a190",
		"[400] Amount must be positive (request_id: req_6a4ca76f27a299c8)",
	):
		assert mask_text(text) == text
	assert mask({"amount": 5, "ok": True, "none": None}) == {"amount": 5, "ok": True, "none": None}


def test_a_configuration_shows_no_key_but_has_it():
	config = ClientConfig(api_key=KEY)
	assert config.api_key == KEY
	assert KEY not in repr(config) + str(config) + f"{config}" + str([config])


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_shows_no_key(kind: str, open_client: Callable[..., Any]):
	client = open_client(kind, "https://user:sk_live_inTheUrl@molam.example")
	assert "sk_live" not in repr(client)
	assert KEY not in repr(client) + str(client) + repr(client.headers) + str(client.headers)
	assert client.headers["Authorization"].endswith(KEY)


@pytest.mark.parametrize(
	"key", ["pk_live_tophush", "sk_", "sk_top hush", "sk_top\nhush", "jwt_top\u00e9hush"]
)
def test_a_key_of_the_wrong_form_is_refused_without_being_told(key: str):
	with pytest.raises(ConfigurationError) as wrong:
		check_key_format(key)
	with pytest.raises(ValidationError) as refused:
		ClientConfig(api_key=key)
	for text in (
		str(wrong.value),
		str(refused.value),
		repr(refused.value),
		str(refused.value.errors()),
		refused.value.json(),
		"".join(traceback.format_exception(refused.value)),
	):
		assert "hush" not in text and "pk_live" not in text


def test_the_two_kinds_of_key():
	assert (check_key_format(KEY), check_key_format("jwt_a.b.c")) == ("secret key", "service JWT")
	with pytest.raises(ConfigurationError, match="No API key"):
		check_key_format("")


def test_a_refused_body_is_not_repeated():
	for make in (
		lambda: PaymentIntentCreate(amount=CARD, currency="USD"),
		lambda: RefundCreate(payment_id="pi", amount=KEY),
	):
		with pytest.raises(ValidationError) as caught:
			make()
		assert CARD not in str(caught.value) and KEY not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_repeats_secrets_does_not_get_them_told(
	kind: str, open_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
):
	told = " ".join(SECRETS.values())
	caplog.set_level(logging.DEBUG)
	with between() as server:
		server.answers = [
			Canned(500, {"error": {"code": "x", "message": told}, "echo": {"headers": [told]}}),
			Canned(400, f"<html>{told}</html>".encode()),
		]
		with pytest.raises(APIError) as caught:
			open_client(kind, server.url, max_retries=1).health()
	records = [
		f"{record.getMessage()} {record.__dict__}" for record in caplog.records if "molam" in record.name
	]
	assert len(records) == 2
	shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.body) + "".join(records)
	assert not [name for name, telling in TELLING.items() if telling in shown]


def test_log_records_are_masked_for_every_handler_nested_and_in_exceptions():
	logger = get_logger("test")
	lines: list[str] = []

	class Keeps(logging.Handler):
		def emit(self, record: logging.LogRecord) -> None:
			lines.append(self.format(record) + str(record.args) + str(record.msg))

	plain, as_json = Keeps(), Keeps()
	as_json.setFormatter(JsonFormatter())
	logger.addHandler(plain)
	logger.addHandler(as_json)
	try:
		for secret in SECRETS.values():
			logger.warning("with %s and %r", secret, {"a": [secret], "password": "hunter22"})
			logger.warning("%(x)s", {"x": secret})
			logger.warning({"x": secret, "token": "hunter22"})
	finally:
		logger.removeHandler(plain)
		logger.removeHandler(as_json)
	assert len(lines) == 6 * len(SECRETS)
	assert not [name for name, telling in TELLING.items() if telling in "".join(lines)]
	assert "hunter22" not in "".join(lines)


LOGGING = """
import logging, sys
from otp_app.molam_sdk import setup_structured_logger, MolamSyncClient, ClientConfig, APIError
setup_structured_logger(logging.DEBUG)
setup_structured_logger(logging.DEBUG)
with MolamSyncClient(ClientConfig(api_key=sys.argv[1], base_url=sys.argv[2])) as client:
	client.health()
	try:
		client.retrieve_payment_intent("pi_none")
	except APIError:
		pass
try:
	raise ValueError("Bearer abcdefgh12345678 of " + sys.argv[1])
except ValueError:
	logging.getLogger("molam_sdk").exception("key %s", {"api_key": sys.argv[1]}, extra={"latency": 0.5})
"""


def test_structured_logs_are_json_lines_on_stderr(sandbox: Sandbox):
	ran = subprocess.run(
		[sys.executable, "-c", LOGGING, KEY, sandbox.url], capture_output=True, text=True, check=True
	)
	assert not ran.stdout
	assert KEY not in ran.stderr and "abcdefgh" not in ran.stderr
	first, second, last = map(json.loads, ran.stderr.splitlines())
	assert {"ts", "name", "level", "msg", "endpoint", "latency"} <= set(first)
	assert (first["level"], first["endpoint"], second["endpoint"]) == (
		"INFO",
		"health",
		"retrieve_payment_intent",
	)
	assert isinstance(first["ts"], int) and first["name"] == "molam_sdk.client"
	assert second["request_id"].startswith("req_") and "[404]" in second["msg"]
	assert last["latency"] == 0.5 and "ValueError" in last["exc"]


def test_exceptions_can_be_pickled():
	error = pickle.loads(
		pickle.dumps(APIError(402, "Declined", {"error": {"code": "card_declined"}}, "req_1"))
	)
	assert (error.status_code, error.message, error.code, error.request_id) == (
		402,
		"Declined",
		"card_declined",
		"req_1",
	)
	assert str(error) == "[402] Declined (request_id: req_1)"
	conflict = pickle.loads(pickle.dumps(IdempotencyError("Other body", request_id="req_2")))
	assert isinstance(conflict, APIError) and (conflict.status_code, conflict.request_id) == (409, "req_2")
	late = pickle.loads(pickle.dumps(MolamTimeoutError("No answer in time")))
	assert isinstance(late, MolamTimeoutError) and str(late) == "No answer in time"


def test_the_password_of_a_url_is_masked(open_client: Callable[..., Any]):
	url = "https://anna:hunter@22@molam.example:8000/x"
	client = open_client("MolamClient", url)
	for text in (repr(client), str(client), repr(client.config), str(client.config), str(MolamError(url))):
		assert "hunter" not in text and "anna" not in text
	assert "https://***@molam.example:8000/x" in repr(client)


def test_json_that_is_cut_off_is_not_repeated():
	with pytest.raises(ValidationError) as caught:
		ClientConfig.model_validate_json(f'{{"api_key": "{KEY}", "base_url')
	error = caught.value
	for text in (str(error), str(error.errors()), error.json(), repr(error)):
		assert KEY not in text
	assert ClientConfig.model_validate_json(f'{{"api_key": "{KEY}"}}').api_key == KEY


def test_what_is_nested_very_deeply_is_masked_as_a_whole():
	deep: Any = KEY
	for _ in range(5000):
		deep = [deep]
	assert KEY not in str(mask({"a": deep}))
	assert mask([[["a"]]]) == [[["a"]]]


def test_the_request_id_is_logged_by_both_of_its_names(
	open_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
):
	caplog.set_level(logging.INFO)
	with between() as server:
		names = ("X-Molam-Request-Id", "X-Request-ID")
		server.answers = [Canned(200, {}, {name: f"req_{name}"}) for name in names]
		client = open_client("MolamClient", server.url)
		client.health()
		client.health()
	told = [record.__dict__["request_id"] for record in caplog.records if record.name == "molam_sdk.client"]
	assert told == [f"req_{name}" for name in names]
