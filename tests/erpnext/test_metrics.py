"""The metrics of a site, right across two gunicorn workers and a worker of the queue; and who may read them."""

import json
import os
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from redis.exceptions import ConnectionError as RedisDown

import frappe
from frappe.core.doctype.user.user import generate_keys

from otp_app.molam_sdk.metrics import REQUESTS
from otp_app.operations import counters, gauges, molam, processes
from otp_app.operations.counters import KEY
from otp_app.telemetry.names import PROMISE_SECONDS
from tests.erpnext import serving
from tests.erpnext.company import STORES
from tests.erpnext.operating import configured, empty, metrics, value, work_off
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

TOKEN = frappe.generate_hash(length=30)
BY_HTTP, BY_METHOD, BY_JOB = 24, 6, 7


@dataclass
class Server:
	"""A running site."""

	site: str
	port: int
	item: str
	key: str
	order: str

	def ask(self, path: str, body: object = None, method: str = "GET", **headers: str) -> tuple[int, str]:
		"""Status and body of an answer; headers have _ for -."""
		data = None if body is None else json.dumps(body).encode()
		sent = {"X-Frappe-Site-Name": self.site, "Content-Type": "application/json"}
		sent |= {name.replace("_", "-"): given for name, given in headers.items()}
		url = f"http://127.0.0.1:{self.port}{path}"
		request = urllib.request.Request(url, data=data, headers=sent, method="POST" if data else method)
		try:
			with urllib.request.urlopen(request, timeout=60) as answer:
				return answer.status, answer.read().decode()
		except urllib.error.HTTPError as error:
			return error.code, error.read().decode()

	def scrape(self) -> dict:
		"""The metrics, as Prometheus reads them."""
		frappe.cache.delete_value(gauges.NOW[0])
		status, text = self.ask("/metrics", Authorization=f"Bearer {TOKEN}")
		assert status == 200, text
		return metrics(text)

	def promise(self, path: str = "/otp/promise") -> None:
		line = {"item_code": self.item, "qty": 1, "warehouse": STORES}
		status, text = self.ask(path, {"items": [line]}, Authorization=f"token {self.key}")
		assert status == 200, text


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
	"""Two workers; what is here is committed, because they are other processes."""
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=1000)
	order = SalesOrderFactory(item_code=item, qty=1).name
	user = serving.new_user("Sales User", "Stock User")
	secret = generate_keys(user)["api_secret"]
	key = f"{frappe.db.get_value('User', user, 'api_key')}:{secret}"
	frappe.db.commit()
	frappe.cache.delete_value(processes.KEY)  # of servers that have ended
	with configured(otp_metrics_token=TOKEN), serving.server("frappe.app:application", "-w", "2") as port:
		yield Server(frappe.local.site, port, item, key, order)


def added(before: dict, after: dict, name: str, **labels: str) -> float:
	return value(after, name, **labels) - value(before, name, **labels)


def test_n_promises_through_all_processes_are_n_promises_counted(server: Server):
	empty("short")
	before = server.scrape()
	with ThreadPoolExecutor(4) as pool:
		list(pool.map(lambda _: server.promise(), range(BY_HTTP)))
		calls = ["/api/method/otp_app.api.promise.calculate"] * BY_METHOD
		list(pool.map(server.promise, calls))
	for _ in range(BY_JOB):
		line = {"item_code": server.item, "qty": 1, "warehouse": STORES}
		frappe.enqueue("otp_app.api.promise.calculate", queue="short", items=[line])
	work_off("short")
	after = server.scrape()
	all_of_them = BY_HTTP + BY_METHOD + BY_JOB
	assert added(before, after, "otp_promises_total", status="OK", confidence="HIGH") == all_of_them
	assert added(before, after, "otp_promise_duration_seconds_count") == all_of_them
	asked = {"method": "POST", "path": "/otp/promise"}
	assert added(before, after, "http_requests_total", **asked, status="200") == BY_HTTP
	assert added(before, after, "http_request_duration_seconds_count", **asked) == BY_HTTP
	asked = {"method": "POST", "path": "/api/method/otp_app.api.promise.calculate"}
	assert added(before, after, "http_requests_total", **asked, status="200") == BY_METHOD


