"""What is done from the forms: apply, hold, release, request a purchase, submit; and what list and form show of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

import frappe

from otp_app.api.promise import for_sales_order, hold
from tests.erpnext.browser.desk import Desk
from tests.erpnext.browser.ordering import (
	GROUP,
	as_it_is,
	check_promise,
	drop_refusals,
	item_with,
	late_order,
	open_form,
	user_date,
)
from tests.erpnext.company import SHOP
from tests.erpnext.promising import answer, promise_of, settings
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory


@pytest.fixture
def blocking() -> Iterator[None]:
	"""Policy Block on this site, until the test is over."""
	before = frappe.db.get_single_value("Order Promise Settings", "submit_policy")
	settings(submit_policy="Block")
	frappe.db.commit()
	yield
	frappe.db.rollback()
	settings(submit_policy=before)
	frappe.db.commit()


def test_apply_promise_moves_the_dates_and_keeps_the_requested_one(desk: Desk):
	order = late_order()
	dialog = check_promise(desk, order)
	dialog.get_by_role("button", name="Apply Promise").click()
	expect(desk.page.locator(".desk-alert").get_by_text("Promised for")).to_be_visible()
	expect(dialog).to_have_count(0)
	desk.settle()

	applied = as_it_is(order)
	promised = applied.otp_promise_date
	assert promised > days(15), "the bicycles come with the purchase order"
	assert [row.delivery_date for row in applied.items] == [promised, promised]
	assert [row.otp_requested_date for row in applied.items] == [days(7), days(7)]
	assert (applied.delivery_date, applied.otp_requested_date) == (promised, days(7))
	assert promise_of(applied).status == "Draft"
	comments = frappe.get_all(
		"Comment", {"reference_name": order.name, "comment_type": "Info"}, pluck="content"
	)
	assert len(comments) == 1, comments
	assert desk.page.evaluate("cur_frm.doc.otp_promise_date") == str(promised)
	expect(desk.page.locator(".otp-indicator")).to_have_text(f"Promise: Draft, {user_date(promised)}")
	desk.screenshot("form")


def test_surer_dates_are_chosen_in_the_dialog_and_applied(desk: Desk):
	order = late_order()
	rules = {"service_level": 0.95}
	early, sure = (
		answer(for_sales_order, sales_order=order.name, **more)["promise_date"]
		for more in ({}, {"rules": rules})
	)
	assert sure > early
	dialog = check_promise(desk, order)
	dialog.get_by_label("Dates").select_option(label="95 % sure")
	headline = dialog.get_by_role("status")
	expect(headline).to_contain_text(user_date(sure))
	expect(headline).to_contain_text("High confidence, 9")
	expect(dialog.get_by_label("Dates")).to_have_value("0.95")
	expect(dialog.locator(".otp-charts [role=img]")).to_have_count(1)
	dialog.get_by_role("button", name="Apply Promise").click()
	expect(dialog).to_have_count(0)
	desk.settle()

	applied = as_it_is(order)
	assert str(applied.otp_promise_date) == sure
	assert promise_of(applied).probability >= 0.95
	assert check_promise(desk, applied).get_by_label("Dates").input_value() == "0.95", "agreed, so kept"


def test_a_date_that_is_gone_meanwhile_is_not_applied_and_the_dialog_shows_the_new_one(desk: Desk):
	item = item_with(on_hand=5)
	PurchaseOrderFactory(item_code=item, qty=20, schedule_date=days(15))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(7), submit=False)
	frappe.db.commit()
	dialog = check_promise(desk, order)
	SalesOrderFactory(item_code=item, qty=5, delivery_date=days(5))
	frappe.db.commit()

	dialog.get_by_role("button", name="Apply Promise").click()
	expect(dialog.get_by_role("alert")).to_contain_text("check the promise again")
	expect(dialog.get_by_role("status")).to_contain_text("later than requested")
	expect(dialog.get_by_role("alert")).to_have_count(1)
	expect(desk.page.locator(".modal.show")).to_have_count(1)
	assert not as_it_is(order).otp_promise
	drop_refusals(desk, 409)


def test_an_option_that_changes_the_order_is_applied_with_its_change(desk: Desk):
	item = item_with(on_hand=4)
	StockEntryFactory(item_code=item, qty=20, to_warehouse=SHOP)
	order = SalesOrderFactory(item_code=item, qty=10, delivery_date=days(7), submit=False)
	frappe.db.commit()
	dialog = check_promise(desk, order)
	option = dialog.locator(".otp-options li", has_text=f"Deliver {item} from {SHOP}.")
	option.get_by_role("button", name="Apply").click()
	expect(desk.page.locator(".desk-alert").get_by_text("Promised for")).to_be_visible()

	applied = as_it_is(order)
	assert applied.items[0].warehouse == SHOP
	assert applied.otp_promise_date


def test_an_order_is_held_and_released_from_the_form(desk: Desk):
	order = late_order()
	open_form(desk, order)
	desk.press("Hold", group=GROUP)
	dialog = desk.page.get_by_role("dialog", name=f"Hold for {order.name}")
	expect(dialog).to_contain_text("10 Nos")
	dialog.get_by_label("Hold Time (Minutes)").fill("90")
	dialog.get_by_role("button", name="Hold", exact=True).click()
	expect(desk.page.get_by_text("Held until")).to_be_visible()
	desk.settle()

	held = promise_of(as_it_is(order))
	minutes = (held.held_until - held.creation).total_seconds() / 60
	assert (held.status, round(minutes)) == ("Held", 90)
	expect(desk.page.locator(".otp-indicator")).to_contain_text("Promise: Held")

	desk.press("Release", group=GROUP)
	desk.button("Yes").click()
	expect(desk.page.get_by_text("Released", exact=True)).to_be_visible()
	desk.settle()
	assert as_it_is(held).status == "Cancelled"
	expect(desk.page.locator(".otp-indicator")).to_have_count(0)


def test_a_hold_is_extended_and_released_from_its_own_form(desk: Desk):
	order = late_order()
	open_form(desk, order)
	desk.press("Hold", group=GROUP)
	desk.page.locator(".modal.show").get_by_role("button", name="Hold", exact=True).click()
	expect(desk.page.get_by_text("Held until")).to_be_visible()
	held = promise_of(as_it_is(order))

	open_form(desk, held)
	desk.press("Extend")
	dialog = desk.page.get_by_role("dialog", name=f"Extend the Hold {held.name}")
	dialog.get_by_label("Hold Time (Minutes)").fill("2000")
	dialog.get_by_role("button", name="Extend").click()
	expect(desk.page.get_by_text("Held until").last).to_be_visible()
	desk.settle()
	assert as_it_is(held).held_until > held.held_until

	desk.press("Release")
	desk.button("Yes").click()
	expect(desk.page.get_by_text("Released", exact=True)).to_be_visible()
	desk.settle()
	assert as_it_is(held).status == "Cancelled"
	expect(desk.button("Extend")).to_have_count(0)


def test_what_a_call_refuses_is_said_once_and_in_the_dialog(desk: Desk):
	order = late_order()
	open_form(desk, order)
	desk.press("Hold", group=GROUP)
	dialog = desk.page.get_by_role("dialog", name=f"Hold for {order.name}")
	dialog.get_by_label("Hold Time (Minutes)").fill("99999999")
	dialog.get_by_role("button", name="Hold", exact=True).click()
	expect(dialog.get_by_role("alert")).to_contain_text("hold_minutes must be from 1 to")
	expect(desk.page.locator(".modal.show")).to_have_count(1)
	assert not as_it_is(order).otp_promise
	drop_refusals(desk, 422)


def test_a_purchase_is_requested_for_what_is_missing(desk: Desk):
	item = item_with(on_hand=1)
	order = SalesOrderFactory(item_code=item, qty=5, submit=False)
	frappe.db.commit()
	open_form(desk, order)
	desk.press("Request Purchase", group=GROUP)
	dialog = desk.page.get_by_role("dialog", name=f"Request Purchase for {order.name}")
	expect(dialog.locator(".otp-suggestions tbody tr")).to_have_count(1)
	dialog.get_by_role("button", name="Create Material Request").click()
	link = dialog.get_by_role("link")
	expect(link).to_be_visible()

	request = frappe.get_doc("Material Request", link.inner_text())
	assert (request.docstatus, request.items[0].item_code) == (0, item)


def test_with_policy_block_the_person_who_submits_is_told_why_not(desk: Desk, blocking: None):
	item = item_with(on_hand=10)
	SalesOrderFactory(item_code=item, qty=8, delivery_date=days(5))
	order = SalesOrderFactory(item_code=item, qty=5, delivery_date=days(7), submit=False)
	frappe.db.commit()
	open_form(desk, order)
	desk.press("Submit")
	desk.button("Yes").click()
	message = desk.page.locator(".modal.show:has(.msgprint)")
	expect(message).to_contain_text(f"Row 1: 3 Nos of {item} cannot be promised")
	expect(message).to_contain_text("Check Promise shows later dates")
	desk.screenshot("submit_blocked")
	assert as_it_is(order).docstatus == 0
	drop_refusals(desk, 417, among_others=True)


def test_the_list_has_the_promised_date_in_the_colour_of_its_promise(desk: Desk):
	order = SalesOrderFactory(item_code=item_with(on_hand=5), qty=5, delivery_date=days(12))
	frappe.db.commit()
	held = late_order()
	answer(hold, sales_order=held.name)
	frappe.db.commit()
	desk.open("/app/sales-order")

	expect(desk.page.locator(".list-row-head", has_text="Promised Date")).to_be_visible()
	for document, color in ((order, "green"), (held, "blue")):
		row = desk.page.locator(".list-row", has=desk.page.locator(f"[data-name='{document.name}']"))
		cell = row.locator("[data-filter^='otp_promise_date']")
		expect(cell).to_have_text(user_date(as_it_is(document).otp_promise_date))
		expect(cell).to_have_class(f"filterable indicator-pill {color} ellipsis")
	assert desk.page.evaluate("cur_list.settings.add_fields").count("per_billed") == 1, "ERPNext's are kept"
	desk.screenshot("list")
