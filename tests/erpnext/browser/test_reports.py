"""Reports and workspace in a browser: what a planner looks at, and clicks on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

import frappe
from frappe.utils import formatdate

from otp_app.promises.keeping.follow import review
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import item_with
from tests.erpnext.company import COMPANY, SHOP, STORES
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory, SupplierFactory
from tests.factories.masters import CustomerFactory, ItemGroupFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

# Of the shop whose reports are in the documentation: what each has, is to get and owes, by days from today.
GOODS = {
	"City Bike 28": {"on_hand": 7, "orders": {8: 10, 12: 20}, "sold": {2: 3, 6: 4, 9: 6}},
	"Touring Bike 28": {"on_hand": 2, "orders": {9: 6}, "sold": {1: 2, 10: 1}},
	"Helmet": {"on_hand": 36, "orders": {5: 50}, "sold": {3: 30}},
	"Chain Lock": {"on_hand": 8, "orders": {}, "sold": {1: 5}},
	"Light Set": {"on_hand": 3, "orders": {3: 40}, "sold": {4: 30}},
	"Pannier 20 L": {"on_hand": 12, "orders": {}, "sold": {2: 2}},
}


@pytest.fixture
def planner(open_desk) -> Desk:
	"""Desk of somebody who sells, and sees purchases and stock."""
	return open_desk("Sales User", "Sales Manager", "Purchase User", "Stock User")


@pytest.fixture
def item_group() -> str:
	"""A group of goods with stock, orders and commitments; committed."""
	group = ItemGroupFactory().name
	supplier, customer = SupplierFactory(), CustomerFactory()
	for name, story in GOODS.items():
		item = item_with(on_hand=story["on_hand"], item_name=name, item_group=group)
		for day, qty in story["orders"].items():
			PurchaseOrderFactory(supplier=supplier.name, item_code=item, qty=qty, schedule_date=days(day))
		for day, qty in story["sold"].items():
			SalesOrderFactory(customer=customer.name, item_code=item, qty=qty, delivery_date=days(day))
	StockEntryFactory(item_code=item, qty=5, to_warehouse=SHOP)
	frappe.db.commit()
	return group


def open_report(desk: Desk, name: str, **filters: object) -> Locator:
	"""The report's grid, filled."""
	options = "&".join(f"{field}={value}" for field, value in {"company": COMPANY, **filters}.items())
	desk.open(f"/app/query-report/{name}?{options}".replace(" ", "%20"))
	grid = desk.page.locator(".page-container:visible .datatable")
	grid.locator(".dt-scrollable .dt-row").first.wait_for()
	desk.settle()
	return grid


def test_available_to_promise_shows_the_grid_and_the_first_rows_chart(planner: Desk, item_group: str):
	grid = open_report(planner, "Available to Promise", item_group=item_group)
	expect(grid.get_by_text("City Bike 28")).to_be_visible()
	expect(
		planner.page.locator(
			".report-wrapper .chart-wrapper:visible .frappe-chart, .chart-wrapper:visible svg"
		).first
	).to_be_visible()
	planner.screenshot("available-to-promise")


def test_a_number_opens_the_documents_behind_it(planner: Desk, item_group: str):
	grid = open_report(planner, "Available to Promise", item_group=item_group)
	grid.locator("[data-otp-atp]").first.click()
	dialog = planner.page.get_by_role("dialog")
	rows = dialog.locator(".otp-documents tbody tr")
	expect(rows).to_have_count(6)  # on hand, two purchase orders, three sales orders
	expect(dialog).to_contain_text("can be promised without breaking a commitment")
	order = frappe.get_all("Sales Order", {"docstatus": 1}, pluck="name", limit=1)[0]
	assert order.startswith("SAL-ORD")
	expect(dialog.locator("a[href*='/app/purchase-order/']")).to_have_count(2)
	expect(dialog.locator("a[href*='/app/sales-order/']")).to_have_count(3)
	planner.screenshot("available-to-promise-documents")


def test_ticked_rows_are_drawn_together(planner: Desk, item_group: str):
	grid = open_report(planner, "Available to Promise", item_group=item_group)
	boxes = grid.locator(".dt-scrollable input[type=checkbox]")
	boxes.nth(0).check()
	boxes.nth(2).check()
	expect(planner.page.locator(".chart-wrapper:visible text.title")).to_have_text("ATP of 2 rows")
	boxes.nth(0).uncheck()
	boxes.nth(2).uncheck()
	expect(planner.page.locator(".chart-wrapper:visible text.title")).to_contain_text("ATP of VELO")


