"""The page What If in a browser: what a planner supposes, and what comes of it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, expect

import frappe

from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import GROUP, item_with, open_form
from tests.erpnext.company import STORES
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory, SupplierFactory
from tests.factories.masters import CustomerFactory
from tests.factories.selling import QuotationFactory, SalesOrderFactory

PAGE = "/app/order-promise-what-if"
# What three customers ordered of it: quantity and day.
ORDERS = {"Velo Nord": (6, 12), "Rad & Tat": (10, 15), "Cyclo Sud": (4, 20)}


@pytest.fixture
def planner(open_desk) -> Desk:
	return open_desk("Sales User", "Purchase User", "Stock User")


@pytest.fixture
def shop() -> frappe._dict:
	"""A bicycle of which 6 are on hand and 20 come in a week, with orders that wait for them; committed."""
	bike = item_with(on_hand=6, item_name="City Bike 28")
	supplier = SupplierFactory(supplier_name=f"Alu Frames {frappe.generate_hash(length=4)}")
	late = PurchaseOrderFactory(supplier=supplier.name, item_code=bike, qty=20, schedule_date=days(7))
	PurchaseOrderFactory(supplier=supplier.name, item_code=bike, qty=20, schedule_date=days(34))
	orders = {}
	for name, (qty, day) in ORDERS.items():
		customer = CustomerFactory(customer_name=f"{name} {frappe.generate_hash(length=4)}")
		orders[name] = SalesOrderFactory(
			customer=customer.name, item_code=bike, qty=qty, rate=450, delivery_date=days(day)
		)
	wanted = {"customer": customer.name, "item_code": bike, "qty": 12, "rate": 450}
	quotation = QuotationFactory(party_name=customer.name, item_code=bike, qty=12, rate=450)
	draft = SalesOrderFactory(**wanted, delivery_date=days(9), submit=False)
	frappe.db.commit()
	return frappe._dict(bike=bike, late=late, orders=orders, quotation=quotation, draft=draft)


def rows(desk: Desk) -> Locator:
	return desk.page.locator(".otp-what-if .otp-outcomes tbody tr")


def row_of(desk: Desk, order) -> Locator:
	return desk.page.locator(f".otp-outcomes tr[data-order='{order.name}']")


def figure(desk: Desk, kind: str) -> Locator:
	return desk.page.locator(f".otp-figure[data-kind={kind}]")


def fill_link(desk: Desk, dialog: Locator, field: str, value: str) -> None:
	"""As a person types into a link, and takes what is offered."""
	box = dialog.locator(f"[data-fieldname={field}] input")
	box.click()
	box.fill(value)
	dialog.locator(f"[data-fieldname={field}] ul[role=listbox] [role=option]", has_text=value).first.click()
	desk.settle()


def supposed(desk: Desk) -> dict:
	"""What the page's address says."""
	return json.loads(parse_qs(urlparse(desk.page.url).query)["suppose"][0])


def test_a_late_purchase_order_from_its_form_to_the_lines_that_wait_for_it(planner: Desk, shop):
	planner.open(f"/app/purchase-order/{shop.late.name}")
	planner.press("What If It Is Late")
	expect(figure(planner, "worse").locator(".otp-figure-number")).to_have_text("0")  # a week is not too late
	late, has_stock = shop.orders["Rad & Tat"], shop.orders["Velo Nord"]
	planner.page.locator(".otp-suppose [data-edit]").click()
	dialog = planner.page.get_by_role("dialog", name="A document comes on another day")
	due = dialog.locator("[data-fieldname=due] input")
	due.fill(frappe.utils.formatdate(days(40)))
	due.press("Tab")
	dialog.get_by_role("button", name="Change", exact=True).click()
	expect(planner.page.locator(".otp-notice")).to_contain_text("press Compute")
	planner.button("Compute").click()
	planner.settle()
	expect(row_of(planner, late)).to_contain_text("later")
	expect(row_of(planner, has_stock)).to_have_count(0)
	expect(row_of(planner, late).locator("a[href*='/app/purchase-order/']").first).to_be_visible()
	expect(figure(planner, "worse").locator(".otp-figure-number")).to_have_text("2")
	planner.page.mouse.move(0, 0)
	planner.screenshot("what-if")
	assert supposed(planner)["delay"][0]["due"] == days(40).isoformat()


