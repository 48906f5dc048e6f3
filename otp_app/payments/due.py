"""What is due on an order: its total, less what was paid for it in any way, and what was asked for already."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt

from otp_app.payments.lifecycle import OPEN, RECEIVED, PaymentStatus
from otp_app.payments.money import exact

PAYMENT = "Molam Payment"
ENTRY, INVOICE = "Payment Entry", "Sales Invoice"
KEY_AT_MOLAM = "otp_key"  # the field of an intent's metadata by which a payment is known there
OPEN_REQUESTS = ("Requested", "Initiated", "Partially Paid", "Payment Ordered")


def total_of(order: Document) -> Decimal:
	"""What the customer has to pay, in the order's currency."""
	return exact(order.rounded_total or order.grand_total, order.currency)


def amount_due(order: Document, *, lock: bool = True) -> Decimal:
	"""What is neither paid nor asked for, in the order's currency; with `lock` as of now, to be acted upon.

	Not by ERPNext's `advance_paid`, which counts an advance twice once an invoice has used it, and not at all where
	advances have an account of their own.
	"""
	own = payments_of(order, OPEN | RECEIVED, lock=lock)
	asked = sum((_net(payment, order.currency) for payment in own), Decimal(0))
	if not order.docstatus:
		return max(total_of(order) - asked, Decimal(0))
	entries = [payment.payment_entry for payment in own if payment.payment_entry]
	requests = [payment.payment_request for payment in own if payment.payment_request]
	other = _advances(order, entries) + _paid_on_invoices(order, entries) + _requested(order, requests)
	rate = 1.0 if _party_currency(order) == order.currency else flt(order.conversion_rate) or 1.0
	return max(total_of(order) - asked - exact(other / rate, order.currency), Decimal(0))


def is_paid(order: Document) -> bool:
	"""Whether all of a draft order has been received through Molam."""
	net = (_net(payment, order.currency) for payment in payments_of(order, RECEIVED))
	return sum(net, Decimal(0)) >= total_of(order)


def payments_of(
	order: Document, statuses: frozenset[PaymentStatus], *, lock: bool = True
) -> list[frappe._dict]:
	"""The payments that count for an order as it is now; with `lock` as new as the lock, whatever was read before."""
	payment = frappe.qb.DocType(PAYMENT)
	same = (payment.customer == order.customer) & (payment.currency == order.currency)
	fields = ("name", "amount", "refunded_amount", "payment_entry", "payment_request")
	query = (
		frappe.qb.from_(payment)
		.select(*fields)
		.where((payment.sales_order == order.name) & same)
		.where(payment.status.isin([status.value for status in statuses]))
		.orderby(payment.name)
	)
	return (query.for_update() if lock else query).run(as_dict=True)


def _net(payment: frappe._dict, currency: str) -> Decimal:
	return exact(payment.amount, currency) - exact(payment.refunded_amount, currency)


def _party_currency(order: Document) -> str:
	company_currency = frappe.get_cached_value("Company", order.company, "default_currency")
	return order.party_account_currency or company_currency


def _advances(order: Document, own: list[str]) -> float:
	"""Advances of other Payment Entries and of Journal Entries that no invoice has used, in the party's currency."""
	row = frappe.qb.DocType("Payment Entry Reference")
	query = frappe.qb.from_(row).select(Sum(row.allocated_amount))
	query = query.where((row.reference_doctype == order.doctype) & (row.reference_name == order.name))
	(entries,) = query.where((row.docstatus == 1) & row.parent.notin(own or [""])).run()[0]
	line = frappe.qb.DocType("Journal Entry Account")
	query = frappe.qb.from_(line).select(Sum(line.credit_in_account_currency))
	query = query.where((line.reference_type == order.doctype) & (line.reference_name == order.name))
	(journals,) = query.where(line.docstatus == 1).run()[0]
	return flt(entries) + flt(journals)


def _paid_on_invoices(order: Document, own: list[str]) -> float:
	"""What invoices of the order have had paid, other than by `own` entries; of an invoice for several orders its share."""
	line, invoice = frappe.qb.DocType(f"{INVOICE} Item"), frappe.qb.DocType(INVOICE)
	query = (
		frappe.qb.from_(line)
		.join(invoice)
		.on(line.parent == invoice.name)
		.select(line.parent, Sum(line.base_net_amount))
		.where((line.sales_order == order.name) & (invoice.docstatus == 1) & (invoice.is_return == 0))
		.groupby(line.parent)
	)
	paid = 0.0
	for name, amount in query.run():
		doc = frappe.get_doc(INVOICE, name)
		by_us = {"reference_doctype": INVOICE, "reference_name": name, "parent": ("in", own or [""])}
		rows = frappe.get_all("Payment Entry Reference", by_us, pluck="allocated_amount")
		in_company_currency = doc.party_account_currency != doc.currency
		total = doc.base_rounded_total or doc.base_grand_total
		if not in_company_currency:
			total = doc.rounded_total or doc.grand_total
		share = flt(amount) / (flt(doc.base_net_total) or 1)
		paid += (flt(total) - flt(doc.outstanding_amount) - sum(map(flt, rows))) * share
	return paid


def _requested(order: Document, own: list[str]) -> float:
	"""What ERPNext's own Payment Requests still wait for, in the party's currency."""
	filters = {
		"reference_doctype": order.doctype,
		"reference_name": order.name,
		"docstatus": 1,
		"status": ("in", OPEN_REQUESTS),
		"name": ("not in", own or [""]),
	}
	return sum(map(flt, frappe.get_all("Payment Request", filters, pluck="outstanding_amount")))
