"""What has to be bought or made, over any source: nothing is asked for, so what was asked for before is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from otp_app.engine.facts import Excluded, Item, Snapshot
from otp_app.engine.problems import CONFLICT, UNKNOWN, Problem, RequestRefused
from otp_app.engine.promise import Promise
from otp_app.promises.arguments import text
from otp_app.promises.calculate import promise_order
from otp_app.promises.procuring.needs import ItemFacts, needs_of, suggest
from otp_app.service.backend import Answer, Fields
from otp_app.service.orders import Orders
from otp_app.sources import Source

OWN_FIELDS = ("items", "customer", "desired_date", "rules", "company")


@dataclass(frozen=True, slots=True)
class _Asked:
	"""What is lacking for: a request, and the order whose commitments do not count against it."""

	request: dict[str, Any]
	excluding: Excluded | None = None


def suggestions(
	source: Source, orders: Callable[[], Orders], asked: Fields, now: datetime, request_id: str
) -> Answer:
	"""The answer of docs/api.md. Raises RequestRefused, and SourceUnavailable."""
	_refuse_creating(asked)
	wanted = _wanted(orders, asked)
	promise = promise_order(
		source,
		wanted.request,
		now=now,
		request_id=request_id,
		excluding=wanted.excluding,
		with_options=False,
	)
	facts = source.snapshot([line.item_code for line in promise.plan])
	today = now.astimezone(ZoneInfo(facts.timezone)).date()
	needs = needs_of(promise, wanted.request["items"], today)
	company = wanted.request.get("company") or _company_of(promise, facts)
	known = {need.item_code: _facts_of(facts, need.item_code, company) for need in needs}
	return {
		"suggestions": [found.as_dict(with_supplier=True) for found in suggest(needs, known)],
		"already_requested": [],
		"created": [],
		"request_id": request_id,
	}


def _refuse_creating(asked: Fields) -> None:
	if asked.get("create"):
		message = "This service only suggests: leave create out, and make the documents in ERPNext."
		raise RequestRefused([Problem("READ_ONLY", message, "create", CONFLICT)])


def _wanted(orders: Callable[[], Orders], asked: Fields) -> _Asked:
	"""The order that is named, as far as it is open, else the request itself."""
	order = text(asked.get("sales_order"), "sales_order")
	if asked.get("quotation"):
		message = "A snapshot has no Quotations: give their lines as items."
		raise RequestRefused([Problem("UNKNOWN_QUOTATION", message, "quotation", UNKNOWN)])
	if order is None:
		return _Asked({name: asked[name] for name in OWN_FIELDS if asked.get(name) is not None})
	found = orders().find(order, "sales_order")
	lines = [
		{
			"item_code": line.item_code,
			"qty": line.qty,
			"warehouse": line.warehouse or None,
			"desired_date": line.requested.isoformat(),
		}
		for line in found.lines
	]
	request: dict[str, Any] = {"items": lines, "customer": found.header["customer"]}
	if asked.get("rules") is not None:
		request["rules"] = asked["rules"]
	return _Asked(request, Excluded("Sales Order", order))


def _company_of(promise: Promise, facts: Snapshot) -> str | None:
	"""The company that delivers, where the order does not say: that of the first warehouse that the promise names."""
	places = [peg.warehouse for line in promise.plan for peg in line.fulfillment]
	places += [line.warehouse for line in promise.plan if line.warehouse]
	at = facts.warehouses.get(places[0]) if places else None
	return at.company if at else None


def _facts_of(facts: Snapshot, code: str, company: str | None) -> ItemFacts:
	"""What a source knows of an item; its default supplier it does not."""
	item = facts.items.get(code) or Item(code)
	made = item.default_bom is not None and not item.drop_ship
	return ItemFacts(
		item_name=code,
		stock_uom=item.stock_uom,
		whole=item.whole,
		min_order_qty=item.min_order_qty,
		request_type="Manufacture" if made else "Purchase",
		drop_ship=item.drop_ship,
		warehouse=item.default_warehouse(company) if company else None,
	)