def test_both_workers_tell_their_memory_and_none_is_made_up_for_jobs(server: Server):
	with ThreadPoolExecutor(8) as pool:
		list(pool.map(lambda _: server.promise(), range(40)))
	found = server.scrape()
	told = [
		used
		for (name, labels), used in found.items()
		if name == "otp_process_memory_bytes" and not dict(labels)["process"].endswith(f"-{os.getpid()}")
	]
	assert len(told) == 2
	assert all(20e6 < used < 1e9 for used in told)


def test_an_order_that_is_submitted_counts_once():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	before = metrics()
	SalesOrderFactory(item_code=item, qty=1)
	after = metrics()
	assert added(before, after, "otp_promises_total", status="OK", confidence="HIGH") == 1


@pytest.mark.parametrize(
	("path", "label", "status"),
	[
		("/otp/sales-orders/{order}", "/otp/sales-orders/{name}", "200"),
		("/otp/sales-orders/No-Such-Order-17", "/otp/sales-orders/{name}", "404"),
		("/otp/no/such/path/17", "/otp/{unknown}", "404"),
		("/api/method/otp_app.api.promise.no_such_17", "/api/method/{unknown}", "417"),
		("/otp/health", "/otp/health", "200"),
	],
)
def test_a_label_never_has_what_somebody_made_up(server: Server, path: str, label: str, status: str):
	before = server.scrape()
	told = server.ask(path.format(order=server.order), Authorization=f"token {server.key}")
	after = server.scrape()
	assert str(told[0]) == status
	assert added(before, after, "http_requests_total", method="GET", path=label, status=status) == 1
	told = [text for _, labels in after for _, text in labels]
	assert [text for text in told if "such" in text.lower() or server.order in text] == []


def test_what_is_refused_before_it_comes_to_a_page_is_counted(server: Server):
	before = server.scrape()
	assert server.ask("/otp/promise", method="DELETE")[0] == 405
	assert server.ask("/otp/promise", {}, Authorization="token wrong:key")[0] == 401
	after = server.scrape()
	path = {"path": "/otp/promise"}
	assert added(before, after, "http_requests_total", method="DELETE", **path, status="405") == 1
	assert added(before, after, "http_requests_total", method="POST", **path, status="401") == 1


def test_other_pages_of_the_site_are_not_counted(server: Server):
	before = server.scrape()
	assert server.ask("/api/method/ping")[0] == 200
	assert server.ask("/health")[0] == 200
	after = server.scrape()
	names = ("http_requests_total",)
	assert {k: v for k, v in before.items() if k[0] in names} == {
		k: v for k, v in after.items() if k[0] in names
	}


def test_the_token_opens_the_metrics_and_nothing_else_does(server: Server):
	assert server.ask("/metrics")[0] == 401
	assert server.ask("/metrics", Authorization=f"Bearer {TOKEN}x")[0] == 401
	assert server.ask("/metrics", Authorization=f"token {server.key}")[0] == 401
	assert server.ask("/metrics", {}, Authorization=f"Bearer {TOKEN}")[0] == 405
	assert server.ask("/api/method/frappe.auth.get_logged_user", Authorization=f"Bearer {TOKEN}")[0] == 401


def test_counters_outlive_a_cleared_cache():
	counters.observe(PROMISE_SECONDS, 0.003)
	counters.write()
	before = dict(counters.read())
	frappe.clear_cache()
	assert dict(counters.read()) == before


