"""The service's answers over a remote ERPNext: forwarded, decided here, written there, and what an outage looks like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otp_app.engine.facts import Excluded, Snapshot
from otp_app.engine.problems import RequestRefused, SourceUnavailable
from otp_app.molam_sdk.cb import create_circuit_breaker
from otp_app.service.config import Configuration
from otp_app.service.rest_backend import RestBackend
from otp_app.sources.rest import Client, RestSource
from tests.sources.rest.fake_erpnext import (
	Behaviour,
	FakeErpnext,
	fake_erpnext,
	gives,
	half,
	hangs,
	page,
)
from tests.sources.rest.remote_site import DEMO, site

ITEM = next(
	code
	for code in DEMO.item_codes()
	if (item := DEMO.snapshot([code]).items[code]).is_sales_item
	and not item.disabled
	and not item.is_template
)
ASKED = {"items": [{"item_code": ITEM, "qty": 1}]}
RESET = 0.3


@pytest.fixture
def fake() -> Iterator[FakeErpnext]:
	with fake_erpnext() as running:
		running.behave = site(running)
		yield running


@pytest.fixture
def backend(fake: FakeErpnext) -> Iterator[RestBackend]:
	made = new_backend(fake)
	yield made
	made.close()


def new_backend(fake: FakeErpnext, **changes: Any) -> RestBackend:
	breaker = create_circuit_breaker(f"test-{fake.port}-{time.monotonic_ns()}", 3, RESET)
	client = Client(fake.connection(timeout=0.5, **changes), breaker=breaker, sleep=lambda _: None)
	return RestBackend(RestSource(client, cache_seconds=0), Configuration(erpnext_url=fake.url))


def paths(fake: FakeErpnext) -> list[str]:
	return [asked.path.removeprefix("/api/method/") for asked in fake.asked]


def test_a_promise_is_decided_here_from_facts_there(fake: FakeErpnext, backend: RestBackend):
	answer = backend.promise(ASKED, "r-1")
	assert answer["request_id"] == "r-1"
	assert answer["plan"][0]["item_code"] == ITEM
	assert paths(fake) == ["otp_app.api.facts.snapshot"]


@pytest.mark.parametrize(
	"call, method",
	[
		(lambda b: b.apply({"sales_order": "SO"}, "r-1"), "otp_app.api.promise.apply"),
		(lambda b: b.sales_orders({"limit": "5"}, "r-1"), "otp_app.api.orders.sales_orders"),
		(lambda b: b.sales_order("SO", "r-1"), "otp_app.api.orders.sales_order"),
		(
			lambda b: b.procurement_suggest({"sales_order": "SO"}, "r-1"),
			"otp_app.api.procurement.procurement_suggest",
		),
		(lambda b: b.item_stock({"sales_order": "SO"}, "r-1"), "otp_app.api.stock.item_stock"),
	],
	ids=["apply", "list", "order", "procurement", "stock"],
)
def test_what_the_app_there_answers_is_forwarded_with_the_callers_request_id(
	fake: FakeErpnext, backend: RestBackend, call: Callable[[RestBackend], Any], method: str
):
	word = method.rsplit(".", 1)[1]
	fake.behave = site(fake, **{word: lambda _: ({"message": {"told": word}}, 200)})
	assert call(backend) == {"told": word}
	assert paths(fake) == [method]
	assert fake.asked[0].headers["x-request-id"] == "r-1"


@pytest.mark.parametrize(
	("asked", "times"), [({"sales_order": "SO"}, 3), ({"sales_order": "SO", "create": "Material Request"}, 1)]
)
def test_drafts_are_not_made_again_because_an_answer_was_lost(
	fake: FakeErpnext, backend: RestBackend, asked: dict[str, Any], times: int
):
	fake.behave = site(fake, procurement_suggest=lambda _: ({}, 504))
	with pytest.raises(SourceUnavailable, match="504"):
		backend.procurement_suggest(asked, "r-1")
	assert len(fake.asked) == times


def test_the_apps_refusal_is_told_with_all_its_problems(fake: FakeErpnext, backend: RestBackend):
	problems = [{"code": "A", "message": "First.", "field": "x"}, {"code": "B", "message": "Second."}]
	body = {"error": {**problems[0], "problems": problems}, "request_id": "r"}
	fake.behave = site(fake, apply=lambda _: (body, 409))
	with pytest.raises(RequestRefused) as caught:
		backend.apply({"sales_order": "SO"}, "r")
	assert caught.value.status == 409
	assert [problem.as_dict() for problem in caught.value.problems] == problems


def test_a_key_that_is_refused_is_not_the_callers_fault(fake: FakeErpnext, backend: RestBackend):
	fake.behave = gives({"exc_type": "AuthenticationError"}, 401)
	with pytest.raises(SourceUnavailable, match="ERPNEXT_API_KEY"):
		backend.check()
	with pytest.raises(SourceUnavailable, match="ERPNEXT_API_KEY"):
		backend.sales_orders({}, "r")


@pytest.mark.parametrize(
	"outage",
	[gives({}, 500), page(502), page(), half('{"message": "xxxxxxxxxxxxxxxx"}'), hangs(10)],
	ids=["500", "page of 502", "page", "half a body", "10 s"],
)
def test_in_an_outage_nothing_is_guessed_and_it_ends_by_itself(
	fake: FakeErpnext, backend: RestBackend, outage: Behaviour
):
	assert backend.promise(ASKED, "r")["status"] == "OK"
	fake.behave = outage
	for _ in range(4):
		start = time.monotonic()
		answer = backend.promise(ASKED, "r")
		assert time.monotonic() - start < 1.0
		assert (answer["status"], answer["promise_date"]) == ("CANNOT_PROMISE_RELIABLY", None)
		assert answer["blockers"][0]["code"] == "SOURCE_UNAVAILABLE"
		with pytest.raises(SourceUnavailable):
			backend.check()
	assert list(backend.circuits().values()) == [2]
	fake.behave = site(fake)
	well_at = time.monotonic()
	while backend.promise(ASKED, "r")["status"] != "OK":
		assert time.monotonic() - well_at < RESET + 1.0
		time.sleep(0.02)
	backend.check()
	assert list(backend.circuits().values()) == [0]


def test_a_server_that_is_down_is_told_at_once(fake: FakeErpnext):
	backend = new_backend(fake, base_url="http://127.0.0.1:1")
	answer = backend.promise(ASKED, "r")
	backend.close()
	assert answer["status"] == "CANNOT_PROMISE_RELIABLY"
	assert "ConnectionRefusedError" in answer["blockers"][0]["message"]


# Without the app.

ORDER = {
	"name": "SO",
	"docstatus": 0,
	"modified": "2026-05-04 10:00:00.000000",
	"customer": "Velo Nord",
	"transaction_date": "2026-05-04",
	"delivery_date": "2026-05-05",
	"items": [
		{
			"name": "row-1",
			"item_code": ITEM,
			"item_name": "Item",
			"qty": 1.0,
			"stock_qty": 1.0,
			"delivered_qty": 0.0,
			"rate": 10.0,
			"delivery_date": "2026-05-05",
		}
	],
}


class Decided:
	"""Facts of the demo for a site without the app: reading them in bulk is another test's subject."""

	def snapshot(
		self,
		items: Any,
		*,
		customer: str | None = None,
		excluding: Excluded | None = None,
		documents: bool = False,
	) -> Snapshot:
		return DEMO.snapshot(items, customer=customer, excluding=excluding)


