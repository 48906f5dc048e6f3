"""The open lines of Sales Orders, for the whole order book: two queries, whatever their number.

Quantities are those of the commitments (otp_app.sources.site.commitments), row by row, from the same statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pypika.functions import Coalesce
from pypika.terms import Term

import frappe

from otp_app.engine.facts import Commitment, OpenLine
from otp_app.sources.site.commitments import read_owed_by_row, returns_are_settled
from otp_app.sources.site.sql import ITEMS, Statement, constant, statement

CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Head:
	"""What a row's line of the order, and the order, say; `key` is the row that the commitment is told under."""

	key: str
	row: str
	idx: int
	bundle: str | None
	order: str
	ordered_on: date
	requested: date | None
	customer: str | None
	customer_group: str | None
	territory: str | None
	amount: Any
	qty: float
	delivered: float
	returned: float

	def value(self, settled: bool) -> Decimal:
		"""What is still to be delivered, in the company's currency."""
		left = self.qty - self.delivered - (self.returned if settled else 0.0)
		return (Decimal(str(self.amount)) * Decimal(str(left)) / Decimal(str(self.qty))).quantize(CENTS)


@cache
def _statement(db_type: str) -> Statement:
	line, packed = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Packed Item")
	own = frappe.qb.from_(line).where(line.item_code.isin(ITEMS))
	components = (
		frappe.qb.from_(packed)
		.join(line)
		.on(packed.parent_detail_docname == line.name)
		.where(packed.item_code.isin(ITEMS) & (packed.parenttype == "Sales Order"))
	)
	return statement(
		[_heads(own, line, line.name, None), _heads(components, line, packed.name, line.item_code)]
	)


def _heads(query: Any, line: Any, key: Term, bundle: Term | None) -> Any:
	order = frappe.qb.DocType("Sales Order")
	return (
		query.join(order)
		.on(line.parent == order.name)
		.where((line.docstatus == 1) & (line.qty > line.delivered_qty))
		.select(
			key.as_("row_key"),
			line.name.as_("row_name"),
			line.idx.as_("row_idx"),
			constant(None, "bundle") if bundle is None else bundle.as_("bundle"),
			order.name.as_("order_name"),
			order.transaction_date,
			Coalesce(line.otp_requested_date, order.otp_requested_date, line.delivery_date),
			order.customer,
			order.customer_group,
			order.territory,
			line.base_net_amount,
			line.qty,
			line.delivered_qty,
			line.returned_qty,
		)
	)


def read_open_lines(items: Collection[str]) -> tuple[OpenLine, ...]:
	"""What Sales Orders still owe of `items`, beyond what is reserved or picked for them, in stock UOM."""
	heads = {row[0]: _Head(*row) for row in _statement(frappe.db.db_type).rows(items=tuple(items))}
	owed = read_owed_by_row(items)
	settled = returns_are_settled()
	# A bundle's value stands with its first component.
	first: dict[str, str] = {}
	for commitment in sorted(owed, key=lambda c: (c.item_code, str(c.document))):
		first.setdefault(heads[str(commitment.document)].row, str(commitment.document))
	return tuple(_line(commitment, heads, first, settled) for commitment in owed)


def _line(owed: Commitment, heads: Mapping[str, _Head], first: Mapping[str, str], settled: bool) -> OpenLine:
	head = heads[str(owed.document)]
	return OpenLine(
		order=head.order,
		row=head.row,
		item_code=owed.item_code,
		warehouse=owed.warehouse,
		qty=owed.qty,
		ordered_on=head.ordered_on,
		requested=head.requested or head.ordered_on,
		confirmed=None if owed.withheld else owed.due,
		idx=head.idx,
		bundle=head.bundle,
		customer=head.customer,
		customer_group=head.customer_group,
		territory=head.territory,
		value=head.value(settled) if first[head.row] == head.key else None,
	)
