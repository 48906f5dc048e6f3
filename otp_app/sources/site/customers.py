"""Customers, where they are and what group they are of, one query."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import frappe

from otp_app.engine.facts import Customer
from otp_app.sources.site.sql import Statement, constant, placeholder, statement

TERRITORY, GROUP = "Territory", "Customer Group"


@cache
def _statement(db_type: str, everybody: bool) -> Statement:
	customer = frappe.qb.DocType("Customer")
	trees = ((TERRITORY, customer.territory), (GROUP, customer.customer_group))
	queries = [_with_tree(customer, doctype, field) for doctype, field in trees]
	return statement(
		[query if everybody else query.where(customer.name == placeholder("name")) for query in queries]
	)


def _with_tree(customer: Any, doctype: str, field: Any) -> Any:
	"""Each customer with its node of a tree, and with each one above."""
	address = frappe.qb.DocType("Address")
	own, above = frappe.qb.DocType(doctype), frappe.qb.DocType(doctype).as_("above")
	return (
		frappe.qb.from_(customer)
		.left_join(own)
		.on(field == own.name)
		.left_join(above)
		.on((above.lft <= own.lft) & (above.rgt >= own.rgt))
		.left_join(address)
		.on(customer.customer_primary_address == address.name)
		.select(
			customer.name,
			customer.disabled,
			address.country,
			constant(doctype, "tree"),
			above.name.as_("node"),
			above.lft.as_("lft"),
		)
	)


def read_customers(name: str | None = None) -> dict[str, Customer]:
	"""The customer of that name, if there is one; without a name, all of them.

	Territories and groups run from the customer's own up to the root; the country is that of the primary address.
	"""
	rows = _statement(frappe.db.db_type, name is None).rows(name=name)
	heads: dict[str, tuple[str | None, bool]] = {}
	nodes: dict[tuple[str, str], list[tuple[int, str]]] = {}
	for code, disabled, country, tree, node, lft in rows:
		heads[code] = (country, bool(disabled))
		if node:
			nodes.setdefault((code, tree), []).append((lft, node))
	return {code: _customer(code, heads[code], nodes) for code in sorted(heads)}


def _customer(
	code: str, head: tuple[str | None, bool], nodes: dict[tuple[str, str], list[tuple[int, str]]]
) -> Customer:
	country, disabled = head
	territories, groups = (_upwards(nodes.get((code, tree), ())) for tree in (TERRITORY, GROUP))
	return Customer(code, territories, country, disabled, groups)


def _upwards(nodes: Iterable[tuple[int, str]]) -> tuple[str, ...]:
	return tuple(name for _, name in sorted(nodes, reverse=True))
