"""What customers are owed, of a site without otp_app: the rows of sources/site/sales_queries.py, read over REST."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from otp_app.engine.facts import CommitmentKind, Excluded
from otp_app.engine.problems import SourceUnavailable
from otp_app.sources.erpnext.commitments import NOT_IN_BIN, PACKED, UNCONFIRMED, UNPROTECTED, Row
from otp_app.sources.erpnext.fields import Fields, date_of, real
from otp_app.sources.erpnext.statuses import UNPROTECTED_SALES_ORDERS
from otp_app.sources.rest.bulk.asking import SUBMITTED, Asker, Filters, Question, among, in_parts

LINES = "Sales Order Item"
OPEN: Filters = [SUBMITTED, ["status", "not in", UNPROTECTED_SALES_ORDERS], ["per_delivered", "<", 100]]
# What a submitted order is to fetch from elsewhere is pegged until then, or later (sources/site/sales_queries.py).
UNTIL_FETCHED = "2999-"

Rows = dict[str, list[Fields]]


@dataclass(frozen=True, slots=True)
class Selling:
	"""How the site counts: whether returned goods are not owed again, and whether it has the app's doctypes."""

	returns_are_settled: bool
	has_app: bool


def read_sales_rows(asker: Asker, items: Collection[str], selling: Selling, now: datetime) -> Rows:
	"""All that `rows_of` needs, in two rounds."""
	found = asker.all_of(_questions(items, selling, now))
	known = {row.row_name for row in found["lines"]}
	named = {row.parent_detail_docname for row in found["packed"]}
	named |= {row.voucher_detail_no for row in found["reserved"]}
	more = {
		str(number): _lines([among("name", part)], (), selling)
		for number, part in enumerate(in_parts({name for name in named - known if name}))
		if part
	}
	found["named"] = [row for rows in asker.all_of(more).values() for row in rows]
	return found


def _lines(of_child: Filters, filters: Filters, selling: Selling) -> Question:
	own = ("otp_unconfirmed",) if selling.has_app else ()
	fields = (
		*("item_code", "warehouse", "qty", "stock_qty", "delivered_qty", "returned_qty"),
		*("delivery_date", "delivered_by_supplier", *own),
	)
	return Question("Sales Order", fields, [SUBMITTED, *filters], LINES, ("name", "status"), of_child)


def _questions(items: Collection[str], selling: Selling, now: datetime) -> dict[str, Question]:
	of_items: Filters = [among("item_code", items)]
	packed = ("item_code", "parent_item", "warehouse", "qty", "parent_detail_docname")
	till: Filters = [SUBMITTED, ["consolidated_invoice", "is", "not set"]]
	asked = {
		"lines": _lines(of_items, OPEN, selling),
		"packed": Question("Sales Order", packed, OPEN, "Packed Item", ("name",), of_items),
		"reserved": Question(
			"Stock Reservation Entry",
			("warehouse", "reserved_qty", "delivered_qty", "voucher_detail_no"),
			[
				SUBMITTED,
				*of_items,
				["voucher_type", "=", "Sales Order"],
				["status", "not in", ["Delivered", "Cancelled"]],
			],
		),
		"picked": Question(
			"Pick List",
			(
				*("item_code", "warehouse", "sales_order_item", "product_bundle_item"),
				*("picked_qty", "delivered_qty", "stock_reserved_qty"),
			),
			[SUBMITTED, ["purpose", "=", "Delivery"], ["status", "!=", "Completed"]],
			"Pick List Item",
			(),
			of_items,
		),
		"till": Question(
			"POS Invoice",
			("item_code", "warehouse", "stock_qty"),
			till,
			"POS Invoice Item",
			("name", "posting_date"),
			of_items,
		),
		"till_packed": Question(
			"POS Invoice", packed, till, "Packed Item", ("name", "posting_date"), of_items
		),
	}
	if selling.has_app:
		asked["pegs"] = Question(
			"Order Promise",
			("item_code", "warehouse", "from_warehouse", "delivery_date", "qty", "held_until"),
			(),
			"Order Promise Peg",
			("name",),
			[*of_items, ["held_until", ">", now.strftime("%Y-%m-%d %H:%M:%S.%f")]],
		)
	return asked


def rows_of(
	found: Rows, items: Collection[str], selling: Selling, excluding: Excluded | None
) -> Iterator[Row]:
	"""The rows that commitments to customers are made of; those of `excluding` are left out, its holds too."""
	own = excluding.name if excluding and excluding.doctype == "Sales Order" else None
	lines = {row.row_name: row for row in (*found["named"], *found["lines"]) if row.parent_name != own}
	counted = {name: row for name, row in lines.items() if _counts(row)}
	packed = [row for row in found["packed"] if row.parent_detail_docname in counted]
	yield from _owed_lines(counted, set(items), selling)
	yield from _owed_components(packed, counted, selling)
	yield from _reserved(found["reserved"], lines)
	yield from _picked_lines(found["picked"], counted, selling)
	yield from _picked_components(found["picked"], packed, counted, selling)
	yield from _till(found)
	yield from _held(found.get("pegs", ()), excluding.holds if excluding else frozenset())


