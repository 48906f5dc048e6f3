"""Events sent to another system: a real server on this machine gets them, signed; what fails is tried again."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import frappe

from otp_app.promises.watching import webhook
from tests.erpnext.promising import promise_of, settings
from tests.erpnext.stories.telling import cancel
from tests.erpnext.watched import bought, committed, judge, stocked, uncommitted
from tests.factories.stock import StockEntryFactory, StockReconciliationFactory

SECRET = "a secret of the receiver's own"
EVENT = "Order Promise Event"


class Receiver:
	"""What was received; `answers` are the statuses to come, then 200."""

	def __init__(self) -> None:
		self.requests: list[tuple[dict[str, str], bytes]] = []
		self.answers: list[int] = []
		self.pause = 0.0
		outer = self

		class Handler(BaseHTTPRequestHandler):
			def do_POST(self) -> None:
				body = self.rfile.read(int(self.headers["Content-Length"]))
				outer.requests.append((dict(self.headers), body))
				time.sleep(outer.pause)
				self.send_response(outer.answers.pop(0) if outer.answers else 200)
				self.send_header("Location", "/elsewhere")
				self.send_header("Content-Length", "0")
				self.end_headers()

			def log_message(self, *args: object) -> None:
				pass

		self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		self.url = f"http://127.0.0.1:{self.server.server_port}/promises"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
	one = Receiver()
	Thread(target=one.server.serve_forever, daemon=True).start()
	settings(webhook_url=one.url, webhook_secret=SECRET, notify_owner=0)
	yield one
	one.server.shutdown()


def deliver() -> None:
	with uncommitted():
		webhook.deliver()


def test_what_becomes_of_a_promise_is_sent_signed(receiver: Receiver):
	item, purchase = bought()
	order = committed(item)
	cancel(purchase)
	judge()
	StockEntryFactory(item_code=item, qty=10)
	judge()
	frappe.db.set_value("Order Promise Line", promise_of(order).lines[0].name, "promise_date", "2020-01-01")
	StockReconciliationFactory(item_code=item, qty=6)
	judge()
	deliver()
	deliver()
	bodies = [json.loads(body) for _headers, body in receiver.requests]
	assert [body["type"] for body in bodies] == ["promise.at_risk", "promise.recovered", "promise.broken"]
	first = bodies[0]
	assert first["document"] == {"doctype": "Sales Order", "name": order.name}
	assert first["moved"]["text"] == f"Purchase Order {purchase.name} was cancelled."
	assert (first["promise_date"], first["expected_date"]) == (str(promise_of(order).promise_date), None)
	for headers, body in receiver.requests:
		moment = headers["X-OTP-Timestamp"]
		assert abs(int(moment) - time.time()) < 60
		signed = hmac.new(SECRET.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
		assert headers["X-OTP-Signature"] == f"t={moment},v1={signed}"
		assert headers["X-OTP-Event"] == json.loads(body)["type"]
		assert headers["X-OTP-Delivery"] == json.loads(body)["id"]
	sent = frappe.get_all(EVENT, {"promise": promise_of(order).name}, ["webhook_status", "webhook_attempts"])
	assert all((row.webhook_status, row.webhook_attempts) == ("Sent", 1) for row in sent)


def late_order():
	item = stocked(10)
	order = committed(item)
	StockReconciliationFactory(item_code=item, qty=6)
	judge()
	return frappe.get_doc(EVENT, {"promise": promise_of(order).name})


def pretend_time_has_passed(event) -> None:
	frappe.db.set_value(EVENT, event.name, "webhook_next", "2020-01-01 00:00:00")


def test_what_is_not_taken_is_sent_again_the_same_until_it_is(receiver: Receiver):
	event = late_order()
	receiver.answers = [500, 302]
	for status, attempts, answer in (
		("Pending", 1, "HTTP 500"),
		("Pending", 2, "HTTP 302"),
		("Sent", 3, None),
	):
		deliver()
		deliver()  # not yet
		event.reload()
		found = (event.webhook_status, event.webhook_attempts, event.webhook_answer)
		assert found == (status, attempts, answer)
		pretend_time_has_passed(event)
	assert len({body for _headers, body in receiver.requests}) == 1
	assert len(receiver.requests) == 3, "a redirect is not followed"


def test_after_three_days_it_has_failed(receiver: Receiver):
	event = late_order()
	receiver.answers = [503] * 20
	for _ in range(20):
		deliver()
		pretend_time_has_passed(event)
	event.reload()
	assert (event.webhook_status, event.webhook_attempts) == ("Failed", len(webhook.PAUSES) + 1)


def test_a_receiver_that_does_not_answer_or_is_not_there_stops_nothing(receiver: Receiver, monkeypatch):
	monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", (0.5, 0.2))
	receiver.pause = 1.0
	event = late_order()
	deliver()
	event.reload()
	assert event.webhook_answer == "ReadTimeout"
	receiver.server.shutdown()
	receiver.server.server_close()
	pretend_time_has_passed(event)
	deliver()
	event.reload()
	assert event.webhook_answer in ("ConnectionError", "ConnectTimeout")


def test_events_wait_while_one_fails(receiver: Receiver):
	late_order(), late_order()
	receiver.answers = [500]
	deliver()
	assert len(receiver.requests) == 1


@pytest.mark.parametrize(
	("url", "why"),
	(
		("http://example.com/x", "is not encrypted"),
		("ftp://example.com/x", "is no address"),
		("example.com", "is no address"),
		("https://user:pass@example.com/", "holds a password"),
	),
)
def test_addresses_that_are_refused(url: str, why: str):
	with pytest.raises(frappe.ValidationError, match=why):
		settings(webhook_url=url, webhook_secret=SECRET)


def test_a_host_may_be_allowed_in_the_configuration_and_https_is_always(monkeypatch):
	monkeypatch.setitem(frappe.local.conf, webhook.ALLOWED, ["inside.example"])
	assert webhook.problem_of("http://inside.example/x") is None
	assert webhook.problem_of("https://example.com/x") is None
	assert webhook.problem_of("http://localhost:8080/x") is None


def test_without_a_long_secret_nothing_is_set_up():
	with pytest.raises(frappe.ValidationError, match="Webhook Secret is too short: give it 16"):
		settings(webhook_url="https://example.com/x", webhook_secret="short")


def test_only_system_managers_see_and_set_the_address(receiver: Receiver):
	from tests.erpnext.serving import new_user

	manager = new_user("Sales Manager")
	frappe.set_user(manager)
	doc = frappe.get_doc("Order Promise Settings")
	doc.webhook_url = "https://example.com/mine"
	doc.notify_owner = 1
	doc.save()
	frappe.set_user("Administrator")
	doc = frappe.get_doc("Order Promise Settings")
	assert (doc.webhook_url, doc.notify_owner) == (receiver.url, 1)
	assert doc.get_password("webhook_secret") == SECRET
