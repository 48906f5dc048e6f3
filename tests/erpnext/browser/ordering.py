"""Orders for the tests of the forms, and the dialog that they open; all committed, because a browser is to see them."""

from playwright.sync_api import Locator

import frappe
from frappe.model.document import Document

from tests.erpnext.browser.desk import Desk
from tests.erpnext.company import STORES
from tests.factories.base import days
from tests.factories.buying import PurchaseOrderFactory
from tests.factories.masters import ItemFactory
from tests.factories.selling import SalesOrderFactory
from tests.factories.stock import StockEntryFactory

GROUP = "Promise"
ROUTES = {"Sales Order": "sales-order", "Quotation": "quotation", "Order Promise": "order-promise"}


def item_with(*, on_hand: float = 0, warehouse: str = STORES, **values) -> str:
	"""An item without a lead time: nothing but stock and orders can be promised."""
	item = ItemFactory(lead_time_days=0, **values).name
	if on_hand:
		StockEntryFactory(item_code=item, qty=on_hand, to_warehouse=warehouse)
	return item


def late_order(**values) -> Document:
	"""A draft of 10 bicycles wanted in a week, of which 4 are on hand and 20 come later, and of 2 helmets."""
	bicycle = item_with(on_hand=4, item_name="City Bike 28")
	PurchaseOrderFactory(item_code=bicycle, qty=20, schedule_date=days(15))
	helmet = item_with(on_hand=30, item_name="Helmet")
	lines = [{"item_code": bicycle, "qty": 10}, {"item_code": helmet, "qty": 2}]
	order = SalesOrderFactory(items=lines, delivery_date=days(7), submit=False, **values)
	frappe.db.commit()
	return order


def as_it_is(document: Document) -> Document:
	"""The document as it is in the database by now."""
	frappe.db.rollback()
	return frappe.get_doc(document.doctype, document.name)


def open_form(desk: Desk, document: Document) -> None:
	desk.open(f"/app/{ROUTES[document.doctype]}/{document.name}")


def check_promise(desk: Desk, document: Document) -> Locator:
	"""The dialog of Check Promise with its answer, on the document's form."""
	open_form(desk, document)
	desk.press("Check Promise", group=GROUP)
	return answered(desk, document)


def answered(desk: Desk, document: Document) -> Locator:
	dialog = desk.page.get_by_role("dialog", name=f"Promise for {document.name}")
	dialog.locator(".otp-lines").wait_for()
	return dialog


def user_date(date) -> str:
	"""As a date is shown to a user of Desk."""
	return frappe.utils.formatdate(date)


def drop_refusals(desk: Desk, status: int, *, among_others: bool = False) -> None:
	"""A browser reports every refused call on its console: here it was meant to be refused, with this status.

	Frappe's own calls report more `among_others`: the traceback.
	"""
	refused = [error for error in desk.errors if f"status of {status}" in error]
	assert refused, desk.errors
	assert among_others or refused == desk.errors, desk.errors
	desk.errors.clear()
