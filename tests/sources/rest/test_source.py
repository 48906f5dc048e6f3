"""The source over a fake ERPNext: which way it goes, what it keeps, and what it says when ERPNext is down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.engine.facts import Excluded
from otp_app.engine.problems import SourceUnavailable
from otp_app.promises.calculate import promise_order
from otp_app.sources.rest.client import Client
from otp_app.sources.rest.source import RestSource
from otp_app.sources.snapshot import SnapshotFile
from otp_app.sources.snapshot.wire import told
from tests.sources.rest.fake_erpnext import Behaviour, FakeErpnext, gives, half, hangs, page
from tests.sources.rest.remote_site import no_method, site

DEMO = SnapshotFile(DEMO_SNAPSHOT)
ITEM = DEMO.item_codes()[0]
FACTS = "/api/method/otp_app.api.facts.snapshot"


class Clock:
	def __init__(self) -> None:
		self.now = 1000.0

	def __call__(self) -> float:
		return self.now


@pytest.fixture
def clock() -> Clock:
	return Clock()


@pytest.fixture
def source(client: Client, clock: Clock) -> Iterator[RestSource]:
	made = RestSource(client, cache_seconds=3.0, clock=clock)
	yield made
	made.close()


def with_app(handler: BaseHTTPRequestHandler) -> None:
	"""A site that has the app: the facts of the demo."""
	asked = handler.server_asked  # type: ignore[attr-defined]
	facts = told(DEMO.snapshot(asked.body["items"], customer=asked.body["customer"]))
	gives({"message": {**facts, "request_id": "r"}})(handler)


@pytest.fixture
def demo(fake: FakeErpnext) -> Behaviour:
	def behave(handler: BaseHTTPRequestHandler) -> None:
		handler.server_asked = fake.asked[-1]  # type: ignore[attr-defined]
		with_app(handler)

	return behave


def test_with_the_app_it_is_one_call(fake: FakeErpnext, source: RestSource, demo: Behaviour):
	fake.behave = demo
	order = Excluded("Sales Order", "SO-1", frozenset({"H-2", "H-1"}))
	found = source.snapshot([ITEM], customer="C", excluding=order, documents=True)
	assert found == DEMO.snapshot([ITEM], customer="C")
	(asked,) = fake.asked
	assert (asked.path, asked.body) == (
		FACTS,
		{
			"items": [ITEM],
			"customer": "C",
			"documents": True,
			"excluding": {"doctype": "Sales Order", "name": "SO-1", "holds": ["H-1", "H-2"]},
		},
	)


def test_what_is_kept_is_given_until_it_expires(
	fake: FakeErpnext, source: RestSource, demo: Behaviour, clock: Clock
):
	fake.behave = demo
	first = source.snapshot([ITEM])
	clock.now += 2.0
	assert source.snapshot([ITEM]) is first
	assert source.facts_age() == 2.0
	source.snapshot([ITEM], customer="C")
	assert len(fake.asked) == 2
	clock.now += 1.0
	fake.behave = gives({}, 500)
	with pytest.raises(SourceUnavailable):
		source.snapshot([ITEM])
	assert source.client.answered is False


def test_after_a_write_it_reads_anew(fake: FakeErpnext, source: RestSource, demo: Behaviour):
	fake.behave = demo
	source.snapshot([ITEM])
	source.forget()
	source.snapshot([ITEM])
	assert len(fake.asked) == 2


def test_many_threads_make_one_call(fake: FakeErpnext, source: RestSource, demo: Behaviour):
	def slowly(handler: BaseHTTPRequestHandler) -> None:
		hangs(0.2)(handler)
		handler.close_connection = False
		demo(handler)

	fake.behave = slowly
	with ThreadPoolExecutor(20) as pool:
		found = list(pool.map(lambda _: source.snapshot([ITEM]), range(20)))
	assert len(fake.asked) == 1
	assert all(each is found[0] for each in found)


def test_a_site_without_the_app_is_read_in_bulk_and_asked_for_it_again_after_a_while(
	fake: FakeErpnext, source: RestSource, clock: Clock
):
	fake.behave = site(fake, snapshot=no_method, get_logged_user=no_method)
	with pytest.raises(SourceUnavailable):
		source.snapshot([ITEM])
	assert fake.asked[0].path == FACTS
	assert {asked.path for asked in fake.asked[1:]} & {"/api/method/frappe.client.get_time_zone"}
	assert not source.has_app
	fake.asked.clear()
	clock.now += 100
	with pytest.raises(SourceUnavailable):
		source.snapshot([ITEM])
	assert FACTS not in {asked.path for asked in fake.asked}
	clock.now += 200
	with pytest.raises(SourceUnavailable):
		source.snapshot([ITEM])
	assert FACTS in {asked.path for asked in fake.asked}


@pytest.mark.parametrize("status", [404, 417])
def test_what_goes_wrong_inside_the_app_is_not_taken_for_a_site_without_it(
	fake: FakeErpnext, source: RestSource, status: int
):
	fake.behave = gives(
		{"exc_type": "ValidationError", "exception": "frappe.ValidationError: no rate"}, status
	)
	with pytest.raises(SourceUnavailable, match="no rate"):
		source.snapshot([ITEM])
	assert len(fake.asked) == 1
	assert source.has_app


def test_a_user_who_may_not_read_the_facts_is_told_so_and_no_other_way_is_tried(
	fake: FakeErpnext, source: RestSource
):
	fake.behave = gives({"error": {"code": "FORBIDDEN", "message": "You must read every Bin."}}, 403)
	with pytest.raises(SourceUnavailable, match=r"You must read every Bin\.; docs/rest-source\.md"):
		source.snapshot([ITEM])
	assert len(fake.asked) == 1
	assert source.has_app


@pytest.mark.parametrize(
	"message",
	[None, [], {"facts": {}}, {"version": 3, "facts": {"items": {}}}],
	ids=["null", "list", "no version", "half"],
)
def test_facts_that_are_none_are_unavailable(fake: FakeErpnext, source: RestSource, message: Any):
	fake.behave = gives({"message": message})
	with pytest.raises(SourceUnavailable, match="not what it should be"):
		source.snapshot([ITEM])
	assert len(fake.asked) == 1


@pytest.mark.parametrize(
	"behaviour", [gives({}, 500), page(), half(json.dumps({"message": "x" * 100})), hangs(3), gives({}, 401)]
)
def test_a_promise_without_facts_has_no_date(
	fake: FakeErpnext, new_client: Callable[..., Client], behaviour: Behaviour
):
	fake.behave = behaviour
	source = RestSource(new_client(timeout=0.3))
	payload = {"items": [{"item_code": ITEM, "qty": 1}]}
	answer = promise_order(source, payload, now=datetime.now(timezone.utc), request_id="r").as_dict()
	source.close()
	assert (answer["status"], answer["promise_date"]) == ("CANNOT_PROMISE_RELIABLY", None)
	assert [blocker["code"] for blocker in answer["blockers"]] == ["SOURCE_UNAVAILABLE"]


def test_the_promise_from_a_site_is_that_from_its_facts(
	fake: FakeErpnext, source: RestSource, demo: Behaviour
):
	fake.behave = demo
	payload = {"items": [{"item_code": ITEM, "qty": 1}]}
	there = promise_order(source, payload, now=DEMO.taken_at, request_id="r")
	assert there.as_dict() == promise_order(DEMO, payload, now=DEMO.taken_at, request_id="r").as_dict()
