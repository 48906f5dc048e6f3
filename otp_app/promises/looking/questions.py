"""Which Sales Orders somebody asks for: the arguments of the list, read and checked. No frappe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from otp_app.engine.messages import Translate
from otp_app.promises.arguments import choices, day, number, text, truth
from otp_app.promises.keeping.lifecycle import PromiseStatus

# Those with something left to deliver.
OPEN = ("Draft", "On Hold", "To Pay", "To Deliver and Bill", "To Deliver")
ENDED = ("To Bill", "Completed", "Closed", "Cancelled")
STATUSES = (*OPEN, *ENDED)
PROMISE_STATUSES = tuple(status.value for status in PromiseStatus)
SORTABLE = (
	"delivery_date",
	"promise_date",
	"requested_date",
	"order_date",
	"customer_name",
	"status",
	"name",
)
# What the list and the detail tell of an Order Promise beside what the order itself shows.
PROMISE_FIELDS = ("expected_date", "held_until", "delivered_on", "days_late", "status_reason")
DEFAULT_LIMIT, MAX_LIMIT, MAX_START = 50, 500, 10_000_000
FILTERS = frozenset(
	{
		"customer",
		"company",
		"status",
		"promise_status",
		"from_date",
		"to_date",
		"at_risk",
		"search",
		"order_by",
		"limit",
		"start",
	}
)


@dataclass(frozen=True, slots=True)
class OrderQuestion:
	"""Which orders: fields that are empty do not matter. `start` and `limit` cut a page out of all that fit.

	No day is between a `from_date` and an earlier `to_date`, so no order fits."""

	customer: str | None = None
	company: str | None = None
	statuses: tuple[str, ...] = OPEN
	promise_statuses: tuple[str, ...] = ()
	from_date: date | None = None
	to_date: date | None = None
	at_risk: bool | None = None
	search: str | None = None
	order_by: str = "delivery_date"
	descending: bool = False
	limit: int = 50
	start: int = 0


def order_question(given: Mapping[str, Any], translate: Translate = str) -> OrderQuestion:
	"""The question that some of FILTERS ask. Raises RequestRefused for the first that is wrong."""
	field, descending = _order(given.get("order_by"), translate)
	wanted = choices(given.get("promise_status"), "promise_status", PROMISE_STATUSES, translate)
	return OrderQuestion(
		customer=text(given.get("customer"), "customer", translate),
		company=text(given.get("company"), "company", translate),
		statuses=tuple(choices(given.get("status"), "status", STATUSES, translate)) or OPEN,
		promise_statuses=tuple(wanted),
		from_date=day(given.get("from_date"), "from_date", translate),
		to_date=day(given.get("to_date"), "to_date", translate),
		at_risk=truth(given.get("at_risk"), "at_risk", translate),
		search=text(given.get("search"), "search", translate),
		order_by=field,
		descending=descending,
		limit=number(
			given.get("limit"), "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT, translate=translate
		),
		start=number(given.get("start"), "start", default=0, least=0, most=MAX_START, translate=translate),
	)


def _order(order_by: Any, translate: Translate) -> tuple[str, bool]:
	"""The field to sort by, and whether the last goes first: `promise_date`, or `promise_date desc`."""
	words = (text(order_by, "order_by", translate) or SORTABLE[0]).lower().split()
	(field,) = choices([words[0]], "order_by", SORTABLE, translate)
	(direction,) = choices([" ".join(words[1:]) or "asc"], "order_by", ("asc", "desc"), translate)
	return field, direction == "desc"