@pytest.fixture
def bare(backend: RestBackend) -> RestBackend:
	backend._source = Decided()
	return backend


def bare_site(
	fake: FakeErpnext, order: dict[str, Any], put: tuple[Any, int] = ({"data": {}}, 200)
) -> Behaviour:
	return site(fake, SO=lambda asked: put if asked.verb == "PUT" else ({"data": order}, 200))


def test_without_the_app_the_dates_of_a_draft_are_written_by_one_put_with_its_stamp(
	fake: FakeErpnext, bare: RestBackend
):
	fake.behave = bare_site(fake, ORDER)
	answer = bare.apply({"sales_order": "SO"}, "r-1")
	(put,) = [asked for asked in fake.asked if asked.verb == "PUT"]
	day = answer["promise_date"]
	assert day is not None
	assert put.path == "/api/resource/Sales%20Order/SO"
	row = {**ORDER["items"][0], "delivery_date": day}  # type: ignore[index]
	assert put.body == {"modified": ORDER["modified"], "delivery_date": day, "items": [row]}
	assert answer["lines"][0]["promise_date"] == day
	assert answer["request_id"] == "r-1"


@pytest.mark.parametrize(
	"order, asked, put, code, told",
	[
		({**ORDER, "docstatus": 1}, {}, ({}, 200), "READ_ONLY", "use Update Items in ERPNext"),
		(ORDER, {"expected_date": "2020-01-01"}, ({}, 200), "STALE", "later than 2020-01-01"),
		(ORDER, {}, ({"exc_type": "TimestampMismatchError"}, 417), "STALE", "was changed meanwhile"),
		(ORDER, {}, ({"exception": "x: no"}, 417), "NOT_WRITTEN", "ERPNext did not take it"),
		(ORDER, {"quotation": "Q"}, ({}, 200), "READ_ONLY", "A Quotation has no dates"),
		(ORDER, {"change": {}, "x": 1}, ({}, 417), "NOT_WRITTEN", "did not take it"),
	],
	ids=["submitted", "later", "stale", "refused", "quotation", "no change"],
)
def test_without_the_app_what_cannot_be_written_is_refused_with_what_to_do(
	fake: FakeErpnext, bare: RestBackend, order: dict, asked: dict, put: tuple, code: str, told: str
):
	fake.behave = bare_site(fake, order, put)
	with pytest.raises(RequestRefused, match=told) as caught:
		bare.apply({"sales_order": "SO", **asked}, "r")
	assert (caught.value.status, caught.value.problems[0].code) == (409, code)


