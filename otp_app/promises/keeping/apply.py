"""Applying a promise: the order's dates become the promised ones, and what was requested stays beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate

from otp_app.engine.problems import MALFORMED, Problem, RequestRefused
from otp_app.engine.promise import PlanLine, Promise
from otp_app.promises.documents import Asked, order_of, rules_of
from otp_app.promises.keeping import mirror
from otp_app.promises.keeping.hold import refuse_later, refuse_unpromised
from otp_app.promises.keeping.lifecycle import PromiseStatus
from otp_app.promises.keeping.locking import locked
from otp_app.promises.keeping.record import record
from otp_app.promises.repeat import Request
from otp_app.promises.site import promise_for_user

CHANGES = ("line", "warehouse", "item_code", "rules")
# What a row says of its item itself; ERPNext fills it in again.
OF_THE_ITEM = ("item_name", "description", "item_group", "brand", "image", "bom_no", "item_tax_template")


def apply(
	document: Document,
	request: Request,
	*,
	rules: Mapping[str, Any] | None,
	change: Mapping[str, Any] | None,
	expected_date: str | None,
) -> Document:
	"""Promises the document anew and writes the dates into it; the Order Promise that says so.

	A draft's promise is a Draft, one that was held is held on; a submitted order's is Committed, and its commitment moves
	to the new dates. `change` is the change of one of the answer's options. Raises RequestRefused: NOT_AVAILABLE, STALE, and
	others for a change that cannot be made. The document is saved, so its own checks hold.
	"""
	with_rules = _changed(document, change, rules)
	asked = order_of(document)
	asked.payload["rules"] = with_rules
	with locked(asked.item_codes):
		if done := request.done():
			return done
		asked = asked.with_holds_of(document)
		promise = promise_for_user(asked, request_id=request.id, with_options=False)
	refuse_unpromised(promise)
	refuse_later(promise, expected_date)
	_write_dates(document, asked, promise)
	status, more = _status(document, asked)
	agreed_in = document if status is PromiseStatus.COMMITTED else None
	doc = record(asked, promise, status, agreed_in=agreed_in, **more, **request.marks)
	mirror.show(document, doc)
	document.flags.otp_applied = True
	document.save()
	document.add_comment("Info", _comment(doc))
	return doc


def _changed(
	document: Document, change: Mapping[str, Any] | None, rules: Mapping[str, Any] | None
) -> dict[str, Any] | None:
	"""Makes an option's change; the rules to promise by."""
	change = _fields(change, "change")
	if unknown := sorted(set(change) - set(CHANGES)):
		message = _(
			"The option cannot be applied here ({0}): change the order itself, then check again."
		).format(", ".join(unknown))
		raise RequestRefused([Problem("INVALID_VALUE", message, "change")])
	if "warehouse" in change:
		_row_to_change(document, change, "warehouse").warehouse = change["warehouse"]
	if "item_code" in change:
		_replace_item(document, _row_to_change(document, change, "item_code"), change["item_code"])
	before = rules_of(document) if rules is None else _fields(rules, "rules")
	merged = {**before, **_fields(change.get("rules"), "change.rules")}
	return merged or None


def _fields(value: Any, field: str) -> Mapping[str, Any]:
	if value is None or isinstance(value, dict):
		return value or {}
	message = _("{0} must be an object, such as {1}.").format(field, '{"shipment": "partial"}')
	raise RequestRefused([Problem("MALFORMED", message, field, MALFORMED)])


def _row_to_change(document: Document, change: Mapping[str, Any], field: str) -> Document:
	rows = order_of(document).rows
	index = change.get("line")
	if document.docstatus != 0:
		message = _("The rows of a submitted order stay as they are: use Update Items, or amend it.")
		raise RequestRefused([Problem("INVALID_VALUE", message, f"change.{field}")])
	if not isinstance(index, int) or not 0 <= index < len(rows):
		message = _("change.line must be the index of a line, from 0 to {0}.").format(len(rows) - 1)
		raise RequestRefused([Problem("OUT_OF_RANGE", message, "change.line")])
	return next(row for row in document.items if row.name == rows[index])


