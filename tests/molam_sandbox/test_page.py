"""The page on which a customer pays, as a browser without JavaScript uses it."""

from __future__ import annotations

import pytest
import requests

from tests.molam_sandbox.conftest import Caller

BACK = {"return_url": "https://shop.example/thanks?a=1", "cancel_url": "http://shop.example/again"}


def choose(intent: dict[str, str], action: str) -> requests.Response:
	return requests.post(intent["redirect_url"], data={"action": action}, allow_redirects=False, timeout=5)


def test_the_page_tells_what_is_to_be_paid_and_offers_both_buttons(caller: Caller):
	intent = caller.intent(1250.5, "EUR", description="Order <SO-1> & more")
	page = requests.get(intent["redirect_url"], timeout=5)
	assert page.headers["Content-Type"] == "text/html; charset=utf-8"
	assert "<h1>1,250.50 EUR</h1>" in page.text
	assert "Order &lt;SO-1&gt; &amp; more" in page.text
	assert 'value="pay">Pay<' in page.text
	assert 'value="decline">Decline<' in page.text
	assert "<script" not in page.text


@pytest.mark.parametrize(
	("amount", "currency", "shown"), [(1500, "JPY", "1,500 JPY"), (1.5, "KWD", "1.500 KWD")]
)
def test_amounts_are_shown_with_the_decimals_of_their_currency(
	caller: Caller, amount: float, currency: str, shown: str
):
	assert (
		f"<h1>{shown}</h1>" in requests.get(caller.intent(amount, currency)["redirect_url"], timeout=5).text
	)


@pytest.mark.parametrize(
	("amount", "action", "status", "back"),
	[
		(10, "pay", "succeeded", "return_url"),
		(10.05, "pay", "processing", "return_url"),
		(10.02, "pay", "failed", "cancel_url"),
		(10, "decline", "failed", "cancel_url"),
	],
)
def test_after_the_choice_the_customer_goes_back_to_the_shop(
	caller: Caller, amount: float, action: str, status: str, back: str
):
	intent = caller.intent(amount, **BACK)
	answer = choose(intent, action)
	assert (answer.status_code, answer.headers["Location"]) == (303, BACK[back])
	assert caller.now(intent)["status"] == status


def test_a_second_choice_changes_nothing(caller: Caller):
	intent = caller.intent(**BACK)
	choose(intent, "pay")
	assert choose(intent, "decline").headers["Location"] == BACK["return_url"]
	assert caller.now(intent)["status"] == "succeeded"
	assert [event["type"] for event in caller.sandbox.state()["events"]] == ["payment.succeeded"]


@pytest.mark.parametrize(
	"url",
	[
		None,
		"",
		"javascript:alert(1)",
		"ftp://x",
		"//x",
		"http://x\r\nSet-Cookie: a=b",
		"http://",
		"http://é/",
	],
)
def test_a_customer_is_sent_nowhere_but_to_the_web(caller: Caller, url: str | None):
	answer = choose(caller.intent(return_url=url), "pay")
	assert answer.status_code == 200
	assert "Location" not in answer.headers
	assert "Paid." in answer.text
	assert "<form" not in answer.text


def test_another_choice_is_none(caller: Caller):
	intent = caller.intent()
	assert choose(intent, "steal").status_code == 400
	assert caller.now(intent)["status"] == "requires_confirmation"


def test_a_page_of_nothing_is_not_found(caller: Caller):
	assert requests.get(f"{caller.sandbox.url}/pay/pi_0", timeout=5).status_code == 404
