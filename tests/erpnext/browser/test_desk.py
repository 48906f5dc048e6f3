"""Desk itself: it opens here, and the helpers work, in a wide window and in a narrow one."""

import pytest

import frappe
from frappe.model.document import Document

from tests.erpnext.browser.conftest import OpenDesk
from tests.erpnext.browser.desk import Desk
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory


@pytest.fixture
def order() -> Document:
	"""A Sales Order of goods on hand; committed."""
	item = ItemFactory().name
	StockEntryFactory(item_code=item, qty=20)
	order = SalesOrderFactory(item_code=item, qty=3)
	frappe.db.commit()
	return order


def test_the_list_of_sales_orders_opens(desk: Desk, order: Document):
	desk.open("/app/sales-order")
	assert desk.page.get_by_text(order.name).first.is_visible()


def test_a_sales_order_opens_and_has_its_buttons(desk: Desk, order: Document):
	desk.open(f"/app/sales-order/{order.name}")
	assert desk.page.evaluate("cur_frm.doc.items[0].item_code") == order.items[0].item_code
	assert desk.button("Update Items").is_visible()
	assert desk.page.locator(".modal:visible").count() == 0, "nothing may pop up in front of a form"


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_button_of_a_group_is_found_in_a_window_of_any_width(
	open_desk: OpenDesk, order: Document, width: str
):
	desk = open_desk("Sales User", "Stock User")
	getattr(desk, width)()
	desk.open(f"/app/sales-order/{order.name}")
	desk.press("Pick List", group="Create")
	assert desk.page.evaluate("cur_frm.doctype") == "Pick List"


def test_an_error_on_a_page_is_noticed(desk: Desk):
	desk.open("/app/sales-order")
	desk.page.evaluate("setTimeout(() => { throw new Error('as a test') })")
	desk.page.wait_for_timeout(100)
	assert desk.errors == ["Error: as a test"]
	desk.errors.clear()
