"""The site as a remote one: the contract of sources over HTTP, both ways, and the same facts as from its tables."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

import frappe

from otp_app.engine.facts import Excluded, Snapshot, Withheld
from otp_app.engine.problems import RequestRefused, SourceUnavailable
from otp_app.promises.calculate import promise_order
from otp_app.promises.site import site_now
from otp_app.service.config import Configuration
from otp_app.service.remote_apply import STALE
from otp_app.service.remote_orders import FIELDS
from otp_app.service.rest_backend import SIGNED_IN, RestBackend
from otp_app.sources import Source
from otp_app.sources.rest import Client, RestSource
from otp_app.sources.rest.answers import Refused
from otp_app.sources.rest.with_app import METHOD
from otp_app.sources.rest.without_app import WithoutApp
from otp_app.sources.site import SiteSource
from otp_app.sources.site.world import forget_world
from tests.erpnext import serving
from tests.erpnext.busy_site import busy_site
from tests.erpnext.promising import settings
from tests.erpnext.remote import MORE_ROLES, ROLES, connection, key_of, ways
from tests.factories.masters import CustomerFactory, ItemAlternativeFactory, ItemFactory, ProductBundleFactory
from tests.factories.promises import HeldPromiseFactory
from tests.factories.selling import SalesOrderFactory, StockReservationEntryFactory
from tests.factories.stock import StockEntryFactory
from tests.sources.contract import Case, SourceContract, totals


@dataclass(frozen=True)
class Served:
	port: int
	case: Case
	key: tuple[str, str]
	# Sales Orders that are not submitted.
	drafts: tuple[str, str]


@pytest.fixture(scope="module", autouse=True)
def nothing_that_only_the_app_tells():
	"""What other tests have committed and reading without the app refuses: quotas, rules, items that can be made."""
	for doctype in ("Product Allocation", "Supply Protection", "Sourcing Rule"):
		frappe.db.delete(doctype)
	settings(item_rules=[])
	forget_world()
	frappe.db.commit()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
	"""A running site; what the contract needs is committed, because the server is another process."""
	frappe.set_user("Administrator")
	item, other, bell, light = (ItemFactory().name for _ in range(4))
	ItemAlternativeFactory(item_code=item, alternative_item_code=other)
	bundle = ProductBundleFactory(parts={bell: 1, light: 2}).new_item_code
	StockEntryFactory(item_code=item, qty=20)
	customer = CustomerFactory().name
	rows = [{"item_code": item, "qty": 6}, {"item_code": bundle, "qty": 2}]
	order = SalesOrderFactory(customer=customer, items=rows)
	StockReservationEntryFactory(sales_order=order, qty=4)
	SalesOrderFactory(item_code=item, qty=3)
	hold = HeldPromiseFactory(item_code=item)
	drafts = [SalesOrderFactory(item_code=item, qty=2, submit=False).name for _ in range(2)]
	key = key_of(*ROLES, *MORE_ROLES)
	frappe.db.commit()
	case = Case(
		item=item,
		alternatives=frozenset({other}),
		bundle=bundle,
		components=frozenset({bell, light}),
		order=Excluded("Sales Order", order.name, frozenset({hold.name})),
		ordered=frozenset({item, bell, light}),
		customer=customer,
	)
	with serving.server("frappe.app:application", "-w", "2", "--threads", "4") as port:
		yield Served(port, case, key, tuple(drafts))


class OverHttp(SourceContract):
	@pytest.fixture
	def case(self, served: Served) -> Case:
		return served.case

	@pytest.fixture
	def client(self, served: Served) -> Iterator[Client]:
		client = Client(connection(served.port, served.key))
		yield client
		client.close()


class TestWithTheApp(OverHttp):
	@pytest.fixture
	def source(self, client: Client) -> Source:
		return RestSource(client, cache_seconds=0)

	def test_it_makes_one_call(self, client: Client, source: RestSource, case: Case):
		source.snapshot(case.all_items, customer=case.customer)
		assert client.sent == 1


class TestWithoutTheApp(OverHttp):
	@pytest.fixture
	def source(self, client: Client) -> Iterator[Source]:
		source = WithoutApp(client)
		yield source
		source.close()

	def test_the_number_of_calls_does_not_grow_with_the_items(
		self, client: Client, source: Source, case: Case
	):
		source.snapshot([case.item])
		calls = []
		for items in ([case.item, case.bundle], case.all_items * 10):
			before = client.sent
			source.snapshot(items, customer=case.customer)
			calls.append(client.sent - before)
		assert calls[0] == calls[1] < 45


class TestTheService:
	@pytest.fixture
	def client(self, served: Served) -> Iterator[Client]:
		client = Client(connection(served.port, served.key))
		yield client
		client.close()

	@pytest.fixture
	def backend(self, client: Client) -> RestBackend:
		source = RestSource(client, cache_seconds=0)
		return RestBackend(source, Configuration(erpnext_url=client.connection.base_url))

	@pytest.fixture
	def bare(self, backend: RestBackend) -> RestBackend:
		backend._rest.note_no_app()
		return backend

	def test_it_is_ready_and_promises(self, served: Served, backend: RestBackend):
		backend.check()
		answer = backend.promise({"items": [{"item_code": served.case.item, "qty": 1}]}, "r")
		assert answer["status"] == "OK"

	def test_without_the_app_the_dates_of_a_draft_are_written(self, served: Served, bare: RestBackend):
		answer = bare.apply({"sales_order": served.drafts[0]}, "r")
		frappe.db.rollback()
		order = frappe.get_doc("Sales Order", served.drafts[0])
		assert [str(row.delivery_date) for row in order.items] == [answer["promise_date"]]
		assert order.items[0].rate > 0
		assert order.docstatus == 0

	def test_with_the_app_the_apps_own_promise_is_applied(self, served: Served, backend: RestBackend):
		answer = backend.apply({"sales_order": served.drafts[1]}, frappe.generate_hash(length=12))
		frappe.db.rollback()
		assert frappe.db.get_value("Sales Order", served.drafts[1], "otp_promise") == answer["promise"]

	def test_erpnext_refuses_a_draft_that_was_changed_meanwhile(self, served: Served, client: Client):
		with pytest.raises(Refused) as caught:
			client.write(
				"Sales Order", served.drafts[0], {"modified": "2020-01-01 00:00:00.000000", "po_no": "x"}
			)
		assert caught.value.body["exc_type"] == STALE

	def test_a_submitted_order_is_refused_without_the_app(self, served: Served, bare: RestBackend):
		with pytest.raises(RequestRefused, match="use Update Items"):
			bare.apply({"sales_order": served.case.order.name}, "r")

	def test_orders_are_told_alike_both_ways(self, served: Served, backend: RestBackend):
		asked = {"search": served.case.order.name}
		name = served.case.order.name
		listed, told = backend.sales_orders(asked, "r"), backend.sales_order(name, "r")
		backend._rest.note_no_app()
		bare_list, bare_told = backend.sales_orders(asked, "r"), backend.sales_order(name, "r")
		assert bare_list["total"] == listed["total"] == 1
		(order,), (bare,) = listed["sales_orders"], bare_list["sales_orders"]
		assert {field: bare[field] for field in FIELDS} == {field: order[field] for field in FIELDS}
		assert bare.keys() == order.keys()
		assert bare_told.keys() == told.keys()
		assert [line.keys() for line in bare_told["lines"]] == [line.keys() for line in told["lines"]]

	def test_stock_and_procurement_are_told_without_the_app(self, served: Served, bare: RestBackend):
		(stock,) = bare.item_stock({"item_code": served.case.item}, "r")["items"]
		assert stock["item_code"] == served.case.item
		assert "suggestions" in bare.procurement_suggest({"sales_order": served.case.order.name}, "r")

	def test_a_doctype_that_is_not_there_is_told_from_an_error(self, client: Client):
		with pytest.raises(Refused) as caught:
			client.rows("No Such Doctype", fields=["name"], limit_page_length=1)
		assert caught.value.status == 404

	def test_another_key_is_refused(self, served: Served):
		client = Client(connection(served.port, ("nobody", "nothing")))
		with pytest.raises(SourceUnavailable, match="ERPNEXT_API_KEY"):
			client.method(SIGNED_IN, {})
		client.close()


WAYS = ("with the app", "without the app")
# By way of reading: what was read with documents and without, and what was promised.
Read = dict[str, tuple[Snapshot, Snapshot, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def busy() -> Iterator[dict[bool, Read]]:
	"""A site with every kind of document, read from its tables and both ways as a remote one, and gone again.

	By whether goods that came back free their order.
	"""
	frappe.db.begin()
	try:
		busy_site()
		yield {returns: read_all_ways(returns) for returns in (False, True)}
	finally:
		frappe.db.rollback()


def read_all_ways(returns_free_the_order: bool) -> Read:
	field = "dont_reserve_sales_order_qty_on_sales_return"
	frappe.db.set_single_value("Selling Settings", field, int(returns_free_the_order))
	frappe.clear_document_cache("Selling Settings", "Selling Settings")
	forget_world()  # kept from before there were documents that tell where work is done
	user = serving.new_user(*ROLES, *MORE_ROLES)
	sources: dict[str, Source] = {"here": SiteSource(), **ways(user)}
	items = frappe.get_all("Item", {"is_stock_item": 1}, pluck="name")
	now = site_now()
	return {
		way: (
			source.snapshot(items, documents=True),
			source.snapshot(items),
			[promised(source, code, now) for code in sorted(items)[:: max(1, len(items) // 25)]],
		)
		for way, source in sources.items()
	}


def promised(source: Source, code: str, now: datetime) -> dict[str, Any]:
	"""What the source's facts promise, or how the request is refused."""
	asked = {"items": [{"item_code": code, "qty": 7}]}
	try:
		return promise_order(source, asked, now=now, request_id="r").as_dict()
	except RequestRefused as refused:
		return refused.as_dict("r")