def test_a_promise_is_made_while_redis_takes_no_counters(monkeypatch):
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)

	def down(*args, **kwargs):
		raise RedisDown("refused")

	before = metrics()
	with monkeypatch.context() as patch:
		patch.setattr(frappe.cache, "pipeline", down)
		order = SalesOrderFactory(item_code=item, qty=1)
	assert order.otp_promise
	after = metrics()
	assert added(before, after, "otp_promise_duration_seconds_count") == 0


def test_what_the_client_of_molam_counts_is_the_site_s_once(sandbox):
	from tests.erpnext.paying import ordered, requested

	molam.add_what_is_new()
	before = metrics()
	sent = _sent()
	requested(ordered())
	sent = _sent() - sent
	molam.add_what_is_new()
	after = metrics()
	counted = sum(after[key] - before.get(key, 0) for key in after if key[0] == "molam_sdk_requests_total")
	timed = [key for key in after if key[0] == "molam_sdk_request_latency_seconds_count"]
	assert sent > 0
	assert counted == sent
	assert sum(after[key] - before.get(key, 0) for key in timed) == sent
	states = [state for (name, _), state in after.items() if name == "circuit_breaker_state"]
	assert states == [0.0]


def _sent() -> float:
	return sum(s.value for s in REQUESTS.collect()[0].samples if s.name.endswith("_total"))


def test_open_promises_and_the_backlog_are_counted_from_the_tables():
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=10)
	before = metrics()
	SalesOrderFactory(item_code=item, qty=1)
	row = {"document_type": "Item", "document": item, "move": "{}"}
	note = frappe.get_doc({"doctype": "Order Promise Move", "name": frappe.generate_hash(length=10), **row})
	note.db_insert()
	old = frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-90)
	frappe.db.set_value("Order Promise Move", note.name, "creation", old, update_modified=False)
	after = metrics()
	assert added(before, after, "otp_open_promises", status="Committed") == 1
	assert added(before, after, "otp_watching_backlog") == 1
	assert value(after, "otp_watching_oldest_seconds") >= 90 * 60
	assert value(after, "erpnext_connection_status") == 1


def test_reading_the_metrics_again_asks_no_table(monkeypatch):
	from tests.erpnext.counting import queries

	metrics()
	gauges.read()
	with queries() as seen:
		gauges.read()
	assert seen == []


def test_a_database_that_hangs_is_told_and_the_counters_are_there(monkeypatch):
	monkeypatch.setattr("otp_app.operations.checks.database", lambda: "It does not answer.")
	counters.observe(PROMISE_SECONDS, 0.003)
	counters.write()
	found = metrics()
	assert found[("erpnext_connection_status", frozenset())] == 0
	assert value(found, "otp_promise_duration_seconds_count") >= 1
	assert "otp_watching_backlog" not in {name for name, _ in found}


@pytest.mark.parametrize("missing", [(1146, "Table 'tabX' doesn't exist"), (1054, "Unknown column 'x'")])
def test_before_the_site_is_migrated_it_is_told_to_answer(monkeypatch, missing):
	error = frappe.db.ProgrammingError if missing[0] == 1146 else frappe.db.OperationalError

	def read():
		raise error(*missing)

	gauges.forget()
	monkeypatch.setattr(gauges, "_now", read)
	found = metrics()
	assert found[("erpnext_connection_status", frozenset())] == 1
	assert "otp_watching_backlog" not in {name for name, _ in found}


def test_counting_a_promise_costs_less_than_a_millisecond():
	seconds = []
	for _ in range(200):
		started = time.perf_counter()
		counters.observe(PROMISE_SECONDS, 0.003)
		counters.write()
		seconds.append(time.perf_counter() - started)
	assert statistics.median(seconds) < 0.001


def test_all_counters_go_with_the_app():
	from otp_app.operations.keys import remove_keys

	counters.observe(PROMISE_SECONDS, 0.003)
	counters.write()
	metrics()
	remove_keys()
	assert frappe.cache.keys(frappe.cache.make_key("otp*")) == []
	assert not frappe.cache.exists(frappe.cache.make_key(KEY))
