"""How late supplies come, as planners look at it in a browser: records, the report of suppliers, told and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

import frappe

from otp_app.reliability.refresh import refresh
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.test_reports import open_report, promise
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory, PurchaseReceiptFactory
from tests.factories.masters import CustomerFactory, ItemFactory, ItemGroupFactory, SupplierFactory

# Days late of each order line.
SUPPLIERS = {
	"Tyres of Twente": (0, 0, 0, -1, 0, 0, 2, 0),
	"Frames and Forks": (0, 4, 6, 0, 9, 3, 0, 21, 0, 5),
	"Bells and Lights": (0, 1, 0, 0, 3, 0),
}


@pytest.fixture
def planner(open_desk) -> Desk:
	"""Desk of somebody who buys, and plans what is sold."""
	return open_desk("Purchase User", "Purchase Manager", "Sales Manager", "Sales User")


@pytest.fixture
def group() -> Iterator[str]:
	"""An item group that three suppliers deliver to; committed, with what is learned of them."""
	group = ItemGroupFactory().name
	for name, lateness in SUPPLIERS.items():
		supplier = SupplierFactory(supplier_name=f"{name} {group[-4:].strip()}").name
		item = ItemFactory(item_group=group).name
		for index, late in enumerate(lateness):
			promised = days(-30 - 3 * index)
			ordered = promised - timedelta(days=20)
			order = PurchaseOrderFactory(
				supplier=supplier, item_code=item, transaction_date=ordered, schedule_date=promised
			)
			PurchaseReceiptFactory(purchase_order=order.name, posting_date=promised + timedelta(days=late))
	frappe.db.commit()
	refresh()
	yield group
	frappe.db.delete("Supply Reliability")
	frappe.db.commit()


def late_supplier(group: str) -> str:
	filters = {"supplier": ("like", "Frames and Forks%"), "item_group": group}
	found: str = frappe.db.get_value("Supply Reliability", filters, "supplier")
	return found


def test_a_record_draws_its_distribution(planner: Desk, group: str):
	filters = {"supplier": late_supplier(group), "item_group": group}
	planner.open(f"/app/supply-reliability/{frappe.db.get_value('Supply Reliability', filters)}")
	chart = planner.page.locator("[data-fieldname=chart] svg.frappe-chart")
	expect(chart).to_be_visible()
	expect(planner.page.locator(".title-text:visible")).to_have_text("Purchase Order")
	expect(planner.button("Save")).to_have_count(0)
	planner.page.wait_for_timeout(500)
	planner.screenshot("supply-reliability")


def test_the_list_names_kinds_in_words_and_refreshes(planner: Desk, group: str):
	planner.open(f"/app/supply-reliability?item_group={group}".replace(" ", "%20"))
	rows = planner.page.locator(".list-row:visible")
	expect(rows.first).to_contain_text("Purchase Order")
	planner.press("Refresh from History")
	expect(planner.page.locator("#alert-container")).to_contain_text("worker learns")


def test_suppliers_the_least_punctual_first_and_their_receipts(planner: Desk, group: str):
	grid = open_report(planner, "Supplier Reliability", item_group=group)
	expect(grid.locator(".dt-scrollable .dt-row").first).to_contain_text("Frames and Forks")
	expect(planner.page.locator(".chart-wrapper:visible svg").first).to_be_visible()
	planner.page.wait_for_timeout(500)
	planner.screenshot("supplier-reliability")
	grid.locator("[data-otp-supplier]").first.click()
	planner.settle()
	expect(grid.locator("a[href*='/app/purchase-order/']")).to_have_count(10)
	expect(grid.locator(".dt-scrollable .dt-row").first).to_contain_text("21")
	planner.screenshot("supplier-receipts")


def test_told_beside_kept(planner: Desk):
	item, customer = ItemFactory().name, CustomerFactory().name
	for day in range(-80, -2):
		told = (0.97, 0.92, 0.84, 0.74, 0.6)[day % 5]
		late = 4 if (day * 37) % 100 >= 100 * told - 2 else 0
		delivered = {"delivered_on": days(day + late), "delivered_qty": 10, "told_probability": told}
		promise(item, "Broken" if late else "Kept", day, customer=customer, **delivered)
	frappe.db.commit()
	grid = open_report(planner, "Promise Accuracy", customer=customer, group_by="Probability")
	expect(grid.locator(".dt-scrollable .dt-row").first).to_contain_text("50 to 70 %")
	expect(planner.page.locator(".chart-wrapper:visible svg").first).to_be_visible()
	planner.page.wait_for_timeout(500)
	planner.screenshot("told-and-kept")
