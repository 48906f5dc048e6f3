"""The outermost layer: a request's id, its log line, its metrics, and the headers that every answer has."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otp_app.service.answers import failure
from otp_app.service.config import Configuration
from otp_app.service.exchange import KEY, Exchange, request_id_of
from otp_app.service.metrics import Metrics
from otp_app.telemetry.json_logs import REQUEST_ID

logger = logging.getLogger("otp_app.service")
SECURITY = (
	(b"x-content-type-options", b"nosniff"),
	(b"x-frame-options", b"DENY"),
	(b"referrer-policy", b"no-referrer"),
	(b"cache-control", b"no-store"),
)
# What a page may load; an answer that is a page says so itself.
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Observing:
	"""ASGI. `stopping` tells whether the server is about to end: connections are not kept then."""

	def __init__(
		self, app: ASGIApp, configuration: Configuration, metrics: Metrics, stopping: Callable[[], bool]
	) -> None:
		self._app = app
		self._slow_ms = configuration.slow_ms
		self._metrics = metrics
		self._stopping = stopping

	async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
		if scope["type"] == "http":
			await self._exchange(scope, receive, send)
		elif scope["type"] == "websocket":
			await send({"type": "websocket.close", "code": 1000})
		else:
			await self._app(scope, receive, send)

	async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
		exchange = Exchange(request_id_of(scope))
		method: str = scope["method"]
		asked = {**scope, KEY: exchange, "method": "GET" if method == "HEAD" else method}
		sending = self._sending(exchange, method == "HEAD", send)
		token = REQUEST_ID.set(exchange.request_id)
		try:
			await self._answer(asked, receive, sending, exchange)
		finally:
			self._note(exchange, method, scope["path"])
			REQUEST_ID.reset(token)

	async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
		try:
			await self._app(scope, receive, send)
		except Exception:
			logger.exception("The request failed")
			if not exchange.status:
				await failure(exchange.request_id)(scope, receive, send)

	def _sending(self, exchange: Exchange, head: bool, send: Send) -> Send:
		"""Sends with the headers of every answer; to HEAD, no body."""

		async def sending(message: Message) -> None:
			if message["type"] == "http.response.start":
				exchange.status = message["status"]
				message["headers"] = [*message.get("headers", ()), *self._headers(exchange, message)]
			elif head:
				message = {**message, "body": b""}
			await send(message)

		return sending

	def _headers(self, exchange: Exchange, message: Message) -> list[tuple[bytes, bytes]]:
		headers = [(b"x-request-id", exchange.request_id.encode("ascii")), *SECURITY]
		if not any(name == POLICY[0] for name, _ in message.get("headers", ())):
			headers.append(POLICY)
		if self._stopping():
			headers.append((b"connection", b"close"))
		return headers

	def _note(self, exchange: Exchange, method: str, path: str) -> None:
		seconds = exchange.seconds
		# Nobody was answered: the caller hung up.
		status = exchange.status or 499
		self._metrics.note_request(method, path, status, seconds)
		slow = bool(self._slow_ms) and seconds * 1000 > self._slow_ms
		logger.log(
			logging.WARNING if slow else logging.INFO,
			"Slow: %s %s %s" if slow else "%s %s %s",
			method,
			path,
			status,
			extra={
				**exchange.told,
				"duration_ms": round(seconds * 1000, 3),
				"method": method,
				"path": path,
				"http_status": status,
			},
		)