def _counts(line: Fields) -> bool:
	"""Whether ERPNext counts a line as demand."""
	qty = real(line.qty)
	return (
		line.parent_status not in UNPROTECTED_SALES_ORDERS
		and not line.delivered_by_supplier
		and qty > 0
		and qty >= real(line.delivered_qty)
	)


def _undelivered(line: Fields, selling: Selling) -> float:
	"""The share of a line that is still to be delivered."""
	left = real(line.qty) - real(line.delivered_qty)
	if selling.returns_are_settled:
		left -= real(line.returned_qty)
	return left / real(line.qty)


def _row(
	kind: CommitmentKind,
	of: Fields,
	line: Fields,
	qty: float,
	*,
	mark: str | None = None,
	locked_in: str | None = None,
) -> Row:
	due = date_of(line.delivery_date)
	counted = (max(qty, 0.0), min(qty, 0.0)) if locked_in is None else (qty, 0.0)
	return Row(kind.value, of.item_code, of.warehouse, due, line.parent_name, mark, locked_in, *counted)


def _mark(line: Fields) -> str | None:
	return UNCONFIRMED if line.otp_unconfirmed else None


def _owed_lines(lines: Mapping[str, Fields], items: set[str], selling: Selling) -> Iterator[Row]:
	for line in lines.values():
		if line.item_code in items and line.warehouse:
			qty = real(line.stock_qty) * _undelivered(line, selling)
			yield _row(CommitmentKind.SALES_ORDER, line, line, qty, mark=_mark(line))


def _owed_components(packed: list[Fields], lines: Mapping[str, Fields], selling: Selling) -> Iterator[Row]:
	for part in packed:
		if part.warehouse and part.item_code != part.parent_item:
			line = lines[part.parent_detail_docname]
			qty = real(part.qty) * _undelivered(line, selling)
			yield _row(CommitmentKind.PACKED_ITEM, part, line, qty, mark=_mark(line))


def _reserved(entries: list[Fields], lines: Mapping[str, Fields]) -> Iterator[Row]:
	for entry in entries:
		line = lines.get(entry.voucher_detail_no)
		qty = real(entry.reserved_qty) - real(entry.delivered_qty)
		if line is not None and qty > 0:
			mark = UNPROTECTED if line.parent_status in UNPROTECTED_SALES_ORDERS else None
			yield _row(CommitmentKind.RESERVATION, line, line, qty, mark=mark, locked_in=entry.warehouse)


def _still_picked(pick: Fields, owed: float) -> float:
	"""What of a pick is locked: no more than its line still owes."""
	left = real(pick.picked_qty) - real(pick.delivered_qty) - real(pick.stock_reserved_qty)
	return max(min(left, owed), 0.0) if pick.warehouse else 0.0


def _picked_lines(picks: list[Fields], lines: Mapping[str, Fields], selling: Selling) -> Iterator[Row]:
	for pick in picks:
		line = lines.get(pick.sales_order_item)
		if line is not None and line.item_code == pick.item_code:
			qty = _still_picked(pick, real(line.stock_qty) * _undelivered(line, selling))
			yield _row(CommitmentKind.PICK, line, line, qty, locked_in=pick.warehouse)


def _picked_components(
	picks: list[Fields], packed: list[Fields], lines: Mapping[str, Fields], selling: Selling
) -> Iterator[Row]:
	parts = {part.row_name: part for part in packed}
	for pick in picks:
		part = parts.get(pick.product_bundle_item)
		if part is not None:
			line = lines[part.parent_detail_docname]
			qty = _still_picked(pick, real(part.qty) * _undelivered(line, selling))
			yield _row(CommitmentKind.PICK, part, line, qty, mark=PACKED, locked_in=pick.warehouse)


def _till(found: Rows) -> Iterator[Row]:
	"""What was sold at a till and has not left the books yet."""
	sold = [(row, real(row.stock_qty)) for row in found["till"]]
	sold += [(row, real(row.qty)) for row in found["till_packed"]]
	kind = CommitmentKind.POS_INVOICE.value
	for row, qty in sold:
		if row.warehouse and qty > 0:
			day = date_of(row.parent_posting_date)
			yield Row(kind, row.item_code, row.warehouse, day, row.parent_name, NOT_IN_BIN, None, qty, 0.0)


def _held(pegs: Collection[Fields], own: frozenset[str]) -> Iterator[Row]:
	for peg in pegs:
		if str(peg.held_until).startswith(UNTIL_FETCHED):
			raise SourceUnavailable(
				f"{peg.item_code} is to be fetched from another warehouse by a promise: update otp_app on the site"
			)
		if peg.parent_name not in own:
			place = peg.from_warehouse or peg.warehouse
			due = None if peg.from_warehouse else date_of(peg.delivery_date)
			kind = CommitmentKind.HOLD.value
			qty = real(peg.qty)
			yield Row(kind, peg.item_code, place, due, peg.parent_name, NOT_IN_BIN, None, qty, 0.0)
