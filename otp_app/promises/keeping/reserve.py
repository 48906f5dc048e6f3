"""Stock Reservation Entries for what an order is promised from stock, and what ERPNext really reserved."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import cint, flt

from otp_app.engine.messages import number


def reserve(order: Document, promise: Document) -> None:
	"""Reserves, if the settings ask for it and ERPNext allows it, and writes what was reserved into the promise's lines.

	ERPNext skips what it cannot reserve with a message and no error, so the entries are read back.
	"""
	settings = frappe.get_cached_doc("Order Promise Settings")
	allowed = cint(frappe.db.get_single_value("Stock Settings", "enable_stock_reservation"))
	if not settings.reserve_stock or not allowed:
		return
	# With its own Reserve Stock set, the order has been reserved by ERPNext already.
	wanted = _from_stock(order, promise)
	if wanted and not order.reserve_stock:
		order.create_stock_reservation_entries(items_details=wanted, notify=False)
	_read_back(order, promise, {row["sales_order_item"] for row in wanted})


def _from_stock(order: Document, promise: Document) -> list[dict[str, Any]]:
	"""What ERPNext wants to know: row, warehouse, quantity in the row's UOM. Bundles cannot be reserved."""
	rows = {row.name: row for row in order.items}
	wanted = []
	for index, line in enumerate(promise.lines, start=1):
		row = rows.get(line.reference_row)
		if row is None or not row.reserve_stock:
			continue
		pegs = [peg for peg in promise.pegs if peg.line == index and peg.item_code == row.item_code]
		stock = [peg for peg in pegs if peg.source == "stock" and peg.warehouse == row.warehouse]
		if qty := sum(peg.qty for peg in stock) / (flt(row.conversion_factor) or 1):
			wanted.append({"sales_order_item": row.name, "warehouse": row.warehouse, "qty_to_reserve": qty})
	return wanted


def _read_back(order: Document, promise: Document, wanted: set[str]) -> None:
	reserved = _reserved(order.name)
	written, short = {}, []
	for index, line in enumerate(promise.lines, start=1):
		line.reserved_qty = flt(reserved.get(line.reference_row))
		written[line.name] = {"reserved_qty": line.reserved_qty}
		promised = sum(peg.qty for peg in promise.pegs if peg.line == index and peg.source == "stock")
		if line.reference_row in wanted and line.reserved_qty < promised:
			short.append(
				_("{0}: {1} of {2} {3} promised from stock are reserved.").format(
					line.item_code, number(line.reserved_qty), number(promised), line.uom
				)
			)
	frappe.db.bulk_update("Order Promise Line", written, update_modified=False)
	if short:
		frappe.msgprint(short, title=_("Stock Reservation"), indicator="orange", as_list=True)


def _reserved(order: str) -> dict[str, float]:
	entry = frappe.qb.DocType("Stock Reservation Entry")
	query = (
		frappe.qb.from_(entry)
		.select(entry.voucher_detail_no, Sum(entry.reserved_qty - entry.delivered_qty))
		.where((entry.voucher_type == "Sales Order") & (entry.voucher_no == order) & (entry.docstatus == 1))
		.groupby(entry.voucher_detail_no)
	)
	return dict(query.run())