def test_a_link_shows_the_same_again_and_figures_filter_the_lines(planner: Desk, shop):
	suppose = {"delay": [{"document": shop.late.name, "due": days(40).isoformat()}]}
	planner.open(f"{PAGE}?suppose={json.dumps(suppose)}")
	expect(rows(planner)).to_have_count(2)
	figure(planner, "unchanged").press("Enter")
	expect(rows(planner)).to_have_count(3)
	figure(planner, "worse").click()
	expect(rows(planner)).to_have_count(1)
	expect(figure(planner, "worse")).to_have_attribute("aria-pressed", "false")
	assert "unchanged" in supposed(planner)["only"]
	figure(planner, "worse").click()
	expect(rows(planner)).to_have_count(3)
	customer = shop.orders["Rad & Tat"].customer
	planner.page.get_by_label("Customer", exact=True).select_option(customer)
	expect(rows(planner)).to_have_count(1)
	assert supposed(planner)["customer"] == customer
	planner.page.reload()
	expect(rows(planner)).to_have_count(1)
	assert supposed(planner)["customer"] == customer


def test_stock_and_a_warehouse_are_supposed_in_dialogs(planner: Desk, shop):
	planner.open(PAGE)
	expect(planner.page.locator(".otp-hint")).to_contain_text("Nothing is changed")
	planner.button("Lose a Warehouse").click()
	dialog = planner.page.get_by_role("dialog", name="Nothing comes from a warehouse any more")
	fill_link(planner, dialog, "warehouse", STORES)
	dialog.get_by_role("button", name="Suppose", exact=True).click()
	planner.button("Add Stock").click()
	dialog = planner.page.get_by_role("dialog", name="There is more stock")
	fill_link(planner, dialog, "item_code", shop.bike)
	dialog.locator("[data-fieldname=qty] input").fill("5")
	fill_link(planner, dialog, "warehouse", STORES)
	dialog.get_by_role("button", name="Suppose", exact=True).click()
	expect(planner.page.locator(".otp-suppose li")).to_have_count(2)
	planner.button("Compute").click()
	expect(planner.page.locator(".otp-what-if .otp-sentence")).to_contain_text("lose")
	planner.page.locator(".otp-suppose li", has_text="Nothing comes from").get_by_role(
		"button", name="Remove"
	).click()
	expect(planner.page.locator(".otp-notice")).to_contain_text("press Compute")
	planner.button("Compute").click()
	expect(planner.page.locator(".otp-what-if .otp-sentence")).to_contain_text(
		"No open order line gets another date"
	)
	assert supposed(planner)["add"] == [{"item_code": shop.bike, "qty": 5, "warehouse": STORES}]


@pytest.mark.parametrize("kind", ["quotation", "draft"])
def test_an_order_is_taken_from_its_form(planner: Desk, shop, kind: str):
	open_form(planner, shop[kind])
	planner.press("What If We Take It", group=GROUP)
	planner.page.locator(".otp-taken").wait_for()
	planner.settle()
	expect(planner.page.locator(".otp-what-if .otp-sentence")).to_contain_text(
		"The order can be delivered by"
	)
	expect(planner.page.locator(".otp-taken tbody tr")).to_have_count(1)
	if kind == "draft":
		planner.screenshot("what-if-take")


def test_who_may_not_read_orders_has_no_button(open_desk, shop):
	buyer = open_desk("Purchase User")
	buyer.open(f"/app/purchase-order/{shop.late.name}")
	expect(buyer.page.get_by_role("button", name="What If It Is Late")).to_have_count(0)


def test_an_address_that_makes_no_sense_supposes_nothing(planner: Desk):
	wrong = {"delay": [{"document": "PO", "due": "2026-99-99"}], "lose": 5, "take": {"items": "x"}}
	for suppose in (json.dumps(wrong), "nonsense"):
		planner.open(f"{PAGE}?suppose={suppose}")
		expect(planner.page.locator(".otp-hint")).to_be_visible()
		expect(planner.page.locator(".otp-suppose li")).to_have_count(0)


def test_a_telephone_and_the_dark_theme(planner: Desk, shop):
	suppose = {"delay": [{"document": shop.late.name, "due": days(40).isoformat()}]}
	planner.narrow()
	planner.open(f"{PAGE}?suppose={json.dumps(suppose)}")
	expect(rows(planner)).to_have_count(2)
	assert planner.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
	planner.screenshot("what-if-narrow")
	planner.wide()
	planner.page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
	planner.page.evaluate("document.documentElement.setAttribute('data-theme-mode', 'dark')")
	planner.screenshot("what-if-dark")
