"""The calls of the service, and their paths."""

from __future__ import annotations

import time
from functools import cache, partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from otp_app import __version__
from otp_app.engine.problems import UNAVAILABLE, Problem
from otp_app.promises.looking.questions import FILTERS
from otp_app.service.answers import encode, json_answer, refusal
from otp_app.service.calling import called, fields_of_address, fields_of_body, service_of, telling
from otp_app.service.exchange import Exchange, exchange_of
from otp_app.service.metrics import CONTENT_TYPE
from otp_app.service.openapi import document
from otp_app.service.page import POLICY, page
from otp_app.service.parts import Service

PROMISE = frozenset({"items", "customer", "desired_date", "rules", "company", "channel"})
APPLY = frozenset({"sales_order", "quotation", "rules", "expected_date", "change"})
PROCUREMENT = frozenset(
	{"sales_order", "quotation", "items", "customer", "desired_date", "rules", "company", "create"}
)
STOCK = frozenset({"items", "item_code", "warehouse", "sales_order", "quotation", "documents"})
# An order of more lines takes so long (over 10 ms) that others must not wait for it in the event loop.
FEW_LINES = 10


async def promise(request: Request) -> Response:
	"""When an order can be delivered, from what, and why; nothing is written."""

	async def answer() -> Response:
		asked = await fields_of_body(request, PROMISE)
		service, exchange = service_of(request), exchange_of(request.scope)
		began = time.perf_counter()
		work = partial(service.backend.promise, asked, exchange.request_id)
		found = await called(service, work, large=_has_many_lines(asked))
		unread = any(blocker["code"] == "SOURCE_UNAVAILABLE" for blocker in found["blockers"])
		_note_promise(service, exchange, asked, found, time.perf_counter() - began, unread)
		return json_answer(found, UNAVAILABLE if unread else 200)

	return await telling(request, answer)


def _has_many_lines(asked: Any) -> bool:
	lines = asked.get("items")
	return isinstance(lines, list) and len(lines) > FEW_LINES


def _reads_much(asked: Any) -> bool:
	"""What an order has still to deliver stands in the whole book."""
	return bool(asked.get("sales_order")) or _has_many_lines(asked)


def _note_promise(
	service: Service, exchange: Exchange, asked: Any, found: dict[str, Any], seconds: float, unread: bool
) -> None:
	exchange.told |= {
		"customer": asked.get("customer"),
		"status": found["status"],
		"promise_date": found["promise_date"],
		"confidence": found["confidence"],
	}
	service.contact.note(answers=not unread)
	service.metrics.note_promise(found["status"], found["confidence"], seconds)


async def apply(request: Request) -> Response:
	"""Writes the promised dates into a Sales Order or Quotation."""

	async def answer() -> Response:
		asked = await fields_of_body(request, APPLY)
		service, exchange = service_of(request), exchange_of(request.scope)
		found = await called(service, partial(service.backend.apply, asked, exchange.request_id))
		exchange.told |= {name: found.get(name) for name in ("customer", "promise_date", "confidence")}
		return json_answer(found)

	return await telling(request, answer)


async def procurement_suggest(request: Request) -> Response:
	"""What has to be bought or made for an order."""

	async def answer() -> Response:
		asked = await fields_of_body(request, PROCUREMENT)
		service, exchange = service_of(request), exchange_of(request.scope)
		work = partial(service.backend.procurement_suggest, asked, exchange.request_id)
		return json_answer(await called(service, work, large=_reads_much(asked)))

	return await telling(request, answer)


async def sales_orders(request: Request) -> Response:
	"""The open Sales Orders, a page at a time."""

	async def answer() -> Response:
		asked = fields_of_address(request, FILTERS, ("status", "promise_status"))
		service, exchange = service_of(request), exchange_of(request.scope)
		work = partial(service.backend.sales_orders, asked, exchange.request_id)
		return json_answer(await called(service, work, large=True))

	return await telling(request, answer)


async def sales_order(request: Request) -> Response:
	"""A Sales Order with its lines."""

	async def answer() -> Response:
		fields_of_address(request, (), ())
		service, exchange = service_of(request), exchange_of(request.scope)
		work = partial(service.backend.sales_order, request.path_params["name"], exchange.request_id)
		return json_answer(await called(service, work, large=True))

	return await telling(request, answer)


async def item_stock(request: Request) -> Response:
	"""Stock of items, and from when how much of it can be promised."""

	async def answer() -> Response:
		asked = fields_of_address(request, STOCK, ("items", "item_code"))
		service, exchange = service_of(request), exchange_of(request.scope)
		work = partial(service.backend.item_stock, asked, exchange.request_id)
		return json_answer(await called(service, work, large=_reads_much(asked)))

	return await telling(request, answer)


async def otp_health(request: Request) -> Response:
	"""Whether promises can be made, from what, and how old its facts are."""

	async def answer() -> Response:
		service = service_of(request)
		why = await _why_not_ready(service)
		body = {
			"status": "ok" if why is None else "unavailable",
			"reason": why,
			"version": __version__,
			"source": service.backend.name,
			"facts_age_seconds": service.backend.facts_age(),
			"request_id": exchange_of(request.scope).request_id,
		}
		return json_answer(body, 200 if why is None else UNAVAILABLE)

	return await telling(request, answer)


async def health(request: Request) -> Response:
	"""Whether the process lives; the source is not asked."""
	return json_answer({"status": "ok"})


async def ready(request: Request) -> Response:
	"""Whether requests should be sent here."""

	async def answer() -> Response:
		service, exchange = service_of(request), exchange_of(request.scope)
		why = await _why_not_ready(service)
		if why is None:
			return json_answer({"status": "ready"})
		message = why if exchange.known else "Not ready: the log, and /otp/health with a key, say why."
		return refusal([Problem("NOT_READY", message, None, UNAVAILABLE)], exchange.request_id)

	return await telling(request, answer)


async def _why_not_ready(service: Service) -> str | None:
	"""Why no requests should be sent; None if they should."""
	if service.stopping:
		return "The service is stopping."
	return await service.contact.why_not()


async def metrics(request: Request) -> Response:
	"""What the service counts, in Prometheus's text format."""
	service = service_of(request)
	await service.contact.refresh()
	text = await called(service, partial(service.metrics.exposed, service.backend))
	return Response(text, media_type=CONTENT_TYPE)


@cache
def _document() -> bytes:
	return encode(document()).encode()


@cache
def _page() -> str:
	return page(document())


async def openapi(request: Request) -> Response:
	"""The OpenAPI document."""
	return Response(_document(), media_type="application/json")


async def docs(request: Request) -> Response:
	"""The same, for people."""
	return HTMLResponse(_page(), headers={"Content-Security-Policy": POLICY})


ROUTES = (
	("POST", "/otp/promise", promise),
	("POST", "/otp/apply", apply),
	("POST", "/otp/procurement-suggest", procurement_suggest),
	("GET", "/otp/sales-orders", sales_orders),
	("GET", "/otp/sales-orders/{name:path}", sales_order),
	("GET", "/otp/items/stock", item_stock),
	("GET", "/otp/health", otp_health),
	("GET", "/health", health),
	("GET", "/ready", ready),
	("GET", "/metrics", metrics),
	("GET", "/openapi.json", openapi),
	("GET", "/docs", docs),
)
