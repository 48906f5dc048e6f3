"""A planner works with a backorder run in a browser: simulates, looks, applies, compares."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import frappe

from otp_app.backorder.names import RUN
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.test_reports import open_report
from tests.erpnext.rescheduling import new_run, only, work_off
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import CustomerFactory, ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

CUSTOMERS = ("Velo Nord", "Cycles Dupont", "Bike Barn")


@pytest.fixture
def planner(open_desk) -> Desk:
	"""Desk of somebody who sells, and sees what is bought."""
	return open_desk("Sales Manager", "Sales User", "Stock User", "Purchase User")


@pytest.fixture
def run() -> str:
	"""A run of a small book: a key account asks for what others have; committed."""
	mark = frappe.generate_hash(length=4)
	key, *others = (CustomerFactory(customer_name=f"{name} {mark}").name for name in CUSTOMERS)
	items = [
		ItemFactory(lead_time_days=0, item_name=name).name for name in ("City Bike", "Tandem", "Trailer")
	]
	StockEntryFactory(items=[{"item_code": item, "qty": 10} for item in items])
	lines = [{"item_code": item, "qty": 14} for item in items]
	PurchaseOrderFactory(items=lines, schedule_date=days(12))
	for number, item in enumerate(items):
		for customer in others:
			SalesOrderFactory(
				item_code=item, qty=4 + number, customer=customer, delivery_date=days(5), rate=250
			)
		asked = SalesOrderFactory(item_code=item, qty=6, customer=key, delivery_date=days(20), rate=300)
		frappe.db.set_value("Sales Order Item", {"parent": asked.name}, "otp_requested_date", days(5))
	name = new_run(
		{"strategy": "Win", "segment_name": "Key accounts", "customers": key},
		only("Redistribute", *items, segment_name="All others"),
		title="Key accounts first",
	)
	frappe.db.commit()
	return name


def as_it_is(run: str) -> frappe.model.document.Document:
	frappe.db.rollback()
	return frappe.get_doc(RUN, run)


def test_a_planner_simulates_compares_applies_and_undoes(planner: Desk, run: str):
	planner.open(f"/app/backorder-run/{run}")
	planner.press("Simulate")
	assert as_it_is(run).status == "Queued"
	assert work_off(run).status == "Simulated"
	planner.open(f"/app/backorder-run/{run}")
	comparison = planner.page.locator("[data-fieldname=comparison]:visible")
	expect(comparison).to_contain_text("Key accounts")
	expect(comparison).to_contain_text("Velo Nord")
	comparison.scroll_into_view_if_needed()
	planner.page.wait_for_timeout(500)
	planner.screenshot("backorder-run")
	planner.press("Apply")
	planner.button("Yes").click()
	planner.settle()
	assert as_it_is(run).status == "Applying"
	assert work_off(run).status == "Applied"
	grid = open_report(planner, "Backorder Comparison", run=run, outcome="Worse")
	expect(grid.locator(".dt-scrollable .dt-row").first).to_contain_text("Worse")
	planner.page.wait_for_timeout(500)
	planner.screenshot("backorder-comparison")
	planner.open(f"/app/backorder-run/{run}")
	planner.press("Undo")
	planner.button("Yes").click()
	planner.settle()
	assert work_off(run).status == "Undone"


def test_a_failed_run_says_why_and_is_resumed(planner: Desk, run: str):
	frappe.db.set_value(RUN, run, {"status": "Failed", "phase": "Simulate", "message": "The disk is full."})
	frappe.db.commit()
	planner.open(f"/app/backorder-run/{run}")
	expect(planner.page.locator(".form-message:visible")).to_contain_text("The disk is full.")
	planner.press("Resume")
	assert as_it_is(run).status == "Queued"
	assert work_off(run).status == "Simulated"
