"""The names in the supplies and commitments behind an ATP that the present user may know."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _

from otp_app.engine.explain import Explanation
from otp_app.promises.looking.entries import LABELS, MAX_EVENTS, Names, doctype_of
from otp_app.promises.site import reads

# Documents that are a customer's.
SOLD = frozenset({"Sales Order", "POS Invoice", "Order Promise"})
PARTY_DOCTYPES = {"Purchase Order": "Supplier", "Subcontracting Order": "Supplier"}


def names_in(ledgers: Iterable[Explanation]) -> Names:
	"""The names in some ledgers; a query for each kind of document that has parties, however many there are."""
	documents: dict[str, set[str]] = {}
	for ledger in ledgers:
		for entry in ledger.entries[:MAX_EVENTS]:
			if (doctype := doctype_of(entry)) and entry.document:
				documents.setdefault(doctype, set()).add(entry.document)
	kinds = {*documents, *PARTY_DOCTYPES.values(), "Customer"}
	readable = frozenset(doctype for doctype in kinds if reads(doctype))
	parties: dict[tuple[str, str], str] = {}
	for doctype in documents.keys() & SOLD & readable:
		if "Customer" in readable:
			parties |= _parties(doctype, documents[doctype])
	return Names(readable, parties, {kind: _(label) for kind, label in LABELS.items()})


def _parties(doctype: str, names: set[str]) -> dict[tuple[str, str], str]:
	filters, fields = {"name": ("in", sorted(names))}, ["name", "customer_name", "customer"]
	rows = frappe.get_all(doctype, filters, fields, order_by=None)
	return {(doctype, row.name): row.customer_name or row.customer for row in rows}
