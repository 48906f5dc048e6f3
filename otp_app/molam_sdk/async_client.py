"""The asynchronous client, on aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, TypeVar

import requests
from requests.utils import select_proxy

from . import _calls as calls
from ._base import Base, also_named, present, trusting
from ._calls import Call, IdempotencyKey, Payload, reading_object
from ._life import LONGEST_BODY, TOO_LONG, Ask, Life, Outcome, Reply, Request, Send, TooLong, Unanswered, life
from .cb import Breaker, create_circuit_breaker
from .exceptions import ConfigurationError, NetworkError, TimeoutError
from .models import ClientConfig, MerchantOnboarding, PaymentIntent, Payout, Refund

try:
	import aiohttp
	from yarl import URL
except ImportError as error:
	raise ImportError("MolamAsyncClient needs aiohttp: pip install 'otp_app[molam]'") from error

Answer = TypeVar("Answer")


class MolamAsyncClient(Base):
	"""The calls of MolamSyncClient, with its retries, time budget and circuit breaker, for asyncio.

	Use it in an `async with` statement, or await `close()`. Each event loop has connections of its own. `breaker` is
	one to share, also with synchronous clients.
	"""

	def __init__(
		self,
		config: ClientConfig,
		cb_name: str = "molam_api_cb",
		cb_fail_max: int = 5,
		cb_reset_timeout: float = 60,
		breaker: Breaker | None = None,
	) -> None:
		super().__init__(config)
		self.cb = breaker or create_circuit_breaker(cb_name, cb_fail_max, cb_reset_timeout)
		self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
		self._left_alone: list[object] = []
		self._proxies: dict[str, str | None] = {}

	def after_fork(self) -> None:
		super().after_fork()
		# Closing these would take the connections out of the other process's loop.
		self._left_alone.append(self._sessions)
		self._sessions = {}

	async def __aenter__(self) -> MolamAsyncClient:
		return self

	async def __aexit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		await self.close()

	async def close(self) -> None:
		"""Close all connections. The next call would open new ones."""
		sessions, self._sessions = self._sessions, {}
		for session in sessions.values():
			await session.close()

	async def create_payment_intent(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> PaymentIntent:
		"""Ask for a payment: a PaymentIntentCreate, a mapping of its fields, or its fields."""
		return await self._call(
			calls.CREATE_PAYMENT_INTENT, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	@also_named("payment_intent_id", "intent_id")
	async def retrieve_payment_intent(self, intent_id: str) -> PaymentIntent:
		"""The payment as it is now."""
		return await self._call(calls.RETRIEVE_PAYMENT_INTENT, intent_id)

	async def list_payment_intents(self, limit: int | None = None, **filters: Any) -> list[PaymentIntent]:
		"""Payments, newest first; filters such as status="succeeded" or metadata={"order": "SO-1"}."""
		return await self._call(calls.LIST_PAYMENT_INTENTS, query={"limit": limit, **filters})

	@also_named("payment_intent_id", "intent_id")
	async def confirm_payment_intent(
		self, intent_id: str, idempotency_key: IdempotencyKey = None
	) -> PaymentIntent:
		"""Confirm a payment: it is charged, or on its way."""
		return await self._call(calls.CONFIRM_PAYMENT_INTENT, intent_id, idempotency_key=idempotency_key)

	@also_named("payment_intent_id", "intent_id")
	async def cancel_payment_intent(
		self, intent_id: str, idempotency_key: IdempotencyKey = None
	) -> PaymentIntent:
		"""Cancel a payment that has not succeeded."""
		return await self._call(calls.CANCEL_PAYMENT_INTENT, intent_id, idempotency_key=idempotency_key)

	async def create_refund(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> Refund:
		"""Refund a payment, in part if an amount is given: a RefundCreate, a mapping, or its fields."""
		return await self._call(
			calls.CREATE_REFUND, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	async def retrieve_refund(self, refund_id: str) -> Refund:
		"""The refund as it is now."""
		return await self._call(calls.RETRIEVE_REFUND, refund_id)

	async def create_payout(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> Payout:
		"""Pay out: a PayoutCreate, a mapping, or its fields."""
		return await self._call(
			calls.CREATE_PAYOUT, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	async def retrieve_payout(self, payout_id: str) -> Payout:
		"""The payout as it is now."""
		return await self._call(calls.RETRIEVE_PAYOUT, payout_id)

	async def create_merchant_onboarding(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> MerchantOnboarding:
		"""Take on a merchant: a MerchantOnboardingCreate, a mapping, or its fields."""
		return await self._call(
			calls.CREATE_MERCHANT_ONBOARDING, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	async def health(self) -> dict[str, Any]:
		"""What the server says of itself."""
		return await self._call(calls.HEALTH)

	async def get(
		self, path: str, params: Mapping[str, Any] | None = None, timeout: float | None = None
	) -> dict[str, Any]:
		"""The JSON object at a path that has no method of its own here; `timeout` is the read time-out in seconds."""
		return await self._call(Call("get", "GET", path, reading_object), query=params, timeout=timeout)

	async def post(
		self,
		path: str,
		data: Mapping[str, Any],
		idempotency_key: IdempotencyKey = None,
		timeout: float | None = None,
	) -> dict[str, Any]:
		"""Post a JSON object to a path that has no method of its own here."""
		call = Call("post", "POST", path, reading_object)
		return await self._call(call, payload=data, idempotency_key=idempotency_key, timeout=timeout)

	async def _call(
		self, call: Call[Answer], *args: Any, timeout: float | None = None, **kwargs: Any
	) -> Answer:
		request = self._request(call, *args, **kwargs)
		with closing(life(request, self._patience(timeout), self.cb)) as running:
			return await self._drive(running, request)

	async def _drive(self, running: Life[Answer], request: Request[Answer]) -> Answer:
		told: object = None
		while True:
			try:
				effect = running.send(told)
			except StopIteration as end:
				answer: Answer = end.value
				return answer
			if isinstance(effect, Send):
				told = await self._send(request, effect)
			elif isinstance(effect, Ask):
				# Redis is asked in a thread: the loop goes on meanwhile.
				told = await asyncio.to_thread(effect.question) if self.cb.shared else effect.question()
			else:
				await asyncio.sleep(effect.seconds)

	async def _send(self, request: Request[Any], effect: Send) -> Outcome:
		timeout = aiohttp.ClientTimeout(effect.total, sock_connect=effect.connect, sock_read=effect.read)
		prepared = requests.PreparedRequest()
		try:
			prepared.prepare_url(request.url, None)  # quoted as the synchronous client does
			session = await self._opened()
			async with session.request(
				request.call.method,
				URL(str(prepared.url), encoded=True),
				data=request.body,
				headers=request.headers,
				timeout=timeout,
				allow_redirects=False,
				proxy=self._proxy(request.base_url),
			) as answer:
				return Reply(answer.status, answer.headers, await _body(answer))
		except TooLong as error:
			return Unanswered(error)
		except asyncio.TimeoutError as error:
			return Unanswered(TimeoutError(f"No answer in time: {error}"))
		except (aiohttp.InvalidURL, requests.RequestException) as error:
			raise ConfigurationError(f"The request cannot be sent: {error}") from None
		except (aiohttp.ClientError, OSError) as error:  # an untrusted certificate is a ValueError, too
			return Unanswered(NetworkError(f"No answer: {error}"))
		except ValueError as error:
			raise ConfigurationError(f"The request cannot be sent: {error}") from None

	async def _opened(self) -> aiohttp.ClientSession:
		loop = asyncio.get_running_loop()
		if loop not in self._sessions:
			for ended in [each for each in self._sessions if each.is_closed()]:
				await self._sessions.pop(ended).close()
			trust = trusting(self._environment(self.base_url)["verify"])
			present(trust, self.config.mtls_cert, self.config.mtls_key)
			connector = aiohttp.TCPConnector(ssl=trust)
			cookies = aiohttp.DummyCookieJar()
			self._sessions[loop] = aiohttp.ClientSession(connector=connector, cookie_jar=cookies)
		return self._sessions[loop]

	def _proxy(self, base_url: str) -> str | None:
		if base_url not in self._proxies:
			self._proxies[base_url] = select_proxy(base_url, self._environment(base_url)["proxies"])
		return self._proxies[base_url]

	def _environment(self, base_url: str) -> Mapping[str, Any]:
		"""Proxies and certificates as the synchronous client finds them in the environment."""
		with requests.Session() as session:
			return session.merge_environment_settings(base_url, {}, None, self.config.verify_ssl, None)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
	"""The body. Of a refusal as much as can be read: its status says enough."""
	body = bytearray()
	try:
		async for piece in answer.content.iter_any():
			body += piece
			if len(body) > LONGEST_BODY:
				raise TooLong(TOO_LONG)
	except (aiohttp.ClientError, asyncio.TimeoutError, OSError, TooLong):
		answer.close()
		if answer.ok:
			raise
	return bytes(body)