def promise(item: str, status: str, promised: int, **line: object) -> None:
	values = {
		"doctype": "Order Promise",
		"status": status,
		"company": COMPANY,
		"customer": line.pop("customer", None),
		"promise_date": days(promised),
		"lines": [
			{
				"item_code": item,
				"qty": 10,
				"uom": "Nos",
				"warehouse": STORES,
				"promise_date": days(promised),
				**line,
			}
		],
	}
	frappe.get_doc(values).insert(ignore_permissions=True)


def slipped(customer: str, name: str, qty: float, days_late: int) -> None:
	"""An order whose purchase order is late since it was promised, by the last review."""
	item = item_with(item_name=name)
	purchase = PurchaseOrderFactory(item_code=item, qty=qty, schedule_date=days(8))
	order = SalesOrderFactory(item_code=item, qty=qty, delivery_date=days(12), customer=customer)
	row = purchase.items[0].name
	frappe.db.set_value("Purchase Order Item", row, "expected_delivery_date", days(12 + days_late))
	review(frappe.db.get_value("Sales Order", order.name, "otp_promise"))


@pytest.fixture
def history() -> str:
	"""A customer with promises of half a year, most of them kept, and some at risk; committed."""
	item, customer = item_with(on_hand=30, item_name="City Bike 28"), CustomerFactory().name
	for day in range(-170, 0, 9):
		late = 3 if day % 4 == 0 else 0
		delivered = {"delivered_on": days(day + late), "delivered_qty": 10, "told_probability": 0.8}
		promise(item, "Broken" if late else "Kept", day, customer=customer, **delivered)
	promise(item, "Held", 4, customer=customer, expected_date=days(4))
	promise(item, "Committed", 5, customer=customer, expected_date=days(5))
	for name, qty, days_late in (("Touring Bike 28", 4, 8), ("Pannier 20 L", 25, 3), ("Light Set", 40, 15)):
		slipped(customer, name, qty, days_late)
	SalesOrderFactory(item_code=item_with(item_name="Helmet"), qty=5, customer=customer)
	frappe.db.commit()
	return customer


def test_promises_at_risk_shows_the_worst_first(planner: Desk, history: str):
	grid = open_report(planner, "Promises at Risk", customer=history)
	expect(grid.locator(".dt-scrollable .dt-row").first).to_contain_text("no date")
	expect(planner.page.locator(".report-summary:visible")).to_contain_text("Orders at Risk")
	expect(grid.locator("a[href*='/app/purchase-order/']")).to_have_count(3)
	planner.screenshot("promises-at-risk")


def test_promise_accuracy_ends_with_the_total(planner: Desk, history: str):
	grid = open_report(planner, "Promise Accuracy", customer=history)
	expect(grid.locator(".dt-scrollable .dt-row").last).to_contain_text("Total")
	planner.screenshot("promise-accuracy")


def test_the_workspace_shows_its_numbers_and_charts(planner: Desk, history: str):
	planner.open("/app/order-promising")
	planner.page.locator(".number-widget-box .number").nth(4).wait_for()
	planner.page.locator(".dashboard-widget-box svg, .dashboard-widget-box .frappe-chart").first.wait_for()
	planner.page.wait_for_timeout(1500)  # charts grow
	numbers = planner.page.locator(".number-widget-box .number").all_inner_texts()
	assert all(re.match(r"-?\d", number.strip()) for number in numbers), numbers
	expect(planner.page.get_by_role("link", name="Transit Lane").first).to_be_visible()
	planner.screenshot("workspace")


def test_a_number_card_opens_its_report(planner: Desk, history: str):
	planner.open("/app/order-promising")
	planner.page.locator(".number-widget-box", has_text="Promises at Risk").locator(".number").click()
	planner.page.wait_for_url("**/query-report/Promises%20at%20Risk**")


def test_a_customer_sees_the_dates_of_an_order_on_the_portal(open_desk):
	portal = open_desk("Customer")
	customer = CustomerFactory()
	customer.append("portal_users", {"user": portal.user})
	customer.save()
	lines = [
		{"item_code": item_with(on_hand=9, item_name=name), "qty": 2} for name in ("City Bike 28", "Helmet")
	]
	lines[1]["delivery_date"] = days(15)
	order = SalesOrderFactory(customer=customer.name, items=lines, delivery_date=days(8))
	frappe.db.commit()
	portal.page.goto(f"{portal.base}/orders/{order.name}")
	dates = portal.page.locator(".otp-promised-dates")
	expect(dates).to_contain_text(formatdate(days(15), "d MMMM yyyy"))
	expect(dates.locator("tbody tr")).to_have_count(2)
	portal.screenshot("portal")
