"""How late suppliers were, from their receipts, and which promises wait for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pypika.terms import CustomFunction

import frappe
from frappe.query_builder.functions import Count, Min, Sum

from otp_app.engine.facts import SupplyKind
from otp_app.engine.lateness import DaysLate
from otp_app.engine.reliability.priors import FURTHEST
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.site import kept_to_documents
from otp_app.reliability.names import RECORD
from otp_app.reports.items import groups_below
from otp_app.reports.permitted import PROMISE
from otp_app.sources.site.receipt_queries import (
	Receipts,
	awaited_purchases,
	purchase_receipts,
	subcontracting_receipts,
)

DateDiff = CustomFunction("DATEDIFF", ["later", "earlier"])

OPEN = (PromiseStatus.HELD, PromiseStatus.COMMITTED, PromiseStatus.AT_RISK, PromiseStatus.BROKEN)
# Documents of suppliers that promises wait for.
ORDERS = ("Purchase Order", "Subcontracting Order")
MOST_RECEIPTS = 1000

# A supplier, and an item group where they are told apart
Key = tuple[str, str | None]


@dataclass
class Record:
	"""What came from one supplier: the weight of each number of days late, in order lines."""

	weights: dict[int, float] = field(default_factory=dict)

	def add(self, days: int, lines: float) -> None:
		"""Some order lines, or a share of one, that came so many days late."""
		self.weights[days] = self.weights.get(days, 0.0) + lines

	@property
	def deliveries(self) -> float:
		"""Order lines."""
		return sum(self.weights.values())

	@property
	def lateness(self) -> DaysLate:
		"""As it was, with nothing learned from others."""
		return DaysLate.of(self.weights)

	@property
	def share_on_time(self) -> float:
		"""From 0 to 1."""
		return self.lateness.within(0)

	@property
	def median_days_late(self) -> int | None:
		"""Of those that were late; None where none was."""
		late = {days: lines for days, lines in self.weights.items() if days > 0}
		return DaysLate.of(late).quantile(0.5) if late else None


@dataclass(frozen=True, slots=True)
class Waiting:
	"""Promised lines that wait for a supplier, and the lowest probability told of them, None where none was told."""

	lines: int
	lowest: float | None


def records(company: str, filters: Mapping[str, Any], *, by_group: bool) -> dict[Key, Record]:
	"""Supplier, or supplier and item group, -> its record of receipts posted in the period of `filters`.

	`filters` have from_date and to_date, and may have a supplier and an item_group (with those below it).
	"""
	found: dict[Key, Record] = {}
	for receipts in _sources():
		days = DateDiff(receipts.arrived, receipts.promised)
		query = _limited(receipts, company, filters).select(
			receipts.order.supplier, receipts.item.item_group, days, receipts.share
		)
		# Row by row: the database takes ten times as long to find those that are alike.
		with frappe.db.unbuffered_cursor():
			for supplier, group, late, lines in query.run(as_list=True, as_iterator=True):
				key = (supplier, group if by_group else None)
				found.setdefault(key, Record()).add(int(late), float(lines))
	return found


def receipts_of(company: str, filters: Mapping[str, Any]) -> list[Any]:
	"""The receipts of a supplier one by one, promised against received, the latest first; at most MOST_RECEIPTS."""
	rows: list[Any] = []
	for receipts in _sources():
		days = DateDiff(receipts.arrived, receipts.promised)
		query = (
			_limited(receipts, company, filters)
			.select(
				receipts.order.name.as_("document"),
				receipts.line.item_code,
				receipts.item.item_name,
				receipts.item.item_group,
				receipts.receipt.name.as_("receipt"),
				receipts.promised.as_("promised"),
				receipts.arrived.as_("received"),
				days.as_("days_late"),
				Sum(receipts.share).as_("deliveries"),
			)
			.groupby(receipts.line.name, receipts.receipt.name)
			.orderby(days, order=frappe.qb.desc)
			.limit(MOST_RECEIPTS)
		)
		of = {"document_type": receipts.ordered_by, "receipt_type": receipts.doctype}
		rows += [row.update(of) for row in query.run(as_dict=True)]
	return sorted(rows, key=lambda row: (-row.days_late, row.document, row.receipt))[:MOST_RECEIPTS]


def waiting(company: str, suppliers: Collection[str]) -> dict[str, Waiting]:
	"""Supplier -> the promised lines with something open that are pegged to its orders."""
	peg, line = frappe.qb.DocType("Order Promise Peg"), frappe.qb.DocType("Order Promise Line")
	promise = frappe.qb.DocType(PROMISE)
	answer: dict[str, Waiting] = {}
	for doctype in ORDERS:
		order = frappe.qb.DocType(doctype)
		# A line waits for several orders of a supplier, and is still one.
		lines = (
			frappe.qb.from_(peg)
			.join(promise)
			.on(promise.name == peg.parent)
			.join(line)
			.on((line.parent == peg.parent) & (line.idx == peg.line))
			.join(order)
			.on(order.name == peg.document)
			.select(order.supplier, line.name, Min(line.probability).as_("probability"))
			.where((peg.document_type == doctype) & (promise.company == company))
			.where(promise.status.isin([status.value for status in OPEN]))
			.where((line.qty > line.delivered_qty) & order.supplier.isin(sorted(suppliers) or [""]))
			.groupby(order.supplier, line.name)
		)
		for supplier, _line, probability in lines.run():
			answer[supplier] = _and(answer.get(supplier, Waiting(0, None)), probability or None)
	return answer


def counted_on(suppliers: Collection[str]) -> dict[Key, Any]:
	"""Supplier and item group (None: any) -> the days by which promises count on 90 % of its purchases, as a text."""
	filters = {
		"supply_kind": SupplyKind.PURCHASE_ORDER.value,
		"supplier": ("in", sorted(suppliers) or [""]),
	}
	rows = frappe.get_all(RECORD, filters, ["supplier", "item_group", "days_90"], order_by=None)
	return {(row.supplier, row.item_group or None): row.days_90 for row in rows}


def overdue(company: str, suppliers: Collection[str], today: date) -> dict[str, int]:
	"""Supplier -> its purchase order lines whose date has passed and that are still awaited."""
	awaited = awaited_purchases()
	query = (
		awaited.query.select(awaited.order.supplier, Count(awaited.line.name))
		.where((awaited.order.company == company) & awaited.order.supplier.isin(sorted(suppliers) or [""]))
		.where(awaited.promised[today - timedelta(days=FURTHEST) : today - timedelta(days=1)])
		.groupby(awaited.order.supplier)
	)
	return dict(query.run())


def _and(found: Waiting, probability: float | None) -> Waiting:
	known = [value for value in (found.lowest, probability) if value is not None]
	return Waiting(found.lines + 1, min(known) if known else None)


def _sources() -> Iterable[Receipts]:
	yield purchase_receipts("Purchase Receipt", "purchase_order_item")
	yield purchase_receipts("Purchase Invoice", "po_detail")
	yield subcontracting_receipts()


def _limited(receipts: Receipts, company: str, filters: Mapping[str, Any]) -> Any:
	days = DateDiff(receipts.arrived, receipts.promised)
	query = (
		receipts.query.where(receipts.order.company == company)
		.where(receipts.arrived[filters["from_date"] : filters["to_date"]])
		.where(days[-FURTHEST:FURTHEST])
	)
	if supplier := filters.get("supplier"):
		query = query.where(receipts.order.supplier == supplier)
	if group := filters.get("item_group"):
		query = query.where(receipts.item.item_group.isin(groups_below(group)))
	for doctype, column in (("Supplier", receipts.order.supplier), ("Item Group", receipts.item.item_group)):
		if kept := kept_to_documents(doctype, ORDERS):
			query = query.where(column.isin(sorted(kept)))
	return query
