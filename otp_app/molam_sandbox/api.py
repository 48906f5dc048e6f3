"""The calls of the contract, below /v1/connect."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web

from otp_app.molam_sandbox import bodies, money
from otp_app.molam_sandbox.gate import json_response
from otp_app.molam_sandbox.payments import INTENT, PAYOUT, REFUND, Answer, Payments
from otp_app.molam_sandbox.problems import Refused
from otp_app.molam_sandbox.store import Kept, Store
from otp_app.molam_sandbox.webhooks import Webhooks

KEY = re.compile(r"Bearer (sk_|jwt_)[!-~]+")
IDEMPOTENCY_KEY = re.compile(r"[ -~]{1,255}")
METADATA_FILTER = re.compile(r"metadata\[(.+)\]")
DEFAULT_LIMIT, MAX_LIMIT = 20, 100

Act = Callable[[web.Request, dict[str, Any]], Answer]


class Api:
	"""Who asks, what for, and whether it was asked before."""

	def __init__(self, store: Store, payments: Payments, webhooks: Webhooks) -> None:
		self._store = store
		self._payments = payments
		self._webhooks = webhooks

	def routes(self) -> list[web.RouteDef]:
		"""All calls."""
		intents = "/v1/connect/payment_intents"
		does = self._payments
		return [
			web.get("/health", _health),
			self._post(intents, lambda request, asked: does.create_intent(asked, origin(request))),
			self._post(f"{intents}/{{id}}/confirm", lambda request, _: does.confirm(_id(request))),
			self._post(f"{intents}/{{id}}/cancel", lambda request, _: does.cancel(_id(request))),
			self._post("/v1/connect/refunds", lambda _, asked: does.create_refund(asked)),
			self._post("/v1/connect/payouts", lambda _, asked: does.create_payout(asked)),
			self._post(
				"/v1/connect/merchants/onboard", lambda request, asked: does.onboard(asked, origin(request))
			),
			web.get(intents, self._list, allow_head=False),
			self._get(f"{intents}/{{id}}", INTENT),
			self._get("/v1/connect/refunds/{id}", REFUND),
			self._get("/v1/connect/payouts/{id}", PAYOUT),
		]

	def _post(self, path: str, act: Act) -> web.RouteDef:
		return web.post(path, partial(self._once, act))

	def _get(self, path: str, kind: str) -> web.RouteDef:
		return web.get(path, partial(self._retrieve, kind), allow_head=False)

	async def _once(self, act: Act, request: web.Request) -> web.Response:
		"""Do what is asked, or answer as before. Nothing waits after the body is read, so that a key runs once."""
		caller = _caller(request)
		key = _idempotency_key(request)
		asked = bodies.read(await request.read())
		fingerprint = _digest(f"{request.path}\n{money.dumps(asked, canonical=True)}")
		kept = self._store.kept_answer(caller, key)
		if kept is not None:
			return _again(kept, fingerprint)
		with self._store.transaction():
			# Refused is no answer to keep: nothing was done, and the request may be mended.
			answer = act(request, asked)
			self._store.keep_answer(caller, key, Kept(fingerprint, *answer))
		self._webhooks.wake()
		return json_response(*answer)

	async def _retrieve(self, kind: str, request: web.Request) -> web.Response:
		_caller(request)
		return json_response(*self._payments.retrieve(kind, _id(request)))

	async def _list(self, request: web.Request) -> web.Response:
		_caller(request)
		limit = _limit(request.query.get("limit"))
		metadata = [
			(found[1], value)
			for name, value in request.query.items()
			if (found := METADATA_FILTER.fullmatch(name))
		]
		texts = self._store.texts(INTENT, limit + 1, request.query.get("status"), metadata)
		more = "true" if len(texts) > limit else "false"
		return json_response(200, f'{{"data": [{", ".join(texts[:limit])}], "has_more": {more}}}')


def origin(request: web.Request) -> str:
	"""How the caller reached this server, for the pages that it is sent to."""
	return f"{request.scheme}://{request.host}"


async def _health(request: web.Request) -> web.Response:
	return json_response(200, '{"status": "ok"}')


def _again(kept: Kept, fingerprint: str) -> web.Response:
	if kept.fingerprint != fingerprint:
		raise Refused(
			409, "idempotency_conflict", "This Idempotency-Key was used before, with another path or body."
		)
	return json_response(kept.status, kept.body, {"Idempotent-Replayed": "true"})


def _caller(request: web.Request) -> str:
	"""The API key, not readable."""
	given = request.headers.get("Authorization", "")
	if not KEY.fullmatch(given):
		raise Refused(
			401, "unauthorized", "Give Authorization: Bearer KEY, where KEY begins with sk_ or jwt_."
		)
	return _digest(given)


def _idempotency_key(request: web.Request) -> str:
	key = request.headers.get("Idempotency-Key", "")
	if not IDEMPOTENCY_KEY.fullmatch(key):
		raise Refused(
			400,
			"idempotency_key_missing",
			"Give an Idempotency-Key of 1 to 255 plain characters with each POST.",
		)
	return key


def _limit(text: str | None) -> int:
	if text is None:
		return DEFAULT_LIMIT
	if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
		raise Refused(422, "invalid_request", f"limit: a number from 1 to {MAX_LIMIT}.")
	return int(text)


def _id(request: web.Request) -> str:
	return request.match_info["id"]


def _digest(text: str) -> str:
	return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
