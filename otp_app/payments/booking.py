"""Molam's money in ERPNext's books: Payment Requests, Payment Entries, advances against orders, refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from erpnext.accounts.party import get_party_account
from erpnext.accounts.utils import (
	get_account_currency,
	reconcile_against_document,
	unlink_ref_doc_from_payment_entries,
)
from erpnext.setup.utils import get_exchange_rate

from otp_app.molam_sdk.money import currency_decimals
from otp_app.payments.connection import SETTINGS
from otp_app.payments.due import ENTRY, PAYMENT, payments_of, total_of
from otp_app.payments.later import later
from otp_app.payments.lifecycle import RECEIVED, PaymentStatus, RefundStatus
from otp_app.payments.money import exact

REQUEST = "Payment Request"
SUBMITTED, CANCELLED = 1, 2


def account_for(settings: Document, currency: str) -> str:
	"""The account that payments in a currency are booked in: one in that currency, else the company's."""
	own = {row.currency: row.account for row in settings.currency_accounts}
	return own.get(currency) or settings.payment_account


def request_of_erpnext(order: Document, payment: Document, settings: Document) -> str | None:
	"""A submitted Payment Request for a submitted order, with the address to pay at; nobody is sent an email.

	None where ERPNext refuses one by its own count of advances; the payment goes without.
	"""
	doc = frappe.new_doc(REQUEST)
	party_account = get_party_account("Customer", order.customer, order.company)
	doc.update(
		{
			"payment_request_type": "Inward",
			"company": order.company,
			"party_type": "Customer",
			"party": order.customer,
			"party_name": order.customer_name,
			"reference_doctype": order.doctype,
			"reference_name": order.name,
			"currency": order.currency,
			"party_account_currency": order.party_account_currency or get_account_currency(party_account),
			"grand_total": payment.amount,
			"mode_of_payment": settings.mode_of_payment,
			"payment_account": account_for(settings, order.currency),
			"email_to": order.contact_email,
			"subject": _("Payment for {0}").format(order.name),
			"message": _("Please pay here: {0}").format('<a href="{{ payment_url }}">{{ payment_url }}</a>'),
			"cost_center": order.get("cost_center"),
			"project": order.get("project"),
			"payment_url": payment.payment_url,
		}
	)
	doc.flags.mute_email = True
	return doc.name if _goes(doc) else None


def withdraw(payment: Document) -> None:
	"""Cancels the Payment Request of a payment that will not come; one that a person has made stays."""
	doc = _request(payment)
	if doc and not doc.payment_gateway and doc.status in ("Requested", "Initiated"):
		doc.flags.ignore_permissions = True
		doc.cancel()


def _request(payment: Document) -> Document | None:
	"""The submitted Payment Request, if it is still there."""
	filters = {"name": payment.payment_request, "docstatus": SUBMITTED}
	known = payment.payment_request and frappe.db.exists(REQUEST, filters)
	return frappe.get_doc(REQUEST, payment.payment_request) if known else None


def receive(payment: Document) -> None:
	"""Books what was received, once: by its Payment Request, if ERPNext will, else on account of the customer."""
	# The row is locked, so that nobody books the same money at the same time.
	doc = frappe.get_doc(PAYMENT, payment.name, for_update=True)
	if doc.payment_entry:
		return
	amount, request = exact(doc.amount, doc.currency), _request(doc)
	entry = _entry(doc, "Receive", amount, doc.intent_id, request)
	if request is None or not _goes(entry):
		entry = _entry(doc, "Receive", amount, doc.intent_id)
		_submit(entry)
	doc.db_set("payment_entry", entry.name)
	_close(request)


def _goes(doc: Document) -> bool:
	"""Whether ERPNext takes a document; nothing of one that it refuses is left."""
	frappe.db.savepoint("otp_goes")
	try:
		_submit(doc)
	except frappe.ValidationError:
		frappe.db.rollback(save_point="otp_goes")
		frappe.clear_messages()
		return False
	return True


def _submit(doc: Document) -> None:
	doc.flags.ignore_permissions = True
	doc.insert()
	doc.submit()


def _close(request: Document | None) -> None:
	"""A Payment Request that was paid stays so, however the money is allocated later."""
	if request:
		request.db_set({"status": "Paid", "outstanding_amount": 0})