@pytest.mark.parametrize("returns", [False, True], ids=["returns owed again", "returns free the order"])
@pytest.mark.parametrize("way", WAYS)
def test_the_facts_of_a_busy_site_are_those_of_its_tables(busy: dict[bool, Read], returns: bool, way: str):
	read = busy[returns]
	for here, there in zip(read["here"][:2], read[way][:2], strict=True):
		assert totals(there.supplies) == totals(here.supplies)
		assert owed(there, way) == owed(here, way)
		same = {"taken_at": here.taken_at, "supplies": (), "commitments": ()}
		assert replace(there, **same) == replace(here, **same)


def owed(read: Snapshot, way: str) -> dict[tuple[object, ...], float]:
	"""Without the app, orders that are delivered in full are not read: less than nothing, as the books may have it
	where goods came back from them, is not told (docs/rest-source.md). No promise counts it."""
	bookkeeping = way == "without the app"
	return totals(c for c in read.commitments if not (bookkeeping and c.withheld is Withheld.BOOKKEEPING))


@pytest.mark.parametrize("returns", [False, True], ids=["returns owed again", "returns free the order"])
@pytest.mark.parametrize("way", WAYS)
def test_the_promises_of_a_busy_site_are_those_from_its_tables(
	busy: dict[bool, Read], returns: bool, way: str
):
	read = busy[returns]
	assert read[way][2] == read["here"][2]
	assert any(answer.get("status") == "OK" for answer in read["here"][2])


@pytest.mark.parametrize("way", WAYS)
def test_who_may_not_read_all_of_it_gets_none_of_it(way: str):
	item = ItemFactory().name
	user = serving.new_user("Sales User", "Stock User")
	with pytest.raises(SourceUnavailable, match=r"allowed to read every|may not read"):
		ways(user)[way].snapshot([item])


def test_tills_are_named_to_who_may_read_their_invoices():
	item = ItemFactory().name
	user = serving.new_user(*(role for role in ROLES if role != "Accounts User"))
	source = ways(user)["with the app"]
	assert source.snapshot([item])
	with pytest.raises(SourceUnavailable, match="POS Invoice"):
		source.snapshot([item], documents=True)


def test_the_method_is_where_the_source_asks_for_it():
	assert callable(frappe.get_attr(METHOD))
