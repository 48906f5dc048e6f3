"""Supplies of a site without otp_app: the rows of sources/site/supply_queries.py, read over REST."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from otp_app.engine.facts import SupplyKind, Withheld
from otp_app.sources.erpnext.fields import Fields, date_of, real
from otp_app.sources.erpnext.statuses import (
	CLOSED_PURCHASE_ORDERS,
	ENDED_WORK_ORDERS,
	MOVING_REQUESTS,
	ORDERING_REQUESTS,
)
from otp_app.sources.rest.bulk.asking import SUBMITTED, Asker, Question, among

# (kind, item, warehouse, due, document, party, withheld, via, start, qty)
Row = tuple[Any, ...]
Rows = dict[str, list[Fields]]


def questions(items: Collection[str], today: date) -> dict[str, Question]:
	"""What is asked about the supplies of items."""
	of_items = [among("item_code", items)]
	dates = ("expected_delivery_date", "schedule_date")
	return {
		"bins": bins(items),
		"purchases": Question(
			"Purchase Order",
			("item_code", "warehouse", "qty", "received_qty", "conversion_factor", *dates),
			[SUBMITTED, ["status", "not in", CLOSED_PURCHASE_ORDERS], ["per_received", "<", 100]],
			"Purchase Order Item",
			("name", "supplier", "status"),
			[*of_items, ["delivered_by_supplier", "=", 0]],
		),
		"work": Question(
			"Work Order",
			(
				*("production_item", "fg_warehouse", "qty", "produced_qty", "process_loss_qty"),
				*("expected_delivery_date", "planned_end_date", "planned_start_date"),
			),
			[SUBMITTED, ["status", "not in", ENDED_WORK_ORDERS], among("production_item", items)],
		),
		"subcontracted": Question(
			"Subcontracting Order",
			("item_code", "warehouse", "qty", "received_qty", "conversion_factor", *dates),
			[SUBMITTED, ["status", "!=", "Completed"]],
			"Subcontracting Order Item",
			("name", "supplier", "status", "schedule_date"),
			of_items,
		),
		"requests": Question(
			"Material Request",
			("item_code", "warehouse", "stock_qty", "ordered_qty", "schedule_date"),
			[SUBMITTED, ["status", "!=", "Stopped"]],
			"Material Request Item",
			("name", "material_request_type"),
			of_items,
		),
		"moved": Question(
			"Stock Entry",
			(
				"item_code",
				"t_warehouse",
				"qty",
				"transferred_qty",
				"conversion_factor",
				"material_request_item",
			),
			[
				SUBMITTED,
				["purpose", "=", "Material Transfer"],
				["add_to_transit", "=", 1],
				["per_transferred", "<", 100],
			],
			"Stock Entry Detail",
			("name", "posting_date"),
			of_items,
		),
		"expired": Question("Batch", ("item",), [among("item", items), ["expiry_date", "<", str(today)]]),
		"disabled": Question("Batch", ("item",), [among("item", items), ["disabled", "=", 1]]),
	}


def bins(items: Collection[str]) -> Question:
	"""The Bins of items, with what ERPNext changes in them at every movement and order."""
	counts = ("actual_qty", "reserved_qty", "ordered_qty", "planned_qty", "indented_qty", "modified")
	return Question("Bin", ("item_code", "warehouse", *counts), [among("item_code", items)])


def more_questions(found: Rows) -> dict[str, Question]:
	"""What the first answers lead to."""
	asked = {row.material_request_item for row in found["moved"] if row.material_request_item}
	batches = {row.row_name for row in (*found["expired"], *found["disabled"])}
	more: dict[str, Question] = {}
	if asked:
		more["targets"] = Question(
			"Material Request", ("warehouse",), (), "Material Request Item", (), [among("name", asked)]
		)
	if batches:
		more["in_batches"] = Question(
			"Serial and Batch Bundle",
			("qty",),
			[SUBMITTED, ["is_cancelled", "=", 0]],
			"Serial and Batch Entry",
			("item_code", "warehouse"),
			[among("batch_no", batches)],
		)
		more["in_old_batches"] = Question(
			"Stock Ledger Entry",
			("item_code", "warehouse", "actual_qty", "serial_and_batch_bundle"),
			[["is_cancelled", "=", 0], among("batch_no", batches)],
		)
	return more


def rows_of(found: Rows) -> list[Row]:
	"""The rows that supplies are made of."""
	return [
		*(
			_row(SupplyKind.ON_HAND, row.item_code, row.warehouse, qty=real(row.actual_qty))
			for row in found["bins"]
			if real(row.actual_qty)
		),
		*_merged([*_purchases(found["purchases"]), *_subcontracted(found["subcontracted"])]),
		*_work(found["work"]),
		*_merged([*_requests(found["requests"]), *_moved(found)]),
		*_expired(found),
	]


def _row(
	kind: SupplyKind,
	item: str,
	warehouse: str | None,
	due: date | None = None,
	document: str | None = None,
	party: str | None = None,
	withheld: Withheld | None = None,
	via: str | None = None,
	start: date | None = None,
	qty: float = 0.0,
) -> Row:
	reason = withheld.value if withheld else None
	return (kind.value, item, warehouse, due, document, party, reason, via, start, qty)


def _merged(rows: list[Row]) -> list[Row]:
	"""Rows that differ in nothing but their quantity as one, as the tables' own sums have them."""
	sums: dict[Row, float] = {}
	for row in rows:
		sums[row[:-1]] = sums.get(row[:-1], 0.0) + row[-1]
	return [(*row, qty) for row, qty in sums.items()]


