"""Writing an Order Promise down: what was asked, answered and pegged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from otp_app.engine.promise import Fulfillment, PlanLine, Promise
from otp_app.promises.documents import Asked
from otp_app.promises.keeping.certainty import certainty_of, certainty_of_line
from otp_app.promises.keeping.ending import take_the_place
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.locking import has_promised
from otp_app.promises.names import DOCTYPE
from otp_app.promises.site import company_of
from otp_app.sources.site.sales_queries import UNTIL_FETCHED

# A sequence, because the row of a naming series would be locked until the end of every order that is submitted.
NUMBERS = {"doctype_name": DOCTYPE, "slug": "_number_seq"}


def create_numbers() -> None:
	"""The sequence that promises are numbered from."""
	frappe.db.create_sequence(**NUMBERS, check_not_exists=True)


def drop_numbers() -> None:
	"""Removes it again; Frappe drops tables only."""
	frappe.db.sql_ddl(f"drop sequence if exists {frappe.scrub(DOCTYPE + NUMBERS['slug'])}")


def next_name() -> str:
	"""PROMISE-000001 and so on; a number that was taken by a transaction that failed is lost."""
	number = frappe.db.get_next_sequence_val(DOCTYPE, slug=NUMBERS["slug"])
	return f"PROMISE-{number:06d}"


def record(
	asked: Asked,
	promise: Promise,
	status: PromiseStatus,
	*,
	agreed_in: Document | None = None,
	held_until: datetime | None = None,
	**more: Any,
) -> Document:
	"""Writes the promise down and puts it in the place of the document's earlier ones and the holds it takes up.

	With `agreed_in`, an order that is submitted, what is promised are its delivery dates, whether they can be met or not.
	`more` are further fields of the Order Promise. Permission is the caller's business.
	"""
	doc = frappe.new_doc(DOCTYPE)
	reference = asked.excluding
	doc.update(
		{
			"status": status.value,
			"customer": asked.payload.get("customer"),
			"customer_name": _customer_name(asked),
			"company": asked.payload.get("company") or company_of(promise),
			"reference_doctype": reference.doctype if reference else None,
			"reference_name": reference.name if reference else None,
			"requested_date": (agreed_in and agreed_in.get("otp_requested_date")) or promise.desired_date,
			**certainty_of(promise, _agreed_dates(asked, promise, agreed_in)),
			"held_until": held_until,
			"committed_on": now_datetime() if status is PromiseStatus.COMMITTED else None,
			"request_id": promise.request_id,
			"calculated_at": promise.calculated_at.replace(tzinfo=None),
			"request": json.dumps(asked.payload, default=str),
			"answer": json.dumps(promise.as_dict()),
			**more,
		}
	)
	lines, pegs = _rows(asked, promise, agreed_in, held_until)
	days = [line["promise_date"] for line in lines]
	doc.promise_date = max(days) if all(days) else None
	doc.expected_date = promise.promise_date
	doc.flags.ignore_links = True
	doc.insert(ignore_permissions=True)
	_insert_rows(doc, "lines", lines)
	_insert_rows(doc, "pegs", pegs)
	take_the_place(doc, asked)
	has_promised()
	return doc


def _agreed_dates(asked: Asked, promise: Promise, agreed_in: Document | None) -> list[date | None]:
	"""What was agreed for each line of the promise; None where it is what is promised."""
	dates = {row.name: row.delivery_date for row in agreed_in.items} if agreed_in else {}
	names = asked.rows or [None] * len(promise.plan)
	return [getdate(dates[name]) if dates.get(name) else None for name in names]


def _customer_name(asked: Asked) -> str | None:
	customer = asked.payload.get("customer")
	return frappe.get_cached_value("Customer", customer, "customer_name") if customer else None


def _rows(
	asked: Asked, promise: Promise, agreed_in: Document | None, held_until: datetime | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""The lines and the pegs."""
	rows = {row.name: row for row in agreed_in.items} if agreed_in else {}
	# What a supplier ships itself takes nothing out of a warehouse.
	drop_shipped = {reason.line for reason in promise.reasons if reason.code == "DROP_SHIP"}
	lines, pegs = [], []
	for index, line in enumerate(promise.plan):
		row = asked.rows[index] if asked.rows else None
		lines.append({"reference_row": row, **_line(line, rows.get(row))})
		until = None if index in drop_shipped else held_until
		pegs += [_peg(peg, index + 1, _until(peg, until, agreed_in)) for peg in line.fulfillment]
	return lines, pegs


