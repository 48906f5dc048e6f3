"""Promises on a site whose suppliers have a record: probabilities, service levels, and what they cost."""

import json

import pytest

import frappe

from otp_app.api.promise import apply, calculate, for_sales_order
from otp_app.engine.facts import Reliability, SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.reliability.records import replace_all
from otp_app.sources.site.source import SiteSource
from tests.erpnext.company import STORES, working_day_after
from tests.erpnext.counting import queries
from tests.erpnext.promising import answer, promise_of, settings, submit, told
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory, SupplierFactory
from tests.factories.selling import SalesOrderFactory

# Of ten deliveries seven come on their day, two five days later, one twenty.
LATENESS = DaysLate.of({0: 7, 5: 2, 20: 1})


@pytest.fixture
def supplier() -> str:
	"""A supplier with a record, and one of stock counts."""
	name = SupplierFactory().name
	replace_all(
		[
			Reliability(SupplyKind.PURCHASE_ORDER, name, None, LATENESS, 10, late=0.3, median_late=5),
			Reliability(SupplyKind.ON_HAND, STORES, None, DaysLate((0,), (1.0,)), 60, late=0.0),
		]
	)
	settings(no_weekends=0, processing_days=0, cutoff_time=None)
	return name


def ordered(supplier: str, due: int, qty: float = 10) -> str:
	item = ItemFactory(lead_time_days=0).name
	PurchaseOrderFactory(item_code=item, qty=qty, schedule_date=days(due), supplier=supplier)
	return item


def line(item: str, qty: float = 5) -> list[dict]:
	return [{"item_code": item, "qty": qty, "warehouse": STORES}]


def test_a_promise_is_as_sure_as_the_supplier_was_punctual(supplier: str):
	found = answer(calculate, items=line(ordered(supplier, 30)))
	assert (found["probability"], found["confidence"]) == (0.7, "MEDIUM")
	(reason,) = (each for each in found["reasons"] if each["code"] == "LATE_BEFORE")
	assert (
		f"from {supplier}, late in 30 % of 10 deliveries, by 5 day(s) in the median: 70 %"
		in reason["message"]
	)


def test_a_service_level_moves_the_date_to_the_day_by_which_so_many_came(supplier: str):
	item = ordered(supplier, working_day_after(30, 5))
	plain = answer(calculate, items=line(item))
	sure = answer(calculate, items=line(item), rules={"service_level": 0.9})
	gained = frappe.utils.date_diff(sure["promise_date"], plain["promise_date"])
	assert (gained, sure["probability"]) == (5, 0.9)
	assert sure["promise_date_raw"] == plain["promise_date"]


def test_the_thresholds_of_confidence_are_the_settings(supplier: str):
	item = ordered(supplier, 30)
	settings(high_from=70, medium_from=50)
	assert answer(calculate, items=line(item))["confidence"] == "HIGH"
	settings(high_from=95, medium_from=75)
	assert answer(calculate, items=line(item))["confidence"] == "LOW"


@pytest.mark.parametrize(
	("values", "said"),
	[
		({"high_from": 60, "medium_from": 70}, "is below Medium From"),
		({"high_from": 101}, "give numbers up to 100"),
	],
)
def test_thresholds_that_make_no_sense_are_refused(values: dict, said: str):
	with pytest.raises(frappe.ValidationError, match=said):
		settings(**values)


def test_a_date_with_a_service_level_is_applied_committed_and_not_judged_by_it_again(supplier: str):
	item = ordered(supplier, 30)
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(20), submit=False)
	plain = answer(for_sales_order, sales_order=order.name)["promise_date"]
	rules = {"service_level": 0.9}
	seen = answer(for_sales_order, sales_order=order.name, rules=rules)
	assert seen["document"]["rules"] == rules
	answer(apply, sales_order=order.name, rules=rules, expected_date=seen["promise_date"])
	# By now the supplier is known to be later still: the date agreed can be met all the same.
	replace_all(
		[
			Reliability(
				SupplyKind.PURCHASE_ORDER,
				supplier,
				None,
				DaysLate.of({0: 5, 40: 5}),
				10,
				late=0.5,
				median_late=40,
			)
		]
	)
	order = submit(order)
	assert told() == ""
	promise = promise_of(order)
	assert (promise.status, str(promise.promise_date)) == ("Committed", seen["promise_date"])
	assert str(promise.expected_date) == plain
	assert "service_level" not in (json.loads(promise.request).get("rules") or {})


def test_records_of_others_are_not_read(supplier: str):
	stranger = SupplierFactory().name
	others = [
		Reliability(SupplyKind.PURCHASE_ORDER, party, None, LATENESS, 10, late=0.3, median_late=5)
		for party in (supplier, stranger)
	]
	replace_all(others)
	item = ordered(supplier, 30)
	assert [record.party for record in SiteSource().snapshot([item]).reliability] == [supplier]


def test_records_cost_one_query_whatever_their_number(supplier: str):
	item = ordered(supplier, 30)
	answer(calculate, items=line(item))
	with queries() as asked:
		answer(calculate, items=line(item))
	assert sum("tabSupply Reliability" in query for query in asked) == 1
	assert len(asked) <= 10
