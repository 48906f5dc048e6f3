"""A customer and where it is, one query."""

from __future__ import annotations

import frappe

from otp_app.engine.facts import Customer


def read_customer(name: str) -> Customer | None:
	"""The customer, its territories from its own up to the root, and its primary address's country."""
	customer, address = frappe.qb.DocType("Customer"), frappe.qb.DocType("Address")
	own, above = frappe.qb.DocType("Territory"), frappe.qb.DocType("Territory").as_("above")
	rows = (
		frappe.qb.from_(customer)
		.left_join(own)
		.on(customer.territory == own.name)
		.left_join(above)
		.on((above.lft <= own.lft) & (above.rgt >= own.rgt))
		.left_join(address)
		.on(customer.customer_primary_address == address.name)
		.select(customer.name, customer.disabled, address.country, above.name, above.lft)
		.where(customer.name == name)
	).run()
	if not rows:
		return None
	nearest_first = sorted((row for row in rows if row[3]), key=lambda row: -row[4])
	territories = tuple(row[3] for row in nearest_first)
	return Customer(rows[0][0], territories, rows[0][2], bool(rows[0][1]))
