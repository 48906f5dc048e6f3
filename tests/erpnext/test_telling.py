"""What a site says in its log, and under /health and /ready, also where something hangs or is full."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import ConnectionPool

import frappe

from otp_app.api import probes
from otp_app.operations import checks, logs
from otp_app.operations.promises import recording, without_values
from otp_app.operations.tracing import enqueue
from tests.erpnext.company import STORES
from tests.erpnext.counting import queries
from tests.erpnext.operating import empty, work_off
from tests.erpnext.test_metrics import Server, server  # noqa: F401
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

CALCULATE = "otp_app.api.promise.calculate"


def lines(request_id: str | None = None) -> list[dict]:
	"""The log so far, or what one request has said in it."""
	every = [json.loads(line) for line in logs.log_file().read_text().splitlines()]
	return [line for line in every if request_id is None or line["request_id"] == request_id]


@pytest.fixture
def item() -> str:
	code = ItemFactory().name
	StockEntryFactory(item_code=code, qty=10)
	return code


@contextmanager
def reopened(monkeypatch, path: Path | None = None) -> Iterator[None]:
	"""The log opened anew, in a file of its own."""
	with monkeypatch.context() as patch:
		if path is not None:
			patch.setattr(logs, "log_file", lambda: path)
		logs._logger.handlers = []
		yield
	logs._logger.handlers = []


def test_a_promise_is_one_line(item: str):
	customer = CustomerFactory().name
	frappe.local.otp_request_id = name = frappe.generate_hash(length=12)
	SalesOrderFactory(item_code=item, qty=1, customer=customer)
	(line,) = lines(name)
	assert line["message"] == "Promise"
	assert (line["customer"], line["status"], line["confidence"]) == (customer, "OK", "HIGH")
	assert line["site"] == frappe.local.site
	assert line["logger"] == "otp_app"
	assert 0 < line["duration_ms"] < 500
	assert 1 <= line["queries"] <= 10
	assert line["promise_date"] >= frappe.utils.today()


def test_a_slow_promise_tells_its_queries_without_their_values(item: str):
	frappe.local.otp_request_id = name = frappe.generate_hash(length=12)
	frappe.conf.otp_slow_ms = 0.001
	try:
		SalesOrderFactory(item_code=item, qty=1)
	finally:
		frappe.conf.pop("otp_slow_ms")
	(line,) = lines(name)
	assert (line["level"], line["message"]) == ("WARNING", "Slow promise")
	assert len(line["statements"]) == line["queries"]
	assert all(one["ms"] >= 0 and one["sql"] for one in line["statements"])
	assert item not in json.dumps(line["statements"])


def test_values_are_left_out_of_a_query():
	sql = (
		"select name  from `tabItem`\n where name = 'It\\'s 5' and qty > 3.50 and `t1`.`x2` = \"Ann\" limit 7"
	)
	assert without_values(sql) == (
		"select name from `tabItem` where name = ? and qty > ? and `t1`.`x2` = ? limit ?"
	)


def test_recording_leaves_the_database_as_it_was():
	assert "sql" not in vars(frappe.local.db)
	with recording() as ran:
		frappe.db.sql("select %s", "a value")
	assert [one.sql for one in ran] == ["select %s"]
	assert "sql" not in vars(frappe.local.db)


def test_recording_a_query_costs_microseconds(monkeypatch):
	class Quick:
		def sql(self, query: str) -> None:
			"""Nothing takes no time."""

	monkeypatch.setattr(frappe.local, "db", Quick())
	runs = 10_000
	with recording() as ran:
		started = time.perf_counter()
		for _ in range(runs):
			frappe.local.db.sql("select 1")
		seconds = time.perf_counter() - started
	monkeypatch.undo()
	assert len(ran) == runs
	assert seconds / runs < 20e-6


def test_the_level_comes_from_the_configuration(item: str):
	frappe.local.otp_request_id = name = frappe.generate_hash(length=12)
	frappe.conf.otp_log_level = "WARNING"
	try:
		SalesOrderFactory(item_code=item, qty=1)
	finally:
		frappe.conf.pop("otp_log_level")
	assert lines(name) == []


@pytest.mark.parametrize("place", ["/dev/full", "/proc/no/such/folder/otp_app.log"])
def test_a_full_disk_or_a_folder_that_cannot_be_written_breaks_no_promise(
	item: str, monkeypatch, capfd, place: str
):
	with reopened(monkeypatch, Path(place)):
		order = SalesOrderFactory(item_code=item, qty=1)
	assert order.otp_promise
	assert "Traceback" not in capfd.readouterr().err


def test_a_job_says_under_which_request_it_was_started(server: Server):  # noqa: F811
	frappe.local.otp_request_id = name = frappe.generate_hash(length=12)
	empty("short")
	enqueue(CALCULATE, queue="short", items=[{"item_code": server.item, "qty": 1, "warehouse": STORES}])
	work_off("short")
	assert [line["message"] for line in lines(name)] == ["Promise"]


def test_what_a_job_is_given_is_no_more_than_it_takes():
	"""A worker that was started before an upgrade, or has not heard of our hooks, does it all the same."""
	empty("short")
	job = enqueue(CALCULATE, queue="short", items=[])
	assert job.kwargs["kwargs"] == {"items": []}
	empty("short")


def test_a_request_s_own_id_is_in_its_line(server: Server):  # noqa: F811
	name = frappe.generate_hash(length=12)
	body = {"items": [{"item_code": server.item, "qty": 1, "warehouse": STORES}]}
	server.ask("/otp/promise", body, Authorization=f"token {server.key}", X_Request_Id=name)
	assert [line["message"] for line in lines(name)] == ["Promise"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/otp/health"])
def test_a_stranger_hears_that_all_is_well_and_no_more(server: Server, path: str):  # noqa: F811
	status, text = server.ask(path)
	assert (status, json.loads(text)) == (200, {"status": "ok"})
	assert server.ask(path, Authorization="token wrong:key") == (status, text)
	assert server.ask(path, Authorization=f"token {server.key}") == (status, text)


def test_who_has_the_token_hears_what_was_checked(server: Server):  # noqa: F811
	status, text = server.ask("/ready", Authorization=f"Bearer {frappe.conf.otp_metrics_token}")
	answer = json.loads(text)
	assert (status, answer["status"]) == (200, "ok")
	assert answer["checks"].keys() == {"database", "cache", "queue", "app"}
	assert all(check["ok"] and check["milliseconds"] < 2000 for check in answer["checks"].values())


@contextmanager
def hanging() -> Iterator[int]:
	"""The port of a server that takes connections and says nothing."""
	with socket.socket() as listening:
		listening.bind(("127.0.0.1", 0))
		listening.listen(8)
		yield listening.getsockname()[1]


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "is down"])
@pytest.mark.parametrize("name", ["database", "cache", "queue"])
def test_what_hangs_or_is_down_is_told_in_seconds(monkeypatch, name: str, hangs: bool):
	with hanging() as port:
		port = port if hangs else 1
		if name == "database":
			settings = {"host": "127.0.0.1", "port": port, "user": "x", "password": "x"}
			monkeypatch.setattr(frappe.local.db, "get_connection_settings", lambda: dict(settings))
		elif name == "cache":
			redis = frappe.cache.connection_pool.connection_kwargs
			monkeypatch.setitem(redis, "port", port)
		else:
			pool = ConnectionPool(host="127.0.0.1", port=port)
			monkeypatch.setattr(checks, "queue_pool", lambda: pool)
		started = time.perf_counter()
		found = checks.ready()
		seconds = time.perf_counter() - started
		monkeypatch.undo()
	assert seconds < 7
	assert [key for key, check in found.items() if check.problem] == [name]
	assert "does not answer" in found[name].problem


def test_the_site_is_not_ready_until_it_is_migrated(monkeypatch):
	monkeypatch.setattr(checks, "__version__", "99.0.0")
	assert checks.app() == (
		f"The site is at {frappe.get_attr('otp_app.__version__')}, the code at 99.0.0: "
		f"run bench --site {frappe.local.site} migrate."
	)
	frappe.set_user("Guest")
	frappe.utils.set_request(method="GET", path="/ready")
	answer = probes.ready()
	assert (answer.status_code, json.loads(answer.data)) == (503, {"status": "unavailable"})


def test_health_asks_no_table():
	frappe.utils.set_request(method="GET", path="/health")
	with queries() as seen:
		assert probes.health().status_code == 200
	assert seen == []


def test_without_a_token_the_metrics_say_what_to_set():
	frappe.utils.set_request(method="GET", path="/metrics")
	token = frappe.conf.pop("otp_metrics_token", None)
	try:
		answer = probes.metrics()
	finally:
		if token:
			frappe.conf.otp_metrics_token = token
	assert answer.status_code == 403
	assert b"set-config otp_metrics_token" in answer.data
