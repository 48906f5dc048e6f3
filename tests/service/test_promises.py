"""The calls over the demo snapshot."""

from __future__ import annotations

from datetime import datetime, time, timezone
from pathlib import Path
from typing import Any

import pytest

from otp_app.promises.calculate import promise_order
from otp_app.service.config import DEMO_SNAPSHOT
from otp_app.sources.snapshot import SnapshotFile
from tests.service.asking import DEMO_ORDER, application, ask

BIKES = {"items": [{"item_code": "City Bike 28", "qty": 12}]}


@pytest.fixture(scope="module")
def app() -> Any:
	return application()


def test_the_answer_is_that_of_the_engine(app: Any):
	source = SnapshotFile(DEMO_SNAPSHOT)
	told = ask(app, "POST", "/otp/promise", DEMO_ORDER, headers={"X-Request-Id": "order-7"})
	expected = promise_order(source, DEMO_ORDER, now=source.taken_at, request_id="order-7").as_dict()
	assert told.status == 200
	assert told.json == expected
	assert told.headers["x-request-id"] == "order-7"


def test_every_problem_of_a_request_is_told_with_its_field(app: Any):
	told = ask(app, "POST", "/otp/promise", {"items": [{"item_code": "City Bike 28", "qty": 0}, {"qty": 1}]})
	assert told.status == 422
	assert [problem["field"] for problem in told.json["error"]["problems"]] == [
		"items[0].qty",
		"items[1].item_code",
	]


def test_an_unknown_item_is_404_and_named(app: Any):
	told = ask(app, "POST", "/otp/promise", {"items": [{"item_code": "City Bike 29", "qty": 1}]})
	assert (told.status, told.code) == (404, "UNKNOWN_ITEM")
	assert "City Bike 29" in told.json["error"]["message"]


def test_a_field_that_the_call_does_not_have_is_refused(app: Any):
	told = ask(app, "POST", "/otp/promise", {**BIKES, "agreed": True})
	assert (told.status, told.json["error"]["field"]) == (422, "agreed")


def test_many_lines_are_answered_as_few_are(app: Any):
	lines = BIKES["items"] * 30
	told = ask(app, "POST", "/otp/promise", {"items": lines})
	assert told.status == 200
	assert len(told.json["plan"]) == 30


