"""How a route calls the backend: the body read, a thread where one is needed, a limit of time, errors told."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NoReturn

import anyio
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from otp_app.engine.calendars import NoWorkingDay
from otp_app.engine.problems import (
	INVALID,
	MALFORMED,
	UNAVAILABLE,
	Problem,
	RequestRefused,
	SourceUnavailable,
)
from otp_app.service.answers import TOO_SLOW, failure, refusal
from otp_app.service.exchange import exchange_of
from otp_app.service.parts import Service

logger = logging.getLogger("otp_app.service")
Fields = Mapping[str, Any]


def service_of(request: Request) -> Service:
	"""The service that a request is for."""
	service: Service = request.app.state.service
	return service


async def telling(request: Request, answer: Callable[[], Awaitable[Response]]) -> Response:
	"""What `answer` gives, or the error that it ends with as JSON; it has as long as the configuration says."""
	request_id = exchange_of(request.scope).request_id
	service = service_of(request)
	try:
		with anyio.fail_after(service.configuration.timeout):
			return await answer()
	except RequestRefused as refused:
		return refusal(refused.problems, request_id)
	except NoWorkingDay as error:
		return refusal([Problem("NO_WORKING_DAY", str(error), "rules", INVALID)], request_id)
	except (UnicodeError, RecursionError):
		message = "The request has text that is no valid Unicode, or lists within lists without an end."
		return refusal([Problem("MALFORMED", message, None, MALFORMED)], request_id)
	except SourceUnavailable as error:
		service.contact.note(answers=False)
		return refusal([Problem("SOURCE_UNAVAILABLE", str(error), None, UNAVAILABLE)], request_id)
	except TimeoutError:
		return refusal([_too_slow(request)], request_id)
	except ClientDisconnect:
		raise
	except Exception:
		logger.exception("%s %s failed", request.method, request.url.path)
		return failure(request_id)


def _too_slow(request: Request) -> Problem:
	"""Who it was that took too long."""
	if exchange_of(request.scope).reading:
		return Problem("BODY_TOO_SLOW", "The body did not come in time: send it again.", None, TOO_SLOW)
	seconds = service_of(request).configuration.timeout
	message = f"There was no answer within {seconds:g} second(s): try again, or ask for fewer lines."
	return Problem("TIMED_OUT", message, None, UNAVAILABLE)


async def called(service: Service, call: Callable[[], Any], *, large: bool = False) -> Any:
	"""What a call of the backend gives.

	A call that waits for another server, or takes long, has a thread of its own; one that nobody waits for any more ends by
	itself. The others are done sooner than a thread is found for them.
	"""
	if large or service.backend.waits:
		return await run_sync(call, abandon_on_cancel=True)
	return call()


async def fields_of_body(request: Request, known: Collection[str]) -> Fields:
	"""The fields of the JSON object that the body is. Raises RequestRefused for anything else, and for unknown fields."""
	exchange = exchange_of(request.scope)
	exchange.reading = True
	body = await request.body()
	exchange.reading = False
	try:
		fields = json.loads(body, parse_constant=_no_number) if body.strip() else {}
	except (ValueError, RecursionError) as error:
		raise _malformed() from error
	if not isinstance(fields, dict):
		raise _malformed()
	refuse_unknown(fields, known)
	return fields


def _no_number(name: str) -> NoReturn:
	raise ValueError(f"{name} is no number of JSON")


def _malformed() -> RequestRefused:
	message = 'The body must be a JSON object in UTF-8, such as {"items": [{"item_code": "BOLT", "qty": 2}]}.'
	return RequestRefused([Problem("MALFORMED", message, None, MALFORMED)])


def fields_of_address(request: Request, known: Collection[str], lists: Collection[str]) -> Fields:
	"""The parameters of the address; one that is given several times is a list where the call takes one.

	Raises RequestRefused for unknown ones.
	"""
	fields: dict[str, Any] = {}
	given = request.query_params
	for name in given:
		values = given.getlist(name)
		if len(values) > 1 and name not in lists:
			message = f"{name} is given {len(values)} times: give it once."
			raise RequestRefused([Problem("INVALID_VALUE", message, name)])
		fields[name] = values if len(values) > 1 else values[0]
	refuse_unknown(fields, known)
	return fields


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
	"""Raises RequestRefused, naming each of the fields given that is not known."""
	if unknown := sorted(set(given) - set(known)):
		message = "{0} is not a field of this call: check its spelling."
		raise RequestRefused([Problem("UNKNOWN_FIELD", message.format(name), name) for name in unknown])
