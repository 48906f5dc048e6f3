"""Webhooks over HTTP: a real server, true requests and mutated ones. None that is mutated is accepted, none breaks it.

OTP_WEBHOOK_MUTATIONS sets how many (`make molam-webhooks`: 10,000); -s prints what was answered.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import frappe

from otp_app.molam_sandbox import running
from tests.erpnext import serving
from tests.erpnext.company import COMPANY
from tests.erpnext.paying import committed, ordered, requested, take_payments
from tests.erpnext.secrets import SECRET
from tests.erpnext.signing import event, signature

MUTATIONS = int(os.environ.get("OTP_WEBHOOK_MUTATIONS", "300"))
REFUSED = {400, 401, 403, 404, 405, 411, 413, 414, 415, 431}
Request = dict


@pytest.fixture(scope="module")
def webhook() -> Iterator[str]:
	"""The address of a server's webhook; what is here is committed, because the server is another process."""
	with committed("http://127.0.0.1:9"), serving.server("frappe.app:application", "-w", "2") as port:
		yield f"http://127.0.0.1:{port}/otp/molam/webhook"


def true_request(name: str | None = None) -> Request:
	body = event("payment.succeeded", {"id": "pi_unknown", "amount": 12.5, "note": "é"}, name)
	return {"body": body, "headers": {"Molam-Signature": signature(body), "Content-Type": "application/json"}}


def send(session: requests.Session, url: str, request: Request) -> requests.Response:
	headers = {"X-Frappe-Site-Name": frappe.local.site, **request["headers"]}
	return session.request(
		request.get("method", "POST"),
		url + request.get("query", ""),
		data=request["body"],
		headers=headers,
		timeout=60,
	)


def test_a_true_request_is_accepted_once(webhook):
	request = true_request()
	with requests.Session() as session:
		first, second = send(session, webhook, request), send(session, webhook, request)
	assert (first.status_code, first.json()["duplicate"]) == (200, False), first.text
	assert (second.status_code, second.json()["duplicate"]) == (200, True)


def test_a_request_to_another_company_is_refused(webhook):
	with requests.Session() as session:
		assert send(session, webhook, true_request() | {"query": "?company=Nobody"}).status_code == 400
		assert send(session, webhook, true_request() | {"query": f"?company={COMPANY}"}).status_code == 200


@pytest.fixture
def connected(webhook, tmp_path) -> Iterator:
	"""A sandbox that sends its events to the server, which knows the site by the host that they are sent to."""
	port = urlsplit(webhook).port
	alias = Path("127.0.0.1")
	alias.symlink_to(frappe.local.site)
	try:
		with running(
			webhook_secret=SECRET, webhook_url=f"http://127.0.0.1:{port}/otp/molam/webhook"
		) as sandbox:
			take_payments(sandbox.url)
			frappe.db.commit()
			yield sandbox
	finally:
		alias.unlink()


