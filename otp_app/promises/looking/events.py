"""The supplies and commitments behind an ATP, one by one, with the names that the user may know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _

from otp_app.engine.explain import Entry, Explanation
from otp_app.engine.facts import CommitmentKind
from otp_app.promises.site import reads

MAX_EVENTS = 1000

# What a commitment's document is; supplies bring theirs along.
DOCTYPES: Mapping[str, str] = {
	CommitmentKind.SALES_ORDER.value: "Sales Order",
	CommitmentKind.PACKED_ITEM.value: "Sales Order",
	CommitmentKind.RESERVATION.value: "Sales Order",
	CommitmentKind.PICK.value: "Sales Order",
	CommitmentKind.POS_INVOICE.value: "POS Invoice",
	CommitmentKind.WORK_ORDER_MATERIAL.value: "Work Order",
	CommitmentKind.SUBCONTRACTING_MATERIAL.value: "Subcontracting Order",
	CommitmentKind.PRODUCTION_PLAN.value: "Production Plan",
	CommitmentKind.MATERIAL_ISSUE.value: "Material Request",
	CommitmentKind.HOLD.value: "Order Promise",
	CommitmentKind.PROTECTED.value: "Supply Protection",
	CommitmentKind.TRANSFER_OUT.value: "Sales Order",
}
# Documents that are a customer's.
SOLD = frozenset({"Sales Order", "POS Invoice", "Order Promise"})
PARTY_DOCTYPES = {"Purchase Order": "Supplier", "Subcontracting Order": "Supplier"}


def labels() -> dict[str, str]:
	"""What each kind of event is called, in the user's language."""
	return {
		"on_hand": _("On hand"),
		"purchase_order": _("Purchase order"),
		"work_order": _("Work order"),
		"subcontracting_order": _("Subcontracting order"),
		"transfer": _("Transfer in transit"),
		"material_request": _("Material request"),
		"sales_order": _("Sales order"),
		"packed_item": _("Sales order, in a bundle"),
		"pos_invoice": _("Sold at a till"),
		"reservation": _("Reserved"),
		"pick": _("Picked"),
		"work_order_material": _("Material for a work order"),
		"subcontracting_material": _("Material for a subcontractor"),
		"production_plan": _("Production plan"),
		"material_issue": _("Material issue"),
		"hold": _("Held"),
		"transfer_out": _("To be transferred"),
		"safety_stock": _("Safety stock"),
		"protected": _("Protected for a group"),
	}


@dataclass(frozen=True, slots=True)
class Names:
	"""What the user may read of what the events name: doctypes, and parties by (doctype, document)."""

	readable: frozenset[str]
	parties: Mapping[tuple[str, str], str]
	labels: Mapping[str, str]

	@classmethod
	def of(cls, ledgers: Iterable[Explanation]) -> Names:
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
		return cls(readable, parties, labels())

	def party(self, doctype: str, entry: Entry) -> str | None:
		"""The supplier or customer of an event, where the user may know it."""
		if doctype not in self.readable:
			return None
		if entry.party is not None:
			return entry.party
		return self.parties.get((doctype, entry.document or ""))


def _parties(doctype: str, names: set[str]) -> dict[tuple[str, str], str]:
	filters, fields = {"name": ("in", sorted(names))}, ["name", "customer_name", "customer"]
	rows = frappe.get_all(doctype, filters, fields, order_by=None)
	return {(doctype, row.name): row.customer_name or row.customer for row in rows}


def doctype_of(entry: Entry) -> str | None:
	"""The kind of document that an event stands for; None for stock on hand and safety stock."""
	return entry.doctype or DOCTYPES.get(entry.kind)


def events_of(ledger: Explanation, names: Names) -> dict[str, Any]:
	"""The events of a ledger, earliest first, at most 1000, and how many more there are.

	What does not count (an order on hold, say) comes last, with the reason in `withheld`.
	"""
	running = {level.day: level.atp for level in ledger.levels} if ledger.sells else {}
	shown: Sequence[Entry] = ledger.entries[:MAX_EVENTS]
	return {
		"events": [_event(entry, names, running.get(entry.day) if entry.day else None) for entry in shown],
		"events_left_out": len(ledger.entries) - len(shown),
	}


def _event(entry: Entry, names: Names, atp: float | None) -> dict[str, Any]:
	doctype = doctype_of(entry)
	document = entry.document if doctype in names.readable else None
	label = names.labels.get(entry.kind, entry.kind)
	day = entry.day or entry.due
	return {
		"date": day.isoformat() if day else None,
		"due": entry.due.isoformat() if entry.due else None,
		"qty": entry.qty,
		"kind": entry.kind,
		"document_type": doctype,
		"document": document,
		"party": names.party(doctype, entry) if doctype else None,
		"label": f"{label} {document}" if document else label,
		"atp": atp,
		"withheld": entry.withheld,
	}
