"""Orders for supplies as documents of ERPNext have them, before and after they are changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from frappe.model.document import Document
from frappe.utils import flt, getdate

from otp_app.promises.watching.comparing import DRAFT, NOISE, Coming, Order, compare
from otp_app.promises.watching.moves import Move, Pool

SUBMITTED, CANCELLED = 1, 2
ENDED = {"On Hold": "held", "Closed": "closed", "Stopped": "stopped"}

# (item, warehouse, quantity in stock UOM)
Need = tuple[str, str, float]


def changed_purchase(doc: Document) -> list[Move]:
	"""What has happened to a Purchase Order since it was read, or saved before."""
	return compare(_purchase(doc, doc.get_doc_before_save()), _purchase(doc, doc))


def changed_purchase_row(row: Document) -> list[Move]:
	"""What Update Items has done to a row of a submitted Purchase Order: it saves each by itself."""
	before, after = (
		Order("Purchase Order", row.parent, _purchase_rows([state] if _stands(state) else []))
		for state in (row.get_doc_before_save(), row)
	)
	return compare(before, after)


def _stands(row: Document | None) -> bool:
	"""A row that is added has no docstatus yet; one that is taken out is cancelled first."""
	return row is not None and row.docstatus != CANCELLED


def changed_work_order(doc: Document) -> list[Move]:
	"""What has happened to a Work Order, and to what it needs."""
	before = doc.get_doc_before_save()
	return [
		*compare(_work_order(doc, before), _work_order(doc, doc)),
		*_needs(doc, before, _materials_of_work_order),
	]


def changed_subcontracting(doc: Document) -> list[Move]:
	"""What has happened to a Subcontracting Order, and to what it needs."""
	before = doc.get_doc_before_save()
	return [
		*compare(_subcontracting(doc, before), _subcontracting(doc, doc)),
		*_needs(doc, before, _supplied),
	]


def _purchase(doc: Document, state: Document | None) -> Order:
	return Order(doc.doctype, doc.name, _purchase_rows(state.items if state else []), _ended(state))


def _purchase_rows(rows: Iterable[Any]) -> dict[str, Coming]:
	return {
		row.name: Coming(
			row.item_code,
			row.warehouse,
			_day(row.expected_delivery_date or row.schedule_date),
			flt(row.qty) * (flt(row.conversion_factor) or 1),
		)
		for row in rows
		if row.warehouse and row.item_code and not row.get("delivered_by_supplier")
	}


def _subcontracting(doc: Document, state: Document | None) -> Order:
	rows = {
		row.name: Coming(
			row.item_code, row.warehouse, _day(row.expected_delivery_date or row.schedule_date), flt(row.qty)
		)
		for row in (state.items if state else [])
		if row.warehouse
	}
	return Order(doc.doctype, doc.name, rows, _ended(state))


def _work_order(doc: Document, state: Document | None) -> Order:
	if state is None:
		return Order(doc.doctype, doc.name, ended=DRAFT)
	day = _day(state.expected_delivery_date or state.planned_end_date)
	rows = {doc.name: Coming(state.production_item, state.fg_warehouse or "", day, flt(state.qty))}
	made, wanted = flt(state.produced_qty), flt(state.qty)
	if _submitted(state) and state.status == "Completed" and made < wanted - NOISE:
		return Order(doc.doctype, doc.name, rows, "short", (made, wanted))
	return Order(doc.doctype, doc.name, rows, _ended(state))


def _ended(state: Document | None) -> str | None:
	if state is None or state.docstatus < SUBMITTED:
		return DRAFT
	return "cancelled" if state.docstatus == CANCELLED else ENDED.get(state.status)


def _submitted(state: Document | None) -> bool:
	return state is not None and state.docstatus == SUBMITTED


def _day(value: Any) -> date | None:
	return getdate(value) if value else None


def _needs(
	doc: Document, before: Document | None, needs_of: Callable[[Document], Iterable[Need]]
) -> Iterator[Move]:
	"""What an order that was opened needs of other stock; what one that has ended needs no more."""
	was_open, is_open = _ended(before) is None, _ended(doc) is None
	if was_open == is_open:
		return
	needs = [need for need in needs_of(doc) if need[0] and need[1]]
	if is_open:
		yield from takes(doc, "needs", needs)
	elif needs:
		yield frees(doc, needs)


def _materials_of_work_order(doc: Document) -> list[Need]:
	return [(row.item_code, row.source_warehouse, flt(row.required_qty)) for row in doc.required_items]


def _supplied(doc: Document) -> list[Need]:
	return [(row.rm_item_code, row.reserve_warehouse, flt(row.required_qty)) for row in doc.supplied_items]


def takes(doc: Document, kind: str, needs: Iterable[Need], for_order: str | None = None) -> Iterator[Move]:
	"""A move for each item and warehouse that a document takes something of."""
	total: dict[Pool, float] = {}
	for item, warehouse, qty in needs:
		total[item, warehouse] = total.get((item, warehouse), 0.0) + qty
	for pool, qty in total.items():
		if qty > NOISE:
			values = (round(qty, 6), pool[1])
			yield Move(doc.doctype, doc.name, kind, True, values, frozenset((pool,)), for_order)


def frees(doc: Document, needs: Iterable[Need]) -> Move:
	"""One move for all that a document brings, or gives back."""
	pools = frozenset((item, warehouse) for item, warehouse, _qty in needs)
	return Move(doc.doctype, doc.name, "opened", False, pools=pools)


def loses(doc: Document, needs: Iterable[Need]) -> Move:
	"""One move for all that a cancelled document does not bring any more."""
	pools = frozenset((item, warehouse) for item, warehouse, _qty in needs)
	return Move(doc.doctype, doc.name, "cancelled", True, pools=pools)