def _entry(
	payment: Document, kind: str, amount: Decimal, reference: str, request: Document | None = None
) -> Document:
	"""A Payment Entry of the customer, for what `request` is for, or on account. `kind`: Receive or Pay.

	Amounts are worked out here: ERPNext would work out the foreign one from the rounded one of the company, and would
	grant discounts for early payment.
	"""
	settings = frappe.get_cached_doc(SETTINGS, payment.company)
	debtors = _debtors(payment, request)
	bank = account_for(settings, payment.currency)
	at_debtors, at_bank = (_in(get_account_currency(account), payment, amount) for account in (debtors, bank))
	receives = kind == "Receive"
	entry = frappe.new_doc(ENTRY)
	entry.update(
		{
			"payment_type": kind,
			"company": payment.company,
			"posting_date": nowdate(),
			"party_type": "Customer",
			"party": payment.customer,
			"paid_from": debtors if receives else bank,
			"paid_to": bank if receives else debtors,
			"paid_amount": at_debtors if receives else at_bank,
			"received_amount": at_bank if receives else at_debtors,
			"reference_no": reference,
			"reference_date": nowdate(),
			"mode_of_payment": settings.mode_of_payment,
			"custom_remarks": 1,
			"remarks": _("Molam Payment {0}").format(payment.name),
		}
	)
	if request:
		entry.append("references", _reference(request, at_debtors))
		entry.update({"cost_center": request.cost_center, "project": request.project})
	entry.setup_party_account_field()
	entry.set_missing_values()
	for side, account in (("source", entry.paid_from), ("target", entry.paid_to)):
		entry.set(f"{side}_exchange_rate", _rate(get_account_currency(account), payment))
	return entry


def _debtors(payment: Document, request: Document | None) -> str:
	if request and request.reference_doctype == "Sales Invoice":
		return frappe.db.get_value("Sales Invoice", request.reference_name, "debit_to")
	return get_party_account("Customer", payment.customer, payment.company)


def _reference(request: Document, amount: float) -> dict[str, Any]:
	# The request's own amount in the account's currency may be a cent less.
	allocated = min(amount, flt(request.outstanding_amount))
	return {
		"reference_doctype": request.reference_doctype,
		"reference_name": request.reference_name,
		"allocated_amount": allocated,
		"payment_request": request.name,
	}


def _in(currency: str, payment: Document, amount: Decimal) -> float:
	"""An amount of the payment's currency in that of an account: the same one, or the company's."""
	if currency == payment.currency:
		return float(amount)
	company_currency = frappe.get_cached_value("Company", payment.company, "default_currency")
	if currency != company_currency:
		frappe.throw(_("An account in {0} cannot take a payment in {1}.").format(currency, payment.currency))
	return flt(float(amount) * _rate(payment.currency, payment), currency_decimals(currency))


def _rate(currency: str, payment: Document) -> float:
	"""Company currency for one unit: as the order had it when it was asked for, so that the advance is worth as much."""
	company_currency = frappe.get_cached_value("Company", payment.company, "default_currency")
	if currency == company_currency:
		return 1.0
	return flt(payment.conversion_rate) or flt(get_exchange_rate(currency, company_currency, nowdate()))


def follow_entry(entry: Document) -> None:
	"""A Payment Entry that was amended takes the place of the one before."""
	if not entry.amended_from:
		return
	for doctype in (PAYMENT, "Molam Refund"):
		for name in frappe.get_all(doctype, {"payment_entry": entry.amended_from}, pluck="name"):
			frappe.db.set_value(doctype, name, "payment_entry", entry.name)
			if doctype == PAYMENT:
				later("otp_app.payments.consequences.draw", name)


def entry_cancelled(entry: Document) -> None:
	"""Money that Molam has, and the books do not have any more, is to be seen to."""
	for name in frappe.get_all(PAYMENT, {"payment_entry": entry.name}, pluck="name"):
		frappe.db.set_value(PAYMENT, name, "needs_attention", 1)
		later("otp_app.payments.consequences.draw", name)


def check_entry(payment: Document) -> None:
	"""Raises frappe.ValidationError while the payment's entry is cancelled and nothing has taken its place."""
	name = frappe.db.get_value(PAYMENT, payment.name, "payment_entry")
	if name and frappe.db.get_value(ENTRY, name, "docstatus") == CANCELLED:
		frappe.throw(_("{0} was cancelled: amend it, for Molam has the money.").format(name))


def allocate(order: Document) -> list[str]:
	"""Makes what was received on account for a submitted order an advance against it.

	The payments that others have booked since this transaction began: ERPNext cannot see their entries in it.
	"""
	unseen = []
	for payment in payments_of(order, RECEIVED):
		if not payment.payment_entry:
			continue
		if not frappe.db.exists(ENTRY, payment.payment_entry):
			unseen.append(payment.name)
			continue
		entry = frappe.get_doc(ENTRY, payment.payment_entry, for_update=True)
		if entry.docstatus == SUBMITTED and flt(entry.unallocated_amount):
			_advance(order, entry)
	return unseen