def _to_come(rows: list[Fields]) -> Iterator[tuple[Fields, float]]:
	for row in rows:
		if row.warehouse and real(row.qty) > real(row.received_qty):
			yield row, (real(row.qty) - real(row.received_qty)) * real(row.conversion_factor)


def _purchases(rows: list[Fields]) -> Iterator[Row]:
	for row, qty in _to_come(rows):
		held = Withheld.ON_HOLD if row.parent_status == "On Hold" else None
		due = date_of(row.expected_delivery_date or row.schedule_date)
		names = (row.parent_name, row.parent_supplier)
		yield _row(SupplyKind.PURCHASE_ORDER, row.item_code, row.warehouse, due, *names, held, qty=qty)


def _subcontracted(rows: list[Fields]) -> Iterator[Row]:
	for row, qty in _to_come(rows):
		closed = Withheld.CLOSED if row.parent_status == "Closed" else None
		due = date_of(row.expected_delivery_date or row.schedule_date or row.parent_schedule_date)
		names = (row.parent_name, row.parent_supplier)
		yield _row(
			SupplyKind.SUBCONTRACTING_ORDER, row.item_code, row.warehouse, due, *names, closed, qty=qty
		)


def _work(rows: list[Fields]) -> Iterator[Row]:
	for row in rows:
		left, lost = real(row.qty) - real(row.produced_qty), real(row.process_loss_qty)
		if not row.fg_warehouse or left <= 0:
			continue
		facts = (
			*(SupplyKind.WORK_ORDER, row.production_item, row.fg_warehouse),
			*(date_of(row.expected_delivery_date or row.planned_end_date), row.row_name, None),
		)
		start = date_of(row.planned_start_date)
		yield _row(*facts, start=start, qty=max(left - lost, 0.0))
		if lost > 0:
			yield _row(*facts, Withheld.PROCESS_LOSS, start=start, qty=min(lost, left))


def _requests(rows: list[Fields]) -> Iterator[Row]:
	for row in rows:
		left = real(row.stock_qty) - real(row.ordered_qty)
		kind = row.parent_material_request_type
		if not row.warehouse or left <= 0 or kind not in ORDERING_REQUESTS + MOVING_REQUESTS:
			continue
		held = Withheld.NOT_OPTED_IN if kind in MOVING_REQUESTS else None
		due = date_of(row.schedule_date)
		yield _row(
			SupplyKind.MATERIAL_REQUEST,
			row.item_code,
			row.warehouse,
			due,
			row.parent_name,
			None,
			held,
			qty=left,
		)


def _moved(found: Rows) -> Iterator[Row]:
	targets = {row.row_name: row.warehouse for row in found.get("targets", ())}
	for row in found["moved"]:
		left = (real(row.qty) - real(row.transferred_qty)) * real(row.conversion_factor)
		if left > 0:
			yield _row(
				SupplyKind.TRANSFER,
				row.item_code,
				targets.get(row.material_request_item),
				document=row.parent_name,
				via=row.t_warehouse,
				start=date_of(row.parent_posting_date),
				qty=left,
			)


def _expired(found: Rows) -> Iterator[Row]:
	"""What lies in batches that ERPNext will not let out of the door, also as it was written before version 15."""
	for sums in (_sums_in_bundles(found), _sums_in_ledger(found)):
		for (item, warehouse), qty in sums.items():
			if qty > 0:
				yield _row(SupplyKind.ON_HAND, item, warehouse, withheld=Withheld.EXPIRED, qty=qty)


def _sums_in_bundles(found: Rows) -> dict[tuple[str, str], float]:
	sums: dict[tuple[str, str], float] = {}
	for row in found.get("in_batches", ()):
		key = (row.parent_item_code, row.parent_warehouse)
		sums[key] = sums.get(key, 0.0) + real(row.qty)
	return sums


def _sums_in_ledger(found: Rows) -> dict[tuple[str, str], float]:
	sums: dict[tuple[str, str], float] = {}
	for row in found.get("in_old_batches", ()):
		if not row.serial_and_batch_bundle:
			key = (row.item_code, row.warehouse)
			sums[key] = sums.get(key, 0.0) + real(row.actual_qty)
	return sums


def read_supply_rows(asker: Asker, items: Collection[str], today: date) -> Rows:
	"""All that `rows_of` needs, in two rounds."""
	found = asker.all_of(questions(items, today))
	return found | asker.all_of(more_questions(found))
