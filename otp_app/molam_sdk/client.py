"""The synchronous client, on requests. Safe to share between threads."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from types import TracebackType
from typing import Any, TypeVar

import requests
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError, ReadTimeoutError

from . import _calls as calls
from ._base import Base, also_named, trusting
from ._calls import Call, IdempotencyKey, Payload, reading_object
from ._deadline import TimelyAdapter, all_within
from ._life import LONGEST_BODY, TOO_LONG, Ask, Life, Outcome, Reply, Request, Send, TooLong, Unanswered, life
from .cb import Breaker
from .exceptions import ConfigurationError, NetworkError, TimeoutError
from .models import ClientConfig, MerchantOnboarding, PaymentIntent, Payout, Refund

Answer = TypeVar("Answer")

PIECE = 65536  # bytes


class MolamClient(Base):
	"""Calls Molam, with retries and a total time budget. Close it, or use it in a `with` statement.

	A create call takes a model, a mapping, or keyword arguments; without an idempotency key it makes one and uses it on
	all its retries. Every call raises APIError, IdempotencyError (409), NetworkError or TimeoutError.
	"""

	cb: Breaker | None = None

	def __init__(self, config: ClientConfig) -> None:
		super().__init__(config)
		self.session = requests.Session()
		self.session.verify = self.config.verify_ssl
		if self.config.mtls_cert and self.config.mtls_key:
			self.session.cert = (self.config.mtls_cert, self.config.mtls_key)
		self._mount()
		self._environments: dict[str, Mapping[str, Any]] = {}

	def _mount(self) -> None:
		for start in ("https://", "http://"):
			self.session.mount(start, TimelyAdapter())

	def after_fork(self) -> None:
		super().after_fork()
		self.session.cookies = RequestsCookieJar()  # its lock may have been held
		self._mount()

	def __enter__(self) -> MolamClient:
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		self.close()

	def close(self) -> None:
		"""Close all connections. The next call would open new ones."""
		self.session.close()

	def create_payment_intent(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> PaymentIntent:
		"""Ask for a payment: a PaymentIntentCreate, a mapping of its fields, or its fields."""
		return self._call(
			calls.CREATE_PAYMENT_INTENT, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	@also_named("payment_intent_id", "intent_id")
	def retrieve_payment_intent(self, intent_id: str) -> PaymentIntent:
		"""The payment as it is now."""
		return self._call(calls.RETRIEVE_PAYMENT_INTENT, intent_id)

	def list_payment_intents(self, limit: int | None = None, **filters: Any) -> list[PaymentIntent]:
		"""Payments, newest first; filters such as status="succeeded" or metadata={"order": "SO-1"}."""
		return self._call(calls.LIST_PAYMENT_INTENTS, query={"limit": limit, **filters})

	@also_named("payment_intent_id", "intent_id")
	def confirm_payment_intent(self, intent_id: str, idempotency_key: IdempotencyKey = None) -> PaymentIntent:
		"""Confirm a payment: it is charged, or on its way."""
		return self._call(calls.CONFIRM_PAYMENT_INTENT, intent_id, idempotency_key=idempotency_key)

	@also_named("payment_intent_id", "intent_id")
	def cancel_payment_intent(self, intent_id: str, idempotency_key: IdempotencyKey = None) -> PaymentIntent:
		"""Cancel a payment that has not succeeded."""
		return self._call(calls.CANCEL_PAYMENT_INTENT, intent_id, idempotency_key=idempotency_key)

	def create_refund(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> Refund:
		"""Refund a payment, in part if an amount is given: a RefundCreate, a mapping, or its fields."""
		return self._call(
			calls.CREATE_REFUND, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	def retrieve_refund(self, refund_id: str) -> Refund:
		"""The refund as it is now."""
		return self._call(calls.RETRIEVE_REFUND, refund_id)

	def create_payout(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> Payout:
		"""Pay out: a PayoutCreate, a mapping, or its fields."""
		return self._call(
			calls.CREATE_PAYOUT, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	def retrieve_payout(self, payout_id: str) -> Payout:
		"""The payout as it is now."""
		return self._call(calls.RETRIEVE_PAYOUT, payout_id)

	def create_merchant_onboarding(
		self, payload: Payload = None, idempotency_key: IdempotencyKey = None, **fields: Any
	) -> MerchantOnboarding:
		"""Take on a merchant: a MerchantOnboardingCreate, a mapping, or its fields."""
		return self._call(
			calls.CREATE_MERCHANT_ONBOARDING, payload=payload, fields=fields, idempotency_key=idempotency_key
		)

	def health(self) -> dict[str, Any]:
		"""What the server says of itself."""
		return self._call(calls.HEALTH)

	def get(
		self, path: str, params: Mapping[str, Any] | None = None, timeout: float | None = None
	) -> dict[str, Any]:
		"""The JSON object at a path that has no method of its own here; `timeout` is the read time-out in seconds."""
		return self._call(Call("get", "GET", path, reading_object), query=params, timeout=timeout)

	def post(
		self,
		path: str,
		data: Mapping[str, Any],
		idempotency_key: IdempotencyKey = None,
		timeout: float | None = None,
	) -> dict[str, Any]:
		"""Post a JSON object to a path that has no method of its own here."""
		call = Call("post", "POST", path, reading_object)
		return self._call(call, payload=data, idempotency_key=idempotency_key, timeout=timeout)

	def _call(self, call: Call[Answer], *args: Any, timeout: float | None = None, **kwargs: Any) -> Answer:
		request = self._request(call, *args, **kwargs)
		with closing(life(request, self._patience(timeout), self.cb)) as running:
			return self._drive(running, request)

	def _drive(self, running: Life[Answer], request: Request[Answer]) -> Answer:
		told: object = None
		while True:
			try:
				effect = running.send(told)
			except StopIteration as end:
				answer: Answer = end.value
				return answer
			if isinstance(effect, Send):
				told = self._send(request, effect)
			elif isinstance(effect, Ask):
				told = effect.question()
			else:
				time.sleep(effect.seconds)

	def _send(self, request: Request[Any], effect: Send) -> Outcome:
		prepared = requests.PreparedRequest()
		try:
			prepared.prepare(request.call.method, request.url, request.headers, data=request.body)
			settings = {**self._environment(request.base_url), "stream": True}
			with all_within(effect.total):
				answer = self.session.send(
					prepared, timeout=(effect.connect, effect.read), allow_redirects=False, **settings
				)
				return Reply(answer.status_code, answer.headers, _body(answer))
		except TooLong as error:
			return Unanswered(error)
		except requests.Timeout as error:
			return Unanswered(TimeoutError(f"No answer in time: {error}"))
		except ReadTimeoutError as error:
			return Unanswered(TimeoutError(f"No whole answer in time: {error}"))
		except (requests.URLRequired, ValueError) as error:  # requests' name for bad URLs and headers
			raise ConfigurationError(f"The request cannot be sent: {error}") from None
		except (requests.RequestException, HTTPError) as error:
			return Unanswered(NetworkError(f"No answer: {error}"))
		except OSError as error:  # a certificate file that was there when the client was made
			raise ConfigurationError(f"The request cannot be sent: {error}") from None

	def _environment(self, base_url: str) -> Mapping[str, Any]:
		"""Proxies and certificates, from the session and the environment; looked up once for a server."""
		if base_url not in self._environments:
			session = self.session
			found = session.merge_environment_settings(base_url, {}, None, session.verify, session.cert)
			if isinstance(found["verify"], str) and base_url.startswith("https"):
				trusting(found["verify"])
			self._environments[base_url] = found
		return self._environments[base_url]


def _body(answer: requests.Response) -> bytes:
	"""The body. Of a refusal as much as can be read: its status says enough."""
	body = bytearray()
	try:
		while piece := answer.raw.read1(PIECE, decode_content=True):
			body += piece
			if len(body) > LONGEST_BODY:
				raise TooLong(TOO_LONG)
	except (HTTPError, TooLong):
		answer.close()
		if answer.ok:
			raise
	return bytes(body)
