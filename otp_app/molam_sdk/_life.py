"""The life of a call without any input or output: attempt, decide, wait, attempt again.

`life` is a generator that asks its driver to send, to sleep or to ask the circuit breaker, and is told what came of it.
The clients' drivers differ in how they do that, and in nothing else.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pybreaker import CircuitBreakerError

from . import _wire
from ._calls import Call
from .cb import FREELY, Breaker
from .exceptions import APIError, IdempotencyError, MolamError, NetworkError, TimeoutError
from .logging_setup import get_logger
from .metrics import CODE_NO_ANSWER, CODE_TIMED_OUT, metrics_request

logger = get_logger("client")

Answer = TypeVar("Answer")

LONGEST_WAIT = 3600.0  # seconds; a Retry-After beyond it is taken for this
SHORTEST = 0.001  # seconds; a wait may have ended a little late, and no time-out can be 0
LONGEST_BODY = 10_000_000  # bytes; no answer of Molam's is that long
TOO_LONG = f"The answer is longer than {LONGEST_BODY} bytes"
LONGEST_RAW = 2000  # characters of a body that is no JSON, in an error
_SECONDS = re.compile(r"\s*\d+(\.\d+)?\s*", re.ASCII)
_random = random.SystemRandom()


@dataclass(frozen=True)
class Request(Generic[Answer]):
	"""What a call sends, the same on every attempt: key, idempotency key and server do not change on the way."""

	call: Call[Answer]
	base_url: str
	path: str
	headers: dict[str, str] = field(repr=False)
	body: bytes | None = field(repr=False)

	@property
	def url(self) -> str:
		return self.base_url + self.path


@dataclass(frozen=True)
class Patience:
	"""How long to wait for what (seconds), how often to try again, and the factor of the waits in between."""

	connect: float
	read: float
	total: float
	retries: int
	backoff: float


@dataclass(frozen=True)
class Send:
	"""Send the request; the time-outs are in seconds. Answered with a Reply or an Unanswered."""

	connect: float
	read: float
	total: float


@dataclass(frozen=True)
class Sleep:
	"""Wait."""

	seconds: float


@dataclass(frozen=True)
class Ask:
	"""Answered with what `question` returns; it may wait for Redis."""

	question: Callable[[], object]


@dataclass(frozen=True)
class Reply:
	"""What the server answered."""

	status: int
	headers: Mapping[str, str]
	body: bytes


@dataclass(frozen=True)
class Unanswered:
	"""Why there is no answer."""

	error: NetworkError | TimeoutError


class TooLong(NetworkError):
	"""An answer longer than any of Molam's."""


Effect = Send | Sleep | Ask
Outcome = Reply | Unanswered
Life = Generator[Effect, Any, Answer]


@dataclass(frozen=True)
class Failure:
	"""An attempt that failed: what to raise, whether trying again may help, and whether the service is to blame."""

	error: MolamError
	again: bool
	service: bool
	retry_after: float | None = None


def life(request: Request[Answer], patience: Patience, breaker: Breaker | None) -> Life[Answer]:
	"""Everything that happens to a call. Returns the answer, raises what the last attempt came to.

	Raises CircuitBreakerError if the circuit lets not even the first attempt through.
	"""
	deadline = time.monotonic() + patience.total
	failure: Failure | None = None
	for retry in range(patience.retries + 1):
		if failure:
			pause = wait_before(retry, patience.backoff, failure.retry_after)
			if not failure.again or pause >= deadline - time.monotonic():
				break
			yield Sleep(pause)
		outcome = yield from _attempt(request, patience, deadline, breaker)
		if outcome is None:
			break
		if not isinstance(outcome, Failure):
			return outcome.answer
		failure = outcome
	if failure is None:
		raise CircuitBreakerError(f"Circuit {breaker.name if breaker else ''} is open: Molam was not asked")
	raise failure.error


@dataclass(frozen=True)
class Success(Generic[Answer]):
	"""The answer to a call."""

	answer: Answer


def _attempt(
	request: Request[Answer], patience: Patience, deadline: float, breaker: Breaker | None
) -> Generator[Effect, Any, Success[Answer] | Failure | None]:
	"""One attempt, counted by breaker, metrics and log; None if the circuit does not let it through."""
	ticket: str | None = FREELY
	if breaker:
		longest = max(SHORTEST, deadline - time.monotonic()) + 1
		ticket = yield Ask(lambda: breaker.admit(longest))
		if ticket is None:
			return None
	start = time.perf_counter()
	left = max(SHORTEST, deadline - time.monotonic())
	settled = False
	try:
		reply: Outcome = yield Send(min(patience.connect, left), min(patience.read, left), left)
		outcome = judge(request.call, reply)
		_tell(request.call, reply, outcome, time.perf_counter() - start)
		settled = True
	finally:
		if breaker and ticket and not settled:
			breaker.abandoned(ticket)
	if breaker and ticket is not None:
		yield Ask(lambda: _settle(breaker, ticket, outcome))
	return outcome