def _replace_item(document: Document, row: Document, other: Any) -> None:
	"""Puts an alternative into a row, at the quantity and the price that were agreed. Raises RequestRefused."""
	if not isinstance(other, str) or other not in _alternatives(row.item_code):
		message = _("{0} is no alternative of {1}: enter it in Item Alternative first.").format(
			other, row.item_code
		)
		raise RequestRefused([Problem("INVALID_VALUE", message, "change.item_code")])
	stock_uom = frappe.get_cached_value("Item", other, "stock_uom")
	if row.uom != stock_uom or row.stock_uom != stock_uom:
		message = _("{0} is sold in {1} here, and {2} is kept in {3}: change the row in the form.").format(
			row.item_code, row.uom, other, stock_uom
		)
		raise RequestRefused([Problem("INVALID_VALUE", message, "change.item_code")])
	document.add_comment("Info", _("Row {0}: {1} in place of {2}.").format(row.idx, other, row.item_code))
	row.item_code = other
	for field in OF_THE_ITEM:
		if row.meta.has_field(field):
			row.set(field, None)


def _alternatives(item_code: str) -> list[str]:
	"""The items that ERPNext lets stand in for one."""
	own = {"item_code": item_code}
	of_others = {"alternative_item_code": item_code, "two_way": 1}
	found = frappe.get_all("Item Alternative", own, pluck="alternative_item_code")
	return found + frappe.get_all("Item Alternative", of_others, pluck="item_code")


def _status(document: Document, asked: Asked) -> tuple[PromiseStatus, dict[str, Any]]:
	if document.docstatus == 1 and document.doctype == "Sales Order":
		return PromiseStatus.COMMITTED, {}
	held = frappe.db.get_value(
		"Order Promise",
		{
			"name": ("in", sorted(asked.excluding.holds) if asked.excluding else [""]),
			"reference_doctype": document.doctype,
			"reference_name": document.name,
		},
		"held_until",
	)
	return (PromiseStatus.HELD, {"held_until": held}) if held else (PromiseStatus.DRAFT, {})


def _write_dates(document: Document, asked: Asked, promise: Promise) -> None:
	"""Delivery dates of a Sales Order; a Quotation has none, so its promised date says it all."""
	has_dates = document.doctype == "Sales Order"
	if has_dates and not document.otp_requested_date:
		document.otp_requested_date = document.delivery_date
	lines = dict(zip(asked.rows, promise.plan, strict=True))
	for row in document.items:
		line = lines.get(row.name)
		if line is None or line.promise_date is None:
			continue
		if has_dates:
			row.otp_requested_date = row.otp_requested_date or row.delivery_date
			row.delivery_date = line.promise_date
			row.otp_unconfirmed = 0
		if not document.docstatus:
			_refuse_split(row, line)
			row.warehouse = line.warehouse or row.warehouse
	if has_dates:
		document.delivery_date = max(str(row.delivery_date) for row in document.items if row.delivery_date)


def _refuse_split(row: Document, line: PlanLine) -> None:
	"""A row that names its warehouse cannot come from several."""
	places = list(dict.fromkeys(peg.warehouse for peg in line.fulfillment))
	if row.warehouse and len(places) > 1 and row.warehouse not in _group_of(places):
		message = _("Row {0} would come from {1}: split it into a row for each.").format(
			row.idx, ", ".join(places)
		)
		raise RequestRefused([Problem("SPLIT_NEEDED", message, "items")])


def _group_of(places: list[str]) -> set[str]:
	"""The groups that all of these warehouses are in."""
	groups: list[set[str]] = []
	for name in places:
		own, above = set[str](), frappe.get_cached_value("Warehouse", name, "parent_warehouse")
		while above and above not in own:
			own.add(above)
			above = frappe.get_cached_value("Warehouse", above, "parent_warehouse")
		groups.append(own)
	return set.intersection(*groups)


def _comment(doc: Document) -> str:
	link = frappe.utils.get_link_to_form("Order Promise", doc.name)
	if doc.requested_date and doc.promise_date > doc.requested_date:
		return _("Promised for {0} ({1}); requested for {2}.").format(
			formatdate(doc.promise_date), link, formatdate(doc.requested_date)
		)
	return _("Promised for {0} ({1}).").format(formatdate(doc.promise_date), link)
