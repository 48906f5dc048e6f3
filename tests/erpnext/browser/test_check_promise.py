"""Check Promise: what a person reads, with eyes, keyboard or screen reader, in a wide window and on a telephone."""

import re

from playwright.sync_api import expect

import frappe

from otp_app.api.promise import for_sales_order
from tests.erpnext.browser.conftest import OpenDesk
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import (
	GROUP,
	answered,
	check_promise,
	item_with,
	late_order,
	open_form,
	user_date,
)
from tests.erpnext.promising import answer
from tests.factories.base import days
from tests.factories.selling import QuotationFactory, SalesOrderFactory


def test_the_dialog_says_when_the_order_comes_how_sure_that_is_and_how_late(desk: Desk):
	order = late_order()
	promised = answer(for_sales_order, sales_order=order.name)["promise_date"]
	dialog = check_promise(desk, order)

	headline = dialog.get_by_role("status")
	expect(headline).to_contain_text("Can be delivered complete by")
	expect(headline).to_contain_text(user_date(promised))
	expect(headline).to_contain_text("later than requested")
	expect(headline).to_contain_text("Medium confidence")
	rows = dialog.locator(".otp-line")
	expect(rows).to_have_count(2)
	expect(rows.first).to_contain_text("City Bike 28")
	expect(rows.first).to_contain_text("10 Nos")
	expect(rows.first).to_contain_text(user_date(days(7)))
	expect(rows.first).to_contain_text("late")


def test_the_line_that_holds_the_order_up_is_open_and_shows_pegs_a_picture_and_reasons(desk: Desk):
	order = late_order()
	purchase = frappe.get_last_doc("Purchase Order").name
	dialog = check_promise(desk, order)

	expect(dialog.get_by_role("button", name="City Bike 28")).to_have_attribute("aria-expanded", "true")
	pegs = dialog.locator(".otp-pegs tbody tr")
	expect(pegs).to_have_count(2)
	expect(pegs.nth(0)).to_contain_text("Stock")
	expect(pegs.nth(0)).to_contain_text("4 Nos")
	expect(pegs.nth(1)).to_contain_text("6 Nos")
	link = pegs.nth(1).get_by_role("link", name=purchase)
	expect(link).to_have_attribute("href", f"/app/purchase-order/{purchase}")
	chart = dialog.locator(".otp-charts [role=img]")
	expect(chart).to_have_attribute("aria-label", re.compile("ATP of .*: 4 Nos from .*, 24 Nos from"))
	expect(chart.locator(".line-graph-path")).to_have_count(1)
	expect(dialog.locator(".otp-detail .otp-reasons").first).to_contain_text("come from stock")
	desk.page.wait_for_timeout(1000)  # the picture is drawn
	desk.screenshot("dialog")


def test_somebody_who_may_not_read_purchases_sees_no_name_of_one(open_desk: OpenDesk):
	order = late_order()
	purchase = frappe.get_last_doc("Purchase Order")
	dialog = check_promise(open_desk("Sales User"), order)

	expect(dialog.locator(".otp-pegs tbody tr").nth(1)).to_contain_text("Purchase Order")
	assert purchase.name not in dialog.inner_text()
	assert purchase.supplier not in dialog.inner_text()


def test_an_order_that_cannot_be_promised_says_why_and_offers_to_request_a_purchase(desk: Desk):
	order = SalesOrderFactory(item_code=item_with(on_hand=1), qty=5, submit=False)
	frappe.db.commit()
	dialog = check_promise(desk, order)

	expect(dialog.get_by_role("status")).to_contain_text("Cannot be promised")
	expect(dialog.get_by_role("status")).to_contain_text("it has no lead time: set one on the item")
	expect(dialog.get_by_role("button", name="Apply Promise")).to_have_count(0)
	expect(dialog.get_by_role("button", name="Request Purchase")).to_be_visible()


def test_a_quotation_is_checked_too(desk: Desk):
	quotation = QuotationFactory(item_code=item_with(on_hand=20), qty=5)
	frappe.db.commit()
	dialog = check_promise(desk, quotation)
	expect(dialog.get_by_role("status")).to_contain_text("Can be delivered complete by")
	expect(dialog.get_by_role("status")).to_contain_text("No date is requested")


def test_a_form_that_was_changed_is_saved_before_it_is_checked(desk: Desk):
	order = late_order()
	open_form(desk, order)
	desk.page.evaluate(
		"frappe.model.set_value(cur_frm.doc.items[0].doctype, cur_frm.doc.items[0].name, 'qty', 3)"
	)
	desk.settle()
	desk.press("Check Promise", group=GROUP)
	expect(answered(desk, order).locator(".otp-line").first).to_contain_text("3 Nos")


def test_names_are_shown_as_text_whatever_is_in_them(desk: Desk):
	order = late_order()
	name = '<b id="from-a-name">Bike</b> & "Co"'
	frappe.db.set_value("Sales Order Item", order.items[0].name, "item_name", name)
	frappe.db.commit()
	dialog = check_promise(desk, order)
	expect(dialog.locator(".otp-line").first).to_contain_text(name)
	expect(dialog.locator("#from-a-name")).to_have_count(0)


def test_the_keyboard_opens_the_dialog_and_its_lines_and_closes_it(desk: Desk):
	order = late_order()
	open_form(desk, order)
	desk.page.keyboard.press("Alt+Shift+P")
	dialog = answered(desk, order)
	desk.settle()
	helmet = dialog.get_by_role("button", name="Helmet")
	expect(helmet).to_have_attribute("aria-expanded", "false")

	for _press in range(20):
		if helmet.evaluate("button => button === document.activeElement"):
			break
		desk.page.keyboard.press("Tab")
	desk.page.keyboard.press("Enter")
	expect(helmet).to_have_attribute("aria-expanded", "true")
	expect(dialog.locator(".otp-detail").nth(1)).to_contain_text("2 Nos")
	expect(dialog.locator(".otp-detail").nth(1).locator("svg")).to_be_visible()
	expect(helmet).to_be_focused()
	desk.page.keyboard.press("Enter")
	expect(dialog.locator(".otp-detail").nth(1)).to_be_hidden()
	desk.page.keyboard.press("Escape")
	expect(dialog).to_have_count(0)


def test_on_a_telephone_nothing_is_wider_than_the_window(desk: Desk):
	order = late_order()
	desk.narrow()
	dialog = check_promise(desk, order)
	expect(dialog.locator(".otp-charts svg").first).to_be_visible()
	desk.page.wait_for_timeout(1000)

	assert desk.page.evaluate("document.documentElement.scrollWidth") <= desk.page.viewport_size["width"]
	assert desk.too_wide() == []
	expect(dialog.get_by_role("button", name="Apply Promise")).to_be_visible()
	desk.screenshot("narrow")


def test_somebody_who_may_only_read_the_order_can_check_it_and_change_nothing(open_desk: OpenDesk):
	order = late_order()
	desk = open_desk("Stock User")
	dialog = check_promise(desk, order)
	expect(dialog.get_by_role("button", name="Apply Promise")).to_have_count(0)
	expect(dialog.get_by_role("button", name="Hold")).to_have_count(0)
	expect(dialog.locator("[data-action=apply]")).to_have_count(0)


def test_a_closed_order_has_no_buttons_of_ours(desk: Desk):
	order = SalesOrderFactory(item_code=item_with(on_hand=5), qty=1)
	order.update_status("Closed")
	frappe.db.commit()
	open_form(desk, order)
	expect(desk.page.get_by_role("button", name=GROUP, exact=True)).to_have_count(0)
