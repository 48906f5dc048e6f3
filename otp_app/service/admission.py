"""Who may ask: hosts and origins, keys, rates, and how large a body may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otp_app.engine.problems import FORBIDDEN, MALFORMED, Problem, RequestRefused
from otp_app.service.answers import NOT_SIGNED_IN, TOO_LARGE, TOO_MANY, refusal
from otp_app.service.config import Configuration
from otp_app.service.exchange import exchange_of, header
from otp_app.service.rates import Rates
from otp_app.service.reading import is_loopback

METRICS = "/metrics"
# Probes and the description of the API: they tell nothing of the business.
OPEN = frozenset({"/health", "/ready", "/docs", "/openapi.json"})
SCHEMES = (b"bearer ", b"token ")


class Turned(Exception):
	"""A request that is not let in; `headers` go with the answer."""

	def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
		super().__init__(problem.message)
		self.problem = problem
		self.headers = headers or {}


class Admission:
	"""ASGI: lets a request through, or answers why not."""

	def __init__(self, app: ASGIApp, configuration: Configuration, rates: Rates) -> None:
		self._app = app
		self._config = configuration
		self._rates = rates
		self._keys = [_digest(key.encode()) for key in configuration.api_keys]
		token = configuration.metrics_token
		self._metrics_token = _digest(token.encode()) if token else None
		# Without keys only this machine can ask, and a web page in its browser must not.
		self._trusting = not configuration.api_keys

	async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
		if scope["type"] != "http":
			await self._app(scope, receive, send)
			return
		exchange = exchange_of(scope)
		try:
			exchange.known = self._admit(scope)
			_check_length(scope, self._config.max_body)
		except Turned as turned:
			answer = refusal([turned.problem], exchange.request_id, turned.headers)
			await answer(scope, receive, send)
			return
		await self._app(scope, _limited(receive, self._config.max_body), send)

	def _admit(self, scope: Scope) -> bool:
		"""Whether the caller is known (True) or may ask all the same. Raises Turned."""
		if self._trusting:
			_check_local(scope, self._config)
			self._count(self._rates.take_by_address(_address(scope)), scope)
			return True
		given = _given_key(scope)
		index = self._index(given)
		if index is not None:
			self._count(self._rates.take_by_key(index), scope)
			return True
		if scope["path"] in OPEN or (scope["path"] == METRICS and self._reads_metrics(given)):
			return False
		self._count(self._rates.take_by_address(_address(scope)), scope)
		message = "Send an API key of this service: Authorization: Bearer KEY, or X-API-Key: KEY."
		raise Turned(Problem("NOT_SIGNED_IN", message, None, NOT_SIGNED_IN), {"WWW-Authenticate": "Bearer"})

	def _index(self, given: bytes | None) -> int | None:
		"""The place of a key; the time that takes tells nothing of the keys."""
		if given is None:
			return None
		digest = _digest(given)
		found = None
		for index, known in enumerate(self._keys):
			if compare_digest(known, digest):
				found = index
		return found

	def _reads_metrics(self, given: bytes | None) -> bool:
		token = self._metrics_token
		return token is not None and given is not None and compare_digest(token, _digest(given))

	def _count(self, wait: float, scope: Scope) -> None:
		if wait and scope["path"] not in OPEN:
			seconds = math.ceil(wait)
			message = (
				f"More than {self._config.rate_limit} requests a minute: try again in {seconds} second(s)."
			)
			raise Turned(Problem("TOO_MANY_REQUESTS", message, None, TOO_MANY), {"Retry-After": str(seconds)})


def _digest(key: bytes) -> bytes:
	return sha256(key).digest()


def _given_key(scope: Scope) -> bytes | None:
	"""What the caller sends as its key; None for nothing."""
	given = header(scope, b"authorization")
	if given is not None:
		for scheme in SCHEMES:
			if given[: len(scheme)].lower() == scheme:
				return given[len(scheme) :].strip()
	return header(scope, b"x-api-key")


def _address(scope: Scope) -> str:
	client = scope.get("client")
	return client[0] if client else ""


def _check_local(scope: Scope, configuration: Configuration) -> None:
	"""Refuses a request that a page of another site made the browser send: by another name for this machine, or as itself."""
	host = (header(scope, b"host") or b"").decode("latin-1")
	if host and not _is_local(f"//{host}", configuration.host):
		message = f"This service answers as {configuration.host} only: ask for it by that name, or set OTP_API_KEYS."
		raise Turned(Problem("WRONG_HOST", message, None, FORBIDDEN))
	origin = (header(scope, b"origin") or b"").decode("latin-1")
	allowed = configuration.cors_origins
	if origin and "*" not in allowed and origin not in allowed and not _is_local(origin, configuration.host):
		message = "Web pages of other sites may not call: name this one in OTP_CORS_ORIGINS if it may."
		raise Turned(Problem("WRONG_ORIGIN", message, None, FORBIDDEN))


def _is_local(address: str, own: str) -> bool:
	try:
		name = urlsplit(address).hostname or ""
	except ValueError:
		return False
	return name == own or is_loopback(name)


def _check_length(scope: Scope, most: int) -> None:
	given = header(scope, b"content-length")
	if given is None:
		return
	if not given.isdigit():
		raise Turned(Problem("MALFORMED", "Content-Length must be a number of bytes.", None, MALFORMED))
	if int(given[:20]) > most:
		raise Turned(_too_large(most), {"Connection": "close"})


def _too_large(most: int) -> Problem:
	message = f"The body has more than {most} bytes: split the order, or set OTP_MAX_BODY_BYTES."
	return Problem("TOO_LARGE", message, None, TOO_LARGE)


def _limited(receive: Receive, most: int) -> Receive:
	"""Receives a body that tells no length, or a wrong one, up to the limit. Raises RequestRefused beyond it."""
	received = 0

	async def limited() -> Message:
		nonlocal received
		message = await receive()
		received += len(message.get("body", b""))
		if received > most:
			raise RequestRefused([_too_large(most)])
		return message

	return limited