def test_a_payment_is_booked_by_the_event_and_a_worker_alone(connected):
	"""Nobody presses anything: sandbox, server, queue and worker are real."""
	order = ordered()
	payment = requested(order)
	frappe.db.commit()
	connected.pay(payment["intent_id"])
	wait_for(
		lambda: frappe.db.exists(
			"Molam Webhook Event", {"event_type": "payment.succeeded", "status": "Received"}
		)
	)
	worker = [
		sys.executable,
		"-m",
		"frappe.utils.bench_helper",
		"frappe",
		"worker",
		"--queue",
		"short",
		"--burst",
	]
	subprocess.run(worker, check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	frappe.db.rollback()
	paid = frappe.get_doc("Molam Payment", payment["payment"])
	assert (paid.status, bool(paid.payment_entry)) == ("Paid", True)
	assert frappe.db.get_value("Molam Webhook Event", {"molam_payment": paid.name}, "status") == "Processed"


def wait_for(condition: Callable[[], object]) -> None:
	"""What another process commits."""
	for _ in range(100):
		frappe.db.rollback()
		if condition():
			return
		time.sleep(0.1)
	raise TimeoutError("It did not come to pass in ten seconds")


def header_of(request: Request) -> str:
	return request["headers"]["Molam-Signature"]


def with_header(request: Request, value: str | bytes) -> Request:
	return request | {"headers": request["headers"] | {"Molam-Signature": value}}


def flip_signature(request: Request, dice: random.Random) -> Request:
	head, _, rest = header_of(request).partition("v1=")
	at = dice.randrange(64)
	other = dice.choice([digit for digit in "0123456789abcdefABCDEFxyz" if digit != rest[at]])
	return with_header(request, f"{head}v1={rest[:at]}{other}{rest[at + 1 :]}")


def cut_signature(request: Request, dice: random.Random) -> Request:
	text = header_of(request)
	start, end = sorted(dice.sample(range(len(text)), 2))
	# Without the key's id the first one is meant, which is the right one.
	cut = text[:start] + text[end:]
	return with_header(request, cut if cut != text.removesuffix(",kid=v1") else "")


def flip_body(request: Request, dice: random.Random) -> Request:
	body = bytearray(request["body"])
	at = dice.randrange(len(body))
	body[at] ^= 1 << dice.randrange(8)
	return request | {"body": bytes(body)}


def cut_body(request: Request, dice: random.Random) -> Request:
	return request | {"body": request["body"][: dice.randrange(len(request["body"]))]}


def longer_body(request: Request, dice: random.Random) -> Request:
	return request | {"body": request["body"] + dice.choice([b" ", b"\n", b"\x00", b"}", b"\xff" * 50])}


def same_meaning(request: Request, dice: random.Random) -> Request:
	"""The same JSON, written differently."""
	values = json.loads(request["body"])
	return request | {"body": json.dumps(values, indent=dice.choice([1, 2, 4])).encode()}


def other_encoding(request: Request, dice: random.Random) -> Request:
	text = request["body"].decode()
	encoded = text.encode(dice.choice(["utf-16", "utf-32", "utf-7", "utf-8-sig", "cp037"]))
	return request | {"body": encoded}


def other_time(request: Request, dice: random.Random) -> Request:
	"""Signed correctly, too early or too late."""
	away = dice.choice([-1, 1]) * dice.uniform(301, 10**9)
	return with_header(request, signature(request["body"], moment=time.time() + away))


def moved_time(request: Request, dice: random.Random) -> Request:
	"""An old signature under a new time."""
	_, _, rest = header_of(request).partition(",")
	return with_header(request, f"t={int(time.time() * 1000) + dice.randrange(1, 200_000)},{rest}")


def strange_header(request: Request, dice: random.Random) -> Request:
	text = header_of(request)
	ways = (
		"",
		"t=,v1=,kid=",
		text + "," + text,
		text.replace("kid=v1", f"kid={dice.choice(['v2', '../v1', '%00', 'v 1', '', 'V1', chr(39)])}"),
		text.replace("t=", "t=-"),
		text.replace("t=", "t=0x"),
		text.upper(),
		text.replace("v1=", "v0="),
		"t=" + "9" * dice.randrange(1, 400),
		"é".encode("latin-1") + text.encode(),
		"\x7f" + text,
		text * dice.randrange(2, 90),
		json.dumps({"t": 1, "v1": "x"}),
	)
	return with_header(request, dice.choice(ways))


def wrong_secret(request: Request, dice: random.Random) -> Request:
	secret = dice.choice(["", "whsec_sandbox", SECRET[:-1], SECRET.upper(), "*" * len(SECRET), SECRET + "\n"])
	return with_header(request, signature(request["body"], secret=secret))


def no_event(request: Request, dice: random.Random) -> Request:
	"""Signed, but not what an event is."""
	bodies = (
		b"",
		b"[]",
		b"null",
		b"{}",
		b'"x"',
		b"1e999999",
		b"[" * 20_000,
		b'{"id": {}, "type": "x"}',
		b'{"id": "", "type": "x"}',
		b'{"id": "a\\u0000b", "type": "x"}',
		b'{"id": "\\ud800", "type": "x"}',
		json.dumps({"id": "x" * 141, "type": "y"}).encode(),
		json.dumps({"id": "x", "type": ["payment.succeeded"]}).encode(),
		b"\xff\xfe\x00",
		b'{"id": "x", "type": "y", "id": 5}',
	)
	body = dice.choice(bodies)
	return with_header(request, signature(body)) | {"body": body}


def other_headers(request: Request, dice: random.Random) -> Request:
	"""Mutated, and in another wrapping."""
	more = dice.choice(
		(
			{"Content-Type": "application/x-www-form-urlencoded"},
			{"Content-Type": "multipart/form-data; boundary=x"},
			{"Content-Type": "application/json; charset=nonsense"},
			{"Content-Type": ""},
			{"Content-Encoding": "gzip"},
			{"Authorization": "token a:b"},
			{"Authorization": "Bearer " + "x" * 100},
			{"Authorization": "Basic ????"},
			{"Cookie": "sid=" + "0" * 30},
			{"Expect": "100-continue"},
			{"X-HTTP-Method-Override": "PUT"},
			{"Accept": "text/html"},
			{"X-Request-Id": "x" * 500},
		)
	)
	mutated = dice.choice([flip_signature, flip_body, wrong_secret])(request, dice)
	return mutated | {"headers": mutated["headers"] | more}


def other_method(request: Request, dice: random.Random) -> Request:
	return request | {"method": dice.choice(["GET", "PUT", "DELETE", "PATCH", "HEAD"])}


def large(request: Request, dice: random.Random) -> Request:
	body = b'{"id": "x", "type": "y", "data": "' + b"z" * dice.randrange(262_145, 500_000) + b'"}'
	return with_header(request, signature(body)) | {"body": body}


WAYS: tuple[Callable[[Request, random.Random], Request], ...] = (
	flip_signature,
	cut_signature,
	flip_body,
	cut_body,
	longer_body,
	same_meaning,
	other_encoding,
	other_time,
	moved_time,
	strange_header,
	wrong_secret,
	no_event,
	other_headers,
	other_method,
	large,
)


def test_no_mutated_request_is_accepted_and_none_breaks_the_server(webhook):
	dice, answers, odd = random.Random(4), Counter(), []
	frappe.db.commit()
	stored = frappe.db.count("Molam Webhook Event")
	with requests.Session() as session:
		for index in range(MUTATIONS):
			way = WAYS[index % len(WAYS)]
			request = way(true_request(f"evt_{index}"), dice)
			found = send(session, webhook, request)
			answers[way.__name__, found.status_code] += 1
			if found.status_code not in REFUSED:
				odd.append(
					(
						way.__name__,
						request["headers"],
						request["body"][:200],
						found.status_code,
						found.text[:300],
					)
				)
	for (way, status), times in sorted(answers.items()):
		print(f"{way:16} {status} {times:6}")
	accepted = sum(times for (_, status), times in answers.items() if status < 400)
	errors = sum(times for (_, status), times in answers.items() if status >= 500)
	print(f"{MUTATIONS} mutated requests: accepted {accepted}, server errors {errors}")
	assert not odd, odd[:3]
	frappe.db.commit()
	assert frappe.db.count("Molam Webhook Event") == stored
