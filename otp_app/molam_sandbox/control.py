"""What is only there in a sandbox, below /sandbox: what customers and banks do, faults, settings and webhooks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from otp_app.molam_sandbox import bodies, money
from otp_app.molam_sandbox.faults import Faults
from otp_app.molam_sandbox.gate import json_response
from otp_app.molam_sandbox.payments import INTENT, MERCHANT, PAYOUT, REFUND, Answer, Payments
from otp_app.molam_sandbox.problems import Refused
from otp_app.molam_sandbox.store import Store
from otp_app.molam_sandbox.webhooks import Webhooks

Act = Callable[[str, dict[str, Any]], Answer]


class Settings(BaseModel):
	"""Where webhooks go, and how they are signed; null takes a setting away."""

	model_config = ConfigDict(extra="forbid")

	webhook_url: str | None = None
	webhook_secret: str | None = None
	webhook_kid: str | None = None


class Control:
	"""The handlers; none asks for a key."""

	def __init__(self, store: Store, payments: Payments, webhooks: Webhooks, faults: Faults) -> None:
		self._store = store
		self._payments = payments
		self._webhooks = webhooks
		self._faults = faults

	def routes(self) -> list[web.RouteDef]:
		"""All control endpoints."""
		does = self._payments
		acts: dict[str, Act] = {
			"payment_intents/{id}/pay": lambda name, _: does.confirm(name),
			"payment_intents/{id}/decline": lambda name, _: does.decline(name),
			"payment_intents/{id}/expire": lambda name, _: does.cancel(name, "expired"),
			"payment_intents/{id}/capture": lambda name, _: does.capture(name),
			"refunds/{id}/settle": lambda name, asked: does.settle_refund(name, _outcome(asked, "succeeded")),
			"payouts/{id}/settle": lambda name, asked: does.settle_payout(name, _outcome(asked, "settled")),
		}
		return [
			*[web.post(f"/sandbox/{path}", partial(self._do, act)) for path, act in acts.items()],
			web.get("/sandbox/state", self._state),
			web.get("/sandbox/faults", self._show_faults),
			web.post("/sandbox/faults", self._add_fault),
			web.delete("/sandbox/faults", self._clear_faults),
			web.post("/sandbox/settings", self._set),
			web.get("/sandbox/webhooks", self._show_webhooks),
			web.post("/sandbox/webhooks", self._send_webhook),
		]

	async def _do(self, act: Act, request: web.Request) -> web.Response:
		asked = bodies.read(await request.read())
		with self._store.transaction():
			answer = act(request.match_info["id"], asked)
		self._webhooks.wake()
		return json_response(*answer)

	async def _state(self, request: web.Request) -> web.Response:
		kinds = {"intents": INTENT, "refunds": REFUND, "payouts": PAYOUT, "merchants": MERCHANT}
		state: dict[str, Any] = {
			name: [money.loads(text) for text in self._store.texts(kind)] for name, kind in kinds.items()
		}
		state["requests"] = self._store.rows("request")
		state["events"] = self._store.rows("event")
		state["webhooks"] = self._store.rows("delivery")
		return json_response(200, money.dumps(state))

	async def _show_faults(self, request: web.Request) -> web.Response:
		return json_response(200, money.dumps(self._faults.asked()))

	async def _add_fault(self, request: web.Request) -> web.Response:
		fault = self._faults.add(bodies.read(await request.read()))
		return json_response(201, fault.model_dump_json())

	async def _clear_faults(self, request: web.Request) -> web.Response:
		self._faults.clear()
		return json_response(200, "[]")

	async def _set(self, request: web.Request) -> web.Response:
		settings = bodies.checked(Settings, bodies.read(await request.read()))
		self._store.set(settings.model_dump(exclude_unset=True))
		return json_response(200, "{}")

	async def _show_webhooks(self, request: web.Request) -> web.Response:
		return json_response(200, money.dumps(self._store.rows("delivery")))

	async def _send_webhook(self, request: web.Request) -> web.Response:
		asked = bodies.read(await request.read())
		sent = await self._webhooks.send(str(asked.get("event")), str(asked.get("how", "normal")))
		return json_response(200, money.dumps(sent))


def _outcome(asked: dict[str, Any], usual: str) -> str:
	"""How the bank decides: as usual, or `failed`."""
	outcome: str = asked.get("outcome", usual)
	if outcome not in (usual, "failed"):
		raise Refused(422, "invalid_request", f"outcome: {usual} or failed.")
	return outcome
