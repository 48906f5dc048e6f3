"""The supplies and commitments behind an ATP, one by one, with the names that whoever asks may know. No frappe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otp_app.engine.explain import Entry, Explanation
from otp_app.engine.facts import CommitmentKind

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
# What each kind of event is called.
LABELS: Mapping[str, str] = {
	"on_hand": "On hand",
	"purchase_order": "Purchase order",
	"work_order": "Work order",
	"subcontracting_order": "Subcontracting order",
	"transfer": "Transfer in transit",
	"material_request": "Material request",
	"sales_order": "Sales order",
	"packed_item": "Sales order, in a bundle",
	"pos_invoice": "Sold at a till",
	"reservation": "Reserved",
	"pick": "Picked",
	"work_order_material": "Material for a work order",
	"subcontracting_material": "Material for a subcontractor",
	"production_plan": "Production plan",
	"material_issue": "Material issue",
	"hold": "Held",
	"transfer_out": "To be transferred",
	"safety_stock": "Safety stock",
	"protected": "Protected for a group",
}


@dataclass(frozen=True, slots=True)
class Names:
	"""What may be read of what the events name: doctypes (None: all), and parties by (doctype, document)."""

	readable: frozenset[str] | None
	parties: Mapping[tuple[str, str], str]
	labels: Mapping[str, str]

	def reads(self, doctype: str | None) -> bool:
		"""Whether documents of a kind may be named."""
		return self.readable is None or doctype in self.readable

	def party(self, doctype: str, entry: Entry) -> str | None:
		"""The supplier or customer of an event, where it may be known."""
		if not self.reads(doctype):
			return None
		if entry.party is not None:
			return entry.party
		return self.parties.get((doctype, entry.document or ""))


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
	document = entry.document if names.reads(doctype) else None
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