def advance(payment: Document) -> None:
	"""The same for one payment, where its order is submitted. Raises frappe.ValidationError for another's order."""
	# As it is now: it may have been submitted, or have become another customer's, since it was read first.
	order = payment.sales_order and frappe.get_doc("Sales Order", payment.sales_order, for_update=True)
	if not order or order.docstatus != SUBMITTED:
		return
	if (order.customer, order.currency) != (payment.customer, payment.currency):
		message = _("{0} is of {1} in {2} now; what {3} has paid stays on account.")
		frappe.throw(message.format(order.name, order.customer, order.currency, payment.customer))
	if allocate(order):
		raise frappe.QueryDeadlockError  # to be done again in another transaction


def _advance(order: Document, entry: Document) -> None:
	total = float(total_of(order))
	if get_account_currency(entry.paid_from) != order.currency:
		total = flt(order.base_rounded_total or order.base_grand_total)
	row = {"reference_doctype": order.doctype, "reference_name": order.name, "docstatus": 1}
	already = sum(map(flt, frappe.get_all("Payment Entry Reference", row, pluck="allocated_amount")))
	amount = flt(min(flt(entry.unallocated_amount), total - already), entry.precision("paid_amount"))
	if amount > 0:
		_reconcile(entry, order.doctype, order.name, amount, total)


def _reconcile(entry: Document, doctype: str, name: str, amount: float, total: float) -> None:
	"""Allocates `amount` of what is on account of an entry, as ERPNext's Payment Reconciliation does."""
	free = flt(entry.unallocated_amount)
	allocation = {
		"voucher_type": ENTRY,
		"voucher_no": entry.name,
		"voucher_detail_no": None,
		"against_voucher_type": doctype,
		"against_voucher": name,
		"account": entry.paid_from,
		"party_type": entry.party_type,
		"party": entry.party,
		"dr_or_cr": "credit_in_account_currency",
		"unreconciled_amount": free,
		"unadjusted_amount": free,
		"allocated_amount": amount,
		"grand_total": total,
		"outstanding_amount": total,
		"exchange_rate": flt(entry.source_exchange_rate) or 1,
		"difference_amount": 0,
		"difference_account": None,
		"difference_posting_date": getdate(entry.posting_date),
		"cost_center": entry.cost_center,
		"dimensions": {},
	}
	reconcile_against_document([frappe._dict(allocation)])


def give_back(payment: Document, row: str) -> None:
	"""Books a refund, once. The money that it gives back is taken out of the advance first."""
	doc = frappe.get_doc(PAYMENT, payment.name, for_update=True)
	refund = next(one for one in doc.refunds if one.name == row)
	if refund.payment_entry:
		return
	back = _entry(doc, "Pay", exact(refund.amount, doc.currency), refund.refund_id)
	entry = doc.payment_entry and frappe.get_doc(ENTRY, doc.payment_entry, for_update=True)
	booked = bool(entry) and entry.docstatus == SUBMITTED
	if booked and doc.status == PaymentStatus.REFUNDED.value:
		_take_the_rest(back, entry, doc)
	_submit(back)
	refund.db_set("payment_entry", back.name)
	if booked:
		_set_off(entry, back)
		_close(_request(doc))


def _take_the_rest(back: Document, entry: Document, payment: Document) -> None:
	"""The last refund is worth what the ones before have left, where each was rounded in the company's currency."""
	if get_account_currency(back.paid_to) == payment.currency:
		return
	before = [row.payment_entry for row in payment.refunds if row.payment_entry]
	given = frappe.get_all(ENTRY, {"name": ("in", before or [""]), "docstatus": 1}, pluck="received_amount")
	rest = flt(flt(entry.paid_amount) - sum(map(flt, given)), back.precision("received_amount"))
	pending = [r for r in payment.refunds if r.status == RefundStatus.REFUNDED.value and not r.payment_entry]
	if len(pending) == 1 and get_account_currency(back.paid_from) == get_account_currency(back.paid_to):
		back.update({"paid_amount": rest, "received_amount": rest})


def _set_off(entry: Document, back: Document) -> None:
	"""Sets a refund off against its payment: what is on account first, then what is an advance against an order.

	What has paid an invoice stays there; the refund is then on account, for a credit note. ERPNext writes an entry's
	advances into its ledger anew with each allocation, so they are unlinked before, and what is left allocated last.
	"""
	advances: dict[str, float] = {}
	for row in entry.references:
		if row.reference_doctype == "Sales Order":
			advances[row.reference_name] = advances.get(row.reference_name, 0.0) + flt(row.allocated_amount)
	orders = [frappe.get_doc("Sales Order", name) for name in advances]
	for order in orders:
		unlink_ref_doc_from_payment_entries(order, entry.name)
	entry.reload()
	if amount := min(flt(back.received_amount), flt(entry.unallocated_amount)):
		_reconcile(entry, ENTRY, back.name, amount, amount)
		entry.reload()
	for order in orders:
		if left := min(advances[order.name], flt(entry.unallocated_amount)):
			_reconcile(entry, order.doctype, order.name, left, left)
			entry.reload()
		order.set_total_advance_paid()
