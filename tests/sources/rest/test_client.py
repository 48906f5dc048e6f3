"""The client against a server that misbehaves: what it raises, how often it asks, and how long it waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.rest.answers import Refused, Unusable
from otp_app.sources.rest.client import ATTEMPTS, Client, Connection
from tests.sources.rest.fake_erpnext import (
	KEY,
	SECRET,
	FakeErpnext,
	drips,
	gives,
	half,
	hangs,
	in_turn,
	page,
	text,
)

METHOD = "frappe.ping"


def ask(client: Client) -> object:
	return client.method(METHOD, {})


def test_it_sends_the_key_the_site_and_json(fake: FakeErpnext, new_client: Callable[..., Client]):
	fake.behave = gives({"message": [1]})
	assert new_client(site_name="erp.example.com").method(METHOD, {"a": "ä"}, request_id="r-1") == [1]
	(asked,) = fake.asked
	assert (asked.verb, asked.path, asked.body) == ("POST", f"/api/method/{METHOD}", {"a": "ä"})
	assert asked.headers["authorization"] == f"token {KEY}:{SECRET}"
	assert asked.headers["x-frappe-site-name"] == "erp.example.com"
	assert asked.headers["x-request-id"] == "r-1"


def test_a_password_file_of_the_machine_does_not_take_the_place_of_the_key(
	fake: FakeErpnext, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
	netrc = tmp_path / "netrc"
	netrc.write_text("default login somebody password else\n")
	monkeypatch.setenv("NETRC", str(netrc))
	fake.behave = gives({"message": "x"})
	client.method("a.b", {})
	assert fake.asked[0].headers["authorization"] == f"token {KEY}:{SECRET}"


def test_without_a_site_name_no_such_header_is_sent(fake: FakeErpnext, client: Client):
	fake.behave = gives({"message": 1})
	ask(client)
	assert "x-frappe-site-name" not in fake.asked[0].headers


@pytest.mark.parametrize(
	"behaviour, told",
	[
		(gives({}, 500), "answered 500"),
		(page(502), "answered 502"),
		(page(), "with a web page"),
		(page(403), "403 with a web page"),
		(text('{"message": '), "no valid JSON"),
		(text(b"\xff\xfe\x00"), "no valid JSON"),
		(text("[" * 100_000), "no valid JSON"),
		(half('{"message": [1, 2, 3, 4, 5, 6, 7, 8]}'), "answer broke off (IncompleteRead)"),
		(text("[1]"), "it is no object"),
		(gives({"exc": ""}), "there is no message in it"),
	],
	ids=["500", "502", "page", "page of 403", "cut", "no text", "deep", "half", "list", "empty"],
)
def test_an_answer_that_cannot_be_used_is_unavailable_and_says_why(
	fake: FakeErpnext, client: Client, behaviour, told: str
):
	fake.behave = behaviour
	with pytest.raises(SourceUnavailable) as caught:
		ask(client)
	assert told in str(caught.value)
	assert not isinstance(caught.value, Refused)


def test_a_server_that_is_not_there_is_unavailable(new_client: Callable[..., Client]):
	client = new_client(base_url="http://127.0.0.1:1")
	with pytest.raises(
		SourceUnavailable, match=r"cannot be reached \(ConnectionRefusedError\): see whether it runs"
	):
		ask(client)
	assert client.answered is False


@pytest.mark.parametrize("behaviour", [hangs(3), drips(3)], ids=["silent", "dripping"])
def test_the_budget_is_that_of_the_whole_answer(
	fake: FakeErpnext, new_client: Callable[..., Client], behaviour
):
	fake.behave = behaviour
	start = time.monotonic()
	with pytest.raises(SourceUnavailable, match=r"did not answer in 0\.4 seconds"):
		ask(new_client(timeout=0.4))
	assert 0.35 < time.monotonic() - start < 1.0


def test_what_fails_once_is_asked_again(fake: FakeErpnext, client: Client, slept: list[float]):
	fake.behave = in_turn(gives({}, 503), half('{"message": 111111}'), gives({"message": "well"}))
	assert ask(client) == "well"
	assert client.answered is True
	assert len(fake.asked) == ATTEMPTS
	assert len(slept) == 2
	assert all(0.05 <= pause <= 2.0 for pause in slept)


def test_it_gives_up_after_its_attempts(fake: FakeErpnext, client: Client):
	fake.behave = gives({}, 500)
	with pytest.raises(SourceUnavailable):
		ask(client)
	assert len(fake.asked) == ATTEMPTS


def test_what_must_not_be_repeated_is_sent_once(fake: FakeErpnext, client: Client):
	fake.behave = gives({}, 500)
	with pytest.raises(SourceUnavailable):
		client.write("Sales Order", "SO/1", {"a": 1})
	assert [(asked.verb, asked.path) for asked in fake.asked] == [
		("PUT", "/api/resource/Sales%20Order/SO%2F1")
	]


def test_it_waits_as_long_as_the_server_asks(fake: FakeErpnext, client: Client, slept: list[float]):
	fake.behave = in_turn(gives({}, 429, Retry_After="1"), gives({"message": 1}))
	ask(client)
	assert slept == [1.0]


def test_it_does_not_wait_longer_than_its_budget(fake: FakeErpnext, client: Client, slept: list[float]):
	fake.behave = gives({}, 503, Retry_After="60")
	with pytest.raises(SourceUnavailable, match="answered 503"):
		ask(client)
	assert (slept, len(fake.asked)) == ([], 1)


@pytest.mark.parametrize(
	"status, body, told",
	[
		(401, {"exc_type": "AuthenticationError"}, "check ERPNEXT_API_KEY and ERPNEXT_API_SECRET"),
		(
			403,
			{"error": {"message": "No <b>Bins</b>."}},
			"refuses to tell it (403): No Bins .; docs/rest-source.md",
		),
		(417, {"_server_messages": '["{\\"message\\": \\"Wrong <i>way</i>\\"}"]'}, "(417): Wrong way"),
		(404, {"exception": "frappe.exceptions.DoesNotExistError: no such thing"}, "(404): no such thing"),
		(409, {"_server_messages": "nonsense"}, "refused the call (409)"),
	],
)
def test_a_refusal_is_told_in_erpnexts_words_and_not_repeated(
	fake: FakeErpnext, client: Client, status: int, body: dict, told: str
):
	fake.behave = gives(body, status)
	with pytest.raises(Refused) as caught:
		ask(client)
	assert told in str(caught.value)
	assert caught.value.status == status
	assert len(fake.asked) == 1
	assert client.answered is True


def test_a_redirect_is_not_followed_with_the_key(fake: FakeErpnext, client: Client):
	fake.behave = text("", 302, Location=f"{fake.url}/login?key={KEY}")
	with pytest.raises(SourceUnavailable, match=r"redirects to http://127\.0\.0\.1") as caught:
		ask(client)
	assert len(fake.asked) == 1
	assert KEY not in str(caught.value)


def test_cookies_are_not_kept(fake: FakeErpnext, client: Client):
	fake.behave = gives({"message": 1}, Set_Cookie="sid=abc; Path=/")
	ask(client)
	ask(client)
	assert "cookie" not in fake.asked[1].headers


def test_an_answer_that_never_ends_is_cut(fake: FakeErpnext, client: Client, monkeypatch: pytest.MonkeyPatch):
	monkeypatch.setattr("otp_app.sources.rest.client.LONGEST_BODY", 1000)
	fake.behave = gives({"message": "x" * 2000})
	with pytest.raises(SourceUnavailable, match="longer than 1000 bytes"):
		ask(client)
	assert len(fake.asked) == 1


def test_the_circuit_opens_and_one_probe_closes_it(fake: FakeErpnext, new_client: Callable[..., Client]):
	client = new_client(fail_max=2, reset=0.3)
	fake.behave = gives({}, 500)
	with pytest.raises(SourceUnavailable):
		ask(client)
	before = len(fake.asked)
	with pytest.raises(SourceUnavailable, match="several times in a row"):
		ask(client)
	assert len(fake.asked) == before
	fake.behave = gives({"message": "well"})
	time.sleep(0.35)
	assert ask(client) == "well"
	assert client.breaker.current_state == "closed"
	assert ask(client) == "well"


def test_a_probe_that_fails_leaves_it_open(fake: FakeErpnext, new_client: Callable[..., Client]):
	client = new_client(fail_max=1, reset=0.2)
	fake.behave = gives({}, 500)
	for _ in range(2):
		with pytest.raises(SourceUnavailable):
			ask(client)
		assert client.breaker.current_state == "open"
		time.sleep(0.25)


def test_refusals_do_not_open_the_circuit(fake: FakeErpnext, new_client: Callable[..., Client]):
	client = new_client(fail_max=1)
	for behaviour in (gives({}, 403), gives({}, 404), gives({}, 417)):
		fake.behave = behaviour
		with pytest.raises(Refused):
			ask(client)
	assert client.breaker.current_state == "closed"


@pytest.mark.parametrize(
	"behaviour", [gives({}, 500), gives({}, 401), page(), hangs(1), half('{"message": 1111}')]
)
def test_no_error_and_no_log_tells_the_secret(
	fake: FakeErpnext, new_client: Callable[..., Client], behaviour, caplog: pytest.LogCaptureFixture
):
	caplog.set_level(logging.DEBUG)
	fake.behave = behaviour
	client = new_client(timeout=0.3, fail_max=1)
	with pytest.raises(SourceUnavailable) as caught:
		ask(client)
	chain: list[BaseException] = []
	error: BaseException | None = caught.value
	while error is not None:
		chain.append(error)
		error = error.__cause__ or error.__context__
	told = caplog.text + repr(chain) + repr(vars(client)) + repr(client.connection)
	assert SECRET not in told
	assert KEY not in told


@pytest.mark.parametrize(
	"changes, told",
	[
		({"base_url": "erp.example.com"}, "like https://erp.example.com"),
		({"base_url": "https://u:p@erp.example.com"}, "must not hold a password"),
		({"api_secret": ""}, "both needed"),
		({"timeout": 0.0}, "more than 0 seconds"),
	],
)
def test_a_connection_that_cannot_work_says_which_variable_to_set(changes: dict, told: str):
	good = {"base_url": "https://erp.example.com", "api_key": KEY, "api_secret": SECRET}
	with pytest.raises(ValueError, match=told):
		Connection(**{**good, **changes})


def test_a_page_in_place_of_json_counts_against_the_server(
	fake: FakeErpnext, new_client: Callable[..., Client]
):
	client = new_client(fail_max=ATTEMPTS)
	fake.behave = page()
	with pytest.raises(Unusable):
		ask(client)
	assert client.breaker.current_state == "open"
