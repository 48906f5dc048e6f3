"""Sales Orders of a site without otp_app, with the field names of docs/api.md; what only the app knows is null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otp_app.engine.facts import OpenLine
from otp_app.engine.problems import UNKNOWN, Problem, RequestRefused
from otp_app.promises.looking.questions import ENDED, PROMISE_FIELDS, OrderQuestion, order_question
from otp_app.service.backend import Answer, Fields
from otp_app.service.orders import Order, Orders
from otp_app.sources.erpnext.fields import date_of, real
from otp_app.sources.rest.answers import Refused, wrong_shape
from otp_app.sources.rest.client import Client

DOCTYPE = "Sales Order"
# The answer's names -> the fields of a Sales Order.
FIELDS: Mapping[str, str] = {
	"name": "name",
	"customer": "customer",
	"customer_name": "customer_name",
	"company": "company",
	"status": "status",
	"order_date": "transaction_date",
	"delivery_date": "delivery_date",
	"per_delivered": "per_delivered",
	"customer_order": "po_no",
}
OF_THE_APP = ("promise_date", "confidence", "promise_status", "promise", *PROMISE_FIELDS)
OF_LINES = (
	"row",
	"item_code",
	"item_name",
	"qty",
	"uom",
	"stock_qty",
	"stock_uom",
	"delivered_qty",
	"warehouse",
)
OF_PROMISED_LINES = (
	*("promise_date", "confidence", "expected_date", "ship_date", "delivered_on", "days_late"),
	*("reserved_qty", "shortage"),
)
SEARCHED = ("name", "customer", "customer_name", "po_no")
# Sorted by what only the app knows is sorted by what comes nearest.
SORTED_BY = {"promise_date": "delivery_date", "requested_date": "delivery_date"}


def list_orders(client: Client, asked: Fields) -> Answer:
	"""A page of the orders, and how many there are. Raises RequestRefused, and SourceUnavailable."""
	question = order_question(asked)
	page: dict[str, Any] = {"start": question.start, "limit": question.limit}
	if question.promise_statuses or question.at_risk or question.from_date or question.to_date:
		# These ask about promises, and there are none.
		return {"sales_orders": [], "total": 0, **page}
	shared = _filters(question)
	by = SORTED_BY.get(question.order_by, FIELDS.get(question.order_by, question.order_by))
	direction = "desc" if question.descending else "asc"
	rows = client.rows(
		DOCTYPE,
		**shared,
		fields=list(FIELDS.values()),
		order_by=f"`tabSales Order`.`{by}` {direction}, `tabSales Order`.`name` {direction}",
		limit_start=question.start,
		limit_page_length=question.limit,
	)
	counted = client.rows(DOCTYPE, **shared, fields=["count(name) as total"])
	if not counted or not isinstance(counted[0].get("total"), int):
		raise wrong_shape("it does not count orders")
	return {"sales_orders": [_header(row) for row in rows], "total": counted[0]["total"], **page}


def _filters(question: OrderQuestion) -> dict[str, Any]:
	filters: list[list[Any]] = [["status", "in", list(question.statuses)]]
	named = (("customer", question.customer), ("company", question.company))
	filters += [[name, "=", value] for name, value in named if value]
	search = [[name, "like", f"%{question.search}%"] for name in SEARCHED] if question.search else []
	return {"filters": filters, "or_filters": search}


def read_order(client: Client, name: str) -> dict[str, Any]:
	"""The document. Raises RequestRefused for none."""
	try:
		return client.document(DOCTYPE, name)
	except Refused as refused:
		if refused.status != UNKNOWN:
			raise
		message = f"There is no Sales Order {name}."
		raise RequestRefused([Problem("UNKNOWN_SALES_ORDER", message, "sales_order", UNKNOWN)]) from refused


def order_in_full(client: Client, name: str) -> Answer:
	"""An order with its lines. Raises RequestRefused for none."""
	order = read_order(client, name)
	lines = [_line(row) for row in lines_of(order)]
	return {**_header(order), "lines": lines, "order_promise": None, "earlier_promises": []}


def lines_of(order: Mapping[str, Any]) -> list[dict[str, Any]]:
	"""The rows of a document."""
	rows = order.get("items")
	if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
		raise wrong_shape("the order has no items")
	return rows


def _header(order: Mapping[str, Any]) -> dict[str, Any]:
	told = {name: _told(order.get(field)) for name, field in FIELDS.items()}
	return told | {"requested_date": told["delivery_date"]} | dict.fromkeys(OF_THE_APP)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
	told = {name: _told(row.get("name" if name == "row" else name)) for name in OF_LINES}
	day = _told(row.get("delivery_date"))
	return told | {"requested_date": day, "delivery_date": day} | dict.fromkeys(OF_PROMISED_LINES)


def _told(value: Any) -> Any:
	return None if value == "" else value


def open_orders(client: Client, name: str) -> Orders:
	"""An order with what it has still to deliver, as a book of one; an empty book without a name."""
	if not name:
		return Orders({}, {})
	order = read_order(client, name)
	if order.get("status") in ENDED:
		message = f"{name} is {order['status']}: nothing of it is to be delivered."
		raise RequestRefused([Problem("NOTHING_TO_PROMISE", message, "sales_order")])
	rows = lines_of(order)
	lines = tuple(line for row in rows if (line := _open_line(order, row)) is not None)
	uoms = {str(row["item_code"]): str(row.get("stock_uom")) for row in rows if row.get("item_code")}
	return Orders({name: Order(_header(order), lines)}, uoms)


def _open_line(order: Mapping[str, Any], row: Mapping[str, Any]) -> OpenLine | None:
	qty, delivered = real(row.get("qty")), real(row.get("delivered_qty"))
	day, ordered = date_of(row.get("delivery_date")), date_of(order.get("transaction_date"))
	if not row.get("item_code") or qty <= delivered or day is None or ordered is None:
		return None
	left = real(row.get("stock_qty")) * (qty - delivered) / qty
	names = (str(order["name"]), str(row["name"]), str(row["item_code"]), str(row.get("warehouse") or ""))
	return OpenLine(*names, left, ordered, day, customer=order.get("customer"))
