"""Customers and where they are, one query."""

from __future__ import annotations

from functools import cache

import frappe

from otp_app.engine.facts import Customer
from otp_app.sources.erpnext.world import World
from otp_app.sources.site.sql import Statement, placeholder, statement

ACCEPTS = {"Yes": True, "No": False}


@cache
def _statement(db_type: str, everybody: bool) -> Statement:
	customer, address = frappe.qb.DocType("Customer"), frappe.qb.DocType("Address")
	own, above = frappe.qb.DocType("Territory"), frappe.qb.DocType("Territory").as_("above")
	query = (
		frappe.qb.from_(customer)
		.left_join(own)
		.on(customer.territory == own.name)
		.left_join(above)
		.on((above.lft <= own.lft) & (above.rgt >= own.rgt))
		.left_join(address)
		.on(customer.customer_primary_address == address.name)
		.select(
			customer.name,
			customer.disabled,
			address.country,
			customer.customer_group,
			customer.otp_accepts_alternatives,
			above.name,
			above.lft,
		)
		.orderby(customer.name)
		.orderby(above.lft, order=frappe.qb.desc)
	)
	return statement([query if everybody else query.where(customer.name == placeholder("name"))])


def read_customers(world: World, name: str | None = None) -> dict[str, Customer]:
	"""The customer of that name, if there is one; without a name, all of them.

	Territories run from the customer's own up to the root; the country is that of the primary address.
	"""
	answer: dict[str, Customer] = {}
	rows = _statement(frappe.db.db_type, name is None).rows(name=name)
	for code, disabled, country, group, accepts, territory, _ in rows:
		before = answer[code].territories if code in answer else ()
		territories = (*before, territory) if territory else before
		answer[code] = Customer(
			code,
			territories,
			country,
			bool(disabled),
			groups=world.customer_groups(group),
			accepts_alternatives=ACCEPTS.get(accepts),
		)
	return answer
