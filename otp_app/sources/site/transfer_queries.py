"""What submitted orders are to fetch from another warehouse than the one that ships them (docs/sourcing.md)."""

from __future__ import annotations

from typing import Any

from pypika.terms import Term

import frappe

from otp_app.engine.facts import CommitmentKind
from otp_app.sources.erpnext.commitments import PACKED
from otp_app.sources.site.commitment_rows import Variant
from otp_app.sources.site.sales_queries import UNTIL_FETCHED, open_lines, undelivered
from otp_app.sources.site.sql import ITEMS, Least, positive, sum_of

Keys = tuple[Term, Term, Term, Term]


def fetched_lines(variant: Variant) -> Any:
	"""What orders are to fetch from another warehouse: locked there, in place of the one that ships.

	As far as it has been moved by a Material Request that names the order it is on its way, and no more than is owed.
	"""
	line, peg = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Order Promise Peg")
	query = _fetched(peg, line).where(line.item_code == peg.item_code)
	keys = (line.item_code, line.warehouse, line.delivery_date, variant.document(line))
	return _locked_there(query, peg, line, keys, line.stock_qty, None, variant)


def fetched_components(variant: Variant) -> Any:
	"""The same of the components of bundles."""
	line, peg = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Order Promise Peg")
	packed = frappe.qb.DocType("Packed Item")
	query = (
		_fetched(peg, line)
		.join(packed)
		.on((packed.parent_detail_docname == line.name) & (packed.item_code == peg.item_code))
		.where(packed.item_code != packed.parent_item)
	)
	keys = (packed.item_code, packed.warehouse, line.delivery_date, variant.document(packed))
	return _locked_there(query, peg, line, keys, packed.qty, PACKED, variant)


def _fetched(peg: Any, line: Any) -> Any:
	promised = frappe.qb.DocType("Order Promise Line")
	return (
		frappe.qb.from_(peg)
		.join(promised)
		.on((promised.parent == peg.parent) & (promised.idx == peg.line))
		.join(line)
		.on(promised.reference_row == line.name)
		.where(peg.item_code.isin(ITEMS) & (peg.held_until == UNTIL_FETCHED))
	)


def _locked_there(
	query: Any, peg: Any, line: Any, keys: Keys, ordered: Term, mark: str | None, variant: Variant
) -> Any:
	query = open_lines(query, line, variant)
	# Several pegs of one way share what has been moved by as much as each is of them.
	left = positive(1 - _moved(peg, line) / _to_move(peg))
	qty = positive(Least(peg.qty * left, ordered * undelivered(line, variant)))
	return variant.grouping.select(
		query, CommitmentKind.TRANSFER_OUT.value, keys, qty, mark=mark, locked_in=peg.from_warehouse
	)


def _moved(peg: Any, line: Any) -> Term:
	row = frappe.qb.DocType("Material Request Item").as_("moved")
	return (
		frappe.qb.from_(row)
		.select(sum_of(row.ordered_qty))
		.where(
			(row.item_code == peg.item_code)
			& (row.sales_order == line.parent)
			& (row.from_warehouse == peg.from_warehouse)
			& (row.warehouse == peg.warehouse)
			& (row.docstatus == 1)
		)
	)


def _to_move(peg: Any) -> Term:
	other = frappe.qb.DocType("Order Promise Peg").as_("other")
	return (
		frappe.qb.from_(other)
		.select(sum_of(other.qty))
		.where(
			(other.parent == peg.parent)
			& (other.item_code == peg.item_code)
			& (other.from_warehouse == peg.from_warehouse)
			& (other.warehouse == peg.warehouse)
		)
	)
