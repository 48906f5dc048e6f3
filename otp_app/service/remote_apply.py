"""Promised dates written into a draft Sales Order of a site without otp_app: one PUT, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from otp_app.engine.facts import Excluded
from otp_app.engine.problems import CONFLICT, UNAVAILABLE, Problem, RequestRefused
from otp_app.engine.promise import Promise
from otp_app.promises.arguments import day, text
from otp_app.promises.calculate import promise_order
from otp_app.service.backend import Answer, Fields
from otp_app.service.remote_orders import DOCTYPE, lines_of, read_order
from otp_app.sources import Source
from otp_app.sources.rest.answers import Refused
from otp_app.sources.rest.client import Client

STALE = "TimestampMismatchError"
INSTALL = "install otp_app on the site"


def apply_to_draft(client: Client, source: Source, asked: Fields, now: datetime, request_id: str) -> Answer:
	"""What was written, as the app tells it, without an Order Promise. Raises RequestRefused with 409 where it may not be."""
	name = _name_of(asked)
	order = read_order(client, name)
	_refuse_submitted(order)
	rows = [row for row in lines_of(order) if row.get("item_code")]
	payload: dict[str, Any] = {"items": list(map(_asked, rows)), "customer": order.get("customer")}
	if asked.get("rules") is not None:
		payload["rules"] = asked["rules"]
	excluding = Excluded(DOCTYPE, name)
	promise = promise_order(
		source, payload, now=now, request_id=request_id, excluding=excluding, with_options=False
	)
	_refuse_no_date(promise)
	_refuse_later(promise, asked)
	dates = {row["name"]: line.promise_date for row, line in zip(rows, promise.plan, strict=True)}
	_write(client, order, dates, promise)
	return _told(order, promise, rows, request_id)


def _name_of(asked: Fields) -> str:
	if asked.get("quotation"):
		raise _refusal("READ_ONLY", f"A Quotation has no dates of its own: {INSTALL}.", "quotation")
	if asked.get("change"):
		raise _refusal("READ_ONLY", f"Only dates can be written: leave change out, or {INSTALL}.", "change")
	name = text(asked.get("sales_order"), "sales_order")
	if name is None:
		message = "sales_order is missing: it names the Sales Order."
		raise RequestRefused([Problem("MISSING_FIELD", message, "sales_order")])
	return name


def _refuse_submitted(order: Mapping[str, Any]) -> None:
	if order.get("docstatus") != 0:
		message = (
			f"{order.get('name')} is not a draft, and its dates are not written from outside: use Update Items in "
			f"ERPNext, or {INSTALL}."
		)
		raise _refusal("READ_ONLY", message, "sales_order")


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
	return {
		"item_code": row["item_code"],
		"qty": row.get("qty"),
		"uom": row.get("uom"),
		"warehouse": row.get("warehouse") or None,
		"desired_date": row.get("delivery_date"),
		"delivered_by_supplier": bool(row.get("delivered_by_supplier")),
	}


def _refuse_no_date(promise: Promise) -> None:
	if promise.promise_date is None or any(line.promise_date is None for line in promise.plan):
		blocked = promise.as_dict()["blockers"]
		why = blocked[0]["message"] if blocked else "it cannot be promised"
		unread = any(blocker["code"] == "SOURCE_UNAVAILABLE" for blocker in blocked)
		code, status = ("SOURCE_UNAVAILABLE", UNAVAILABLE) if unread else ("NOT_AVAILABLE", CONFLICT)
		raise RequestRefused([Problem(code, f"Nothing was written: {why}", None, status)])


def _refuse_later(promise: Promise, asked: Fields) -> None:
	seen = day(asked.get("expected_date"), "expected_date")
	if seen and promise.promise_date and promise.promise_date > seen:
		message = f"The date is now {promise.promise_date}, later than {seen}: look again, and decide."
		raise _refusal("STALE", message, "expected_date")


def _write(client: Client, order: Mapping[str, Any], dates: Mapping[str, Any], promise: Promise) -> None:
	"""The whole rows go with it: ERPNext takes a list of rows for all that there are."""
	rows = [
		{**row, "delivery_date": dates[row["name"]].isoformat()} if row["name"] in dates else row
		for row in lines_of(order)
	]
	day = promise.promise_date.isoformat() if promise.promise_date else None
	fields = {"modified": order.get("modified"), "delivery_date": day, "items": rows}
	try:
		client.write(DOCTYPE, str(order["name"]), fields)
	except Refused as refused:
		if refused.body.get("exc_type") == STALE:
			message = f"{order['name']} was changed meanwhile: nothing was written. Promise it again."
			raise _refusal("STALE", message, "sales_order") from refused
		raise _refusal("NOT_WRITTEN", f"ERPNext did not take it: {refused}", "sales_order") from refused


def _refusal(code: str, message: str, field: str) -> RequestRefused:
	return RequestRefused([Problem(code, message, field, CONFLICT)])


def _told(order: Mapping[str, Any], promise: Promise, rows: list[dict[str, Any]], request_id: str) -> Answer:
	answer = promise.as_dict()
	lines = [
		{
			"item_code": row["item_code"],
			"qty": row.get("qty"),
			"uom": row.get("uom"),
			"warehouse": row.get("warehouse"),
			"requested_date": row.get("delivery_date"),
			"promise_date": line["promise_date"],
			"confidence": None,
		}
		for row, line in zip(rows, answer["plan"], strict=True)
	]
	return {
		"promise": None,
		"status": None,
		"customer": order.get("customer"),
		"requested_date": order.get("delivery_date"),
		"promise_date": answer["promise_date"],
		"confidence": answer["confidence"],
		"held_until": None,
		"lines": lines,
		"request_id": request_id,
	}
