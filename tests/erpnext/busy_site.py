"""A site full of every kind of document that ERPNext's projected quantity knows, in the states they get into."""

import frappe

from tests.erpnext.stories import buying, manufacturing, selling, stock, subcontracting

STORIES = [
	*buying.STORIES,
	*selling.STORIES,
	*manufacturing.STORIES,
	*subcontracting.STORIES,
	*stock.STORIES,
]


def busy_site(*, returns_free_the_order: bool = False) -> None:
	"""Tell all stories, in the open transaction.

	`returns_free_the_order` is Selling Settings' "Don't Reserve Sales Order Qty on Sales Return": goods that
	came back are then not owed again. Bins are right for the value under which their last document was made.
	"""
	selling_settings = frappe.get_doc("Selling Settings")
	selling_settings.dont_reserve_sales_order_qty_on_sales_return = int(returns_free_the_order)
	selling_settings.save()
	for story in STORIES:
		story()
