"""What users see of a run, and what they may do with it: report, form, calls."""

from __future__ import annotations

from typing import Any

import pytest

import frappe

from otp_app.api.backorder import apply, resume, simulate, status
from otp_app.backorder.names import LINE, RUN
from otp_app.otp_app.report.backorder_comparison.backorder_comparison import execute
from tests.erpnext.company import COMPANY
from tests.erpnext.rescheduling import day, line_of, new_run, simulated
from tests.erpnext.serving import new_user
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

SOON, LATER = 5, 20


@pytest.fixture
def run() -> tuple[str, str, str, str]:
	"""A run in which KEY gets the stock that OLD has; its name, both orders, and the purchase order that OLD waits for."""
	item = ItemFactory(lead_time_days=0).name
	StockEntryFactory(item_code=item, qty=10)
	purchase = PurchaseOrderFactory(item_code=item, qty=10, schedule_date=days(LATER - 5)).name
	old, key = (
		SalesOrderFactory(
			item_code=item, qty=10, customer=CustomerFactory().name, delivery_date=days(until), rate=rate
		).name
		for until, rate in ((SOON, 10), (LATER, 30))
	)
	frappe.db.set_value("Sales Order Item", {"parent": key}, "otp_requested_date", days(SOON))
	frappe.db.commit()
	segments = (
		{"strategy": "Win", "segment_name": "Key", "orders": key},
		{"strategy": "Redistribute", "segment_name": "Others", "orders": old},
	)
	return simulated(*segments), old, key, purchase


def report(run: str, **filters: Any) -> tuple[list[Any], Any, list[Any]]:
	"""Rows, message and cards."""
	_columns, rows, message, _chart, cards = execute({"run": run, **filters})
	return rows, message, cards


def test_the_report_shows_what_becomes_of_each_line_and_why(run):
	name, old, key, purchase = run
	rows, _message, cards = report(name, segment="Others")
	(row,) = rows
	assert (row["sales_order"], row["outcome"], row["before_date"]) == (old, "Worse", day(SOON))
	assert purchase in row["reasons"] and key in row["reasons"]
	assert (row["value"], row["currency"]) == (100.0, "EUR")
	assert [(card["label"], card["value"]) for card in cards] == [("Worse (€ 100.00)", 1)]
	assert [row["sales_order"] for row in report(name, outcome="Improved")[0]] == [key]
	assert report(name, segment="Key", late=1)[0] == []
	assert [row["sales_order"] for row in report(name, segment="Key", minimum_value=200)[0]] == [key]


def test_it_sums_up_by_segment_and_by_customer(run):
	name, old, _key, _purchase = run
	by_segment = {row["name"]: row for row in report(name, sum_up_by="Segment")[0]}
	assert (by_segment["Key"]["improved"], by_segment["Others"]["worse"]) == (1, 1)
	assert by_segment["Others"]["worse_value"] == 100.0
	customer = frappe.db.get_value("Sales Order", old, "customer")
	(row,) = report(name, sum_up_by="Customer", customer=customer)[0]
	assert (row["name"], row["lines"], row["worse"], row["late"]) == (customer, 1, 1, 1)


def test_user_permissions_hold_in_report_and_form(run):
	name, old, _key, _purchase = run
	user = new_user("Sales Manager")
	customer = frappe.db.get_value("Sales Order", old, "customer")
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": customer}
	).insert()
	frappe.set_user(user)
	assert [row["sales_order"] for row in report(name)[0]] == [old]
	doc = frappe.get_doc(RUN, name)
	doc.run_method("onload")
	assert [row["name"] for row in doc.get_onload("comparison")["changes"]] == ["Worse"]


def test_names_of_documents_are_left_out_for_who_may_not_read_them(run):
	name, old, _key, purchase = run
	frappe.set_user(new_user("Sales Manager"))
	(row,) = report(name, sales_order=old)[0]
	assert purchase not in row["reasons"] and "wait for Purchase Order …" in row["reasons"]
	line = frappe.get_doc(LINE, line_of(name, old).name)
	line.run_method("onload")
	assert purchase not in line.get_onload("reasons")["date"]
	frappe.set_user("Administrator")
	assert purchase in report(name, sales_order=old)[0][0]["reasons"]


def test_a_report_needs_a_run_that_the_user_may_read(run):
	with pytest.raises(frappe.ValidationError, match="Choose a Backorder Run"):
		execute({})
	frappe.set_user(new_user("Sales User"))
	with pytest.raises(frappe.PermissionError):
		execute({"run": run[0]})


def error() -> dict[str, Any]:
	return frappe.local.response["error"]


def test_a_stock_manager_simulates_and_does_not_apply(run):
	frappe.set_user(new_user("Stock Manager"))
	assert simulate(run=run[0])["status"] == "Queued"
	frappe.db.set_value(RUN, run[0], "status", "Simulated")
	assert apply(run=run[0]) is None
	assert (error()["code"], error()["message"]) == ("FORBIDDEN", "You may not change Sales Orders.")


def test_who_is_kept_to_a_company_needs_a_run_of_it():
	every = new_run("Redistribute")
	frappe.db.set_value(RUN, every, "company", None)
	user = new_user("Sales Manager")
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Company", "for_value": COMPANY}
	).insert()
	frappe.set_user(user)
	assert simulate(run=every) is None and error()["code"] == "FORBIDDEN"
	mine = new_run("Redistribute")
	assert simulate(run=mine)["status"] == "Queued"


def test_verbs_that_do_not_fit_the_status_are_refused():
	run = new_run("Redistribute")
	for verb, sentence in ((apply, "only when it is Simulated"), (resume, "there is nothing to resume")):
		frappe.local.response = frappe._dict()
		assert verb(run=run) is None
		assert error()["code"] == "NOT_NOW" and sentence in error()["message"]
	assert simulate(run="BACKORDER-99999") is None and error()["code"] == "UNKNOWN_BACKORDER_RUN"
	assert status(run=run)["status"] == "Draft"