def test_facts_that_cannot_be_read_give_no_date(tmp_path: Path):
	file = tmp_path / "site.sqlite"
	file.write_bytes(DEMO_SNAPSHOT.read_bytes())
	app = application(snapshot=file, now="clock")
	assert ask(app, "GET", "/ready").status == 200
	content = file.read_bytes()
	file.write_bytes(content[: len(content) // 2])
	for method, path in (("GET", "/ready"), ("GET", "/otp/health"), ("GET", "/otp/sales-orders")):
		told = ask(app, method, path)
		assert told.status == 503, path
	assert "cannot be read as a snapshot" in ask(app, "GET", "/ready").json["error"]["message"]
	told = ask(app, "POST", "/otp/promise", BIKES)
	assert told.status == 503
	assert ask(app, "GET", "/health").status == 200
	file.write_bytes(content)
	assert ask(app, "POST", "/otp/promise", BIKES).status == 200


def test_nothing_is_applied_to_a_snapshot(app: Any):
	told = ask(app, "POST", "/otp/apply", {"sales_order": "SAL-ORD-2026-00001"})
	assert (told.status, told.code) == (409, "READ_ONLY")
	assert "apply the promise in ERPNext" in told.json["error"]["message"]
	told = ask(app, "POST", "/otp/procurement-suggest", {**BIKES, "create": "Material Request"})
	assert (told.status, told.code, told.json["error"]["field"]) == (409, "READ_ONLY", "create")


def test_what_is_lacking_is_suggested(app: Any):
	asked = {"items": [{"item_code": "City Bike 28", "qty": 500, "warehouse": "Finished Goods - RC"}]}
	(found,) = ask(app, "POST", "/otp/procurement-suggest", asked).json["suggestions"]
	assert (found["item_code"], found["warehouse"]) == ("City Bike 28", "Finished Goods - RC")
	assert 0 < found["needed_qty"] <= found["qty"] <= 500
	assert found["lines"] == [0]


def test_what_an_open_order_lacks_is_suggested(app: Any):
	told = ask(app, "POST", "/otp/procurement-suggest", {"sales_order": "SAL-ORD-2026-00002"})
	assert told.status == 200
	assert told.json["created"] == []
	told = ask(app, "POST", "/otp/procurement-suggest", {"sales_order": "SAL-ORD-0"})
	assert (told.status, told.code) == (404, "UNKNOWN_SALES_ORDER")


def test_orders_are_listed_by_page(app: Any):
	everything = ask(app, "GET", "/otp/sales-orders").json
	page = ask(app, "GET", "/otp/sales-orders", query="limit=2&start=1&order_by=name desc").json
	names = sorted((order["name"] for order in everything["sales_orders"]), reverse=True)
	assert (page["total"], everything["total"]) == (8, 8)
	assert [order["name"] for order in page["sales_orders"]] == names[1:3]


@pytest.mark.parametrize(
	("query", "total"),
	[
		("customer=Rheinrad", 3),
		("search=FIETSHUIS", 3),
		("at_risk=true", 0),
		("status=Completed", 0),
		("status=To Deliver&status=Draft", 8),
		("from_date=2030-01-01", 0),
		("to_date=2026-04-30", 1),
		("from_date=2026-04-30&to_date=2026-04-01", 0),
	],
)
def test_orders_are_found_by_what_the_snapshot_knows(app: Any, query: str, total: int):
	assert ask(app, "GET", "/otp/sales-orders", query=query).json["total"] == total


@pytest.mark.parametrize(
	("query", "status", "field"),
	[
		("limit=0", 422, "limit"),
		("limit=1&limit=2", 422, "limit"),
		("order_by=[]", 422, "order_by"),
		("colour=red", 422, "colour"),
	],
)
def test_what_is_wrong_with_a_question_is_told(app: Any, query: str, status: int, field: str):
	told = ask(app, "GET", "/otp/sales-orders", query=query)
	assert (told.status, told.json["error"]["field"]) == (status, field)


def test_an_order_is_shown_with_its_open_lines(app: Any):
	order = ask(app, "GET", "/otp/sales-orders/SAL-ORD-2026-00002").json
	assert (order["customer"], order["company"]) == ("Rheinrad", "Rhine Cycles")
	assert [(line["item_code"], line["open_qty"]) for line in order["lines"]] == [
		("City Bike 28", 3.0),
		("Inner Tube 28", 20.0),
	]
	assert order["status"] is None
	assert ask(app, "GET", "/otp/sales-orders/a/b").code == "UNKNOWN_SALES_ORDER"


def test_stock_is_told_by_warehouse_and_day(app: Any):
	query = "item_code=City Bike 28&warehouse=Finished Goods - RC&documents=true"
	(item,) = ask(app, "GET", "/otp/items/stock", query=query).json["items"]
	(place,) = item["warehouses"]
	assert place["atp"] == [{"date": "2026-05-04", "atp": 4.0}, {"date": "2026-05-08", "atp": 13.0}]
	assert {event["document"] for event in place["events"]} >= {"SAL-ORD-2026-00002"}


def test_an_orders_own_commitments_do_not_count(app: Any):
	query = "sales_order=SAL-ORD-2026-00002&warehouse=Finished Goods - RC"
	bike = ask(app, "GET", "/otp/items/stock", query=query).json["items"][0]
	assert bike["item_code"] == "City Bike 28"
	assert bike["warehouses"][0]["available_today"] == 7.0


@pytest.mark.parametrize(
	("query", "status", "code"),
	[
		("", 422, "MISSING_FIELD"),
		("item_code=Nothing", 404, "UNKNOWN_ITEM"),
		("item_code=City Bike 28&warehouse=Nowhere", 404, "UNKNOWN_WAREHOUSE"),
		("item_code=City Bike 28&quotation=Q-1", 404, "UNKNOWN_QUOTATION"),
		("&".join(f"item_code=I{n}" for n in range(101)), 422, "TOO_MANY_ITEMS"),
	],
)
def test_stock_of_what_is_not_there_is_refused(app: Any, query: str, status: int, code: str):
	told = ask(app, "GET", "/otp/items/stock", query=query)
	assert (told.status, told.code) == (status, code)


def test_defaults_of_the_environment_hold_where_the_request_is_silent():
	plain = ask(application(), "POST", "/otp/promise", BIKES).json
	slow = application(buffer_days=5, processing_days=3, cutoff_time=time(8), timezone="Asia/Tokyo")
	later = ask(slow, "POST", "/otp/promise", BIKES).json
	assert later["promise_date"] > plain["promise_date"]
	rules = {
		"lead_time_buffer_days": 0,
		"processing_lead_time_days": 1,
		"cutoff_time": "14:00",
		"timezone": "Europe/Amsterdam",
	}
	own = ask(slow, "POST", "/otp/promise", {**BIKES, "rules": rules}).json
	assert own["promise_date"] == plain["promise_date"]


def test_the_moment_is_that_of_the_snapshot_or_the_clock():
	taken = SnapshotFile(DEMO_SNAPSHOT).taken_at
	assert ask(application(), "POST", "/otp/promise", BIKES).json["calculated_at"] == taken.isoformat()
	told = ask(application(now="clock"), "POST", "/otp/promise", BIKES).json["calculated_at"]
	assert abs((datetime.now(timezone.utc) - datetime.fromisoformat(told)).total_seconds()) < 60


def test_health_tells_the_source_and_the_age_of_its_facts(app: Any):
	told = ask(app, "GET", "/otp/health").json
	assert (told["status"], told["source"]) == ("ok", "snapshot")
	age = (datetime.now(timezone.utc) - SnapshotFile(DEMO_SNAPSHOT).taken_at).total_seconds()
	assert told["facts_age_seconds"] == pytest.approx(max(0.0, age), abs=60)
