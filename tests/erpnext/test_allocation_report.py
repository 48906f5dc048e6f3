"""The report Product Allocation Usage, and the periods that a form is filled with."""

from typing import Any

import pytest

import frappe
from frappe.desk import query_report

from otp_app.api.allocation import periods
from otp_app.api.promise import hold
from otp_app.api.stock import item_stock
from otp_app.otp_app.report.available_to_promise.available_to_promise import execute as available
from otp_app.otp_app.report.product_allocation_usage.product_allocation_usage import execute
from tests.erpnext.company import COMPANY, STORES
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, refusal
from tests.erpnext.serving import new_user
from tests.factories.allocating import ProductAllocationFactory, SupplyProtectionFactory, weeks
from tests.factories.base import days
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

Row = dict[str, Any]
REPORT = "Product Allocation Usage"


def stocked(**values: Any) -> str:
	item = ItemFactory(lead_time_days=0, **values).name
	StockEntryFactory(item_code=item, qty=100)
	return item


def rows(**filters: Any) -> list[Row]:
	return execute(filters)[1]


def figures(found: list[Row]) -> list[tuple]:
	return [(row["qty"], row["used"], row["free"], row["over"]) for row in found]


def test_quota_used_free_and_over_by_period():
	item = stocked()
	quota = ProductAllocationFactory(item_code=item, periods=weeks(10, 10, 10))
	SalesOrderFactory(item_code=item, qty=4, delivery_date=days(2))
	SalesOrderFactory(item_code=item, qty=13, delivery_date=days(9))
	found = rows(name=quota.name)
	assert figures(found) == [(10, 4, 6, None), (10, 13, 0, 3), (10, 0, 10, None)]
	assert next((row["item_code"], row["buyers"], row["used_share"]) for row in found) == (
		item,
		"Everybody",
		40,
	)


def test_what_is_still_protected():
	item, customer = stocked(), CustomerFactory().name
	made = SupplyProtectionFactory(item_code=item, to_customer=customer, periods=weeks(60, length=30))
	SalesOrderFactory(item_code=item, qty=25, customer=customer)
	(row,) = rows(kind="Supply Protection", name=made.name)
	assert (row["warehouse"], row["buyers"]) == (STORES, customer)
	assert figures([row]) == [(60, 25, 35, None)]


def test_who_used_it():
	group = ItemGroupFactory().name
	one, other, customer = stocked(item_group=group), stocked(item_group=group), CustomerFactory().name
	quota = ProductAllocationFactory(item_group=group)
	sold = SalesOrderFactory(item_code=one, qty=4, delivery_date=days(9), customer=customer)
	lines = [{"item_code": other, "qty": 3, "warehouse": STORES}]
	held = answer(hold, items=lines, customer=customer)["promise"]
	found = rows(name=quota.name, group_by="Document")
	assert {(row["document_type"], row["document"], row["item_code"], row["qty"]) for row in found} == {
		("Sales Order", sold.name, one, 4),
		("Order Promise", held, other, 3),
	}
	assert {row["customer"] for row in found} == {customer}


def test_only_a_period_s_days_are_asked_for():
	item = stocked()
	quota = ProductAllocationFactory(item_code=item, periods=weeks(1, 2, 3))
	found = rows(name=quota.name, from_date=str(days(7)), to_date=str(days(8)))
	assert [row["qty"] for row in found] == [2]


def test_a_user_sees_the_quotas_and_the_orders_that_it_may_read():
	item, mine, theirs = stocked(), CustomerFactory().name, CustomerFactory().name
	own = ProductAllocationFactory(item_code=item, to_customer=mine)
	foreign = ProductAllocationFactory(item_code=item, to_customer=theirs)
	shared = ProductAllocationFactory(item_code=item)
	sold = SalesOrderFactory(item_code=item, qty=1, customer=mine)
	SalesOrderFactory(item_code=item, qty=2, customer=theirs)
	user = new_user("Sales User")
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": mine}
	).insert()
	frappe.set_user(user)
	try:
		seen = {row["name"] for row in query_report.run(REPORT, {})["result"]}
		documents = query_report.run(REPORT, {"name": shared.name, "group_by": "Document"})["result"]
		hidden = query_report.run(REPORT, {"name": foreign.name, "group_by": "Document"})["result"]
	finally:
		frappe.set_user("Administrator")
	assert {own.name, shared.name} <= seen
	assert foreign.name not in seen
	assert [row["document"] for row in documents] == [sold.name]
	assert hidden == []


def test_who_may_not_read_quotas_may_not_see_the_report():
	frappe.set_user(new_user("Purchase User"))
	try:
		with pytest.raises(frappe.PermissionError):
			execute({})
	finally:
		frappe.set_user("Administrator")


def test_the_number_of_queries_does_not_grow_with_the_number_of_quotas():
	item = stocked()
	ProductAllocationFactory(item_code=item)
	execute({})
	with queries() as few:
		execute({})
	for _ in range(5):
		ProductAllocationFactory(item_code=item)
	execute({})
	with queries() as many:
		execute({})
	assert len(few) == len(many)


@pytest.mark.parametrize(
	("frequency", "first", "last", "expected"),
	[
		("Month", "2026-01-15", "2026-03-10", ["2026-01-31", "2026-02-28", "2026-03-10"]),
		("Week", "2026-03-04", "2026-03-16", ["2026-03-08", "2026-03-15", "2026-03-16"]),
		("Day", "2026-03-04", "2026-03-05", ["2026-03-04", "2026-03-05"]),
	],
)
def test_periods_are_cut_into_days_weeks_or_months(
	frequency: str, first: str, last: str, expected: list[str]
):
	found = answer(periods, frequency=frequency, from_date=first, to_date=last, qty=5)["periods"]
	assert [period["to_date"] for period in found] == expected
	assert found[0]["from_date"] == first
	assert {period["qty"] for period in found} == {5}


@pytest.mark.parametrize(
	("values", "field"),
	[
		({"from_date": "2026-03-04", "to_date": "2026-03-01"}, "to_date"),
		({"from_date": "2026-03-04", "to_date": "2036-03-01", "frequency": "Day"}, "give at most"),
		({"from_date": "2026-03-04", "to_date": "2026-03-05", "qty": -1}, "qty"),
		({"from_date": "2026-03-04", "to_date": "2026-03-05", "frequency": "Year"}, "frequency"),
	],
)
def test_periods_that_cannot_be_made_are_refused(values: dict, field: str):
	status, _code, message = refusal(periods, **values)
	assert status == 422
	assert field in message


def test_item_stock_and_the_report_on_atp_show_what_is_protected():
	item, customer = stocked(), CustomerFactory().name
	name = SupplyProtectionFactory(item_code=item, to_customer=customer, periods=weeks(60, length=30)).name
	(place,) = answer(item_stock, item_code=item, warehouse=STORES, documents=1)["items"][0]["warehouses"]
	(event,) = (event for event in place["events"] if event["kind"] == "protected")
	assert (event["qty"], event["document_type"], event["document"]) == (-60, "Supply Protection", name)
	(row,) = available({"company": COMPANY, "items": [item]})[1]
	assert {value for key, value in row.items() if key.startswith("atp_")} == {40}
