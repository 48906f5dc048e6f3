"""The order book of a site: its open lines, and the facts about the items that they are of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import frappe

from otp_app.engine.facts import Customer, Snapshot
from otp_app.sources.site.customers import read_customers
from otp_app.sources.site.export import whole_site
from otp_app.sources.site.source import SiteSource
from otp_app.sources.site.world import read_world


def read_book(
	items: Collection[str] | None = None,
	company: str | None = None,
	customers: Mapping[str, Customer] | None = None,
) -> Snapshot:
	"""The open lines of `items` (all that is owed to customers by default), and every fact that their dates depend on.

	With a company, only what lies in its warehouses or is owed from them. Customers are known by name; commitments are
	sums by kind and day, supplies have their documents. It takes a few queries for 500 items, whatever the number of lines.
	`customers` may be given where they have been read before. Raises ValueError naming the items, or the company, that do
	not exist.
	"""
	codes = owed_items() if items is None else sorted(set(items))
	# Without any item, whole_site would take all of them.
	book = whole_site(codes, documents=False) if codes else SiteSource().snapshot([])
	if customers is None:
		customers = read_customers(read_world(book.taken_at.date()))
	book = replace(book, customers=customers)
	return book if company is None else _of_company(book, company)


def owed_items() -> list[str]:
	"""The stock items of which submitted Sales Orders, or bundles on them, owe something; one query."""
	line, packed = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Packed Item")
	item = frappe.qb.DocType("Item")
	still_open = (line.docstatus == 1) & (line.qty > line.delivered_qty)
	own = frappe.qb.from_(line).join(item).on(line.item_code == item.name).select(item.name)
	components = (
		frappe.qb.from_(packed)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.join(item)
		.on(packed.item_code == item.name)
		.select(item.name)
		.where(packed.parenttype == "Sales Order")
	)
	owed = still_open & (item.is_stock_item == 1)
	return sorted(code for (code,) in (own.where(owed) + components.where(owed)).run())


def _of_company(book: Snapshot, company: str) -> Snapshot:
	if company not in book.companies:
		raise ValueError(f"There is no company {company}.")
	own = {name for name, warehouse in book.warehouses.items() if warehouse.company == company}
	return replace(
		book,
		supplies=tuple(supply for supply in book.supplies if supply.warehouse in own),
		commitments=tuple(owed for owed in book.commitments if owed.warehouse in own),
		open_lines=tuple(line for line in book.open_lines if line.warehouse in own),
	)
