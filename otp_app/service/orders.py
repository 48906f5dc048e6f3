"""Sales Orders as a snapshot knows them: by their open lines. What is written only on the order itself is null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from otp_app.engine.facts import OpenLine, Snapshot
from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused
from otp_app.promises.looking.questions import PROMISE_FIELDS, OrderQuestion, order_question
from otp_app.service.backend import Answer, Fields

# Orders that have open lines are of one of these; which one, a snapshot does not say.
DELIVERING = frozenset({"To Deliver and Bill", "To Deliver"})


@dataclass(frozen=True, slots=True)
class Order:
	"""What is still to be delivered of a Sales Order, as the list tells it."""

	header: Mapping[str, Any]
	lines: tuple[OpenLine, ...]


@dataclass(frozen=True, slots=True)
class Orders:
	"""The order book by order, and the stock UOM of its items."""

	by_name: Mapping[str, Order]
	uoms: Mapping[str, str]

	@classmethod
	def of(cls, book: Snapshot) -> Orders:
		"""The orders of a snapshot that has its open lines."""
		lines: dict[str, list[OpenLine]] = {}
		for line in book.open_lines:
			lines.setdefault(line.order, []).append(line)
		found = {name: Order(_header(name, book, lines[name]), tuple(lines[name])) for name in sorted(lines)}
		return cls(found, {code: item.stock_uom for code, item in book.items.items()})

	def find(self, name: str, field: str) -> Order:
		"""The order of a name. Raises RequestRefused for none."""
		if name in self.by_name:
			return self.by_name[name]
		message = f"The snapshot has no Sales Order {name} with something left to deliver."
		raise RequestRefused([Problem("UNKNOWN_SALES_ORDER", message, field, UNKNOWN)])

	def codes_of(self, name: str) -> list[str]:
		"""The items of an order's open lines. Raises RequestRefused for no such order."""
		return list(dict.fromkeys(line.item_code for line in self.find(name, "sales_order").lines))


def find_orders(orders: Orders, asked: Fields) -> Answer:
	"""A page of the orders, as the site's list has it. Raises RequestRefused for arguments that are wrong."""
	question = order_question(asked)
	found = [order.header for order in orders.by_name.values() if _fits(order.header, question)]
	# What has no date (or name) comes first, as in MariaDB.
	found.sort(
		key=lambda header: (header[question.order_by] or "", header["name"]), reverse=question.descending
	)
	page = found[question.start : question.start + question.limit]
	return {
		"sales_orders": [dict(header) for header in page],
		"total": len(found),
		"start": question.start,
		"limit": question.limit,
	}


def order_in_full(orders: Orders, name: str) -> Answer:
	"""An order with its open lines. Raises RequestRefused for none."""
	order = orders.find(name, "sales_order")
	return {
		**order.header,
		"lines": [_line(line, orders.uoms.get(line.item_code)) for line in order.lines],
		"order_promise": None,
		"earlier_promises": [],
	}


def _header(name: str, book: Snapshot, lines: list[OpenLine]) -> dict[str, Any]:
	first = lines[0]
	at = book.warehouses.get(first.warehouse)
	confirmed = [line.confirmed for line in lines if line.confirmed]
	return {
		"name": name,
		"customer": first.customer,
		"customer_name": first.customer,
		"company": at.company if at else None,
		"status": None,
		"order_date": first.ordered_on.isoformat(),
		"requested_date": max(line.requested for line in lines).isoformat(),
		"delivery_date": max(line.confirmed or line.requested for line in lines).isoformat(),
		"promise_date": max(confirmed).isoformat() if confirmed else None,
		"confidence": None,
		"promise_status": None,
		"promise": None,
		"per_delivered": None,
		"customer_order": None,
		**dict.fromkeys(PROMISE_FIELDS),
	}


def _fits(header: Mapping[str, Any], question: OrderQuestion) -> bool:
	"""Whether an order is among those asked for; of its promise's status nothing is known."""
	return (
		question.customer in (None, header["customer"])
		and question.company in (None, header["company"])
		and bool(DELIVERING & set(question.statuses))
		and not question.promise_statuses
		and not question.at_risk
		and _between(header["promise_date"], question.from_date, question.to_date)
		and _has(header, question.search)
	)


def _between(day: str | None, first: date | None, last: date | None) -> bool:
	if day is None:
		return first is None and last is None
	return (first is None or day >= first.isoformat()) and (last is None or day <= last.isoformat())


def _has(header: Mapping[str, Any], search: str | None) -> bool:
	if search is None:
		return True
	return any(search.casefold() in str(header[name] or "").casefold() for name in ("name", "customer"))


def _line(line: OpenLine, uom: str | None) -> dict[str, Any]:
	"""An open line; `open_qty` is what is to be delivered beyond what is reserved or picked, in stock UOM."""
	return {
		"row": line.row,
		"item_code": line.item_code,
		"item_name": None,
		"qty": None,
		"uom": None,
		"stock_qty": None,
		"stock_uom": uom,
		"delivered_qty": None,
		"warehouse": line.warehouse,
		"requested_date": line.requested.isoformat(),
		"delivery_date": (line.confirmed or line.requested).isoformat(),
		"promise_date": line.confirmed.isoformat() if line.confirmed else None,
		"confidence": None,
		"expected_date": None,
		"ship_date": None,
		"delivered_on": None,
		"days_late": None,
		"reserved_qty": None,
		"shortage": None,
		"open_qty": line.qty,
		"bundle": line.bundle,
	}
