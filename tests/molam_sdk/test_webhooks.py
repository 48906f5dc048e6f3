"""Webhooks: what Molam signed is accepted; whatever is changed of it is refused, with a word why."""

from __future__ import annotations

import hashlib
import hmac
import random
import time
from decimal import Decimal
from typing import Any

import pytest

from otp_app.molam_sdk import (
	MolamClient,
	WebhookEvent,
	WebhookVerificationError,
	construct_event,
	verify_molam_signature,
)

SECRETS = {"v1": "whsec_one", "2026-02": "whsec_two"}
BODY = b'{"id":"evt_1","type":"payment.succeeded","created":1,"data":{"amount":100.10,"name":"\xc3\xa9"}}'


def signed(body: bytes = BODY, kid: str = "v1", ago: float = 0, secret: str | None = None) -> str:
	moment = int((time.time() - ago) * 1000)
	key = (secret or SECRETS[kid]).encode()
	signature = hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
	return f"t={moment},v1={signature},kid={kid}"


@pytest.mark.parametrize("kid", SECRETS)
def test_a_signed_request_is_accepted_by_every_key_in_use(kid: str):
	header = signed(kid=kid)
	assert verify_molam_signature(header, BODY, SECRETS.get) is True
	assert verify_molam_signature(header, BODY, SECRETS.__getitem__) is True
	assert verify_molam_signature(header, BODY.decode(), lambda kid: SECRETS[kid].encode()) is True
	assert MolamClient.verify_webhook_signature(header, BODY, SECRETS.get) is True


def test_the_key_id_is_v1_unless_it_is_said():
	assert verify_molam_signature(signed().rpartition(",")[0], BODY, SECRETS.get) is True


def test_an_event_has_exact_amounts_that_compare_with_floats():
	event = construct_event(BODY, signed(), SECRETS.get)
	assert event["data"]["amount"] == 100.10 == WebhookEvent.model_validate(event).data["amount"]
	assert event["data"]["amount"] == Decimal("100.10")
	assert event["data"]["name"] == "é"


@pytest.mark.parametrize(
	("header", "says"),
	[
		(None, "Missing Molam-Signature"),
		("", "Missing Molam-Signature"),
		("invalid_format", "Invalid signature header"),
		("t=1", "Invalid signature header"),
		("v1=ab,kid=v1", "Invalid signature header"),
		("t=soon,v1=ab", "Invalid signature header"),
		("t=\u0661,v1=ab", "Invalid signature header"),
		("t=1_0,v1=ab", "Invalid signature header"),
		("t=" + "9" * 5000 + ",v1=ab", "Invalid signature header"),
		("t=1,v1=ab,v1=cd", "Invalid signature header"),
		("t=1,v1=ab,", "Invalid signature header"),
		("t=1,v1=ab,kie=v1", "Invalid signature header"),
		("t=1,v1=\x7f", "Invalid signature header"),
	],
)
def test_a_header_that_is_none_has_its_words(header: str | None, says: str):
	with pytest.raises(WebhookVerificationError, match=says):
		construct_event(BODY, header, SECRETS.get)


@pytest.mark.parametrize(
	("how", "says"),
	[
		({"ago": 301}, "timestamp outside tolerance"),
		({"ago": -301}, "timestamp outside tolerance"),
		({"kid": "new", "secret": "x"}, "Unknown key ID"),
		({"secret": "whsec_wrong"}, "Signature mismatch"),
		({"body": BODY + b" "}, "Signature mismatch"),
	],
)
def test_a_signature_that_is_not_good_has_its_words(how: dict[str, Any], says: str):
	with pytest.raises(WebhookVerificationError, match=says) as caught:
		construct_event(BODY, signed(**how), SECRETS.get)
	assert not any(secret in str(caught.value) for secret in SECRETS.values())


@pytest.mark.parametrize(
	"body", [b"invalid json", b"\xff\xfe", b"[]", b"NaN", b"", b"[" * 100_000, b'"evt_1"']
)
def test_what_is_signed_but_no_event_is_refused(body: bytes):
	with pytest.raises(WebhookVerificationError, match="Invalid JSON payload"):
		construct_event(body, signed(body), SECRETS.get)


def test_of_ten_thousand_mutations_none_is_accepted():
	chance = random.Random(7)
	header, accepted = signed(), 0
	for _ in range(10_000):
		body, changed = bytearray(BODY), list(header)
		if chance.random() < 0.5:
			body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
		else:
			place = chance.randrange(len(changed))
			changed[place] = chance.choice([chr(chance.randrange(0x20, 0x250)), "", changed[place] * 2])
		mutated = "".join(changed)
		if (mutated, bytes(body)) == (header, BODY):
			continue
		try:
			verify_molam_signature(mutated, bytes(body), SECRETS.get)
			accepted += 1
		except WebhookVerificationError:
			pass
	assert accepted == 0


def test_a_signed_number_beyond_all_bounds_is_no_json():
	body = b'{"amount": 1e99999999999999999999}'
	with pytest.raises(WebhookVerificationError, match="Invalid JSON payload"):
		construct_event(body, signed(body), SECRETS.get)
