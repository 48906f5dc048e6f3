"""Customers and where they are, one query."""

from __future__ import annotations

import frappe

from otp_app.engine.facts import Customer


def read_customers(name: str | None = None) -> dict[str, Customer]:
	"""The customer of that name, if there is one; without a name, all of them.

	Territories run from the customer's own up to the root; the country is that of the primary address.
	"""
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
		.select(customer.name, customer.disabled, address.country, above.name, above.lft)
		.orderby(customer.name)
		.orderby(above.lft, order=frappe.qb.desc)
	)
	rows = (query.where(customer.name == name) if name is not None else query).run()
	answer: dict[str, Customer] = {}
	for code, disabled, country, territory, _ in rows:
		before = answer[code].territories if code in answer else ()
		territories = (*before, territory) if territory else before
		answer[code] = Customer(code, territories, country, bool(disabled))
	return answer
