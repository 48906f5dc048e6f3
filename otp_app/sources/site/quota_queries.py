"""What orders and holds consume of quotas and protected minimums, summed by day, in one statement.

A row of a submitted Sales Order consumes on its delivery date, delivered or not; of a closed one, what was delivered.
A live hold consumes on the delivery date of each of its pegs. Who a buyer is says the customer's record; the sales channel is
the order's source.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import CustomFunction, Term

import frappe
from frappe.query_builder import Case

from otp_app.sources.site.sql import Statement, constant, placeholder, statement, sum_of

ALLOCATION, PROTECTION = "Product Allocation", "Supply Protection"
CLOSED = "Closed"

JsonValue = CustomFunction("JSON_VALUE", ["text", "path"])


@cache
def consumption_statement(db_type: str, documents: bool = False) -> Statement:
	"""(doctype, name, day, stock units), and with `documents` also (kind, document, customer, item).

	Placeholders `quotas`, `protections`, `since`, `until`, `own`, `own_holds`, `now`.
	"""
	return statement(
		[
			_of_orders(_lines_by_item(ALLOCATION), documents),
			_of_orders(_lines_by_group(), documents),
			_of_orders(_lines_by_item(PROTECTION), documents),
			_of_components(documents),
			_of_holds(_pegs_by_item(ALLOCATION), documents),
			_of_holds(_pegs_by_group(), documents),
			_of_holds(_pegs_by_item(PROTECTION), documents),
		]
	)


class _Tables:
	"""The tables of one branch; `kind` is the doctype that is consumed."""

	def __init__(self, kind: str) -> None:
		self.kind = kind
		self.quota = frappe.qb.DocType(kind)
		self.line = frappe.qb.DocType("Sales Order Item")
		self.order = frappe.qb.DocType("Sales Order")
		self.packed = frappe.qb.DocType("Packed Item")
		self.peg = frappe.qb.DocType("Order Promise Peg")
		self.promise = frappe.qb.DocType("Order Promise")
		self.customer = frappe.qb.DocType("Customer")

	def named(self) -> Term:
		return self.quota.name.isin(placeholder("quotas" if self.kind == ALLOCATION else "protections"))

	def select(self, query: Any, day: Term, qty: Term, document: tuple[str, Term, Term, Term] | None) -> Any:
		query = query.select(
			constant(self.kind, "kind"), self.quota.name.as_("name"), day.as_("due"), sum_of(qty).as_("qty")
		).groupby(self.quota.name, day)
		if document is None:
			return query
		kind, *of_document = document
		names = ("document", "customer", "item_code")
		shown = [term.as_(name) for term, name in zip(of_document, names, strict=True)]
		return query.select(constant(kind, "document_type"), *shown).groupby(*of_document)


def _lines_by_item(kind: str) -> tuple[_Tables, Any]:
	t = _Tables(kind)
	query = frappe.qb.from_(t.quota).join(t.line).on(t.line.item_code == t.quota.item_code)
	return t, query.where(_in_place(t, t.line)) if kind == PROTECTION else query


def _lines_by_group() -> tuple[_Tables, Any]:
	t = _Tables(ALLOCATION)
	query, item = _items_of_group(t)
	return t, query.join(t.line).on(t.line.item_code == item.name)


def _pegs_by_item(kind: str) -> tuple[_Tables, Any]:
	t = _Tables(kind)
	query = frappe.qb.from_(t.quota).join(t.peg).on(t.peg.item_code == t.quota.item_code)
	return t, query.where(_in_place(t, t.peg)) if kind == PROTECTION else query


def _pegs_by_group() -> tuple[_Tables, Any]:
	t = _Tables(ALLOCATION)
	query, item = _items_of_group(t)
	return t, query.join(t.peg).on(t.peg.item_code == item.name)


def _items_of_group(t: _Tables) -> tuple[Any, Any]:
	"""The items of the quota's group, and of those below it."""
	top, group, item = (
		frappe.qb.DocType("Item Group").as_("top_item_group"),
		frappe.qb.DocType("Item Group").as_("own_item_group"),
		frappe.qb.DocType("Item"),
	)
	query = (
		frappe.qb.from_(t.quota)
		.join(top)
		.on(t.quota.item_group == top.name)
		.join(group)
		.on((group.lft >= top.lft) & (group.rgt <= top.rgt))
		.join(item)
		.on(item.item_group == group.name)
	)
	return query, item