def test_without_the_app_a_write_whose_answer_was_lost_is_not_sent_again(
	fake: FakeErpnext, bare: RestBackend
):
	fake.behave = bare_site(fake, ORDER, ({}, 500))
	with pytest.raises(SourceUnavailable, match="answered 500"):
		bare.apply({"sales_order": "SO"}, "r")
	assert [asked.verb for asked in fake.asked].count("PUT") == 1


def test_without_the_app_an_order_is_told_as_it_is(fake: FakeErpnext, bare: RestBackend):
	fake.behave = bare_site(fake, ORDER)
	answer = bare.sales_order("SO", "r")
	assert (answer["name"], answer["requested_date"], answer["promise"]) == ("SO", "2026-05-05", None)
	assert answer["lines"][0]["row"] == "row-1"
	assert answer["order_promise"] is None


def test_without_the_app_an_order_that_is_not_there_is_named(fake: FakeErpnext, bare: RestBackend):
	fake.behave = site(fake, SO=lambda _: ({"exc_type": "DoesNotExistError"}, 404))
	with pytest.raises(RequestRefused, match="no Sales Order SO") as caught:
		bare.sales_order("SO", "r")
	assert caught.value.status == 404


def test_without_the_app_orders_are_listed_a_page_at_a_time(fake: FakeErpnext, bare: RestBackend):
	def listed(asked: Any) -> tuple[Any, int]:
		if asked.body["fields"] == ["count(name) as total"]:
			return {"message": [{"total": 7}]}, 200
		return {"message": [{"name": "SO", "delivery_date": "2026-05-05", "po_no": ""}]}, 200

	fake.behave = site(fake, get_list=listed)
	answer = bare.sales_orders({"search": "velo", "limit": "1", "order_by": "promise_date desc"}, "r")
	assert (answer["total"], len(answer["sales_orders"])) == (7, 1)
	assert answer["sales_orders"][0]["customer_order"] is None
	asked = fake.asked[-2].body
	assert asked["order_by"] == "`tabSales Order`.`delivery_date` desc, `tabSales Order`.`name` desc"
	assert ["customer_name", "like", "%velo%"] in asked["or_filters"]


def test_without_the_app_no_order_has_a_promise(fake: FakeErpnext, bare: RestBackend):
	answer = bare.sales_orders({"at_risk": "true"}, "r")
	assert (answer["sales_orders"], answer["total"]) == ([], 0)


def test_without_the_app_what_an_order_lacks_is_suggested_from_its_open_lines(
	fake: FakeErpnext, bare: RestBackend
):
	fake.behave = bare_site(fake, ORDER)
	answer = bare.procurement_suggest({"sales_order": "SO"}, "r")
	assert answer["created"] == []
	assert isinstance(answer["suggestions"], list)


@pytest.mark.parametrize("status", ["Cancelled", "Closed", "To Bill"])
def test_without_the_app_nothing_is_suggested_for_an_order_that_has_ended(
	fake: FakeErpnext, bare: RestBackend, status: str
):
	fake.behave = bare_site(fake, ORDER | {"status": status})
	with pytest.raises(RequestRefused, match=f"SO is {status}"):
		bare.procurement_suggest({"sales_order": "SO"}, "r")


@pytest.mark.parametrize("asked", [{"item_code": ITEM}, {"sales_order": "SO"}], ids=["item", "order"])
def test_without_the_app_stock_is_told_from_the_facts(
	fake: FakeErpnext, bare: RestBackend, asked: dict[str, str]
):
	fake.behave = bare_site(fake, ORDER)
	(told,) = bare.item_stock(asked, "r")["items"]
	assert told["item_code"] == ITEM