def _settle(breaker: Breaker, ticket: str, outcome: Success[Any] | Failure) -> None:
	if isinstance(outcome, Failure) and outcome.service:
		breaker.failed(ticket, outcome.error)
	else:
		breaker.succeeded(ticket)


def judge(call: Call[Answer], reply: Outcome) -> Success[Answer] | Failure:
	"""What an attempt came to."""
	if isinstance(reply, Unanswered):
		return Failure(reply.error, again=True, service=True)
	if not 200 <= reply.status < 300:
		retry_after = seconds_of(reply.headers.get("Retry-After"))
		broken = reply.status >= 500
		return Failure(refusal(reply), broken or reply.status == 429, broken, retry_after)
	try:
		value = _wire.decode(reply.body)
	except ValueError:
		told = f"The answer to {call.name} ({reply.status}) is cut off, or no JSON"
		return Failure(NetworkError(told), again=True, service=True)
	try:
		return Success(call.read(value))
	except ValueError:  # a whole answer: the next one would be no other
		told = f"The answer to {call.name} ({reply.status}) is not what was asked for"
		return Failure(NetworkError(told), again=False, service=False)


def refusal(reply: Reply) -> APIError:
	"""The error of an answer other than 2xx, whatever its body is."""
	try:
		body = _wire.decode(reply.body)
	except ValueError:
		body = None
	if not isinstance(body, dict):
		text = reply.body[:LONGEST_RAW].decode("utf-8", "replace")
		body = {"raw": text} if text else {}
	request_id = _request_id(reply)
	message = _message_in(body) or _reason(reply.status)
	if reply.status == HTTPStatus.CONFLICT:
		return IdempotencyError(message, reply.status, body, request_id)
	return APIError(reply.status, message, body, request_id)


def wait_before(retry: int, factor: float, retry_after: float | None) -> float:
	"""Seconds before the retry (the first is 1): full jitter, and at least as long as the server asked for."""
	jitter = _random.uniform(0, min(LONGEST_WAIT, factor * 2 ** min(retry - 1, 30)))
	return max(jitter, retry_after or 0.0)


def seconds_of(retry_after: str | None) -> float | None:
	"""Seconds of a Retry-After header, which has seconds or a date; None for none, and for nonsense."""
	if not retry_after:
		return None
	try:
		seconds = float(retry_after) if _SECONDS.fullmatch(retry_after) else _seconds_until(retry_after)
	except (ValueError, TypeError, OverflowError):
		return None
	return min(max(0.0, seconds), LONGEST_WAIT)


def _seconds_until(date: str) -> float:
	return parsedate_to_datetime(date).timestamp() - time.time()


def _request_id(reply: Reply) -> str | None:
	return reply.headers.get("X-Molam-Request-Id") or reply.headers.get("X-Request-ID")


def _message_in(body: Mapping[str, Any]) -> str | None:
	"""The server's words, in any of the shapes that are seen."""
	error = body.get("error")
	inner = error.get("message") if isinstance(error, dict) else error
	return next((text for text in (inner, body.get("message")) if text and isinstance(text, str)), None)


def _reason(status: int) -> str:
	try:
		return f"HTTP {status} {HTTPStatus(status).phrase}"
	except ValueError:
		return f"HTTP {status}"


def _tell(call: Call[Any], reply: Outcome, outcome: Success[Any] | Failure, latency: float) -> None:
	"""One attempt, to the metrics and the log."""
	code = reply.status if isinstance(reply, Reply) else _code_without_answer(reply)
	if isinstance(reply, Reply) and reply.status < 300 and isinstance(outcome, Failure) and outcome.service:
		code = CODE_NO_ANSWER  # it could not be read
	metrics_request(call.name, code, latency)
	failed = isinstance(outcome, Failure)
	level = logging.WARNING if failed else logging.INFO
	if logger.isEnabledFor(level):
		extra: dict[str, object] = {"endpoint": call.name, "latency": round(latency, 4)}
		if isinstance(reply, Reply) and (request_id := _request_id(reply)):
			extra["request_id"] = request_id
		told = outcome.error if isinstance(outcome, Failure) else code
		logger.log(level, "%s %s: %s", call.method, call.path, told, extra=extra)


def _code_without_answer(reply: Unanswered) -> int:
	return CODE_TIMED_OUT if isinstance(reply.error, TimeoutError) else CODE_NO_ANSWER
