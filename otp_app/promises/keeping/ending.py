"""Ending a promise: another takes its place or takes up a part of it, and its document shows what has become of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from otp_app.promises.documents import Asked
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.names import DOCTYPE

REPLACED = (PromiseStatus.DRAFT, PromiseStatus.HELD, PromiseStatus.COMMITTED, PromiseStatus.AT_RISK)


def take_the_place(doc: Document, asked: Asked) -> None:
	"""Ends the document's earlier promises, and takes out of other holds what the new promise covers.

	A Draft covers nothing: the holds of others stay as they are.
	"""
	earlier, others = set(), set()
	for name in asked.excluding.holds if asked.excluding else ():
		reference = frappe.db.get_value(DOCTYPE, name, ["reference_doctype", "reference_name"])
		own = reference == (doc.reference_doctype, doc.reference_name)
		(earlier if own else others).add(name)
	if doc.reference_name:
		filters = {
			"reference_doctype": doc.reference_doctype,
			"reference_name": doc.reference_name,
			"status": ("in", [status.value for status in REPLACED]),
			"name": ("!=", doc.name),
		}
		earlier |= set(frappe.get_all(DOCTYPE, filters, pluck="name"))
	end(earlier, PromiseStatus.SUPERSEDED, superseded_by=doc.name)
	if doc.status != PromiseStatus.DRAFT.value:
		_take_out_of(others, doc)


def _take_out_of(holds: Collection[str], doc: Document) -> None:
	"""What was held and is promised now is held no more; a hold with nothing left has been taken up."""
	covered: dict[str, float] = {}
	for peg in doc.pegs:
		covered[peg.item_code] = covered.get(peg.item_code, 0.0) + flt(peg.qty)
	for name in sorted(holds):
		if not _keep_the_rest(name, covered):
			end([name], PromiseStatus.SUPERSEDED, superseded_by=doc.name)


def _keep_the_rest(name: str, covered: dict[str, float]) -> bool:
	"""Takes `covered` out of the pegs of a hold, and itself down by as much; whether anything stays held."""
	left = False
	for peg in frappe.get_doc(DOCTYPE, name, for_update=True).pegs:
		if not peg.held_until:
			continue
		taken = min(flt(peg.qty), covered.get(peg.item_code, 0.0))
		if not taken:
			left = True
			continue
		covered[peg.item_code] -= taken
		rest = flt(peg.qty - taken, peg.precision("qty"))
		left = left or rest > 0
		frappe.db.set_value(
			"Order Promise Peg", peg.name, {"qty": rest} if rest > 0 else {"held_until": None}
		)
	return left


def end(names: Collection[str], status: PromiseStatus, **values: Any) -> None:
	"""Gives promises a status in which they hold nothing any more."""
	for name in sorted(names):
		frappe.db.set_value(DOCTYPE, name, {"status": status.value, "held_until": None, **values})
		frappe.db.set_value("Order Promise Peg", {"parent": name}, "held_until", None)
		tell_document(name, status)
		if status is not PromiseStatus.SUPERSEDED:
			_clear_dates(name)


def own_holds(document: Document) -> list[str]:
	"""The live holds of a document itself."""
	filters = {"reference_doctype": document.doctype, "reference_name": document.name, "status": "Held"}
	return frappe.get_all(DOCTYPE, filters, pluck="name")


def tell_document(name: str, status: PromiseStatus) -> None:
	"""The document whose present promise this is shows its new status."""
	for doctype, document in _shown_by(name):
		values = {"otp_promise_status": status.value}
		frappe.db.set_value(doctype, document, values, update_modified=False)


def _shown_by(name: str) -> list[tuple[str, str]]:
	"""The documents that show the promise, found without a lock and changed by their names.

	An update by any other condition could lock the orders of everybody.
	"""
	return [
		(doctype, document)
		for doctype in ("Sales Order", "Quotation")
		for document in frappe.get_all(doctype, {"otp_promise": name}, pluck="name")
	]


def _clear_dates(name: str) -> None:
	"""A document whose hold has ended shows no promised date any more."""
	nothing = {"otp_promise_date": None, "otp_confidence": None}
	for doctype, document in _shown_by(name):
		frappe.db.set_value(doctype, document, nothing, update_modified=False)
		filters = {"parent": document, "parenttype": doctype}
		frappe.db.set_value(f"{doctype} Item", filters, nothing, update_modified=False)
