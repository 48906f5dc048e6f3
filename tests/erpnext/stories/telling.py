"""What the stories share: an item with stock, and what one does to a document after it was submitted."""

import json

import frappe
from frappe.model.document import Document

from erpnext.buying.doctype.purchase_order import purchase_order
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.sales_order import sales_order

from tests.erpnext.company import STORES
from tests.factories.base import new_request, save
from tests.factories.masters import ItemFactory
from tests.factories.stock import StockEntryFactory


def part(story: str, stock: float = 0, warehouse: str = STORES, **values) -> Document:
	"""An item named after its story (so that a wrong Bin tells where it came from), with stock on hand."""
	item = ItemFactory(item_code=_free_code(story), **values)
	if stock:
		StockEntryFactory(item_code=item, qty=stock, to_warehouse=warehouse)
	return item


def _free_code(story: str) -> str:
	count = frappe.db.count("Item", {"item_code": ("like", f"{story}%")})
	return f"{story} {count + 1}" if count else story


def read(doc: Document) -> Document:
	return frappe.get_doc(doc.doctype, doc.name)


def cancel(doc: Document) -> Document:
	new_request()
	doc = read(doc)
	doc.cancel()
	return doc


def amend(cancelled: Document, **line_values) -> Document:
	"""The cancelled document again, with other values in its first line."""
	amended = frappe.copy_doc(cancelled)
	amended.amended_from = cancelled.name
	amended.docstatus = 0
	amended.items[0].update(line_values)
	return save(amended)


def set_purchase_order_status(order: Document, status: str) -> None:
	new_request()
	purchase_order.update_status(status, order.name)


def set_sales_order_status(order: Document, status: str) -> None:
	new_request()
	sales_order.update_status(status, order.name)


def update_items(order: Document, lines: list[dict]) -> None:
	"""The form's Update Items: these lines (`docname` names an existing one), and no others, are left."""
	new_request()
	update_child_qty_rate(order.doctype, json.dumps(lines, default=str), order.name)


def line_of(order: Document, idx: int, **changes) -> dict:
	"""Line `idx` of an order as Update Items sends it, with changes."""
	row = order.items[idx - 1]
	date = "delivery_date" if order.doctype == "Sales Order" else "schedule_date"
	same = {field: row.get(field) for field in ("item_code", "qty", "rate", "uom", "conversion_factor", date)}
	return {"docname": row.name} | same | changes
