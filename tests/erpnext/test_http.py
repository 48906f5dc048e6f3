"""The calls over HTTP: a real server of this site, a real API key, the status and body a program gets."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import frappe
from frappe.core.doctype.user.user import generate_keys

from tests.erpnext import serving
from tests.erpnext.company import STORES
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.stock import StockEntryFactory


@dataclass
class Server:
	"""A running site, what was put on it, and the API key of an order taker and of somebody who is none."""

	port: int
	item: str
	customer: str
	order_taker: str
	outsider: str

	def post(self, body: Any, key: str | None, **headers: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
		"""Status, JSON body and headers of a call of `calculate`."""
		request = urllib.request.Request(
			f"http://127.0.0.1:{self.port}/api/method/otp_app.api.promise.calculate",
			data=body if isinstance(body, bytes) else json.dumps(body).encode(),
			headers={
				"Content-Type": "application/json",
				"X-Frappe-Site-Name": frappe.local.site,
				**({"Authorization": f"token {key}"} if key else {}),
				**headers,
			},
		)
		try:
			with urllib.request.urlopen(request, timeout=60) as answer:
				return answer.status, json.load(answer), dict(answer.headers)
		except urllib.error.HTTPError as error:
			return error.code, json.load(error), dict(error.headers)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
	"""What is here is committed, because the server is another process; the site is thrown away after the tests."""
	item, customer = ItemFactory().name, CustomerFactory().name
	StockEntryFactory(item_code=item, qty=1000)
	PurchaseOrderFactory(item_code=item, qty=500, schedule_date=days(9))
	keys = [key_of("Sales User", "Purchase User"), key_of("Projects User")]
	frappe.db.commit()
	with serving.server() as port:
		yield Server(port, item, customer, *keys)


def key_of(*roles: str) -> str:
	name = serving.new_user(*roles)
	secret = generate_keys(name)["api_secret"]
	return f"{frappe.db.get_value('User', name, 'api_key')}:{secret}"


def line(server: Server, **values: Any) -> dict[str, Any]:
	return {"item_code": server.item, "qty": 5, "warehouse": STORES, **values}


def test_an_order_taker_gets_a_promise(server: Server):
	body = {"customer": server.customer, "items": [line(server)]}
	status, answer, _ = server.post(body, server.order_taker)
	assert (status, answer["message"]["status"]) == (200, "OK")
	assert answer["message"]["plan"][0]["fulfillment"][0]["source"] == "stock"


def test_the_command_line_gives_the_same_bytes_over_a_snapshot_of_the_site(server: Server, tmp_path: Path):
	body = {"customer": server.customer, "items": [line(server, qty=1200)], "desired_date": str(days(5))}
	_, answer, _ = server.post(body, server.order_taker)
	over_http = answer["message"]
	otp = [sys.executable, "-W", "ignore", "-m", "otp_app.cli", "promise", "--json", "--order", "-"]
	bench = [sys.executable, "-W", "ignore", "-m", "frappe.utils.bench_helper", "frappe"]
	file = str(tmp_path / "site.sqlite")
	snapshot = [*bench, "--site", frappe.local.site, "otp-snapshot", file, "--customers"]
	subprocess.run(snapshot, check=True, capture_output=True)

	now = ["--now", over_http["calculated_at"]]
	ran = subprocess.run(
		[*otp, "--snapshot", file, *now], input=json.dumps(body), capture_output=True, text=True
	)
	embedded = json.loads(ran.stdout)

	assert [peg["source"] for peg in over_http["plan"][0]["fulfillment"]] == ["stock", "purchase_order"]
	for each in (over_http, embedded):
		del each["request_id"], each["calculated_at"]
	assert json.dumps(over_http) == json.dumps(embedded)


def test_the_caller_s_request_id_comes_back(server: Server):
	body = {"items": [line(server)]}
	_, answer, _ = server.post(body, server.order_taker, **{"X-Request-Id": "desk-17"})
	assert answer["message"]["request_id"] == "desk-17"


def test_an_unknown_item_is_404_and_says_which(server: Server):
	body = {"items": [line(server, item_code="No Such Item")]}
	status, answer, _ = server.post(body, server.order_taker)
	assert status == 404
	assert answer["error"] == {
		"code": "UNKNOWN_ITEM",
		"message": "There is no item No Such Item.",
		"field": "items[0].item_code",
	}
	assert set(answer) == {"error", "request_id"}


@pytest.mark.parametrize(
	("body", "expected", "code"),
	[
		({"items": 5}, 400, "MALFORMED"),
		({"items": []}, 422, "NO_ITEMS"),
		({"itmes": []}, 422, "UNKNOWN_FIELD"),
		({"items": [{"item_code": "X", "qty": 1}] * 10_000}, 422, "TOO_MANY_LINES"),
		({"items": [{"item_code": "X", "qty": 1e308}]}, 422, "OUT_OF_RANGE"),
	],
	ids=["wrong shape", "no lines", "misspelt", "10,000 lines", "1e308"],
)
def test_a_bad_request_has_its_own_status(server: Server, body: Any, expected: int, code: str):
	status, answer, _ = server.post(body, server.order_taker)
	assert (status, answer["error"]["code"]) == (expected, code)


def test_who_takes_no_orders_gets_403(server: Server):
	status, answer, _ = server.post({"items": [line(server)]}, server.outsider)
	assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(("key", "expected"), [(None, 403), ("wrong:key", 401)])
def test_a_guest_and_a_wrong_key_are_turned_away(server: Server, key: str | None, expected: int):
	status, _, _ = server.post({"items": [line(server)]}, key)
	assert status == expected