def _until(peg: Fulfillment, held_until: datetime | None, agreed_in: Document | None) -> datetime | None:
	"""An order that is submitted is a commitment itself, but not where its goods are still to be fetched from."""
	return UNTIL_FETCHED if agreed_in is not None and _sender(peg) else held_until


def _sender(peg: Fulfillment) -> str | None:
	return peg.suggestion.from_warehouse if peg.suggestion else None


def _insert_rows(doc: Document, field: str, rows: Sequence[dict[str, Any]]) -> None:
	"""All rows of a table at once: one by one, those of a long order take longer than promising it."""
	stamps = {
		"creation": doc.creation,
		"modified": doc.modified,
		"owner": doc.owner,
		"modified_by": doc.owner,
	}
	for row in rows:
		doc.append(field, {"name": frappe.generate_hash(length=10), **stamps, **row})
	made = [row.get_valid_dict() for row in doc.get(field)]
	if made:
		frappe.db.bulk_insert(doc.get(field)[0].doctype, list(made[0]), [list(row.values()) for row in made])


def state_of(row: Document) -> str:
	"""What a row of a document asks for, to be compared with what was promised."""
	qty = flt(row.stock_qty or flt(row.qty) * (flt(row.conversion_factor) or 1), 6)
	return f"{row.item_code}|{qty}|{row.warehouse or ''}|{row.get('delivery_date') or ''}"


def delivered_of(row: Document) -> float:
	"""What was ever delivered of a Sales Order's row, in stock UOM: what came back was delivered all the same."""
	return (flt(row.delivered_qty) + flt(row.returned_qty)) * (flt(row.conversion_factor) or 1)


def earliest_of(line: PlanLine) -> date | None:
	"""When a line can be delivered: its own date where the others of a complete shipment leave it without one."""
	return line.promise_date or line.promise_date_raw


def _line(line: PlanLine, row: Document | None) -> dict[str, Any]:
	expected = earliest_of(line)
	agreed = getdate(row.delivery_date) if row and row.delivery_date else None
	# It gave up its date in a backorder run: the one in the row is the last that was told.
	unconfirmed = bool(row and row.get("otp_unconfirmed"))
	return {
		"item_code": line.item_code,
		"qty": line.qty_required,
		"uom": line.uom,
		"warehouse": line.warehouse,
		"shortage": line.shortage,
		**({} if unconfirmed else certainty_of_line(line, agreed)),
		"document_state": state_of(row) if row else None,
		"delivered_before": delivered_of(row) if row else 0.0,
		"requested_date": (row and row.get("otp_requested_date")) or line.desired_date,
		"promise_date": None if unconfirmed else agreed or expected,
		"expected_date": expected,
		"ship_date": line.ship_date,
	}


def _peg(peg: Fulfillment, line: int, held_until: datetime | None) -> dict[str, Any]:
	return {
		"line": line,
		"item_code": peg.item_code,
		"qty": peg.qty,
		"warehouse": peg.warehouse,
		"from_warehouse": _sender(peg),
		"source": peg.source.value,
		"document_type": peg.document.doctype if peg.document else None,
		"document": peg.document.name if peg.document else None,
		"supplier": peg.supplier,
		"expected_date": peg.expected_date,
		"available_date": peg.available_date,
		"ship_date": peg.ship_ready_date,
		"delivery_date": peg.delivery_date,
		"held_until": held_until,
	}


def is_late(doc: Document) -> bool:
	"""Whether a line cannot be delivered when it is promised, as of its making."""
	return any(
		not line.expected_date
		or not line.promise_date
		or getdate(line.expected_date) > getdate(line.promise_date)
		for line in doc.lines
	)