def _in_place(t: _Tables, row: Any) -> Term:
	return row.warehouse == t.quota.warehouse


def _of_orders(branch: tuple[_Tables, Any], documents: bool) -> Any:
	t, query = branch
	delivered = t.line.delivered_qty * Coalesce(t.line.conversion_factor, 1)
	return _of_lines(t, query, t.line.stock_qty, delivered, documents)


def _of_components(documents: bool) -> Any:
	"""A protected item that is sold in a bundle."""
	t = _Tables(PROTECTION)
	query = (
		frappe.qb.from_(t.quota)
		.join(t.packed)
		.on(t.packed.item_code == t.quota.item_code)
		.join(t.line)
		.on(t.packed.parent_detail_docname == t.line.name)
		.where(_in_place(t, t.packed) & (t.packed.parenttype == "Sales Order"))
	)
	delivered = t.packed.qty * t.line.delivered_qty / t.line.qty
	return _of_lines(t, query, t.packed.qty, delivered, documents)


def _of_lines(t: _Tables, query: Any, ordered: Term, delivered: Term, documents: bool) -> Any:
	query = (
		query.join(t.order)
		.on(t.line.parent == t.order.name)
		.where(
			(t.line.docstatus == 1)
			& t.named()
			& (t.line.qty > 0)
			& t.line.delivery_date[placeholder("since") : placeholder("until")]
			& (t.order.name != placeholder("own"))
		)
	)
	query = _buyers(t, query.join(t.customer).on(t.order.customer == t.customer.name), t.order.source)
	qty = Case().when(t.order.status == CLOSED, delivered).else_(ordered)
	document = ("Sales Order", t.order.name, t.order.customer, t.line.item_code)
	return t.select(query, t.line.delivery_date, qty, document if documents else None)


def _of_holds(branch: tuple[_Tables, Any], documents: bool) -> Any:
	t, query = branch
	query = (
		query.join(t.promise)
		.on(t.peg.parent == t.promise.name)
		.left_join(t.customer)
		.on(t.promise.customer == t.customer.name)
		.where(
			(t.peg.held_until > placeholder("now"))
			& t.named()
			& t.peg.parent.notin(placeholder("own_holds"))
			& t.peg.delivery_date[placeholder("since") : placeholder("until")]
		)
	)
	query = _buyers(t, query, JsonValue(t.promise.request, "$.channel"))
	document = ("Order Promise", t.promise.name, t.promise.customer, t.peg.item_code)
	return t.select(query, t.peg.delivery_date, t.peg.qty, document if documents else None)


def _buyers(t: _Tables, query: Any, channel: Term) -> Any:
	"""Keeps what buyers with the quota's characteristics have; a group or territory holds for those below it."""
	for doctype, field, named in (
		("Customer Group", t.customer.customer_group, t.quota.to_customer_group),
		("Territory", t.customer.territory, t.quota.to_territory),
	):
		own = frappe.qb.DocType(doctype).as_(f"own_{doctype}")
		top = frappe.qb.DocType(doctype).as_(f"top_{doctype}")
		query = query.left_join(own).on(field == own.name).left_join(top).on(named == top.name)
		query = query.where(_empty(named) | ((own.lft >= top.lft) & (own.rgt <= top.rgt)))
	return query.where(
		(_empty(t.quota.to_customer) | (t.quota.to_customer == t.customer.name))
		& (_empty(t.quota.sales_channel) | (t.quota.sales_channel == channel))
	)


def _empty(field: Term) -> Term:
	return Coalesce(field, "") == ""
