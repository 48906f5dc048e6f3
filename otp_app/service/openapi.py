"""The OpenAPI document: every call, and every status that it can give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from otp_app import __version__
from otp_app.service.answer_schemas import (
	DATE,
	NUMBER,
	TEXT,
	Schema,
	list_of,
	object_of,
	or_null,
	promise_schemas,
	ref,
)
from otp_app.service.request_schemas import (
	order_parameters,
	other_bodies,
	request_schemas,
	stock_parameters,
)

ORDER = json.loads((Path(__file__).parent.parent / "demo" / "order.json").read_text(encoding="utf-8"))
STATUSES: Mapping[int, str] = {
	400: "Malformed: no JSON object, a field of another kind, or text that is no Unicode.",
	401: "No API key of this service.",
	403: "Sent to another host's name, or by a web page of another site; or the site forbids it.",
	404: "Something that is named is not there; the answer names it.",
	408: "The body did not come in time.",
	409: "Nothing is written here, or what was seen is not so any more.",
	413: "The body is too large.",
	422: "A value is wrong; the answer names the field.",
	429: "Too many requests; Retry-After says when to try again.",
	500: "The service failed; its log says why.",
	503: "The facts cannot be read at the moment, or not in time.",
}
ALWAYS = (401, 403, 413, 429, 500)
BODY = (400, 404, 408, 409, 422, 503)
ADDRESS = (400, 404, 409, 422, 503)


def document() -> Schema:
	"""The document as JSON values."""
	return {
		"openapi": "3.1.0",
		"info": {
			"title": "otp_app",
			"version": __version__,
			"description": "Order promising: when an order can be delivered, from what, and how sure that is.",
		},
		"paths": _paths(),
		"components": {"schemas": _schemas(), "securitySchemes": _security()},
		"security": [{"bearer": []}, {"token": []}, {"header": []}, {}],
	}


def _security() -> Schema:
	return {
		"bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
		"token": {
			"type": "apiKey",
			"in": "header",
			"name": "Authorization",
			"description": "Authorization: token KEY",
		},
		"header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
	}


def _paths() -> Schema:
	promise = _call(
		"When an order can be delivered, from what, and why; nothing is written.", "Promise", BODY
	)
	promise["responses"]["503"] = _response(STATUSES[503], {"anyOf": [ref("Promise"), ref("Error")]})
	name = {
		"name": "name",
		"in": "path",
		"required": True,
		"schema": TEXT,
		"description": "Name of the order.",
	}
	apply = "Writes the promised dates into a Sales Order or Quotation; refused over a snapshot."
	return {
		"/otp/promise": {"post": promise | _body("PromiseRequest", ORDER)},
		"/otp/apply": {
			"post": _call(apply, "Applied", BODY)
			| _body("ApplyRequest", {"sales_order": "SAL-ORD-2026-00001"})
		},
		"/otp/procurement-suggest": {
			"post": _call("What has to be bought or made for an order.", "Procurement", BODY)
			| _body("ProcurementRequest", {"items": ORDER["items"]})
		},
		"/otp/sales-orders": {
			"get": _call("The open Sales Orders, a page at a time.", "SalesOrders", ADDRESS)
			| {"parameters": order_parameters()}
		},
		"/otp/sales-orders/{name}": {
			"get": _call("A Sales Order with its lines.", "SalesOrder", ADDRESS) | {"parameters": [name]}
		},
		"/otp/items/stock": {
			"get": _call("Stock of items, and from when how much of it can be promised.", "Stock", ADDRESS)
			| {"parameters": stock_parameters()}
		},
		"/otp/health": {"get": _health()},
		"/health": {"get": _open("Whether the process lives; the source is not asked.", "State", ())},
		"/ready": {"get": _open("Whether requests should be sent here.", "State", (503,))},
		"/metrics": {"get": _metrics()},
	}


def _call(summary: str, answer: str, statuses: tuple[int, ...]) -> dict[str, Any]:
	told = {str(status): _response(STATUSES[status], ref("Error")) for status in sorted((*ALWAYS, *statuses))}
	return {"summary": summary, "responses": {"200": _response("The answer.", ref(answer)), **told}}


def _open(summary: str, answer: str, statuses: tuple[int, ...]) -> dict[str, Any]:
	call = _call(summary, answer, statuses)
	del call["responses"]["401"]
	return call | {"security": [{}]}


def _health() -> dict[str, Any]:
	call = _call("Whether promises can be made, from what, and how old its facts are.", "Health", (503,))
	call["responses"]["503"] = _response(STATUSES[503], {"anyOf": [ref("Health"), ref("Error")]})
	return call


def _metrics() -> dict[str, Any]:
	call = _call("What the service counts, in Prometheus's text format.", "Error", ())
	call["responses"]["200"] = {"description": "The metrics.", "content": {"text/plain": {"schema": TEXT}}}
	return call


def _response(text: str, schema: Schema) -> Schema:
	headers = {"X-Request-Id": {"schema": TEXT, "description": "The id of the request."}}
	return {"description": text, "headers": headers, "content": {"application/json": {"schema": schema}}}


def _body(schema: str, example: Any) -> Schema:
	content = {"application/json": {"schema": ref(schema), "example": example}}
	return {"requestBody": {"required": True, "content": content}}


def _schemas() -> Schema:
	return {**promise_schemas(), **request_schemas(), **other_bodies(), **_answers()}


def _answers() -> dict[str, Schema]:
	problem = object_of({"code": TEXT, "message": TEXT}, {"field": TEXT})
	error = object_of({"code": TEXT, "message": TEXT}, {"field": TEXT, "problems": list_of(problem)})
	request_id = {"request_id": TEXT}
	anything: Schema = {"type": "object"}
	page = {"total": {"type": "integer"}, "start": {"type": "integer"}, "limit": {"type": "integer"}}
	order = {
		"name": TEXT,
		"customer": or_null(TEXT),
		"delivery_date": or_null(DATE),
		"promise_date": or_null(DATE),
	}
	lines = {
		"lines": list_of(anything),
		"order_promise": or_null(anything),
		"earlier_promises": list_of(anything),
	}
	return {
		"Error": object_of({"error": error, **request_id}),
		"Applied": object_of({"promise": TEXT, "status": TEXT, "lines": list_of(anything), **request_id}),
		"Procurement": object_of(
			{
				"suggestions": list_of(_suggestion()),
				"already_requested": list_of(anything),
				"created": list_of(anything),
				**request_id,
			}
		),
		"SalesOrders": object_of({"sales_orders": list_of(object_of(order)), **page, **request_id}),
		"SalesOrder": object_of({**order, **lines, **request_id}),
		"Stock": object_of({"items": list_of(_stock()), **request_id, "calculated_at": TEXT}),
		"Health": object_of(
			{
				"status": {"type": "string", "enum": ["ok", "unavailable"]},
				"reason": or_null(TEXT),
				"version": TEXT,
				"source": TEXT,
				"facts_age_seconds": or_null(NUMBER),
				**request_id,
			}
		),
		"State": object_of({"status": TEXT}),
	}


def _suggestion() -> Schema:
	fields = {name: TEXT for name in ("item_code", "item_name", "uom", "material_request_type", "reason")}
	places = {name: or_null(TEXT) for name in ("warehouse", "supplier", "from_warehouse")}
	numbers = {"needed_qty": NUMBER, "qty": NUMBER, "lines": list_of({"type": "integer"})}
	return object_of(
		{**fields, **places, **numbers, "schedule_date": DATE, "delivered_by_supplier": {"type": "boolean"}}
	)


def _stock() -> Schema:
	step = object_of({"date": DATE, "atp": NUMBER})
	warehouse = object_of(
		{
			"warehouse": TEXT,
			"on_hand": NUMBER,
			"available_today": NUMBER,
			"never_promised": {"type": "boolean"},
			"atp": list_of(step),
		},
		{"events": list_of({"type": "object"}), "events_left_out": {"type": "integer"}},
	)
	part = object_of({"item_code": TEXT, "qty": NUMBER})
	return object_of(
		{
			"item_code": TEXT,
			"item_name": TEXT,
			"uom": TEXT,
			"is_stock_item": {"type": "boolean"},
			"components": list_of(part),
			"warehouses": list_of(warehouse),
		}
	)
